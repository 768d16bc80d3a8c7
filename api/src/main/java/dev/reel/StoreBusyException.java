package dev.reel;

/**
 * Too many writes are accepted and not answered yet, of the session or of the store ({@link Bounds}). Nothing was
 * written. Subscribe again after a while.
 */
public final class StoreBusyException extends ReelException {

    private static final long serialVersionUID = 1L;

    /**
     * A busy store.
     *
     * @param sessionId the session that was to be written
     * @param what what there is too much of
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
