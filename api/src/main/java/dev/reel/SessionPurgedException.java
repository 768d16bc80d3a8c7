package dev.reel;

/**
 * The session was purged while it was being read. What was emitted before belonged to it; nothing more of it will be
 * emitted.
 */
public final class SessionPurgedException extends ReelException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception for a session.
     *
     * @param sessionId the session
     */
    public SessionPurgedException(String sessionId) {
        super(
                named(sessionId) + " was purged while it was being read; discard what you read of it; if the session is"
                        + " created again, read it from the start",
                sessionId,
                null);
    }

    @Override
    public Category category() {
        return Category.GONE;
    }
}
