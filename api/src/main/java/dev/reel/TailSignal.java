package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A signal of a tail: an event, or a report of the tail's progress. Every signal has a {@link #place()} that you can
 * store and resume from: a {@link LogPlace} in the tail of a session, a {@link FeedPlace} in a tail of the feed.
 *
 * <p>The order is {@link Started}, history, {@link CaughtUp}, live events. Each signal, not only an event, uses up one
 * requested element.
 *
 * <p>{@link #kind()} is an enum, so on Java 17 a reader can handle all signals in one {@code switch} that the compiler
 * checks:
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
        /** {@link Started}: the place where the tail begins. */
        STARTED,
        /** {@link CaughtUp}: history is delivered, live events follow. */
        CAUGHT_UP,
        /** {@link FellBehind}: more events are waiting than the lag allows. */
        FELL_BEHIND,
        /** {@link Idle}: no event arrived for an interval. */
        IDLE,
        /** {@link Passed}: everything up to this place was filtered out or delivered. */
        PASSED;

        private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

        /**
         * Returns the name in JSON. A server that sends signals as server-sent events uses {@code reel:} and this name
         * as the event name.
         *
         * @return the name in lower case, with hyphens: {@code caught-up}
         */
        @JsonValue
        public String text() {
            return text;
        }

        /**
         * Returns the kind with a name.
         *
         * @param text the name, as {@link #text} returns it
         * @return the kind, or null if there is none with that name
         */
        public static @Nullable Kind of(@Nullable String text) {
            for (Kind kind : values()) {
                if (kind.text.equals(text)) {
                    return kind;
                }
            }
            return null;
        }
    }

    /**
     * Returns the kind of the signal, for a {@code switch}.
     *
     * @return the kind
     */
    Kind kind();

    /**
     * Returns the place after everything that was delivered up to and including this signal.
     *
     * @return a place in the session's log, or in the feed
     */
    Place place();

    /**
     * Returns the wire form. It is the same with Jackson 2 and Jackson 3, whatever the mapper's configuration.
     *
     * <pre>
     * {"kind":"started","place":"-1"}
     * {"kind":"recorded","place":"0000000000000000002.3401.kY7vZb3eQa0","event":{…}}
     * {"kind":"fell-behind","place":"0000000000000000002.3401.kY7vZb3eQa0","published":5000}
     * </pre>
     *
     * <p>Every signal has {@code kind} and {@code place}. {@link Recorded} also has {@code event}, in the wire form of
     * events, and {@link FellBehind} has {@code published}.
     *
     * @return a JSON object
     */
    @JsonValue
    default Json toJson() {
        WireWriter out = new WireWriter().text("kind", kind().text()).text("place", place().toString());
        if (this instanceof Recorded recorded) {
            out.json("event", recorded.event().toJson());
        } else if (this instanceof FellBehind behind) {
            out.number("published", behind.published());
        }
        return out.toJson();
    }

    /**
     * Reads the wire form. Unknown members are ignored. The start has the same text in a session's log and in the feed,
     * so the caller passes the parser of the kind of place that was tailed:
     *
     * <pre>{@code
     * TailSignal signal = TailSignal.fromJson(json, LogPlace::parse); // of tailAllSignals: FeedPlace::parse
     * }</pre>
     *
     * @param json a value that {@link #toJson} returned
     * @param parse {@code LogPlace::parse} or {@code FeedPlace::parse}
     * @return a signal that equals the original
     * @throws InvalidInputException if a member is missing or malformed
     */
    static TailSignal fromJson(Json json, Function<String, ? extends Place> parse) {
        Objects.requireNonNull(parse, "parse");
        WireReader in = new WireReader("signal", json);
        Kind kind = Kind.of(in.text("kind"));
        if (kind == null) {
            throw in.expected("kind", "one of recorded, started, caught-up, fell-behind, idle, passed");
        }
        Place place = parse.apply(in.text("place"));
        return switch (kind) {
            case RECORDED -> new Recorded(SessionEvent.fromJson(in.object("event")), place);
            case STARTED -> new Started(place);
            case CAUGHT_UP -> new CaughtUp(place);
            case FELL_BEHIND -> new FellBehind(place, in.number("published", 0, Long.MAX_VALUE));
            case IDLE -> new Idle(place);
            case PASSED -> new Passed(place);
        };
    }

    /**
     * An event of the log.
     *
     * @param event the event
     * @param place the place of the event; a tail can go on after it
     */
    record Recorded(SessionEvent event, Place place) implements TailSignal {

        /**
         * Rejects null for a required component.
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
     * The first signal. A relative start ({@link From#now}, {@link From#last}) is resolved once, to this place. Every
     * event that is acknowledged after this signal is delivered.
     *
     * @param place where the tail begins
     */
    record Started(Place place) implements TailSignal {

        /**
         * Rejects null for a required component.
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
     * Everything is delivered that was published when the tail was subscribed to, or when it had fallen behind.
     *
     * @param place the place to continue from
     */
    record CaughtUp(Place place) implements TailSignal {

        /**
         * Rejects null for a required component.
         *
         * @param place the place to continue from
         */
        public CaughtUp {
            Objects.requireNonNull(place, "place");
        }

        @Override
        public Kind kind() {
            return Kind.CAUGHT_UP;
        }

        /**
         * Returns the version that was reached.
         *
         * @return the version, 0 in the feed
         */
        public long version() {
            return place instanceof LogPlace inLog ? inLog.version() : 0;
        }
    }

    /**
     * When demand returned to a caught-up tail, more events were waiting than its lag allows. All these events follow,
     * then another {@link CaughtUp}. Instead of reading them, a screen can read the state again and tail from there.
     *
     * @param place the place of the last delivered event
     * @param published the version of the log, or the position of the feed
     */
    record FellBehind(Place place, long published) implements TailSignal {

        /**
         * Rejects null for a required component.
         *
         * @param place the place of the last delivered event
         * @param published the version of the log, or the position of the feed
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
     * No event arrived for the interval set by {@link TailOptions#withIdle}.
     *
     * @param place the end of the published events, all of which were delivered
     */
    record Idle(Place place) implements TailSignal {

        /**
         * Rejects null for a required component.
         *
         * @param place the end of the published events, all of which were delivered
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
     * In a filtered tail of the feed: every event up to this place was filtered out or delivered. A reader can store
     * the place even though its filter let no event pass.
     *
     * @param place the position
     */
    record Passed(Place place) implements TailSignal {

        /**
         * Rejects null for a required component.
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
