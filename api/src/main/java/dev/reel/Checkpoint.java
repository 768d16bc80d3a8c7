package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;

/**
 * What {@link Timeline#checkpoint(String, CheckpointRequest)} made or found: a snapshot.
 *
 * @param snapshot its row
 * @param existed whether one of the same message, label and metadata was there, and nothing was written
 * @param version the version of the log at which it holds
 */
public record Checkpoint(Snapshot snapshot, boolean existed, long version) {

    /**
     * Refuses a null for a part that must be there.
     *
     * @param snapshot its row
     * @param existed whether one of the same message, label and metadata was there, and nothing was written
     * @param version the version of the log at which it holds
     */
    public Checkpoint {
        Objects.requireNonNull(snapshot, "snapshot");
    }
    /**
     * The wire form, the same under Jackson 2 and Jackson 3, whatever a mapper is set to: the components by their names.
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
     * Reads the wire form back. Members that are not known are passed over.
     *
     * @param json what {@link #toJson} gave
     * @return the answer
     * @throws InvalidInputException when a member is missing or of another form
     */
    public static Checkpoint fromJson(Json json) {
        WireReader in = new WireReader("checkpoint", json);
        return new Checkpoint(
                Snapshot.fromJson(in.object("snapshot")), in.flag("existed"), in.number("version", 0, Long.MAX_VALUE));
    }
}
