package dev.reel;

/** Which messages {@link RowTables#listMessages} gives, in the order of their {@code seq}. Immutable. */
public final class MessageQuery {

    private static final MessageQuery ALL = new MessageQuery(0, Integer.MAX_VALUE);

    private final long afterSeq;
    private final int last;

    private MessageQuery(long afterSeq, int last) {
        this.afterSeq = afterSeq;
        this.last = last;
    }

    /**
     * Every message.
     *
     * @return the query
     */
    public static MessageQuery all() {
        return ALL;
    }

    /**
     * Messages behind one.
     *
     * @param seq the {@link Message#seq} behind which they begin, exclusive
     * @return the query
     * @throws IllegalArgumentException when it is negative
     */
    public static MessageQuery after(long seq) {
        if (seq < 0) {
            throw new IllegalArgumentException("a seq is 0 or more: " + seq);
        }
        return new MessageQuery(seq, Integer.MAX_VALUE);
    }

    /**
     * The last messages.
     *
     * @param n how many, 1 or more; all where there are fewer
     * @return the query
     * @throws IllegalArgumentException when n is below 1
     */
    public static MessageQuery last(int n) {
        return ALL.withLast(n);
    }

    /**
     * Only the last of what the query would give.
     *
     * @param n how many, 1 or more
     * @return a copy
     * @throws IllegalArgumentException when n is below 1
     */
    public MessageQuery withLast(int n) {
        if (n < 1) {
            throw new IllegalArgumentException("last(n) takes 1 or more: " + n);
        }
        return new MessageQuery(afterSeq, n);
    }

    /**
     * Where they begin.
     *
     * @return the seq behind which they begin, 0 for the first
     */
    public long afterSeq() {
        return afterSeq;
    }

    /**
     * How many from the end.
     *
     * @return the number, {@link Integer#MAX_VALUE} for all
     */
    public int last() {
        return last;
    }
}
