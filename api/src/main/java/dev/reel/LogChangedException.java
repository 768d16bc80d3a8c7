package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * The place from which to resume is not in this log: the session was purged and recreated, or the store was restored
 * from an older copy. Everything that you read before belongs to another log; read from the start.
 */
public final class LogChangedException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final transient Place place;
    private final long head;

    /**
     * Creates an exception for a place that is not in the log.
     *
     * @param sessionId the session, or null for the feed
     * @param place the place from which to resume
     * @param head the version of the log, or the last position that the feed assigned
     */
    public LogChangedException(@Nullable String sessionId, Place place, long head) {
        super(
                sessionId == null
                        ? "the feed does not have the place " + place + " (it is at position " + head
                                + "): the store was restored since you read it; read it from the start"
                        : named(sessionId) + " does not have the place " + place + " (it is at version " + head
                                + "): it was recreated or restored since you read it; read it from the start",
                sessionId,
                null);
        this.place = place;
        this.head = head;
    }

    /**
     * Returns the place from which the reader wanted to resume.
     *
     * @return the place
     */
    public Place place() {
        return place;
    }

    /**
     * Returns the end of the log.
     *
     * @return the log's version, or the feed's position
     */
    public long head() {
        return head;
    }

    @Override
    public Category category() {
        return Category.GONE;
    }
}
