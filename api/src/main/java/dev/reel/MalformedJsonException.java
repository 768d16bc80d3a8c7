package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * Says that a text is not JSON as {@link Json} takes it, and where: not one value, not valid UTF-8, a member name given
 * twice, or beyond one of the {@link JsonLimits}.
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
     * What is wrong, without the place. It may quote a name or a character of the text.
     *
     * @return one line, never empty
     */
    public String reason() {
        return reason;
    }

    /**
     * Where it was found: bytes of UTF-8 from the beginning of what was given, also where that was a {@code String}.
     *
     * @return 0 or more; the length of the text when something is missing at its end
     */
    public int offset() {
        return offset;
    }
}
