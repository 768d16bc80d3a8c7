package dev.reel.jsonl;

import java.io.IOException;

/** The index of positions differs from what was written. It is put in doubt and rebuilt. */
final class DamagedIndexException extends IOException {

    private static final long serialVersionUID = 1L;

    DamagedIndexException(String reason) {
        super("the index of positions is damaged: " + reason);
    }
}
