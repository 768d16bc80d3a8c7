package dev.reel;

import org.jspecify.annotations.Nullable;

/** A line cannot be read by {@link dev.reel.spi.LineCodec}. */
public final class MalformedLineException extends InvalidInputException {

    private static final long serialVersionUID = 1L;

    private final String reason;
    private final int offset;

    MalformedLineException(String reason, int offset) {
        this(reason, offset, null);
    }

    MalformedLineException(String reason, int offset, @Nullable Throwable cause) {
        super(reason + " (at byte " + offset + " of the line)", cause);
        this.reason = reason;
        this.offset = offset;
    }

    /**
     * Returns what is wrong, without the offset.
     *
     * @return one line, never empty
     */
    public String reason() {
        return reason;
    }

    /**
     * Returns where the error is: the offset in bytes from the beginning of the line.
     *
     * @return 0 or more; at most the length of the line
     */
    public int offset() {
        return offset;
    }
}
