package dev.reel.jsonl;

import java.nio.file.Path;

/** The names of what lies in a root beside the session files, all in the directory {@code .reel}. */
final class RootFiles {

    static final String OWN = ".reel";

    /** The {@link Format}. */
    static final String FORMAT = "format";

    /** The {@link RootLock}. */
    static final String LOCK = "lock";

    /** The directory of the {@link Segment}s. */
    static final String JOURNAL = "journal";

    /** The {@link Mark}, in the journal's directory. */
    static final String MARK = "mark";

    /** The {@link Ledger}, and the size up to which it is flushed. */
    static final String LEDGER = "ledger.jsonl";

    static final String LEDGER_MARK = "ledger.mark";

    /** The {@link Catalogue}. */
    static final String CATALOGUE = "catalogue";

    /** The {@link Span}s of the {@link PositionIndex}, and its {@link Lives}. */
    static final String SPANS = "positions";

    static final String LIVES = "lives";

    /** The {@link Reserve}. */
    static final String ROOM = "room";

    /** The directory of {@link Held} events. */
    static final String HELD = "held";

    /** The directory of what is {@link Kept} before it is removed. */
    static final String KEPT = "kept";

    private RootFiles() {}

    /** Returns the directory of everything below. */
    static Path own(Path root) {
        return root.resolve(OWN);
    }

    static Path journal(Path root) {
        return own(root).resolve(JOURNAL);
    }
}
