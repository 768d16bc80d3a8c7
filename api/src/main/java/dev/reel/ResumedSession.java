package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an agent needs to continue a session, as of one version.
 *
 * @param session the row; null if it was deleted, or only custom events were appended
 * @param messages the messages in order
 * @param lastUserMessage the last user message among them, or null
 * @param lastAssistantMessage the last assistant message among them, or null
 * @param version the version of the log, to write with {@link ExpectedVersion#exactly(long)}
 * @param place the place of the last event, to tail from
 */
public record ResumedSession(
        @Nullable Session session,
        List<Message> messages,
        @Nullable Message lastUserMessage,
        @Nullable Message lastAssistantMessage,
        long version,
        LogPlace place) {

    /**
     * Rejects null for a required component.
     *
     * @param session the row; null if it was deleted, or only custom events were appended
     * @param messages the messages in order
     * @param lastUserMessage the last user message among them, or null
     * @param lastAssistantMessage the last assistant message among them, or null
     * @param version the version of the log, to write with {@link ExpectedVersion#exactly(long)}
     * @param place the place of the last event, to tail from
     */
    public ResumedSession {
        Objects.requireNonNull(messages, "messages");
        Objects.requireNonNull(place, "place");
    }

    /**
     * Returns the wire form, which is the same with Jackson 2 and Jackson 3, whatever the mapper's configuration: one
     * member per component, the place as text.
     *
     * @return a JSON object
     */
    @JsonValue
    public Json toJson() {
        return new WireWriter()
                .json("session", session == null ? null : session.toJson())
                .list("messages", messages, Message::toJson)
                .json("lastUserMessage", lastUserMessage == null ? null : lastUserMessage.toJson())
                .json("lastAssistantMessage", lastAssistantMessage == null ? null : lastAssistantMessage.toJson())
                .number("version", version)
                .text("place", place.toString())
                .toJson();
    }

    /**
     * Reads the wire form. Unknown members are ignored.
     *
     * @param json a value that {@link #toJson} returned
     * @return the resumed session
     * @throws InvalidInputException if a member is missing or malformed
     */
    public static ResumedSession fromJson(Json json) {
        WireReader in = new WireReader("resumed session", json);
        Json session = in.objectOrNull("session");
        Json user = in.objectOrNull("lastUserMessage");
        Json assistant = in.objectOrNull("lastAssistantMessage");
        return new ResumedSession(
                session == null ? null : Session.fromJson(session),
                in.list("messages", Message::fromJson),
                user == null ? null : Message.fromJson(user),
                assistant == null ? null : Message.fromJson(assistant),
                in.number("version", 0, Long.MAX_VALUE),
                LogPlace.parse(in.text("place")));
    }
}
