package dev.reel.cli;

/** What a person is told when a command can't do what it was asked; the process then ends with 1. */
final class CommandFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CommandFailure(String message) {
        super(message);
    }
}
