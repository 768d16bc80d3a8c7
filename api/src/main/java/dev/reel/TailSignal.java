package dev.reel;

import java.util.Objects;

/**
 * What a tail tells: events, and where it stands between them. Every signal has a {@link #place()} that can be stored and
 * resumed from: a {@link LogPlace} in the tail of a session, a {@link FeedPlace} in a tail of the feed.
 *
 * <p>The order is {@link Started}, history, {@link CaughtUp}, live. Each signal takes one of what the subscriber
 * requested.
 *
 * <p>{@link #kind()} is an enum, so that on Java 17 a reader of signals is one {@code switch} that the compiler checks:
 *
 * <pre>{@code
 * switch (signal.kind()) {
 *     case RECORDED -> show(((TailSignal.Recorded) signal).event());
 *     case CAUGHT_UP -> markAsLive();
 *     case STARTED, FELL_BEHIND, IDLE, PASSED -> {}
 * }
 * }</pre>
 */
public sealed interface TailSignal {

    /** The kinds of signals. */
    enum Kind {
        /** {@link Recorded}: an event of the log. */
        RECORDED,
        /** {@link Started}: where the tail begins. */
        STARTED,
        /** {@link CaughtUp}: history is delivered, live begins. */
        CAUGHT_UP,
        /** {@link FellBehind}: more events wait than the lag allows. */
        FELL_BEHIND,
        /** {@link Idle}: nothing came for an interval. */
        IDLE,
        /** {@link Passed}: a filter passed over everything up to here. */
        PASSED
    }

    /**
     * Which kind of signal it is, to switch on.
     *
     * @return the kind
     */
    Kind kind();

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
     * @param place the place of the event; a tail can go on after it
     */
    record Recorded(SessionEvent event, Place place) implements TailSignal {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param event the event
         * @param place the place of the event; a tail can go on after it
         */
        public Recorded {
            Objects.requireNonNull(event, "event");
            Objects.requireNonNull(place, "place");
        }

        @Override
        public Kind kind() {
            return Kind.RECORDED;
        }
    }

    /**
     * The first signal. Relative starts ({@link From#now}, {@link From#last}) are resolved once, to this place; whatever
     * is acknowledged after this signal is delivered.
     *
     * @param place where the tail begins
     */
    record Started(Place place) implements TailSignal {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param place where the tail begins
         */
        public Started {
            Objects.requireNonNull(place, "place");
        }

        @Override
        public Kind kind() {
            return Kind.STARTED;
        }
    }

    /**
     * All that was published when the tail was subscribed to, or when it had fallen behind, is delivered.
     *
     * @param place the place to go on after
     */
    record CaughtUp(Place place) implements TailSignal {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param place the place to go on after
         */
        public CaughtUp {
            Objects.requireNonNull(place, "place");
        }

        @Override
        public Kind kind() {
            return Kind.CAUGHT_UP;
        }

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
     * @param place the place of the last event that was delivered
     * @param published the version that the log has, in the feed the position
     */
    record FellBehind(Place place, long published) implements TailSignal {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param place the place of the last event that was delivered
         * @param published the version that the log has, in the feed the position
         */
        public FellBehind {
            Objects.requireNonNull(place, "place");
        }

        @Override
        public Kind kind() {
            return Kind.FELL_BEHIND;
        }
    }

    /**
     * Nothing came for the interval that {@link TailOptions#withIdle} asked for.
     *
     * @param place the end of what is published, all of which was delivered
     */
    record Idle(Place place) implements TailSignal {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param place the end of what is published, all of which was delivered
         */
        public Idle {
            Objects.requireNonNull(place, "place");
        }

        @Override
        public Kind kind() {
            return Kind.IDLE;
        }
    }

    /**
     * In a filtered tail of the feed: everything up to here was passed over or delivered, so a reader's place may move
     * although its filter let nothing pass.
     *
     * @param place the position
     */
    record Passed(Place place) implements TailSignal {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param place the position
         */
        public Passed {
            Objects.requireNonNull(place, "place");
        }

        @Override
        public Kind kind() {
            return Kind.PASSED;
        }
    }
}
