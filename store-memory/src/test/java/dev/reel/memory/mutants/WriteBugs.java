package dev.reel.memory.mutants;

import dev.reel.Anchor;
import dev.reel.Commit;
import dev.reel.DuplicateEventException;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.IdempotencyConflictException;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.Rewind;
import dev.reel.Session;
import dev.reel.SessionClosedException;
import dev.reel.SessionEvent;
import dev.reel.SessionPatch;
import dev.reel.SessionState;
import dev.reel.StoreOptions;
import dev.reel.Turn;
import dev.reel.Upcasters;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import dev.reel.spi.Events;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Bugs of writing: R1 to R9. */
final class WriteBugs {

    private WriteBugs() {}

    // ---- R1: one write path

    @Bug(rule = "R1", test = "AppendContract#everyWriteIsAnAppend", does = "changes a session's row without an event")
    static final class ChangesRowsInPlace extends Broken {
        private final Map<String, Session> changed = new ConcurrentHashMap<>();

        ChangesRowsInPlace(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Session> updateSession(String sessionId, SessionPatch patch, WriteOptions options) {
            return super.getSession(sessionId).doOnNext(row -> changed.put(sessionId, row));
        }

        @Override
        public Mono<Session> getSession(String sessionId) {
            Session row = changed.get(sessionId);
            return row == null ? super.getSession(sessionId) : Mono.just(row);
        }
    }

    @Bug(rule = "R1", test = "AppendContract#purgeIsTheException", does = "leaves no session_purged in the feed")
    static final class PurgesWithoutATrace extends Broken {
        PurgesWithoutATrace(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<SessionEvent> feed(Flux<SessionEvent> events) {
            return events.filter(event -> event.version() > 0);
        }
    }

    // ---- R2: versions and positions

    @Bug(rule = "R2", test = "AppendContract#versionsAreContiguous", does = "leaves a gap after each batch")
    static final class LeavesGaps extends Broken {
        LeavesGaps(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<SessionEvent> events(String sessionId, Flux<SessionEvent> events) {
            return events.map(
                    event -> event.version() < 2 ? event : moved(event, event.version() + 1, event.position()));
        }
    }

    @Bug(rule = "R2", test = "AppendContract#positionsRise", does = "reuses the positions of purged events")
    static final class ReusesPositions extends Broken {
        private volatile long purgedAt = Long.MAX_VALUE;

        ReusesPositions(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Void> purge(String sessionId, WriteOptions options) {
            return super.purge(sessionId, options)
                    .then(super.position())
                    .doOnNext(place -> purgedAt = place.position())
                    .then();
        }

        private SessionEvent back(SessionEvent event) {
            return event.position() <= purgedAt ? event : moved(event, event.version(), event.position() - 3);
        }

        @Override
        Flux<SessionEvent> events(String sessionId, Flux<SessionEvent> events) {
            return events.map(this::back);
        }

        @Override
        Flux<SessionEvent> feed(Flux<SessionEvent> events) {
            return events.map(this::back);
        }
    }

    @Bug(
            rule = "R2",
            test = "AppendContract#inheritedEventsKeepTheirPlaces",
            does = "changes the instants of inherited events")
    static final class RestampsInherited extends Broken {
        private final Map<String, Long> forks = new ConcurrentHashMap<>();

        RestampsInherited(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Fork> fork(String sessionId, ForkRequest request, WriteOptions options) {
            return super.fork(sessionId, request, options)
                    .doOnNext(fork -> forks.put(fork.sessionId(), fork.parentVersion()));
        }

        @Override
        Flux<SessionEvent> events(String sessionId, Flux<SessionEvent> events) {
            return events.map(event -> event.version() > forks.getOrDefault(sessionId, 0L)
                    ? event
                    : Events.of(
                            sessionId,
                            event.version(),
                            event.position(),
                            event.id(),
                            Instant.EPOCH,
                            1,
                            EventDraft.copyOf(event),
                            Upcasters.none()));
        }
    }

    // ---- R3: batches

