package dev.reel.cli;

/** The message that is printed when a command fails. The exit code is then 1. */
final class CommandFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CommandFailure(String message) {
        super(message);
    }
}
