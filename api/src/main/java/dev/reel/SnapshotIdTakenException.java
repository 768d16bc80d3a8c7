package dev.reel;

/** A snapshot id is held by another session; an id names one snapshot in the store. Nothing was written. */
public final class SnapshotIdTakenException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final String snapshotId;
    private final String holder;

    /**
     * A taken id.
     *
     * @param sessionId the session that wanted it
     * @param snapshotId the snapshot id
     * @param holder the session that holds it
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
     * The id.
     *
     * @return the snapshot id
     */
    public String snapshotId() {
        return snapshotId;
    }

    /**
     * Who holds it.
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
