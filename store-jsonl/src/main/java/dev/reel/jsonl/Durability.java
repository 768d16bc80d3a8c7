package dev.reel.jsonl;

import dev.reel.InvalidInputException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** When a write is acknowledged: what a crash can cost. In every mode, what {@code sync()} waited for is kept. */
public final class Durability {

    /** Acknowledged when the bytes are on the disk: neither a killed process nor a power cut loses anything. */
    public static final Durability SYNC = new Durability("SYNC", null);

    /** Acknowledged when the operating system has the bytes: a power cut can lose what it had not yet flushed. */
    public static final Durability WRITE = new Durability("WRITE", null);

    private static final Duration USUAL = Duration.ofMillis(250);

    private final String name;
    private final @Nullable Duration interval;

    private Durability(String name, @Nullable Duration interval) {
        this.name = name;
        this.interval = interval;
    }

    /**
     * As {@link #WRITE}, and flushed at least every 250 ms: a power cut can lose that much.
     *
     * @return the mode
     */
    public static Durability interval() {
        return interval(USUAL);
    }

    /**
     * As {@link #WRITE}, and flushed at least so often.
     *
     * @param interval how much a power cut can lose; more than nothing
     * @return the mode
     */
    public static Durability interval(Duration interval) {
        if (interval.isNegative() || interval.isZero()) {
            throw new InvalidInputException("an interval is longer than nothing: " + interval);
        }
        return new Durability("INTERVAL", interval);
    }

    boolean flushesEachWrite() {
        return equals(SYNC);
    }

    /** At least how often what was written is flushed; null where nothing but the answer, or nobody, asks for it. */
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
