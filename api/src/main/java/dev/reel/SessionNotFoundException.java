package dev.reel;

/** The session that an operation requires does not exist. Nothing was written. */
public final class SessionNotFoundException extends ReelException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception for a session.
     *
     * @param sessionId the session
     */
    public SessionNotFoundException(String sessionId) {
        super(named(sessionId) + " does not exist; put a session or append an event first", sessionId, null);
    }

    @Override
    public Category category() {
        return Category.NOT_FOUND;
    }
}
