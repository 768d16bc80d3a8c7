package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * A write named a turn that is not the session's current turn: another worker has taken over. Nothing was written. Stop
 * working on the session; the new holder continues.
 */
public final class FencedException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final long epoch;
    private final transient @Nullable Turn current;

    /**
     * Creates an exception for a fenced write.
     *
     * @param sessionId the session
     * @param epoch the epoch that the write named
     * @param current the current turn, or null if there is none
     */
    public FencedException(String sessionId, long epoch, @Nullable Turn current) {
        super(
                named(sessionId) + ": the turn of epoch " + epoch + " has ended; "
                        + (current == null
                                ? "no turn is held"
                                : Ids.quoted(current.holder()) + " holds the turn of epoch " + current.epoch())
                        + "; nothing was written; stop writing, or take a turn",
                sessionId,
                null);
        this.epoch = epoch;
        this.current = current;
    }

    /**
     * Returns the epoch that the write named.
     *
     * @return the epoch
     */
    public long epoch() {
        return epoch;
    }

    /**
     * Returns the current turn.
     *
     * @return the turn, or null if there is none
     */
    public @Nullable Turn current() {
        return current;
    }

    @Override
    public Category category() {
        return Category.CONFLICT;
    }
}
