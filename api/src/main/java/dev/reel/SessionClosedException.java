package dev.reel;

/** A write to a closed session. Nothing was written. To continue, fork the session. */
public final class SessionClosedException extends ReelException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception for a session.
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
