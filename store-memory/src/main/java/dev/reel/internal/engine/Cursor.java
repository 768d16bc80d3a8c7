package dev.reel.internal.engine;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;

/**
 * The subscription of a replay or a tail. It reads from the log as its subscriber requests, and buffers nothing in
 * between: the log is the buffer, so a slow subscriber costs only this object.
 *
 * <p><b>Runs.</b> One run at a time looks at what is published and emits as much of it as is requested. A request
 * starts a run on the requesting thread, so history is emitted on that thread. Events that are published after the look
 * are live: they are emitted by the next run, which is a task of the pool. So the requesting thread returns, and no
 * task runs longer than one burst. A caller that needs a run while one is active increments {@code wanted}, and the
 * active runner looks again before it returns.
 *
 * <p><b>Bell.</b> A cursor with demand that has reached the end of the log listens to the bell. It then looks at the
 * log once more, since a ring just before did not reach it. A ring only requests a run. A run that finds no demand
 * stops listening, so a stalled subscriber costs a writer one ring.
 *
 * <p><b>End.</b> A run that finds the end completes the subscriber. Cancellation and errors are also handled by a run,
 * so signals never overlap. If a run throws (an upcaster fails, no memory is left), the cursor ends with that error. If
 * a subscriber throws, its cursor releases everything; an error of the JVM is rethrown to the caller.
 *
 * <p><b>Reading.</b> If a run throws {@link NeedsReading}, it continues on a thread that may read, reads up to {@value
 * #READ_AT_ONCE} items but never more than is requested, and returns to the pool to emit them. No other run can start
 * meanwhile. If reading throws {@link NeedsWaiting}, no thread waits: the read is repeated when the missing data has
 * been rebuilt.
 *
 * @param <T> the items that it emits
 */
abstract class Cursor<T> implements Subscription, Scannable, Reader {

    @SuppressWarnings("rawtypes")
    private static final AtomicLongFieldUpdater<Cursor> REQUESTED =
            AtomicLongFieldUpdater.newUpdater(Cursor.class, "requested");

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<Cursor> WANTED =
            AtomicIntegerFieldUpdater.newUpdater(Cursor.class, "wanted");

    /** At most this many items are read before they are emitted. */
    private static final int READ_AT_ONCE = 256;

    private final CoreSubscriber<? super T> actual;
    private final Core core;
    private final Bell bell;
    private final Pool pool;
    private final boolean live;
    private volatile long requested;
    /**
     * How many runs are requested. It starts at 1 for the run of {@link #begin}, so that nothing is emitted before
     * onSubscribe.
     */
    private volatile int wanted = 1;

    private volatile boolean cancelled;
    private volatile @Nullable Throwable badRequest;
    /** Whether its end was fixed when it was opened; then {@link #dismiss} has no effect. */
    private volatile boolean finite;

    private volatile boolean dismissed;

    // For the run only.
    private @Nullable Disposable listening;
    private boolean looked;
    /** Items that were read for this run and are not emitted yet. */
    private @Nullable ArrayDeque<T> read;
    /** The result of {@link #end} on a thread that may read. */
    private @Nullable EndRead endRead;
    /** The error that ends this cursor. */
    private @Nullable Throwable fault;

    private long patientUntil;

    private boolean done;
    /** Whether the recorder was told that this tail is open. */
    private boolean recorded;
    /** Whether demand has run out since the last event, so that the subscriber may have fallen behind. */
    private boolean starved = true;

    /** The result of a call of {@link #end}. */
    private record EndRead(boolean demanded, @Nullable End end) {}

    /**
     * Creates a cursor.
     *
     * @param live whether it is a tail; a blocking replay holds a thread of the answer pool, a blocking tail one of the
     *     delivery pool
     */
    Cursor(CoreSubscriber<? super T> actual, Core core, Bell bell, boolean live) {
        this.actual = actual;
        this.core = core;
        this.bell = bell;
        this.pool = live ? core.delivery() : core.answers();
        this.live = live;
        this.finite = !live;
    }

    /** Looks at what is published now; until the next look, {@link #poll} returns only items of that. */
    abstract void look();

    /** Returns the next item to emit, or null if this look has no more. */
    abstract @Nullable T poll();

    /** Whether more is published than the last look saw. */
    abstract boolean hasMore();

    /** Returns how the cursor ends when items or demand are used up, or null if it does not end now. */
    abstract @Nullable End end(boolean demanded);

