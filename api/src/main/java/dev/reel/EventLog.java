package dev.reel;

import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The logs: append, replay, tail.
 *
 * <pre>{@code
 * Mono<Commit> written = store.append("trip", EventDraft.of("tool_call", Json.object("name", "timetable")));
 * Flux<SessionEvent> recorded = store.replay("trip", Range.all()); // what is there, then it completes
 * Flux<SessionEvent> live = store.tail("trip", From.start());      // what is there, then what comes
 * }</pre>
 *
 * <p><b>Errors</b> are signals of what a call returns. Only a null throws where the call is made; a malformed id, which may
 * come from data, is a signal, an {@link InvalidInputException}.
 *
 * <p><b>Threads.</b> A store in memory delivers answers and history on the thread that subscribes or requests, or on the store's
 * pools; a durable store delivers answers on its pools. Live events always run on a pool, one task per burst. The threads of
 * the pools are Reactor {@code NonBlocking} threads: {@code block()} fails there at once. To call the store again, use {@code
 * flatMap}; to block, move away first:
 *
 * <pre>{@code
 * store.tail(id, From.now())
 *         .publishOn(Schedulers.boundedElastic())
 *         .doOnNext(event -> oldLibrary.write(event.toJson().toString()))
 *         .subscribe();
 * }</pre>
 *
 * <p>A subscriber that sleeps on such a thread all the same holds that one thread; others wait only if all threads sleep.
 */
public interface EventLog {

    /**
     * Appends events to a session as one batch: all of them with contiguous versions, or none. The {@code Mono} is one write,
     * however often it is subscribed to: {@code retry()} is safe, and {@code repeat()} appends nothing more. Call the method
     * again to write again.
     *
     * <p>Event ids that are not given are fixed by this call; the write starts when the result is subscribed to. All
     * subscriptions are the same write: the first that is accepted writes, and all get its answer. The answer comes when
     * the events are durable, and then readers of the session see them; the feed may show them a moment later. Cancelling before acceptance writes nothing; afterwards the
     * write goes on and only the answer is lost.
     *
     * <p>It is idempotent by event id: when the whole batch is in the log already, with the same content, nothing is
     * written and the first commit is given again ({@link Commit#repeated}). Ids are looked up before anything else is
     * checked.
     *
     * @param sessionId the session; it need not exist
     * @param events custom ones, and those that {@link Change} knows, under the checks of their methods; where there are
     *     none, the options are checked, nothing is written, and the commit has the version of the log
     * @param options expected version, turn, idempotency key, meta, or {@link WriteOptions#recorded()}
     * @return the commit; or an error: {@link VersionConflictException}, {@link IdempotencyConflictException}, {@link
     *     DuplicateEventException}, {@link FencedException}, {@link SessionClosedException}, {@link
     *     SnapshotIdTakenException}, {@link SessionNotFoundException} (a {@code session_update} without a row), {@link
     *     MalformedEventException} (types that only the store makes, data not of its type's form), {@link
     *     TooLargeException}, {@link StoreBusyException}, {@link StoreClosedException}, or one of a store that keeps
     *     its logs elsewhere; an {@link InvalidInputException} when the session id is malformed or an id is there twice, an
     *     {@link IllegalArgumentException} when recorded events come without an expectation that allows them
     */
    Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options);

    /**
     * Appends events to a session as one batch; see {@link #append(String, List, WriteOptions)}.
     *
     * @param sessionId the session
     * @param events the events; of none, nothing is written
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
     * What a session's log holds when it is subscribed to, in version order; then it completes. It gives no more than is
     * requested, and holds no more than a cursor between requests.
     *
     * @param sessionId the session
     * @param range which part
     * @return the events; empty for a session without events; {@link LogChangedException} when the range begins behind a
     *     place that this log does not have, {@link SessionPurgedException} when the session is purged before all was
     *     given; an {@link InvalidInputException} when the session id is malformed
     */
    Flux<SessionEvent> replay(String sessionId, Range range);

    /**
     * History, then live: every event after the start exactly once, in version order, whatever writers and other
     * subscribers do meanwhile. It gives no more than is requested; a slow subscriber costs a cursor and is never
     * dropped. Cancelling ends it at once and frees what it held.
     *
     * @param sessionId the session; one without events is waited for
     * @param from where to begin
     * @return the events; completes behind {@code session_close} at the end of the log, when the store closes, or when
     *     the session is purged and all was given; {@link LogChangedException} when the start is not a place of this
     *     log, {@link SessionPurgedException} when the session is purged before all was given; an {@link InvalidInputException} when the session id is malformed
     */
    Flux<SessionEvent> tail(String sessionId, From from);

    /**
     * Like {@link #tail}, with signals that tell where it stands.
     *
     * @param sessionId the session
     * @param from where to begin
     * @param options which signals
     * @return the signals, events among them; the errors of {@link #tail}
     */
    Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions options);

    /**
     * The place of a session's last event, without folding the log: to tail from there, or to expect it in a write ({@link
     * WriteOptions#expecting(LogPlace)}).
     *
     * @param sessionId the session
     * @return the place; empty for a session without events; an {@link InvalidInputException} when the session id is
     *     malformed
     */
    Mono<LogPlace> head(String sessionId);

    /**
     * All sessions that have a log, ordered by the position of the first event that each recorded itself. A session that
     * comes while the list is read may be in it.
     *
     * @return the session ids
     */
    Flux<String> sessionIds();
}