    @Bug(rule = "R3", test = "AppendContract#batchesAreWholeOrNotThere", does = "writes a batch event by event")
    static final class SplitsBatches extends Broken {
        SplitsBatches(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            if (events.size() < 2 || options.isRecorded()) {
                return super.append(sessionId, events, options);
            }
            List<Mono<Commit>> singles = new ArrayList<>();
            for (EventDraft event : events) {
                singles.add(super.append(
                        sessionId, List.of(event), singles.isEmpty() ? options : options(options, false, true, false)));
            }
            return Flux.concat(singles)
                    .reduce((first, last) -> new Commit(
                            sessionId,
                            first.firstVersion(),
                            last.version(),
                            last.eventId(),
                            last.position(),
                            last.at(),
                            last.repeated()));
        }
    }

    // ---- R4: expected versions

    @Bug(rule = "R4", test = "AppendContract#everyWriteHoldsToItsExpectedVersion", does = "accepts a stale version")
    static final class AcceptsStaleVersions extends Broken {
        AcceptsStaleVersions(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            return call.apply(options.isRecorded() ? options : options(options, false, true, true));
        }
    }

    @Bug(
            rule = "R4",
            test = "AppendContract#expectedVersions",
            does = "compares only the expected version and not its event id")
    static final class IgnoresExpectedIds extends Broken {
        IgnoresExpectedIds(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            return call.apply(
                    options.expected() instanceof ExpectedVersion.Exactly exactly && !options.isRecorded()
                            ? options.withExpected(ExpectedVersion.exactly(exactly.version()))
                            : options);
        }
    }

    @Bug(rule = "R4", test = "AppendContract#expectationsSpeakOfTheLog", does = "treats a log without rows as empty")
    static final class ExpectsOfRows extends Broken {
        ExpectsOfRows(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            Mono<T> asTold = call.apply(options);
            if (options.expected() != ExpectedVersion.emptyLog() || options.isRecorded()) {
                return asTold;
            }
            Mono<T> always = call.apply(options(options, false, true, true));
            return healthy().getSession(sessionId).hasElement().flatMap(row -> row ? asTold : always);
        }
    }

    @Bug(
            rule = "R4",
            test = "ConcurrencyContract#oneWinner",
            does = "compares the expected version first and writes later")
    static final class ComparesThenWrites extends Broken {
        ComparesThenWrites(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            if (options.isRecorded()) {
                return super.append(sessionId, events, options);
            }
            Mono<Commit> write = super.append(sessionId, events, options(options, false, true, true));
            return Mono.defer(() -> healthy()
                    .state(sessionId)
                    .defaultIfEmpty(SessionState.empty(sessionId))
                    .flatMap(state -> {
                        Thread.yield();
                        return holds(options.expected(), state)
                                ? write
                                : Mono.error(
                                        new VersionConflictException(sessionId, options.expected(), state.version()));
                    }));
        }

        private static boolean holds(ExpectedVersion expected, SessionState state) {
            if (expected instanceof ExpectedVersion.Exactly exactly) {
                return exactly.version() == state.version()
                        && (exactly.eventId() == null || exactly.eventId().equals(state.lastEventId()));
            }
            return expected == ExpectedVersion.emptyLog()
                    ? state.version() == 0
                    : expected != ExpectedVersion.nonEmptyLog() || state.version() > 0;
        }
    }

    @Bug(
            rule = "R4",
            test = "LinearizabilityContract#everyExpectation",
            does = "reads from a cache that its writes do not update")
    static final class ReadsFromACache extends Broken {
        private final Map<String, SessionState> cache = new ConcurrentHashMap<>();
        private final AtomicInteger reads = new AtomicInteger();

        ReadsFromACache(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<SessionState> state(String sessionId) {
            return super.state(sessionId).map(state -> {
                if (reads.incrementAndGet() % 8 == 0) {
                    cache.put(sessionId, state);
                }
                return cache.getOrDefault(sessionId, state);
            });
        }
    }

    // ---- R5: idempotence

