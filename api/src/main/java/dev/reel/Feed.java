package dev.reel;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The events of all sessions in one order. Each comes once, under the session that recorded it; forks do not give again
 * what they inherited. Once a reader has got a position, nothing below it comes later, so one {@code long} is a safe
 * checkpoint.
 *
 * <p>A reader that meets {@code session_fork} reads what the fork inherited with {@code replay(fork,
 * Range.between(0, parentVersion))}; that works after the parent's purge too. One that meets {@code session_purged}
 * forgets the session. A fork that was copied from elsewhere comes both ways, so a reader's key is (session, version).
 */
public interface Feed {

    /**
     * The last position that the feed may give now: to start from now; and, read before {@link RowTables#listSessions},
     * the position to ask from the next time.
     *
     * @return the position, 0 where nothing was written
     */
    Mono<Long> position();

    /**
     * What the feed holds when it is subscribed to, in position order; then it completes.
     *
     * @param afterPosition the position behind which to begin, exclusive; 0 for the start
     * @param filter which events
     * @return the events; {@link LogChangedException} when no such position was ever given out, an
     *     {@link InvalidInputException} when it is negative
     */
    Flux<SessionEvent> replayAll(long afterPosition, FeedFilter filter);

    /**
     * The feed as it grows: history, then live. It gives no more than is requested, and completes when the store closes,
     * or when the filter's end is passed.
     *
     * @param afterPosition the position behind which to begin, exclusive; 0 for the start
     * @param filter which events
     * @return the events; {@link LogChangedException} when no such position was ever given out, an
     *     {@link InvalidInputException} when it is negative
     */
    Flux<SessionEvent> tailAll(long afterPosition, FeedFilter filter);

    /**
     * Like {@link #tailAll}, with signals that tell where it stands. {@link TailSignal.Passed} moves a reader's
     * checkpoint past events that its filter dropped: after 1,000 of them, or at the end.
     *
     * @param afterPosition the position behind which to begin, exclusive; 0 for the start
     * @param filter which events
     * @param options which signals
     * @return the signals, events among them; their places are positions; the errors of {@link #tailAll}
     */
    Flux<TailSignal> tailAllSignals(long afterPosition, FeedFilter filter, TailOptions options);
}
