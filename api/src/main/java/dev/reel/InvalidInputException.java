package dev.reel;

import org.jspecify.annotations.Nullable;

/**
 * A text or value that came from outside is not of its form: an id, a place, JSON, a line. Methods that read such a text
 * ({@code parse}, {@code fromJson}, the drafts) throw it; calls of a store signal it. A service answers it with 400, as {@link
 * ReelException.Category#of} says; any other {@link IllegalArgumentException} is a mistake in the code that calls.
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
     * For what is not of its form.
     *
     * @param message what it is, how it begins, and what form is expected
     */
    public InvalidInputException(String message) {
        super(message);
    }

    /**
     * For what is not of its form.
     *
     * @param message what it is, how it begins, and what form is expected
     * @param cause who found it, or null
     */
    public InvalidInputException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
