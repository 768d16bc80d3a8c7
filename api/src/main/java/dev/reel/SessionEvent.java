package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.reel.internal.Access;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An immutable event in one session's log. Two events are equal if they differ at most in their positions, so an event
 * that was copied to another store equals the original.
 *
 * <pre>{@code
 * // As server-sent events: a client that comes back sends the id of the last one.
 * Flux<String> sent = store.tail("trip", From.after(place))
 *         .map(event -> "id: " + event.place() + "\ndata: " + event.toJson() + "\n\n");
 * }</pre>
 */
public final class SessionEvent {

    static {
        Access.set(new Opened());
    }

    /** The members of a line that the line format itself defines. */
    static final Set<String> LINE_MEMBERS =
            Set.of("seq", "pos", "ts", "event", "uuid", "v", "batch", "data", "meta", "crc");

    private final String sessionId;
    private final long version;
    private final long position;
    private final String id;
    private final Instant at;
    private final String type;
    private final int v;
    private final int batch;
    private final Json data;
    private final @Nullable Json meta;
    private final Map<String, Json> extra;
    private final Upcasters upcasters;
    /** Encoded at the first call if no line is stored. Volatile, because that publishes the array's bytes safely. */
    private volatile byte @Nullable [] line;
    /**
     * Decoded at the first call. Racing threads decode equal values, and records can be published without
     * synchronization.
     */
    private @Nullable Change change;

    SessionEvent(
            String sessionId,
            long version,
            long position,
            String id,
            Instant at,
            String type,
            int v,
            int batch,
            Json data,
            @Nullable Json meta,
            Map<String, Json> extra,
            Upcasters upcasters,
            byte @Nullable [] storedLine) {
        this.sessionId = sessionId;
        this.version = version;
        this.position = position;
        this.id = id;
        this.at = at;
        this.type = type;
        this.v = v;
        this.batch = batch;
        this.data = data;
        this.meta = meta;
        this.extra = extra;
        this.upcasters = upcasters;
        this.line = storedLine;
    }

    /** See {@link dev.reel.spi.Events#of}. */
    static SessionEvent of(
            String sessionId,
            long version,
            long position,
            String id,
            Instant at,
            int batch,
            EventDraft draft,
            Upcasters upcasters) {
        return new SessionEvent(
                sessionId,
                version,
                position,
                id,
                at,
                draft.type(),
                draft.v(),
                batch,
                draft.data(),
                draft.meta(),
                draft.extra(),
                upcasters,
                null);
    }

    /** See {@link dev.reel.spi.Events#under}. */
    SessionEvent under(String otherSessionId) {
        if (sessionId.equals(otherSessionId)) {
            return this;
        }
        SessionEvent copy = new SessionEvent(
                otherSessionId, version, position, id, at, type, v, batch, data, meta, extra, upcasters, line);
        copy.change = change;
        return copy;
    }

    /**
     * Returns the session that was read; for an event that a fork inherited, that is the fork.
     *
     * @return the session id
     */
    public String sessionId() {
        return sessionId;
    }

    /**
     * Returns the event's version, its place in the session's log: 1, 2, 3 … without gaps; 0 for {@code
     * session_purged}, which is in no log.
     *
     * @return the version
     */
    public long version() {
        return version;
    }

    /**
     * Returns the event's position, its place in the feed: strictly increasing, possibly with gaps. You can resume the
     * feed from it only if the event was read from the feed.
     *
     * @return the position, from 1
     */
    public long position() {
        return position;
    }

    /**
     * Returns the id that identifies the event in its log.
     *
     * @return the event id
     */
    public String id() {
        return id;
    }

    /**
     * Returns when the event happened, to the microsecond.
     *
     * @return the instant
     */
    public Instant at() {
        return at;
    }

    /**
     * Returns the event type.
     *
     * @return the type, as it was recorded
     */
    public String type() {
        return type;
    }

    /**
     * Returns the version of the type's data.
     *
     * @return 1 or more, as it was recorded
     */
    public int v() {
        return v;
    }

    /**
     * Returns the event's data.
     *
     * @return a JSON object, as it was recorded
     */
    public Json data() {
        return data;
    }

    /**
     * Returns the metadata of the write: a trace, an actor.
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
     * Returns the place after this event, to replay or tail its session from.
     *
     * @return version, id and position
     * @throws IllegalArgumentException for a {@code session_purged}, which is in no session's log
     */
    public LogPlace place() {
        return LogPlace.of(version, id, position);
    }

    /**
     * Returns what the event changes, in the newest form of its type. It is decoded at the first call.
     *
     * @return the change; {@link Change.Custom} for types that the fold does not know
     */
    public Change change() {
        Change cached = change;
        if (cached == null) {
            Upcasters.Shape newest = upcasters.newest(type, v, data);
            cached = Change.decode(newest.type(), newest.data(), id);
            change = cached;
        }
        return cached;
    }

