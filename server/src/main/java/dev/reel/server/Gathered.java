package dev.reel.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;
import reactor.util.concurrent.Queues;

/**
 * Joins the items that are ready into one piece of text, and emits a piece as soon as the subscriber requests one.
 *
 * <p>The subscriber requests the next piece after the previous one was written to the socket. So a live item is emitted
 * at once if nothing is being written; otherwise it is emitted together with the items that arrived in the meantime.
 * History is emitted in pieces of {@link #ITEMS}: the source emits the items within the call of {@code request}, and no
 * piece is emitted before that call returns.
 *
 * <p>Pieces are emitted by tasks of an event loop, one per task. If a next piece is ready, its task is scheduled without
 * a delay instead of being executed: an event loop executes tasks for up to a second before it looks at its sockets
 * (Netty 4.2), also those that were added in the meantime, but takes scheduled tasks only once in between. So a stream
 * that always has a next piece holds up no other connection of the loop.
 *
 * <p>At most {@link #ITEMS} items are held, even if the subscriber does not request. If nothing was emitted for the
 * heartbeat's interval and the subscriber has requested a piece, the heartbeat is emitted.
 *
 * @param <T> the type of the items
 */
final class Gathered<T> extends Flux<byte[]> {

    /** The largest number of items that are requested in advance, and so held. */
    static final int ITEMS = 64;

    private final Flux<T> source;
    private final Function<List<T>, byte[]> join;
    private final ScheduledExecutorService executor;
    private final byte[] heartbeat;
    private final Duration interval;

    /**
     * Creates a flux of pieces.
     *
     * @param join makes one piece from the items that are ready; the list is never empty
     * @param executor an event loop, which runs one task at a time; its tasks emit the pieces
     * @param interval how long nothing is emitted before the heartbeat is emitted
     */
    Gathered(
            Flux<T> source,
            Function<List<T>, byte[]> join,
            ScheduledExecutorService executor,
            byte[] heartbeat,
            Duration interval) {
        this.source = source;
        this.join = join;
        this.executor = executor;
        this.heartbeat = heartbeat;
        this.interval = interval;
    }

    @Override
    public void subscribe(CoreSubscriber<? super byte[]> actual) {
        source.subscribe(new Gatherer<>(this, actual));
    }

    /**
     * One subscription. The thread that raises {@code wanted} from zero schedules a run; other threads only increment
     * it.
     */
    private static final class Gatherer<T> implements CoreSubscriber<T>, Subscription {

        @SuppressWarnings("rawtypes")
        private static final AtomicLongFieldUpdater<Gatherer> REQUESTED =
                AtomicLongFieldUpdater.newUpdater(Gatherer.class, "requested");

        @SuppressWarnings("rawtypes")
        private static final AtomicIntegerFieldUpdater<Gatherer> WANTED =
                AtomicIntegerFieldUpdater.newUpdater(Gatherer.class, "wanted");

        private final Gathered<T> of;
        private final CoreSubscriber<? super byte[]> actual;
        private final Queue<T> queue = Queues.<T>get(ITEMS).get();
        private final Disposable.Swap timer = Disposables.swap();
        private @Nullable Subscription upstream;
        private volatile long requested;
        private volatile int wanted;
        private volatile boolean cancelled;
        private volatile boolean heartbeatDue;
        private volatile long emittedAt = System.nanoTime();
        private @Nullable Throwable error;
        private volatile boolean done;

        /** How many items may be requested from upstream. Used only by runs. */
        private int unrequested = ITEMS;

        private Gatherer(Gathered<T> of, CoreSubscriber<? super byte[]> actual) {
            this.of = of;
            this.actual = actual;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            upstream = subscription;
            actual.onSubscribe(this);
            long half = of.interval.toNanos() / 2;
            timer.update(Schedulers.parallel().schedulePeriodically(this::tick, half, half, TimeUnit.NANOSECONDS));
        }

        @Override
        public void onNext(T item) {
            if (!queue.offer(item)) {
                throw new IllegalStateException("the source emitted more than was requested");
            }
            drain();
        }

        @Override
        public void onError(Throwable failure) {
            error = failure;
            done = true;
            drain();
        }

        @Override
        public void onComplete() {
            done = true;
            drain();
        }

        @Override
        public void request(long n) {
            if (Operators.validate(n)) {
                Operators.addCap(REQUESTED, this, n);
                drain();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            timer.dispose();
            Objects.requireNonNull(upstream).cancel();
            drain();
        }

        /** Called twice per interval, so the heartbeat is emitted after at most one and a half intervals. */
        private void tick() {
            if (System.nanoTime() - emittedAt >= of.interval.toNanos()) {
                heartbeatDue = true;
                drain();
            }
        }

        private void drain() {
            if (WANTED.getAndIncrement(this) == 0) {
                start(of.executor::execute);
            }
        }

        private void start(Consumer<Runnable> executor) {
            try {
                executor.accept(this::run);
            } catch (RejectedExecutionException e) {
                // The server's threads have ended, and so has the connection.
                cancelled = true;
                timer.dispose();
                Objects.requireNonNull(upstream).cancel();
            }
        }

        @SuppressWarnings("FutureReturnValueIgnored") // a run handles its own errors
        private void executeAfterSockets(Runnable task) {
            of.executor.schedule(task, 0, TimeUnit.NANOSECONDS);
        }

        /** Emits at most one piece, so that other tasks of the thread get their turn. */
        private void run() {
            int seen = wanted;
            boolean isMoreReady;
            try {
                isMoreReady = emit();
            } catch (Throwable t) {
                Exceptions.throwIfJvmFatal(t);
                Objects.requireNonNull(upstream).cancel();
                error = t;
                end();
                return; // wanted stays above zero, so no further run is scheduled
            }
            if (WANTED.addAndGet(this, -seen) != 0 || isMoreReady && WANTED.getAndIncrement(this) == 0) {
                start(this::executeAfterSockets);
            }
        }

        /** Returns whether it emitted, so that it must be called again. */
        private boolean emit() {
            if (cancelled) {
                queue.clear();
                return false;
            }
            // Requests half of them at a time: for each request the source has to look at its log.
            if (unrequested >= ITEMS / 2 && requested > 0) {
                int n = unrequested;
                unrequested = 0;
                Objects.requireNonNull(upstream).request(n);
            }
            boolean over = done;
            if (over && queue.isEmpty()) {
                end();
                return false;
            }
            byte[] piece = requested == 0 ? null : next();
            if (piece == null) {
                return false;
            }
            heartbeatDue = false;
            emittedAt = System.nanoTime();
            Operators.produced(REQUESTED, this, 1);
            actual.onNext(piece);
            return true;
        }

        private byte @Nullable [] next() {
            List<T> items = new ArrayList<>();
            for (T item = queue.poll(); item != null; item = queue.poll()) {
                items.add(item);
            }
            if (items.isEmpty()) {
                return heartbeatDue ? of.heartbeat : null;
            }
            unrequested += items.size();
            return of.join.apply(items);
        }

        private void end() {
            cancelled = true;
            timer.dispose();
            if (error == null) {
                actual.onComplete();
            } else {
                actual.onError(error);
            }
        }
    }
}
