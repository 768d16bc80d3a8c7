package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A row of the session table: the properties of a session as a whole.
 *
 * <p>Two rows are equal if they differ at most in their positions, so a session that was copied to another store equals
 * the original.
 *
 * @param id the session id
 * @param parentId the session from which this one was forked, or to which it belongs; null if there is none
 * @param parentVersion the last version of the parent that a fork inherited; null if this is not a fork
 * @param title a title, or null
 * @param model the name of a model, or null
 * @param createdAt when the session was created; never changes
 * @param updatedAt the instant of its last listed event
 * @param metadata the caller's JSON object, {@code {}} if none was given
 * @param closed whether the session is closed and rejects writes
 * @param position the feed position of its last listed event: its place in {@link RowTables#listSessions}, to list the
 *     next page ({@link ListCursor#after}). Do not resume the feed from it
 */
public record Session(
        String id,
        @Nullable String parentId,
        @Nullable Long parentVersion,
        @Nullable String title,
        @Nullable String model,
        Instant createdAt,
        Instant updatedAt,
        Json metadata,
        boolean closed,
        long position) {

    /**
     * Rejects null for a required component.
     *
     * @param id the session id
     * @param parentId the session from which this one was forked, or to which it belongs; null if there is none
     * @param parentVersion the last version of the parent that a fork inherited; null if this is not a fork
     * @param title a title, or null
     * @param model the name of a model, or null
     * @param createdAt when the session was created; never changes
     * @param updatedAt the instant of its last listed event
     * @param metadata the caller's JSON object, {@code {}} if none was given
     * @param closed whether the session is closed and rejects writes
     * @param position the feed position of its last listed event: its place in {@link RowTables#listSessions}, to list
     *     the next page ({@link ListCursor#after}). Do not resume the feed from it
     */
    public Session {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(updatedAt, "updatedAt");
        Objects.requireNonNull(metadata, "metadata");
    }
    /** The same row under another id. */
    Session under(String otherId) {
        return new Session(
                otherId, parentId, parentVersion, title, model, createdAt, updatedAt, metadata, closed, position);
    }

    /**
     * Returns the wire form, which is the same with Jackson 2 and Jackson 3, whatever the mapper's configuration: one
     * member per component, instants as ISO 8601 text, {@code null} if there is no value.
     *
     * @return a JSON object
     */
    @JsonValue
    public Json toJson() {
        return new WireWriter()
                .text("id", id)
                .text("parentId", parentId)
                .numberOrNull("parentVersion", parentVersion)
                .text("title", title)
                .text("model", model)
                .instant("createdAt", createdAt)
                .instant("updatedAt", updatedAt)
                .json("metadata", metadata)
                .flag("closed", closed)
                .number("position", position)
                .toJson();
    }

    /**
     * Reads the wire form. Unknown members are ignored.
     *
     * @param json a value that {@link #toJson} returned
     * @return the row
     * @throws InvalidInputException if a member is missing or malformed
     */
    public static Session fromJson(Json json) {
        WireReader in = new WireReader("session", json);
        return new Session(
                in.text("id"),
                in.textOrNull("parentId"),
                in.numberOrNull("parentVersion"),
                in.textOrNull("title"),
                in.textOrNull("model"),
                in.instant("createdAt"),
                in.instant("updatedAt"),
                in.object("metadata"),
                in.flag("closed"),
                in.number("position", 0, Long.MAX_VALUE));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Session that
                && id.equals(that.id)
                && Objects.equals(parentId, that.parentId)
                && Objects.equals(parentVersion, that.parentVersion)
                && Objects.equals(title, that.title)
                && Objects.equals(model, that.model)
                && createdAt.equals(that.createdAt)
                && updatedAt.equals(that.updatedAt)
                && metadata.equals(that.metadata)
                && closed == that.closed;
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, parentId, parentVersion, title, model, createdAt, updatedAt, closed);
    }
}
