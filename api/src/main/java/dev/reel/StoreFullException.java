package dev.reel;

import org.jspecify.annotations.Nullable;

/** There is no room for a write. Nothing was written; reads go on. Make room, then subscribe again. */
public final class StoreFullException extends ReelException {

    private static final long serialVersionUID = 1L;

    /**
     * A full store.
     *
     * @param sessionId the session that was to be written
     * @param cause what the file system said, or null
     */
    public StoreFullException(String sessionId, @Nullable Throwable cause) {
        super(named(sessionId) + ": no room is left; nothing was written: make room and try again", sessionId, cause);
    }

    @Override
    public boolean isRetryable() {
        return true;
    }
}
