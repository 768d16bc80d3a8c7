package dev.reel.internal.engine;

import dev.reel.Session;
import dev.reel.SessionEvent;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What another store has published, as the storage of a follower reports it. One thread at a time calls this. */
public final class FollowedNews {

    private final Core core;
    private final Sessions sessions;
    /** Returns the row of a session whose log has to be read. */
    private final Function<StoredSession, @Nullable Session> reading;

    FollowedNews(Sessions sessions, Function<StoredSession, @Nullable Session> reading) {
        this.core = sessions.core();
        this.sessions = sessions;
        this.reading = reading;
    }

    /**
     * Called by the storage when the other store has published a batch. The batches of one session are reported in
     * order.
     *
     * @param changed the session's place in the session list before this batch, or 0 if it had none
     * @param birth the position of the first event that the session itself recorded, as known before this batch, or 0
     * @param now the session's stored state after this batch
     * @param events the events of the batch as the session recorded them
     */
    public void follow(long changed, long birth, StoredSession now, List<SessionEvent> events) {
        core.index().followed(changed, birth, now, reading);
        for (SessionEvent event : events) {
            if (SessionLog.removesSnapshots(event)) {
                core.snapshots().releaseAll(now.id());
            }
            for (String snapshot : SessionLog.snapshotIds(event)) {
                core.snapshots().claim(snapshot, now.id(), event.position(), true);
            }
        }
        core.feed().follow(events);
        SessionLog log = sessions.known(now.id());
        if (log != null) {
            log.follow(events);
        }
    }

    /**
     * Adds a batch to the feed only, if the session, the index and the snapshots already include it.
     *
     * @param events the events of the batch as the session recorded them
     */
    public void follow(List<SessionEvent> events) {
        SessionEvent first = events.get(0);
        if (first.version() == 0) {
            // The session was purged since, so its earlier events have to leave the core.feed().
            core.feed().erase(first.sessionId(), first.position());
        }
        core.feed().follow(events);
    }

    /**
     * Called by the storage when the other store has purged a session.
     *
     * @param changed the session's place in the session list before the purge, or 0 if it had none
     * @param birth the position of the first event that the session itself recorded, or 0
     * @param purge the {@code session_purged} event
     * @param finalVersion the last version of the purged log
     */
    public void followPurge(long changed, long birth, SessionEvent purge, long finalVersion) {
        core.index().followed(changed, birth, null, reading);
        core.snapshots().releaseAll(purge.sessionId());
        core.feed().erase(purge.sessionId(), purge.position());
        core.feed().follow(List.of(purge));
        SessionLog log = sessions.known(purge.sessionId());
        if (log != null) {
            log.followPurge(finalVersion);
        }
    }

    /**
     * Called by the storage when it no longer knows the other store's state of a session. The log is dropped from
     * memory and read again at the next access.
     *
     * @param changed the session's place in the session list until now, or 0 if it had none
     * @param birth the position of the first event that the session itself recorded, or 0
     * @param sessionId the session
     * @param now the session's stored state, or null if the session does not exist
     */
    public void followAnew(long changed, long birth, String sessionId, @Nullable StoredSession now) {
        core.index().followed(changed, birth, now, reading);
        core.snapshots().releaseAll(sessionId);
        if (now != null) {
            now.snapshots()
                    .forEach((snapshot, position) -> core.snapshots().claim(snapshot, sessionId, position, true));
        }
        SessionLog log = sessions.known(sessionId);
        if (log != null) {
            log.followAnew();
        }
    }

    /**
     * Called by the storage when the other store's feed is settled up to a position: each event up to it was passed to
     * {@link #follow}, or is stored.
     *
     * @param upTo a position
     */
    public void settled(long upTo) {
        core.feed().settle(upTo);
    }
}
