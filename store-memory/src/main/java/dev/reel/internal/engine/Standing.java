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

/**
 * The state of a tail with signals: decides which signal is due before the next event. Used only by the runs of its
 * cursor.
 */
final class Standing {

    /** The longest idle interval, 100 years; longer ones are reduced to it, so that the timer does not overflow. */
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
     * Creates the state at subscription.
     *
     * @param target the last version or position at subscription; after emitting it the tail has caught up
     */
    Standing(TailOptions options, long target) {
        this.lag = options.lag();
        this.idle = options.idle();
        this.target = target;
    }

    /** Whether the tail has emitted {@code CaughtUp} and has not fallen behind since. */
    boolean isCaughtUp() {
        return caughtUp;
    }

    /**
     * Returns the signal that is due, or null.
     *
     * @param at the version or position of the last event that the cursor has passed
     * @param place the place of that event
     * @param behind how many published events are not emitted yet
     * @param published the last published version or position
     * @param starved whether demand has run out since the last event
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

    /** Starts the idle timer if the options ask for idle signals. */
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

    /** Stops the idle timer, because the tail is no longer idle. */
    void stir() {
        idleDue = false;
        Disposable known = waiting;
        if (known != null) {
            waiting = null;
            known.dispose();
        }
    }
}
