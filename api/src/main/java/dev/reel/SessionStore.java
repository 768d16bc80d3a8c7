package dev.reel;

import reactor.core.publisher.Mono;

/**
 * A store of sessions: every write is an event on a session's log, rows are folded from the log alone, and callers
 * replay a log or tail it live.
 *
 * <p>Safe for use by many threads. Users implement it too, to wrap a store; new methods come as default methods until a
 * major version.
 *
 * <p>What it will not do: append to several sessions atomically (the session is the unit of order, conflict and
 * erasure), run agents, or keep their files.
 */
public interface SessionStore extends EventLog, Feed, RowTables, Timeline, AutoCloseable {

    /**
     * Everything that was acknowledged before is on the disk. A store that keeps nothing there completes at once.
     *
     * @return completes when it is; {@link StoreFailedException} when it can't be
     */
    Mono<Void> sync();

    /**
     * Closes the store: accepted writes are finished, tails complete, later calls fail with {@link
     * StoreClosedException}. Closing a closed store is nothing.
     *
     * @return completes when all accepted writes are finished; cancelling does not stop it
     */
    Mono<Void> closeAsync();

    /** Closes the store and waits until it is; not for threads that must not block ({@link #closeAsync} is). */
    @Override
    void close();
}
