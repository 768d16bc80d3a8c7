package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A row of the message table.
 *
 * @param id the message id, unique in its session
 * @param sessionId the session
 * @param seq its place among the messages: the version of the event that created the row
 * @param role the role of the message
 * @param content the message as it was put, any JSON; for a message that is being streamed, {@code {"role": …,
 *     "content": "<the parts so far>"}}
 * @param at the instant of the event that created the row
 * @param partial whether the message is still being streamed, or was cut off while it was
 */
public record Message(String id, String sessionId, long seq, Role role, Json content, Instant at, boolean partial) {

    /**
     * Rejects null for a required component.
     *
     * @param id the message id, unique in its session
     * @param sessionId the session
     * @param seq its place among the messages: the version of the event that created the row
     * @param role the role of the message
     * @param content the message as it was put, any JSON; for a message that is being streamed, {@code {"role": …,
     *     "content": "<the parts so far>"}}
     * @param at the instant of the event that created the row
     * @param partial whether the message is still being streamed, or was cut off while it was
     */
    public Message {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(content, "content");
        Objects.requireNonNull(at, "at");
    }
    /**
     * Returns the text of the message: the content's {@code content} member if it is a string, as in chat messages, or
     * the content itself if it is a string.
     *
     * @return the text, or null if neither is a string
     */
    public @Nullable String text() {
        return content.kind() == Json.Kind.STRING ? content.text() : content.textOf("content");
    }

    /**
     * Returns the wire form, which is the same with Jackson 2 and Jackson 3, whatever the mapper's configuration: one
     * member per component, the role in lower case, the content as JSON, the instant as ISO 8601 text.
     *
     * @return a JSON object
     */
    @JsonValue
    public Json toJson() {
        return new WireWriter()
                .text("id", id)
                .text("sessionId", sessionId)
                .number("seq", seq)
                .text("role", role.text())
                .json("content", content)
                .instant("at", at)
                .flag("partial", partial)
                .toJson();
    }

    /**
     * Reads the wire form. Unknown members are ignored.
     *
     * @param json a value that {@link #toJson} returned
     * @return the row
     * @throws InvalidInputException if a member is missing or malformed
     */
    public static Message fromJson(Json json) {
        WireReader in = new WireReader("message", json);
        Role role = Role.of(in.text("role"));
        if (role == null) {
            throw in.expected("role", "one of system, user, assistant, tool");
        }
        return new Message(
                in.text("id"),
                in.text("sessionId"),
                in.number("seq", 0, Long.MAX_VALUE),
                role,
                in.any("content"),
                in.instant("at"),
                in.flag("partial"));
    }
}
