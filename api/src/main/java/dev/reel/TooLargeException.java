package dev.reel;

/** An event or a batch is beyond a bound of the store ({@link Bounds}). Nothing was written. */
public final class TooLargeException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final long size;
    private final long bound;

    /**
     * Something too large.
     *
     * @param sessionId the session
     * @param what what is too large, with its unit
     * @param size how large it is
     * @param bound the bound
     */
    public TooLargeException(String sessionId, String what, long size, long bound) {
        super(
                named(sessionId) + ": " + what + ": " + size + ", at most " + bound
                        + "; nothing was written; write less at once, or raise the store's bound",
                sessionId,
                null);
        this.size = size;
        this.bound = bound;
    }

    /**
     * How large it is.
     *
     * @return in the unit that the message names
     */
    public long size() {
        return size;
    }

    /**
     * How large it may be.
     *
     * @return in the same unit
     */
    public long bound() {
        return bound;
    }

    @Override
    public Category category() {
        return Category.TOO_LARGE;
    }
}
