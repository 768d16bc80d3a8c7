package dev.reel.client;

import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * Reports the subscriber's demand to the source, which grants the same amount to the server ({@link RemoteStream}).
 * Calls the subscriber as Reactive Streams requires: one signal at a time; a request of 0 or less ends it with an error
 * (rule 3.9); a subscriber that throws is cancelled.
 *
 * <p>{@code onSubscribe} is called first, so the source knows the first request when it starts.
 *
 * @param <T> the type of the items
 */
final class Demand<T> extends Flux<T> {

    /** How many items are requested in advance: more than the number that a source grants beyond the demand. */
    private static final int AHEAD = 64;

    /** What the source can know about its subscriber. */
    interface Requests {

        /**
         * Returns how many items are requested and not yet received. Negative if more items were received than
         * requested; {@code Long.MAX_VALUE} if the demand is unbounded.
         */
        long missing();

        /** Sets the task that runs after each request, on the thread that requests. */
        void onRequest(Runnable listener);
    }

    private final Function<Requests, Flux<T>> source;
    private final boolean isAhead;

    private Demand(Function<Requests, Flux<T>> source, boolean isAhead) {
        this.source = source;
        this.isAhead = isAhead;
    }

    /** For a source that emits at most a few items more than were requested. */
    static <T> Flux<T> of(Function<Requests, Flux<T>> source) {
        return new Demand<>(source, true);
    }

    /** For any source: each request is passed on unchanged. */
    static <T> Flux<T> checked(Flux<T> source) {
        return new Demand<>(requests -> source, false);
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        Inner<T> inner = new Inner<>(actual, isAhead);
        actual.onSubscribe(inner);
        if (inner.cancelled) {
            return;
        }
        Flux<T> items;
        try {
            items = source.apply(inner);
        } catch (Throwable t) {
            Exceptions.throwIfJvmFatal(t);
            items = Flux.error(t);
        }
        items.subscribe(inner);
    }

    /** One subscription. The thread that raises {@code wanted} from zero emits; other threads only increment it. */
    private static final class Inner<T> implements CoreSubscriber<T>, Subscription, Requests {

        private final CoreSubscriber<? super T> actual;
        private final boolean isAhead;
        private final Queue<T> queue = Queues.<T>unbounded(AHEAD).get();
        private final AtomicInteger wanted = new AtomicInteger();
        private volatile boolean cancelled;
        private volatile boolean done;
        private @Nullable Throwable error;
        private volatile Runnable listener = () -> {};

        // Guarded by this object's lock.
        private long requested;
        private long received;
        private @Nullable Subscription upstream;
        private long early;

        /** Used only by the thread that emits. */
        private long emitted;

        private int unrequested;

        Inner(CoreSubscriber<? super T> actual, boolean isAhead) {
            this.actual = actual;
            this.isAhead = isAhead;
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public synchronized long missing() {
            return requested == Long.MAX_VALUE ? Long.MAX_VALUE : requested - received;
        }

        @Override
        public void onRequest(Runnable told) {
            listener = told;
        }

        // ---- From the subscriber

        @Override
        public void request(long n) {
            if (n <= 0) {
                stop(new IllegalArgumentException("a subscriber must request more than 0 (rule 3.9)"));
                return;
            }
            Subscription to;
            synchronized (this) {
                requested = Operators.addCap(requested, n);
                to = isAhead ? null : upstream;
                early = to == null ? Operators.addCap(early, n) : early;
            }
            if (to != null) {
                to.request(n);
            }
            drain();
            listener.run();
        }

        @Override
        public void cancel() {
            cancelled = true;
            Subscription to;
            synchronized (this) {
                to = upstream;
            }
            if (to != null) {
                to.cancel();
            }
            drain(); // clears the queue
        }

        /** Cancels the source and ends the subscriber with an error. */
        private void stop(Throwable failure) {
            Subscription to;
            synchronized (this) {
                to = upstream;
                upstream = Operators.cancelledSubscription();
            }
            if (to != null) {
                to.cancel();
            }
            if (!done) {
                error = failure;
                done = true;
            }
            drain();
        }

        // ---- From the source

        @Override
        public void onSubscribe(Subscription subscription) {
            long first;
            synchronized (this) {
                if (upstream != null) {
                    subscription.cancel();
                    return;
                }
                upstream = subscription;
                first = isAhead ? AHEAD : early;
            }
            if (cancelled) {
                subscription.cancel();
            } else if (first > 0) {
                subscription.request(first);
            }
        }

        @Override
        public void onNext(T item) {
            synchronized (this) {
                received++;
            }
            queue.offer(item);
            drain();
        }

        @Override
        public void onError(Throwable failure) {
            if (done || cancelled) {
                Operators.onErrorDropped(failure, currentContext());
                return;
            }
            error = failure;
            done = true;
            drain();
        }

        @Override
        public void onComplete() {
            done = true;
            drain();
        }

        // ---- Emitting

        private void drain() {
            if (wanted.getAndIncrement() != 0) {
                return;
            }
            int seen = 1;
            do {
                emit();
                seen = wanted.addAndGet(-seen);
            } while (seen != 0);
        }

        private void emit() {
            while (!cancelled) {
                boolean over = done;
                Throwable failure = error;
                boolean isAsked = isAsked();
                T item = isAsked ? queue.poll() : null;
                if (item != null) {
                    emitted++;
                    call(item);
                    more();
                } else if (over && (failure != null || queue.isEmpty())) {
                    cancelled = true;
                    if (failure == null) {
                        actual.onComplete();
                    } else {
                        actual.onError(failure);
                    }
                } else {
                    return;
                }
            }
            queue.clear();
        }

        private synchronized boolean isAsked() {
            return requested == Long.MAX_VALUE || emitted < requested;
        }

        private void call(T item) {
            try {
                actual.onNext(item);
            } catch (Throwable t) {
                cancel();
                try {
                    Operators.onErrorDropped(t, currentContext());
                } catch (Throwable more) {
                    // A hook threw, or there is not enough memory to report it.
                }
            }
        }

        /** Requests as many items as were emitted, in groups. */
        private void more() {
            if (isAhead && ++unrequested == AHEAD / 2) {
                Subscription to;
                synchronized (this) {
                    to = upstream;
                }
                int n = unrequested;
                unrequested = 0;
                if (to != null) {
                    to.request(n);
                }
            }
        }
    }
}
