package dev.reel.internal.engine;

import dev.reel.SessionEvent;
import java.util.List;

/**
 * The stored events of one session: versions 1 to {@link #version()}. The log grows as events are stored; stored events
 * never change. Thread-safe.
 */
public interface StoredLog {

    /**
     * How many events are stored.
     *
     * @return the version of the last stored event, or 0 if there is none
     */
    long version();

    /**
     * How many events were inherited from a parent session.
     *
     * @return the number, or 0 if the session is not a fork
     */
    long inherited();

    /**
     * Returns an event.
     *
     * @param version from 1 to {@link #version()}
     * @return the event
     * @throws NeedsReading if the event is not in memory and this thread must not read files
     * @throws dev.reel.SessionDamagedException if the file no longer contains the event
     */
    SessionEvent event(long version);

    /**
     * Returns the version of the event with this id.
     *
     * @param eventId the event id
     * @return the version, or 0 if no stored event has this id
     * @throws NeedsReading if the answer is not in memory and this thread must not read files
     */
    long versionOf(String eventId);

    /**
     * Returns the log of a fork that starts with the first events of this log.
     *
     * @param sessionId the id of the fork
     * @param prefix how many stored events the fork inherits, at most {@link #version()}
     * @param more the inherited events after these, which are not stored yet
     * @return a separate log of version {@code prefix}; {@code more} is stored together with the fork
     */
    StoredLog fork(String sessionId, long prefix, List<SessionEvent> more);

    /**
     * The estimated heap cost of this log.
     *
     * @return the approximate size of its events in bytes
     */
    long bytes();
}
