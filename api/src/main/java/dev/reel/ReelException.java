package dev.reel;

import java.util.Objects;
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

    /**
     * What kind of failure it is, for a service that answers its own callers. One line maps all of them:
     *
     * <pre>{@code
     * Mono<Session> answer = store.getSession(id)
     *         .onErrorMap(e -> new ResponseStatusException(
     *                 HttpStatusCode.valueOf(ReelException.Category.of(e).httpStatus()), e.getMessage(), e));
     * }</pre>
     */
    public enum Category {
        /** The session, or what was named in it, is not there. HTTP 404. */
        NOT_FOUND(404),
        /** The log is not in the state that the write needs: another write came first. Read again, then decide. HTTP 409. */
        CONFLICT(409),
        /** What was being read is erased, or is another log now. HTTP 410. */
        GONE(410),
        /** The call carries something that is not of its form. HTTP 400. */
        INVALID(400),
        /** It is larger than the store's bounds. HTTP 413. */
        TOO_LARGE(413),
        /** The store can't do it now; the same call may succeed later, or elsewhere. HTTP 503. */
        UNAVAILABLE(503),
        /** The store, or what it has on the disk, is damaged or has failed. Someone has to look. HTTP 500. */
        FAILED(500);

        private final int httpStatus;

        Category(int httpStatus) {
            this.httpStatus = httpStatus;
        }

        /**
         * The HTTP status that fits.
         *
         * @return a status from 400 to 503
         */
        public int httpStatus() {
            return httpStatus;
        }

        /**
         * The category of any error of a call.
         *
         * @param error what a store signalled, or a {@code parse} method threw
         * @return its category; INVALID for an {@link InvalidInputException}, FAILED for all that is not Reel's
         */
        public static Category of(Throwable error) {
            if (error instanceof ReelException known) {
                return known.category();
            }
            Objects.requireNonNull(error, "error");
            return error instanceof InvalidInputException ? INVALID : FAILED;
        }
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
     * What kind of failure it is.
     *
     * @return the category, the same for all exceptions of a class
     */
    public abstract Category category();

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
