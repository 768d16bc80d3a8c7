package dev.reel.jsonl;

import dev.reel.spi.LineCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Determines whether a batch is complete. Only the end of the file can cut off a batch. So this class counts the lines
 * that follow the first line of the batch, ahead of the reader. It reads each block of the file only once, even for
 * many batches.
 *
 * <p>If the file ends before the batch does, the batch is torn. It is not torn if one of its lines starts something
 * new: another batch, or a {@code session_fork}, because a fork may inherit only the beginning of a batch.
 */
final class BatchEnds {

    private static final byte[] DATA = ",\"data\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BATCH = ",\"batch\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FORK = ",\"event\":\"session_fork\",".getBytes(StandardCharsets.US_ASCII);

    private final SeekableByteChannel channel;
    private final LineCodec codec;
    private final int maxBytes;
    private final ByteBuffer block = ByteBuffer.allocate(64 << 10);

    /** The offset that the count has reached; so many non-blank lines are before it. */
    private long offset;

    private long lines;
    private boolean lineHasContent;
    private boolean atEnd;

    /** The offset of the last line that starts something new; known at the end of the file. */
    private long lastBreak = -1;

    BatchEnds(SeekableByteChannel channel, LineCodec codec, int maxBytes) {
        this.channel = channel;
        this.codec = codec;
        this.maxBytes = maxBytes;
    }

    /** Returns how many events the batch has that a native line starts; 1 if the line starts none. */
    static int sizeOf(byte[] line) {
        // The members before data contain no objects, and a quote in a string is escaped by a backslash.
        int data = indexOf(line, DATA, line.length);
        int at = indexOf(line, BATCH, data);
        int size = 0;
        for (int i = at + BATCH.length; at >= 0 && i < data; i++) {
            size = size * 10 + line[i] - '0';
        }
        return Math.max(1, size);
    }

    /**
     * Counts the existing lines of a batch.
     *
     * @param begin the offset of its first line
     * @param end the offset of its second line
     * @param before how many non-blank lines the file has up to and including its first line
     * @param size how many lines it should have
     * @return the size, if the batch is complete or something new starts in it
     */
    long count(long begin, long end, long before, int size) throws IOException {
        if (offset < end) {
            offset = end;
            lines = before;
            lineHasContent = false;
        }
        long reader = channel.position();
        try {
            long wanted = before - 1 + size;
            while (lines < wanted && !atEnd) {
                countBlock(end);
            }
            return lines >= wanted || lastBreak > begin ? size : lines - before + 1;
        } finally {
            channel.position(reader);
        }
    }

    private void countBlock(long firstEnd) throws IOException {
        channel.position(offset);
        block.clear();
        int read = channel.read(block);
        for (int i = 0; i < read; i++) {
            byte b = block.get(i);
            if (b == '\n') {
                lines += lineHasContent ? 1 : 0;
                lineHasContent = false;
            } else if (b != ' ' && b != '\t' && b != '\r') {
                lineHasContent = true;
            }
        }
        if (read > 0) {
            offset += read;
            return;
        }
        atEnd = true;
        lookBack(firstEnd);
    }

    /** Finds the last line after an offset that starts something new, and a whole last line without a line feed. */
    private void lookBack(long from) throws IOException {
        channel.position(from);
        LineSplitter splitter = new LineSplitter(channel, maxBytes);
        for (LineSplitter.Line line = splitter.next(); line != null; line = splitter.next()) {
            byte[] bytes = line.bytes();
            if (codec.isNative(bytes)) {
                if (sizeOf(bytes) > 1 || indexOf(bytes, FORK, indexOf(bytes, DATA, bytes.length)) >= 0) {
                    lastBreak = from + line.offset();
                }
                lines += line.ended() || !isWhole(bytes) ? 0 : 1;
            }
        }
    }

    private boolean isWhole(byte[] line) {
        try {
            codec.decode("any", line);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static int indexOf(byte[] bytes, byte[] wanted, int end) {
        for (int i = 0; i <= end - wanted.length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }
}
