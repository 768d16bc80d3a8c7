package dev.reel;

/**
 * What the store needs before it can serve any session is damaged, so it does not open. Look at what the store's verify
 * says, then repair, which keeps the original.
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
                        + reason + "; verify tells more, repair keeps the original",
                null,
                null);
        this.file = file;
        this.line = line;
        this.offset = offset;
        this.reason = reason;
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
}
