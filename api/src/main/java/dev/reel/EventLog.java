package dev.reel;

import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Appends events to session logs, replays them, and tails them live.
 *
 * <pre>{@code
 * Mono<Commit> written = store.append("trip", EventDraft.of("tool_call", Json.object("name", "timetable")));
 * Flux<SessionEvent> recorded = store.replay("trip", Range.all()); // what is there, then it completes
 * Flux<SessionEvent> live = store.tail("trip", From.start());      // what is there, then what comes
 * }</pre>
 *
 * <p><b>Errors</b> are error signals of the returned publisher. Only a null argument throws at the call. A malformed
 * id, which may come from data, is signalled as an {@link InvalidInputException}.
 *
 * <p><b>Threads.</b> A memory store delivers results and history on the thread that subscribes or requests, or on the
 * store's pools. A durable store delivers results on its pools. Live events always run on a pool, one task per burst.
 * Pool threads are Reactor {@code NonBlocking} threads: {@code block()} fails there at once. To call the store again,
 * use {@code flatMap}. To block, switch to another thread first:
 *
 * <pre>{@code
 * store.tail(id, From.now())
 *         .publishOn(Schedulers.boundedElastic())
 *         .doOnNext(event -> oldLibrary.write(event.toJson().toString()))
 *         .subscribe();
 * }</pre>
 *
 * <p>A subscriber that blocks a pool thread in another way, for instance by sleeping, occupies that one thread. Other
 * subscribers wait only if all threads are occupied.
 */
public interface EventLog {

    /**
     * Appends events to a session as one batch: either all of them, with contiguous versions, or none. The {@code
     * Mono} is one write: {@code retry()} is safe, and {@code repeat()} appends nothing more. Call the method again to
     * write again.
     *
     * <p>The write starts when you subscribe to the result; the ids of events without an id are fixed when you call the
     * method. All subscriptions share the write: the first accepted subscription writes, and all of them receive its
     * result.
     *
     * <p>The result is emitted when the events are durable. From then on readers of the session see them; the feed may
     * emit them a moment later. Cancelling before the write is accepted writes nothing. After that the write continues,
     * and only its result is lost.
     *
     * <p>The write is idempotent by event id: if the whole batch is already in the log with the same content, nothing
     * is written and the first commit is returned again ({@link Commit#repeated}). Ids are looked up before any other
     * check.
     *
     * @param sessionId the session; it need not exist
     * @param events custom events, and events of the types that {@link Change} knows; those are checked like a call of
     *     the method that usually writes them. If the list is empty, the options are checked, nothing is written, and
     *     the commit has the version of the log
     * @param options expected version, turn, idempotency key, meta, or {@link WriteOptions#recorded()}
     * @return the commit; or an error: {@link VersionConflictException}, {@link IdempotencyConflictException}, {@link
     *     DuplicateEventException}, {@link FencedException}, {@link SessionClosedException}, {@link
     *     SnapshotIdTakenException}, {@link SessionNotFoundException} (a {@code session_update} without a row), {@link
     *     MalformedEventException} (a type that only the store creates, or data that does not have the form of its
     *     type), {@link TooLargeException}, {@link StoreBusyException}, {@link StoreClosedException}, or an error of a
     *     store that keeps its logs elsewhere; {@link InvalidInputException} if the session id is malformed or an event
     *     id occurs twice; {@link IllegalArgumentException} if recorded events are appended without an expectation that
     *     allows them
     */
    Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options);

    /**
     * Appends events to a session as one batch; see {@link #append(String, List, WriteOptions)}.
     *
     * @param sessionId the session
     * @param events the events; if there are none, nothing is written
     * @return the commit
     */
    default Mono<Commit> append(String sessionId, List<EventDraft> events) {
        return append(sessionId, events, WriteOptions.none());
    }

    /**
     * Appends one event to a session; see {@link #append(String, List, WriteOptions)}.
     *
     * @param sessionId the session
     * @param event the event
     * @return the commit
     */
    default Mono<Commit> append(String sessionId, EventDraft event) {
        return append(sessionId, List.of(event), WriteOptions.none());
    }

    /**
     * Replays a session's log: emits the events that it holds at subscription, in version order, and completes. It
     * emits only what is requested and holds only a cursor between requests.
     *
     * @param sessionId the session
     * @param range the part of the log to emit
     * @return the events; empty for a session without events; {@link LogChangedException} if the range begins after a
     *     place that this log does not have; {@link SessionPurgedException} if the session is purged before everything
     *     was emitted; {@link InvalidInputException} if the session id is malformed
     */
    Flux<SessionEvent> replay(String sessionId, Range range);

    /**
     * Tails a session's log: emits history, then live events. Every event after the start is emitted exactly once, in
     * version order, whatever writers and other subscribers do meanwhile. The tail emits only what is requested; a slow
     * subscriber costs a cursor and is never dropped. Cancelling ends the tail at once and frees what it held.
     *
     * @param sessionId the session; if it has no events yet, the tail waits for them
     * @param from where to begin
     * @return the events; completes after {@code session_close} at the end of the log, when the store closes, or when
     *     the session is purged after everything was emitted; {@link LogChangedException} if the start is not a place
     *     of this log; {@link SessionPurgedException} if the session is purged before everything was emitted; {@link
     *     InvalidInputException} if the session id is malformed
     */
    Flux<SessionEvent> tail(String sessionId, From from);

    /**
     * Tails a session's log like {@link #tail}, and also emits signals that report its progress.
     *
     * @param sessionId the session
     * @param from where to begin
     * @param options which signals to emit
     * @return the signals, events among them; the errors of {@link #tail}
     */
    Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions options);

    /**
     * Returns the place of a session's last event without folding the log. Use it to tail from there, or to expect it
     * in a write ({@link WriteOptions#expecting(LogPlace)}).
     *
     * @param sessionId the session
     * @return the place; empty for a session without events; {@link InvalidInputException} if the session id is
     *     malformed
     */
    Mono<LogPlace> head(String sessionId);

    /**
     * Lists all sessions that have a log, ordered by the position of the first event that each session recorded itself.
     * A session that is created while the list is read may or may not appear in it.
     *
     * @return the session ids
     */
    Flux<String> sessionIds();
}
