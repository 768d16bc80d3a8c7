package dev.reel.jsonl;

import java.io.IOException;

/** What a follower of the journal wanted next was deleted, since all of it is in session files: start there again. */
final class SegmentGoneException extends IOException {

    private static final long serialVersionUID = 1L;

    SegmentGoneException(long segment) {
        super("segment " + segment + " of the journal is gone");
    }
}
