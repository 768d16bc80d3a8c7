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
 * Makes what a subscriber requests known to the source, which grants as much to the server ({@link RemoteStream}), and calls the
 * subscriber as the rules say: one signal at a time, a request of 0 or less ends it with an error (Reactive Streams, rule
 * 3.9), and a subscriber that throws is cancelled.
 *
 * <p>{@code onSubscribe} is called first, so that the source knows the first request when it begins.
 *
 * @param <T> the type of the items
 */
final class Demand<T> extends Flux<T> {

    /** What is requested ahead: more than what a source is granted beyond what is missing. */
    private static final int AHEAD = 64;

    /** What the source may know of its subscriber. */
    interface Requests {

        /**
         * How many items are requested and have not come; less than 0 if some have that are not requested, and {@code
         * Long.MAX_VALUE} if there is no bound.
         */
        long missing();

        /** Runs it after each request, on the thread that requests. */
        void onRequest(Runnable listener);
    }

    private final Function<Requests, Flux<T>> source;
    private final boolean isAhead;

    private Demand(Function<Requests, Flux<T>> source, boolean isAhead) {
        this.source = source;
        this.isAhead = isAhead;
    }

    /** For a source that emits no more than is missing, but for few items. */
    static <T> Flux<T> of(Function<Requests, Flux<T>> source) {
        return new Demand<>(source, true);
    }

    /** For any source: requests are passed on as they come. */
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

    /** One subscription. Whoever raises {@code wanted} from zero emits; others leave their wish there. */
    private static final class Inner<T> implements CoreSubscriber<T>, Subscription, Requests {

        private final CoreSubscriber<? super T> actual;
        private final boolean isAhead;
        private final Queue<T> queue = Queues.<T>unbounded(AHEAD).get();
        private final AtomicInteger wanted = new AtomicInteger();
        private volatile boolean cancelled;
        private volatile boolean done;
        private @Nullable Throwable error;
        private volatile Runnable listener = () -> {};

        // Guarded by this.
        private long requested;
        private long received;
        private @Nullable Subscription upstream;
        private long early;

        /** Only for whoever emits. */
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
            drain(); // lets go of what is held
        }

        /** Ends it from this side. */
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
                    // A hook threw, or there is no memory to report in.
                }
            }
        }

        /** Requests what was emitted, some at a time. */
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
