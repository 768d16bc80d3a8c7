package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The result of a rewind, an undo or a redo.
 *
 * @param sessionId the session
 * @param anchorMessageId the last message now, or null if there is none
 * @param cut the number of messages that were removed
 * @param restored the number of messages that were restored
 * @param left the number of messages now
 * @param version the version of the log afterwards; if nothing was cut and nothing restored, nothing was written
 */
public record Rewind(
        String sessionId, @Nullable String anchorMessageId, int cut, int restored, int left, long version) {

    /**
     * Rejects null for a required component.
     *
     * @param sessionId the session
     * @param anchorMessageId the last message now, or null if there is none
     * @param cut the number of messages that were removed
     * @param restored the number of messages that were restored
     * @param left the number of messages now
     * @param version the version of the log afterwards; if nothing was cut and nothing restored, nothing was written
     */
    public Rewind {
        Objects.requireNonNull(sessionId, "sessionId");
    }
    /**
     * Returns whether anything was written.
     *
     * @return whether a message was removed or restored
     */
    public boolean changed() {
        return cut > 0 || restored > 0;
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
                .text("sessionId", sessionId)
                .text("anchorMessageId", anchorMessageId)
                .number("cut", cut)
                .number("restored", restored)
                .number("left", left)
                .number("version", version)
                .toJson();
    }

    /**
     * Reads the wire form. Unknown members are ignored.
     *
     * @param json a value that {@link #toJson} returned
     * @return the rewind
     * @throws InvalidInputException if a member is missing or malformed
     */
    public static Rewind fromJson(Json json) {
        WireReader in = new WireReader("rewind", json);
        return new Rewind(
                in.text("sessionId"),
                in.textOrNull("anchorMessageId"),
                in.count("cut"),
                in.count("restored"),
                in.count("left"),
                in.number("version", 0, Long.MAX_VALUE));
    }
}
