package dev.reel.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/** A clock that changes only when it is moved. Thread-safe. */
public final class ManualClock extends Clock {

    private final AtomicReference<Instant> now;

    private ManualClock(Instant start) {
        this.now = new AtomicReference<>(start);
    }

    /**
     * Creates a clock.
     *
     * @param start its first instant
     * @return the clock
     */
    public static ManualClock at(Instant start) {
        return new ManualClock(start);
    }

    /**
     * Moves the clock on.
     *
     * @param by how far; may be negative, since real clocks can go back
     */
    public void advance(Duration by) {
        change(at -> at.plus(by));
    }

    /**
     * Sets the clock.
     *
     * @param to the instant
     */
    public void set(Instant to) {
        change(at -> to);
    }

    private void change(UnaryOperator<Instant> step) {
        now.updateAndGet(step);
    }

    @Override
    public Instant instant() {
        return now.get();
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new IllegalArgumentException("a manual clock supports only UTC");
    }
}
