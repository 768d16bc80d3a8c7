package dev.reel.jsonl;

import java.io.IOException;

/**
 * Another program's lines are at a place of a session's file where the session's lines belong, or earlier lines are
 * gone. Nothing was written.
 */
final class StrangeBytesException extends IOException {

    private static final long serialVersionUID = 1L;

    StrangeBytesException(String message) {
        super(message);
    }
}
