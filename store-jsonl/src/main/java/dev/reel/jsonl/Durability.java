package dev.reel.jsonl;

import dev.reel.InvalidInputException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Defines when a write is acknowledged, and so what a crash can lose. In every mode, writes that {@code sync()} waited
 * for survive.
 */
public final class Durability {

    /**
     * Acknowledges a write after its bytes are on the disk: neither a killed process nor a power cut loses an
     * acknowledged write.
     */
    public static final Durability SYNC = new Durability("SYNC", null);

    /**
     * Acknowledges a write after the operating system has its bytes: a power cut can lose bytes that were not flushed
     * yet.
     */
    public static final Durability WRITE = new Durability("WRITE", null);

    private static final Duration USUAL = Duration.ofMillis(250);

    private final String name;
    private final @Nullable Duration interval;

    private Durability(String name, @Nullable Duration interval) {
        this.name = name;
        this.interval = interval;
    }

    /**
     * Like {@link #WRITE}, and flushes at least every 250 ms: a power cut can lose the writes of that time.
     *
     * @return the mode
     */
    public static Durability interval() {
        return interval(USUAL);
    }

    /**
     * Like {@link #WRITE}, and flushes at least once per interval.
     *
     * @param interval the time whose writes a power cut can lose; more than zero
     * @return the mode
     */
    public static Durability interval(Duration interval) {
        if (interval.isNegative() || interval.isZero()) {
            throw new InvalidInputException("an interval must be longer than zero: " + interval);
        }
        return new Durability("INTERVAL", interval);
    }

    boolean flushesEachWrite() {
        return equals(SYNC);
    }

    /**
     * Returns the interval of flushes; null if writes are flushed only for their acknowledgment, or only on request.
     */
    @Nullable
    Duration flushesEvery() {
        return interval;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Durability that && name.equals(that.name) && Objects.equals(interval, that.interval);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, interval);
    }

    @Override
    public String toString() {
        return interval == null ? name : name + "(" + TimeUnit.MILLISECONDS.convert(interval) + " ms)";
    }
}
