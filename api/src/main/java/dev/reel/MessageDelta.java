package dev.reel;

import java.util.Objects;

/**
 * A part of a message that is being streamed, with its number, which the writer counts from 0. Part 0 creates the
 * message, each next part extends it, and {@link RowTables#putMessage} with the same id completes it. A part out of
 * order changes no row. So an answer that is cut off is not lost, and a viewer that reconnects sees every part exactly
 * once.
 *
 * @param messageId the message
 * @param role the role of the message; only the role of part 0 is used
 * @param n the number of this part, from 0
 * @param text the text to append
 */
public record MessageDelta(String messageId, Role role, long n, String text) {

    /**
     * Checks the components.
     *
     * @param messageId the message
     * @param role the role of the message
     * @param n the number of this part, from 0
     * @param text the text to append
     * @throws InvalidInputException if an id is malformed, or n is negative
     */
    public MessageDelta {
        Ids.check("message id", messageId);
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(text, "text");
        if (n < 0) {
            throw new InvalidInputException("the number of a message part must be 0 or more: " + n);
        }
    }

    /**
     * Creates a part of an assistant message.
     *
     * @param messageId the message
     * @param n the number of this part, from 0
     * @param text the text to append
     * @return the part
     */
    public static MessageDelta of(String messageId, long n, String text) {
        return new MessageDelta(messageId, Role.ASSISTANT, n, text);
    }
}
