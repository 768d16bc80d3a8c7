package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the store needs before it can serve any session is damaged, so it does not open. Look at what the store's verify
 * says, then repair, which keeps the original. A reader of the feed gets it also from an open store, where the index of the
 * feed can't be made anew ({@link #derived}).
 */
public final class StoreDamagedException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final String file;
    private final long line;
    private final long offset;
    private final String reason;

    /**
     * Damage.
     *
     * @param file the file
     * @param line the line, from 1; 0 where the file has no lines
     * @param offset the byte from which on the file is not right, from 0
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
     * Of a store that a newer version of Reel wrote, in a form that this version does not know. Nothing was changed, and
     * nothing is wrong with it.
     *
     * @param file the file that holds the format
     * @param format the store's form
     * @param known the last one that this version knows
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
     * Of a file that can be made anew from others, and can't be just now, so that the feed can't be read there. Sessions
     * can be read and written all the same.
     *
     * @param file the file
     * @param reason what is wrong with it, and why it is not made anew
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
     * The file.
     *
     * @return its name
     */
    public String file() {
        return file;
    }

    /**
     * The line.
     *
     * @return from 1; 0 where the file has no lines
     */
    public long line() {
        return line;
    }

    /**
     * Where the damage begins.
     *
     * @return the offset in bytes, from 0
     */
    public long offset() {
        return offset;
    }

    /**
     * What is wrong there.
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
