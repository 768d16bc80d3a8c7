package dev.reel.internal.engine;

import dev.reel.ReelException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A journal that also stores sessions. The engine keeps sessions in memory that are in use or not stored yet, and reads
 * all others from the storage.
 *
 * <p><b>Threads.</b> Files are read only on threads on which {@link #mayRead} returns true. On other threads a method
 * that has to read throws {@link NeedsReading}, and the engine repeats the call through {@link #execute}.
 */
public interface Storage extends Journal {

    /**
     * Whether this thread may read files.
     *
     * @return true on the threads of {@link #execute}
     */
    boolean mayRead();

    /**
     * Runs a task on a thread that may read files, is never interrupted, and never runs a subscriber's code.
     *
     * @param task the task; must not throw
     */
    void execute(Runnable task);

    /**
     * Returns all stored sessions.
     *
     * @return the sessions, in no order; called once, when the store is opened
     */
    Iterable<? extends StoredSession> sessions();

    /**
     * Returns a stored session. Never reads a file.
     *
     * @param sessionId the session
     * @return the session, or null if nothing of it is stored
     */
    @Nullable
    StoredSession session(String sessionId);

    /**
     * Returns the log of a stored session; reads and checks its file.
     *
     * @param sessionId the session
     * @return its log
     * @throws NeedsReading if this thread must not read files
     * @throws ReelException if its file is damaged
     */
    StoredLog open(String sessionId);

    /**
     * Whether a session that cannot be read may be purged, because its file belongs to this store.
     *
     * @param sessionId the session
     * @return true if the store wrote it or assigned its positions in the feed
     */
    default boolean mayPurgeUnread(String sessionId) {
        return false;
    }

    /**
     * Returns the log for a session of which nothing is stored, because it is new or was purged.
     *
     * @param sessionId the session
     * @return an empty log
     */
    StoredLog create(String sessionId);

    /**
     * The stored part of the feed.
     *
     * @return the feed
     */
    StoredFeed feed();

    /**
     * The last position that may have been drawn.
     *
     * @return the position after which new ones are drawn
     */
    long lastPosition();

    /**
     * Whether a purge with this event id was done, or was passed to {@link #write} and has not failed. Called by the
     * session's tasks before they have an effect. A storage that keeps only hashes of the ids returns false for most
     * ids without reading; for the others it has to read and compare the stored ids.
     *
     * @param sessionId the session
     * @param eventId the id of its {@code session_purged}
     * @return whether the purge is known
     * @throws NeedsReading if it has to read a file, and this thread must not
     */
    boolean wasPurged(String sessionId, String eventId);

    /**
     * Calls back when no byte of the session's purged logs is left on disk.
     *
     * @param sessionId the session, whose purge is published
     * @param done called once, from any thread
     * @param failure called instead if erasing fails
     */
    void whenErased(String sessionId, Runnable done, Consumer<ReelException> failure);

    /**
     * The condition of the storage. Called from any thread; neither reads files nor waits.
     *
     * @return whether it accepts writes, and how much work is left
     */
    default Condition condition() {
        return Condition.GOOD;
    }

    /**
     * Makes every acknowledged write durable.
     *
     * @return completes when all of them are durable
     */
    Mono<Void> sync();

    /**
     * Stores all remaining events and releases all files. No batch is passed after this call.
     *
     * @return completes when it is done
     */
    Mono<Void> close();
}
