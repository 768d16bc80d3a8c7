package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * A flush to the disk failed, and the store has stopped writing: after a failed flush nobody can tell which bytes are
 * on the disk. Close the store, look after the disk, and open it again; reopening tells what is there.
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
                (sessionId == null ? "" : named(sessionId) + ": ") + "the store has stopped writing, a flush failed; "
                        + (outcome == Outcome.UNKNOWN ? "the outcome is unknown" : "nothing was written")
                        + ": close the store, look after the disk, open it again",
                sessionId,
                cause);
        this.outcome = outcome;
    }

    @Override
    public Outcome outcome() {
        return outcome;
    }
}
