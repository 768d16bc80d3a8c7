package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The disk has no space for a write. Nothing was written; reads still work. Free space, then subscribe again. */
public final class StoreFullException extends ReelException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception for a full disk.
     *
     * @param sessionId the session that was to be written
     * @param cause the file system's error, or null
     */
    public StoreFullException(String sessionId, @Nullable Throwable cause) {
        super(
                named(sessionId) + ": no disk space is left; nothing was written; free space and retry",
                sessionId,
                cause);
    }

    private StoreFullException(Throwable cause, String message) {
        super(message, null, cause);
    }

    /**
     * Creates an exception for a disk without the space to open the store, or to write everything to the session files
     * when it closes. No acknowledged write is lost.
     *
     * @param what which store, and what could not be done
     * @param cause the file system's error
     * @return the exception to throw or signal
     */
    public static StoreFullException unusable(String what, Throwable cause) {
        Objects.requireNonNull(what, "what");
        Objects.requireNonNull(cause, "cause");
        return new StoreFullException(cause, what + ": no disk space is left; free space and open it again");
    }

    @Override
    public boolean isRetryable() {
        return true;
    }

    @Override
    public Category category() {
        return Category.UNAVAILABLE;
    }
}
