package dev.reel.testkit.contract;

import dev.reel.ForwardingSessionStore;
import dev.reel.SessionStore;
import dev.reel.WriteOptions;
import dev.reel.testkit.contract.DurableSessionStoreContract.Place;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * A store at a place, which is restarted between the calls: at each call of a write, and before the first read after a
 * write.
 * The store is not restarted while a subscription is open, on a thread that calls a subscriber, or on a thread that must not
 * block. After {@value #EACH} restarts only every {@value #RARELY}th call restarts the store, so that tests with
 * thousands of calls end in time.
 *
 * <p>The answer of a write is kept with its {@code Mono}: a caller that has an answer does not ask the store again.
 */
final class RestartingStore extends ForwardingSessionStore {

    private static final int EACH = 12;
    private static final int RARELY = 60;

    /** How long a call waits for the end of one whose answer its caller has already. */
    private static final long A_MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** Whether this thread is calling a subscriber. */
    private static final ThreadLocal<Boolean> CALLING = ThreadLocal.withInitial(() -> false);

    private final Place place;
    private final boolean betweenCalls;
    private SessionStore current;
    private int open;
    private int tails;
    private boolean written;
    private boolean closed;
    private int wanted;

    private RestartingStore(Place place, SessionStore first, boolean betweenCalls) {
        super(first);
        this.place = place;
        this.current = first;
        this.betweenCalls = betweenCalls;
    }

    /** Opens a store that is restarted between the calls. */
    static RestartingStore betweenCalls(Place place) {
        return new RestartingStore(place, place.open(), true);
    }

    /** Opens a store that a test restarts by a call. */
    static RestartingStore onDemand(Place place) {
        return new RestartingStore(place, place.open(), false);
    }

    /** Closes the store and opens it again. */
    synchronized void restart() {
        current = Objects.requireNonNull(place.restart(current), "the restarted store");
        written = false;
    }

    @Override
    protected synchronized SessionStore delegate() {
        return current;
    }

    /** Restarts the store if it is time. */
    private synchronized SessionStore fresh(boolean write) {
        if (betweenCalls && !closed && (write || written) && !CALLING.get() && !Schedulers.isInNonBlockingThread()) {
            wanted++;
            if (wanted <= EACH || wanted % RARELY == 0) {
                awaitAnswered();
                if (open == 0) {
                    restart();
                }
            }
        }
        return current;
    }

    /** Counts a subscription that now begins, and returns its store. */
    private synchronized SessionStore begin(boolean write, boolean tail) {
        SessionStore now = write ? current : fresh(false);
        written |= write;
        open++;
        tails += tail ? 1 : 0;
        return now;
    }

    private void awaitAnswered() {
        long end = System.nanoTime() + A_MOMENT_NANOS;
        try {
            for (long left = A_MOMENT_NANOS; open > 0 && tails == 0 && left > 0; left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void end(boolean tail) {
        open--;
        tails -= tail ? 1 : 0;
        notifyAll();
    }

    @Override
    protected <T> Mono<T> write(
            String method,
            @Nullable String sessionId,
            WriteOptions options,
            BiFunction<SessionStore, WriteOptions, Mono<T>> write) {
        SessionStore then = fresh(true); // here, and not on subscription, because a write gets its ids at the call
        return new Once<>(then, write.apply(then, options), store -> write.apply(store, options));
    }

    @Override
    protected <T> Mono<T> read(String method, @Nullable String sessionId, Function<SessionStore, Mono<T>> read) {
        SessionStore then = delegate();
        Mono<T> made = read.apply(then); // invalid arguments are reported here
        return new Mono<>() {
            @Override
            public void subscribe(CoreSubscriber<? super T> actual) {
                SessionStore now = begin(false, false);
                (now == then ? made : read.apply(now)).subscribe(new Open<>(actual, false));
            }
        };
    }

    @Override
    protected <T> Flux<T> readMany(String method, @Nullable String sessionId, Function<SessionStore, Flux<T>> read) {
        SessionStore then = delegate();
        Flux<T> made = read.apply(then); // invalid arguments are reported here
        boolean tail = method.startsWith("tail") || method.equals("states");
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super T> actual) {
                SessionStore now = begin(false, tail);
                (now == then ? made : read.apply(now)).subscribe(new Open<>(actual, tail));
            }
        };
    }

    @Override
    public Mono<Void> closeAsync() {
        return Mono.defer(() -> {
            synchronized (this) {
                closed = true;
            }
            return delegate().closeAsync();
        });
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        delegate().close();
    }

    /** A write, which is made again if the store was restarted since and it has no answer yet. */
    private final class Once<T> extends Mono<T> {

        private final Function<SessionStore, Mono<T>> write;
        private SessionStore asked;
        private Mono<T> made;
        private @Nullable Mono<T> answer;

        Once(SessionStore asked, Mono<T> made, Function<SessionStore, Mono<T>> write) {
            this.asked = asked;
            this.made = made;
            this.write = write;
        }

        @Override
        public void subscribe(CoreSubscriber<? super T> actual) {
            Mono<T> known = known();
            if (known != null) {
                known.subscribe(actual);
                return;
            }
            SessionStore now = begin(true, false);
            madeFor(now).doOnSuccess(this::answered).subscribe(new Open<>(actual, false));
        }

        /** A store that was not restarted since answers again itself. */
        private synchronized @Nullable Mono<T> known() {
            return asked == delegate() ? null : answer;
        }

        private synchronized Mono<T> madeFor(SessionStore now) {
            if (now != asked) {
                asked = now;
                made = write.apply(now);
            }
            return made;
        }

        private synchronized void answered(@Nullable T value) {
            answer = Mono.justOrEmpty(value);
        }
    }

    /** Counts as open until it has ended. */
    private final class Open<T> implements CoreSubscriber<T>, Subscription {

        private final CoreSubscriber<? super T> actual;
        private final boolean tail;
        private @Nullable Subscription upstream;
        private boolean ended;

        Open(CoreSubscriber<? super T> actual, boolean tail) {
            this.actual = actual;
            this.tail = tail;
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            upstream = subscription;
            call(() -> actual.onSubscribe(this));
        }

        @Override
        public void onNext(T item) {
            call(() -> actual.onNext(item));
        }

        @Override
        public void onError(Throwable error) {
            call(() -> actual.onError(error));
            over();
        }

        @Override
        public void onComplete() {
            call(actual::onComplete);
            over();
        }

        @Override
        public void request(long n) {
            Objects.requireNonNull(upstream).request(n);
        }

        @Override
        public void cancel() {
            Objects.requireNonNull(upstream).cancel();
            over();
        }

        private void call(Runnable subscriber) {
            boolean before = CALLING.get();
            CALLING.set(true);
            try {
                subscriber.run();
            } finally {
                CALLING.set(before);
            }
        }

        private void over() {
            synchronized (this) {
                if (ended) {
                    return;
                }
                ended = true;
            }
            end(tail);
        }
    }
}
