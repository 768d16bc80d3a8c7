package dev.reel.memory.mutants;

import dev.reel.Anchor;
import dev.reel.Change;
import dev.reel.Checkpoint;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MalformedEventException;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.MessageQuery;
import dev.reel.Range;
import dev.reel.ResumeRequest;
import dev.reel.ResumedSession;
import dev.reel.Rewind;
import dev.reel.Session;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionPatch;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.SnapshotIdTakenException;
import dev.reel.StoreOptions;
import dev.reel.Upcasters;
import dev.reel.WriteOptions;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Bugs of rows, prefixes and purge: R17 to R20, R25. */
final class RowBugs {

    private RowBugs() {}

    // ---- R17: rows are the fold of the log

    @Bug(
            rule = "R17",
            test = "SessionRowsContract#deleteCascades",
            does = "does not cascade: a deleted session's messages remain")
    static final class ForgetsToCascade extends Broken {
        private final Map<String, List<Message>> orphans = new ConcurrentHashMap<>();

        ForgetsToCascade(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> deleteSession(String sessionId, WriteOptions options) {
            Mono<Commit> delete = super.deleteSession(sessionId, options);
            return healthy()
                    .listMessages(sessionId)
                    .collectList()
                    .doOnNext(messages -> orphans.put(sessionId, messages))
                    .then(delete);
        }

        @Override
        public Flux<Message> listMessages(String sessionId, MessageQuery query) {
            return Flux.defer(() -> Flux.fromIterable(orphans.getOrDefault(sessionId, List.of())))
                    .concatWith(super.listMessages(sessionId, query));
        }
    }

    @Bug(
            rule = "R17",
            test = "ForkContract#longLogs",
            does = "returns the rows one version too early, as of a multiple of 1,024")
    static final class IsOneOffAtMarks extends Broken {
        IsOneOffAtMarks(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<SessionState> asOf(String sessionId, long version) {
            return super.asOf(sessionId, version > 0 && version % 1_024 == 0 ? version - 1 : version);
        }
    }

    @Bug(
            rule = "R17",
            test = "MessageRowsContract#before",
            does = "lists the first messages before a place, not the last")
    static final class ListsTheFirstBefore extends Broken {
        ListsTheFirstBefore(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<Message> listMessages(String sessionId, MessageQuery query) {
            return query.beforeSeq() == Long.MAX_VALUE
                    ? super.listMessages(sessionId, query)
                    : super.listMessages(sessionId, query.withLast(Integer.MAX_VALUE))
                            .take(query.last());
        }
    }

    @Bug(
            rule = "R17",
            test = "UpcastContract#putsWithoutARow",
            does = "completes a put empty if an upcaster leaves it without its row")
    static final class PutsNothing extends Broken {
        PutsNothing(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Message> putMessage(String sessionId, MessageDraft message, WriteOptions options) {
            return super.putMessage(sessionId, message, options)
                    .onErrorResume(MalformedEventException.class, refused -> Mono.empty());
        }
    }

    @Bug(rule = "R17", test = "TimelineContract#asOf", does = "is off by one as of an earlier version")
    static final class AsOfTheVersionBefore extends Broken {
        AsOfTheVersionBefore(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<SessionState> asOf(String sessionId, long version) {
            return super.asOf(sessionId, Math.max(0, version - 1));
        }
    }

    @Bug(rule = "R17", test = "SessionRowsContract#update", does = "returns the old metadata from an update")
    static final class AnswersWithOldRows extends Broken {
        AnswersWithOldRows(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Session> updateSession(String sessionId, SessionPatch patch, WriteOptions options) {
            return super.getSession(sessionId)
                    .map(Session::metadata)
                    .defaultIfEmpty(Json.EMPTY_OBJECT)
                    .flatMap(old -> super.updateSession(sessionId, patch, options)
                            .map(row -> new Session(
                                    row.id(),
                                    row.parentId(),
                                    row.parentVersion(),
                                    row.title(),
                                    row.model(),
                                    row.createdAt(),
                                    row.updatedAt(),
                                    old,
                                    row.closed(),
                                    row.position())));
        }
    }

