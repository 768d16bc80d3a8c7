package dev.reel;

import org.jspecify.annotations.Nullable;

/** An event can't be appended as it is: its data is not what its type asks for, or only the store makes that type. */
public final class MalformedEventException extends ReelException {

    private static final long serialVersionUID = 1L;

    /**
     * A malformed event.
     *
     * @param sessionId the session, or null where there is none yet
     * @param type the event's type
     * @param reason what is wrong
     */
    public MalformedEventException(@Nullable String sessionId, String type, String reason) {
        super(
                (sessionId == null ? "" : named(sessionId) + ": ") + "event of type " + Ids.quoted(type) + " " + reason
                        + "; nothing was written",
                sessionId,
                null);
    }

    @Override
    public Category category() {
        return Category.INVALID;
    }
}
