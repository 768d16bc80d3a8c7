package dev.reel.jsonl;

import org.jspecify.annotations.Nullable;

/**
 * Something that a check of a root found.
 *
 * @param kind how bad it is
 * @param sessionId the session that it concerns, or null
 * @param file the file, from the root, with {@code /}
 * @param line the line's number, from 1; 0 where it concerns the file as a whole, or one without lines
 * @param offset where it begins in the file, in bytes
 * @param reason what is wrong, in one line
 */
public record RootProblem(Kind kind, @Nullable String sessionId, String file, long line, long offset, String reason) {

    /** How bad it is. */
    public enum Kind {
        /** A session, or the whole store, refuses to be opened until it is repaired. */
        DAMAGE,
        /** Two claim what only one can have: a position, or a snapshot's id. The lower position has it. */
        DISPUTED,
        /** The end of a file that was never acknowledged, or is being written; cut off by the next opening for writing. */
        TORN,
        /** An event that is kept, and changes no row. */
        NONSENSE,
        /** What is passed over: lines that ExAthena's part of a file has and that are not events, files of no session. */
        PASSED,
        /** A file that has the name of a session's, and not one event: another program's, which is left alone. */
        FOREIGN,
        /** What is made anew from the session files, and is not right: the next opening for writing makes it anew. */
        DERIVED,
        /** File names that differ only in case, and would be one file where case is ignored. */
        ALIKE
    }

    /**
     * Whether something can't be used because of it.
     *
     * @return true for damage
     */
    public boolean isDamage() {
        return kind == Kind.DAMAGE;
    }
}
