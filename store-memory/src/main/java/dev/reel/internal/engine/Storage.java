package dev.reel.internal.engine;

import dev.reel.ReelException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A journal with what lies behind it: the logs that are not in memory. The engine keeps in memory what is in use and what
 * is not stored yet; all else it asks for here.
 *
 * <p><b>Threads.</b> Files are read only where {@link #mayRead} says so. Elsewhere, whatever has to read throws {@link
 * NeedsReading}, and the engine does the same again through {@link #execute}.
 */
public interface Storage extends Journal {

    /**
     * Whether this thread may read files.
     *
     * @return true on the threads of {@link #execute}
     */
    boolean mayRead();

    /**
     * Does something on a thread that may read files, that nobody interrupts, and on which no code of a subscriber runs.
     *
     * @param task what to do; throws nothing
     */
    void execute(Runnable task);

    /**
     * All sessions that are stored.
     *
     * @return the sessions, in no order; asked for once, when the store is opened
     */
    Iterable<? extends StoredSession> sessions();

    /**
     * A session that is stored; never reads.
     *
     * @param sessionId the session
     * @return what is known, or null where nothing is stored of it
     */
    @Nullable
    StoredSession session(String sessionId);

    /**
     * The log of a session that is stored; reads and checks its file.
     *
     * @param sessionId the session
     * @return its log
     * @throws NeedsReading where this thread must not read files
     * @throws ReelException where its file is damaged
     */
    StoredLog open(String sessionId);

    /**
     * Whether a session that can't be read may be erased: whether what is there is this store's.
     *
     * @param sessionId the session
     * @return true where the store wrote it, or gave it its place in the feed
     */
    default boolean mayPurgeUnread(String sessionId) {
        return false;
    }

    /**
     * The log of a session of which nothing is stored: it is new, or was purged.
     *
     * @param sessionId the session
     * @return an empty log
     */
    StoredLog create(String sessionId);

    /**
     * The feed, as far as it is stored.
     *
     * @return the feed
     */
    StoredFeed feed();

    /**
     * The last position that may have been given out.
     *
     * @return the position behind which new ones are drawn
     */
    long lastPosition();

    /**
     * Whether a purge with that event id was done, or was given to {@link #write} and has not failed. Called by the
     * session's tasks, before they have an effect. A storage that holds no ids answers false for most ids without reading;
     * for the others it has to compare what is stored.
     *
     * @param sessionId the session
     * @param eventId the id of its {@code session_purged}
     * @return whether the purge is known
     * @throws NeedsReading if it has to read to answer, and this thread must not
     */
    boolean wasPurged(String sessionId, String eventId);

    /**
     * Tells when no byte of a session's purged logs is left.
     *
     * @param sessionId the session, whose purge is published
     * @param done called once, from any thread
     * @param failure called instead, when it can't be done
     */
    void whenErased(String sessionId, Runnable done, Consumer<ReelException> failure);

    /**
     * How it is doing. From any thread; neither reads files nor waits.
     *
     * @return whether it accepts writes, and what is left to do
     */
    default Condition condition() {
        return Condition.GOOD;
    }

    /**
     * Makes durable all that was acknowledged.
     *
     * @return completes when it is
     */
    Mono<Void> sync();

    /**
     * Stores what is left, and lets go of all files. No batch comes any more.
     *
     * @return completes when it is done
     */
    Mono<Void> close();
}
