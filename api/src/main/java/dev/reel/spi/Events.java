package dev.reel.spi;

import dev.reel.EventDraft;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import dev.reel.internal.Access;
import java.time.Instant;
import java.util.Objects;

/**
 * Makes events, as a store does when it accepts a draft.
 *
 * <pre>{@code
 * SessionEvent event = Events.of("s1", 1, 42, "kY7vZb3eQa0", clock.instant(), 1, draft, Upcasters.none());
 * SessionEvent inherited = Events.under(event, "a fork of s1");
 * }</pre>
 */
public final class Events {

    private Events() {}

    /**
     * The event that a draft becomes when it is accepted.
     *
     * @param sessionId the session
     * @param version its place in the log, from 1; 0 only for {@code session_purged}
     * @param position its place in the feed, from 1
     * @param id the event id
     * @param at the instant; cut to microseconds
     * @param batch how many events its batch has where it is the first of several, else 1
     * @param draft the rest
     * @param upcasters what reads older versions of its type
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
     * The same event as a part of another session's log, as a fork inherits it.
     *
     * @param event the event
     * @param otherSessionId the session that is asked for
     * @return the event under that session
     */
    public static SessionEvent under(SessionEvent event, String otherSessionId) {
        Objects.requireNonNull(event, "event");
        Objects.requireNonNull(otherSessionId, "otherSessionId");
        return Access.get().under(event, otherSessionId);
    }

    /**
     * How many events were appended together, told by the first of them: who folds a log event by event knows with it where a
     * commit ends.
     *
     * @param event the event
     * @return how many events its batch has where it is the first of several, else 1
     */
    public static int batchSize(SessionEvent event) {
        return Access.get().batchSize(event);
    }
}