    /** Returns the error to signal for an error of a look or of reading. */
    Throwable explained(Throwable error) {
        return error;
    }

    /**
     * How many published events or positions it has not passed yet, as far as that is known without reading. From any
     * thread.
     */
    @Override
    public abstract long lag();

    /** Called once when the cursor has ended in any way. */
    abstract void released();

    /** Called when there is nothing to emit for now: drops everything that can be looked up again. */
    void rest() {}

    /** Called when everything is emitted and demand is left, before waiting for the bell. */
    void quiet() {}

    /** Called when an item is emitted or demand has run out: the cursor is no longer quiet. */
    void stirred() {}

    /** How a cursor ends. */
    record End(@Nullable Throwable error) {
        static final End COMPLETE = new End(null);
    }

    /** The name of the call that opened it, for traces and logs. */
    @Override
    public abstract String stepName();

    @Override
    public final String toString() {
        return stepName();
    }

    /**
     * The state for tools that inspect a chain of operators. Called from any thread, so it may be slightly out of date.
     */
    @Override
    @SuppressWarnings("rawtypes")
    public final @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.ACTUAL) {
            return actual;
        } else if (key == Attr.REQUESTED_FROM_DOWNSTREAM) {
            return requested;
        } else if (key == Attr.CANCELLED) {
            return cancelled;
        } else if (key == Attr.TERMINATED) {
            return done && !cancelled;
        } else if (key == Attr.ERROR) {
            return fault;
        } else if (key == Attr.RUN_STYLE) {
            return Attr.RunStyle.ASYNC;
        }
        return null;
    }

    /** Whether it is a tail. */
    @Override
    public final boolean isTail() {
        return live;
    }

    final boolean wasStarved() {
        return starved;
    }

    final void notStarved() {
        starved = false;
    }

    @Override
    public final void request(long n) {
        if (n <= 0) {
            badRequest = new IllegalArgumentException("request must be 1 or more (Reactive Streams, rule 3.9): " + n);
        } else {
            Operators.addCap(REQUESTED, this, n);
        }
        if (WANTED.getAndIncrement(this) == 0) {
            run();
        }
    }

    @Override
    public final void cancel() {
        cancelled = true;
        if (WANTED.getAndIncrement(this) == 0) {
            run();
        }
    }

    /** Starts the first run on the subscribing thread, after onSubscribe. */
    final void begin() {
        if (live) {
            recorded = true;
            core.recorder().tailOpened();
        }
        run();
    }

    /** Releases everything, because onSubscribe threw. */
    final void abandon() {
        close();
    }

    /**
     * Called once when a tail is opened, after it is registered in the set that {@link Engine#completeTails} dismisses.
     * A tail that is opened at that moment is therefore either dismissed or sees here that it has to end.
     */
    final void endsIfTailsAreCompleted() {
        if (core.areTailsCompleted()) {
            finite = true;
        }
    }

    /** Whether it ends with the last event that was published when it was opened. */
    final boolean isFinite() {
        return finite;
    }

    /** Completes a tail at its current place, on the pool; has no effect on a cursor with a fixed end. */
    @Override
    public final void dismiss() {
        if (!finite) {
            dismissed = true;
            wake();
        }
    }

    /** Requests a run on the pool, because the log has changed. */
    @Override
    public final void wake() {
        if (!cancelled && WANTED.getAndIncrement(this) == 0) {
            pool.execute(this::run);
        }
    }

    /**
     * Whether to keep waiting for a place that is missing. A follower may not have received yet what the other store
     * has acknowledged, so the cursor retries until {@link Engine#onItsWay} has elapsed.
     */
    final boolean isPatient() {
        if (!core.isFollowing()) {
            return false;
        }
        if (patientUntil == 0) {
            long millis = core.onItsWay().toMillis();
            patientUntil = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            Schedulers.parallel().schedule(this::wake, millis + 1, TimeUnit.MILLISECONDS);
        }
        return System.nanoTime() - patientUntil < 0;
    }

    /** Resets the waiting time, because the place was found. */
    final void found() {
        patientUntil = 0;
    }

    /** Runs the cursor. Only one thread does so, the one that raised {@code wanted} from zero. */
    private void run() {
        int seen = wanted;
        while (true) {
            try {
                if (!looked && fault == null && !done && !cancelled && !dismissed) {
                    look();
                    looked = true;
                }
                give();
                if (!done && hasMore() && (requested > 0 || ending(false) != null)) {
                    // Events published since the look are live. {@code wanted} stays above zero, so no other run can
                    // start.
                    looked = false;
                    pool.execute(this::run);
                    return;
                }
            } catch (NeedsReading e) {
                readElsewhere();
                return;
            } catch (Throwable t) {
                if (done) {
                    throw t; // thrown by the subscriber; everything is released already
                }
                if (fault != null) {
                    breakOff(t);
                    return;
                }
                fault = Failure.of(null, explained(t));
                continue;
            }
            looked = false;
            rest();
            seen = WANTED.addAndGet(this, -seen);
            if (seen == 0) {
                return;
            }
        }
    }

    /** Ending the cursor failed too: releases everything, and signals the error if that is possible. */
    private void breakOff(Throwable thrown) {
        close();
        actual.onError(Failure.of(null, thrown));
    }

    private void readElsewhere() {
        try {
            core.read(this::readAhead);
        } catch (Throwable t) {
            fault = Failure.of(null, t);
            pool.execute(this::run);
        }
    }

    /** Looks and polls on a thread that may read files. */
    private void readAhead() {
        ArrayDeque<T> items = new ArrayDeque<>();
        try {
            read = items;
            if (!looked) {
                look();
                looked = true;
            }
            long most = Math.min(requested, READ_AT_ONCE);
            T item = null;
            while (items.size() < most && (item = poll()) != null) {
                items.add(item);
            }
            boolean demanded = items.size() < most;
            endRead = new EndRead(demanded, end(demanded));
        } catch (NeedsWaiting e) {
            if (items.isEmpty()) {
                e.whenOver(this::readElsewhere, this::failed);
                return;
            }
            // Emit the items that were read; polling the next one leads here again.
        } catch (Throwable t) {
            fault = Failure.of(null, explained(t));
        }
        pool.execute(this::run);
    }

    private void failed(Throwable t) {
        fault = Failure.of(null, explained(t));
        pool.execute(this::run);
    }

    private @Nullable T next() {
        T item = read == null ? null : read.poll();
        if (item == null) {
            read = null;
            if (fault == null) {
                item = poll();
            }
            if (item != null) {
                endRead = null;
            }
        }
        return item;
    }

    private @Nullable End ending(boolean demanded) {
        if (read != null && !read.isEmpty()) {
            return null;
        }
        if (fault != null) {
            return new End(fault);
        }
        EndRead known = endRead;
        endRead = null;
        return known != null && known.demanded() == demanded ? known.end() : end(demanded);
    }

    private void give() {
        if (done) {
            return;
        }
        long demand = requested;
        long given = 0;
        try {
            while (!over()) {
                if (given == demand) {
                    demand = requested;
                }
                if (given == demand) {
                    starved = true;
                    stirred();
                    stopListening();
                    finish(ending(false));
                    break;
                }
                T next = next();
                if (next == null) {
                    if (!finish(ending(true))) {
                        quiet();
                        listen();
                    }
                    break;
                }
                given++;
                stirred();
                emit(next);
            }
        } finally {
            if (given > 0 && demand != Long.MAX_VALUE) {
                REQUESTED.addAndGet(this, -given);
            }
        }
    }

    private void emit(T next) {
        try {
            actual.onNext(next);
        } catch (Throwable t) {
            // A subscriber must not throw. If it does, only its own cursor ends.
            cancelled = true;
            close();
            Exceptions.throwIfJvmFatal(t);
            Operators.onErrorDropped(t, actual.currentContext());
        }
    }

    /** Whether the cursor was cancelled or dismissed, or received an invalid request. */
    private boolean over() {
        if (cancelled) {
            close();
            return true;
        }
        Throwable bad = badRequest;
        return bad != null ? finish(new End(bad)) : dismissed && finish(End.COMPLETE);
    }

    private boolean finish(@Nullable End end) {
        if (end == null) {
            return false;
        }
        close();
        if (end.error() == null) {
            actual.onComplete();
        } else {
            actual.onError(end.error());
        }
        return true;
    }

    private void close() {
        if (!done) {
            done = true;
            try {
                stopListening();
            } catch (Throwable t) {
                Failure.drop(t);
            }
            try {
                released();
            } catch (Throwable t) {
                Failure.drop(t);
            }
            if (recorded) {
                core.recorder().tailEnded();
            }
        }
    }

    private void listen() {
        if (listening == null) {
            listening = bell.listen(this::wake);
        }
    }

    private void stopListening() {
        Disposable known = listening;
        if (known != null) {
            listening = null;
            known.dispose();
        }
    }
}
