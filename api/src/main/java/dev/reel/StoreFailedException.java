package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The store could not do what was asked of it, for a reason outside of the call.
 *
 * <ul>
 *   <li>A flush to the disk failed, and the store has stopped writing: after a failed flush nobody can tell which bytes are
 *       on the disk. Close the store, look after the disk, and open it again; reopening shows what is there.
 *   <li>The store could not be opened, or not all of it be brought to its files when it was closed; the message has the
 *       file system's reason.
 *   <li>The JVM had no memory or no stack left for this call. The store goes on; others are not concerned. The cause is the
 *       JVM's error.
 * </ul>
 */
public final class StoreFailedException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final Outcome outcome;

    /**
     * A failed store.
     *
     * @param sessionId the session that was to be written, or null
     * @param outcome UNKNOWN for what was being flushed, NOT_WRITTEN for what came later
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
     * An error of the JVM, such as {@link OutOfMemoryError} or {@link StackOverflowError}, while the store was at work.
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
     * A store that can't be opened, or that could not do all of what closing it does, for a reason that the file system
     * gave. Nothing that was acknowledged is lost.
     *
     * @param what which store, what could not be done, why, and what to do, in one line
     * @param cause what the file system said
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
