package dev.reel.internal.engine;

import dev.reel.SessionEvent;
import java.util.List;

/** The part of the feed that is in files: all positions up to {@link #mark()}. Any thread may read. */
public interface StoredFeed {

    /**
     * Up to where the feed is stored.
     *
     * @return the last position that is settled and, where an event has it, stored
     */
    long mark();

    /**
     * The next events behind a position, in order; of purged sessions only their {@code session_purged}.
     *
     * @param position exclusive
     * @return 1 to some hundred events, or none where there are none up to the mark
     * @throws NeedsReading where they are not in memory and this thread must not read files
     * @throws NeedsWaiting where they can't be read before something was made anew; on a thread that may read files only
     */
    List<SessionEvent> after(long position);
}
