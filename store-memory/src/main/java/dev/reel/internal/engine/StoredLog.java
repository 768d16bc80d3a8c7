package dev.reel.internal.engine;

import dev.reel.SessionEvent;
import java.util.List;

/**
 * The events of one session that are in its file: versions 1 to {@link #version()}. It grows as events are stored; what
 * is stored never changes. Any thread may read.
 */
public interface StoredLog {

    /**
     * How many events are stored.
     *
     * @return the version of the last, 0 for none
     */
    long version();

    /**
     * How many of them were inherited from a parent, up to the last {@code session_fork}.
     *
     * @return the number, 0 where the session is no fork
     */
    long inherited();

    /**
     * An event.
     *
     * @param version from 1 to {@link #version()}
     * @return the event
     * @throws NeedsReading where it is not in memory and this thread must not read files
     * @throws dev.reel.SessionDamagedException where the file does not hold it any more
     */
    SessionEvent event(long version);

    /**
     * The version of the event with that id.
     *
     * @param eventId the event id
     * @return the version, 0 where it is not among those stored
     * @throws NeedsReading where the answer is not in memory and this thread must not read files
     */
    long versionOf(String eventId);

    /**
     * The same events as the beginning of another session's log.
     *
     * @param sessionId the fork
     * @param prefix how many of them, at most {@link #version()}
     * @param more inherited events behind them that are not stored yet
     * @return a log of its own, of version {@code prefix}; the rest is stored when the fork is
     */
    StoredLog fork(String sessionId, long prefix, List<SessionEvent> more);

    /**
     * How much it is to hold this log in memory, beside others.
     *
     * @return the bytes of its events, about
     */
    long bytes();
}
