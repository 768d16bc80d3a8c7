package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A session's file is damaged or cannot be written. The session rejects reads and writes; other sessions work. Run the
 * store's verify to list the damage, then its repair, which keeps the original file.
 */
public final class SessionDamagedException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final String file;
    private final long line;
    private final long offset;

    /**
     * Creates an exception for a damaged file.
     *
     * @param sessionId the session
     * @param file the file
     * @param line the line, from 1
     * @param offset the byte at which the line begins, from 0
     * @param reason what is wrong there
     */
    public SessionDamagedException(String sessionId, String file, long line, long offset, String reason) {
        super(
                named(sessionId) + " is damaged: " + file + ", line " + line + ", offset " + offset + ": " + reason
                        + "; reel verify lists the damage, reel repair repairs it and keeps the original",
                sessionId,
                null);
        this.file = file;
        this.line = line;
        this.offset = offset;
    }

    private SessionDamagedException(String message, @Nullable String sessionId, String file, long line, long offset) {
        super(message, sessionId, null);
        this.file = file;
        this.line = line;
        this.offset = offset;
    }

    /**
     * Creates an exception for a file that cannot be written although its content is valid: for example, the file is
     * read-only, or a directory has its name. No acknowledged write is lost: the store keeps the missing events
     * elsewhere.
     *
     * @param sessionId the session
     * @param file the file
     * @param offset the byte at which it could not be written, from 0
     * @param reason the reason that the operating system reported
     * @return the exception to signal
     */
    public static SessionDamagedException unwritable(String sessionId, String file, long offset, String reason) {
        Objects.requireNonNull(file, "file");
        Objects.requireNonNull(reason, "reason");
        return new SessionDamagedException(
                named(sessionId) + " can't be written: " + file + ", offset " + offset + ": " + reason
                        + "; the events that it lacks are kept, and written when the file is writable again",
                sessionId,
                file,
                0,
                offset);
    }

    /**
     * Copies the exception for another caller, with its own stack trace. Callers and operators add suppressed
     * exceptions and traces to the exception that they receive, so a store that remembers a damage signals a new copy
     * each time.
     *
     * @return a copy
     */
    public SessionDamagedException copy() {
        return new SessionDamagedException(String.valueOf(getMessage()), sessionId(), file, line, offset);
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
     * @return from 1; 0 if the exception concerns the whole file
     */
    public long line() {
        return line;
    }

    /**
     * Returns where the line begins.
     *
     * @return the offset in bytes, from 0
     */
    public long offset() {
        return offset;
    }

    @Override
    public Category category() {
        return Category.FAILED;
    }
}
