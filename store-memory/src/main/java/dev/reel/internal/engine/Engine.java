package dev.reel.internal.engine;

import dev.reel.Anchor;
import dev.reel.Change;
import dev.reel.Checkpoint;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.IdGenerator;
import dev.reel.Ids;
import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Message;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.MessageQuery;
import dev.reel.Range;
import dev.reel.Recorder;
import dev.reel.ResumeRequest;
import dev.reel.ResumedSession;
import dev.reel.Rewind;
import dev.reel.Role;
import dev.reel.Session;
import dev.reel.SessionDamagedException;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionPatch;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.StoreReadOnlyException;
import dev.reel.StoreStatus;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.Turn;
import dev.reel.VersionAheadException;
import dev.reel.WriteOptions;
import dev.reel.internal.Call;
import dev.reel.spi.DerivedIds;
import dev.reel.spi.States;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A session store that keeps the sessions in use in memory and, with a {@link Journal}, makes every write durable.
 *
 * <p>This class checks arguments, fixes the ids of writes, and answers reads from the published state. It delegates the
 * rest: {@link Write} is the publisher of a write; {@link Sessions} has the sessions in use; a {@link SessionLog} holds
 * one of them and makes its writes durable and visible; {@link Operation} and its subclasses decide what a write appends;
 * a {@link Cursor} serves each replay and tail; {@link Core} has what all of them share, such as the {@link FeedLog}, which
 * orders the events of all sessions.
 *
 * <p>Internal: the public stores are built on this class.
 */
public final class Engine implements SessionStore {

    private static final int ROWS_AT_ONCE = 64;
    /** A pool thread that runs one task for longer than this counts as held by a subscriber. */
    private static final long HELD_NANOS = 1_000_000_000;

    private final Core core;
    private final Sessions sessions;
    private final FollowedNews news;
    private final IdGenerator newIds;
    private final @Nullable Storage storage;

    private Engine(
            StoreOptions options, @Nullable Journal journal, @Nullable Storage storage, @Nullable Duration followed) {
        this.core = new Core(options, journal, storage, followed);
        this.sessions = new Sessions(core);
        this.news = new FollowedNews(sessions, this::readRow);
        this.newIds = new Signalled(options.ids());
        this.storage = storage;
    }

    /**
     * Returns a store that keeps its sessions in memory only.
     *
     * @param options clock, ids, bounds and the rest
     * @return the store
     */
    public static Engine inMemory(StoreOptions options) {
        return new Engine(options, null, null, null);
    }

    /**
     * Returns a store whose writes wait for a journal.
     *
     * @param options clock, ids, bounds and the rest
     * @param journal the journal that makes writes durable
     * @return the store
     */
    public static Engine withJournal(StoreOptions options, Journal journal) {
        return new Engine(options, journal, null, null);
    }

    /**
     * Returns a store whose sessions are kept in a storage, and loaded into memory while they are in use.
     *
     * @param options clock, ids, bounds and the rest
     * @param storage the storage that holds the sessions
     * @return the store
     */
    public static Engine onStorage(StoreOptions options, Storage storage) {
        return onStorage(options, storage, null);
    }

    /**
     * Returns a read-only store over the sessions that another store writes, possibly in another process. The storage
     * reports what the other store has published by calling {@link FollowedNews#follow}. Writes fail with {@link
     * StoreReadOnlyException}.
     *
     * @param options clock, upcasters and the rest
     * @param storage the storage that holds the sessions
     * @param onItsWay how long a reader's place may be missing here before the reader fails with {@link
     *     dev.reel.LogChangedException}
     * @return the store
     */
    public static Engine following(StoreOptions options, Storage storage, Duration onItsWay) {
        return onStorage(options, storage, onItsWay);
    }

    private static Engine onStorage(StoreOptions options, Storage storage, @Nullable Duration followed) {
        Engine engine = new Engine(options, storage, storage, followed);
        for (StoredSession session : storage.sessions()) {
            if (engine.core.isFollowing()) {
                engine.core.index().followed(0, 0, session, engine::readRow);
            } else {
                engine.core.index().add(session);
            }
            session.snapshots()
                    .forEach((id, position) -> engine.core.snapshots().claim(id, session.id(), position, true));
        }
        return engine;
    }

    // ---- EventLog

