package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Two readers of the grammar, Jackson and the scanner, must agree on random damage, and no other exception may be
 * thrown.
 */
class JsonFuzzTest {

    private static final byte[] ALPHABET = "{}[]\",:\\ue0123456789+-.Etrufalsn \t".getBytes(StandardCharsets.UTF_8);

    @Test
    void bothReadersAgreeOnDamagedTexts() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        int good = 0;
        int bad = 0;
        for (int i = 0; i < 60_000; i++) {
            byte[] bytes = i % 3 == 0 ? soup(random) : damaged(random);
            dropLineBreaks(bytes);
            String at = "seed " + seed + ", round " + i + ": " + new String(bytes, StandardCharsets.UTF_8);
            boolean checked = passesCheck(bytes, at);
            boolean scanned = passesScanner(bytes, at);
            // the scanner does not check UTF-8, duplicate names or surrogates in names
            if (checked) {
                assertEquals(true, scanned, at);
                good++;
            } else if (scanned) {
                assertNotNull(reasonThatOnlyTheCheckKnows(bytes), at);
            } else {
                bad++;
            }
        }
        if (good < 1_000 || bad < 1_000) {
            fail("the texts do not test enough: " + good + " good, " + bad + " bad, seed " + seed);
        }
    }

    private static byte[] soup(SplittableRandom random) {
        byte[] bytes = new byte[1 + random.nextInt(12)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = ALPHABET[random.nextInt(ALPHABET.length)];
        }
        return bytes;
    }

    private static byte[] damaged(SplittableRandom random) {
        byte[] bytes = Json.of(JsonSamples.value(random, 3)).toBytes();
        for (int i = random.nextInt(3); i > 0; i--) {
            int place = random.nextInt(bytes.length);
            bytes[place] = random.nextBoolean()
                    ? (byte) (bytes[place] ^ 1 << random.nextInt(8))
                    : ALPHABET[random.nextInt(ALPHABET.length)];
        }
        return bytes;
    }

    /** Only the check accepts line breaks, and it removes them. */
    private static void dropLineBreaks(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n' || bytes[i] == '\r') {
                bytes[i] = ' ';
            }
        }
    }

    private static boolean passesCheck(byte[] bytes, String at) {
        try {
            Json json = Json.parse(bytes);
            assertEquals(json, Json.parse(json.toBytes()), at);
            assertEquals(json.hashCode(), json.hashCode(), at);
            json.members();
            json.elements();
            return true;
        } catch (MalformedJsonException e) {
            if (e.offset() < 0 || e.offset() > bytes.length) {
                fail(at + " offset " + e.offset());
            }
            return false;
        } catch (RuntimeException | Error e) {
            throw new AssertionError(at, e);
        }
    }

    private static boolean passesScanner(byte[] bytes, String at) {
        int from = 0;
        int to = bytes.length;
        while (from < to && blank(bytes[from])) {
            from++;
        }
        while (to > from && blank(bytes[to - 1])) {
            to--;
        }
        try {
            JsonScanner scanner = new JsonScanner(bytes, from, to);
            scanner.skip();
            boolean skipped = scanner.atEnd();
            JsonScanner again = new JsonScanner(bytes, from, to);
            again.tree(JsonNumber::of);
            assertEquals(skipped, again.atEnd(), at);
            return skipped;
        } catch (MalformedJsonException e) {
            return false;
        } catch (RuntimeException | Error e) {
            throw new AssertionError(at, e);
        }
    }

    private static boolean blank(byte b) {
        return b == ' ' || b == '\t';
    }

    private static String reasonThatOnlyTheCheckKnows(byte[] bytes) {
        try {
            Json.parse(bytes);
            return null;
        } catch (MalformedJsonException e) {
            return e.reason().contains("UTF-8")
                            || e.reason().contains("uplicate")
                            || e.reason().contains("surrogate")
                    ? e.reason()
                    : null;
        }
    }
}
