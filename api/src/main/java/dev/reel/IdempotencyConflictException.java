package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * An event id, or a write's idempotency key, is in the session's log already, with other content. Nothing was written. It
 * stands for one content; give the other content an id or key of its own.
 */
public final class IdempotencyConflictException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final String eventId;
    private final long version;
    private final @Nullable String key;

    /**
     * A conflict.
     *
     * @param sessionId the session
     * @param eventId the id that is there
     * @param version the version of the event that has it
     * @param key the write's idempotency key, which the id follows from; null where it has none
     */
    public IdempotencyConflictException(String sessionId, String eventId, long version, @Nullable String key) {
        super(
                named(sessionId)
                        + (key == null
                                ? " has event " + Ids.quoted(eventId) + " at version " + version
                                        + " with other content; nothing was written; use a new event id for new content"
                                : " has a write with idempotency key " + Ids.quoted(key) + " at version " + version
                                        + " with other content; nothing was written; use a new key for a new write"),
                sessionId,
                null);
        this.eventId = eventId;
        this.version = version;
        this.key = key;
    }

    /**
     * The idempotency key that was given to another write before.
     *
     * @return the key, or null where the write has none and an event's own id is there already
     */
    public @Nullable String idempotencyKey() {
        return key;
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