    @Bug(
            rule = "R5",
            test = "IdempotenceContract#wholeBatchRepeated",
            does = "ignores the caller's event ids, and writes a repeat again")
    static final class WritesRepeatsAgain extends Broken {
        WritesRepeatsAgain(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            return super.append(
                    sessionId,
                    events.stream()
                            .map(event -> EventDraft.of(event.type(), event.data())
                                    .withSchemaVersion(event.v())
                                    .withMeta(event.meta())
                                    .withExtra(event.extra()))
                            .toList(),
                    options);
        }
    }

    @Bug(rule = "R5", test = "IdempotenceContract#wholeBatchRepeated", does = "returns a repeated commit as a new one")
    static final class GivesRepeatsAsNew extends Broken {
        GivesRepeatsAsNew(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            return super.append(sessionId, events, options)
                    .map(commit -> new Commit(
                            commit.sessionId(),
                            commit.firstVersion(),
                            commit.version(),
                            commit.eventId(),
                            commit.position(),
                            commit.at(),
                            false));
        }
    }

    @Bug(
            rule = "R5",
            test = "IdempotenceContract#differentContent",
            does = "treats any event with a known id as a repeat, whatever its content")
    static final class ComparesIdsOnly extends Broken {
        ComparesIdsOnly(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            return super.append(sessionId, events, options)
                    .onErrorResume(
                            IdempotencyConflictException.class,
                            conflict -> healthy()
                                    .replay(sessionId, Range.between(conflict.version() - 1, conflict.version()))
                                    .next()
                                    .map(event -> new Commit(
                                            sessionId,
                                            event.version(),
                                            event.version(),
                                            event.id(),
                                            event.position(),
                                            event.at(),
                                            true)));
        }
    }

    @Bug(
            rule = "R5",
            test = "IdempotenceContract#idsComeBeforeVersionTurnAndClosing",
            does = "checks the expected version before it looks up the ids")
    static final class ChecksVersionsFirst extends Broken {
        ChecksVersionsFirst(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            Mono<Commit> write = super.append(sessionId, events, options);
            if (!(options.expected() instanceof ExpectedVersion.Exactly exactly)) {
                return write;
            }
            return healthy()
                    .state(sessionId)
                    .map(SessionState::version)
                    .defaultIfEmpty(0L)
                    .flatMap(version -> version == exactly.version()
                            ? write
                            : Mono.error(new VersionConflictException(sessionId, exactly, version)));
        }
    }

    @Bug(
            rule = "R5",
            test = "IdempotenceContract#sameContent",
            does = "compares content as text, so that 1.0 differs from 1")
    static final class ComparesText extends Broken {
        ComparesText(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            Mono<Commit> write = super.append(sessionId, events, options);
            EventDraft first = events.get(0);
            return healthy()
                    .replay(sessionId, Range.all())
                    .filter(event -> event.id().equals(first.id())
                            && !event.data().toString().equals(first.data().toString()))
                    .next()
                    .<Commit>flatMap(event ->
                            Mono.error(new IdempotencyConflictException(sessionId, event.id(), event.version(), null)))
                    .switchIfEmpty(write);
        }
    }

    @Bug(rule = "R5", test = "IdempotenceContract#noTailHearsOfIt", does = "emits a repeat to tails again")
    static final class RepeatsToTails extends Broken {
        private final Sinks.Many<SessionEvent> repeats =
                Sinks.many().multicast().directBestEffort();

        RepeatsToTails(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            return super.append(sessionId, events, options)
                    .delayUntil(commit -> commit.repeated()
                            ? healthy()
                                    .replay(sessionId, Range.between(commit.firstVersion() - 1, commit.version()))
                                    .doOnNext(repeats::tryEmitNext)
                            : Mono.empty());
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return Flux.merge(super.tail(sessionId, from), repeats.asFlux());
        }
    }

    @Bug(
            rule = "R5",
            test = "IdempotenceContract#partsOfABatchAreDuplicates",
            does = "writes the new events of a batch of which some are known")
    static final class WritesTheRest extends Broken {
        WritesTheRest(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            return super.append(sessionId, events, options)
                    .onErrorResume(
                            DuplicateEventException.class,
                            duplicate -> healthy()
                                    .replay(sessionId, Range.all())
                                    .map(SessionEvent::id)
                                    .collectList()
                                    .flatMap(known -> {
                                        List<EventDraft> rest = events.stream()
                                                .filter(event -> !known.contains(event.id()))
                                                .toList();
                                        return rest.isEmpty()
                                                ? Mono.error(duplicate)
                                                : healthy().append(sessionId, rest, options);
                                    }));
        }
    }

