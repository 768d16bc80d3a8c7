package dev.reel.client;

import dev.reel.ReelException;
import org.jspecify.annotations.Nullable;

/**
 * The server can't be reached, or its answer broke off. Nothing was written; a write that may have been received fails with
 * {@link dev.reel.AppendUnknownException} instead. Try again later.
 */
public final class StoreUnreachableException extends ReelException {

    private static final long serialVersionUID = 1;

    /**
     * For an address.
     *
     * @param sessionId the session, or null where the call is about none
     * @param server the address
     * @param cause what the connection said
     */
    public StoreUnreachableException(@Nullable String sessionId, String server, Throwable cause) {
        super(
                "the server at " + server + " can't be reached (" + cause.getMessage()
                        + "); nothing was written; check its address, or retry later",
                sessionId,
                cause);
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
