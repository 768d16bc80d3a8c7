package dev.reel.internal.engine;

import dev.reel.SessionEvent;
import java.util.List;

/** The stored part of the feed: all positions up to {@link #mark()}. Thread-safe. */
public interface StoredFeed {

    /**
     * The position up to which the feed is stored.
     *
     * @return the last position up to which all positions are settled and all events are stored
     */
    long mark();

    /**
     * Returns the next events after a position, in order. Of a purged session only its {@code session_purged} event is
     * returned.
     *
     * @param position exclusive
     * @return one to a few hundred events, or an empty list if there are none up to the mark
     * @throws NeedsReading if the events are not in memory and this thread must not read files
     * @throws NeedsWaiting if a file has to be rebuilt before the events can be read; only thrown on a thread that may
     *     read files
     */
    List<SessionEvent> after(long position);
}
