package dev.reel.internal.engine;

import dev.reel.Anchor;
import dev.reel.Bounds;
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
import dev.reel.ReelException;
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
import dev.reel.StoreClosedException;
import dev.reel.StoreOptions;
import dev.reel.StoreReadOnlyException;
import dev.reel.StoreStatus;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.Turn;
import dev.reel.Upcasters;
import dev.reel.VersionAheadException;
import dev.reel.WriteOptions;
import dev.reel.internal.Call;
import dev.reel.spi.DerivedIds;
import dev.reel.spi.States;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.ContextView;

/**
 * A session store that keeps the sessions in use in memory and, with a {@link Journal}, makes every write durable.
 *
 * <p>This class checks arguments, fixes the ids of writes, and answers reads from the published state. It delegates the
 * rest: {@link SessionLog} holds one session and makes its writes durable and visible; {@link Operation} and its
 * subclasses decide what a write appends; a {@link Cursor} serves each replay and tail; {@link FeedLog} orders the
 * events of all sessions.
 *
 * <p>Internal: the public stores are built on this class.
 */
public final class Engine implements SessionStore {

    private static final int ROWS_AT_ONCE = 64;
    /** A pool thread that runs one task for longer than this counts as held by a subscriber. */
    private static final long HELD_NANOS = 1_000_000_000;

    private final StoreOptions options;
    private final IdGenerator newIds;
    private final Recorder recorder;
    private final @Nullable Journal journal;
    private final @Nullable Storage storage;
    private final Pool delivery;
    private final Pool answers;
    private final Pool work;
    private final Admission admission;
    private final FeedLog feed;
    private final SnapshotIndex snapshots = new SnapshotIndex();
    private final SessionIndex index = new SessionIndex();
    private final ConcurrentHashMap<String, SessionLog> logs = new ConcurrentHashMap<>();
    /** Finds purges in the feed; null if the store has a storage, which records purges itself. */
    private final @Nullable PurgeTable purges;

    private final Set<Cursor<?>> feedCursors = ConcurrentHashMap.newKeySet();
    private final Sinks.Empty<Void> idle = Sinks.empty();
    private final boolean following;
    /** How long a follower waits for a place that it does not have yet; zero if this store does not follow another. */
    private final Duration onItsWay;

    private volatile boolean closed;
    /** Whether a tail that is opened from now on ends with the events published at that time. */
    private volatile boolean tailsCompleted;
    /** Counts the calls of {@link #stored}; a session's last use is measured in it. */
    private volatile long round;

