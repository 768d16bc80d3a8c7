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
     * @return the start of the tail
     */
    static From start() {
        return new After(LogPlace.start());
    }

    /**
     * After a place. The tail fails with {@link LogChangedException} if the log does not have that event at that
     * version and position: since the place was read, the session was purged and recreated, or restored from an older
     * copy.
     *
     * @param place a place in a log
     * @return the start of the tail
     */
    static From after(LogPlace place) {
        return new After(place);
    }

    /**
     * After an event that you received; see {@link #after(LogPlace)}.
     *
     * @param event the event
     * @return the start of the tail
     */
    static From after(SessionEvent event) {
        return new After(event.place());
    }

    /**
     * After the place that a client sent back, or at the start if it sent none. Use it for the {@code Last-Event-ID} of
     * server-sent events, or for a place that a consumer stored as text.
     *
     * @param place the text of a {@link LogPlace}; null or an empty text for the start
     * @return the start of the tail
     * @throws InvalidInputException if the text is not a place
     */
    static From parse(@Nullable String place) {
        return place == null || place.isEmpty() ? start() : after(LogPlace.parse(place));
    }

    /**
     * At the end of the log when the tail is subscribed to: only later events are emitted.
     *
     * @return the start of the tail
     */
    static From now() {
        return Now.NOW;
    }

    /**
     * At the last events of the log when the tail is subscribed to; later events follow.
     *
     * @param n the number of events, 1 or more; if there are fewer, all of them
     * @return the start of the tail
     * @throws InvalidInputException if n is below 1
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
         * Rejects null for a required component.
         *
         * @param place the place
         */
        public After {
            Objects.requireNonNull(place, "place");
        }
    }

    /** At the end of the log. */
    enum Now implements From {
        /** The only value. */
        NOW
    }

    /**
     * At the last events of the log.
     *
     * @param count the number of events, 1 or more
     */
    record Last(long count) implements From {
        /**
         * Checks the number.
         *
         * @param count the number of events
         * @throws InvalidInputException if it is below 1
         */
        public Last {
            if (count < 1) {
                throw new InvalidInputException("last(n) requires 1 or more: " + count);
            }
        }
    }
}
