package dev.reel.internal.engine;

import dev.reel.Place;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Where a tail with signals stands: which signal is due before its next event. For the runs of its cursor only. */
final class Standing {

    /** Longer intervals count as this one, 100 years, which no timer overflows with. */
    private static final long LONGEST_NANOS = TimeUnit.DAYS.toNanos(36_500);

    private final int lag;
    private final @Nullable Duration idle;
    private final Scheduler timer = Schedulers.parallel();
    private long target;
    private boolean started;
    private boolean caughtUp;
    private volatile boolean idleDue;
    private @Nullable Disposable waiting;

    /**
     * Begins.
     *
     * @param target where the log was at subscription: behind it the tail has caught up
     */
    Standing(TailOptions options, long target) {
        this.lag = options.lag();
        this.idle = options.idle();
        this.target = target;
    }

    /** Whether nothing is left to tell but events and quiet. */
    boolean isCaughtUp() {
        return caughtUp;
    }

    /**
     * The signal that is due, or null.
     *
     * @param at the version or position behind which the cursor stands
     * @param place the same, as a place
     * @param behind how many events are waiting
     * @param published the version or position that is published
     * @param starved whether demand has just returned
     */
    @Nullable
    TailSignal due(long at, Place place, long behind, long published, boolean starved) {
        if (!started) {
            started = true;
            return new TailSignal.Started(place);
        }
        if (caughtUp && starved && behind > lag) {
            caughtUp = false;
            target = published;
            return new TailSignal.FellBehind(place, published);
        }
        if (!caughtUp && (at >= target || behind == 0)) {
            caughtUp = true;
            return new TailSignal.CaughtUp(place);
        }
        if (idleDue) {
            idleDue = false;
            if (behind == 0) {
                return new TailSignal.Idle(place);
            }
        }
        return null;
    }

    /** Begins to wait for an interval of quiet, where that is asked for. */
    void quiet(Runnable wake) {
        if (idle != null && caughtUp && waiting == null) {
            waiting = timer.schedule(
                    () -> {
                        idleDue = true;
                        wake.run();
                    },
                    Math.min(LONGEST_NANOS, TimeUnit.NANOSECONDS.convert(idle)),
                    TimeUnit.NANOSECONDS);
        }
    }

    /** The quiet is over. */
    void stir() {
        idleDue = false;
        Disposable known = waiting;
        if (known != null) {
            waiting = null;
            known.dispose();
        }
    }
}
