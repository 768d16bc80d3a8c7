package dev.reel;

/** A read named a version that the session's log has not reached. */
public final class VersionAheadException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final long version;
    private final long published;

    /**
     * Creates an exception for a version after the end of the log.
     *
     * @param sessionId the session
     * @param version the requested version
     * @param published the version of the log
     */
    public VersionAheadException(String sessionId, long version, long published) {
        super(
                named(sessionId) + " is at version " + published + "; version " + version
                        + " does not exist yet; read up to version " + published
                        + ", or retry after more events are appended",
                sessionId,
                null);
        this.version = version;
        this.published = published;
    }

    /**
     * Returns the requested version.
     *
     * @return the version
     */
    public long version() {
        return version;
    }

    /**
     * Returns the version of the log.
     *
     * @return the published version
     */
    public long published() {
        return published;
    }

    @Override
    public Category category() {
        return Category.NOT_FOUND;
    }
}
