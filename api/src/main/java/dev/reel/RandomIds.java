package dev.reel;

import java.time.Clock;
import java.util.Base64;
import java.util.Objects;
import java.util.SplittableRandom;

/** The default generator. Its one source of randomness is synchronized; a call holds it for a few additions. */
final class RandomIds implements IdGenerator {

    private static final char[] CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();
    private static final int TIME_CHARS = 10;
    private static final int RANDOM_CHARS = 16;

    private final Clock clock;
    private final SplittableRandom random;

    RandomIds(Clock clock, long seed) {
        this.clock = Objects.requireNonNull(clock, "clock");
        this.random = new SplittableRandom(seed);
    }

    @Override
    public String sessionId() {
        return ulid();
    }

    @Override
    public String messageId() {
        return ulid();
    }

    @Override
    public String snapshotId() {
        return ulid();
    }

    @Override
    public String eventId() {
        long bits = nextLong();
        byte[] bytes = new byte[Long.BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (bits >>> 8 * (bytes.length - 1 - i));
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private String ulid() {
        char[] text = new char[TIME_CHARS + RANDOM_CHARS];
        write(text, 0, TIME_CHARS, clock.millis());
        write(text, TIME_CHARS, RANDOM_CHARS / 2, nextLong());
        write(text, TIME_CHARS + RANDOM_CHARS / 2, RANDOM_CHARS / 2, nextLong());
        return new String(text);
    }

    private static void write(char[] text, int from, int count, long bits) {
        for (int i = from + count - 1; i >= from; i--, bits >>>= 5) {
            text[i] = CROCKFORD[(int) bits & 31];
        }
    }

    private synchronized long nextLong() {
        return random.nextLong();
    }
}
