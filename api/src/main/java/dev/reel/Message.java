package dev.reel;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A row of the message table.
 *
 * @param id the message, unique in its session
 * @param sessionId the session
 * @param seq its place among the messages: the version of the event that made the row
 * @param role who it is from
 * @param content the message as it was given, any JSON; of a message that is being streamed, {@code {"role": …,
 *     "content": "<the parts so far>"}}
 * @param at the instant of the event that made the row
 * @param partial whether it is still being streamed, or was cut off while it was
 */
public record Message(String id, String sessionId, long seq, Role role, Json content, Instant at, boolean partial) {

    /**
     * The text of the message: its content's {@code content} member where that is a string, as chat messages have it,
     * or the content itself where that is a string.
     *
     * @return the text, or null when the content holds none in either place
     */
    public @Nullable String text() {
        return content.kind() == Json.Kind.STRING ? content.text() : content.textOf("content");
    }
}
