package dev.reel;

import reactor.core.publisher.Mono;

/**
 * A store of sessions: every write is an event on a session's log, rows are folded from the log alone, and callers
 * replay a log or tail it live.
 *
 * <pre>{@code
 * try (SessionStore sessions = MemorySessionStore.create()) {
 *     sessions.putSession("trip", SessionDraft.empty().withTitle("A trip to Madrid"))
 *             .then(sessions.putMessage("trip", MessageDraft.user("Is there a night train?")))
 *             .thenMany(sessions.replay("trip", Range.all()))
 *             .doOnNext(event -> System.out.println(event.version() + " " + event.type()))
 *             .blockLast();
 * }
 * }</pre>
 *
 * <p>Thread-safe. You can implement the interface to wrap a store ({@link ForwardingSessionStore} helps); until the
 * next major version, new methods are default methods.
 *
 * <p>A store does not append to several sessions atomically, because the session is the unit of order, conflict and
 * erasure. It does not run agents and does not keep their files.
 */
public interface SessionStore extends EventLog, Feed, RowTables, Timeline, AutoCloseable {

    /**
     * Waits until every write that was acknowledged before is on disk. A store that writes nothing to disk completes at
     * once.
     *
     * @return completes when the writes are on disk; fails with {@link StoreFailedException} if they cannot be written
     */
    Mono<Void> sync();

    /**
     * Returns how the store is doing, for readiness probes and metrics. Each subscription reads the status again, on
     * the subscribing thread and without disk I/O, in time proportional to the number of sessions in memory.
     *
     * @return the status, also of a closed store; never an error
     */
    Mono<StoreStatus> status();

    /**
     * Completes all open tails, for the graceful shutdown of a service with long-lived clients: {@code tail}, {@code
     * tailSignals}, {@code tailAll}, {@code tailAllSignals} and {@code states}. Writes, reads and replays continue.
     *
     * <pre>{@code
     * store.completeTails()                      // each open SSE response ends
     *         .then(Mono.defer(server::stop))    // requests that are still running finish
     *         .then(Mono.defer(store::closeAsync))
     *         .block();
     * }</pre>
     *
     * <p>A tail completes at once, at whatever event it is and even without demand. {@link #closeAsync} first delivers
     * everything that is published to tails with demand; this method does not. The client resumes after the last place
     * that it received, from this store or another. An event whose delivery has begun is delivered in full; if a
     * subscriber is busy, its tail completes after it returns.
     *
     * <p>A client may reconnect at once. Therefore, until the store is closed, each new tail emits what is published
     * when it is subscribed to and then completes, like a replay. If it emits signals, {@link TailSignal.CaughtUp}
     * precedes the completion. {@code states} emits the current state and completes.
     *
     * <p>Nothing happens until you subscribe to the result. Subscribing again has no effect on tails that were opened
     * since.
     *
     * @return completes on the subscribing thread when all open tails have been told to complete; they complete on the
     *     delivery threads, possibly later. On a closed store it completes and has no effect
     */
    Mono<Void> completeTails();

    /**
     * Closes the store: accepted writes finish, tails complete, and later calls fail with {@link StoreClosedException}.
     * Closing a closed store has no effect.
     *
     * @return completes when all accepted writes have finished; cancelling does not stop the closing
     */
    Mono<Void> closeAsync();

    /**
     * Closes the store and waits until it is closed. Do not call it on threads that must not block; use {@link
     * #closeAsync} there.
     */
    @Override
    void close();
}
