package dev.reel.memory.mutants;

import dev.reel.Anchor;
import dev.reel.Checkpoint;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.ForwardingSessionStore;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.Rewind;
import dev.reel.Session;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionPatch;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.Turn;
import dev.reel.Upcasters;
import dev.reel.WriteOptions;
import dev.reel.memory.MemorySessionStore;
import dev.reel.spi.Events;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
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

    // ---- All writes

    @Override
    public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
        return write(sessionId, options, o -> super.append(sessionId, events, o));
    }

    @Override
    public Mono<Session> putSession(String sessionId, SessionDraft session, WriteOptions options) {
        return write(sessionId, options, o -> super.putSession(sessionId, session, o));
    }

    @Override
    public Mono<Session> createSession(SessionDraft session, WriteOptions options) {
        return write("", options, o -> super.createSession(session, o));
    }

    @Override
    public Mono<Session> updateSession(String sessionId, SessionPatch patch, WriteOptions options) {
        return write(sessionId, options, o -> super.updateSession(sessionId, patch, o));
    }

    @Override
    public Mono<Message> putMessage(String sessionId, MessageDraft message, WriteOptions options) {
        return write(sessionId, options, o -> super.putMessage(sessionId, message, o));
    }

    @Override
    public Mono<Commit> appendToMessage(String sessionId, MessageDelta delta, WriteOptions options) {
        return write(sessionId, options, o -> super.appendToMessage(sessionId, delta, o));
    }

    @Override
    public Mono<Snapshot> putSnapshot(String sessionId, SnapshotDraft snapshot, WriteOptions options) {
        return write(sessionId, options, o -> super.putSnapshot(sessionId, snapshot, o));
    }

    @Override
    public Mono<Commit> deleteSession(String sessionId, WriteOptions options) {
        return write(sessionId, options, o -> super.deleteSession(sessionId, o));
    }

    @Override
    public Mono<Commit> deleteMessagesAfter(String sessionId, String messageId, WriteOptions options) {
        return write(sessionId, options, o -> super.deleteMessagesAfter(sessionId, messageId, o));
    }

    @Override
    public Mono<Commit> deleteMessages(String sessionId, WriteOptions options) {
        return write(sessionId, options, o -> super.deleteMessages(sessionId, o));
    }

    @Override
    public Mono<Commit> deleteSnapshots(String sessionId, WriteOptions options) {
        return write(sessionId, options, o -> super.deleteSnapshots(sessionId, o));
    }

    @Override
    public Mono<Checkpoint> checkpoint(String sessionId, CheckpointRequest request, WriteOptions options) {
        return write(sessionId, options, o -> super.checkpoint(sessionId, request, o));
    }

    @Override
    public Mono<Rewind> rewind(String sessionId, Anchor to, WriteOptions options) {
        return write(sessionId, options, o -> super.rewind(sessionId, to, o));
    }

    @Override
    public Mono<Rewind> undo(String sessionId, WriteOptions options) {
        return write(sessionId, options, o -> super.undo(sessionId, o));
    }

    @Override
    public Mono<Rewind> redo(String sessionId, WriteOptions options) {
        return write(sessionId, options, o -> super.redo(sessionId, o));
    }

    @Override
    public Mono<Fork> fork(String sessionId, ForkRequest request, WriteOptions options) {
        return write(sessionId, options, o -> super.fork(sessionId, request, o));
    }

    @Override
    public Mono<Turn> takeTurn(String sessionId, String holder, WriteOptions options) {
        return write(sessionId, options, o -> super.takeTurn(sessionId, holder, o));
    }

    @Override
    public Mono<Commit> closeSession(String sessionId, Json reason, WriteOptions options) {
        return write(sessionId, options, o -> super.closeSession(sessionId, reason, o));
    }

    @Override
    public Mono<Void> purge(String sessionId, WriteOptions options) {
        return write(sessionId, options, o -> super.purge(sessionId, o));
    }
}
