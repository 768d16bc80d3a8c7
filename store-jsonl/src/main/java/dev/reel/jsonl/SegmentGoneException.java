package dev.reel.jsonl;

import java.io.IOException;

/**
 * The next segment for a follower of the journal was deleted, because all of it is in session files. Restart from
 * these.
 */
final class SegmentGoneException extends IOException {

    private static final long serialVersionUID = 1L;

    SegmentGoneException(long segment) {
        super("segment " + segment + " of the journal is gone");
    }
}
