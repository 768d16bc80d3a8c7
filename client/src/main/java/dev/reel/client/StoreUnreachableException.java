package dev.reel.client;

import dev.reel.ReelException;
import org.jspecify.annotations.Nullable;

/**
 * The server can't be reached, or the connection broke before the whole answer arrived. Nothing was written; a write
 * that the server may have received fails with {@link dev.reel.AppendUnknownException} instead. Retry later.
 */
public final class StoreUnreachableException extends ReelException {

    private static final long serialVersionUID = 1;

    /**
     * Creates the exception for a server address.
     *
     * @param sessionId the session, or null if the call is not about a session
     * @param server the address
     * @param cause the error of the connection
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