    @Bug(rule = "R17", test = "TimelineContract#checkpointIsIdempotent", does = "creates the same checkpoint again")
    static final class RepeatsCheckpoints extends Broken {
        private final AtomicLong count = new AtomicLong();

        RepeatsCheckpoints(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Checkpoint> checkpoint(String sessionId, CheckpointRequest request, WriteOptions options) {
            return super.checkpoint(sessionId, request, options).flatMap(checkpoint -> {
                if (!checkpoint.existed()) {
                    return Mono.just(checkpoint);
                }
                Snapshot old = checkpoint.snapshot();
                SnapshotDraft again =
                        SnapshotDraft.of(old.state()).withId(old.id() + " again " + count.incrementAndGet());
                String message = old.messageId();
                return healthy()
                        .putSnapshot(sessionId, message == null ? again : again.withMessage(message))
                        .map(made -> new Checkpoint(made, false, checkpoint.version()));
            });
        }
    }

    @Bug(rule = "R17", test = "MessageRowsContract#queries", does = "lists messages from a seq on, not after it")
    static final class QueriesInclusively extends Broken {
        QueriesInclusively(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<Message> listMessages(String sessionId, MessageQuery query) {
            return query.afterSeq() == 0
                    ? super.listMessages(sessionId, query)
                    : super.listMessages(sessionId, MessageQuery.all())
                            .filter(message -> message.seq() >= query.afterSeq());
        }
    }

    @Bug(
            rule = "R17",
            test = "MessageRowsContract#deleteAfterKeepsTheAnchor",
            does = "deletes the anchor too in deleteMessagesAfter")
    static final class DeletesTheAnchor extends Broken {
        DeletesTheAnchor(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> deleteMessagesAfter(String sessionId, String messageId, WriteOptions options) {
            return super.listMessages(sessionId, MessageQuery.all())
                    .map(Message::id)
                    .collectList()
                    .flatMap(ids -> {
                        int at = ids.indexOf(messageId);
                        return at == 0
                                ? super.deleteMessages(sessionId, options)
                                : super.deleteMessagesAfter(sessionId, at < 0 ? messageId : ids.get(at - 1), options);
                    });
        }
    }

    @Bug(rule = "R17", test = "ModelContract#walk", does = "lists no more than two snapshots of a session")
    static final class ListsTwoSnapshots extends Broken {
        ListsTwoSnapshots(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<Snapshot> listSnapshots(String sessionId) {
            return super.listSnapshots(sessionId).take(2);
        }
    }

    // ---- R18: the fold

    @Bug(
            rule = "R18",
            test = "UpcastContract#changesAreUpcast",
            does = "folds events as they were recorded, without upcasting")
    static final class IgnoresUpcasters extends Broken {
        IgnoresUpcasters(StoreOptions options) {
            super(options.withUpcasters(Upcasters.none()));
        }
    }

    @Bug(
            rule = "R18",
            test = "MessageRowsContract#order",
            does = "orders messages by their instants, and equal ones by id")
    static final class OrdersByInstant extends Broken {
        OrdersByInstant(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<Message> listMessages(String sessionId, MessageQuery query) {
            return super.listMessages(sessionId, query)
                    .sort(Comparator.comparing(Message::at).thenComparing(Message::id));
        }
    }

    @Bug(rule = "R18", test = "MessageRowsContract#putAgain", does = "moves an edited message to the end")
    static final class MovesEditedMessages extends Broken {
        private final AtomicLong puts = new AtomicLong();
        private final Map<String, Long> lastPut = new ConcurrentHashMap<>();

