package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The store could not do what was asked, for a reason outside the call.
 *
 * <ul>
 *   <li>A flush to disk failed, and the store has stopped writing: after a failed flush it is unknown which bytes are
 *       on disk. Close the store, check the disk, and open the store again; opening it shows what is there.
 *   <li>The store could not be opened, or could not write everything to its files when it was closed; the message has
 *       the file system's reason.
 *   <li>The JVM ran out of memory or stack during this call. The store continues, and other calls are not affected. The
 *       cause is the JVM's error.
 * </ul>
 */
public final class StoreFailedException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final Outcome outcome;

    /**
     * Creates an exception for a store that has stopped writing.
     *
     * @param sessionId the session that was to be written, or null
     * @param outcome UNKNOWN for writes that were being flushed, NOT_WRITTEN for later ones
     * @param cause what failed
     */
    public StoreFailedException(@Nullable String sessionId, Outcome outcome, Throwable cause) {
        super(
                (sessionId == null ? "" : named(sessionId) + ": ") + "the store stopped writing after a failed flush; "
                        + (outcome == Outcome.UNKNOWN ? "the outcome is unknown" : "nothing was written")
                        + "; close the store, check the disk, open it again",
                sessionId,
                cause);
        this.outcome = outcome;
    }

    private StoreFailedException(String message, @Nullable String sessionId, Outcome outcome, Throwable cause) {
        super(message, sessionId, cause);
        this.outcome = outcome;
    }

    /**
     * Creates an exception for an error of the JVM, such as {@link OutOfMemoryError} or {@link StackOverflowError},
     * during a call.
     *
     * @param sessionId the session that was read or written, or null
     * @param outcome whether something may have been written
     * @param cause the JVM's error
     * @return the exception to signal
     */
    public static StoreFailedException of(@Nullable String sessionId, Outcome outcome, Throwable cause) {
        Objects.requireNonNull(outcome, "outcome");
        Objects.requireNonNull(cause, "cause");
        String what = (sessionId == null ? "" : named(sessionId) + ": ") + "the JVM failed during the call (" + cause
                + "); " + (outcome == Outcome.UNKNOWN ? "the outcome is unknown" : "nothing was written");
        return new StoreFailedException(
                what + ": read or write less at once, or give the JVM more memory", sessionId, outcome, cause);
    }

    /**
     * Creates an exception for a store that cannot be opened, or cannot be closed completely, for a reason that the
     * file system reported. No acknowledged write is lost.
     *
     * @param what which store, what could not be done, why, and what to do, in one line
     * @param cause the file system's error
     * @return the exception to throw or signal
     */
    public static StoreFailedException unusable(String what, Throwable cause) {
        Objects.requireNonNull(what, "what");
        Objects.requireNonNull(cause, "cause");
        return new StoreFailedException(what, null, Outcome.NOT_WRITTEN, cause);
    }

    @Override
    public Outcome outcome() {
        return outcome;
    }

    @Override
    public Category category() {
        return Category.FAILED;
    }
}
