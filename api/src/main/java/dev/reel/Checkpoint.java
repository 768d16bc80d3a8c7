package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;

/**
 * The result of {@link Timeline#checkpoint(String, CheckpointRequest)}: a snapshot that was created, or one that
 * existed.
 *
 * @param snapshot the snapshot's row
 * @param existed whether a snapshot with the same message, label and metadata existed, so that nothing was written
 * @param version the version of the log at which this result holds
 */
public record Checkpoint(Snapshot snapshot, boolean existed, long version) {

    /**
     * Rejects null for a required component.
     *
     * @param snapshot the snapshot's row
     * @param existed whether a snapshot with the same message, label and metadata existed, so that nothing was written
     * @param version the version of the log at which this result holds
     */
    public Checkpoint {
        Objects.requireNonNull(snapshot, "snapshot");
    }
    /**
     * Returns the wire form, which is the same with Jackson 2 and Jackson 3, whatever the mapper's configuration: one
     * member per component.
     *
     * @return a JSON object
     */
    @JsonValue
    public Json toJson() {
        return new WireWriter()
                .json("snapshot", snapshot.toJson())
                .flag("existed", existed)
                .number("version", version)
                .toJson();
    }

    /**
     * Reads the wire form. Unknown members are ignored.
     *
     * @param json a value that {@link #toJson} returned
     * @return the checkpoint
     * @throws InvalidInputException if a member is missing or malformed
     */
    public static Checkpoint fromJson(Json json) {
        WireReader in = new WireReader("checkpoint", json);
        return new Checkpoint(
                Snapshot.fromJson(in.object("snapshot")), in.flag("existed"), in.number("version", 0, Long.MAX_VALUE));
    }
}
