package dev.reel.jsonl;

import java.io.IOException;

/** A flush failed. The state of the disk is unknown, and the store must stop writing. */
final class FailedFlushException extends IOException {

    private static final long serialVersionUID = 1L;

    FailedFlushException(String what, IOException cause) {
        super("flushing " + what + " failed: " + cause.getMessage(), cause);
    }
}