        MovesEditedMessages(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Message> putMessage(String sessionId, MessageDraft message, WriteOptions options) {
            return super.putMessage(sessionId, message, options)
                    .doOnNext(row -> lastPut.put(row.sessionId() + "/" + row.id(), puts.incrementAndGet()));
        }

        @Override
        public Flux<Message> listMessages(String sessionId, MessageQuery query) {
            return super.listMessages(sessionId, query)
                    .sort(Comparator.comparing(row -> lastPut.getOrDefault(sessionId + "/" + row.id(), 0L)));
        }
    }

    @Bug(rule = "R17", test = "SessionListContract#byClosed", does = "selects open and closed sessions alike")
    static final class ListsClosedSessions extends Broken {
        ListsClosedSessions(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<Session> listSessions(SessionQuery query) {
            return super.listSessions(query.closed() == null ? query : SessionQuery.all());
        }
    }

    @Bug(
            rule = "R18",
            test = "SessionListContract#positionsCount",
            does = "lists sessions by their instants, and equal ones by id")
    static final class ListsByInstant extends Broken {
        ListsByInstant(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<Session> listSessions(SessionQuery query) {
            return super.listSessions(query)
                    .sort(Comparator.comparing(Session::updatedAt).reversed().thenComparing(Session::id));
        }
    }

    @Bug(rule = "R18", test = "RewindContract#redo", does = "restores everything with one redo")
    static final class RedoesEverything extends Broken {
        RedoesEverything(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Rewind> redo(String sessionId, WriteOptions options) {
            return super.redo(sessionId, options)
                    .expand(done -> done.changed() ? super.redo(sessionId, WriteOptions.none()) : Mono.empty())
                    .takeUntil(done -> !done.changed())
                    .filter(Rewind::changed)
                    .last(new Rewind(sessionId, null, 0, 0, 0, 0));
        }
    }

    @Bug(rule = "R18", test = "RewindContract#undo", does = "undoes only the last message, not the turn of the user")
    static final class UndoesOneMessage extends Broken {
        UndoesOneMessage(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Rewind> undo(String sessionId, WriteOptions options) {
            return super.listMessages(sessionId, MessageQuery.all())
                    .map(Message::id)
                    .collectList()
                    .flatMap(ids -> ids.size() < 2
                            ? super.undo(sessionId, options)
                            : super.rewind(sessionId, Anchor.message(ids.get(ids.size() - 2)), options));
        }
    }

    @Bug(rule = "R18", test = "ForkContract#manyCuts", does = "cannot fork a session that was truncated very often")
    static final class ForkRecursesPerCut extends Broken {
        ForkRecursesPerCut(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Fork> fork(String sessionId, ForkRequest request, WriteOptions options) {
            Mono<Fork> fork = super.fork(sessionId, request, options);
            return healthy()
                    .state(sessionId)
                    .flatMap(rows -> rows.redoable() > 10_000
                            ? Mono.error(new IllegalStateException("too deep: " + rows.redoable()))
                            : fork);
        }
    }

    @Bug(
            rule = "R17",
            test = "ForkContract#inheritedRows",
            does = "returns inherited rows with the parent's session id")
    static final class InheritedRowsNameTheParent extends Broken {
        InheritedRowsNameTheParent(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<SessionState> asOf(String sessionId, long version) {
            return healthy()
                    .getSession(sessionId)
                    .filter(row ->
                            row.parentId() != null && row.parentVersion() != null && version <= row.parentVersion())
                    .flatMap(row -> super.asOf(String.valueOf(row.parentId()), version))
                    .switchIfEmpty(super.asOf(sessionId, version));
        }
    }

    @Bug(rule = "R17", test = "ForkContract#deepForks", does = "loses the rows of forks that are very deep")
    static final class DeepForksAreBare extends Broken {
        DeepForksAreBare(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Message> getMessage(String sessionId, String messageId) {
            return super.getMessage(sessionId, messageId).filter(row -> !sessionId.equals("d400"));
        }
    }

