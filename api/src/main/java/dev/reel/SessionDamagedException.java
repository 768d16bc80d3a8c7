package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A session's file is damaged, or can't be written; the session refuses reads and writes, others work. Look at what the store's verify says,
 * then repair, which keeps the original.
 */
public final class SessionDamagedException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final String file;
    private final long line;
    private final long offset;

    /**
     * Damage.
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
     * A session whose file can't be written, though nothing is wrong with what it holds: it is read-only, say, or a
     * directory stands in its place. Nothing that was acknowledged is lost: what the file lacks is held elsewhere in the
     * store.
     *
     * @param sessionId the session
     * @param file the file
     * @param offset the byte at which it could not be written, from 0
     * @param reason what the system says
     * @return the exception to signal
     */
    public static SessionDamagedException unwritable(String sessionId, String file, long offset, String reason) {
        Objects.requireNonNull(file, "file");
        Objects.requireNonNull(reason, "reason");
        return new SessionDamagedException(
                named(sessionId) + " can't be written: " + file + ", offset " + offset + ": " + reason
                        + "; what it lacks is held, and brought in when it can be written again",
                sessionId,
                file,
                0,
                offset);
    }

    /**
     * The same for another caller, with a stack trace of its own. Callers and operators add to the exception that they get:
     * suppressed ones, traces. So a store that remembers a damage signals a copy each time.
     *
     * @return a copy
     */
    public SessionDamagedException copy() {
        return new SessionDamagedException(String.valueOf(getMessage()), sessionId(), file, line, offset);
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
     * @return from 1; 0 where it is about the whole file
     */
    public long line() {
        return line;
    }

    /**
     * Where the line begins.
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
