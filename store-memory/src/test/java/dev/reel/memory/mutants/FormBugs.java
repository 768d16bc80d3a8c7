package dev.reel.memory.mutants;

import dev.reel.Bounds;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.IdGenerator;
import dev.reel.Ids;
import dev.reel.Json;
import dev.reel.JsonLimits;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.ResumeRequest;
import dev.reel.ResumedSession;
import dev.reel.Session;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.StoreClosedException;
import dev.reel.StoreOptions;
import dev.reel.StoreStatus;
import dev.reel.TooLargeException;
import dev.reel.WriteOptions;
import java.text.Normalizer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Bugs of ids, time, reactive behaviour and bounds: R21 to R24. */
final class FormBugs {

    private FormBugs() {}

    // ---- R21: ids

    /** A store that changes session ids before it uses them. */
    private abstract static class ChangesIds extends Broken {
        private final UnaryOperator<String> change;

        ChangesIds(StoreOptions options, UnaryOperator<String> change) {
            super(options);
            this.change = change;
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            return super.append(change.apply(sessionId), events, options);
        }

        @Override
        public Flux<SessionEvent> replay(String sessionId, Range range) {
            return super.replay(change.apply(sessionId), range);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return super.tail(change.apply(sessionId), from);
        }

        @Override
        public Mono<Session> putSession(String sessionId, SessionDraft session, WriteOptions options) {
            return super.putSession(change.apply(sessionId), session, options);
        }

        @Override
        public Mono<Session> getSession(String sessionId) {
            return super.getSession(change.apply(sessionId));
        }

        @Override
        public Mono<SessionState> state(String sessionId) {
            return super.state(change.apply(sessionId));
        }
    }

    @Bug(
            rule = "R21",
            test = "IdFormsContract#sessionIds",
            does = "normalizes ids, so that two encodings of é are one session")
    static final class NormalisesIds extends ChangesIds {
        NormalisesIds(StoreOptions options) {
            super(options, id -> Normalizer.normalize(id, Normalizer.Form.NFC));
        }
    }

    @Bug(rule = "R21", test = "IdFormsContract#sessionIds", does = "folds the case of ids, as some file systems do")
    static final class FoldsCase extends ChangesIds {
        FoldsCase(StoreOptions options) {
            super(options, id -> id.toLowerCase(Locale.ROOT));
        }
    }

    @Bug(rule = "R21", test = "IdFormsContract#sessionIds", does = "trims ids")
    static final class TrimsIds extends ChangesIds {
        TrimsIds(StoreOptions options) {
            super(options, id -> id.isBlank() ? id : id.strip());
        }
    }

    @Bug(rule = "R21", test = "IdFormsContract#sessionIds", does = "cuts ids at 64 code units")
    static final class CutsIds extends ChangesIds {
        CutsIds(StoreOptions options) {
            super(options, id -> id.length() < 64 ? id : id.substring(0, 63));
        }
    }

    @Bug(
            rule = "R21",
            test = "IdFormsContract#writesRefuseMalformedIds",
            does = "throws if a session id is malformed instead of signalling")
    static final class ThrowsAtMalformedIds extends Broken {
        ThrowsAtMalformedIds(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            Ids.check("session id", sessionId);
            return call.apply(options);
        }
    }

    @Bug(rule = "R21", test = "IdFormsContract#idsOfMessages", does = "ignores the case of message ids")
    static final class FoldsMessageIds extends Broken {
        FoldsMessageIds(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Message> putMessage(String sessionId, MessageDraft message, WriteOptions options) {
            String id = message.id();
            return super.putMessage(
                    sessionId, id == null ? message : message.withId(id.toLowerCase(Locale.ROOT)), options);
        }

        @Override
        public Mono<Message> getMessage(String sessionId, String messageId) {
            return super.getMessage(sessionId, messageId.toLowerCase(Locale.ROOT));
        }
    }

    // ---- R22: time and default ids

