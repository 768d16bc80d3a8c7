package dev.reel.spi;

import dev.reel.EventDraft;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import dev.reel.internal.Access;
import java.time.Instant;
import java.util.Objects;

/**
 * Creates events, as a store does when it accepts a draft.
 *
 * <pre>{@code
 * SessionEvent event = Events.of("s1", 1, 42, "kY7vZb3eQa0", clock.instant(), 1, draft, Upcasters.none());
 * SessionEvent inherited = Events.under(event, "a fork of s1");
 * }</pre>
 */
public final class Events {

    private Events() {}

    /**
     * Creates the event that a draft becomes when it is accepted.
     *
     * @param sessionId the session
     * @param version its version in the log, from 1; 0 only for {@code session_purged}
     * @param position its position in the feed, from 1
     * @param id the event id
     * @param at the instant; cut to microseconds
     * @param batch the number of events in its batch if it is the first of several, otherwise 1
     * @param draft type, data and the other properties of the event
     * @param upcasters convert older versions of its type
     * @return the event
     */
    public static SessionEvent of(
            String sessionId,
            long version,
            long position,
            String id,
            Instant at,
            int batch,
            EventDraft draft,
            Upcasters upcasters) {
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(draft, "draft");
        Objects.requireNonNull(upcasters, "upcasters");
        return Access.get().event(sessionId, version, position, id, at, batch, draft, upcasters);
    }

    /**
     * Returns the same event as a part of another session's log, as a fork inherits it.
     *
     * @param event the event
     * @param otherSessionId the session whose log is read
     * @return the event under that session
     */
    public static SessionEvent under(SessionEvent event, String otherSessionId) {
        Objects.requireNonNull(event, "event");
        Objects.requireNonNull(otherSessionId, "otherSessionId");
        return Access.get().under(event, otherSessionId);
    }

    /**
     * Returns the number of events that were appended together, which the first of them states. A program that folds a
     * log event by event uses it to find where a commit ends.
     *
     * @param event the event
     * @return the number of events in its batch if it is the first of several, otherwise 1
     */
    public static int batchSize(SessionEvent event) {
        return Access.get().batchSize(event);
    }
}
