package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Objects;

/**
 * The result of a fork.
 *
 * @param sessionId the new session
 * @param parentId the session that it was forked from
 * @param parentVersion the version of the parent up to which both have the same log
 * @param messageCount the number of messages in the fork
 */
public record Fork(String sessionId, String parentId, long parentVersion, int messageCount) {

    /**
     * Rejects null for a required component.
     *
     * @param sessionId the new session
     * @param parentId the session that it was forked from
     * @param parentVersion the version of the parent up to which both have the same log
     * @param messageCount the number of messages in the fork
     */
    public Fork {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(parentId, "parentId");
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
                .text("parentId", parentId)
                .number("parentVersion", parentVersion)
                .number("messageCount", messageCount)
                .toJson();
    }

    /**
     * Reads the wire form. Unknown members are ignored.
     *
     * @param json a value that {@link #toJson} returned
     * @return the fork
     * @throws InvalidInputException if a member is missing or malformed
     */
    public static Fork fromJson(Json json) {
        WireReader in = new WireReader("fork", json);
        return new Fork(
                in.text("sessionId"),
                in.text("parentId"),
                in.number("parentVersion", 0, Long.MAX_VALUE),
                in.count("messageCount"));
    }
}