    @Bug(
            rule = "R22",
            test = "ClockAndIdsContract#instantsNeverGoBack",
            does = "records earlier instants when the clock goes back")
    static final class FollowsTheClockBack extends Broken {
        private final StoreOptions options;

        FollowsTheClockBack(StoreOptions options) {
            super(options);
            this.options = options;
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions write) {
            return super.append(
                    sessionId,
                    events.stream()
                            .map(event -> event.at() == null
                                    ? event.withAt(options.clock().instant())
                                    : event)
                            .toList(),
                    write);
        }

        @Override
        public Mono<Message> putMessage(String sessionId, MessageDraft message, WriteOptions write) {
            return super.putMessage(
                    sessionId,
                    message.at() == null ? message.withAt(options.clock().instant()) : message,
                    write);
        }
    }

    @Bug(rule = "R22", test = "ClockAndIdsContract#instantsAreCut", does = "uses the wall clock, not the given clock")
    static final class LooksAtTheWallClock extends Broken {
        LooksAtTheWallClock(StoreOptions options) {
            super(options.withClock(Clock.systemUTC()));
        }
    }

    @Bug(
            rule = "R22",
            test = "ClockAndIdsContract#sameCallsSameBytes",
            does = "generates its own ids and ignores the given generator")
    static final class MakesItsOwnIds extends Broken {
        MakesItsOwnIds(StoreOptions options) {
            super(options.withIds(IdGenerator.random(options.clock())));
        }
    }

    @Bug(rule = "R22", test = "ClockAndIdsContract#standardIdsDiffer", does = "generates the same ids in every store")
    static final class MakesTheSameIds extends Broken {
        MakesTheSameIds(StoreOptions options) {
            super(options.withIds(IdGenerator.seeded(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC), 1)));
        }
    }

    @Bug(
            rule = "R22",
            test = "ClockAndIdsContract#givenInstantsAreKept",
            does = "moves given instants after the previous ones")
    static final class OverridesGivenInstants extends Broken {
        OverridesGivenInstants(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            return super.append(
                    sessionId,
                    events.stream()
                            .map(event -> {
                                EventDraft plain = EventDraft.of(event.type(), event.data())
                                        .withMeta(event.meta());
                                String id = event.id();
                                return event.at() == null ? event : id == null ? plain : plain.withId(id);
                            })
                            .toList(),
                    options);
        }
    }

    // ---- R23: reactive behaviour

    @Bug(
            rule = "R23",
            test = "ReactiveContract#nothingBeforeSubscription",
            does = "reads when it is called, not when it is subscribed to")
    static final class ReadsAtTheCall extends Broken {
        ReadsAtTheCall(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<SessionState> state(String sessionId) {
            return Mono.fromFuture(super.state(sessionId).toFuture());
        }
    }

    @Bug(
            rule = "R23",
            test = "ReactiveContract#status",
            does = "reads its status when the method is called, and never again")
    static final class StatusAtTheCall extends Broken {
        StatusAtTheCall(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<StoreStatus> status() {
            return Mono.fromFuture(super.status().toFuture());
        }
    }

    @Bug(rule = "R23", test = "ReactiveContract#cold", does = "reads once and emits the same to all subscriptions")
    static final class ReadsOnce extends Broken {
        ReadsOnce(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<Session> listSessions(SessionQuery query) {
            return super.listSessions(query).cache();
        }
    }

    @Bug(rule = "R23", test = "ReactiveContract#closed", does = "throws errors instead of signalling them")
    static final class ThrowsErrors extends Broken {
        private volatile boolean closed;

        ThrowsErrors(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Void> closeAsync() {
            closed = true;
            return super.closeAsync();
        }

        @Override
        public Mono<ResumedSession> resume(String sessionId, ResumeRequest request) {
            if (closed) {
                throw new StoreClosedException();
            }
            return super.resume(sessionId, request);
        }
    }

    @Bug(
            rule = "R23",
            test = "ReactiveContract#malformedArguments",
            does = "signals a null argument instead of throwing")
    static final class SignalsNulls extends Broken {
        SignalsNulls(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
            return Flux.defer(() -> super.replayAll(after, filter));
        }
    }

