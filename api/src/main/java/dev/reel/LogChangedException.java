package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * A place to resume from is not a place of this log: the session was purged and written anew, or the store was restored
 * from an older copy. What was read before belongs to another log; read from the start.
 */
public final class LogChangedException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final transient Place place;
    private final long head;

    /**
     * A place of another log.
     *
     * @param sessionId the session, or null for the feed
     * @param place the place that was to be resumed from
     * @param head the version that the log has, or the last position that the feed gave out
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
     * The place that was to be resumed from.
     *
     * @return the place
     */
    public Place place() {
        return place;
    }

    /**
     * Where the log is.
     *
     * @return its version, in the feed its position
     */
    public long head() {
        return head;
    }

    @Override
    public Category category() {
        return Category.GONE;
    }
}
