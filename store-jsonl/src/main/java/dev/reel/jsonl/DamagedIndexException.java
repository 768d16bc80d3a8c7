package dev.reel.jsonl;

import java.io.IOException;

/** The index of positions is not as it was written. It is put in doubt, and made anew. */
final class DamagedIndexException extends IOException {

    private static final long serialVersionUID = 1L;

    DamagedIndexException(String reason) {
        super("the index of positions is damaged: " + reason);
    }
}
