package dev.reel.jsonl;

import java.io.IOException;

/** A flush failed, for whatever reason: nobody knows what is on the disk, and the store must stop writing. */
final class FailedFlushException extends IOException {

    private static final long serialVersionUID = 1L;

    FailedFlushException(String what, IOException cause) {
        super("flushing " + what + " failed: " + cause.getMessage(), cause);
    }
}