    // ---- R6: a write is decided once

    @Bug(
            rule = "R6",
            test = "RetryContract#nothingBeforeSubscription",
            does = "writes when the method is called, before subscription")
    static final class WritesAtTheCall extends Broken {
        WritesAtTheCall(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            return Mono.fromFuture(call.apply(options).toFuture());
        }
    }

    @Bug(
            rule = "R6",
            test = "RetryContract#subscribedAgain",
            does = "writes again for each subscription, and so for each retry")
    static final class WritesForEachSubscription extends Broken {
        WritesForEachSubscription(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            Mono<T> checked = call.apply(options);
            AtomicInteger subscriptions = new AtomicInteger();
            return Mono.defer(() -> subscriptions.getAndIncrement() == 0 ? checked : call.apply(options));
        }
    }

    @Bug(
            rule = "R6",
            test = "RetryContract#idsAreFixedAtTheCall",
            does = "fixes ids when a write is subscribed to, not when it is called")
    static final class FixesIdsLate extends Broken {
        FixesIdsLate(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            AtomicReference<Mono<T>> made = new AtomicReference<>();
            return Mono.defer(() -> made.updateAndGet(mono -> mono == null ? call.apply(options) : mono));
        }
    }

    @Bug(
            rule = "R6",
            test = "RetryContract#decidedAgainAfterFailure",
            does = "caches the failure of a write, so that a retry fails too")
    static final class RemembersFailures extends Broken {
        RemembersFailures(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            return call.apply(options).cache();
        }
    }

    @Bug(
            rule = "R6",
            test = "RetryContract#cancelledBefore",
            does = "executes a write that was cancelled before acceptance")
    static final class WritesWhatWasCancelled extends Broken {
        WritesWhatWasCancelled(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            Mono<T> write = call.apply(options);
            return Mono.defer(() -> {
                Sinks.One<T> answer = Sinks.one();
                write.subscribe(answer::tryEmitValue, answer::tryEmitError, answer::tryEmitEmpty);
                return answer.asMono();
            });
        }
    }

    @Bug(
            rule = "R6",
            test = "RetryContract#cancelledAnywhere",
            does = "writes only a part of a batch if its caller cancels")
    static final class WritesHalfWhenCancelled extends Broken {
        WritesHalfWhenCancelled(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            if (events.size() < 2 || options.isRecorded()) {
                return super.append(sessionId, events, options);
            }
            Mono<Commit> first = super.append(sessionId, events.subList(0, 1), options);
            Mono<Commit> rest = super.append(sessionId, events.subList(1, events.size()), WriteOptions.none());
            return first.delayElement(Duration.ofMillis(5))
                    .flatMap(one -> rest.map(last -> new Commit(
                            sessionId,
                            one.firstVersion(),
                            last.version(),
                            last.eventId(),
                            last.position(),
                            last.at(),
                            last.repeated())));
        }
    }

    @Bug(
            rule = "R6",
            test = "WriteIdContract#repeated",
            does = "ignores the idempotency key, so that another process writes again")
    static final class IgnoresWriteIds extends Broken {
        IgnoresWriteIds(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            return call.apply(options(options, true, true, false));
        }
    }

    @Bug(
            rule = "R6",
            test = "RewindContract#repeatedWithSeveralEvents",
            does = "returns the version of the first event from a repeated rewind")
    static final class RepeatsTheFirstEvent extends Broken {
        private final Map<String, Rewind> done = new ConcurrentHashMap<>();

        RepeatsTheFirstEvent(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Rewind> rewind(String sessionId, Anchor to, WriteOptions options) {
            String id = options.idempotencyKey();
            return super.rewind(sessionId, to, options)
                    .map(rewind -> id == null || done.putIfAbsent(id, rewind) == null
                            ? rewind
                            : new Rewind(
                                    rewind.sessionId(),
                                    rewind.anchorMessageId(),
                                    rewind.cut(),
                                    rewind.restored(),
                                    rewind.left(),
                                    rewind.version() - 1));
        }
    }

