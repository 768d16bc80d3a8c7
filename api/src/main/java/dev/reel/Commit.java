package dev.reel;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an append wrote: one batch of events, with contiguous versions. An append of no events writes nothing; its commit has
 * the end that the log had, {@code firstVersion} one above {@code version}.
 *
 * @param sessionId the session
 * @param firstVersion the version of the batch's first event
 * @param version the version of its last event
 * @param eventId the id of its last event; null where no events were appended to an empty log
 * @param position the feed position of its last event; no checkpoint of the feed, since events with lower positions may
 *     still be on their way ({@link Feed#position} gives one)
 * @param at the instant of its last event; null where no events were appended to an empty log
 * @param repeated whether it had been written before, and nothing was written now
 */
public record Commit(
        String sessionId,
        long firstVersion,
        long version,
        @Nullable String eventId,
        long position,
        @Nullable Instant at,
        boolean repeated) {

    /**
     * The place after this commit, to tail or replay from.
     *
     * @return version, id and position of the last event; the start where no events were appended to an empty log
     */
    public LogPlace place() {
        return eventId == null ? LogPlace.start() : LogPlace.of(version, eventId, position);
    }
}
