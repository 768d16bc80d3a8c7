package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Checks the forms of ids. What a store derives from an idempotency key is in {@link dev.reel.spi.DerivedIds}.
 *
 * <pre>{@code
 * String sessionId = Ids.check("session id", "trip");
 * }</pre>
 */
public final class Ids {

    private static final int MAX_POINTS = 200;
    private static final int MAX_TYPE_POINTS = 100;
    private static final int MAX_EVENT_ID = 100;
    private static final String RESERVED = "reel:";

    private Ids() {}

    /**
     * Checks the form of a session, message or snapshot id, an idempotency key, a turn's holder or a snapshot's label:
     * 1 to 200 code points of any script, without control characters and unpaired surrogates. Texts are never
     * normalized.
     *
     * @param what what the id is for, used in the message
     * @param id the id
     * @return the id
     * @throws InvalidInputException if it does not have that form
     */
    public static String check(String what, String id) {
        Objects.requireNonNull(what, "what");
        return checkText(what, id, MAX_POINTS);
    }

    /**
     * Like {@link #check}, for an id that may be null.
     *
     * @param what what the id is for, used in the message
     * @param id the id, or null
     * @return the id
     * @throws InvalidInputException if it is not null and does not have that form
     */
    public static @Nullable String checkIfGiven(String what, @Nullable String id) {
        Objects.requireNonNull(what, "what");
        return id == null ? null : check(what, id);
    }

    /**
     * Returns whether a text has the form that {@link #check} requires.
     *
     * @param id a text
     * @return whether it can be a session, message or snapshot id, or an idempotency key
     */
    public static boolean isId(String id) {
        return fault(id, MAX_POINTS) == null;
    }

    /**
     * Checks the form of an event id: 1 to 100 characters of {@code A–Z a–z 0–9 - _ . : ~}.
     *
     * @param id the id
     * @return the id
     * @throws InvalidInputException if it does not have that form
     */
    public static String checkEventId(String id) {
        if (!isEventId(id)) {
            throw new InvalidInputException(
                    "event id " + quoted(id) + " must have 1 to 100 characters out of A-Z a-z 0-9 - _ . : ~");
        }
        return id;
    }

    /**
     * Returns whether a text has the form of an event id.
     *
     * @param id a text
     * @return whether {@link #checkEventId} accepts it
     */
    public static boolean isEventId(String id) {
        if (id.isEmpty() || id.length() > MAX_EVENT_ID) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean letterOrDigit = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!letterOrDigit && "-_.:~".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Checks the form of an event type: 1 to 100 code points like those of ids, not beginning with {@code reel:}.
     *
     * @param type the type
     * @return the type
     * @throws InvalidInputException if it does not have that form
     */
    public static String checkEventType(String type) {
        checkText("event type", type, MAX_TYPE_POINTS);
        if (type.startsWith(RESERVED)) {
            throw new InvalidInputException(
                    "event type " + quoted(type) + " begins with reel:, which is reserved for signals");
        }
        return type;
    }

    /**
     * Returns whether a text has the form of an event type.
     *
     * @param type a text
     * @return whether {@link #checkEventType} accepts it
     */
    public static boolean isEventType(String type) {
        return fault(type, MAX_TYPE_POINTS) == null && !type.startsWith(RESERVED);
    }

    private static String checkText(String what, String text, int maxPoints) {
        String fault = fault(text, maxPoints);
        if (fault != null) {
            throw new InvalidInputException(what + " " + quoted(text) + " " + fault);
        }
        return text;
    }

    private static @Nullable String fault(String text, int maxPoints) {
        if (text.isEmpty()) {
            return "is empty";
        }
        int points = 0;
        for (int i = 0; i < text.length(); points++) {
            int point = text.codePointAt(i);
            if (Character.isISOControl(point)) {
                return "has a control character at " + i;
            }
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                return "has an unpaired surrogate at " + i;
            }
            i += Character.charCount(point);
        }
        return points <= maxPoints ? null : "is longer than " + maxPoints + " code points";
    }

    /** Quotes a text for a message: truncated, with every character escaped that could forge a line of a log. */
    static String quoted(String text) {
        StringBuilder out = new StringBuilder("'");
        for (int i = 0; i < Math.min(text.length(), 80); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append(text.length() > 80 ? "…'" : "'").toString();
    }
}
