package dev.reel;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which signals a tail emits besides its events. Immutable. */
public final class TailOptions {

    private static final TailOptions STANDARD = new TailOptions(1_000, null);

    private final int lag;
    private final @Nullable Duration idle;

    private TailOptions(int lag, @Nullable Duration idle) {
        this.lag = lag;
        this.idle = idle;
    }

    /**
     * Returns the default options: a lag of 1,000 events, and no idle signals.
     *
     * @return the options
     */
    public static TailOptions standard() {
        return STANDARD;
    }

    /**
     * Sets the lag: the number of waiting events above which a tail falls behind.
     *
     * @param events a caught-up tail that finds more than this many events waiting emits {@link TailSignal.FellBehind};
     *     0 or more
     * @return a copy
     * @throws InvalidInputException if it is negative
     */
    public TailOptions withLag(int events) {
        if (events < 0) {
            throw new InvalidInputException("lag must be 0 or more events: " + events);
        }
        return new TailOptions(events, idle);
    }

    /**
     * Requests idle signals: {@link TailSignal.Idle} after each interval of this length in which a caught-up tail had
     * demand but no event to emit.
     *
     * @param interval the interval, above zero; more than 100 years count as 100 years
     * @return a copy
     * @throws InvalidInputException if it is zero or negative
     */
    public TailOptions withIdle(Duration interval) {
        if (interval.isZero() || interval.isNegative()) {
            throw new InvalidInputException(
                    "idle interval " + interval + " is not above zero; pass a positive duration");
        }
        return new TailOptions(lag, interval);
    }

    /**
     * Returns the lag.
     *
     * @return the number of events
     */
    public int lag() {
        return lag;
    }

    /**
     * Returns the idle interval.
     *
     * @return the interval, or null if idle signals are not requested
     */
    public @Nullable Duration idle() {
        return idle;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TailOptions that && lag == that.lag && Objects.equals(idle, that.idle);
    }

    @Override
    public int hashCode() {
        return Objects.hash(lag, idle);
    }

    @Override
    public String toString() {
        return Members.of(this).add("lag", lag).add("idle", idle).toString();
    }
}
