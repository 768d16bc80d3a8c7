package dev.reel;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an agent needs to go on with a session, all of one moment.
 *
 * @param session the row; null where it was deleted, or only custom events were appended
 * @param messages the messages in order
 * @param lastUserMessage the last of the user among them, or null
 * @param lastAssistantMessage the last of the assistant among them, or null
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
     * Refuses a null for a part that must be there.
     *
     * @param session the row; null where it was deleted, or only custom events were appended
     * @param messages the messages in order
     * @param lastUserMessage the last of the user among them, or null
     * @param lastAssistantMessage the last of the assistant among them, or null
     * @param version the version of the log, to write with {@link ExpectedVersion#exactly(long)}
     * @param place the place of the last event, to tail from
     */
    public ResumedSession {
        Objects.requireNonNull(messages, "messages");
        Objects.requireNonNull(place, "place");
    }
}
