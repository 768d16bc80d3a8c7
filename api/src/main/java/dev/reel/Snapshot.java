package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A row of the snapshot table: a named point in a session to which you can return.
 *
 * @param id the snapshot id, unique in the store
 * @param sessionId the session
 * @param messageId the message of the snapshot, or null; the message may no longer exist
 * @param state the state that the caller stores, any JSON; for a snapshot that {@link Timeline#checkpoint(String,
 *     CheckpointRequest)} created, {@code {label, message_count, anchor_seq, metadata}}
 * @param createdAt the instant of the event that first put the snapshot
 */
public record Snapshot(
        String id, String sessionId, @Nullable String messageId, Json state, Instant createdAt) {

    /**
     * Rejects null for a required component.
     *
     * @param id the snapshot id, unique in the store
     * @param sessionId the session
     * @param messageId the message of the snapshot, or null; the message may no longer exist
     * @param state the state that the caller stores, any JSON; for a snapshot that {@link Timeline#checkpoint(String,
     *     CheckpointRequest)} created, {@code {label, message_count, anchor_seq, metadata}}
     * @param createdAt the instant of the event that first put the snapshot
     */
    public Snapshot {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(createdAt, "createdAt");
    }
    /**
     * Returns the wire form, which is the same with Jackson 2 and Jackson 3, whatever the mapper's configuration: one
     * member per component, the state as JSON, the instant as ISO 8601 text.
     *
     * @return a JSON object
     */
    @JsonValue
    public Json toJson() {
        return new WireWriter()
                .text("id", id)
                .text("sessionId", sessionId)
                .text("messageId", messageId)
                .json("state", state)
                .instant("createdAt", createdAt)
                .toJson();
    }

    /**
     * Reads the wire form. Unknown members are ignored.
     *
     * @param json a value that {@link #toJson} returned
     * @return the row
     * @throws InvalidInputException if a member is missing or malformed
     */
    public static Snapshot fromJson(Json json) {
        WireReader in = new WireReader("snapshot", json);
        return new Snapshot(
                in.text("id"),
                in.text("sessionId"),
                in.textOrNull("messageId"),
                in.any("state"),
                in.instant("createdAt"));
    }
}
