package dev.reel.jsonl;

import java.io.IOException;

/** Where lines belong in a session's file, somebody else's stand, or what was there is gone. Nothing was written. */
final class StrangeBytesException extends IOException {

    private static final long serialVersionUID = 1L;

    StrangeBytesException(String message) {
        super(message);
    }
}