    // ---- R7: acknowledged means kept

    @Bug(
            rule = "R7",
            test = "HeldSessionContract#heldAndReleased",
            does = "publishes and acknowledges events that are not durable")
    static final class DoesNotWaitForTheDisk extends Broken {
        DoesNotWaitForTheDisk(StoreOptions options) {
            super(options);
        }
    }

    @Bug(
            rule = "R7",
            test = "HeldSessionContract#aForkOfAHeldParent",
            does = "completes a fork before its parent's events are durable")
    static final class DoesNotWaitForTheParent extends Broken {
        DoesNotWaitForTheParent(StoreOptions options) {
            super(options);
        }
    }

    @Bug(rule = "R7", test = "AcknowledgeContract#answersAreTrue", does = "completes a write before it has written")
    static final class AcknowledgesEarly extends Broken {
        AcknowledgesEarly(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            Mono<Commit> write = super.append(sessionId, events, options);
            if (options.expected() != ExpectedVersion.any() || options.isRecorded()) {
                return write;
            }
            return healthy()
                    .state(sessionId)
                    .defaultIfEmpty(SessionState.empty(sessionId))
                    .map(state -> {
                        letRun(Mono.delay(Duration.ofMillis(5)).then(write));
                        return new Commit(
                                sessionId,
                                state.version() + 1,
                                state.version() + events.size(),
                                String.valueOf(events.get(0).id()),
                                1,
                                Instant.EPOCH,
                                false);
                    });
        }
    }

    @Bug(rule = "R7", test = "AcknowledgeContract#commitsAreTrue", does = "loses one acknowledged message in ten")
    static final class LosesWrites extends Broken {
        private final AtomicInteger count = new AtomicInteger();

        LosesWrites(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            Mono<Commit> write = super.append(sessionId, events, options);
            return count.incrementAndGet() % 10 != 0
                    ? write
                    : healthy()
                            .state(sessionId)
                            .map(state -> new Commit(
                                    sessionId,
                                    state.version() + 1,
                                    state.version() + events.size(),
                                    "lost",
                                    1,
                                    Instant.EPOCH,
                                    false))
                            .switchIfEmpty(write);
        }
    }

    @Bug(
            rule = "R6",
            test = "WriteIdContract#repeatsOfWhatWasDeleted",
            does = "returns the current row from a repeated put")
    static final class RepeatsWithTheRowOfNow extends Broken {
        RepeatsWithTheRowOfNow(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Message> putMessage(String sessionId, MessageDraft message, WriteOptions options) {
            return super.putMessage(sessionId, message, options)
                    .flatMap(row -> healthy().getMessage(row.sessionId(), row.id()));
        }
    }

    // ---- R8: turns and closed sessions

    @Bug(rule = "R8", test = "TurnContract#otherTurnsAreFenced", does = "does not fence")
    static final class IgnoresTurns extends Broken {
        IgnoresTurns(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            return call.apply(options(options, true, false, true));
        }
    }

    @Bug(
            rule = "R8",
            test = "TurnContract#deletingEndsTheTurn",
            does = "lets the worker of a deleted session continue to write")
    static final class TurnsOutliveDeletes extends Broken {
        private final Set<String> deleted = ConcurrentHashMap.newKeySet();

        TurnsOutliveDeletes(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            return call.apply(options(options, true, !deleted.contains(sessionId), true));
        }

        @Override
        public Mono<Commit> deleteSession(String sessionId, WriteOptions options) {
            return super.deleteSession(sessionId, options).doOnNext(commit -> deleted.add(sessionId));
        }
    }

    @Bug(
            rule = "R8",
            test = "TurnContract#turnsDoNotTouchTheRow",
            does = "moves a session to the front of the list when a turn is taken")
    static final class TurnsTouchTheRow extends Broken {
        TurnsTouchTheRow(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Turn> takeTurn(String sessionId, String holder, WriteOptions options) {
            return super.takeTurn(sessionId, holder, options)
                    .delayUntil(
                            turn -> healthy().append(sessionId, EventDraft.of("session_resume", Json.EMPTY_OBJECT)));
        }
    }