    /**
     * Returns the line of this event in JSONL format, without the line terminator: the stored bytes, or the bytes that
     * would be stored.
     *
     * @return a read-only view
     */
    public ByteBuffer line() {
        byte[] cached = line;
        if (cached == null) {
            cached = LineFormat.standard().encode(this);
            line = cached;
        }
        return ByteBuffer.wrap(cached).asReadOnlyBuffer();
    }

    /**
     * Returns the wire form that clients receive. It is the same with Jackson 2 and Jackson 3, whatever the mapper's
     * configuration.
     *
     * <pre>
     * {"session":"trip","seq":12,"pos":3401,"ts":"2026-04-26T12:34:56.789Z","event":"user_message",
     *  "uuid":"kY7vZb3eQa0","v":2,"data":{…},"meta":{…},"extra":{…}}
     * </pre>
     *
     * <p>The members have the names of the JSONL format. {@code session} is the {@link #sessionId}, which tells the
     * sessions in a feed apart. {@code v} is present if it is not 1, {@code meta} if the event has metadata, {@code
     * extra} if it has members that the format does not define. {@code batch} and {@code crc} concern only the file and
     * are absent.
     *
     * @return a JSON object
     */
    @JsonValue
    public Json toJson() {
        WireWriter out = new WireWriter()
                .text("session", sessionId)
                .number("seq", version)
                .number("pos", position)
                .instant("ts", at)
                .text("event", type)
                .text("uuid", id);
        if (v != 1) {
            out.number("v", v);
        }
        out.json("data", data);
        if (meta != null) {
            out.json("meta", meta);
        }
        if (!extra.isEmpty()) {
            WireWriter others = new WireWriter();
            extra.forEach(others::json);
            out.json("extra", others.toJson());
        }
        return out.toJson();
    }

    /**
     * Reads the wire form without upcasters; see {@link #fromJson(Json, Upcasters)}.
     *
     * @param json a value that {@link #toJson} returned
     * @return an event that equals the original
     * @throws InvalidInputException if a member is missing or malformed
     */
    public static SessionEvent fromJson(Json json) {
        return fromJson(json, Upcasters.none());
    }

    /**
     * Reads the wire form. Unknown members are ignored.
     *
     * <pre>{@code
     * SessionEvent event = SessionEvent.fromJson(Json.parse(textFromTheServer));
     * SessionState next = state.apply(event);
     * }</pre>
     *
     * @param json a value that {@link #toJson} returned
     * @param upcasters converts older versions of the event's type
     * @return an event that equals the original
     * @throws InvalidInputException if a member is missing or malformed
     */
    public static SessionEvent fromJson(Json json, Upcasters upcasters) {
        Objects.requireNonNull(upcasters, "upcasters");
        WireReader in = new WireReader("event", json);
        String type = in.text("event");
        String id = in.text("uuid");
        if (!Ids.isEventType(type)) {
            throw in.expected("event", "an event type");
        }
        if (!Ids.isEventId(id)) {
            throw in.expected("uuid", "an event id");
        }
        Json extra = in.objectOrNull("extra");
        Map<String, Json> others = extra == null ? Map.of() : extra.members();
        for (String name : others.keySet()) {
            if (LINE_MEMBERS.contains(name)) {
                throw in.expected("extra", "without '" + name + "'");
            }
        }
        return new SessionEvent(
                in.text("session"),
                in.number("seq", type.equals(Change.Kind.SESSION_PURGED.type()) ? 0 : 1, Long.MAX_VALUE),
                in.number("pos", 1, Long.MAX_VALUE),
                id,
                in.instant("ts"),
                type,
                in.has("v") ? (int) in.number("v", 1, Integer.MAX_VALUE) : 1,
                1,
                in.object("data"),
                in.objectOrNull("meta"),
                others,
                upcasters,
                null);
    }

    /** The number of events in its batch if it is the first of several; otherwise 1. */
    int batch() {
        return batch;
    }

    /** The line that the event was read from, or null. Must not be modified. */
    byte @Nullable [] storedLine() {
        return line;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || other instanceof SessionEvent that
                        && version == that.version
                        && v == that.v
                        && sessionId.equals(that.sessionId)
                        && id.equals(that.id)
                        && at.equals(that.at)
                        && type.equals(that.type)
                        && data.equals(that.data)
                        && Objects.equals(meta, that.meta)
                        && extra.equals(that.extra);
    }

    @Override
    public int hashCode() {
        return Objects.hash(sessionId, version, id);
    }

    @Override
    public String toString() {
        return sessionId + "@" + version + " " + type + " " + id + " " + data;
    }
}
