package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a rewind, an undo or a redo did.
 *
 * @param sessionId the session
 * @param anchorMessageId the message that is the last now, or null where none is left
 * @param cut how many messages were removed
 * @param restored how many messages came back
 * @param left how many messages there are now
 * @param version the version of the log after it; where nothing was cut and nothing restored, nothing was written
 */
public record Rewind(
        String sessionId, @Nullable String anchorMessageId, int cut, int restored, int left, long version) {

    /**
     * Refuses a null for a part that must be there.
     *
     * @param sessionId the session
     * @param anchorMessageId the message that is the last now, or null where none is left
     * @param cut how many messages were removed
     * @param restored how many messages came back
     * @param left how many messages there are now
     * @param version the version of the log after it; where nothing was cut and nothing restored, nothing was written
     */
    public Rewind {
        Objects.requireNonNull(sessionId, "sessionId");
    }
    /**
     * Whether anything was written.
     *
     * @return whether a message was removed or came back
     */
    public boolean changed() {
        return cut > 0 || restored > 0;
    }

    /**
     * The wire form, the same under Jackson 2 and Jackson 3, whatever a mapper is set to: the components by their names.
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
     * Reads the wire form back. Members that are not known are passed over.
     *
     * @param json what {@link #toJson} gave
     * @return the rewind
     * @throws InvalidInputException when a member is missing or of another form
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