    private Engine(
            StoreOptions options, @Nullable Journal journal, @Nullable Storage storage, @Nullable Duration followed) {
        this.options = options;
        this.newIds = new Signalled(options.ids());
        this.recorder = GuardedRecorder.of(options.recorder());
        this.following = followed != null;
        this.onItsWay = followed == null ? Duration.ZERO : followed;
        this.journal = journal;
        this.storage = storage;
        this.purges = storage == null ? new PurgeTable() : null;
        this.feed = new FeedLog(storage);
        this.delivery = Pool.forSubscribers("reel-delivery", options.deliveryThreads());
        this.answers = Pool.forSubscribers("reel-answer", options.deliveryThreads());
        this.work = Pool.forWork("reel-work", Math.max(2, Runtime.getRuntime().availableProcessors()));
        this.admission = Admission.ofStore(options.bounds());
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
     * reports what the other store has published by calling {@link #follow}. Writes fail with {@link
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
            if (engine.following) {
                engine.index.followed(0, 0, session, engine::readRow);
            } else {
                engine.index.add(session);
            }
            session.snapshots().forEach((id, position) -> engine.snapshots.claim(id, session.id(), position, true));
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
        return new Write<>(this, new AppendOperation<>(sessionId, write, drafts, result));
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
                checkOpen();
                return opened(sessionId, log -> LogCursor.Events.replay(actual, log, range));
            });
        });
    }

    @Override
    public Flux<SessionEvent> tail(String sessionId, From from) {
        Objects.requireNonNull(from, "from");
        return Signalled.flux("tail", sessionId, () -> {
            Ids.check("session id", sessionId);
            return new CursorFlux<>(actual -> {
                checkOpen();
                return opened(sessionId, log -> LogCursor.Events.tail(actual, log, from));
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
                checkOpen();
                return opened(sessionId, log -> new LogCursor.Signals(actual, log, from, tail));
            });
        });
    }

    @Override
    public Mono<LogPlace> head(String sessionId) {
        return Signalled.mono("head", sessionId, () -> {
            Ids.check("session id", sessionId);
            return one(() -> {
                // What is not in memory is stored as a whole.
                LogPlace last = logs.containsKey(sessionId) ? null : lastStored(sessionId);
                SessionLog log = last == null ? find(sessionId) : null;
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
        return Call.flux("sessionIds", null, many(() -> Flux.fromIterable(index.ids())));
    }

    // ---- Feed

    @Override
    public Mono<FeedPlace> position() {
        return Call.mono("position", null, one(() -> FeedPlace.of(feed.view().mark())));
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
            checkOpen();
            return new FeedCursor.Events(actual, this, after, filter, live);
        });
    }

    @Override
    public Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions tail) {
        Objects.requireNonNull(after, "after");
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(tail, "options");
        return Call.flux("tailAllSignals", null, new CursorFlux<>(actual -> {
            checkOpen();
            return new FeedCursor.Signals(actual, this, after, filter, tail);
        }));
    }

    // ---- RowTables: reads

    @Override
    public Mono<Session> getSession(String sessionId) {
        return Signalled.mono("getSession", sessionId, () -> {
            Ids.check("session id", sessionId);
            return one(() -> {
                SessionLog log = find(sessionId);
                return log == null ? null : log.row();
            });
        });
    }

    @Override
    public Flux<Session> listSessions(SessionQuery query) {
        Objects.requireNonNull(query, "query");
        return Call.flux("listSessions", null, many(() -> {
            Iterable<Session> rows = index.rows(query, feed.view().mark());
            return following ? rowsRead(rows.iterator()) : Flux.fromIterable(rows);
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
                        this)
                .repeat()
                .takeWhile(piece -> !piece.isEmpty())
                .flatMapIterable(Function.identity(), 1);
    }

    /** Returns the row of a followed session, at least as new as its place in the index. */
    private @Nullable Session readRow(StoredSession session) {
        String sessionId = session.id();
        try {
            Session row = log(sessionId).published().state().session();
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
                SessionLog log = find(sessionId);
                if (log == null) {
                    return Flux.empty();
                }
                SessionState rows = log.published().state();
                List<Message> messages = selected(rows, query);
                return States.isLean(rows) ? inPieces(messages) : Flux.fromIterable(messages);
            });
        });
    }

    /** Returns the messages that a query selects, in O(log n). */
    private static List<Message> selected(SessionState rows, MessageQuery query) {
        List<Message> messages = rows.messages();
        int from = messages.size() - rows.messagesAfter(query.afterSeq()).size();
        int to = messages.size() - rows.messagesAfter(query.beforeSeq() - 1).size();
        return from >= to ? List.of() : messages.subList(Math.max(from, to - query.last()), to);
    }

    /** Emits rows in pieces, and reads the contents of each piece when it is requested. */
    private Flux<Message> inPieces(List<Message> rows) {
        return Flux.range(0, (rows.size() + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE)
                .concatMap(
                        piece -> StoredRead.of(
                                () -> List.copyOf(rows.subList(
                                        piece * ROWS_AT_ONCE, Math.min(rows.size(), (piece + 1) * ROWS_AT_ONCE))),
                                this),
                        1)
                .flatMapIterable(Function.identity(), 1);
    }

    @Override
    public Mono<Snapshot> getSnapshot(String snapshotId) {
        return Signalled.mono("getSnapshot", null, () -> {
            Ids.check("snapshot id", snapshotId);
            return one(() -> {
                String holder = snapshots.holder(snapshotId);
                SessionLog log = holder == null ? null : find(holder);
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
            SessionLog log = find(sessionId);
            return log == null ? null : part.apply(log.published());
        });
    }

    private <T> Flux<T> rows(String call, String sessionId, Function<SessionState, List<T>> part) {
        return Signalled.flux(call, sessionId, () -> {
            Ids.check("session id", sessionId);
            return many(() -> {
                SessionLog log = find(sessionId);
                return log == null
                        ? Flux.empty()
                        : Flux.fromIterable(part.apply(log.published().state()));
            });
        });
    }

    private <T> Mono<T> one(Supplier<@Nullable T> read) {
        Supplier<@Nullable T> checked = () -> {
            checkOpen();
            return read.get();
        };
        return storage == null ? Mono.fromSupplier(checked) : StoredRead.of(checked, this);
    }

    private <T> Flux<T> many(Supplier<Flux<T>> read) {
        return storage == null
                ? Flux.defer(() -> {
                    checkOpen();
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
        return new Write<>(this, operation);
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
                SessionLog log = find(sessionId);
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
                checkOpen();
                return opened(sessionId, log -> new StatesCursor(actual, log));
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
            return decided(
                    RewindOperation.rewind(sessionId, to, write, writeIds(sessionId, write), bounds().batchEvents()));
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
        Mono<Void> checked = Mono.fromRunnable(this::checkOpen);
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
        if (closed) {
            state = StoreStatus.State.CLOSED;
            reason = "the store is closed";
        } else if (following) {
            state = StoreStatus.State.READ_ONLY;
            reason = "the store follows another store and is read-only";
        }
        int tails = 0;
        long lag = 0;
        for (Cursor<?> cursor : feedCursors) {
            tails += cursor.isTail() ? 1 : 0;
            lag = Math.max(lag, cursor.isTail() ? cursor.lag() : 0);
        }
        int loaded = 0;
        long bytes = 0;
        for (SessionLog log : logs.values()) {
            for (Cursor<?> cursor : log.cursors()) {
                tails += cursor.isTail() ? 1 : 0;
                lag = Math.max(lag, cursor.isTail() ? cursor.lag() : 0);
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
                delivery.heldLongerThan(HELD_NANOS) + answers.heldLongerThan(HELD_NANOS),
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
        if (closed) {
            return; // closing already ends all tails
        }
        tailsCompleted = true; // set first: a tail that is opened now either sees it or is among those below
        logs.values().forEach(log -> log.cursors().forEach(Cursor::dismiss));
        feedCursors.forEach(Cursor::dismiss);
    }

    @Override
    public Mono<Void> closeAsync() {
        return Call.mono("closeAsync", null, Mono.defer(this::closed));
    }

    private Mono<Void> closed() {
        if (!closed) {
            closed = true;
            logs.values().forEach(SessionLog::wakeAll);
            feedCursors.forEach(Cursor::wake);
        }
        tellWhenIdle();
        return answered(storage == null ? idle.asMono() : idle.asMono().then(storage.close()));
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
                error -> answers.execute(() -> sink.error(error)),
                () -> answers.execute(sink::success)));
    }

    private void tellWhenIdle() {
        if (isOver()) {
            idle.tryEmitEmpty();
            feedCursors.forEach(Cursor::wake);
        }
    }

    /** Whether no event can be accepted any more: the store is closed, and every admitted write is answered. */
    boolean isOver() {
        return closed && admission.isEmpty();
    }

    private void checkOpen() {
        if (closed) {
            throw new StoreClosedException();
        }
    }

    // ---- For the storage

    /**
     * Returns the position up to which the feed is settled: each event up to it is published or never will be.
     *
     * @return the last position that the feed may emit
     */
    public long mark() {
        return feed.view().mark();
    }

    /**
     * Called by the storage after it has stored events. Drops these events from memory, and unloads the least recently
     * used sessions if the bounds are exceeded.
     *
     * @param mark the position up to which all events are stored
     * @param sessions the ids of the sessions of which events were stored
     * @param maxLoaded how many sessions may stay in memory
     * @param maxBytes how many bytes of events the loaded sessions may have in total
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread of the storage calls this
    public void stored(long mark, Collection<String> sessions, int maxLoaded, long maxBytes) {
        for (String id : sessions) {
            SessionLog log = logs.get(id);
            if (log != null) {
                log.stored();
            }
        }
        feed.stored(mark);
        unload(maxLoaded, maxBytes);
        round++;
    }

    // ---- Following another store

    boolean isFollowing() {
        return following;
    }

    Duration onItsWay() {
        return onItsWay;
    }

    /**
     * Called by the storage when the other store has published a batch. The batches of one session are reported in
     * order.
     *
     * @param changed the session's place in the session list before this batch, or 0 if it had none
     * @param birth the position of the first event that the session itself recorded, as known before this batch, or 0
     * @param now the session's stored state after this batch
     * @param events the events of the batch as the session recorded them
     */
    public void follow(long changed, long birth, StoredSession now, List<SessionEvent> events) {
        index.followed(changed, birth, now, this::readRow);
        for (SessionEvent event : events) {
            if (SessionLog.removesSnapshots(event)) {
                snapshots.releaseAll(now.id());
            }
            for (String snapshot : SessionLog.snapshotIds(event)) {
                snapshots.claim(snapshot, now.id(), event.position(), true);
            }
        }
        feed.follow(events);
        SessionLog log = logs.get(now.id());
        if (log != null) {
            log.follow(events);
        }
    }

    /**
     * Adds a batch to the feed only, if the session, the index and the snapshots already include it.
     *
     * @param events the events of the batch as the session recorded them
     */
    public void follow(List<SessionEvent> events) {
        SessionEvent first = events.get(0);
        if (first.version() == 0) {
            // The session was purged since, so its earlier events have to leave the feed.
            feed.erase(first.sessionId(), first.position());
        }
        feed.follow(events);
    }

    /**
     * Called by the storage when the other store has purged a session.
     *
     * @param changed the session's place in the session list before the purge, or 0 if it had none
     * @param birth the position of the first event that the session itself recorded, or 0
     * @param purge the {@code session_purged} event
     * @param finalVersion the last version of the purged log
     */
    public void followPurge(long changed, long birth, SessionEvent purge, long finalVersion) {
        index.followed(changed, birth, null, this::readRow);
        snapshots.releaseAll(purge.sessionId());
        feed.erase(purge.sessionId(), purge.position());
        feed.follow(List.of(purge));
        SessionLog log = logs.get(purge.sessionId());
        if (log != null) {
            log.followPurge(finalVersion);
        }
    }

    /**
     * Called by the storage when it no longer knows the other store's state of a session. The log is dropped from
     * memory and read again at the next access.
     *
     * @param changed the session's place in the session list until now, or 0 if it had none
     * @param birth the position of the first event that the session itself recorded, or 0
     * @param sessionId the session
     * @param now the session's stored state, or null if the session does not exist
     */
    public void followAnew(long changed, long birth, String sessionId, @Nullable StoredSession now) {
        index.followed(changed, birth, now, this::readRow);
        snapshots.releaseAll(sessionId);
        if (now != null) {
            now.snapshots().forEach((snapshot, position) -> snapshots.claim(snapshot, sessionId, position, true));
        }
        SessionLog log = logs.get(sessionId);
        if (log != null) {
            log.followAnew();
        }
    }

    /**
     * Called by the storage when the other store's feed is settled up to a position: each event up to it was passed to
     * {@link #follow}, or is stored.
     *
     * @param upTo a position
     */
    public void settled(long upTo) {
        feed.settle(upTo);
    }

    /**
     * Returns the position up to which the feed would be settled if all {@linkplain Journal.Batch#written written}
     * batches were published.
     *
     * @return a position
     */
    public long settledUpTo() {
        return feed.settledUpTo();
    }

    /**
     * Runs a task that reports several batches as durable or failed. The feed then shows all of them at once, and their
     * answers are passed to the pool together. Both are done when this method returns.
     *
     * @param telling calls {@link Journal.Batch#durable} and {@link Journal.Batch#failed}; runs on the calling thread,
     *     which must not be a thread that calls subscribers
     */
    public void together(Runnable telling) {
        AnswerGroup group = AnswerGroup.begin();
        try {
            telling.run();
        } finally {
            AnswerGroup.end();
            // Must happen before any write is answered, and before a closing store counts these writes as answered.
            feed.show();
            giveAll(group.ended());
        }
    }

    private void giveAll(List<AnswerGroup.Answer> given) {
        try {
            answers.executeAll(given);
        } catch (OutOfMemoryError e) {
            answers.executeAll(given); // tried once more, since the answers would be lost otherwise
        }
    }

    /** Publishes a batch in the feed: at once, or together with the other batches of {@link #together}. */
    void publish(FeedLog.Slot slot, List<SessionEvent> events) {
        feed.publish(slot, events);
        if (AnswerGroup.current() == null) {
            feed.show();
        }
    }

    private void unload(int maxLoaded, long maxBytes) {
        List<SessionLog> loaded = new ArrayList<>();
        long bytes = 0;
        for (SessionLog log : logs.values()) {
            if (log.isLoaded()) {
                loaded.add(log);
                bytes += log.weight();
            }
        }
        if (loaded.size() <= maxLoaded && bytes <= maxBytes) {
            return;
        }
        Map<SessionLog, Long> uses = new HashMap<>();
        loaded.forEach(log -> uses.put(log, log.lastUse()));
        loaded.sort(Comparator.comparingLong(log -> uses.getOrDefault(log, 0L)));
        int count = loaded.size();
        for (SessionLog log : loaded) {
            if (count <= maxLoaded && bytes <= maxBytes) {
                return;
            }
            count--;
            bytes -= log.weight();
            log.unload();
        }
    }

    // ---- For the parts of the engine

    /** Returns a session's log object, and creates it if the engine has none. */
    SessionLog log(String sessionId) {
        SessionLog log = logs.get(sessionId);
        if (log == null) {
            log = logs.computeIfAbsent(sessionId, id -> new SessionLog(id, this));
            if (following) {
                log.lookAgain();
            }
        }
        log.used(round);
        return log;
    }

    /** Returns a session's log and holds it, so that it stays in the map. */
    private SessionLog held(String sessionId) {
        SessionLog log = log(sessionId);
        while (!log.hold()) {
            log = log(sessionId);
        }
        return log;
    }

    /** Runs the work of a write as a task of the session. If the work throws, the write fails with that error. */
    void execute(Write<?>.Attempt attempt, String sessionId, Consumer<SessionLog> work) {
        SessionLog log = log(sessionId);
        log.execute(attempt, () -> {
            if (log.isRetired()) {
                execute(attempt, sessionId, work);
            } else {
                work.accept(log);
                log.retireIfUnused();
            }
        });
    }

    /** Opens a cursor in a session's log. The cursor holds the log until it is released. */
    private <T> Cursor<T> opened(String sessionId, Function<SessionLog, Cursor<T>> cursor) {
        SessionLog log = held(sessionId);
        try {
            return cursor.apply(log);
        } catch (Throwable t) {
            log.release();
            throw t;
        }
    }

    void forget(SessionLog log) {
        logs.remove(log.id(), log);
        unloaded(log);
    }

    /** The index no longer holds the row of a session whose log was dropped from memory. */
    void unloaded(SessionLog log) {
        StoredSession stored = storage == null ? null : storage.session(log.id());
        if (stored != null) {
            index.dropped(log, stored);
        }
    }

    /** Returns a session's log if the session may exist, or null if it certainly does not. */
    private @Nullable SessionLog find(String sessionId) {
        SessionLog log = logs.get(sessionId);
        if (log == null && storage != null && storage.session(sessionId) != null) {
            log = log(sessionId);
        }
        if (log != null) {
            log.used(round);
        }
        return log;
    }

    /** Runs a task on a thread that may read files. */
    void read(Runnable task) {
        Objects.requireNonNull(storage).execute(task);
    }

    /** Admits a write if the bounds allow it, and holds its session's log until the write is answered. */
    <T> SessionLog admit(Operation<T> operation, @Nullable Json meta) {
        checkOpen();
        if (following) {
            throw new StoreReadOnlyException();
        }
        operation.check(bounds(), meta);
        SessionLog log = held(operation.sessionId());
        try {
            log.admission().enter(operation.sessionId(), operation.bytes());
        } catch (Throwable t) {
            log.release();
            throw t;
        }
        if (closed) {
            // The closing thread may have checked for unanswered writes before this one was counted.
            leave(log, operation);
            throw new StoreClosedException();
        }
        return log;
    }

    <T> void leave(SessionLog admitted, Operation<T> operation) {
        admitted.admission().leave(operation.bytes());
        if (closed) {
            admitted.wakeAll(); // the session's tails may have waited only for this write
        }
        admitted.release();
        tellWhenIdle();
    }

    /**
     * Returns the metadata for a write's events. Recorded events get none from the context, since they come from
     * elsewhere.
     */
    @Nullable
    Json metaOf(WriteOptions write, ContextView context) {
        Function<ContextView, @Nullable Json> source = options.metaFromContext();
        Json found = source == null || write.isRecorded() ? null : source.apply(context);
        Json given = write.meta();
        if (given == null || found == null) {
            return given == null ? found : given;
        }
        Json merged = found;
        for (Map.Entry<String, Json> member : given.members().entrySet()) {
            merged = merged.with(member.getKey(), member.getValue());
        }
        return merged;
    }

    /** Called when a session has a new published state. */
    void published(SessionLog log, SessionState before, SessionState after) {
        index.published(log, before, after);
    }

    /** Called when a session was purged. Removes it from the index and its own events from the feed. */
    void purged(SessionLog log, LogView old, SessionEvent event) {
        index.purged(old.state(), log.birth());
        if (purges != null) {
            purges.add(log.id(), event.id(), event.position(), 0);
        }
        feed.remove(old.ownHeld());
    }

    /** Called when a session was purged whose log cannot be read. */
    void purgedUnread(String sessionId, StoredSession known) {
        index.purged(known.changed(), known.birth());
        snapshots.releaseAll(sessionId);
    }

    /**
     * Whether a purge with this event id was accepted. Called by the session's tasks.
     *
     * @throws NeedsReading if a file has to be read to answer, and this thread must not
     */
    boolean wasPurgedBy(String sessionId, String eventId) {
        if (storage != null) {
            return storage.wasPurged(sessionId, eventId);
        }
        for (PurgeTable.Entry entry : Objects.requireNonNull(purges).find(sessionId, eventId)) {
            SessionEvent event = feed.published(entry.position());
            if (event != null && event.id().equals(eventId) && event.sessionId().equals(sessionId)) {
                return true;
            }
        }
        return false;
    }

    /** Calls back when no byte of the session's purged logs is left on disk. */
    void whenErased(String sessionId, Runnable done, Consumer<ReelException> failure) {
        if (storage == null) {
            done.run();
        } else {
            storage.whenErased(sessionId, done, failure);
        }
    }

    Instant now() {
        return options.clock().instant().truncatedTo(ChronoUnit.MICROS);
    }

    IdGenerator ids() {
        return options.ids();
    }

    Bounds bounds() {
        return options.bounds();
    }

    Upcasters upcasters() {
        return options.upcasters();
    }

    Admission admission() {
        return admission;
    }

    @Nullable
    Journal journal() {
        return journal;
    }

    @Nullable
    Storage storage() {
        return storage;
    }

    SnapshotIndex snapshots() {
        return snapshots;
    }

    FeedLog feed() {
        return feed;
    }

    /** The pool that delivers live events. */
    Pool delivery() {
        return delivery;
    }

    /** The pool that delivers the results of writes and reads. */
    Pool answers() {
        return answers;
    }

    /** The pool that runs those session tasks that no caller's thread runs. */
    Pool work() {
        return work;
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * Returns the recorder of the options, wrapped so that its methods never throw.
     *
     * @return the recorder
     */
    public Recorder recorder() {
        return recorder;
    }

    /** Whether a recorder is set; if not, times are not measured. */
    boolean isRecording() {
        return recorder != Recorder.none();
    }

    boolean areTailsCompleted() {
        return tailsCompleted;
    }

    /** The number of session logs in the map, for tests. */
    int heldSessions() {
        return logs.size();
    }

    SessionIndex index() {
        return index;
    }

    /** The bytes that purges occupy in memory, not counting the feed's entries; for tests. */
    long purgeBytes() {
        return purges == null ? 0 : purges.heapBytes();
    }

    Set<Cursor<?>> feedCursors() {
        return feedCursors;
    }
}
