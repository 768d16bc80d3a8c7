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
     * How the store is doing, for readiness probes and metrics. It is read anew at each subscription, on the thread that
     * subscribes, without disk I/O, in time proportional to the sessions in memory.
     *
     * @return the status, also of a closed store; never an error
     */
    Mono<StoreStatus> status();

    /**
     * Completes all open tails, for the graceful shutdown of a service that has long-lived clients: {@code tail}, {@code
     * tailSignals}, {@code tailAll}, {@code tailAllSignals} and {@code states}. Writes, reads and replays go on.
     *
     * <pre>{@code
     * store.completeTails()                      // each open SSE response ends
     *         .then(Mono.defer(server::stop))    // requests that are still running finish
     *         .then(Mono.defer(store::closeAsync))
     *         .block();
     * }</pre>
     *
     * <p>A tail completes at once, wherever it stands, even without demand. Unlike {@link #closeAsync}, which first delivers
     * all that is published to tails with demand, it does not deliver what is left: the client resumes after the last place
     * that it received, from this store or another. An event that is being delivered is delivered; a subscriber that is
     * busy completes when it returns.
     *
     * <p>A client may reconnect at once. So from then on, until the store is closed, a tail that is opened emits what is
     * published when it is subscribed to, and completes, as a replay does; with signals, {@link TailSignal.CaughtUp} comes
     * before the end. {@code states} emits the present state and completes.
     *
     * <p>Nothing happens until the result is subscribed to. Subscribing again has no effect on tails that were opened
     * since.
     *
     * @return completes when all open tails are told to complete, on the thread that subscribes; they complete on the
     *     delivery threads, maybe later. On a closed store it completes and has no effect
     */
    Mono<Void> completeTails();

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
