package dev.reel;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The feed: the events of all sessions in one order. Each event is emitted once, under the session that recorded it;
 * forks do not emit again what they inherited. After a reader has received an event, no event with a lower position
 * follows, so you can resume from one {@link FeedPlace} safely.
 *
 * <pre>{@code
 * // An index of what users say, in all sessions; it keeps its place together with what it has read.
 * store.tailAll(index.place(), FeedFilter.all().withTypes("user_message", "session_purged"))
 *         .concatMap(event -> event.change() instanceof Change.SessionPurged
 *                 ? index.forget(event.sessionId(), FeedPlace.of(event.position()))
 *                 : index.add(event, FeedPlace.of(event.position())))
 *         .subscribe();
 * }</pre>
 *
 * <p>When you receive {@code session_fork}, read what the fork inherited with {@code replay(fork, Range.between(0,
 * parentVersion))}; this works even after the parent is purged. When you receive {@code session_purged}, forget the
 * session. If a fork was copied from another store, its inherited events are in the feed too, under the fork, so you
 * may read them twice: use (session, version) as the key of what you store.
 */
public interface Feed {

    /**
     * Returns the current end of the feed. Use it to start a tail from there, or read it before {@link
     * RowTables#listSessions} and pass it to {@link SessionQuery#withChangedAfter(FeedPlace)} the next time.
     *
     * @return the place; the start if nothing was written
     */
    Mono<FeedPlace> position();

    /**
     * Replays the feed: emits the events that it holds at subscription, in position order, and completes.
     *
     * @param after where to begin: a stored place, {@link FeedPlace#start()} or {@link FeedPlace#now()}
     * @param filter which events
     * @return the events; {@link LogChangedException} if the store never assigned that position
     */
    Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter);

    /**
     * Tails the feed: emits history, then live events. The tail emits only what is requested. It completes when the
     * store closes, or after it passes the end that the filter sets.
     *
     * @param after where to begin: a stored place, {@link FeedPlace#start()} or {@link FeedPlace#now()}
     * @param filter which events to emit
     * @return the events; {@link LogChangedException} if the store never assigned that position
     */
    Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter);

    /**
     * Tails the feed like {@link #tailAll}, and also emits signals that report its progress. {@link TailSignal.Passed}
     * moves a reader's place past events that its filter dropped: after 1,000 of them, or at the end.
     *
     * @param after where to begin: a stored place, {@link FeedPlace#start()} or {@link FeedPlace#now()}
     * @param filter which events to emit
     * @param options which signals to emit
     * @return the signals, events among them; their places are positions in the feed; the errors of {@link #tailAll}
     */
    Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions options);
}
