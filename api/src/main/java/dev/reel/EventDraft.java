package dev.reel;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An event to append. Immutable. The store sets what the draft leaves out: the id when the write method is called, the
 * instant when the write is accepted.
 *
 * <pre>{@code
 * EventDraft own = EventDraft.of("tool_call", Json.object("name", "grep", "path", "src"));
 * EventDraft known = EventDraft.of(Change.putMessage(Role.USER, "m1", Json.object("role", "user", "content", "hi")));
 * EventDraft copy = EventDraft.copyOf(recordedEvent);
 * }</pre>
 *
 * <p><b>Types.</b> You choose the types of your events, except those from which rows are folded. The data of these
 * types must have the form that {@link Change} defines, or {@code append} rejects the event with {@link
 * MalformedEventException}:
 *
 * <ul>
 *   <li>{@code session_start}, {@code session_update}, {@code session_resume}, {@code session_delete}
 *   <li>{@code user_message}, {@code assistant_message}, {@code tool_result}, {@code system_message}, {@code
 *       message_delta}
 *   <li>{@code messages_truncate}, {@code messages_restore}, {@code messages_clear}
 *   <li>{@code checkpoint}, {@code snapshots_clear}
 *   <li>written only by their own methods, never appended: {@code session_fork}, {@code session_turn}, {@code
 *       session_close}, {@code session_purged}
 * </ul>
 *
 * <p>Types that begin with {@code reel:} are reserved for signals.
 */
public final class EventDraft {

    private final String type;
    private final Json data;
    private final @Nullable String id;
    private final @Nullable Instant at;
    private final int v;
    private final @Nullable Json meta;
    private final Map<String, Json> extra;

    private EventDraft(
            String type,
            Json data,
            @Nullable String id,
            @Nullable Instant at,
            int v,
            @Nullable Json meta,
            Map<String, Json> extra) {
        this.type = type;
        this.data = data;
        this.id = id;
        this.at = at;
        this.v = v;
        this.meta = meta;
        this.extra = extra;
    }

    /**
     * Creates an event from its type and data.
     *
     * @param type the event type
     * @param data a JSON object
     * @return the draft
     * @throws InvalidInputException if the type is malformed
     * @throws MalformedEventException if the data is not an object
     */
    public static EventDraft of(String type, Json data) {
        Ids.checkEventType(type);
        if (!data.isObject()) {
            throw new MalformedEventException(null, type, "has data that is not a JSON object, but " + data.kind());
        }
        return new EventDraft(type, data, null, null, 1, null, Map.of());
    }

    /**
     * Creates an event that makes a change.
     *
     * @param change the change
     * @return the draft
     */
    public static EventDraft of(Change change) {
        return of(change.type(), change.toData());
    }

    /**
     * Copies an event as it was recorded: with its id, instant, version of the type, metadata and unknown members. Use
     * it with {@link WriteOptions#recorded()}.
     *
     * @param event an event of any log
     * @return the draft
     */
    public static EventDraft copyOf(SessionEvent event) {
        return new EventDraft(
                event.type(), event.data(), event.id(), event.at(), event.v(), event.meta(), event.extra());
    }

    /**
     * Sets the event id, so that the event can be appended repeatedly without being written twice.
     *
     * @param newId the event id
     * @return a copy
     * @throws InvalidInputException if the id is malformed
     */
    public EventDraft withId(String newId) {
        return new EventDraft(type, data, Ids.checkEventId(newId), at, v, meta, extra);
    }

    /**
     * Sets the instant. It is cut to microseconds and otherwise stored unchanged.
     *
     * @param newAt when it happened, in the years -999999999 to 999999999 (UTC)
     * @return a copy
     * @throws InvalidInputException if it is outside these years
     */
    public EventDraft withAt(Instant newAt) {
        return new EventDraft(type, data, id, Timestamps.checked("at", newAt), v, meta, extra);
    }

    /**
     * Sets the version of the type's data, for {@link Upcasters}.
     *
     * @param newV the version, 1 or more; 1 by default
     * @return a copy
     * @throws InvalidInputException if it is below 1
     */
    public EventDraft withSchemaVersion(int newV) {
        if (newV < 1) {
            throw new InvalidInputException("v must be 1 or more: " + newV);
        }
        return new EventDraft(type, data, id, at, newV, meta, extra);
    }

