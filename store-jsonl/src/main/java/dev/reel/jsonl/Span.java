package dev.reel.jsonl;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The place of some events with consecutive positions: a batch, or several foreign lines.
 *
 * @param position the position of the first event
 * @param life the life of the events, as {@link Lives} numbers them; 0 for a {@code session_purged}, which is in no
 *     file
 * @param offset the offset at which the first line begins in the session's file
 * @param bytes the number of bytes up to and including the {@code \n} of the last line
 * @param count how many events
 * @param foreign whether the lines are foreign, and so do not state their positions
 */
record Span(long position, int life, long offset, int bytes, int count, boolean foreign) {

    /**
     * Position, offset (8 bytes each), life, bytes, count (negative: foreign; 4 each), the span's number in the file, from
     * 1 (8), CRC-32C (4). The number shows that spans were swapped, which their checksums do not.
     */
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

    /** Returns the same span in that life. */
    Span of(int itsLife) {
        return new Span(position, itsLife, offset, bytes, count, foreign);
    }

    boolean isPurge() {
        return life == 0;
    }

    /** Returns the position of the last event. */
    long last() {
        return position + count - 1;
    }

    /** Returns the offset after the last byte. */
    long end() {
        return offset + bytes;
    }

    /** Writes the span as the one after {@code index} others. */
    void writeTo(ByteBuffer out, long index) {
        int begin = out.position();
        out.putLong(position).putLong(offset).putInt(life).putInt(bytes);
        out.putInt(foreign ? -count : count).putLong(index + 1);
        out.putInt(crcOf(out, begin));
    }

    /** Reads the span after {@code index} others; returns null if there is none, or it is damaged. */
    static @Nullable Span read(ByteBuffer in, int at, long index) {
        if (in.getInt(at + SIZE - 4) != crcOf(in, at) || in.getLong(at + 28) != index + 1) {
            return null;
        }
        int count = in.getInt(at + 24);
        // Only a span that writeTo wrote has a matching checksum.
        return new Span(
                in.getLong(at), in.getInt(at + 16), in.getLong(at + 8), in.getInt(at + 20), Math.abs(count), count < 0);
    }

    private static int crcOf(ByteBuffer buffer, int at) {
        return Digests.crc32c(buffer.slice(at, SIZE - 4));
    }
}
