package dev.reel;

/**
 * An event id, or a write's id, is in the session's log already, with other content. Nothing was written. An id stands
 * for one content; give the other content an id of its own.
 */
public final class IdempotencyConflictException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final String eventId;
    private final long version;

    /**
     * A conflict.
     *
     * @param sessionId the session
     * @param eventId the id that is there
     * @param version the version of the event that has it
     */
    public IdempotencyConflictException(String sessionId, String eventId, long version) {
        super(
                named(sessionId) + " has event " + Ids.quoted(eventId) + " at version " + version
                        + " with other content; nothing was written: give other content another id",
                sessionId,
                null);
        this.eventId = eventId;
        this.version = version;
    }

    /**
     * The id that is there.
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
