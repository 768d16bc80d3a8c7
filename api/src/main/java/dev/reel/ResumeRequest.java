package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How to resume a session. Immutable. */
public final class ResumeRequest {

    private static final ResumeRequest WHOLE = new ResumeRequest(false);
    private static final ResumeRequest UP_TO_LAST_USER_MESSAGE = new ResumeRequest(true);

    private final boolean upToLastUserMessage;

    private ResumeRequest(boolean upToLastUserMessage) {
        this.upToLastUserMessage = upToLastUserMessage;
    }

    /**
     * Resumes the whole session.
     *
     * @return the request
     */
    public static ResumeRequest whole() {
        return WHOLE;
    }

    /**
     * Resumes the session only up to and including the last user message, to run that turn again. If you store the
     * new answer, first {@link Timeline#rewind} to {@link Anchor#lastUserMessage}; otherwise the session contains both
     * answers. If there is no user message, the whole session is resumed.
     *
     * @return the request
     */
    public static ResumeRequest upToLastUserMessage() {
        return UP_TO_LAST_USER_MESSAGE;
    }

    /**
     * Returns whether the messages after the last user message are left out.
     *
     * @return whether they are
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
