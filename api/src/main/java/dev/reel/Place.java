package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A place to resume from, in a session's log or in the feed. It can be stored as text ({@link #toString}, {@link
 * #parse}).
 *
 * <p>A place in a log is the version, id and position of the last event that was seen. Together they name the log, too: if
 * the session was purged and written anew, no event of the new log has that position, even if it has the same version and
 * id. A reader that comes back with such a place gets a {@link LogChangedException}.
 *
 * <p>As text, a place in a log is the version in 19 digits, a dot, the position, a dot, and the event id, so that the places
 * of one log sort as text; the start is {@code -1}; a place in the feed is its position in decimal.
 *
 * @param version the version of the last event that was seen; 0 for the start of a log, and in the feed
 * @param eventId the id of that event; null at version 0 and in the feed
 * @param position the position of that event; in the feed, the last position that was seen; 0 for the start
 */
public record Place(long version, @Nullable String eventId, long position) {

    private static final Place START = new Place(0, null, 0);
    private static final int DIGITS = 19;

    /**
     * Checks the parts.
     *
     * @param version the version of the last event that was seen
     * @param eventId the id of that event; null at version 0 and in the feed
     * @param position the position
     * @throws IllegalArgumentException when version or position is negative, or a version from 1 lacks the event id or the
     *     position, or version 0 has an event id
     */
    public Place {
        if (version < 0 || position < 0 || (version > 0) != (eventId != null) || version > 0 && position == 0) {
            throw new IllegalArgumentException(
                    "invalid place: version " + version + ", event id " + eventId + ", position "
                            + position
                            + "; a place in a log has a version from 1, an event id and a position, a place in the feed"
                            + " only a position");
        }
        if (eventId != null) {
            Ids.checkEventId(eventId);
        }
    }

    /**
     * The place before everything.
     *
     * @return version 0, position 0
     */
    public static Place start() {
        return START;
    }

    /**
     * The place after an event of a session.
     *
     * @param version the event's version, 1 or more
     * @param eventId its id
     * @param position its position
     * @return the place
     * @throws IllegalArgumentException when version or position is below 1
     */
    public static Place inLog(long version, String eventId, long position) {
        return new Place(version, eventId, position);
    }

    /**
     * A place in the feed.
     *
     * @param position the position, 0 for the start
     * @return the place
     */
    public static Place inFeed(long position) {
        return new Place(0, null, position);
    }

    /**
     * Whether this is a place in the feed, and not in a session's log. The start is a place in both.
     *
     * @return false for a place in a log, and for the start
     */
    public boolean isInFeed() {
        return version == 0 && position > 0;
    }

    /**
     * Reads the text of a place.
     *
     * @param text what {@link #toString} gave
     * @return the place
     * @throws IllegalArgumentException when it is no such text
     */
    public static Place parse(String text) {
        try {
            if (text.equals("-1")) {
                return START;
            }
            int dot = text.indexOf('.');
            if (dot < 0) {
                return inFeed(number(text));
            }
            int second = text.indexOf('.', dot + 1);
            if (dot == DIGITS && second > 0) {
                return inLog(
                        number(text.substring(0, dot)),
                        text.substring(second + 1),
                        number(text.substring(dot + 1, second)));
            }
        } catch (NumberFormatException e) {
            throw notAPlace(text, e);
        }
        throw notAPlace(text, null);
    }

    /** Digits only: no sign, which {@link Long#parseLong} would take. */
    private static long number(String digits) {
        if (digits.isEmpty() || !Character.isDigit(digits.charAt(0))) {
            throw new NumberFormatException("a number begins with a digit: " + digits);
        }
        return Long.parseLong(digits);
    }

    private static IllegalArgumentException notAPlace(String text, @Nullable Exception cause) {
        return new IllegalArgumentException(
                "invalid place " + Ids.quoted(text)
                        + ": expected -1, a position, or version (19 digits), position and event id, separated by dots",
                cause);
    }

    @JsonValue
    @Override
    public String toString() {
        if (version > 0) {
            return String.format(Locale.ROOT, "%0" + DIGITS + "d.%d.%s", version, position, eventId);
        }
        return position > 0 ? Long.toString(position) : "-1";
    }
}