    @Bug(
            rule = "R17",
            test = "MessageRowsContract#reusedId",
            does = "does not find a message whose id was truncated before")
    static final class ForgetsReusedIds extends Broken {
        ForgetsReusedIds(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Message> getMessage(String sessionId, String messageId) {
            return healthy()
                    .replay(sessionId, Range.all())
                    .filter(event -> event.change() instanceof Change.PutMessage put && messageId.equals(put.id()))
                    .count()
                    .flatMap(puts -> puts > 1 ? Mono.empty() : super.getMessage(sessionId, messageId));
        }
    }

    @Bug(
            rule = "R17",
            test = "MessageRowsContract#collidingIds",
            does = "confuses messages whose ids have the same hash code")
    static final class FindsByHashCode extends Broken {
        FindsByHashCode(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Message> getMessage(String sessionId, String messageId) {
            return super.listMessages(sessionId, MessageQuery.all())
                    .filter(row -> row.id().hashCode() == messageId.hashCode())
                    .next();
        }
    }

    @Bug(rule = "R18", test = "ForkContract#row", does = "copies the parent's title to a fork")
    static final class ForksKeepTheTitle extends Broken {
        ForksKeepTheTitle(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Fork> fork(String sessionId, ForkRequest request, WriteOptions options) {
            Mono<Fork> asAsked = super.fork(sessionId, request, options);
            return healthy()
                    .getSession(sessionId)
                    .filter(parent -> parent.title() != null && request.title() == null)
                    .flatMap(parent -> super.fork(sessionId, request.withTitle(parent.title()), options))
                    .switchIfEmpty(asAsked);
        }
    }

    // ---- R19: reads, and writes that change nothing

    @Bug(
            rule = "R19",
            test = "MessageRowsContract#deletesOfNothing",
            does = "appends for a delete that changes nothing")
    static final class DeletesNothing extends Broken {
        DeletesNothing(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> deleteMessages(String sessionId, WriteOptions options) {
            return super.append(
                    sessionId, List.of(EventDraft.of("messages_clear", Json.EMPTY_OBJECT)), WriteOptions.none());
        }
    }

    @Bug(rule = "R19", test = "RewindContract#nothingToCut", does = "appends for a rewind that changes nothing")
    static final class RewindsNothing extends Broken {
        RewindsNothing(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Rewind> rewind(String sessionId, Anchor to, WriteOptions options) {
            return super.rewind(sessionId, to, options)
                    .delayUntil(done -> done.changed()
                            ? Mono.empty()
                            : healthy().append(sessionId, EventDraft.of("session_resume", Json.EMPTY_OBJECT)));
        }
    }

    @Bug(
            rule = "R19",
            test = "SessionListContract#oneMoment",
            does = "omits a session from the list if it changes while the list is read")
    static final class LosesMovingSessions extends Broken {
        LosesMovingSessions(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<Session> listSessions(SessionQuery query) {
            return super.listSessions(query)
                    .concatMap(
                            row -> healthy().getSession(row.id()).filter(now -> now.position() == row.position()), 1);
        }
    }

    @Bug(
            rule = "R19",
            test = "SessionRowsContract#nothing",
            does = "fails if a row is missing instead of completing empty")
    static final class FailsForNothing extends Broken {
        FailsForNothing(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Session> getSession(String sessionId) {
            return super.getSession(sessionId).switchIfEmpty(Mono.error(() -> new SessionNotFoundException(sessionId)));
        }
    }

    @Bug(rule = "R19", test = "MessageRowsContract#neverHalfABatch", does = "shows rows of half a batch")
    static final class ShowsHalfABatch extends Broken {
        ShowsHalfABatch(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            if (events.size() < 2 || options.isRecorded()) {
                return super.append(sessionId, events, options);
            }
            Mono<Commit> rest = super.append(sessionId, events.subList(1, events.size()), WriteOptions.none());
            return super.append(sessionId, events.subList(0, 1), options)
                    .delayElement(Duration.ofMillis(1))
                    .then(rest);
        }
    }