    @Override
    public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions write) {
        return Signalled.mono("append", sessionId, () -> {
            Ids.check("session id", sessionId);
            if (write.isRecorded()) {
                checkRecorded(write);
            }
            if (events.isEmpty()) {
                return decided(new EmptyAppend(sessionId, write));
            }
            List<EventDraft> drafts = new ArrayList<>(events.size());
            Set<String> known = new HashSet<>();
            for (EventDraft event : events) {
                EventDraft draft = event.id() == null ? event.withId(eventId(sessionId, write, drafts.size())) : event;
                if (!known.add(Objects.requireNonNull(draft.id()))) {
                    throw new InvalidInputException("event id '" + draft.id() + "' occurs twice in the batch");
                }
                drafts.add(draft);
            }
            return append(sessionId, write, drafts, (before, after, first, commit) -> commit);
        });
    }

    private static void checkRecorded(WriteOptions write) {
        ExpectedVersion expected = write.expected();
        boolean allowed = expected == ExpectedVersion.any()
                || expected == ExpectedVersion.emptyLog()
                || expected instanceof ExpectedVersion.Exactly exactly
                        && (exactly.version() == 0 || exactly.eventId() != null);
        if (!allowed) {
            throw new InvalidInputException(
                    "recorded events require an empty log or exactly(version, eventId) of the last event, not "
                            + expected);
        }
    }

    private String eventId(String sessionId, WriteOptions write, int place) {
        return write.idempotencyKey() == null
                ? newIds.eventId()
                : DerivedIds.ofEvent(sessionId, write.idempotencyKey(), place);
    }

    private <T> Mono<T> append(
            String sessionId, WriteOptions write, List<EventDraft> drafts, AppendOperation.Result<T> result) {
        return new Write<>(sessions, new AppendOperation<>(sessionId, write, drafts, result));
    }

    private <T> Mono<T> appendOne(
            String sessionId, WriteOptions write, EventDraft draft, AppendOperation.Result<T> result) {
        if (write.isRecorded()) {
            throw new InvalidInputException("only append() accepts recorded events");
        }
        return append(sessionId, write, List.of(draft.withId(eventId(sessionId, write, 0))), result);
    }

    @Override
    public Flux<SessionEvent> replay(String sessionId, Range range) {
        Objects.requireNonNull(range, "range");
        return Signalled.flux("replay", sessionId, () -> {
            Ids.check("session id", sessionId);
            return new CursorFlux<>(actual -> {
                core.checkOpen();
                return sessions.opened(sessionId, log -> LogCursor.Events.replay(actual, log, range));
            });
        });
    }

    @Override
    public Flux<SessionEvent> tail(String sessionId, From from) {
        Objects.requireNonNull(from, "from");
        return Signalled.flux("tail", sessionId, () -> {
            Ids.check("session id", sessionId);
            return new CursorFlux<>(actual -> {
                core.checkOpen();
                return sessions.opened(sessionId, log -> LogCursor.Events.tail(actual, log, from));
            });
        });
    }

    @Override
    public Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions tail) {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(tail, "options");
        return Signalled.flux("tailSignals", sessionId, () -> {
            Ids.check("session id", sessionId);
            return new CursorFlux<>(actual -> {
                core.checkOpen();
                return sessions.opened(sessionId, log -> new LogCursor.Signals(actual, log, from, tail));
            });
        });
    }

    @Override
    public Mono<LogPlace> head(String sessionId) {
        return Signalled.mono("head", sessionId, () -> {
            Ids.check("session id", sessionId);
            return one(() -> {
                // What is not in memory is stored as a whole.
                LogPlace last = sessions.known(sessionId) != null ? null : lastStored(sessionId);
                SessionLog log = last == null ? sessions.find(sessionId) : null;
                LogPlace place = log == null ? last : log.published().place();
                return place == null || place.version() == 0 ? null : place;
            });
        });
    }

    private @Nullable LogPlace lastStored(String sessionId) {
        StoredSession stored = storage == null ? null : storage.session(sessionId);
        return stored == null ? null : stored.last();
    }

    @Override
    public Flux<String> sessionIds() {
        return Call.flux(
                "sessionIds", null, many(() -> Flux.fromIterable(core.index().ids())));
    }

    // ---- Feed

    @Override
    public Mono<FeedPlace> position() {
        return Call.mono(
                "position", null, one(() -> FeedPlace.of(core.feed().view().mark())));
    }

    @Override
    public Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
        return Call.flux("replayAll", null, feedEvents(after, filter, false));
    }

    @Override
    public Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter) {
        return Call.flux("tailAll", null, feedEvents(after, filter, true));
    }

    private Flux<SessionEvent> feedEvents(FeedPlace after, FeedFilter filter, boolean live) {
        Objects.requireNonNull(after, "after");
        Objects.requireNonNull(filter, "filter");
        return new CursorFlux<>(actual -> {
            core.checkOpen();
            return new FeedCursor.Events(actual, core, after, filter, live);
        });
    }

    @Override
    public Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions tail) {
        Objects.requireNonNull(after, "after");
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(tail, "options");
        return Call.flux("tailAllSignals", null, new CursorFlux<>(actual -> {
            core.checkOpen();
            return new FeedCursor.Signals(actual, core, after, filter, tail);
        }));
    }

    // ---- RowTables: reads

    @Override
    public Mono<Session> getSession(String sessionId) {
        return Signalled.mono("getSession", sessionId, () -> {
            Ids.check("session id", sessionId);
            return one(() -> {
                SessionLog log = sessions.find(sessionId);
                return log == null ? null : log.row();
            });
        });
    }

    @Override
    public Flux<Session> listSessions(SessionQuery query) {
        Objects.requireNonNull(query, "query");
        return Call.flux("listSessions", null, many(() -> {
            Iterable<Session> rows = core.index().rows(query, core.feed().view().mark());
            return core.isFollowing() ? rowsRead(rows.iterator()) : Flux.fromIterable(rows);
        }));
    }

    /** Emits rows, some of which have to be read from a file. */
    private Flux<Session> rowsRead(Iterator<Session> rows) {
        return StoredRead.away(
                        () -> {
                            List<Session> piece = new ArrayList<>();
                            while (piece.size() < ROWS_AT_ONCE && rows.hasNext()) {
                                piece.add(rows.next());
                            }
                            return piece;
                        },
                        core)
                .repeat()
                .takeWhile(piece -> !piece.isEmpty())
                .flatMapIterable(Function.identity(), 1);
    }

    /** Returns the row of a followed session, at least as new as its place in the index. */
    private @Nullable Session readRow(StoredSession session) {
        String sessionId = session.id();
        try {
            Session row = sessions.log(sessionId).published().state().session();
            if (storage != null && session.changed() > (row == null ? 0 : row.position())) {
                // The log in memory does not contain the last batch yet.
                row = LogView.of(sessionId, storage.open(sessionId), new Lineage())
                        .state()
                        .session();
            }
            return row;
        } catch (SessionDamagedException e) {
            return null; // reading the session by itself reports the damage
        }
    }

    @Override
    public Mono<Message> getMessage(String sessionId, String messageId) {
        return Signalled.mono("getMessage", sessionId, () -> {
            Ids.check("message id", messageId);
            Ids.check("session id", sessionId);
            return viewed(sessionId, view -> view.state().message(messageId));
        });
    }

    @Override
    public Flux<Message> listMessages(String sessionId, MessageQuery query) {
        Objects.requireNonNull(query, "query");
        return Signalled.flux("listMessages", sessionId, () -> {
            Ids.check("session id", sessionId);
            return many(() -> {
                SessionLog log = sessions.find(sessionId);
                if (log == null) {
                    return Flux.empty();
                }
                SessionState rows = log.published().state();
                List<Message> messages = States.messages(rows, query);
                return States.isLean(rows) ? inPieces(messages) : Flux.fromIterable(messages);
            });
        });
    }

    /** Emits rows in pieces, and reads the contents of each piece when it is requested. */
    private Flux<Message> inPieces(List<Message> rows) {
        return Flux.range(0, (rows.size() + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE)
                .concatMap(
                        piece -> StoredRead.of(
                                () -> List.copyOf(rows.subList(
                                        piece * ROWS_AT_ONCE, Math.min(rows.size(), (piece + 1) * ROWS_AT_ONCE))),
                                core),
                        1)
                .flatMapIterable(Function.identity(), 1);
    }

    @Override
    public Mono<Snapshot> getSnapshot(String snapshotId) {
        return Signalled.mono("getSnapshot", null, () -> {
            Ids.check("snapshot id", snapshotId);
            return one(() -> {
                String holder = core.snapshots().holder(snapshotId);
                SessionLog log = holder == null ? null : sessions.find(holder);
                return log == null ? null : log.published().state().snapshot(snapshotId);
            });
        });
    }

    @Override
    public Flux<Snapshot> listSnapshots(String sessionId) {
        return rows("listSnapshots", sessionId, SessionState::snapshots);
    }

    private <T> Mono<T> view(String call, String sessionId, Function<LogView, @Nullable T> part) {
        return Signalled.mono(call, sessionId, () -> {
            Ids.check("session id", sessionId);
            return viewed(sessionId, part);
        });
    }

    private <T> Mono<T> viewed(String sessionId, Function<LogView, @Nullable T> part) {
        return one(() -> {
            SessionLog log = sessions.find(sessionId);
            return log == null ? null : part.apply(log.published());
        });
    }

    private <T> Flux<T> rows(String call, String sessionId, Function<SessionState, List<T>> part) {
        return Signalled.flux(call, sessionId, () -> {
            Ids.check("session id", sessionId);
            return many(() -> {
                SessionLog log = sessions.find(sessionId);
                return log == null
                        ? Flux.empty()
                        : Flux.fromIterable(part.apply(log.published().state()));
            });
        });
    }

    private <T> Mono<T> one(Supplier<@Nullable T> read) {
        Supplier<@Nullable T> checked = () -> {
            core.checkOpen();
            return read.get();
        };
        return storage == null ? Mono.fromSupplier(checked) : StoredRead.of(checked, core);
    }

    private <T> Flux<T> many(Supplier<Flux<T>> read) {
        return storage == null
                ? Flux.defer(() -> {
                    core.checkOpen();
                    return read.get();
                })
                : one(read).flatMapMany(Function.identity());
    }

    // ---- RowTables: writes

    @Override
    public Mono<Session> putSession(String sessionId, SessionDraft session, WriteOptions write) {
        return Signalled.mono(
                "putSession", sessionId, () -> putRow(Ids.check("session id", sessionId), session, write));
    }

    @Override
    public Mono<Session> createSession(SessionDraft session, WriteOptions write) {
        return Signalled.mono("createSession", null, () -> {
            if (write.idempotencyKey() != null) {
                throw new InvalidInputException(
                        "createSession does not accept an idempotency key: a repeat could not find the session"
                                + " whose id was generated; use putSession with an id of your own");
            }
            return putRow(newIds.sessionId(), session, write);
        });
    }

    private Mono<Session> putRow(String sessionId, SessionDraft session, WriteOptions write) {
        return appendOne(sessionId, write, EventDraft.of(session.toChange()), Engine::sessionRow);
    }

    @Override
    public Mono<Session> updateSession(String sessionId, SessionPatch patch, WriteOptions write) {
        return Signalled.mono("updateSession", sessionId, () -> {
            Ids.check("session id", sessionId);
            if (patch.isEmpty()) {
                return getSession(sessionId).switchIfEmpty(Mono.error(() -> new SessionNotFoundException(sessionId)));
            }
            return appendOne(sessionId, write, EventDraft.of(new Change.SessionUpdate(patch)), Engine::sessionRow);
        });
    }

    private static Session sessionRow(SessionState before, SessionState after, SessionEvent first, Commit commit) {
        return Operation.put(after.session(), first);
    }

    @Override
    public Mono<Message> putMessage(String sessionId, MessageDraft message, WriteOptions write) {
        return Signalled.mono("putMessage", sessionId, () -> {
            Ids.check("session id", sessionId);
            String id = idOf(message.id(), sessionId, write, newIds::messageId);
            EventDraft draft = EventDraft.of(Change.putMessage(message.role(), id, message.content()));
            Instant at = message.at();
            return appendOne(
                    sessionId,
                    write,
                    at == null ? draft : draft.withAt(at),
                    (before, after, first, commit) -> Operation.put(after.message(id), first));
        });
    }

    @Override
    public Mono<Commit> appendToMessage(String sessionId, MessageDelta delta, WriteOptions write) {
        return Signalled.mono(
                "appendToMessage",
                sessionId,
                () -> appendOne(
                        Ids.check("session id", sessionId),
                        write,
                        EventDraft.of(
                                new Change.DeltaMessage(delta.messageId(), delta.role(), delta.n(), delta.text())),
                        (before, after, first, commit) -> commit));
    }

    @Override
    public Mono<Snapshot> putSnapshot(String sessionId, SnapshotDraft snapshot, WriteOptions write) {
        return Signalled.mono("putSnapshot", sessionId, () -> {
            Ids.check("session id", sessionId);
            String id = idOf(snapshot.id(), sessionId, write, newIds::snapshotId);
            return appendOne(
                    sessionId,
                    write,
                    EventDraft.of(new Change.PutSnapshot(id, snapshot.messageId(), snapshot.state())),
                    (before, after, first, commit) -> Operation.put(after.snapshot(id), first));
        });
    }

    /** Returns the id of a row: the given one, or its event's id if the write has an idempotency key, or a new id. */
    private static String idOf(
            @Nullable String given, String sessionId, WriteOptions write, Supplier<String> generated) {
        if (given != null) {
            return given;
        }
        return write.idempotencyKey() == null
                ? generated.get()
                : DerivedIds.ofEvent(sessionId, write.idempotencyKey(), 0);
    }

    @Override
    public Mono<Commit> deleteSession(String sessionId, WriteOptions write) {
        return Signalled.mono(
                "deleteSession",
                sessionId,
                () -> decided(SimpleOperation.deleteSession(sessionId, write, writeIds(sessionId, write))));
    }

    @Override
    public Mono<Commit> deleteMessagesAfter(String sessionId, String messageId, WriteOptions write) {
        return Signalled.mono("deleteMessagesAfter", sessionId, () -> {
            Ids.check("message id", messageId);
            return decided(
                    SimpleOperation.deleteMessagesAfter(sessionId, messageId, write, writeIds(sessionId, write)));
        });
    }

    @Override
    public Mono<Commit> deleteMessages(String sessionId, WriteOptions write) {
        return Signalled.mono(
                "deleteMessages",
                sessionId,
                () -> decided(SimpleOperation.deleteMessages(sessionId, write, writeIds(sessionId, write))));
    }

    @Override
    public Mono<Commit> deleteSnapshots(String sessionId, WriteOptions write) {
        return Signalled.mono(
                "deleteSnapshots",
                sessionId,
                () -> decided(SimpleOperation.deleteSnapshots(sessionId, write, writeIds(sessionId, write))));
    }

    private WriteIds writeIds(String sessionId, WriteOptions write) {
        Ids.check("session id", sessionId);
        if (write.isRecorded()) {
            throw new InvalidInputException("only append() accepts recorded events");
        }
        return WriteIds.of(sessionId, write, newIds);
    }

    private <T> Mono<T> decided(Operation<T> operation) {
        return new Write<>(sessions, operation);
    }

    // ---- Timeline

    @Override
    public Mono<SessionState> state(String sessionId) {
        return view("state", sessionId, view -> view.version() == 0 ? null : view.wholeAt(view.version()));
    }

    @Override
    public Mono<SessionState> asOf(String sessionId, long version) {
        return Signalled.mono("asOf", sessionId, () -> {
            Ids.check("session id", sessionId);
            if (version < 0) {
                throw new InvalidInputException("a version must be 0 or more: " + version);
            }
            return one(() -> {
                SessionLog log = sessions.find(sessionId);
                LogView view = log == null ? null : log.published();
                if (version == 0) {
                    return SessionState.empty(sessionId);
                }
                if (view == null || view.version() == 0) {
                    return null;
                }
                if (version > view.version()) {
                    throw new VersionAheadException(sessionId, version, view.version());
                }
                return view.wholeAt(version);
            });
        });
    }

    @Override
    public Flux<SessionState> states(String sessionId) {
        return Signalled.flux("states", sessionId, () -> {
            Ids.check("session id", sessionId);
            return new CursorFlux<>(actual -> {
                core.checkOpen();
                return sessions.opened(sessionId, log -> new StatesCursor(actual, log));
            });
        });
    }

    @Override
    public Mono<ResumedSession> resume(String sessionId, ResumeRequest request) {
        Objects.requireNonNull(request, "request");
        return view("resume", sessionId, view -> view.version() == 0 ? null : resumed(view.state(), request));
    }

    private static ResumedSession resumed(SessionState rows, ResumeRequest request) {
        List<Message> messages = rows.messages();
        Message user = rows.lastMessage(Role.USER);
        if (request.isUpToLastUserMessage() && user != null) {
            messages = messages.subList(
                    0, messages.size() - rows.messagesAfter(user.seq()).size());
        }
        if (States.isLean(rows)) {
            messages = List.copyOf(messages); // reads their contents once
        }
        Message assistant = last(messages, Role.ASSISTANT);
        return new ResumedSession(rows.session(), messages, user, assistant, rows.version(), rows.place());
    }

    private static @Nullable Message last(List<Message> messages, Role role) {
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (messages.get(i).role() == role) {
                return messages.get(i);
            }
        }
        return null;
    }

    @Override
    public Mono<Checkpoint> checkpoint(String sessionId, CheckpointRequest request, WriteOptions write) {
        return Signalled.mono("checkpoint", sessionId, () -> {
            WriteIds ids = writeIds(sessionId, write);
            String id = idOf(request.id(), sessionId, write, newIds::snapshotId);
            return decided(new CheckpointOperation(sessionId, request, id, write, ids));
        });
    }

    @Override
    public Mono<Rewind> rewind(String sessionId, Anchor to, WriteOptions write) {
        return Signalled.mono("rewind", sessionId, () -> {
            Objects.requireNonNull(to, "to");
            return decided(RewindOperation.rewind(
                    sessionId,
                    to,
                    write,
                    writeIds(sessionId, write),
                    core.bounds().batchEvents()));
        });
    }

    @Override
    public Mono<Rewind> undo(String sessionId, WriteOptions write) {
        return Signalled.mono(
                "undo", sessionId, () -> decided(RewindOperation.undo(sessionId, write, writeIds(sessionId, write))));
    }

    @Override
    public Mono<Rewind> redo(String sessionId, WriteOptions write) {
        return Signalled.mono(
                "redo", sessionId, () -> decided(RewindOperation.redo(sessionId, write, writeIds(sessionId, write))));
    }

    @Override
    public Mono<Fork> fork(String sessionId, ForkRequest request, WriteOptions write) {
        return Signalled.mono("fork", sessionId, () -> {
            Ids.check("session id", sessionId);
            String id = request.id();
            if (id == null) {
                id = write.idempotencyKey() == null
                        ? newIds.sessionId()
                        : DerivedIds.ofFork(sessionId, write.idempotencyKey());
            }
            return decided(new ForkOperation(id, sessionId, request, write, writeIds(id, write)));
        });
    }

    @Override
    public Mono<Turn> takeTurn(String sessionId, String holder, WriteOptions write) {
        return Signalled.mono("takeTurn", sessionId, () -> {
            Ids.check("holder", holder);
            return decided(SimpleOperation.takeTurn(sessionId, holder, write, writeIds(sessionId, write)));
        });
    }

    @Override
    public Mono<Commit> closeSession(String sessionId, Json reason, WriteOptions write) {
        return Signalled.mono("closeSession", sessionId, () -> {
            Objects.requireNonNull(reason, "reason");
            return decided(SimpleOperation.close(sessionId, reason, write, writeIds(sessionId, write)));
        });
    }

    @Override
    public Mono<Void> purge(String sessionId, WriteOptions write) {
        return Signalled.mono(
                "purge",
                sessionId,
                () -> decided(new PurgeOperation(
                        sessionId, write, writeIds(sessionId, write).event(0))));
    }

    // ---- SessionStore

    @Override
    public Mono<Void> sync() {
        Mono<Void> checked = Mono.fromRunnable(core::checkOpen);
        return Call.mono("sync", null, storage == null ? checked : checked.then(answered(Mono.defer(storage::sync))));
    }

    @Override
    public Mono<StoreStatus> status() {
        return Call.mono("status", null, Mono.fromSupplier(this::statusNow));
    }

    private StoreStatus statusNow() {
        Condition condition = storage == null ? Condition.GOOD : storage.condition();
        StoreStatus.State state = condition.state();
        String reason = condition.reason();
        if (core.isClosed()) {
            state = StoreStatus.State.CLOSED;
            reason = "the store is closed";
        } else if (core.isFollowing()) {
            state = StoreStatus.State.READ_ONLY;
            reason = "the store follows another store and is read-only";
        }
        int tails = 0;
        long lag = 0;
        for (Reader reader : core.feedReaders()) {
            tails += reader.isTail() ? 1 : 0;
            lag = Math.max(lag, reader.isTail() ? reader.lag() : 0);
        }
        int loaded = 0;
        long bytes = 0;
        for (SessionLog log : sessions.all()) {
            for (Reader reader : log.readers()) {
                tails += reader.isTail() ? 1 : 0;
                lag = Math.max(lag, reader.isTail() ? reader.lag() : 0);
            }
            LogView view = log.loaded();
            loaded += view != null && view.version() > 0 ? 1 : 0;
            bytes += log.weight();
        }
        return new StoreStatus(
                state,
                reason,
                tails,
                lag,
                core.delivery().heldLongerThan(HELD_NANOS) + core.answers().heldLongerThan(HELD_NANOS),
                loaded,
                bytes,
                condition.unfoldedBytes(),
                condition.refusedSessions());
    }

    @Override
    public Mono<Void> completeTails() {
        return Call.mono("completeTails", null, Mono.fromRunnable(this::dismissTails));
    }

    private void dismissTails() {
        if (core.isClosed()) {
            return; // closing already ends all tails
        }
        core.completeTails(); // first: a tail that is opened now either sees it or is among those below
        sessions.all().forEach(log -> log.readers().forEach(Reader::dismiss));
        core.feedReaders().forEach(Reader::dismiss);
    }

    @Override
    public Mono<Void> closeAsync() {
        return Call.mono("closeAsync", null, Mono.defer(this::closed));
    }

    private Mono<Void> closed() {
        if (core.close()) {
            sessions.all().forEach(SessionLog::wakeAll);
            core.feedReaders().forEach(Reader::wake);
        }
        core.tellWhenIdle();
        return answered(storage == null ? core.idle() : core.idle().then(storage.close()));
    }

    @Override
    public void close() {
        closeAsync().block();
    }

    /**
     * Signals the subscriber on the pool for answers, so that no subscriber's code runs on a writer's or the journal's
     * thread.
     */
    private Mono<Void> answered(Mono<Void> done) {
        return Mono.create(sink -> done.subscribe(
                nothing -> {},
                error -> core.answers().execute(() -> sink.error(error)),
                () -> core.answers().execute(sink::success)));
    }

    // ---- For the storage

    /**
     * Returns the position up to which the feed is settled: each event up to it is published or never will be.
     *
     * @return the last position that the feed may emit
     */
    public long mark() {
        return core.feed().view().mark();
    }

    /**
     * Called by the storage after it has stored events. Drops these events from memory, and unloads the least recently
     * used sessions if the bounds are exceeded. One thread at a time calls this.
     *
     * @param mark the position up to which all events are stored
     * @param stored the ids of the sessions of which events were stored
     * @param maxLoaded how many sessions may stay in memory
     * @param maxBytes how many bytes of events the loaded sessions may have in total
     */
    public void stored(long mark, Collection<String> stored, int maxLoaded, long maxBytes) {
        sessions.stored(mark, stored, maxLoaded, maxBytes);
    }

    /**
     * Returns the position up to which the feed would be settled if all {@linkplain Journal.Batch#written written}
     * batches were published.
     *
     * @return a position
     */
    public long settledUpTo() {
        return core.feed().settledUpTo();
    }

    /**
     * Runs a task that reports several batches as durable or failed. The feed then shows all of them at once, and their
     * answers are passed to the pool together. Both are done when this method returns.
     *
     * @param telling calls {@link Journal.Batch#durable} and {@link Journal.Batch#failed}; runs on the calling thread,
     *     which must not be a thread that calls subscribers
     */
    public void together(Runnable telling) {
        core.together(telling);
    }

    /**
     * Returns where the storage of a follower reports what the other store has published.
     *
     * @return the receiver of its reports
     */
    public FollowedNews news() {
        return news;
    }

    /**
     * Returns the recorder of the options, wrapped so that its methods never throw.
     *
     * @return the recorder
     */
    public Recorder recorder() {
        return core.recorder();
    }

    /** For tests. */
    Core core() {
        return core;
    }

    /** For tests. */
    Sessions sessions() {
        return sessions;
    }
}
