package dev.reel.jsonl;

import dev.reel.spi.LineCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Tells whether the batch that a line begins is all there. Only the end of the file can cut one off, so this counts the
 * lines that follow, ahead of the reader, and each block of the file once, however many batches ask.
 *
 * <p>Where the file ends before the batch does, the batch is torn, unless a line in it begins something new: a {@code
 * session_fork}, since a fork may take over the beginning of a batch only, or another batch.
 */
final class BatchEnds {

    private static final byte[] DATA = ",\"data\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BATCH = ",\"batch\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FORK = ",\"event\":\"session_fork\",".getBytes(StandardCharsets.US_ASCII);

    private final SeekableByteChannel channel;
    private final LineCodec codec;
    private final int maxBytes;
    private final ByteBuffer block = ByteBuffer.allocate(64 << 10);

    /** Where counting has come to: behind so many lines that are not blank. */
    private long offset;

    private long lines;
    private boolean lineHasContent;
    private boolean atEnd;

    /** Where the last line begins that begins something new; known at the end of the file. */
    private long lastBreak = -1;

    BatchEnds(SeekableByteChannel channel, LineCodec codec, int maxBytes) {
        this.channel = channel;
        this.codec = codec;
        this.maxBytes = maxBytes;
    }

    /** How many events the batch has that a native line begins; 1 where it begins none. */
    static int sizeOf(byte[] line) {
        // The members before data hold no objects, and a quote in a string has a backslash before it.
        int data = indexOf(line, DATA, line.length);
        int at = indexOf(line, BATCH, data);
        int size = 0;
        for (int i = at + BATCH.length; at >= 0 && i < data; i++) {
            size = size * 10 + line[i] - '0';
        }
        return Math.max(1, size);
    }

    /**
     * How many lines of a batch are there.
     *
     * @param begin where its first line begins
     * @param end where the next line begins
     * @param before how many lines that are not blank the file has up to and with its first
     * @param size how many it has to have
     * @return the size, where it is whole or something else begins in it
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

    /** Finds the last break between a line and the end of the file; and a last line without line feed that is whole. */
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
