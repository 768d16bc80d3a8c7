package dev.reel.memory.mutants;

import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForwardingSessionStore;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.Upcasters;
import dev.reel.WriteOptions;
import dev.reel.memory.MemorySessionStore;
import dev.reel.spi.Events;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * A memory store with one bug. It is correct except for the parts that a subclass overrides: a method, or one of the
 * hooks through which all writes, all events or all signals pass.
 */
abstract class Broken extends ForwardingSessionStore {

    Broken(StoreOptions options) {
        super(MemorySessionStore.create(options));
    }

    // ---- Hooks

    /** Called for every write, with the call itself, which a bug may make later or several times. */
    <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
        return call.apply(options);
    }

    @Override
    protected final <T> Mono<T> write(
            String method,
            @Nullable String sessionId,
            WriteOptions options,
            BiFunction<SessionStore, WriteOptions, Mono<T>> write) {
        return write(sessionId == null ? "" : sessionId, options, o -> write.apply(delegate(), o));
    }

    /** Called for every flux of a session's events: replay and tail. */
    Flux<SessionEvent> events(String sessionId, Flux<SessionEvent> events) {
        return events;
    }

    /** Called for every flux of the feed's events. */
    Flux<SessionEvent> feed(Flux<SessionEvent> events) {
        return events;
    }

    // ---- Tools for the bugs

    /** Copies the options, without the parts that are false. */
    static WriteOptions options(WriteOptions old, boolean expected, boolean turn, boolean id) {
        WriteOptions made = old.isRecorded() ? WriteOptions.recorded() : WriteOptions.none();
        if (expected) {
            made = made.withExpected(old.expected());
        }
        String turnEventId = old.turnEventId();
        if (turn && turnEventId != null) {
            made = made.withTurn(old.turnEpoch(), turnEventId);
        }
        String key = old.idempotencyKey();
        if (id && key != null) {
            made = made.withIdempotencyKey(key);
        }
        Json meta = old.meta();
        return meta == null ? made : made.withMeta(meta);
    }

    /** Returns the event at another version and position. */
    static SessionEvent moved(SessionEvent event, long version, long position) {
        return Events.of(
                event.sessionId(),
                version,
                position,
                event.id(),
                event.at(),
                1,
                EventDraft.copyOf(event),
                Upcasters.none());
    }

    /** Inserts a subscriber between publisher and subscriber, for bugs of threads and demand. */
    static <T> Flux<T> lift(
            Flux<T> source, Function<CoreSubscriber<? super T>, ? extends CoreSubscriber<? super T>> between) {
        return source.transform(Operators.<T, T>lift((scannable, actual) -> between.apply(actual)));
    }

    /** Forwards all signals; bugs override it. */
    static class Between<T> implements CoreSubscriber<T> {
        final CoreSubscriber<? super T> actual;

        Between(CoreSubscriber<? super T> actual) {
            this.actual = actual;
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            actual.onSubscribe(subscription);
        }

        @Override
        public void onNext(T value) {
            actual.onNext(value);
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

    /**
     * Replaces each item by zero or more items, but only for unbounded demand, so that it does not also break the rules
     * of demand.
     */
    static <T> Flux<T> changed(Flux<T> source, Supplier<Function<T, List<T>>> change) {
        return lift(source, actual -> new Between<T>(actual) {
            private final Function<T, List<T>> each = change.get();
            private volatile boolean everything;

            @Override
            public void onSubscribe(Subscription subscription) {
                super.onSubscribe(new Subscription() {
                    @Override
                    public void request(long n) {
                        everything |= n == Long.MAX_VALUE;
                        subscription.request(n);
                    }

                    @Override
                    public void cancel() {
                        subscription.cancel();
                    }
                });
            }

            @Override
            public void onNext(T value) {
                if (everything) {
                    each.apply(value).forEach(super::onNext);
                } else {
                    super.onNext(value);
                }
            }
        });
    }

    /** Subscribes to a publisher and ignores the result. */
    static void letRun(Mono<?> mono) {
        mono.subscribe(new BaseSubscriber<Object>() {
            @Override
            protected void hookOnError(Throwable error) {
                // The error is ignored, since no caller waits.
            }
        });
    }

    /** The wrapped store, which is correct. */
    SessionStore healthy() {
        return delegate();
    }

    // ---- All events

    @Override
    public Flux<SessionEvent> replay(String sessionId, Range range) {
        return events(sessionId, super.replay(sessionId, range));
    }

    @Override
    public Flux<SessionEvent> tail(String sessionId, From from) {
        return events(sessionId, super.tail(sessionId, from));
    }

    @Override
    public Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
        return feed(super.replayAll(after, filter));
    }

    @Override
    public Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter) {
        return feed(super.tailAll(after, filter));
    }
}