    @Bug(rule = "R23", test = "ReactiveContract#cancellation", does = "emits items after a cancellation")
    static final class GoesOnWhenCancelled extends Broken {
        GoesOnWhenCancelled(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> replay(String sessionId, Range range) {
            Flux<SessionEvent> replay = super.replay(sessionId, range);
            return new Flux<>() {
                @Override
                public void subscribe(CoreSubscriber<? super SessionEvent> actual) {
                    replay.subscribe(new Between<SessionEvent>(actual) {
                        @Override
                        public void onSubscribe(Subscription subscription) {
                            super.onSubscribe(new Subscription() {
                                @Override
                                public void request(long n) {
                                    subscription.request(n);
                                }

                                @Override
                                public void cancel() {
                                    // A subscriber with demand receives the signal.
                                }
                            });
                        }
                    });
                }
            };
        }
    }

    @Bug(rule = "R23", test = "ReactiveStreamsContract#replay", does = "keeps references to cancelled subscribers")
    static final class KeepsSubscribers extends Broken {
        private final List<Object> subscribers = new CopyOnWriteArrayList<>();

        KeepsSubscribers(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> replay(String sessionId, Range range) {
            return lift(super.replay(sessionId, range), actual -> {
                subscribers.add(actual);
                return actual;
            });
        }
    }

    @Bug(rule = "R23", test = "NonBlockingContract#reads", does = "blocks the thread of its caller")
    static final class BlocksTheCaller extends Broken {
        BlocksTheCaller(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Session> getSession(String sessionId) {
            Mono<Session> row = super.getSession(sessionId);
            return Mono.fromRunnable(FormBugs::block).then(row);
        }
    }

    private static void block() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- R24: bounds

    private static StoreOptions bounded(StoreOptions options, UnaryOperator<Bounds> bounds) {
        return options.withBounds(bounds.apply(options.bounds()));
    }

    @Bug(rule = "R24", test = "BoundsContract#bytesOfEverything", does = "accepts events of any size")
    static final class TakesAnyEvent extends Broken {
        TakesAnyEvent(StoreOptions options) {
            super(bounded(options, bounds -> bounds.withEventBytes(1 << 28)));
        }
    }

    @Bug(rule = "R24", test = "BoundsContract#batchEvents", does = "accepts batches of any length")
    static final class TakesAnyBatch extends Broken {
        TakesAnyBatch(StoreOptions options) {
            super(bounded(options, bounds -> bounds.withBatchEvents(1_000_000)));
        }
    }

    @Bug(rule = "R24", test = "BoundsContract#bytesOfEverything", does = "does not count the names of unknown members")
    static final class CountsNoNames extends Broken {
        private final int bound;

        CountsNoNames(StoreOptions options) {
            super(bounded(options, bounds -> bounds.withEventBytes(1 << 28)));
            this.bound = options.bounds().eventBytes();
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            for (EventDraft event : events) {
                Json meta = event.meta() == null ? options.meta() : event.meta();
                long bytes = event.data().size() + (meta == null ? 0 : meta.size());
                for (Json value : event.extra().values()) {
                    bytes += value.size();
                }
                if (bytes > bound) {
                    return Mono.error(new TooLargeException(sessionId, "bytes of an event", bytes, bound));
                }
            }
            return super.append(sessionId, events, options);
        }
    }

    @Bug(
            rule = "R24",
            test = "BoundsContract#rewindIsBounded",
            does = "restores any number of truncations in one batch")
    static final class RestoresAnyNumber extends Broken {
        RestoresAnyNumber(StoreOptions options) {
            super(bounded(options, bounds -> bounds.withBatchEvents(1_000_000)));
        }
    }

    @Bug(rule = "R24", test = "BoundsContract#jsonDepth", does = "accepts JSON of any depth")
    static final class TakesAnyDepth extends Broken {
        TakesAnyDepth(StoreOptions options) {
            super(bounded(options, bounds -> bounds.withJson(JsonLimits.DEFAULT)));
        }
    }
}
