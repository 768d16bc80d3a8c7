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
 * The change that an event makes, decoded from the event's type and data. There is one record for each event type that
 * the fold knows (one record for the four types that put a message), and {@link Custom} for every other type.
 *
 * <p>{@link #kind()} is an enum, so on Java 17 a fold can handle all changes in one {@code switch} expression that the
 * compiler checks. A new kind is added only in a new major version.
 *
 * <pre>{@code
 * String shown = switch (event.change().kind()) {
 *     case USER_MESSAGE, ASSISTANT_MESSAGE -> ((Change.PutMessage) event.change()).message().toString();
 *     case SESSION_CLOSE -> "closed: " + ((Change.SessionClose) event.change()).reason();
 *     default -> event.type();
 * };
 * }</pre>
 *
 * <p>Decoding never fails, because logs can come from other programs. A member that does not have the form that its
 * event type requires is ignored; {@code n}, {@code epoch} and {@code parentVersion} are then -1, which is never the
 * next number.
 */
public sealed interface Change {

    /** The type of an unreadable event. Events of this type cannot be appended, so no fold knows it. */
    String UNREADABLE = "reel:unreadable";

    /** The kinds of events. */
    enum Kind {
        /** {@code session_start}: creates the session row, or changes the members that the event sets. */
        SESSION_START("session_start"),
        /** {@code session_update}: changes the members that the event sets. */
        SESSION_UPDATE("session_update"),
        /** {@code session_resume}: updates only the row's {@code updatedAt} and its place in the list. */
        SESSION_RESUME("session_resume"),
        /** {@code session_turn}: assigns the turn, the right to continue the session, to a holder. */
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
        /** {@code messages_truncate}: removes the messages after a given one; they can be restored. */
        MESSAGES_TRUNCATE("messages_truncate"),
        /** {@code messages_restore}: restores the messages that the last truncation removed. */
        MESSAGES_RESTORE("messages_restore"),
        /** {@code messages_clear}: removes all messages. */
        MESSAGES_CLEAR("messages_clear"),
        /** {@code checkpoint}: puts a snapshot. */
        CHECKPOINT("checkpoint"),
        /** {@code snapshots_clear}: removes the snapshots. */
        SNAPSHOTS_CLEAR("snapshots_clear"),
        /** {@code session_fork}: makes the log that of a fork. */
        SESSION_FORK("session_fork"),
        /** {@code session_purged}: reports that a session was erased; occurs only in the feed. */
        SESSION_PURGED("session_purged"),
        /** Any other type: stored, replayed and tailed, without effect on rows. */
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
         * Returns the event type.
         *
         * @return the type, empty for CUSTOM
         */
        public String type() {
            return type;
        }

        /**
         * Returns whether events of this kind touch the session row: they create it if there is none (except
         * SESSION_DELETE), and set {@link Session#updatedAt} and the session's place in the list.
         *
         * @return false for CUSTOM; for SESSION_PURGED, which is in no log; and for SESSION_TURN, which creates the row
         *     if there is none but does not change an existing row
         */
        public boolean isListed() {
            return this != CUSTOM && this != SESSION_PURGED && this != SESSION_TURN;
        }

        /**
         * Returns the kind of an event type.
         *
         * @param type the event type
         * @return its kind, CUSTOM for types that the fold does not know
         */
        public static Kind of(String type) {
            return BY_TYPE.getOrDefault(type, CUSTOM);
        }
    }

    /**
     * Returns the kind, for a {@code switch}.
     *
     * @return the kind
     */
    Kind kind();

    /**
     * Returns the event type.
     *
     * @return the type
     */
    default String type() {
        return kind().type();
    }

    /**
     * Returns the data of an event that makes this change.
     *
     * @return a JSON object
     */
    Json toData();

    /**
     * {@code session_start}.
     *
     * @param members the members that the event sets
     * @param parentId the parent; used only if the event creates the row
     * @param createdAt the creation time; used only if the event creates the row
     */
    record SessionStart(
            SessionPatch members,
            @Nullable String parentId,
            @Nullable Instant createdAt) implements Change {

        /**
         * Rejects null for a required component.
         *
         * @param members the members that the event sets
         * @param parentId the parent; used only if the event creates the row
         * @param createdAt the creation time; used only if the event creates the row
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
     * @param members the members that the event sets
     */
    record SessionUpdate(SessionPatch members) implements Change {

        /**
         * Rejects null for a required component.
         *
         * @param members the members that the event sets
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
     * @param data any JSON object
     */
    record SessionResume(Json data) implements Change {

        /**
         * Rejects null for a required component.
         *
         * @param data any JSON object
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
     * @param holder the new holder of the turn
     * @param epoch the number of the turn, from 1
     */
    record SessionTurn(String holder, long epoch) implements Change {

        /**
         * Rejects null for a required component.
         *
         * @param holder the new holder of the turn
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
     * @param reason the reason, any JSON; JSON null if none was given
     */
    record SessionClose(Json reason) implements Change {

        /**
         * Rejects null for a required component.
         *
         * @param reason the reason, any JSON; JSON null if none was given
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
     * @param role the role of the message
     * @param id the message id; null stands for the event's id
     * @param message the content, any JSON
     */
    record PutMessage(Role role, @Nullable String id, Json message) implements Change {

        /**
         * Rejects null for a required component.
         *
         * @param role the role of the message
         * @param id the message id; null stands for the event's id
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
     * @param id the message id; null stands for the event's id
     * @param role the role of the message; null stands for ASSISTANT
     * @param n the number of the part, from 0; -1 if it cannot be read
     * @param text the text to append; null if it cannot be read
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
     * @param after the last message that stays; null to remove all
     * @param readable whether {@code after} could be read; if not, nothing is removed
     */
    record TruncateMessages(@Nullable String after, boolean readable) implements Change {
        @Override
        public Kind kind() {
            return Kind.MESSAGES_TRUNCATE;
        }

        @Override
        public Json toData() {
            // If "after" could not be read, it is not written: a null would mean "remove all".
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
     * @param id the snapshot id; null stands for the event's id
     * @param messageId the message of the snapshot, or null
     * @param state the state that the caller stores, any JSON
     */
    record PutSnapshot(@Nullable String id, @Nullable String messageId, Json state) implements Change {

        /**
         * Rejects null for a required component.
         *
         * @param id the snapshot id; null stands for the event's id
         * @param messageId the message of the snapshot, or null
         * @param state the state that the caller stores, any JSON
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
     * @param parentId the session that was forked; null if it cannot be read
     * @param parentVersion the version up to which the log is the parent's; -1 if it cannot be read
     * @param title the fork's title; null stands for the title that the prefix sets
     * @param snapshots the ids of carried snapshots: from the id in the parent to the id in the fork
     */
    record SessionFork(
            @Nullable String parentId,
            long parentVersion,
            @Nullable String title,
            Map<String, String> snapshots) implements Change {

        /**
         * Copies the map.
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
         * Rejects null for a required component.
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
     * @param role the role of the message
     * @param id the message id, or null for the event's id
     * @param message the content, any JSON
     * @return the change
     */
    static Change putMessage(Role role, @Nullable String id, Json message) {
        return new PutMessage(role, id, message);
    }

    /**
     * Removes the messages after a given one.
     *
     * @param after the last message that stays; null to remove all
     * @return the change
     */
    static Change truncateMessages(@Nullable String after) {
        return new TruncateMessages(after, true);
    }

    /**
     * Decodes an event's type and data; never fails.
     *
     * @param type the event type
     * @param data its data
     * @param eventId the event's id, used as the id of a message or snapshot if the data has none
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
            return null; // unusable for the row, so ignored
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
