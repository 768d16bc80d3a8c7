package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * A text or value from outside is malformed: an id, a place, JSON, a line. Methods that read such a text ({@code
 * parse}, {@code fromJson}, the drafts) throw the exception; calls of a store signal it. A service should answer with
 * HTTP 400, as {@link ReelException.Category#of} returns; any other {@link IllegalArgumentException} is a bug in the
 * calling code.
 *
 * <pre>{@code
 * try {
 *     return store.tail(id, From.after(LogPlace.parse(lastEventId)));
 * } catch (InvalidInputException e) {
 *     return Flux.error(new ResponseStatusException(HttpStatus.BAD_REQUEST, e.getMessage()));
 * }
 * }</pre>
 */
public class InvalidInputException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception for a malformed input.
     *
     * @param message what it is, how it begins, and what form is expected
     */
    public InvalidInputException(String message) {
        super(message);
    }

    /**
     * Creates an exception for a malformed input.
     *
     * @param message what it is, how it begins, and what form is expected
     * @param cause the error of the reader that found it, or null
     */
    public InvalidInputException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
