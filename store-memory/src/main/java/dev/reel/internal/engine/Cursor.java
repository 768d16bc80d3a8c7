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
 * A subscriber's place in a log: what a replay or a tail is. It pulls from the log as its subscriber requests, and holds
 * nothing between: the log is the buffer, so a slow subscriber costs this object, and no more.
 *
 * <p><b>Runs.</b> One run at a time looks once at what is published and gives of that as much as is requested. A
 * subscriber's request begins a run on its own thread; so history comes there. When there is more than the run looked
 * at, which is live, the next run is a task of the delivery pool: the requesting thread is let go, and no task runs
 * longer than one burst. Whoever wants a run while one is going on leaves a note ({@code wanted}), and the runner looks
 * again before it goes.
 *
 * <p><b>Bell.</b> At the end of the log, a cursor with demand listens to the bell; it then looks at the log once more,
 * since a ring just before was for others. A ring only asks for a run. One that finds no demand stops listening, so a
 * stalled subscriber costs a writer one ring and then nothing.
 *
 * <p><b>End.</b> A run that finds the end completes; cancelling and errors take the same way, so signals never overlap.
 * Whatever a run throws (an upcaster's error, no memory) ends the cursor with that error. A subscriber that throws is
 * over: its cursor releases everything, and an error of the JVM is thrown on to the caller.
 *
 * <p><b>Reading.</b> Where a run meets {@link NeedsReading}, it goes on on a thread that may read, up to some items, and
 * comes back to the pool to give them; nobody else can begin a run meanwhile. It never reads more than is requested. Where
 * that meets {@link NeedsWaiting}, no thread waits: it is done again when what is missing was made anew.
 *
 * @param <T> what it gives
 */
abstract class Cursor<T> implements Subscription, Scannable {

    @SuppressWarnings("rawtypes")
    private static final AtomicLongFieldUpdater<Cursor> REQUESTED =
            AtomicLongFieldUpdater.newUpdater(Cursor.class, "requested");

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<Cursor> WANTED =
            AtomicIntegerFieldUpdater.newUpdater(Cursor.class, "wanted");

    /** How many items are read ahead of giving them, at most. */
    private static final int READ_AT_ONCE = 256;

    private final CoreSubscriber<? super T> actual;
    private final Engine engine;
    private final Bell bell;
    private final Pool pool;
    private final boolean live;
    private volatile long requested;
    /** Runs asked for; the first is the one that {@link #begin} makes, so that nothing comes before onSubscribe. */
    private volatile int wanted = 1;

    private volatile boolean cancelled;
    private volatile @Nullable Throwable badRequest;
    /** Whether it has an end that was fixed when it was opened; it is not dismissed. */
    private volatile boolean finite;

    private volatile boolean dismissed;

    // For the run only.
    private @Nullable Disposable listening;
    private boolean looked;
    /** What was read for this run and is not given yet. */
    private @Nullable ArrayDeque<T> read;
    /** What {@link #end} said where it could be read. */
    private @Nullable EndRead endRead;
    /** Why there is no more to be had. */
    private @Nullable Throwable fault;

    private long patientUntil;

    private boolean done;
    /** Whether the recorder was told that this tail is open. */
    private boolean recorded;
    /** Whether demand has run out since the last look, so that a subscriber may have fallen behind. */
    private boolean starved = true;

    /** What {@link #end} said. */
    private record EndRead(boolean demanded, @Nullable End end) {}

    /**
     * A cursor.
     *
     * @param live whether it waits for more; what blocks a replay holds a thread for answers, not one for live events
     */
    Cursor(CoreSubscriber<? super T> actual, Engine engine, Bell bell, boolean live) {
        this.actual = actual;
        this.engine = engine;
        this.bell = bell;
        this.pool = live ? engine.delivery() : engine.answers();
        this.live = live;
        this.finite = !live;
    }

    /** Looks at what is published now; until the next look, {@link #poll} gives of that only. */
    abstract void look();

    /** The next to give, or null where this look has no more. */
    abstract @Nullable T poll();

    /** Whether more is published than the last look saw. */
    abstract boolean hasMore();

    /** How this ends when {@link #poll} has no more, or demand has: null for not now. */
    abstract @Nullable End end(boolean demanded);

    /** What to signal for an error of a look or of reading. */
    Throwable explained(Throwable error) {
        return error;
    }

    /** How much it has yet to deliver of what is published, as far as that is known without reading. From any thread. */
    abstract long lag();

    /** Called once when it is over, however it ended. */
    abstract void released();

    /** Called when nothing is to be given for now: lets go of all that can be found again. */
    void rest() {}

    /** Called when all is given and demand is left, before waiting for the bell. */
    void quiet() {}

    /** Called when something is given, or demand has run out: it is not quiet any more. */
    void stirred() {}

    /** How a cursor ends. */
    record End(@Nullable Throwable error) {
        static final End COMPLETE = new End(null);
    }

    /** The call that opened it, for traces and logs. */
    @Override
    public abstract String stepName();

    @Override
    public final String toString() {
        return stepName();
    }

    /** How it stands, for tools that look at a chain of operators; from any thread, so maybe of a moment ago. */
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

    /** Whether it was opened to wait for more. */
    final boolean isTail() {
        return live;
    }

    final boolean wasStarved() {
        return starved;
    }

    final void notStarved() {
        starved = false;
    }

    final boolean isCancelled() {
        return cancelled;
    }

    @Override
    public final void request(long n) {
        if (n <= 0) {
            badRequest = new IllegalArgumentException("request takes 1 or more (Reactive Streams, rule 3.9): " + n);
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

    /** Makes the first run, on the thread that subscribes, after the subscriber has its subscription. */
    final void begin() {
        if (live) {
            recorded = true;
            engine.recorder().tailOpened();
        }
        run();
    }

    /** Lets go of everything, for a subscriber that was never given this cursor. */
    final void abandon() {
        close();
    }

    /**
     * Called once when a tail is opened, after it is registered where {@link Engine#completeTails} looks for open tails. So a
     * tail that is opened at that moment either is dismissed or sees here that it has to end.
     */
    final void endsIfTailsAreCompleted() {
        if (engine.areTailsCompleted()) {
            finite = true;
        }
    }

    /** Whether it ends with what was published when it was opened. */
    final boolean isFinite() {
        return finite;
    }

    /** Completes a tail wherever it stands, on the pool; has no effect on a cursor that has an end. */
    final void dismiss() {
        if (!finite) {
            dismissed = true;
            wake();
        }
    }

    /** Asks for a run on the pool: the log has grown, or something else about it has changed. */
    final void wake() {
        if (!cancelled && WANTED.getAndIncrement(this) == 0) {
            pool.execute(this::run);
        }
    }

    /**
     * Whether to go on waiting for a place that is not there. Where another store is followed, what it has acknowledged may
     * be on its way here; so it is looked for again until {@link Engine#onItsWay} is over.
     */
    final boolean isPatient() {
        if (!engine.isFollowing()) {
            return false;
        }
        if (patientUntil == 0) {
            long millis = engine.onItsWay().toMillis();
            patientUntil = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            Schedulers.parallel().schedule(this::wake, millis + 1, TimeUnit.MILLISECONDS);
        }
        return System.nanoTime() - patientUntil < 0;
    }

    /** What was looked for is there: the next time, this cursor waits again. */
    final void found() {
        patientUntil = 0;
    }

    /** A run; whoever calls it is the only one, since it made {@code wanted} leave zero. */
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
                    // What came since the look is live. Still the only runner, so nobody else can begin one.
                    looked = false;
                    pool.execute(this::run);
                    return;
                }
            } catch (NeedsReading e) {
                readElsewhere();
                return;
            } catch (Throwable t) {
                if (done) {
                    throw t; // of a subscriber: it is over, and nothing is held any more
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
            engine.read(this::readAhead);
        } catch (Throwable t) {
            fault = Failure.of(null, t);
            pool.execute(this::run);
        }
    }

    /** Does on a thread that may read what a run could not do. */
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
            // What was read is given first; looking for the next comes here again.
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
            // A subscriber must not throw. One that does is over, and nobody else notices.
            cancelled = true;
            close();
            Exceptions.throwIfJvmFatal(t);
            Operators.onErrorDropped(t, actual.currentContext());
        }
    }

    /** Whether it was cancelled, was dismissed, or requested what can't be requested. */
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
                engine.recorder().tailEnded();
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
