package dev.reel.jsonl;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Where some events that have positions in a row are: a batch, or several foreign lines.
 *
 * @param position of the first
 * @param life whose events, as {@link Lives} numbers the sessions; 0 for a {@code session_purged}, which is in no file
 * @param offset where the first line begins in the session's file
 * @param bytes up to behind the {@code \n} of the last line
 * @param count how many events
 * @param foreign whether the lines are foreign, and so don't say what their positions are
 */
record Span(long position, int life, long offset, int bytes, int count, boolean foreign) {

    /** Position, offset (8 bytes each), life, bytes, count (less than 0: foreign; 4 each), unused (8), CRC-32C (4). */
    static final int SIZE = 40;

    Span {
        if (position < 1 || life < 0 || offset < 0 || bytes < 0 || count < 1) {
            throw new IllegalArgumentException("position " + position + ", life " + life + ", offset " + offset + ", "
                    + bytes + " bytes, " + count + " events");
        }
    }

    static Span purge(long position) {
        return new Span(position, 0, 0, 0, 1, false);
    }

    /** The same in that life. */
    Span of(int itsLife) {
        return new Span(position, itsLife, offset, bytes, count, foreign);
    }

    boolean isPurge() {
        return life == 0;
    }

    /** The position of the last event. */
    long last() {
        return position + count - 1;
    }

    /** Behind its last byte. */
    long end() {
        return offset + bytes;
    }

    void writeTo(ByteBuffer out) {
        int begin = out.position();
        out.putLong(position).putLong(offset).putInt(life).putInt(bytes);
        out.putInt(foreign ? -count : count).putLong(0);
        out.putInt(crcOf(out, begin));
    }

    /** The span that is written there; null where none is, or it is damaged. */
    static @Nullable Span read(ByteBuffer in, int at) {
        if (in.getInt(at + SIZE - 4) != crcOf(in, at)) {
            return null;
        }
        int count = in.getInt(at + 24);
        // Nothing but what writeTo wrote has the checksum of what it wrote.
        return new Span(
                in.getLong(at), in.getInt(at + 16), in.getLong(at + 8), in.getInt(at + 20), Math.abs(count), count < 0);
    }

    private static int crcOf(ByteBuffer buffer, int at) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.slice(at, SIZE - 4));
        return (int) crc.getValue();
    }
}
