package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a tail begins.
 *
 * <pre>{@code
 * Flux<SessionEvent> all = store.tail("trip", From.start());
 * Flux<SessionEvent> recent = store.tail("trip", From.last(20));
 * Flux<SessionEvent> next = store.tail("trip", From.now());
 * Flux<SessionEvent> rest = store.tail("trip", From.parse(lastEventId)); // a client that comes back
 * }</pre>
 */
public sealed interface From {

    /**
     * At the start of the log.
     *
     * @return the start
     */
    static From start() {
        return new After(LogPlace.start());
    }

    /**
     * After a place. The tail fails with {@link LogChangedException} if the log does not have that event at that version and
     * position: the session was purged and written anew, or restored from an older copy, since the place was read.
     *
     * @param place a place in a log
     * @return the start
     */
    static From after(LogPlace place) {
        return new After(place);
    }

    /**
     * After an event that was seen; see {@link #after(LogPlace)}.
     *
     * @param event the event
     * @return the start
     */
    static From after(SessionEvent event) {
        return new After(event.place());
    }

    /**
     * After the place that a client has sent back, or at the start where it has sent none: for the {@code Last-Event-ID} of
     * server-sent events, or a place that a consumer has kept as text.
     *
     * @param place the text of a {@link LogPlace}, or null or an empty text for the start
     * @return the start
     * @throws InvalidInputException when it is the text of no place
     */
    static From parse(@Nullable String place) {
        return place == null || place.isEmpty() ? start() : after(LogPlace.parse(place));
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
     * @param place the place
     */
    record After(LogPlace place) implements From {

        /**
         * Refuses a null for a part that must be there.
         *
         * @param place the place
         */
        public After {
            Objects.requireNonNull(place, "place");
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
                throw new InvalidInputException("last(n) requires 1 or more: " + count);
            }
        }
    }
}
