package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The end of a page of the session list, after which the next page begins ({@link SessionQuery#withCursor}).
 *
 * <pre>{@code
 * ListCursor cursor = ListCursor.after(lastOfThePage);
 * String token = cursor.toString(); // for the client
 * SessionQuery next = SessionQuery.all().withLimit(50).withCursor(ListCursor.parse(token)); // when it comes back
 * }</pre>
 *
 * <p>A cursor belongs to the store from which the row was read. It stays valid if that session changes or is deleted.
 * Do not use it as a place in the feed: a reader that began there could miss events.
 *
 * <p><b>As text</b> a cursor has 19 digits, which can be used unescaped in a URL and a header. Treat the text as
 * opaque: its content may change in a later version.
 */
public final class ListCursor {

    private final long position;

    private ListCursor(long position) {
        this.position = position;
    }

    /**
     * Creates the cursor for the rows that follow a row in the list.
     *
     * @param row the last row of a page
     * @return the cursor
     * @throws InvalidInputException if the row has no position because it was not read from a store
     */
    public static ListCursor after(Session row) {
        Objects.requireNonNull(row, "row");
        if (row.position() < 1) {
            throw new InvalidInputException("session " + Ids.quoted(row.id()) + " has no place in the list: position "
                    + row.position() + "; pass a row that was read from the store");
        }
        return new ListCursor(row.position());
    }

    /**
     * Reads the text of a cursor.
     *
     * @param text a text that {@link #toString} returned
     * @return the cursor
     * @throws InvalidInputException if it is any other text
     */
    public static ListCursor parse(String text) {
        try {
            if (text.length() == PlaceText.DIGITS) {
                long position = PlaceText.number(text);
                if (position > 0) {
                    return new ListCursor(position);
                }
            }
        } catch (NumberFormatException e) {
            throw notACursor(text, e);
        }
        throw notACursor(text, null);
    }

    private static InvalidInputException notACursor(String text, @Nullable Exception cause) {
        return new InvalidInputException(
                "invalid cursor " + Ids.quoted(text) + ": pass the cursor of the previous page", cause);
    }

    /**
     * Returns the position below which the rows of the next page lie; for implementers of a store.
     *
     * @return the {@link Session#position} of the row, 1 or more
     */
    public long position() {
        return position;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ListCursor cursor && cursor.position == position;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(position);
    }

    @Override
    public String toString() {
        return PlaceText.append(new StringBuilder(), position).toString();
    }
}
