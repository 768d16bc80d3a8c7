package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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
        PASSED;

        private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

        /**
         * The name in JSON. A server that sends signals as server-sent events names them {@code reel:} and this.
         *
         * @return the name in lower case, with hyphens: {@code caught-up}
         */
        @JsonValue
        public String text() {
            return text;
        }

        /**
         * The kind of that name.
         *
         * @param text the name, as {@link #text} gives it
         * @return the kind, or null when there is none of that name
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
     * The wire form, the same under Jackson 2 and Jackson 3, whatever a mapper is set to.
     *
     * <pre>
     * {"kind":"started","place":"-1"}
     * {"kind":"recorded","place":"0000000000000000002.3401.kY7vZb3eQa0","event":{…}}
     * {"kind":"fell-behind","place":"0000000000000000002.3401.kY7vZb3eQa0","published":5000}
     * </pre>
     *
     * <p>All have {@code kind} and {@code place}. {@link Recorded} has {@code event}, in its own wire form, and
     * {@link FellBehind} has {@code published}.
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
     * Reads the wire form back. Members that are not known are passed over. The text of the start is the same in a session's
     * log and in the feed, so the reader says which of the two was tailed:
     *
     * <pre>{@code
     * TailSignal signal = TailSignal.fromJson(json, LogPlace::parse); // of tailAllSignals: FeedPlace::parse
     * }</pre>
     *
     * @param json what {@link #toJson} gave
     * @param parse {@code LogPlace::parse} or {@code FeedPlace::parse}
     * @return a signal that equals the original
     * @throws InvalidInputException when a member is missing or of another form
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