    /**
     * Sets metadata: a trace, an actor. Metadata is not part of the content: a repeat with other metadata is the same
     * event.
     *
     * @param newMeta a JSON object, or null for none
     * @return a copy
     * @throws InvalidInputException if it is not a JSON object
     */
    public EventDraft withMeta(@Nullable Json newMeta) {
        if (newMeta != null && !newMeta.isObject()) {
            throw new InvalidInputException("meta must be a JSON object, not " + newMeta.kind());
        }
        return new EventDraft(type, data, id, at, v, newMeta, extra);
    }

    /**
     * Sets members of the event's line that the line format does not define; they are stored unchanged. Names and
     * values count as bytes of the event ({@link Bounds#eventBytes}).
     *
     * @param newExtra name and value, in order
     * @return a copy
     * @throws InvalidInputException if a name belongs to the line format, or contains a control character or an
     *     unpaired surrogate; or if a value is null (use {@link Json#NULL})
     */
    public EventDraft withExtra(Map<String, Json> newExtra) {
        newExtra.forEach((name, value) -> {
            String fault = faultOfName(name);
            if (fault != null) {
                throw new InvalidInputException("unknown member " + Ids.quoted(name) + " " + fault);
            }
            if (value == null) {
                throw new InvalidInputException(
                        "unknown member " + Ids.quoted(name) + " has a null value; use Json.NULL");
            }
        });
        return withExtraAsRead(newExtra);
    }

    /** Sets unknown members of a line that was read, without checking their names. */
    EventDraft withExtraAsRead(Map<String, Json> newExtra) {
        return new EventDraft(type, data, id, at, v, meta, Collections.unmodifiableMap(new LinkedHashMap<>(newExtra)));
    }

    private static @Nullable String faultOfName(String name) {
        if (SessionEvent.LINE_MEMBERS.contains(name)) {
            return "has a name that belongs to the line format";
        }
        int unpaired = Json.firstUnpaired(name);
        if (unpaired >= 0) {
            return "has an unpaired surrogate at " + unpaired + " of its name";
        }
        for (int i = 0; i < name.length(); i++) {
            if (Character.isISOControl(name.charAt(i))) {
                return "has a control character at " + i + " of its name";
            }
        }
        return null;
    }

    /**
     * Returns the event type.
     *
     * @return the type
     */
    public String type() {
        return type;
    }

    /**
     * Returns the data.
     *
     * @return a JSON object
     */
    public Json data() {
        return data;
    }

    /**
     * Returns the id.
     *
     * @return the event id, or null if the store assigns it
     */
    public @Nullable String id() {
        return id;
    }

    /**
     * Returns the instant.
     *
     * @return when it happened, or null if the store sets it
     */
    public @Nullable Instant at() {
        return at;
    }

    /**
     * Returns the version of the type's data.
     *
     * @return 1 or more
     */
    public int v() {
        return v;
    }

    /**
     * Returns the metadata.
     *
     * @return a JSON object, or null
     */
    public @Nullable Json meta() {
        return meta;
    }

    /**
     * Returns the members of the event's line that the line format does not define.
     *
     * @return name and value in order; unmodifiable
     */
    public Map<String, Json> extra() {
        return extra;
    }

    /**
     * Returns what is wrong with the data of a type that the fold knows. An append rejects such data; a verification of
     * a log reports it.
     *
     * @return the reason, or null if the data is valid
     */
    public @Nullable String problem() {
        return DataForm.problem(Change.Kind.of(type), data);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof EventDraft that
                && type.equals(that.type)
                && data.equals(that.data)
                && Objects.equals(id, that.id)
                && Objects.equals(at, that.at)
                && v == that.v
                && Objects.equals(meta, that.meta)
                && extra.equals(that.extra);
    }

    @Override
    public int hashCode() {
        return Objects.hash(type, data, id, at, v, meta, extra);
    }

    @Override
    public String toString() {
        return Members.of(this)
                .add("type", type)
                .add("data", data)
                .add("id", id)
                .add("at", at)
                .add("schemaVersion", v)
                .add("meta", meta)
                .add("extra", extra.isEmpty() ? null : extra)
                .toString();
    }
}
