package dev.reel;

/**
 * Some events of a batch are in the session's log already, with the same content, but not the whole batch in this order
 * and without a gap. Nothing was written. Repeat a batch as it was, or append only what is new.
 */
public final class DuplicateEventException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final String eventId;
    private final long version;

    /**
     * A duplicate.
     *
     * @param sessionId the session
     * @param eventId an id of the batch that is there
     * @param version the version of the event that has it
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
     * An id of the batch that is there.
     *
     * @return the event id
     */
    public String eventId() {
        return eventId;
    }

    /**
     * Where it is.
     *
     * @return the version of the event that has it
     */
    public long version() {
        return version;
    }

    @Override
    public Category category() {
        return Category.CONFLICT;
    }
}
