package dev.reel;

/**
 * Too many writes of the session or of the store are accepted and not yet answered ({@link Bounds}). Nothing was
 * written. Subscribe again later.
 */
public final class StoreBusyException extends ReelException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception for a busy store.
     *
     * @param sessionId the session that was to be written
     * @param what what there are too many of
     */
    public StoreBusyException(String sessionId, String what) {
        super(named(sessionId) + ": " + what + "; nothing was written; retry later", sessionId, null);
    }

    @Override
    public boolean isRetryable() {
        return true;
    }

    @Override
    public Category category() {
        return Category.UNAVAILABLE;
    }
}
