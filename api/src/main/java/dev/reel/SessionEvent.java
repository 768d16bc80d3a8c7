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
 * An immutable fact in one session's log. Two events are equal when all but their positions are: an event that was
 * copied to another store is the same there.
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

    /** The members of a line that the format itself defines. */
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
    /** Encoded at first call where none is stored; volatile, since an array's bytes are safe to publish only so. */
    private volatile byte @Nullable [] line;
    /** Decoded at first call. Racing threads decode the same, and records are safe to publish so. */
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
     * The session that was asked for; of an event that a fork inherited, the fork.
     *
     * @return the session id
     */
    public String sessionId() {
        return sessionId;
    }

    /**
     * Its place in its session's log: 1, 2, 3 … without gaps; 0 for {@code session_purged}, which is in no log.
     *
     * @return the version
     */
    public long version() {
        return version;
    }

    /**
     * Its place in the feed: strictly increasing, gaps allowed. A place to resume the feed from only when the event came from the feed.
     *
     * @return the position, from 1
     */
    public long position() {
        return position;
    }

    /**
     * What identifies it in its log.
     *
     * @return the event id
     */
    public String id() {
        return id;
    }

    /**
     * When it happened, to the microsecond.
     *
     * @return the instant
     */
    public Instant at() {
        return at;
    }

    /**
     * What kind of fact it is.
     *
     * @return the event type, as it was recorded
     */
    public String type() {
        return type;
    }

    /**
     * The version of its type's data.
     *
     * @return 1 or more, as it was recorded
     */
    public int v() {
        return v;
    }

    /**
     * What happened.
     *
     * @return a JSON object, as it was recorded
     */
    public Json data() {
        return data;
    }

    /**
     * What was known about the writing of it: a trace, an actor.
     *
     * @return a JSON object, or null
     */
    public @Nullable Json meta() {
        return meta;
    }

    /**
     * Members of its line beside those of the format.
     *
     * @return name and value in order; unmodifiable
     */
    public Map<String, Json> extra() {
        return extra;
    }

    /**
     * The place after this event, to replay or tail its session from.
     *
     * @return version, id and position
     * @throws IllegalArgumentException for a {@code session_purged}, which is in no session's log
     */
    public LogPlace place() {
        return LogPlace.of(version, id, position);
    }

    /**
     * What the event changes, in the newest form of its type; decoded at the first call.
     *
     * @return the change; {@link Change.Custom} for types that the fold does not know
     */
    public Change change() {
        Change known = change;
        if (known == null) {
            Upcasters.Shape newest = upcasters.newest(type, v, data);
            known = Change.decode(newest.type(), newest.data(), id);
            change = known;
        }
        return known;
    }

    /**
     * The line of this event, in the form of the JSONL files, without the line's end: the bytes that are stored, or
     * where none are, those that would be.
     *
     * @return a read-only view
     */
    public ByteBuffer line() {
        byte[] known = line;
        if (known == null) {
            known = LineFormat.standard().encode(this);
            line = known;
        }
        return ByteBuffer.wrap(known).asReadOnlyBuffer();
    }

    /**
     * The wire form: what a client gets, the same under Jackson 2 and Jackson 3, whatever a mapper is set to.
     *
     * <pre>
     * {"session":"trip","seq":12,"pos":3401,"ts":"2026-04-26T12:34:56.789Z","event":"user_message",
     *  "uuid":"kY7vZb3eQa0","v":2,"data":{…},"meta":{…},"extra":{…}}
     * </pre>
     *
     * <p>The members have the names of the JSONL format. {@code session} is the {@link #sessionId}, so that events of the
     * feed can be told apart. {@code v} is there if it is not 1, {@code meta} if there is one, {@code extra} if the event
     * has members beside those of the format. {@code batch} and {@code crc} are not there: they concern the file.
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
     * Reads the wire form back, without upcasters; see {@link #fromJson(Json, Upcasters)}.
     *
     * @param json what {@link #toJson} gave
     * @return an event that equals the original
     * @throws InvalidInputException when a member is missing or of another form
     */
    public static SessionEvent fromJson(Json json) {
        return fromJson(json, Upcasters.none());
    }

    /**
     * Reads the wire form back. Members that are not known are passed over.
     *
     * <pre>{@code
     * SessionEvent event = SessionEvent.fromJson(Json.parse(textFromTheServer));
     * SessionState next = state.apply(event);
     * }</pre>
     *
     * @param json what {@link #toJson} gave
     * @param upcasters what reads older versions of its type
     * @return an event that equals the original
     * @throws InvalidInputException when a member is missing or of another form
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

    /** How many events its batch has, on the first of several; else 1. */
    int batch() {
        return batch;
    }

    /** The line that it was read from, if any; not to be changed. */
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