    @Bug(rule = "R19", test = "TimelineContract#resume", does = "writes a session_resume on a resume")
    static final class ResumeWrites extends Broken {
        ResumeWrites(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<ResumedSession> resume(String sessionId, ResumeRequest request) {
            return super.resume(sessionId, request)
                    .delayUntil(resumed -> healthy()
                            .append(sessionId, EventDraft.of("session_resume", Json.EMPTY_OBJECT))
                            .onErrorComplete());
        }
    }

    // ---- R20: snapshot ids

    @Bug(
            rule = "R20",
            test = "SnapshotContract#taken",
            does = "lets a session put a snapshot under an id that another one holds")
    static final class StealsSnapshotIds extends Broken {
        StealsSnapshotIds(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Snapshot> putSnapshot(String sessionId, SnapshotDraft snapshot, WriteOptions options) {
            return super.putSnapshot(sessionId, snapshot, options)
                    .onErrorResume(
                            SnapshotIdTakenException.class,
                            taken -> healthy()
                                    .replay(sessionId, Range.last(1))
                                    .next()
                                    .map(last -> ExpectedVersion.exactly(last.version(), last.id()))
                                    .defaultIfEmpty(ExpectedVersion.emptyLog())
                                    .flatMap(end -> healthy()
                                            .append(
                                                    sessionId,
                                                    List.of(EventDraft.of(
                                                            "checkpoint",
                                                            Json.object(
                                                                    "id", snapshot.id(), "state", snapshot.state()))),
                                                    WriteOptions.recorded().withExpected(end)))
                                    .then(healthy().listSnapshots(sessionId).last()));
        }
    }

    @Bug(rule = "R20", test = "SnapshotContract#removed", does = "finds removed snapshots")
    static final class FindsRemovedSnapshots extends Broken {
        private final Map<String, Snapshot> seen = new ConcurrentHashMap<>();

        FindsRemovedSnapshots(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Snapshot> getSnapshot(String snapshotId) {
            return super.getSnapshot(snapshotId)
                    .doOnNext(row -> seen.put(snapshotId, row))
                    .switchIfEmpty(Mono.fromSupplier(() -> seen.get(snapshotId)));
        }
    }

    @Bug(rule = "R20", test = "SnapshotContract#freed", does = "never frees a snapshot id")
    static final class KeepsSnapshotIds extends Broken {
        private final Map<String, String> holders = new ConcurrentHashMap<>();

        KeepsSnapshotIds(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Snapshot> putSnapshot(String sessionId, SnapshotDraft snapshot, WriteOptions options) {
            String holder = holders.get(String.valueOf(snapshot.id()));
            if (holder != null && !holder.equals(sessionId)) {
                return Mono.error(new SnapshotIdTakenException(sessionId, String.valueOf(snapshot.id()), holder));
            }
            return super.putSnapshot(sessionId, snapshot, options)
                    .doOnNext(row -> holders.put(row.id(), row.sessionId()));
        }
    }

    @Bug(rule = "R20", test = "SnapshotContract#ownIdIsReplaced", does = "changes the instant of a replaced snapshot")
    static final class RestampsSnapshots extends Broken {
        private final StoreOptions options;

        RestampsSnapshots(StoreOptions options) {
            super(options);
            this.options = options;
        }

        @Override
        public Mono<Snapshot> putSnapshot(String sessionId, SnapshotDraft snapshot, WriteOptions write) {
            return super.putSnapshot(sessionId, snapshot, write)
                    .map(row -> new Snapshot(
                            row.id(),
                            row.sessionId(),
                            row.messageId(),
                            row.state(),
                            options.clock().instant()));
        }
    }

