package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one session at one version, folded from its events. {@link #apply} is the fold: it alone defines what an
 * event means. It is public, and you can use it without a store:
 *
 * <pre>{@code
 * Mono<SessionState> state = store.replay(id, Range.all()).reduce(SessionState.empty(id), SessionState::apply);
 * Mono<SessionState> known = store.state(id); // the same, as the store has folded it already
 * Flux<SessionEvent> later = known.flatMapMany(it -> store.tail(id, From.after(it.place())));
 * }</pre>
 *
 * <p><b>The fold</b> is pure, total and deterministic: it uses no clock, no randomness and no I/O, and accepts any
 * sequence of events. An event that has no valid meaning changes no row, except that it may touch the session's row.
 * Examples are a turn whose epoch is not the next one, a restore when nothing is cut, and data that the fold cannot
 * use.
 *
 * <p><b>Structure.</b> A state is immutable. It shares unchanged parts with the states before and after it and with the
 * states of forks, so {@link #apply} costs O(log n) and old states stay valid. Messages are only ever removed from the
 * end: a cut is a shorter view of the same list, and a redo is a longer view; a stack of {@link Cut}s stores the
 * lengths. The parts of a streamed message are chained, and joined when its row is read. A state can be {@linkplain
 * #lean lean}: its message rows then hold no contents and read them from the log.
 *
 * <p>Thread-safe.
 */
public final class SessionState {

    private final String sessionId;
    private final long version;
    private final @Nullable String lastEventId;
    private final @Nullable Instant lastAt;
    private final long lastPosition;
    private final @Nullable Session session;
    private final MessageTable messages;
    private final SnapshotTable snapshots;
    private final @Nullable Cut cuts;
    private final @Nullable Turn turn;
    private final long epoch;
    private final boolean lean;
    /** The events of the log; set only in a lean state that can be read. */
    private final @Nullable LongFunction<SessionEvent> events;

    /**
     * The messages that truncations removed, the last cut on top. A new message event clears the stack, so all cuts of
     * one stack shorten the same list, and each cut stores only the length before it. A stack can be very deep, so no
     * method recurses.
     */
    private static final class Cut {

        /** The messages before the first cut, which is at the bottom of the stack. */
        private final MessageTable whole;
        /** The number of messages before this cut. */
        private final int size;

        private final @Nullable Cut next;
        private final int depth;

        private Cut(MessageTable whole, int size, @Nullable Cut next, int depth) {
            this.whole = whole;
            this.size = size;
            this.next = next;
            this.depth = depth;
        }

        static Cut of(MessageTable messages, @Nullable Cut before) {
            return before == null
                    ? new Cut(messages.take(messages.size()), messages.size(), null, 1)
                    : new Cut(before.whole, messages.size(), before, before.depth + 1);
        }
    }

    private SessionState(
            String sessionId,
            long version,
            @Nullable String lastEventId,
            @Nullable Instant lastAt,
            long lastPosition,
            @Nullable Session session,
            MessageTable messages,
            SnapshotTable snapshots,
            @Nullable Cut cuts,
            @Nullable Turn turn,
            long epoch,
            boolean lean,
            @Nullable LongFunction<SessionEvent> events) {
        this.sessionId = sessionId;
        this.version = version;
        this.lastEventId = lastEventId;
        this.lastAt = lastAt;
        this.lastPosition = lastPosition;
        this.session = session;
        this.messages = messages;
        this.snapshots = snapshots;
        this.cuts = cuts;
        this.turn = turn;
        this.epoch = epoch;
        this.lean = lean;
        this.events = events;
    }

    /**
     * Returns the state before the first event.
     *
     * @param sessionId the session
     * @return version 0, no rows
     */
    public static SessionState empty(String sessionId) {
        return empty(sessionId, false);
    }

    private static SessionState empty(String sessionId, boolean lean) {
        return new SessionState(
                Objects.requireNonNull(sessionId, "sessionId"),
                0,
                null,
                null,
                0,
                null,
                MessageTable.empty(),
                SnapshotTable.empty(),
                null,
                null,
                0,
                lean,
                null);
    }

    /** See {@link dev.reel.spi.States#lean}. */
    static SessionState lean(String sessionId) {
        return empty(sessionId, true);
    }

    /** See {@link dev.reel.spi.States#isLean}. */
    boolean isLean() {
        return lean;
    }

    /** See {@link dev.reel.spi.States#reading}. */
    SessionState reading(LongFunction<SessionEvent> log) {
        return new SessionState(
                sessionId,
                version,
                lastEventId,
                lastAt,
                lastPosition,
                session,
                messages,
                snapshots,
                cuts,
                turn,
                epoch,
                lean,
                log);
    }

    /**
     * Returns the session.
     *
     * @return the session id
     */
    public String sessionId() {
        return sessionId;
    }

    /**
     * Returns the version of the last applied event.
     *
     * @return the version, 0 for the empty state
     */
    public long version() {
        return version;
    }

    /**
     * Returns the id of the last applied event.
     *
     * @return the event id, null for the empty state
     */
    public @Nullable String lastEventId() {
        return lastEventId;
    }

    /**
     * Returns the instant of the last applied event.
     *
     * @return the instant, null for the empty state
     */
    public @Nullable Instant lastAt() {
        return lastAt;
    }

    /**
     * Returns the place after the last applied event, to tail from.
     *
     * @return version, id and position of the last event
     */
    public LogPlace place() {
        return lastEventId == null ? LogPlace.start() : LogPlace.of(version, lastEventId, lastPosition);
    }

    /**
     * Returns the session row.
     *
     * @return the row, or null if there is none: no event has created it, or it was deleted
     */
    public @Nullable Session session() {
        return session;
    }

    /**
     * Returns the message rows.
     *
     * @return the messages by {@code seq}; an unmodifiable view that creates each row when it is read
     */
    public List<Message> messages() {
        return messages.view(sessionId, 0, events);
    }

    /**
     * Returns the message rows after a given message.
     *
     * @param seq the {@link Message#seq} after which they begin, exclusive
     * @return the messages by {@code seq}; an unmodifiable view, found in O(log n)
     */
    public List<Message> messagesAfter(long seq) {
        return messages.view(sessionId, messages.firstAfter(seq), events);
    }

    /**
     * Returns one message row.
     *
     * @param id the message id
     * @return the row, or null if there is none
     */
    public @Nullable Message message(String id) {
        int index = messages.indexOf(id);
        return index < 0 ? null : messages.get(index).message(sessionId, events);
    }

    /** The maximum number of hints that a look-up of the message reads; for tests. */
    int steps(String id) {
        return messages.steps(id);
    }

    /**
     * Returns the version of the event that last put or extended a message.
     *
     * @param id the message id
     * @return the version, 0 if there is no such message
     */
    public long messageChangedAt(String id) {
        int index = messages.indexOf(id);
        return index < 0 ? 0 : messages.get(index).changedAt();
    }

    /**
     * Returns the last message with a role.
     *
     * @param role the role
     * @return the row, or null if there is none
     */
    public @Nullable Message lastMessage(Role role) {
        Objects.requireNonNull(role, "role");
        for (int i = messages.size() - 1; i >= 0; i--) {
            MessageRow row = messages.get(i);
            if (row.role() == role) {
                return row.message(sessionId, events);
            }
        }
        return null;
    }

    /**
     * Returns the snapshot rows.
     *
     * @return the snapshots by the version at which they were first put; unmodifiable
     */
    public List<Snapshot> snapshots() {
        return snapshots.view(sessionId);
    }

    /**
     * Returns one snapshot row.
     *
     * @param id the snapshot id
     * @return the row, or null if there is none
     */
    public @Nullable Snapshot snapshot(String id) {
        return snapshots.get(id, sessionId);
    }

    /**
     * Returns how many cuts can be redone.
     *
     * @return the number, 0 for none
     */
    public int redoable() {
        return cuts == null ? 0 : cuts.depth;
    }

    /**
     * Returns the current turn: the exclusive right to continue the session.
     *
     * @return the turn, or null if none was taken since the session began, was forked or was deleted
     */
    public @Nullable Turn turn() {
        return turn;
    }

    /**
     * Returns how many turns were taken, including those in the prefix that a fork inherited.
     *
     * @return the epoch of the last turn, 0 for none
     */
    public long epoch() {
        return epoch;
    }

    /**
     * Returns whether the session is closed: its last event closed it.
     *
     * @return whether the session rejects writes
     */
    public boolean closed() {
        return session != null && session.closed();
    }

    /**
     * Folds one more event.
     *
     * @param event the event
     * @return the state at the event's version
     */
    public SessionState apply(SessionEvent event) {
        Change change = event.change();
        Step step = new Step(event, change.kind());
        switch (change.kind()) {
            case SESSION_START -> step.start((Change.SessionStart) change);
            case SESSION_UPDATE -> step.patch(((Change.SessionUpdate) change).members());
            case SESSION_RESUME -> {}
            case SESSION_TURN -> step.turn((Change.SessionTurn) change);
            case SESSION_CLOSE -> step.closed = true;
            case SESSION_DELETE -> step.delete();
            case USER_MESSAGE, ASSISTANT_MESSAGE, TOOL_RESULT, SYSTEM_MESSAGE ->
                step.message((Change.PutMessage) change);
            case MESSAGE_DELTA -> step.delta((Change.DeltaMessage) change);
            case MESSAGES_TRUNCATE -> step.truncate((Change.TruncateMessages) change);
            case MESSAGES_RESTORE -> step.restore();
            case MESSAGES_CLEAR -> step.clearMessages();
            case CHECKPOINT -> step.snapshot((Change.PutSnapshot) change);
            case SNAPSHOTS_CLEAR -> step.snapshots = SnapshotTable.empty();
            case SESSION_FORK -> step.fork((Change.SessionFork) change);
            case SESSION_PURGED, CUSTOM -> {}
        }
        return step.result();
    }

    /** See {@link dev.reel.spi.States#under}. */
    SessionState under(String otherSessionId) {
        return new SessionState(
                otherSessionId,
                version,
                lastEventId,
                lastAt,
                lastPosition,
                session == null ? null : session.under(otherSessionId),
                messages.indexed().take(messages.size()),
                snapshots.trimmed(),
                cuts,
                turn == null ? null : new Turn(otherSessionId, turn.holder(), turn.epoch(), turn.eventId()),
                epoch,
                lean,
                null);
    }

    /** See {@link dev.reel.spi.States#kept}. */
    SessionState kept() {
        return new SessionState(
                sessionId,
                version,
                lastEventId,
                lastAt,
                lastPosition,
                session,
                messages.kept(),
                snapshots.trimmed(),
                cuts,
                turn,
                epoch,
                lean,
                null);
    }

    /** One application of an event: the parts that the next state keeps, and the parts that the event changes. */
    private final class Step {

        private final SessionEvent event;
        private final boolean listed;
        private MessageTable messages = SessionState.this.messages;
        private SnapshotTable snapshots = SessionState.this.snapshots;
        private @Nullable Cut cuts = SessionState.this.cuts;
        private @Nullable Turn turn = SessionState.this.turn;
        private long epoch = SessionState.this.epoch;
        private boolean deleted;
        private boolean closed;

        // Members of the session row:
        private @Nullable String parentId;
        private @Nullable Long parentVersion;
        private @Nullable String title;
        private @Nullable String model;
        private Json metadata = Json.EMPTY_OBJECT;
        private Instant createdAt;

        Step(SessionEvent event, Change.Kind kind) {
            this.event = event;
            this.listed = kind.isListed() || kind == Change.Kind.SESSION_TURN && session == null;
            this.createdAt = event.at();
            if (session != null) {
                parentId = session.parentId();
                parentVersion = session.parentVersion();
                title = session.title();
                model = session.model();
                metadata = session.metadata();
                createdAt = session.createdAt();
            }
        }

        void start(Change.SessionStart start) {
            patch(start.members());
            if (session == null) {
                parentId = start.parentId();
                createdAt = start.createdAt() == null ? event.at() : start.createdAt();
            }
        }

        void patch(SessionPatch members) {
            if (members.namesTitle()) {
                title = members.title();
            }
            if (members.namesModel()) {
                model = members.model();
            }
            if (members.metadata() != null) {
                metadata = members.metadata();
            }
        }

        void turn(Change.SessionTurn taken) {
            if (taken.epoch() == epoch + 1) {
                epoch = taken.epoch();
                turn = new Turn(sessionId, taken.holder(), epoch, event.id());
            }
        }

        void delete() {
            deleted = true;
            turn = null;
            clearMessages();
            snapshots = SnapshotTable.empty();
        }

        void clearMessages() {
            messages = MessageTable.empty();
            cuts = null;
        }

        void message(Change.PutMessage put) {
            String id = orEventId(put.id());
            int index = messages.indexOf(id);
            if (index < 0) {
                messages = messages.append(
                        lean
                                ? LeanRow.whole(id, event, put.role())
                                : HeldRow.whole(id, event, put.role(), put.message()));
            } else {
                messages = messages.with(index, messages.get(index).whole(event, put.role(), put.message()));
            }
            cuts = null;
        }

        void delta(Change.DeltaMessage delta) {
            String text = delta.text();
            if (text == null) {
                return;
            }
            String id = orEventId(delta.id());
            int index = messages.indexOf(id);
            MessageRow old = index < 0 ? null : messages.get(index);
            if (delta.n() == 0 && (old == null || old.partial())) {
                Role role = delta.role() == null ? Role.ASSISTANT : delta.role();
                if (old == null) {
                    messages =
                            messages.append(lean ? LeanRow.part(id, event, role) : HeldRow.part(id, event, role, text));
                } else {
                    messages = messages.with(index, old.begun(event, role, text));
                }
                cuts = null;
            } else if (old != null && old.partial() && delta.n() == old.partCount()) {
                messages = messages.with(index, old.lengthened(event, text));
                cuts = null;
            }
        }

        void truncate(Change.TruncateMessages truncate) {
            int kept = truncate.after() == null ? 0 : messages.indexOf(truncate.after()) + 1;
            boolean found = truncate.after() == null ? truncate.readable() : kept > 0;
            if (found && kept < messages.size()) {
                cuts = Cut.of(messages, cuts);
                messages = messages.take(kept);
            }
        }

        void restore() {
            if (cuts != null) {
                messages = cuts.whole.take(cuts.size);
                cuts = cuts.next;
            }
        }

        void snapshot(Change.PutSnapshot put) {
            snapshots = snapshots.put(
                    new Snapshot(orEventId(put.id()), sessionId, put.messageId(), put.state(), event.at()));
        }

        void fork(Change.SessionFork fork) {
            if (fork.parentId() == null || fork.parentVersion() != event.version() - 1) {
                return;
            }
            parentId = fork.parentId();
            parentVersion = fork.parentVersion();
            title = fork.title() == null ? title : fork.title();
            createdAt = event.at();
            cuts = null;
            turn = null;
            SnapshotTable carried = SnapshotTable.empty();
            for (Map.Entry<String, String> ids : fork.snapshots().entrySet()) {
                Snapshot old = snapshots.get(ids.getKey(), sessionId);
                if (old != null) {
                    carried = carried.put(
                            new Snapshot(ids.getValue(), sessionId, old.messageId(), old.state(), event.at()));
                }
            }
            snapshots = carried;
        }

        private String orEventId(@Nullable String id) {
            return id == null ? event.id() : id;
        }

        SessionState result() {
            return new SessionState(
                    sessionId,
                    event.version(),
                    event.id(),
                    event.at(),
                    event.position(),
                    row(),
                    messages,
                    snapshots,
                    cuts,
                    turn,
                    epoch,
                    lean,
                    events);
        }

        private @Nullable Session row() {
            if (deleted) {
                return null;
            }
            if (listed) {
                return new Session(
                        sessionId,
                        parentId,
                        parentVersion,
                        title,
                        model,
                        createdAt,
                        event.at(),
                        metadata,
                        closed,
                        event.position());
            }
            // An event that is not listed does not touch the row; but any event after a close reopens the session.
            return session == null || !session.closed()
                    ? session
                    : new Session(
                            sessionId,
                            parentId,
                            parentVersion,
                            title,
                            model,
                            createdAt,
                            session.updatedAt(),
                            metadata,
                            false,
                            session.position());
        }
    }

    /**
     * Returns the wire form. It is the same with Jackson 2 and Jackson 3, whatever the mapper's configuration: {@code
     * sessionId}, {@code version}, {@code lastEventId}, {@code lastAt}, {@code place} (the text to resume from), the
     * rows {@code session}, {@code messages} and {@code snapshots}, {@code redoable}, {@code turn} and {@code epoch}.
     * The wire form cannot be read back, because a state is always folded from events.
     *
     * @return a JSON object
     */
    @JsonValue
    public Json toJson() {
        return new WireWriter()
                .text("sessionId", sessionId)
                .number("version", version)
                .text("lastEventId", lastEventId)
                .instant("lastAt", lastAt)
                .text("place", place().toString())
                .json("session", session == null ? null : session.toJson())
                .list("messages", messages(), Message::toJson)
                .list("snapshots", snapshots(), Snapshot::toJson)
                .number("redoable", redoable())
                .json("turn", turn == null ? null : turn.toJson())
                .number("epoch", epoch)
                .toJson();
    }

    /** Compares everything that the events determine: version, rows, what can be redone, turn. */
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || other instanceof SessionState that
                        && sessionId.equals(that.sessionId)
                        && version == that.version
                        && epoch == that.epoch
                        && Objects.equals(lastEventId, that.lastEventId)
                        && Objects.equals(lastAt, that.lastAt)
                        && Objects.equals(session, that.session)
                        && Objects.equals(turn, that.turn)
                        && redoable() == that.redoable()
                        && messages().equals(that.messages())
                        && snapshots().equals(that.snapshots())
                        && sameCuts(that);
    }

    /** Compares the cuts of two states with equally many cuts. */
    private boolean sameCuts(SessionState that) {
        if (cuts == null || that.cuts == null) {
            return cuts == that.cuts;
        }
        Cut cut = cuts;
        Cut other = that.cuts;
        while (cut != other && cut != null && other != null) {
            if (cut.size != other.size) {
                return false;
            }
            cut = cut.next;
            other = other.next;
        }
        return cut != null && cut == other
                || cuts.whole.view(sessionId, 0, events).equals(that.cuts.whole.view(sessionId, 0, that.events));
    }

    @Override
    public int hashCode() {
        return Objects.hash(sessionId, version, lastEventId);
    }

    @Override
    public String toString() {
        return sessionId + "@" + version + ": " + session + ", " + messages.size() + " messages, "
                + snapshots().size() + " snapshots";
    }
}
