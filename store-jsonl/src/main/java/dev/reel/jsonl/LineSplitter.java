package dev.reel.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Splits a file into lines, one at a time. A line that is longer than the maximum is skipped and not kept. So the
 * memory is bounded by one line and one buffer, whatever the file contains.
 */
final class LineSplitter {

    private static final int BUFFER = 64 << 10;

    /**
     * A line.
     *
     * @param number its number, from 1; blank lines count
     * @param offset the offset at which it begins in the file, in bytes
     * @param bytes its bytes without the line feed; empty if it was too long
     * @param ended whether a line feed ends it
     * @param tooLong whether it is longer than the maximum
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Line(long number, long offset, byte[] bytes, boolean ended, boolean tooLong) {}

    private final ReadableByteChannel channel;
    private final int maxBytes;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).limit(0);
    private long number;
    private long offset;

    /** The part of the line that was read before the buffer, if any. */
    private byte[] begun = new byte[0];

    LineSplitter(ReadableByteChannel channel, int maxBytes) {
        this.channel = channel;
        this.maxBytes = maxBytes;
    }

    /** Returns the next line; null at the end of the file. */
    @Nullable
    Line next() throws IOException {
        long start = offset;
        int length = 0;
        boolean tooLong = false;
        while (true) {
            if (!buffer.hasRemaining() && !fill()) {
                return offset == start ? null : line(start, length, false, tooLong);
            }
            int from = buffer.position();
            int to = endOfLine();
            boolean ended = to < buffer.limit();
            tooLong = tooLong || length + (long) (to - from) > maxBytes;
            if (tooLong) {
                length = 0;
            } else {
                length = keep(length, from, to);
            }
            int taken = to - from + (ended ? 1 : 0);
            buffer.position(from + taken);
            offset += taken;
            if (ended) {
                return line(start, length, true, tooLong);
            }
        }
    }

    private Line line(long start, int length, boolean ended, boolean tooLong) {
        byte[] bytes = Arrays.copyOf(begun, length);
        begun = begun.length > BUFFER ? new byte[0] : begun;
        return new Line(++number, start, bytes, ended, tooLong);
    }

    private int keep(int length, int from, int to) {
        int more = to - from;
        if (begun.length < length + more) {
            int doubled = (int) Math.min(maxBytes, 2L * begun.length);
            begun = Arrays.copyOf(begun, Math.max(doubled, length + more));
        }
        System.arraycopy(buffer.array(), from, begun, length, more);
        return length + more;
    }

    private int endOfLine() {
        byte[] bytes = buffer.array();
        int at = buffer.position();
        while (at < buffer.limit() && bytes[at] != '\n') {
            at++;
        }
        return at;
    }

    private boolean fill() throws IOException {
        buffer.clear();
        int read = channel.read(buffer);
        buffer.flip();
        return read > 0;
    }
}
