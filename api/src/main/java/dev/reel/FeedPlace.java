package dev.reel;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A place in the feed of all sessions, to replay or tail from ({@link Feed#tailAll}): after the last position that was seen.
 *
 * <pre>{@code
 * store.tailAll(FeedPlace.parse(stored), FeedFilter.all())
 *         .concatMap(event -> index(event).thenReturn(FeedPlace.of(event.position())))
 *         .doOnNext(place -> save(place.toString()))
 *         .subscribe();
 * }</pre>
 *
 * <p><b>As text</b> it is the position in 19 digits; the start is {@code -1}, and the end as it is when the feed is subscribed
 * to is {@code now}. So places sort as text, and the text can stand in a URL, a header, and the id of a server-sent event.
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
     * The place before everything.
     *
     * @return position 0
     */
    public static FeedPlace start() {
        return START;
    }

    /**
     * The end that the feed has when it is subscribed to: a tail from here gives only what comes then.
     *
     * @return a place without a position
     */
    public static FeedPlace now() {
        return NOW;
    }

    /**
     * The place after a position.
     *
     * @param position the last position that was seen, 0 for the start
     * @return the place
     * @throws InvalidInputException when it is negative
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
     * @param text what {@link #toString} gave
     * @return the place
     * @throws InvalidInputException when it is any other text
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
     * Whether this is the end that the feed has when it is subscribed to.
     *
     * @return true for {@link #now()} only
     */
    public boolean isNow() {
        return position < 0;
    }

    /**
     * The last position that was seen.
     *
     * @return the position, 0 for the start
     * @throws IllegalStateException for {@link #now()}, which has none
     */
    @Override
    public long position() {
        if (isNow()) {
            throw new IllegalStateException("FeedPlace.now() has no position before it is subscribed to");
        }
        return position;
    }

    /** The position, for a method that takes only places that have one. */
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
        return position == 0 ? PlaceText.START : String.format(Locale.ROOT, "%0" + PlaceText.DIGITS + "d", position);
    }
}
