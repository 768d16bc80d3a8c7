package dev.reel;

/**
 * A session's file is damaged; the session refuses reads and writes, others work. Look at what the store's verify says,
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
                        + "; verify tells more, repair keeps the original",
                sessionId,
                null);
        this.file = file;
        this.line = line;
        this.offset = offset;
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
     * @return from 1
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
}
