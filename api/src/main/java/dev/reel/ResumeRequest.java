package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How a session is to be resumed. Immutable. */
public final class ResumeRequest {

    private static final ResumeRequest WHOLE = new ResumeRequest(false);
    private static final ResumeRequest UP_TO_LAST_USER_MESSAGE = new ResumeRequest(true);

    private final boolean upToLastUserMessage;

    private ResumeRequest(boolean upToLastUserMessage) {
        this.upToLastUserMessage = upToLastUserMessage;
    }

    /**
     * All of it.
     *
     * @return the request
     */
    public static ResumeRequest whole() {
        return WHOLE;
    }

    /**
     * Only up to the last message of the user, that one included: to run that turn again. To run it again for good,
     * {@link Timeline#rewind} to {@link Anchor#lastUserMessage} first, so that nothing is stored twice. Where there is
     * no message of a user, all of it.
     *
     * @return the request
     */
    public static ResumeRequest upToLastUserMessage() {
        return UP_TO_LAST_USER_MESSAGE;
    }

    /**
     * Whether what follows the last user message is left out.
     *
     * @return whether it is
     */
    public boolean isUpToLastUserMessage() {
        return upToLastUserMessage;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ResumeRequest that && upToLastUserMessage == that.upToLastUserMessage;
    }

    @Override
    public int hashCode() {
        return Objects.hash(upToLastUserMessage);
    }

    @Override
    public String toString() {
        return Members.of(this).add("upToLastUserMessage", upToLastUserMessage).toString();
    }
}
