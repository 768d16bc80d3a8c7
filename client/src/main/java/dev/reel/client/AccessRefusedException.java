package dev.reel.client;

import dev.reel.ReelException;
import org.jspecify.annotations.Nullable;

/**
 * The server refuses the request: the token is missing, is wrong, or allows only reads, or the server does not accept
 * requests for this host name. Nothing was written. Set the right token with {@link ClientOptions#withToken}.
 */
public final class AccessRefusedException extends ReelException {

    private static final long serialVersionUID = 1;

    /**
     * Creates the exception for a refused request.
     *
     * @param sessionId the session, or null if the request is not about a session
     * @param reason the reason that the server gave
     */
    public AccessRefusedException(@Nullable String sessionId, String reason) {
        super("the server refuses the request: " + reason + "; nothing was written; check the token", sessionId, null);
    }

    @Override
    public Category category() {
        return Category.FAILED;
    }
}
