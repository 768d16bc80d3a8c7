package dev.reel;

import org.jspecify.annotations.Nullable;

/** An event cannot be appended: its data does not have the form of its type, or only the store writes that type. */
public final class MalformedEventException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final String eventType;

    /**
     * Creates an exception for a malformed event.
     *
     * @param sessionId the session, or null if it is not known yet
     * @param type the event's type
     * @param reason what is wrong
     */
    public MalformedEventException(@Nullable String sessionId, String type, String reason) {
        super(
                (sessionId == null ? "" : named(sessionId) + ": ") + "event of type " + Ids.quoted(type) + " " + reason
                        + "; nothing was written",
                sessionId,
                null);
        this.eventType = type;
    }

    /**
     * Returns the type of the malformed event.
     *
     * @return the type as it was given; it may itself be malformed
     */
    public String eventType() {
        return eventType;
    }

    @Override
    public Category category() {
        return Category.INVALID;
    }
}