    @Bug(
            rule = "R20",
            test = "SnapshotContract#forkRemovesNothing",
            does = "also removes the parent's snapshots when it removes those of a fork")
    static final class ClearsTheParentToo extends Broken {
        ClearsTheParentToo(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> deleteSnapshots(String sessionId, WriteOptions options) {
            return super.deleteSnapshots(sessionId, options)
                    .delayUntil(commit -> healthy()
                            .getSession(sessionId)
                            .flatMap(row -> row.parentId() == null
                                    ? Mono.empty()
                                    : healthy().deleteSnapshots(row.parentId())));
        }
    }

    // ---- R25: purge

    @Bug(rule = "R25", test = "PurgeContract#nothingIsReadable", does = "deletes the rows instead of purging")
    static final class PurgeOnlyDeletes extends Broken {
        PurgeOnlyDeletes(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Void> purge(String sessionId, WriteOptions options) {
            return super.deleteSession(sessionId, options).then();
        }
    }

    @Bug(rule = "R25", test = "PurgeContract#nothingIsReadable", does = "keeps the rows of a purged session in a cache")
    static final class PurgeLeavesRows extends Broken {
        private final Map<String, Session> sessions = new ConcurrentHashMap<>();

        PurgeLeavesRows(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Void> purge(String sessionId, WriteOptions options) {
            Mono<Void> purge = super.purge(sessionId, options);
            return super.getSession(sessionId)
                    .doOnNext(row -> sessions.put(sessionId, row))
                    .then(purge);
        }

        @Override
        public Mono<Session> getSession(String sessionId) {
            return super.getSession(sessionId).switchIfEmpty(Mono.fromSupplier(() -> sessions.get(sessionId)));
        }
    }

    @Bug(rule = "R25", test = "PurgeContract#nothingIsReadable", does = "still finds the snapshots of a purged session")
    static final class PurgeLeavesSnapshots extends Broken {
        private final Map<String, Snapshot> snapshots = new ConcurrentHashMap<>();

        PurgeLeavesSnapshots(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Void> purge(String sessionId, WriteOptions options) {
            Mono<Void> purge = super.purge(sessionId, options);
            return super.listSnapshots(sessionId)
                    .doOnNext(row -> snapshots.put(row.id(), row))
                    .then(purge);
        }

        @Override
        public Mono<Snapshot> getSnapshot(String snapshotId) {
            return super.getSnapshot(snapshotId).switchIfEmpty(Mono.fromSupplier(() -> snapshots.get(snapshotId)));
        }
    }

    @Bug(rule = "R25", test = "PurgeContract#forksLiveOn", does = "purges the forks together with their parent")
    static final class PurgeTakesForks extends Broken {
        private final Map<String, Set<String>> forks = new ConcurrentHashMap<>();

        PurgeTakesForks(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Fork> fork(String sessionId, ForkRequest request, WriteOptions options) {
            return super.fork(sessionId, request, options)
                    .doOnNext(fork -> forks.merge(sessionId, Set.of(fork.sessionId()), (some, more) -> {
                        Set<String> all = new HashSet<>(some);
                        all.addAll(more);
                        return all;
                    }));
        }

        @Override
        public Mono<Void> purge(String sessionId, WriteOptions options) {
            Mono<Void> purge = super.purge(sessionId, options);
            return purge.then(Flux.defer(() -> Flux.fromIterable(forks.getOrDefault(sessionId, Set.of())))
                    .flatMap(fork -> healthy().purge(fork))
                    .then());
        }
    }

    @Bug(rule = "R25", test = "PurgeContract#nothingIsReadable", does = "completes a purge before it has happened")
    static final class PurgesLater extends Broken {
        PurgesLater(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Void> purge(String sessionId, WriteOptions options) {
            Mono<Void> purge = super.purge(sessionId, options);
            return Mono.fromRunnable(
                    () -> letRun(Mono.delay(Duration.ofMillis(500)).then(purge)));
        }
    }
}
