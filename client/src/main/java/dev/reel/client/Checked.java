package dev.reel.client;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** Ends a subscription that requests 0 or less with an error (Reactive Streams, rule 3.9). Reactor's own operators ignore it. */
final class Checked<T> extends FluxOperator<T, T> {

    private Checked(Flux<T> source) {
        super(source);
    }

    static <T> Flux<T> demand(Flux<T> source) {
        return new Checked<>(source);
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        source.subscribe(new Demand<>(actual));
    }

    private static final class Demand<T> implements CoreSubscriber<T>, Subscription {

        private final CoreSubscriber<? super T> actual;
        private Subscription upstream = Operators.emptySubscription();
        private volatile boolean malformed;
        private boolean done;
        private boolean emitting;

        Demand(CoreSubscriber<? super T> actual) {
            this.actual = actual;
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            upstream = subscription;
            actual.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            if (n > 0) {
                upstream.request(n);
                return;
            }
            malformed = true;
            upstream.cancel();
            synchronized (this) {
                if (emitting || done) {
                    return; // onNext signals the error when it returns
                }
                done = true;
            }
            actual.onError(error());
        }

        private static IllegalArgumentException error() {
            return new IllegalArgumentException("a subscriber must request more than 0 (rule 3.9)");
        }

        @Override
        public void cancel() {
            upstream.cancel();
        }

        @Override
        public void onNext(T item) {
            synchronized (this) {
                if (done) {
                    return;
                }
                emitting = true;
            }
            actual.onNext(item);
            synchronized (this) {
                emitting = false;
                if (!malformed || done) {
                    return;
                }
                done = true;
            }
            actual.onError(error());
        }

        @Override
        public void onError(Throwable error) {
            if (end()) {
                actual.onError(error);
            } else {
                Operators.onErrorDropped(error, currentContext());
            }
        }

        @Override
        public void onComplete() {
            if (end()) {
                actual.onComplete();
            }
        }

        private synchronized boolean end() {
            boolean first = !done;
            done = true;
            return first;
        }
    }
}
