package dev.reel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.spi.LineCodec;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LineCodecPropertyTest {

    private final LineCodec codec = LineCodec.standard();
    private final long seed = System.nanoTime();
    private final SplittableRandom random = new SplittableRandom(seed);

    private String at(byte[] line) {
        return "seed " + seed + ": " + LineCodecSamples.text(line);
    }

    @Test
    void readingAndWritingAgainKeepsEveryByte() {
        for (int i = 0; i < 5_000; i++) {
            SessionEvent event = LineCodecSamples.random(random);
            byte[] line = codec.encode(event);
            assertTrue(codec.isNative(line), at(line));
            for (byte b : line) {
                assertTrue(b < 0 || b >= 0x20, at(line));
            }
            SessionEvent read = codec.decode(event.sessionId(), line);
            assertArrayEquals(line, codec.encode(LineCodecSamples.fresh(read)), at(line));
            assertEquals(event.version(), read.version(), at(line));
            assertEquals(event.position(), read.position(), at(line));
            assertEquals(event.at(), read.at(), at(line));
            assertEquals(event.id(), read.id(), at(line));
            assertEquals(event.type(), read.type(), at(line));
            assertEquals(event.v(), read.v(), at(line));
            assertEquals(event.batch(), read.batch(), at(line));
            assertEquals(event.data(), read.data(), at(line));
            assertEquals(event.meta(), read.meta(), at(line));
            assertEquals(event.extra(), read.extra(), at(line));
            // other programs read the line as JSON
            assertEquals(event.data(), Json.parse(line).get("data"), at(line));
        }
    }

    @Test
    void detectsEveryFlippedBit() {
        for (int i = 0; i < 15; i++) {
            byte[] line = codec.encode(LineCodecSamples.random(random));
            for (int bit = 0; bit < line.length * 8; bit++) {
                line[bit / 8] ^= (byte) (1 << bit % 8);
                assertRefused(line);
                line[bit / 8] ^= (byte) (1 << bit % 8);
            }
            codec.decode("s", line);
        }
    }

    @Test
    void detectsEveryTruncation() {
        for (int i = 0; i < 25; i++) {
            byte[] line = codec.encode(LineCodecSamples.random(random));
            for (int length = 0; length < line.length; length++) {
                assertRefused(Arrays.copyOf(line, length));
                assertRefused(Arrays.copyOfRange(line, line.length - length, line.length));
            }
        }
    }

    private void assertRefused(byte[] line) {
        assertThrows(MalformedLineException.class, () -> codec.decode("s", line), () -> at(line));
        assertThrows(MalformedLineException.class, () -> codec.decodeForeign(line), () -> at(line));
    }

    /** Damages the line before its checksum is computed, so that the checksum matches and the members are read. */
    @Test
    void damageUnderAMatchingChecksumIsRejectedOrWellFormed() {
        for (int i = 0; i < 30_000; i++) {
            byte[] line = codec.encode(LineCodecSamples.random(random));
            byte[] members = Arrays.copyOf(line, line.length - 18);
            for (int k = random.nextInt(3); k >= 0; k--) {
                members[8 + random.nextInt(members.length - 8)] =
                        (byte) "{}[]\",:\\0e-. x\n".charAt(random.nextInt(15));
            }
            byte[] sealed = LineCodecSamples.sealedBytes(members);
            try {
                SessionEvent event = codec.decode("s", sealed);
                // every accepted event can be compared, hashed and written again
                assertEquals(event.data(), Json.of(event.data().members()), at(sealed));
                codec.decode("s", codec.encode(LineCodecSamples.fresh(event)));
            } catch (MalformedLineException e) {
                assertTrue(e.offset() >= 0 && e.offset() <= sealed.length, at(sealed));
            }
        }
    }

    @Test
    void garbageThrowsOnlyTheTypedException() {
        for (int i = 0; i < 20_000; i++) {
            byte[] line = new byte[random.nextInt(60)];
            random.nextBytes(line);
            if (i % 2 == 0 && line.length > 25) {
                byte[] begin = JsonSamples.utf8("{\"seq\":1");
                System.arraycopy(begin, 0, line, 0, begin.length);
                line = LineCodecSamples.sealedBytes(line);
            }
            byte[] garbage = line;
            assertThrows(MalformedLineException.class, () -> codec.decode("s", garbage), () -> at(garbage));
            assertThrows(MalformedLineException.class, () -> codec.decodeForeign(garbage), () -> at(garbage));
        }
    }

    @Test
    void damagedForeignLinesThrowOnlyTheTypedException() {
        String good =
                "{\"ts\":\"2026-11-23T09:25:32.735376Z\",\"event\":\"x\",\"v\":2,\"meta\":{},\"uuid\":\"a\",\"data\":{\"a\":[1]}}";
        for (int i = 0; i < 30_000; i++) {
            byte[] line = JsonSamples.utf8(good);
            for (int k = random.nextInt(3); k >= 0; k--) {
                line[random.nextInt(line.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                codec.decodeForeign(line);
            } catch (MalformedLineException e) {
                assertTrue(e.offset() >= 0 && e.offset() <= line.length, at(line));
            }
        }
    }
}
