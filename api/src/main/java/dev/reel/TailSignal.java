package dev.reel;

/**
 * What a tail tells: events, and where it stands between them. Every signal has a {@link #place()} that can be stored and
 * resumed from: a {@link LogPlace} in the tail of a session, a {@link FeedPlace} in a tail of the feed.
 *
 * <p>The order is {@link Started}, history, {@link CaughtUp}, live. Each signal takes one of what the subscriber
 * requested.
 */
public sealed interface TailSignal {

    /**
     * The place behind everything that was delivered up to and with this signal.
     *
     * @return a place in the session's log, or in the feed
     */
    Place place();

    /**
     * An event of the log.
     *
     * @param event the event
     * @param place behind the event
     */
    record Recorded(SessionEvent event, Place place) implements TailSignal {}

    /**
     * The first signal. Relative starts ({@link From#now}, {@link From#last}) are resolved once, to this place; whatever
     * is acknowledged after this signal is delivered.
     *
     * @param place where the tail begins
     */
    record Started(Place place) implements TailSignal {}

    /**
     * All that was published when the tail was subscribed to, or when it had fallen behind, is delivered.
     *
     * @param place behind it
     */
    record CaughtUp(Place place) implements TailSignal {

        /**
         * The version that was reached.
         *
         * @return the version, 0 in the feed
         */
        public long version() {
            return place instanceof LogPlace inLog ? inLog.version() : 0;
        }
    }

    /**
     * A caught-up tail finds more events waiting than its lag allows, as demand returns. The events follow, none is
     * left out, then another {@link CaughtUp}. A screen may read the state anew instead, and tail from there.
     *
     * @param place behind what was delivered
     * @param published the version that the log has, in the feed the position
     */
    record FellBehind(Place place, long published) implements TailSignal {}

    /**
     * Nothing came for the interval that {@link TailOptions#withIdle} asked for.
     *
     * @param place the end of what is published, all of which was delivered
     */
    record Idle(Place place) implements TailSignal {}

    /**
     * In a filtered tail of the feed: everything up to here was passed over or delivered, so a reader's checkpoint may
     * move although its filter let nothing pass.
     *
     * @param place the position
     */
    record Passed(Place place) implements TailSignal {}
}
