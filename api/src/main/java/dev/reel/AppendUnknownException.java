package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * The outcome of a write is unknown, because its result was lost on the way. Subscribe again: the write first looks up
 * its ids, so it is not written twice.
 */
public final class AppendUnknownException extends ReelException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception for a lost result.
     *
     * @param sessionId the session that was written
     * @param cause what lost the result, or null
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
