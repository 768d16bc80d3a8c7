package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A row of the session table: what a session's log says of it as a whole.
 *
 * <p>Two rows are equal when all but their positions are: a session that was copied to another store is the same there.
 *
 * @param id the session
 * @param parentId the session that this one was forked from, or belongs to; null where there is none
 * @param parentVersion the last version of the parent that a fork took over; null if this is not a fork
 * @param title a title, or null
 * @param model the name of a model, or null
 * @param createdAt when it was made; never changes
 * @param updatedAt the instant of its last listed event
 * @param metadata a JSON object of the caller's, {@code {}} where nothing was given
 * @param closed whether it was closed, and refuses writes
 * @param position the feed position of its last listed event: its place in {@link RowTables#listSessions}, to go on from
 *     there ({@link ListCursor#after}); no place to resume the feed from
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
     * Refuses a null for a part that must be there.
     *
     * @param id the session
     * @param parentId the session that this one was forked from, or belongs to; null where there is none
     * @param parentVersion the last version of the parent that a fork took over; null if this is not a fork
     * @param title a title, or null
     * @param model the name of a model, or null
     * @param createdAt when it was made; never changes
     * @param updatedAt the instant of its last listed event
     * @param metadata a JSON object of the caller's, {@code {}} where nothing was given
     * @param closed whether it was closed, and refuses writes
     * @param position the feed position of its last listed event: its place in {@link RowTables#listSessions}, to go on from
     *     there ({@link ListCursor#after}); no place to resume the feed from
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
     * The wire form, the same under Jackson 2 and Jackson 3, whatever a mapper is set to: the components by their names,
     * instants as ISO 8601 text, {@code null} where there is none.
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
     * Reads the wire form back. Members that are not known are passed over.
     *
     * @param json what {@link #toJson} gave
     * @return the row
     * @throws InvalidInputException when a member is missing or of another form
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
