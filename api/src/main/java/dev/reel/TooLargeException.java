package dev.reel;

/** An event or a batch exceeds a bound of the store ({@link Bounds}). Nothing was written. */
public final class TooLargeException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final long size;
    private final long bound;

    /**
     * Creates an exception for a write that is too large.
     *
     * @param sessionId the session
     * @param what what is too large, with its unit
     * @param size its size
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
     * Returns the size.
     *
     * @return the size in the unit that the message names
     */
    public long size() {
        return size;
    }

    /**
     * Returns the maximum size.
     *
     * @return the bound in the same unit
     */
    public long bound() {
        return bound;
    }

    @Override
    public Category category() {
        return Category.TOO_LARGE;
    }
}
