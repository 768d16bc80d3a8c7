package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * What a store signals when it can't do what it was asked. Each subtype is one thing that a caller can do something
 * about; the message says what happened, to which session, and what to do.
 */
public abstract class ReelException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What became of a write that failed. */
    public enum Outcome {
        /** Nothing was written, and nothing will be. */
        NOT_WRITTEN,
        /** It may have been written. Subscribing again, or repeating it with the same ids, tells. */
        UNKNOWN
    }

    private final @Nullable String sessionId;

    /**
     * For the subtypes.
     *
     * @param message what happened and what to do
     * @param sessionId the session, or null where it is about none
     * @param cause what led to it, or null
     */
    protected ReelException(String message, @Nullable String sessionId, @Nullable Throwable cause) {
        super(message, cause);
        this.sessionId = sessionId;
    }

    /**
     * The session that it is about.
     *
     * @return the session id, or null where it is about none
     */
    public @Nullable String sessionId() {
        return sessionId;
    }

    /**
     * Whether the same call may succeed later, with nothing done about it.
     *
     * @return true for conditions that pass by themselves
     */
    public boolean isRetryable() {
        return false;
    }

    /**
     * What became of the write.
     *
     * @return NOT_WRITTEN, also for reads; UNKNOWN where it could not be told
     */
    public Outcome outcome() {
        return Outcome.NOT_WRITTEN;
    }

    /** How a message names a session: quoted, and safe in a log. */
    static String named(String sessionId) {
        return "session " + Ids.quoted(sessionId);
    }
}
