package dev.reel.client;

import dev.reel.ReelException;
import org.jspecify.annotations.Nullable;

/**
 * The server does not let this client do what it asks for: its token is missing, wrong, or may only read, or the server takes no
 * requests of another host. Nothing was written. Set the right token with {@link ClientOptions#withToken}.
 */
public final class AccessRefusedException extends ReelException {

    private static final long serialVersionUID = 1;

    /**
     * For a refusal.
     *
     * @param sessionId the session, or null where the call is about none
     * @param reason what the server says
     */
    public AccessRefusedException(@Nullable String sessionId, String reason) {
        super("the server refuses the request: " + reason + "; nothing was written; check the token", sessionId, null);
    }

    @Override
    public Category category() {
        return Category.FAILED;
    }
}
