package dev.reel;

/** An anchor that an operation names does not exist in the session. Nothing was written. */
public final class AnchorNotFoundException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final transient Anchor anchor;

    /**
     * Creates an exception for an anchor that does not exist.
     *
     * @param sessionId the session
     * @param anchor the missing anchor
     */
    public AnchorNotFoundException(String sessionId, Anchor anchor) {
        super(
                named(sessionId) + " has no " + missing(anchor)
                        + "; nothing was written; use a place that the session has",
                sessionId,
                null);
        this.anchor = anchor;
    }

    private static String missing(Anchor anchor) {
        if (anchor instanceof Anchor.OfSnapshot) {
            return anchor + ", or that snapshot has no message";
        }
        return anchor instanceof Anchor.LastUserMessage ? "user message" : anchor.toString();
    }

    /**
     * Creates an exception for an anchor that cannot be reached.
     *
     * @param sessionId the session
     * @param anchor the unreachable anchor
     * @param reason why it cannot be reached, and what to do
     */
    public AnchorNotFoundException(String sessionId, Anchor anchor, String reason) {
        super(named(sessionId) + " cannot go to " + anchor + "; nothing was written; " + reason, sessionId, null);
        this.anchor = anchor;
    }

    /**
     * Returns the anchor that was not found.
     *
     * @return the anchor
     */
    public Anchor anchor() {
        return anchor;
    }

    @Override
    public Category category() {
        return Category.NOT_FOUND;
    }
}
