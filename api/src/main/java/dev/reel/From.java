package dev.reel;

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
     * After a place. The tail fails with {@link LogChangedException} if the log does not have that event at that version and
     * position: the session was purged and written anew, or restored from an older copy, since the place was read.
     *
     * @param place a place in a log
     * @return the start
     * @throws InvalidInputException when it is a place in the feed
     */
    static From after(Place place) {
        return new After(place);
    }

    /**
     * After an event that was seen; see {@link #after(Place)}.
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
     * @throws InvalidInputException when n is below 1
     */
    static From last(long n) {
        return new Last(n);
    }

    /**
     * After a place.
     *
     * @param place the place, in a log
     */
    record After(Place place) implements From {
        /**
         * Checks the place.
         *
         * @param place the place, in a log
         * @throws InvalidInputException when it is a place in the feed
         */
        public After {
            if (place.isInFeed()) {
                throw new InvalidInputException("place " + place
                        + " is in the feed: a session's log needs a place from an event, a commit or a state");
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
         * @throws InvalidInputException when it is below 1
         */
        public Last {
            if (count < 1) {
                throw new InvalidInputException("last(n) takes 1 or more: " + count);
            }
        }
    }
}
