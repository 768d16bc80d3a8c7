package dev.reel.jsonl;

import org.jspecify.annotations.Nullable;

/**
 * A problem that a check of a root found.
 *
 * @param kind the severity
 * @param sessionId the session that it concerns, or null
 * @param file the path of the file in the root, with {@code /}
 * @param line the line's number, from 1; 0 if it concerns the file as a whole, or a file without lines
 * @param offset the offset at which it begins in the file, in bytes
 * @param reason what is wrong, in one line
 */
public record RootProblem(Kind kind, @Nullable String sessionId, String file, long line, long offset, String reason) {

    /** The severity of a problem. */
    public enum Kind {
        /** A session, or the whole store, cannot be opened until it is repaired. */
        DAMAGE,
        /** Two sessions claim the same position, or the same snapshot id. The one with the lower position has it. */
        DISPUTED,
        /**
         * The end of a file that was never acknowledged, or is being written; cut off by the next opening for writing.
         */
        TORN,
        /** An event that is kept but changes no row. */
        NONSENSE,
        /**
         * Skipped contents: lines in ExAthena's part of a file that are not events, and files that belong to no
         * session.
         */
        PASSED,
        /** A file with a session's name and without any event: another program's file, which is left alone. */
        FOREIGN,
        /** An invalid file that is derived from the session files: the next opening for writing rebuilds it. */
        DERIVED,
        /** File names that differ only in case, and would be one file on a file system that ignores case. */
        ALIKE
    }

    /**
     * Returns whether the problem makes a session or the store unusable.
     *
     * @return true for damage
     */
    public boolean isDamage() {
        return kind == Kind.DAMAGE;
    }
}
