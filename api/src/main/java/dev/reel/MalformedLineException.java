package dev.reel;

import org.jspecify.annotations.Nullable;

/** Says that a line is not one that {@link dev.reel.spi.LineCodec} reads, why, and where in the line. */
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
     * What is wrong, without the place.
     *
     * @return one line, never empty
     */
    public String reason() {
        return reason;
    }

    /**
     * Where it was found, in bytes from the beginning of the line.
     *
     * @return 0 or more; at most the length of the line
     */
    public int offset() {
        return offset;
    }
}
