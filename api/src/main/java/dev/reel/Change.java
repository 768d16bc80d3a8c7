package dev.reel;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an event changes: an event's type and data, read. One record for each kind of event that the fold knows (one for
 * the four that put a message), and {@link Custom} for every other type.
 *
 * <p>{@link #kind()} is an enum, so that on Java 17 a fold is one {@code switch} expression that the compiler checks. A
 * new kind comes only with a new major version.
 *
 * <pre>{@code
 * String shown = switch (event.change().kind()) {
 *     case USER_MESSAGE, ASSISTANT_MESSAGE -> ((Change.PutMessage) event.change()).message().toString();
 *     case SESSION_CLOSE -> "closed: " + ((Change.SessionClose) event.change()).reason();
 *     default -> event.type();
 * };
 * }</pre>
 *
 * <p>Reading is forgiving, since logs come from elsewhere too: a member that is not of the form that its event asks for
 * is as if it were not there, and {@code n}, {@code epoch} and {@code parentVersion} are then -1, which is never next.
 */
public sealed interface Change {

    /** What an unreadable event counts as: no type that can be appended, so that no fold knows it. */
    String UNREADABLE = "reel:unreadable";

    /** The kinds of events. */
    enum Kind {
        /** {@code session_start}: makes the session row, or changes the members that it names. */
        SESSION_START("session_start"),
        /** {@code session_update}: changes the members that it names. */
        SESSION_UPDATE("session_update"),
        /** {@code session_resume}: touches the row. */
        SESSION_RESUME("session_resume"),
        /** {@code session_turn}: gives the right to go on to a holder. */
        SESSION_TURN("session_turn"),
        /** {@code session_close}: closes the session. */
        SESSION_CLOSE("session_close"),
        /** {@code session_delete}: removes all rows of the session. */
        SESSION_DELETE("session_delete"),
        /** {@code user_message}: puts a message. */
        USER_MESSAGE("user_message"),
        /** {@code assistant_message}: puts a message. */
        ASSISTANT_MESSAGE("assistant_message"),
        /** {@code tool_result}: puts a message. */
        TOOL_RESULT("tool_result"),
        /** {@code system_message}: puts a message. */
        SYSTEM_MESSAGE("system_message"),
        /** {@code message_delta}: a part of a message that is being streamed. */
        MESSAGE_DELTA("message_delta"),
        /** {@code messages_truncate}: removes the messages after one, kept for redo. */
        MESSAGES_TRUNCATE("messages_truncate"),
        /** {@code messages_restore}: brings back what the last truncation removed. */
        MESSAGES_RESTORE("messages_restore"),
        /** {@code messages_clear}: removes all messages. */
        MESSAGES_CLEAR("messages_clear"),
        /** {@code checkpoint}: puts a snapshot. */
        CHECKPOINT("checkpoint"),
        /** {@code snapshots_clear}: removes the snapshots. */
        SNAPSHOTS_CLEAR("snapshots_clear"),
        /** {@code session_fork}: makes this log that of a fork. */
        SESSION_FORK("session_fork"),
        /** {@code session_purged}: in the feed only, tells that a session was erased. */
        SESSION_PURGED("session_purged"),
        /** Any other type: kept, replayed and tailed, and no more. */
        CUSTOM("");

        private static final Map<String, Kind> BY_TYPE = byType();

        private final String type;

        Kind(String type) {
            this.type = type;
        }

        private static Map<String, Kind> byType() {
            Map<String, Kind> kinds = new LinkedHashMap<>();
            for (Kind kind : values()) {
                if (kind != CUSTOM) {
                    kinds.put(kind.type, kind);
                }
            }
            return Map.copyOf(kinds);
        }

        /**
         * The event type.
         *
         * @return the type, empty for CUSTOM
         */
        public String type() {
            return type;
        }

        /**
         * Whether events of this kind touch the session row: they create it if there is none (SESSION_DELETE does not), and
         * set {@link Session#updatedAt} and the session's place in the list.
         *
         * @return false for CUSTOM; for SESSION_PURGED, which is in no log; and for SESSION_TURN, which creates the row if
         *     there is none, and otherwise leaves it as it is
         */
        public boolean isListed() {
            return this != CUSTOM && this != SESSION_PURGED && this != SESSION_TURN;
        }

        /**
         * The kind of a type.
         *
         * @param type the event type
         * @return its kind, CUSTOM for types that the fold does not know
         */
        public static Kind of(String type) {
            return BY_TYPE.getOrDefault(type, CUSTOM);
        }
    }

    /**
     * The kind.
     *
     * @return the kind, for a {@code switch}
     */
    Kind kind();

    /**
     * The event type.
     *
     * @return the type
     */
    default String type() {
        return kind().type();
    }

    /**
     * The data of an event that makes this change.
     *
     * @return a JSON object
     */
    Json toData();

    /**
     * {@code session_start}.
     *
     * @param members the members that it names
     * @param parentId the parent; counts only where the row is made
     * @param createdAt the instant of making; counts only where the row is made
     */
    record SessionStart(
            SessionPatch members,
            @Nullable String parentId,
            @Nullable Instant createdAt) implements Change {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param members the members that it names
         * @param parentId the parent; counts only where the row is made
         * @param createdAt the instant of making; counts only where the row is made
         */
        public SessionStart {
            Objects.requireNonNull(members, "members");
        }

        @Override
        public Kind kind() {
            return Kind.SESSION_START;
        }

        @Override
        public Json toData() {
            Json data = members.toData();
            if (parentId != null) {
                data = data.with("parent_id", parentId);
            }
            return createdAt == null ? data : data.with("created_at", createdAt.toString());
        }
    }

    /**
     * {@code session_update}.
     *
     * @param members the members that it names
     */
    record SessionUpdate(SessionPatch members) implements Change {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param members the members that it names
         */
        public SessionUpdate {
            Objects.requireNonNull(members, "members");
        }

        @Override
        public Kind kind() {
            return Kind.SESSION_UPDATE;
        }

        @Override
        public Json toData() {
            return members.toData();
        }
    }

    /**
     * {@code session_resume}.
     *
     * @param data free
     */
    record SessionResume(Json data) implements Change {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param data free
         */
        public SessionResume {
            Objects.requireNonNull(data, "data");
        }

        @Override
        public Kind kind() {
            return Kind.SESSION_RESUME;
        }

        @Override
        public Json toData() {
            return data;
        }
    }

    /**
     * {@code session_turn}.
     *
     * @param holder who takes the turn
     * @param epoch the number of the turn, from 1
     */
    record SessionTurn(String holder, long epoch) implements Change {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param holder who takes the turn
         * @param epoch the number of the turn, from 1
         */
        public SessionTurn {
            Objects.requireNonNull(holder, "holder");
        }

        @Override
        public Kind kind() {
            return Kind.SESSION_TURN;
        }

        @Override
        public Json toData() {
            return Json.object("holder", holder, "epoch", epoch);
        }
    }

    /**
     * {@code session_close}.
     *
     * @param reason why, any JSON; JSON null where none was given
     */
    record SessionClose(Json reason) implements Change {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param reason why, any JSON; JSON null where none was given
         */
        public SessionClose {
            Objects.requireNonNull(reason, "reason");
        }

        @Override
        public Kind kind() {
            return Kind.SESSION_CLOSE;
        }

        @Override
        public Json toData() {
            return Json.object("reason", reason);
        }
    }

    /** {@code session_delete}. */
    record SessionDelete() implements Change {
        @Override
        public Kind kind() {
            return Kind.SESSION_DELETE;
        }

        @Override
        public Json toData() {
            return Json.EMPTY_OBJECT;
        }
    }

    /**
     * {@code user_message}, {@code assistant_message}, {@code tool_result}, {@code system_message}.
     *
     * @param role who the message is from
     * @param id the message; null stands for the event's id
     * @param message the content, any JSON
     */
    record PutMessage(Role role, @Nullable String id, Json message) implements Change {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param role who the message is from
         * @param id the message; null stands for the event's id
         * @param message the content, any JSON
         */
        public PutMessage {
            Objects.requireNonNull(role, "role");
            Objects.requireNonNull(message, "message");
        }

        @Override
        public Kind kind() {
            return switch (role) {
                case USER -> Kind.USER_MESSAGE;
                case ASSISTANT -> Kind.ASSISTANT_MESSAGE;
                case TOOL -> Kind.TOOL_RESULT;
                case SYSTEM -> Kind.SYSTEM_MESSAGE;
            };
        }

        @Override
        public Json toData() {
            return id == null ? Json.object("message", message) : Json.object("id", id, "message", message);
        }
    }

    /**
     * {@code message_delta}.
     *
     * @param id the message; null stands for the event's id
     * @param role who the message is from; null stands for ASSISTANT
     * @param n the number of the part, from 0; -1 where it can't be read
     * @param text what it adds; null where it can't be read
     */
    record DeltaMessage(
            @Nullable String id,
            @Nullable Role role,
            long n,
            @Nullable String text) implements Change {
        @Override
        public Kind kind() {
            return Kind.MESSAGE_DELTA;
        }

        @Override
        public Json toData() {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            if (id != null) {
                data.put("id", id);
            }
            if (role != null) {
                data.put("role", role.text());
            }
            data.put("n", n);
            data.put("text", text);
            return Json.of(data);
        }
    }

    /**
     * {@code messages_truncate}.
     *
     * @param after the last message that stays; null for none
     * @param readable whether {@code after} could be read; if not, nothing is cut
     */
    record TruncateMessages(@Nullable String after, boolean readable) implements Change {
        @Override
        public Kind kind() {
            return Kind.MESSAGES_TRUNCATE;
        }

        @Override
        public Json toData() {
            // What could not be read must not read as "cut all" when it is written again.
            return readable ? Json.object("after", after) : Json.EMPTY_OBJECT;
        }
    }

    /** {@code messages_restore}. */
    record RestoreMessages() implements Change {
        @Override
        public Kind kind() {
            return Kind.MESSAGES_RESTORE;
        }

        @Override
        public Json toData() {
            return Json.EMPTY_OBJECT;
        }
    }

    /** {@code messages_clear}. */
    record ClearMessages() implements Change {
        @Override
        public Kind kind() {
            return Kind.MESSAGES_CLEAR;
        }

        @Override
        public Json toData() {
            return Json.EMPTY_OBJECT;
        }
    }

    /**
     * {@code checkpoint}.
     *
     * @param id the snapshot; null stands for the event's id
     * @param messageId the message that it stands for, or null
     * @param state what is kept with it, any JSON
     */
    record PutSnapshot(@Nullable String id, @Nullable String messageId, Json state) implements Change {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param id the snapshot; null stands for the event's id
         * @param messageId the message that it stands for, or null
         * @param state what is kept with it, any JSON
         */
        public PutSnapshot {
            Objects.requireNonNull(state, "state");
        }

        @Override
        public Kind kind() {
            return Kind.CHECKPOINT;
        }

        @Override
        public Json toData() {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            if (id != null) {
                data.put("id", id);
            }
            data.put("message_id", messageId);
            data.put("state", state);
            return Json.of(data);
        }
    }

    /** {@code snapshots_clear}. */
    record ClearSnapshots() implements Change {
        @Override
        public Kind kind() {
            return Kind.SNAPSHOTS_CLEAR;
        }

        @Override
        public Json toData() {
            return Json.EMPTY_OBJECT;
        }
    }

    /**
     * {@code session_fork}.
     *
     * @param parentId the session that was forked; null where it can't be read
     * @param parentVersion the version up to which the log is the parent's; -1 where it can't be read
     * @param title the fork's title; null stands for that of the prefix
     * @param snapshots the ids of carried snapshots: in the parent, in the fork
     */
    record SessionFork(
            @Nullable String parentId,
            long parentVersion,
            @Nullable String title,
            Map<String, String> snapshots) implements Change {

        /**
         * Keeps a copy of the map.
         *
         * @param parentId the session that was forked
         * @param parentVersion the version up to which the log is the parent's
         * @param title the fork's title
         * @param snapshots the ids of carried snapshots
         */
        public SessionFork {
            snapshots = Collections.unmodifiableMap(new LinkedHashMap<>(snapshots));
        }

        @Override
        public Kind kind() {
            return Kind.SESSION_FORK;
        }

        @Override
        public Json toData() {
            Map<String, @Nullable Object> data = new LinkedHashMap<>();
            data.put("parent_id", parentId);
            data.put("parent_version", parentVersion);
            data.put("title", title);
            if (!snapshots.isEmpty()) {
                data.put("snapshots", snapshots);
            }
            return Json.of(data);
        }
    }

    /** {@code session_purged}. */
    record SessionPurged() implements Change {
        @Override
        public Kind kind() {
            return Kind.SESSION_PURGED;
        }

        @Override
        public Json toData() {
            return Json.EMPTY_OBJECT;
        }
    }

    /**
     * An event of a type that the fold does not know.
     *
     * @param type the event type
     * @param data its data
     */
    record Custom(String type, Json data) implements Change {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param type the event type
         * @param data its data
         */
        public Custom {
            Objects.requireNonNull(type, "type");
            Objects.requireNonNull(data, "data");
        }

        @Override
        public Kind kind() {
            return Kind.CUSTOM;
        }

        @Override
        public Json toData() {
            return data;
        }
    }

    /**
     * Puts a message.
     *
     * @param role who it is from
     * @param id the message id, or null for the event's id
     * @param message the content, any JSON
     * @return the change
     */
    static Change putMessage(Role role, @Nullable String id, Json message) {
        return new PutMessage(role, id, message);
    }

    /**
     * Removes the messages after one.
     *
     * @param after the last message that stays; null for none
     * @return the change
     */
    static Change truncateMessages(@Nullable String after) {
        return new TruncateMessages(after, true);
    }

    /**
     * Reads an event's type and data; never fails.
     *
     * @param type the event type
     * @param data its data
     * @param eventId the event's id, which stands for a missing id of a message or snapshot
     * @return the change
     */
    static Change decode(String type, Json data, String eventId) {
        Objects.requireNonNull(data, "data");
        Objects.requireNonNull(eventId, "eventId");
        return switch (Kind.of(type)) {
            case SESSION_START ->
                new SessionStart(SessionPatch.ofData(data), data.textOf("parent_id"), instantOf(data, "created_at"));
            case SESSION_UPDATE -> new SessionUpdate(SessionPatch.ofData(data));
            case SESSION_RESUME -> new SessionResume(data);
            case SESSION_TURN -> new SessionTurn(orElse(data.textOf("holder"), ""), numberOf(data, "epoch"));
            case SESSION_CLOSE -> new SessionClose(orElse(data.get("reason"), Json.NULL));
            case SESSION_DELETE -> new SessionDelete();
            case USER_MESSAGE -> putMessageOf(Role.USER, data, eventId);
            case ASSISTANT_MESSAGE -> putMessageOf(Role.ASSISTANT, data, eventId);
            case TOOL_RESULT -> putMessageOf(Role.TOOL, data, eventId);
            case SYSTEM_MESSAGE -> putMessageOf(Role.SYSTEM, data, eventId);
            case MESSAGE_DELTA ->
                new DeltaMessage(
                        orElse(data.textOf("id"), eventId),
                        Role.of(data.textOf("role")),
                        numberOf(data, "n"),
                        data.textOf("text"));
            case MESSAGES_TRUNCATE -> {
                Json after = data.get("after");
                boolean readable = after != null && (after.isNull() || after.kind() == Json.Kind.STRING);
                yield new TruncateMessages(data.textOf("after"), readable);
            }
            case MESSAGES_RESTORE -> new RestoreMessages();
            case MESSAGES_CLEAR -> new ClearMessages();
            case CHECKPOINT ->
                new PutSnapshot(
                        orElse(data.textOf("id"), eventId),
                        data.textOf("message_id"),
                        orElse(data.get("state"), Json.EMPTY_OBJECT));
            case SNAPSHOTS_CLEAR -> new ClearSnapshots();
            case SESSION_FORK ->
                new SessionFork(
                        data.textOf("parent_id"),
                        numberOf(data, "parent_version"),
                        data.textOf("title"),
                        textsOf(data.get("snapshots")));
            case SESSION_PURGED -> new SessionPurged();
            case CUSTOM -> new Custom(type, data);
        };
    }

    private static Change putMessageOf(Role role, Json data, String eventId) {
        return new PutMessage(role, orElse(data.textOf("id"), eventId), orElse(data.get("message"), Json.EMPTY_OBJECT));
    }

    private static <T> T orElse(@Nullable T value, T other) {
        return value == null ? other : value;
    }

    private static long numberOf(Json data, String name) {
        Long number = data.longOf(name);
        return number == null || number < 0 ? -1 : number;
    }

    private static @Nullable Instant instantOf(Json data, String name) {
        String text = data.textOf(name);
        if (text == null) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MICROS);
        } catch (DateTimeException e) {
            return null; // of no use to the row, so as if it were not there
        }
    }

    private static Map<String, String> textsOf(@Nullable Json object) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (object != null) {
            object.members().forEach((name, value) -> {
                if (value.kind() == Json.Kind.STRING) {
                    texts.put(name, value.text());
                }
            });
        }
        return texts;
    }
}
