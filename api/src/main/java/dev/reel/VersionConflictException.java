package dev.reel;

/**
 * A write expected another version than the log has. Nothing was written. Read the session again, decide again, and
 * write with the version that you read.
 */
public final class VersionConflictException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final transient ExpectedVersion expected;
    private final long actual;

    /**
     * Creates an exception for a conflict.
     *
     * @param sessionId the session
     * @param expected what the write expected
     * @param actual the version of the log, 0 if it is empty
     */
    public VersionConflictException(String sessionId, ExpectedVersion expected, long actual) {
        super(
                named(sessionId) + " is at version " + actual + ", expected " + expected
                        + "; nothing was written; re-read the session and retry",
                sessionId,
                null);
        this.expected = expected;
        this.actual = actual;
    }

    /**
     * Returns what the write expected.
     *
     * @return the expectation
     */
    public ExpectedVersion expected() {
        return expected;
    }

    /**
     * Returns the version of the log.
     *
     * @return the version, 0 for an empty log
     */
    public long actual() {
        return actual;
    }

    @Override
    public Category category() {
        return Category.CONFLICT;
    }
}
