package dev.reel;

/** Another session already has a snapshot with this id; snapshot ids are unique in the store. Nothing was written. */
public final class SnapshotIdTakenException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final String snapshotId;
    private final String holder;

    /**
     * Creates an exception for an id that is in use.
     *
     * @param sessionId the session that was to be written
     * @param snapshotId the snapshot id
     * @param holder the session that has a snapshot with that id
     */
    public SnapshotIdTakenException(String sessionId, String snapshotId, String holder) {
        super(
                named(sessionId) + " can't put snapshot " + Ids.quoted(snapshotId) + ": " + named(holder)
                        + " has a snapshot with that id; nothing was written; use another id",
                sessionId,
                null);
        this.snapshotId = snapshotId;
        this.holder = holder;
    }

    /**
     * Returns the id.
     *
     * @return the snapshot id
     */
    public String snapshotId() {
        return snapshotId;
    }

    /**
     * Returns the session that has a snapshot with that id.
     *
     * @return the session
     */
    public String holder() {
        return holder;
    }

    @Override
    public Category category() {
        return Category.CONFLICT;
    }
}
