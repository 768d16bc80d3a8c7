package dev.reel.jsonl;

import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForwardingSessionStore;
import dev.reel.SessionStore;
import dev.reel.StoreClosedException;
import dev.reel.StoreOptions;
import dev.reel.StoreStatus;
import dev.reel.internal.engine.Engine;
import dev.reel.internal.engine.EngineSizes;
import dev.reel.testkit.contract.SessionStoreContract;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/** A follower of a root reads what its writer acknowledged: the contract, with a follower for all reads. */
@Tag("full")
class FollowedStoreTest extends SessionStoreContract {

    /**
     * Short, because each read waits until the follower has caught up; FollowedRootTest tests the wait for a place.
     */
    private static final Duration ON_ITS_WAY = Duration.ofMillis(5);

    /** Written without waiting for flushes, which is faster; a follower sees acknowledged writes in every mode. */
    private static final JsonlStoreOptions JSONL = JsonlStoreOptions.standard().withDurability(Durability.WRITE);

    @TempDir
    static Path roots;

    @Override
    protected SessionStore open(StoreOptions options) {
        Path root = JsonlSessionStoreTest.fresh(roots);
        JsonlStorage[] storage = new JsonlStorage[1];
        SessionStore writer = JsonlSessionStore.onFileThread(root, () -> {
            Root opened = RootOpening.open(new RealDisk(root), root, () -> {}, options, JSONL.cacheBytes());
            storage[0] = new JsonlStorage(opened, JsonlSessionStore.settings(JSONL));
            return JsonlSessionStore.over(opened, storage[0], options, JSONL);
        });
        Engine engine = Objects.requireNonNull(storage[0].engine());
        return new Followed(root, writer, engine, JsonlSessionStore.follow(root, options, JSONL, ON_ITS_WAY));
    }

    @Override
    protected boolean isReadElsewhere() {
        return true;
    }

    private static final class Followed extends ForwardingSessionStore {

        private final Path root;
        private final SessionStore writer;
        private final Engine engine;
        private final SessionStore reader;

        Followed(Path root, SessionStore writer, Engine engine, SessionStore reader) {
            super(writer);
            this.root = root;
            this.writer = writer;
            this.engine = engine;
            this.reader = reader;
        }

        /**
         * Waits until the follower has everything that is acknowledged now; also works on a thread of the store, which
         * rejects block(). A result may be a moment ahead of the writer's own feed, so the feed is waited for first.
         * The wait is bounded, because the waiting thread may be the one that moves the feed's mark.
         */
        private void catchUp() {
            long drawn = EngineSizes.lastDrawn(engine);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
            while (positionOf(writer, Long.MAX_VALUE) < drawn && System.nanoTime() < end) {
                LockSupport.parkNanos(20_000);
            }
            catchUp(positionOf(writer, 0));
        }

        private void catchUp(long position) {
            long now = System.nanoTime();
            long end = now + TimeUnit.SECONDS.toNanos(20);
            long soon = now + TimeUnit.MILLISECONDS.toNanos(100);
            while (positionOf(reader, Long.MAX_VALUE) < position) {
                if (System.nanoTime() > end) {
                    throw new AssertionError("the follower has not seen position " + position);
                }
                if (System.nanoTime() > soon && hasNothingMore(position)) {
                    return;
                }
                LockSupport.parkNanos(50_000);
            }
        }

        /** Positions of failed writes are in no file. */
        private boolean hasNothingMore(long position) {
            if (positionOf(writer, Long.MAX_VALUE) < position) {
                return false;
            }
            FeedFilter rest = FeedFilter.all().withUpTo(FeedPlace.of(position));
            return !Boolean.TRUE.equals(writer.replayAll(FeedPlace.of(positionOf(reader, position)), rest)
                    .hasElements()
                    .toFuture()
                    .join());
        }

        /** A closed store has none, and its readers fail. */
        private static long positionOf(SessionStore store, long whereClosed) {
            try {
                return Objects.requireNonNull(store.position().toFuture().join())
                        .position();
            } catch (CompletionException e) {
                if (e.getCause() instanceof StoreClosedException) {
                    return whereClosed;
                }
                throw e;
            }
        }

        /** Everything that the writer acknowledged while it was closed is seen before the follower is closed. */
        private void catchUpWithTheLast() {
            if (positionOf(reader, Long.MAX_VALUE) < Long.MAX_VALUE) {
                try (SessionStore anew = JsonlSessionStore.follow(root)) {
                    catchUp(positionOf(anew, 0));
                }
            }
        }

        private <T> Mono<T> one(Mono<T> read) {
            return new Mono<>() {
                @Override
                public void subscribe(CoreSubscriber<? super T> actual) {
                    catchUp();
                    read.subscribe(actual);
                }
            };
        }

        private <T> Flux<T> many(Flux<T> read) {
            return new Flux<>() {
                @Override
                public void subscribe(CoreSubscriber<? super T> actual) {
                    catchUp();
                    read.subscribe(new InStep<>(actual, Followed.this::catchUp));
                }
            };
        }

        /** The feed's position is the writer's: a test waits for it after a write. */
        @Override
        protected <T> Mono<T> read(String method, @Nullable String sessionId, Function<SessionStore, Mono<T>> read) {
            return method.equals("position") ? super.read(method, sessionId, read) : one(read.apply(reader));
        }

        @Override
        protected <T> Flux<T> readMany(
                String method, @Nullable String sessionId, Function<SessionStore, Flux<T>> read) {
            return method.equals("states") ? super.readMany(method, sessionId, read) : many(read.apply(reader));
        }

        @Override
        public Mono<StoreStatus> status() {
            return Mono.zip(
                    writer.status(),
                    reader.status(),
                    (written, read) -> new StoreStatus(
                            written.state(),
                            written.reason(),
                            read.openTails(),
                            read.slowestTailLag(),
                            read.heldThreads(),
                            read.loadedSessions(),
                            read.loadedBytes(),
                            written.unfoldedBytes(),
                            written.refusedSessions()));
        }

        @Override
        public Mono<Void> completeTails() {
            return one(reader.completeTails().then(super.completeTails())); // the states are those of the writer
        }

        @Override
        public Mono<Void> closeAsync() {
            return super.closeAsync()
                    .then(Mono.fromRunnable(this::catchUpWithTheLast).subscribeOn(Schedulers.boundedElastic()))
                    .then(reader.closeAsync());
        }
    }

    /** A subscriber whose requests arrive after the follower has caught up; no operator changes the requests. */
    private record InStep<T>(CoreSubscriber<? super T> actual, Runnable catchUp) implements CoreSubscriber<T> {

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            actual.onSubscribe(new Subscription() {
                @Override
                public void request(long n) {
                    catchUp.run();
                    subscription.request(n);
                }

                @Override
                public void cancel() {
                    subscription.cancel();
                }
            });
        }

        @Override
        public void onNext(T item) {
            actual.onNext(item);
        }

        @Override
        public void onError(Throwable error) {
            actual.onError(error);
        }

        @Override
        public void onComplete() {
            actual.onComplete();
        }
    }
}
