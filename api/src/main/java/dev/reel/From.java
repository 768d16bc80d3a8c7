package dev.reel;

import org.jspecify.annotations.Nullable;

/** Where a tail begins. */
public sealed interface From {

    /**
     * At the start of the log.
     *
     * @return the start
     */
    static From start() {
        return new After(Place.start());
    }

    /**
     * Behind an event. If that version does not carry that id, or lies beyond the log, the tail fails with {@link
     * LogChangedException}: it is another log than the one that was read before.
     *
     * @param version the version of the last event that was seen; 0 for the start
     * @param eventId its id; null for version 0
     * @return the start
     */
    static From after(long version, @Nullable String eventId) {
        return new After(Place.inLog(version, eventId));
    }

    /**
     * Behind a stored place; see {@link #after(long, String)}.
     *
     * @param place a place in a log
     * @return the start
     * @throws IllegalArgumentException when it is a place in the feed
     */
    static From after(Place place) {
        return new After(place);
    }

    /**
     * Behind an event that was seen; see {@link #after(long, String)}.
     *
     * @param event the event
     * @return the start
     */
    static From after(SessionEvent event) {
        return new After(event.place());
    }

    /**
     * At the end that the log has when the tail is subscribed to.
     *
     * @return the start
     */
    static From now() {
        return Now.NOW;
    }

    /**
     * At the last events that the log has when the tail is subscribed to.
     *
     * @param n how many, 1 or more; all where there are fewer
     * @return the start
     * @throws IllegalArgumentException when n is below 1
     */
    static From last(long n) {
        return new Last(n);
    }

    /**
     * Behind a place.
     *
     * @param place the place, in a log
     */
    record After(Place place) implements From {
        /**
         * Checks the place.
         *
         * @param place the place, in a log
         * @throws IllegalArgumentException when it is a place in the feed
         */
        public After {
            if (place.position() > 0) {
                throw new IllegalArgumentException("place " + place + " is one in the feed, not in a session's log");
            }
        }
    }

    /** At the end. */
    enum Now implements From {
        /** The one value. */
        NOW
    }

    /**
     * At the last events.
     *
     * @param count how many, 1 or more
     */
    record Last(long count) implements From {
        /**
         * Checks the number.
         *
         * @param count how many
         * @throws IllegalArgumentException when it is below 1
         */
        public Last {
            if (count < 1) {
                throw new IllegalArgumentException("last(n) takes 1 or more: " + count);
            }
        }
    }
}
