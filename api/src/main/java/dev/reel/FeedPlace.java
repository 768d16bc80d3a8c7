package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * A place in the feed of all sessions, to replay or tail from ({@link Feed#tailAll}): the place after the last position
 * that you received.
 *
 * <pre>{@code
 * store.tailAll(FeedPlace.parse(stored), FeedFilter.all())
 *         .concatMap(event -> index(event).thenReturn(FeedPlace.of(event.position())))
 *         .doOnNext(place -> save(place.toString()))
 *         .subscribe();
 * }</pre>
 *
 * <p><b>As text</b> a place is the position in 19 digits; the start is {@code -1}, and {@link #now()} is {@code now}.
 * So places sort as text, and the text can be used unescaped in a URL, in a header, and as the id of a server-sent
 * event.
 */
public final class FeedPlace implements Place {

    private static final FeedPlace START = new FeedPlace(0);
    private static final FeedPlace NOW = new FeedPlace(-1);
    private static final String NOW_TEXT = "now";

    private final long position;

    private FeedPlace(long position) {
        this.position = position;
    }

    /**
     * The place before the first event.
     *
     * @return position 0
     */
    public static FeedPlace start() {
        return START;
    }

    /**
     * The end of the feed when it is subscribed to: a tail from here emits only later events.
     *
     * @return a place without a position
     */
    public static FeedPlace now() {
        return NOW;
    }

    /**
     * The place after a position.
     *
     * @param position the last position that you received, 0 for the start
     * @return the place
     * @throws InvalidInputException if it is negative
     */
    public static FeedPlace of(long position) {
        if (position < 0) {
            throw new InvalidInputException("a position must be 0 or more: " + position);
        }
        return position == 0 ? START : new FeedPlace(position);
    }

    /**
     * Reads the text of a place.
     *
     * @param text a text that {@link #toString} returned
     * @return the place
     * @throws InvalidInputException if it is any other text
     */
    public static FeedPlace parse(String text) {
        if (text.equals(PlaceText.START)) {
            return START;
        }
        if (text.equals(NOW_TEXT)) {
            return NOW;
        }
        try {
            if (text.length() == PlaceText.DIGITS) {
                return of(PlaceText.number(text));
            }
        } catch (NumberFormatException e) {
            throw notAPlace(text, e);
        }
        throw notAPlace(text, null);
    }

    private static InvalidInputException notAPlace(String text, @Nullable Exception cause) {
        return new InvalidInputException(
                "invalid place in the feed " + Ids.quoted(text) + ": expected -1, now, or a position in 19 digits",
                cause);
    }

    /**
     * Returns whether this is the end of the feed at subscription.
     *
     * @return true for {@link #now()} only
     */
    public boolean isNow() {
        return position < 0;
    }

    /**
     * Returns the last position that you received.
     *
     * @return the position, 0 for the start
     * @throws IllegalStateException for {@link #now()}, which has no position
     */
    @Override
    public long position() {
        if (isNow()) {
            throw new IllegalStateException("FeedPlace.now() has no position before it is subscribed to");
        }
        return position;
    }

    /** The position, for a method that accepts only places with a position. */
    long requirePosition(String method) {
        if (isNow()) {
            throw new InvalidInputException(
                    method + " requires a place with a position, not FeedPlace.now(): pass what position() emits");
        }
        return position;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FeedPlace place && place.position == position;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(position);
    }

    @Override
    public String toString() {
        if (isNow()) {
            return NOW_TEXT;
        }
        return position == 0
                ? PlaceText.START
                : PlaceText.append(new StringBuilder(), position).toString();
    }
}
