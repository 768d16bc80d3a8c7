package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * An event id, or a write's idempotency key, is already in the session's log with other content. Nothing was written.
 * Use a new id or key for the new content.
 */
public final class IdempotencyConflictException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final String eventId;
    private final long version;
    private final @Nullable String key;

    /**
     * Creates an exception for a conflict.
     *
     * @param sessionId the session
     * @param eventId the id that the log already has
     * @param version the version of the event with that id
     * @param key the write's idempotency key, from which the id is derived; null if it has none
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
     * Returns the idempotency key that another write used before.
     *
     * @return the key, or null if the write has none and the conflict is about an event id
     */
    public @Nullable String idempotencyKey() {
        return key;
    }

    /**
     * Returns the id that the log already has.
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
