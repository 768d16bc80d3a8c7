package dev.reel;

/** The place in a session that an operation names is not there. Nothing was written. */
public final class AnchorNotFoundException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final transient Anchor anchor;

    /**
     * An anchor that is not there.
     *
     * @param sessionId the session
     * @param anchor what was looked for
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
            return anchor + ", or that snapshot is of no message";
        }
        return anchor instanceof Anchor.LastUserMessage ? "user message" : anchor.toString();
    }

    /**
     * An anchor that cannot be reached.
     *
     * @param sessionId the session
     * @param anchor what was looked for
     * @param reason why it cannot be reached, and what to do
     */
    public AnchorNotFoundException(String sessionId, Anchor anchor, String reason) {
        super(named(sessionId) + " cannot go to " + anchor + "; nothing was written; " + reason, sessionId, null);
        this.anchor = anchor;
    }

    /**
     * What was looked for.
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
