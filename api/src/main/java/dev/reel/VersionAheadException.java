package dev.reel;

/** A version was asked for that the session's log has not reached. */
public final class VersionAheadException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final long version;
    private final long published;

    /**
     * A version beyond the end.
     *
     * @param sessionId the session
     * @param version what was asked for
     * @param published the version that the log has
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
     * What was asked for.
     *
     * @return the version
     */
    public long version() {
        return version;
    }

    /**
     * What is there.
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
