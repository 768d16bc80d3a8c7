package dev.reel.client;

import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForwardingSessionStore;
import dev.reel.From;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.WriteOptions;
import dev.reel.memory.MemorySessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * A client, its server, and the store behind the server. Closing it closes all three.
 *
 * <p>A subscription through a client starts at the server a moment after {@code subscribe} has returned. The contract's
 * tests subscribe and then write. So a subscription here returns only after the store behind the server was subscribed
 * to, or after it has ended.
 */
final class ServedStore extends ForwardingSessionStore {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Duration A_MOMENT = Duration.ofMillis(50);

    final SessionStore behind;
    final SessionServer server;
    private final Subscriptions subscriptions;

    private ServedStore(
            HttpSessionStore client, SessionServer server, SessionStore behind, Subscriptions subscriptions) {
        super(client);
        this.behind = behind;
        this.server = server;
        this.subscriptions = subscriptions;
    }

    static ServedStore memory(StoreOptions options) {
        return over(MemorySessionStore.create(options), options);
    }

    static ServedStore over(SessionStore behind, StoreOptions options) {
        Subscriptions subscriptions = new Subscriptions();
        SessionServer server = SessionServer.start(
                new Counting(behind, subscriptions.count),
                ServerOptions.standard().withPort(0).withShutdownTimeout(Duration.ofMillis(200)));
        ClientOptions talking = ClientOptions.standard()
                .withUpcasters(options.upcasters())
                .withIds(options.ids())
                .withDeliveryThreads(options.deliveryThreads())
                .withMaxTails(5_000);
        var meta = options.metaFromContext();
        talking = meta == null ? talking : talking.withMetaFromContext(meta);
        return new ServedStore(HttpSessionStore.connect(server.uri(), talking), server, behind, subscriptions);
    }

    @Override
    public Flux<SessionEvent> replay(String sessionId, Range range) {
        return new Begun<>(super.replay(sessionId, range), subscriptions);
    }

    @Override
    public Flux<SessionEvent> tail(String sessionId, From from) {
        return new Begun<>(super.tail(sessionId, from), subscriptions);
    }

    @Override
    public Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions options) {
        return new Begun<>(super.tailSignals(sessionId, from, options), subscriptions);
    }

    @Override
    public Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
        return new Begun<>(super.replayAll(after, filter), subscriptions);
    }

    @Override
    public Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter) {
        return new Begun<>(super.tailAll(after, filter), subscriptions);
    }

    @Override
    public Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions options) {
        return new Begun<>(super.tailAllSignals(after, filter, options), subscriptions);
    }

    @Override
    public Flux<SessionState> states(String sessionId) {
        return new Begun<>(super.states(sessionId), subscriptions);
    }

    /** A tail is told of a purge on its own connection, a moment after the answer to the purge. */
    @Override
    public Mono<Void> purge(String sessionId, WriteOptions options) {
        return super.purge(sessionId, options).then(Mono.delay(A_MOMENT).then());
    }

    @Override
    public Mono<Void> closeAsync() {
        return super.closeAsync()
                .then(Mono.<Void>fromRunnable(server::close).subscribeOn(Schedulers.boundedElastic()))
                .then(Mono.defer(behind::closeAsync));
    }

    @Override
    public void close() {
        closeAsync().block(Duration.ofSeconds(20));
    }

    /** The number of subscriptions that the server has made. */
    private static final class Subscriptions {

        final AtomicLong count = new AtomicLong();
        final ReentrantLock oneAtATime = new ReentrantLock();
    }

    /** Counts the server's subscriptions. */
    private static final class Counting extends ForwardingSessionStore {

        private final AtomicLong count;

        Counting(SessionStore store, AtomicLong count) {
            super(store);
            this.count = count;
        }

        /** Counts after the subscription: only then is the start of a tail fixed. */
        private <T> Flux<T> counted(Flux<T> stream) {
            return new FluxOperator<T, T>(stream) {
                @Override
                public void subscribe(CoreSubscriber<? super T> actual) {
                    source.subscribe(actual);
                    count.incrementAndGet();
                }
            };
        }

        @Override
        public Flux<SessionEvent> replay(String sessionId, Range range) {
            // The server reads only the last event to find the end of a log; this is not counted.
            Flux<SessionEvent> events = super.replay(sessionId, range);
            return range.last() == 1 ? events : counted(events);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return counted(super.tail(sessionId, from));
        }

        @Override
        public Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions options) {
            return counted(super.tailSignals(sessionId, from, options));
        }

        @Override
        public Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
            return counted(super.replayAll(after, filter));
        }

        @Override
        public Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter) {
            return counted(super.tailAll(after, filter));
        }

        @Override
        public Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions options) {
            return counted(super.tailAllSignals(after, filter, options));
        }
    }

    /**
     * Waits, in {@code subscribe}, until the server has made a further subscription. One at a time: otherwise the
     * subscription of another caller could be mistaken for this one.
     */
    private static final class Begun<T> extends FluxOperator<T, T> {

        private final Subscriptions subscriptions;

        Begun(Flux<T> source, Subscriptions subscriptions) {
            super(source);
            this.subscriptions = subscriptions;
        }

        @Override
        public void subscribe(CoreSubscriber<? super T> actual) {
            subscriptions.oneAtATime.lock();
            try {
                long before = subscriptions.count.get();
                Watched<T> watched = new Watched<>(actual);
                source.subscribe(watched);
                long deadline = System.nanoTime() + PATIENCE.toNanos();
                while (subscriptions.count.get() == before && !watched.over && System.nanoTime() < deadline) {
                    Thread.onSpinWait();
                }
                if (subscriptions.count.get() == before && !watched.over) System.out.println("PATIENCE");
            } finally {
                subscriptions.oneAtATime.unlock();
            }
        }
    }

    private static final class Watched<T> implements CoreSubscriber<T>, Subscription {

        private final CoreSubscriber<? super T> actual;
        private Subscription upstream = Operators.emptySubscription();
        private volatile boolean over;

        Watched(CoreSubscriber<? super T> actual) {
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
        public void onNext(T item) {
            actual.onNext(item);
        }

        @Override
        public void onError(Throwable error) {
            over = true;
            actual.onError(error);
        }

        @Override
        public void onComplete() {
            over = true;
            actual.onComplete();
        }

        @Override
        public void request(long n) {
            upstream.request(n);
        }

        @Override
        public void cancel() {
            over = true;
            upstream.cancel();
        }
    }
}
