package dev.reel;

/**
 * A write to a session that was closed. Nothing was written. Fork the session to go on from it.
 */
public final class SessionClosedException extends ReelException {

    private static final long serialVersionUID = 1L;

    /**
     * For a session.
     *
     * @param sessionId the session
     */
    public SessionClosedException(String sessionId) {
        super(named(sessionId) + " is closed; nothing was written; fork it to continue", sessionId, null);
    }

    @Override
    public Category category() {
        return Category.CONFLICT;
    }
}
