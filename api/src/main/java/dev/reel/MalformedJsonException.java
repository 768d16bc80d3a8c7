package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * A text is not JSON that {@link Json} accepts: not exactly one value, not valid UTF-8, a duplicate member name, or
 * beyond one of the {@link JsonLimits}.
 */
public final class MalformedJsonException extends InvalidInputException {

    private static final long serialVersionUID = 1L;

    private final String reason;
    private final int offset;

    MalformedJsonException(String reason, int offset) {
        this(reason, offset, null);
    }

    MalformedJsonException(String reason, int offset, @Nullable Throwable cause) {
        super(reason + " (at byte " + offset + ")", cause);
        this.reason = reason;
        this.offset = offset;
    }

    /**
     * Returns what is wrong, without the offset. It may quote a name or a character of the text.
     *
     * @return one line, never empty
     */
    public String reason() {
        return reason;
    }

    /**
     * Returns where the error is: the offset in bytes of UTF-8 from the beginning of the input, even if the input was a
     * {@code String}.
     *
     * @return 0 or more; the length of the text if something is missing at its end
     */
    public int offset() {
        return offset;
    }
}
