package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Selects messages for {@link RowTables#listMessages}, which lists them in the order of their {@code seq}. All
 * conditions must hold; {@code last} counts the messages that meet the others. Immutable.
 *
 * <pre>{@code
 * MessageQuery all = MessageQuery.all();
 * MessageQuery page = MessageQuery.last(50);                                  // the newest page
 * MessageQuery earlier = MessageQuery.before(oldestShown.seq()).withLast(50); // the page before it
 * MessageQuery since = MessageQuery.after(newestShown.seq());                 // what came since
 * }</pre>
 */
public final class MessageQuery {

    private static final MessageQuery ALL = new MessageQuery(0, Long.MAX_VALUE, Integer.MAX_VALUE);

    private final long afterSeq;
    private final long beforeSeq;
    private final int last;

    private MessageQuery(long afterSeq, long beforeSeq, int last) {
        this.afterSeq = afterSeq;
        this.beforeSeq = beforeSeq;
        this.last = last;
    }

    /**
     * Selects every message.
     *
     * @return the query
     */
    public static MessageQuery all() {
        return ALL;
    }

    /**
     * Selects the messages after a given one.
     *
     * @param seq the {@link Message#seq} after which they begin, exclusive
     * @return the query
     * @throws InvalidInputException if it is negative
     */
    public static MessageQuery after(long seq) {
        return ALL.withAfter(seq);
    }

    /**
     * Selects the messages before a given one, for a screen that loads earlier messages; usually combined with {@link
     * #withLast}.
     *
     * @param seq the {@link Message#seq} before which they end, exclusive
     * @return the query
     * @throws InvalidInputException if it is negative
     */
    public static MessageQuery before(long seq) {
        return ALL.withBefore(seq);
    }

    /**
     * Selects the last messages.
     *
     * @param n the number of messages, 1 or more; if there are fewer, all of them
     * @return the query
     * @throws InvalidInputException if n is below 1
     */
    public static MessageQuery last(int n) {
        return ALL.withLast(n);
    }

    /**
     * Selects only the last messages that meet the other conditions.
     *
     * @param n the number of messages, 1 or more
     * @return a copy
     * @throws InvalidInputException if n is below 1
     */
    public MessageQuery withLast(int n) {
        if (n < 1) {
            throw new InvalidInputException("last(n) requires 1 or more: " + n);
        }
        return new MessageQuery(afterSeq, beforeSeq, n);
    }

    /**
     * Selects only the messages after a given one.
     *
     * @param seq the {@link Message#seq} after which they begin, exclusive
     * @return a copy
     * @throws InvalidInputException if it is negative
     */
    public MessageQuery withAfter(long seq) {
        return new MessageQuery(checked(seq), beforeSeq, last);
    }

    /**
     * Selects only the messages before a given one.
     *
     * @param seq the {@link Message#seq} before which they end, exclusive
     * @return a copy
     * @throws InvalidInputException if it is negative
     */
    public MessageQuery withBefore(long seq) {
        return new MessageQuery(afterSeq, checked(seq), last);
    }

    private static long checked(long seq) {
        if (seq < 0) {
            throw new InvalidInputException("a seq must be 0 or more: " + seq);
        }
        return seq;
    }

    /**
     * Returns the seq after which messages are listed.
     *
     * @return the seq, exclusive, 0 for the first message
     */
    public long afterSeq() {
        return afterSeq;
    }

    /**
     * Returns the seq before which messages are listed.
     *
     * @return the seq, exclusive, {@link Long#MAX_VALUE} for no end
     */
    public long beforeSeq() {
        return beforeSeq;
    }

    /**
     * Returns how many of the last messages are listed.
     *
     * @return the number, {@link Integer#MAX_VALUE} for all
     */
    public int last() {
        return last;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MessageQuery that
                && afterSeq == that.afterSeq
                && beforeSeq == that.beforeSeq
                && last == that.last;
    }

    @Override
    public int hashCode() {
        return Objects.hash(afterSeq, beforeSeq, last);
    }

    @Override
    public String toString() {
        return Members.of(this)
                .add("afterSeq", afterSeq)
                .add("beforeSeq", beforeSeq)
                .add("last", last)
                .toString();
    }
}
