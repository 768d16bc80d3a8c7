package dev.reel;

/**
 * Some events of a batch are already in the session's log with the same content, but not the whole batch, contiguous
 * and in this order. Nothing was written. Repeat the batch unchanged, or append only the new events.
 */
public final class DuplicateEventException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final String eventId;
    private final long version;

    /**
     * Creates an exception for a duplicate.
     *
     * @param sessionId the session
     * @param eventId an id of the batch that the log already has
     * @param version the version of the event with that id
     */
    public DuplicateEventException(String sessionId, String eventId, long version) {
        super(
                named(sessionId) + " already has event " + Ids.quoted(eventId) + " at version " + version
                        + ", but not the whole batch; nothing was written; repeat the batch unchanged, or append only the"
                        + " new events",
                sessionId,
                null);
        this.eventId = eventId;
        this.version = version;
    }

    /**
     * Returns an id of the batch that the log already has.
     *
     * @return the event id
     */
    public String eventId() {
        return eventId;
    }

    /**
     * Returns the version of the event with that id.
     *
     * @return the version
     */
    public long version() {
        return version;
    }

    @Override
    public Category category() {
        return Category.CONFLICT;
    }
}
