package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * A place to resume from, in a session's log or in the feed. It can be stored as text ({@link #toString}, {@link
 * #parse}) and names its log, so that a reader who comes back to another log under the same id is told ({@link
 * LogChangedException}).
 *
 * <p>As text, a place in a log is the version in 19 digits, a dot, and the event id, so that the places of one log sort
 * as text; the start is {@code -1}; a place in the feed is its position in decimal.
 *
 * @param version the version behind which it lies, 0 for the start of a log; 0 in the feed
 * @param eventId the id of the event of that version; null at version 0 and in the feed
 * @param position the position in the feed; 0 in a log
 */
public record Place(long version, @Nullable String eventId, long position) {

    private static final Place START = new Place(0, null, 0);
    private static final int DIGITS = 19;

    /**
     * Checks the parts.
     *
     * @param version the version behind which it lies
     * @param eventId the id of the event of that version
     * @param position the position in the feed
     * @throws IllegalArgumentException when version or position is negative, both are given, or an event id is missing
     *     or too much
     */
    public Place {
        if (version < 0 || position < 0 || version > 0 && position > 0 || (version > 0) != (eventId != null)) {
            throw new IllegalArgumentException("no place: version " + version + ", event id " + eventId + ", position "
                    + position + " (a version from 1 has an event id, 0 has none; the feed has only a position)");
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
     * The place behind an event of a session.
     *
     * @param version the event's version; 0 for the start
     * @param eventId its id; null for version 0
     * @return the place
     */
    public static Place inLog(long version, @Nullable String eventId) {
        return new Place(version, eventId, 0);
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
            if (dot == DIGITS && text.charAt(0) != '-' && text.charAt(0) != '+') {
                return inLog(Long.parseLong(text.substring(0, dot)), text.substring(dot + 1));
            }
            if (dot < 0 && !text.isEmpty() && text.charAt(0) != '-' && text.charAt(0) != '+') {
                return inFeed(Long.parseLong(text));
            }
        } catch (NumberFormatException e) {
            throw notAPlace(text, e);
        }
        throw notAPlace(text, null);
    }

    private static IllegalArgumentException notAPlace(String text, @Nullable Exception cause) {
        return new IllegalArgumentException(
                Ids.quoted(text) + " is no place: -1, a position, or 19 digits, a dot and an event id", cause);
    }

    @Override
    public String toString() {
        if (position > 0) {
            return Long.toString(position);
        }
        return version == 0 ? "-1" : String.format("%0" + DIGITS + "d.%s", version, eventId);
    }
}
