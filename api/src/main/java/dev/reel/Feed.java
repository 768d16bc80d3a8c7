package dev.reel;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The events of all sessions in one order. Each comes once, under the session that recorded it; forks do not give again
 * what they inherited. Once a reader has got a position, nothing below it comes later, so one {@link FeedPlace} is a safe
 * place to resume from.
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
 * <p>A reader that meets {@code session_fork} reads what the fork inherited with {@code replay(fork,
 * Range.between(0, parentVersion))}; that works after the parent's purge too. One that meets {@code session_purged}
 * forgets the session. A fork that was copied from elsewhere comes both ways, so a reader's key is (session, version).
 */
public interface Feed {

    /**
     * The end of what the feed may give now: to start from it; and, read before {@link RowTables#listSessions}, the position
     * to ask from the next time.
     *
     * @return the place, the start where nothing was written
     */
    Mono<FeedPlace> position();

    /**
     * What the feed holds when it is subscribed to, in position order; then it completes.
     *
     * @param after where to begin: a place that was stored, {@link FeedPlace#start()} or {@link FeedPlace#now()}
     * @param filter which events
     * @return the events; {@link LogChangedException} when no such position was ever given out
     */
    Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter);

    /**
     * The feed as it grows: history, then live. It gives no more than is requested, and completes when the store closes,
     * or when the filter's end is passed.
     *
     * @param after where to begin: a place that was stored, {@link FeedPlace#start()} or {@link FeedPlace#now()}
     * @param filter which events
     * @return the events; {@link LogChangedException} when no such position was ever given out
     */
    Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter);

    /**
     * Like {@link #tailAll}, with signals that tell where it stands. {@link TailSignal.Passed} moves a reader's
     * place past events that its filter dropped: after 1,000 of them, or at the end.
     *
     * @param after where to begin: a place that was stored, {@link FeedPlace#start()} or {@link FeedPlace#now()}
     * @param filter which events
     * @param options which signals
     * @return the signals, events among them; their places are positions; the errors of {@link #tailAll}
     */
    Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions options);
}
