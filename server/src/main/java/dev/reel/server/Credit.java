package dev.reel.server;

import java.util.function.Function;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Requests from a tail only as many items as its client has granted. So the tail of a client that waits stays at the
 * client's place: events that are purged while the client waits are not sent, and a tail that falls behind reports it.
 * Without this, a tail would read ahead until the connection's buffers are full.
 *
 * @param <T> the type of the items
 */
final class Credit<T> extends FluxOperator<T, T> {

    /** Adds credit to an open stream. */
    interface Grant {
        /**
         * Increases the credit.
         *
         * @param n the number of items to add; 1 or more
         */
        void add(long n);
    }

    private final long initial;
    private final Function<Grant, Runnable> registry;

    /**
     * Limits a stream.
     *
     * @param initial the initial credit, in items; 0 or more
     * @param registry receives the grant of each subscription, and returns a task to run when the subscription ends
     */
    Credit(Flux<T> source, long initial, Function<Grant, Runnable> registry) {
        super(source);
        this.initial = initial;
        this.registry = registry;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        source.subscribe(new Limited<>(this, actual));
    }

    /** One subscription. A request upstream reduces both the demand and the credit, under this object's lock. */
    private static final class Limited<T> implements CoreSubscriber<T>, Subscription, Grant {

        private final Credit<T> of;
        private final CoreSubscriber<? super T> actual;
        private Subscription upstream = Operators.emptySubscription();
        private Runnable whenOver = () -> {};
        private long requested;
        private long credit;

        Limited(Credit<T> of, CoreSubscriber<? super T> actual) {
            this.of = of;
            this.actual = actual;
            this.credit = of.initial;
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            upstream = subscription;
            whenOver = of.registry.apply(this);
            actual.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            if (Operators.validate(n)) {
                more(n, 0);
            }
        }

        @Override
        public void add(long n) {
            more(0, n);
        }

        private void more(long demand, long grant) {
            long n;
            synchronized (this) {
                requested = Operators.addCap(requested, demand);
                credit = Operators.addCap(credit, grant);
                n = Math.min(requested, credit);
                requested = less(requested, n);
                credit = less(credit, n);
            }
            if (n > 0) {
                upstream.request(n);
            }
        }

        private static long less(long amount, long n) {
            return amount == Long.MAX_VALUE ? amount : amount - n;
        }

        @Override
        public void cancel() {
            whenOver.run();
            upstream.cancel();
        }

        @Override
        public void onNext(T item) {
            actual.onNext(item);
        }

        @Override
        public void onError(Throwable error) {
            whenOver.run();
            actual.onError(error);
        }

        @Override
        public void onComplete() {
            whenOver.run();
            actual.onComplete();
        }
    }
}
