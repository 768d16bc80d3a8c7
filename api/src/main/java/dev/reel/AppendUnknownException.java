package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * Nobody can tell whether a write was done: its answer was lost on the way. Subscribe again: the write looks its ids up
 * first, and is not done twice.
 */
public final class AppendUnknownException extends ReelException {

    private static final long serialVersionUID = 1L;

    /**
     * A lost answer.
     *
     * @param sessionId the session that was written
     * @param cause what was lost, or null
     */
    public AppendUnknownException(String sessionId, @Nullable Throwable cause) {
        super(
                named(sessionId)
                        + ": the result of a write was lost, its outcome is unknown; subscribe again: it is not"
                        + " written twice",
                sessionId,
                cause);
    }

    @Override
    public boolean isRetryable() {
        return true;
    }

    @Override
    public Outcome outcome() {
        return Outcome.UNKNOWN;
    }

    @Override
    public Category category() {
        return Category.UNAVAILABLE;
    }
}
