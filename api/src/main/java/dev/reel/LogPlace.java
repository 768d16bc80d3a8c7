package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A place in a session's log, to replay or tail from ({@link From#after(LogPlace)}, {@link Range#after(LogPlace)}): the
 * place after the last event that you received.
 *
 * <p>A place consists of that event's version, id and position, which together also identify the log. If the session
 * was purged and recreated, no event of the new log has that position, even if it has the same version and id. Resuming
 * from such a place fails with {@link LogChangedException}.
 *
 * <pre>{@code
 * String token = event.place().toString(); // the id of a server-sent event, say
 * Flux<SessionEvent> rest = store.tail("s1", From.after(LogPlace.parse(token))); // when the client comes back
 * }</pre>
 *
 * <p><b>As text</b> a place is the version in 19 digits, a dot, the position, a dot, and the event id; the start is
 * {@code -1}. So the places of one log sort as text, and the text can be used unescaped in a URL, in a header, and as
 * the id of a server-sent event.
 *
 * @param version the version of the last event that you received; 0 for the start
 * @param eventId the id of that event; null at the start
 */
public record LogPlace(long version, @Nullable String eventId, long position) implements Place {

    private static final LogPlace START = new LogPlace(0, null, 0);

    /**
     * Checks the components.
     *
     * @param version the version of the last event that you received
     * @param eventId the id of that event; null at version 0
     * @param position the position of that event; 0 at version 0
     * @throws InvalidInputException if version or position is negative, if a version from 1 lacks the event id or the
     *     position, or if version 0 has one
     */
    public LogPlace {
        if (version < 0 || position < 0 || (version > 0) != (eventId != null) || (version > 0) != (position > 0)) {
            throw new InvalidInputException(
                    "invalid place: version " + version + ", event id " + eventId + ", position " + position
                            + "; a place in a log has a version from 1, an event id and a position from 1");
        }
        if (eventId != null) {
            Ids.checkEventId(eventId);
        }
    }

    /**
     * The place before the first event.
     *
     * @return version 0, position 0
     */
    public static LogPlace start() {
        return START;
    }

    /**
     * The place after an event of a session.
     *
     * @param version the event's version, 1 or more
     * @param eventId its id
     * @param position its position, 1 or more
     * @return the place
     * @throws InvalidInputException if version or position is below 1, or the id is malformed
     */
    public static LogPlace of(long version, String eventId, long position) {
        return new LogPlace(version, Objects.requireNonNull(eventId, "eventId"), position);
    }

    /**
     * Reads the text of a place.
     *
     * @param text a text that {@link #toString} returned
     * @return the place
     * @throws InvalidInputException if it is any other text
     */
    public static LogPlace parse(String text) {
        if (text.equals(PlaceText.START)) {
            return START;
        }
        int dot = text.indexOf('.');
        int second = text.indexOf('.', dot + 1);
        if (dot != PlaceText.DIGITS || second < 0) {
            throw notAPlace(text, null);
        }
        try {
            return of(
                    PlaceText.number(text.substring(0, dot)),
                    text.substring(second + 1),
                    PlaceText.number(text.substring(dot + 1, second)));
        } catch (NumberFormatException e) {
            throw notAPlace(text, e);
        }
    }

    private static InvalidInputException notAPlace(String text, @Nullable Exception cause) {
        return new InvalidInputException(
                "invalid place in a log " + Ids.quoted(text)
                        + ": expected -1, or version (19 digits), position and event id, separated by dots",
                cause);
    }

    @Override
    public String toString() {
        return version == 0
                ? PlaceText.START
                : PlaceText.append(new StringBuilder(), version)
                        .append('.')
                        .append(position)
                        .append('.')
                        .append(eventId)
                        .toString();
    }
}
