package dev.reel;

import java.util.Objects;

/**
 * A part of a message that is being streamed: part n of it, counted from 0 by whoever streams. Part 0 makes the message,
 * each next part lengthens it, {@link RowTables#putMessage} with the same id completes it. A part out of order changes
 * no row. So an answer that was cut off is not lost, and a viewer that reconnects sees every part once.
 *
 * @param messageId the message
 * @param role who it is from; that of part 0 counts
 * @param n the number of this part, from 0
 * @param text what it adds
 */
public record MessageDelta(String messageId, Role role, long n, String text) {

    /**
     * Checks the parts.
     *
     * @param messageId the message
     * @param role who it is from
     * @param n the number of this part, from 0
     * @param text what it adds
     * @throws InvalidInputException when an id is malformed, or n is negative
     */
    public MessageDelta {
        Ids.check("message id", messageId);
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(text, "text");
        if (n < 0) {
            throw new InvalidInputException("the parts of a message count from 0: " + n);
        }
    }

    /**
     * A part of an assistant's message.
     *
     * @param messageId the message
     * @param n the number of this part, from 0
     * @param text what it adds
     * @return the part
     */
    public static MessageDelta of(String messageId, long n, String text) {
        return new MessageDelta(messageId, Role.ASSISTANT, n, text);
    }
}