    @Bug(rule = "R8", test = "TurnContract#turnsCountEpochs", does = "uses the first epoch for every turn")
    static final class CountsNoEpochs extends Broken {
        CountsNoEpochs(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Turn> takeTurn(String sessionId, String holder, WriteOptions options) {
            return super.takeTurn(sessionId, holder, options)
                    .map(turn -> new Turn(turn.sessionId(), turn.holder(), 1, turn.eventId()));
        }
    }

    @Bug(rule = "R8", test = "TurnContract#closedSessionsRefuse", does = "accepts writes to a closed session")
    static final class WritesToClosedSessions extends Broken {
        WritesToClosedSessions(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            Mono<Commit> asRecorded = recorded(this, sessionId, events);
            return super.append(sessionId, events, options)
                    .onErrorResume(SessionClosedException.class, closed -> asRecorded);
        }
    }

    /** Appends without most of the checks, as a copy may. */
    private static Mono<Commit> recorded(Broken store, String sessionId, List<EventDraft> events) {
        return Mono.defer(() -> store.healthy()
                .replay(sessionId, Range.last(1))
                .next()
                .map(last -> ExpectedVersion.exactly(last.version(), last.id()))
                .defaultIfEmpty(ExpectedVersion.emptyLog())
                .flatMap(end -> store.healthy()
                        .append(sessionId, events, WriteOptions.recorded().withExpected(end))));
    }

    @Bug(rule = "R8", test = "TurnContract#closingTwice", does = "closes a closed session again")
    static final class ClosesTwice extends Broken {
        ClosesTwice(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> closeSession(String sessionId, Json reason, WriteOptions options) {
            EventDraft close = EventDraft.of("session_close", Json.object("reason", reason));
            return super.closeSession(sessionId, reason, options)
                    .switchIfEmpty(recorded(this, sessionId, List.of(close)));
        }
    }

    // ---- R9: which events may be appended

    @Bug(
            rule = "R9",
            test = "RecordedContract#storesOwnTypes",
            does = "accepts session_turn, session_close and session_fork in append")
    static final class TakesTheStoresOwnTypes extends Broken {
        TakesTheStoresOwnTypes(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            boolean own = events.stream()
                    .anyMatch(event -> List.of("session_turn", "session_close").contains(event.type()));
            return own && !options.isRecorded()
                    ? recorded(this, sessionId, events)
                    : super.append(sessionId, events, options);
        }
    }

    @Bug(
            rule = "R9",
            test = "RecordedContract#recordedKeepsEverything",
            does = "drops the unknown members of recorded events")
    static final class DropsUnknownMembers extends Broken {
        DropsUnknownMembers(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            return super.append(
                    sessionId,
                    events.stream().map(event -> event.withExtra(Map.of())).toList(),
                    options);
        }
    }

    @Bug(
            rule = "R9",
            test = "RecordedContract#recordedKeepsEverything",
            does = "records copies at the instant of the copy")
    static final class RestampsCopies extends Broken {
        private final StoreOptions options;

        RestampsCopies(StoreOptions options) {
            super(options);
            this.options = options;
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions write) {
            return super.append(
                    sessionId,
                    events.stream()
                            .map(event -> event.withAt(options.clock().instant()))
                            .toList(),
                    write);
        }
    }

    @Bug(rule = "R9", test = "RecordedContract#listedEventsAreChecked", does = "accepts messages with malformed data")
    static final class TakesMalformedData extends Broken {
        TakesMalformedData(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            boolean malformed =
                    events.stream().anyMatch(event -> event.type().endsWith("_message") && event.problem() != null);
            return malformed && !options.isRecorded()
                    ? recorded(this, sessionId, events)
                    : super.append(sessionId, events, options);
        }
    }

    @Bug(rule = "R5", test = "AppendContract#emptyBatches", does = "does not check what an append of no events expects")
    static final class TakesEmptyBatches extends Broken {
        TakesEmptyBatches(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            return super.append(sessionId, events, events.isEmpty() ? WriteOptions.none() : options);
        }
    }
}
