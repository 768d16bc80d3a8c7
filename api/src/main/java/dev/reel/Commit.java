package dev.reel;

import java.time.Instant;

/**
 * What an append wrote: one batch of events, with contiguous versions.
 *
 * @param sessionId the session
 * @param firstVersion the version of the batch's first event
 * @param version the version of its last event
 * @param eventId the id of its last event
 * @param position the feed position of its last event; no checkpoint of the feed, since events with lower positions may
 *     still be on their way ({@link Feed#position} gives one)
 * @param at the instant of its last event
 * @param repeated whether it had been written before, and nothing was written now
 */
public record Commit(
        String sessionId,
        long firstVersion,
        long version,
        String eventId,
        long position,
        Instant at,
        boolean repeated) {

    /**
     * The place after this commit, to tail or replay from.
     *
     * @return version, id and position of the last event
     */
    public Place place() {
        return Place.inLog(version, eventId, position);
    }
}
