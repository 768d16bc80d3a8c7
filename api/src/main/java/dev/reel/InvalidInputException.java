package dev.reel;

import org.jspecify.annotations.Nullable;

/** A value that a caller gave can't be used: it is not of the form that is asked for. Nothing was done with it. */
public class InvalidInputException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /**
     * An invalid input.
     *
     * @param message what is wrong
     */
    public InvalidInputException(String message) {
        super(message);
    }

    /**
     * An invalid input.
     *
     * @param message what is wrong
     * @param cause what found it, or null
     */
    public InvalidInputException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
