package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An error that a store signals if it cannot do what it was asked to do. Each subtype is one condition that a caller
 * can handle; the message says what happened, in which session, and what to do.
 */
public abstract class ReelException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The outcome of a failed write. */
    public enum Outcome {
        /** Nothing was written, and nothing will be. */
        NOT_WRITTEN,
        /** It may have been written. To find out, subscribe again, or repeat the write with the same ids. */
        UNKNOWN
    }

    /**
     * The category of the failure, for a service that answers its own callers. One expression maps all of them:
     *
     * <pre>{@code
     * Mono<Session> answer = store.getSession(id)
     *         .onErrorMap(e -> new ResponseStatusException(
     *                 HttpStatusCode.valueOf(ReelException.Category.of(e).httpStatus()), e.getMessage(), e));
     * }</pre>
     */
    public enum Category {
        /** The session, or something that was named in it, does not exist. HTTP 404. */
        NOT_FOUND(404),
        /**
         * The log is not in the state that the write requires: another write came first. Read again, then decide. HTTP
         * 409.
         */
        CONFLICT(409),
        /** What was being read has been erased, or belongs to another log now. HTTP 410. */
        GONE(410),
        /** An argument of the call is malformed. HTTP 400. */
        INVALID(400),
        /** Something exceeds the store's bounds. HTTP 413. */
        TOO_LARGE(413),
        /** The store cannot do it now; the same call may succeed later, or elsewhere. HTTP 503. */
        UNAVAILABLE(503),
        /** The store, or its data on disk, is damaged or has failed. An operator must look at it. HTTP 500. */
        FAILED(500);

        private final int httpStatus;

        Category(int httpStatus) {
            this.httpStatus = httpStatus;
        }

        /**
         * Returns the HTTP status of the category.
         *
         * @return a status from 400 to 503
         */
        public int httpStatus() {
            return httpStatus;
        }

        /**
         * Returns the category of any error of a call.
         *
         * @param error an error that a store signalled, or that a {@code parse} method threw
         * @return its category; INVALID for an {@link InvalidInputException}, FAILED for errors of other libraries
         */
        public static Category of(Throwable error) {
            if (error instanceof ReelException reelError) {
                return reelError.category();
            }
            Objects.requireNonNull(error, "error");
            return error instanceof InvalidInputException ? INVALID : FAILED;
        }
    }

    private final @Nullable String sessionId;

    /**
     * Creates an exception; called by the subtypes.
     *
     * @param message what happened and what to do
     * @param sessionId the session, or null if the error concerns none
     * @param cause the cause, or null
     */
    protected ReelException(String message, @Nullable String sessionId, @Nullable Throwable cause) {
        super(message, cause);
        this.sessionId = sessionId;
    }

    /**
     * Returns the session that the error concerns.
     *
     * @return the session id, or null if it concerns none
     */
    public @Nullable String sessionId() {
        return sessionId;
    }

    /**
     * Returns the category of the failure.
     *
     * @return the category, the same for all exceptions of a class
     */
    public abstract Category category();

    /**
     * Returns whether the same call may succeed later without any other action.
     *
     * @return true for conditions that can pass by themselves
     */
    public boolean isRetryable() {
        return false;
    }

    /**
     * Returns the outcome of the write.
     *
     * @return NOT_WRITTEN, also for reads; UNKNOWN if the outcome is unknown
     */
    public Outcome outcome() {
        return Outcome.NOT_WRITTEN;
    }

    /** A session's name in a message: quoted, and safe in a log. */
    static String named(String sessionId) {
        return "session " + Ids.quoted(sessionId);
    }
}
