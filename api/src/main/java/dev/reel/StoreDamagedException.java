package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file that the store needs before it can serve any session is damaged, so the store does not open. Run the store's
 * verify to list the damage, then its repair, which keeps the original file. A reader of the feed also receives this
 * exception from an open store if the feed's index cannot be rebuilt ({@link #derived}).
 */
public final class StoreDamagedException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final String file;
    private final long line;
    private final long offset;
    private final String reason;

    /**
     * Creates an exception for a damaged file.
     *
     * @param file the file
     * @param line the line, from 1; 0 if the file has no lines
     * @param offset the byte at which the damage begins, from 0
     * @param reason what is wrong there
     */
    public StoreDamagedException(String file, long line, long offset, String reason) {
        super(
                "the store is damaged: " + file + (line == 0 ? "" : ", line " + line) + ", offset " + offset + ": "
                        + reason + "; reel verify lists the damage, reel repair repairs it and keeps the original",
                null,
                null);
        this.file = file;
        this.line = line;
        this.offset = offset;
        this.reason = reason;
    }

    private StoreDamagedException(String message, String file, String reason, @Nullable Throwable cause) {
        super(message, null, cause);
        this.file = file;
        this.line = 0;
        this.offset = 0;
        this.reason = reason;
    }

    /**
     * Creates an exception for a store that was written by a newer version of Reel, in a format that this version does
     * not know. The store is not damaged, and nothing was changed.
     *
     * @param file the file that states the format
     * @param format the store's format
     * @param known the newest format that this version knows
     * @return the exception to signal
     */
    public static StoreDamagedException newer(String file, int format, int known) {
        Objects.requireNonNull(file, "file");
        String reason = "the store has format " + format + ", and this version of Reel knows formats up to " + known;
        return new StoreDamagedException(
                reason + ": " + file + "; nothing was changed; open it with the newer version that wrote it",
                file,
                reason,
                null);
    }

    /**
     * Creates an exception for a file that can be rebuilt from others, but not now, so that the feed cannot be read
     * there. Sessions can still be read and written.
     *
     * @param file the file
     * @param reason what is wrong with it, and why it is not rebuilt
     * @param cause what failed
     * @return the exception to signal
     */
    public static StoreDamagedException derived(String file, String reason, Throwable cause) {
        Objects.requireNonNull(file, "file");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(cause, "cause");
        return new StoreDamagedException(
                "the feed can't be read here: " + file + ": " + reason
                        + "; nothing is lost, sessions can be read and written; read again later",
                file,
                reason,
                cause);
    }

    /**
     * Returns the file.
     *
     * @return the file's name
     */
    public String file() {
        return file;
    }

    /**
     * Returns the line.
     *
     * @return from 1; 0 if the file has no lines
     */
    public long line() {
        return line;
    }

    /**
     * Returns where the damage begins.
     *
     * @return the offset in bytes, from 0
     */
    public long offset() {
        return offset;
    }

    /**
     * Returns what is wrong there.
     *
     * @return the reason, in one line
     */
    public String reason() {
        return reason;
    }

    @Override
    public Category category() {
        return Category.FAILED;
    }
}
