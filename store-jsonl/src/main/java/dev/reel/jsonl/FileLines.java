package dev.reel.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines of a file in large pieces. The current line is in {@link #bytes} from {@link #from} (inclusive) to
 * {@link #to} (exclusive), without its line feed, until the next one is read. A line that is longer than the maximum is
 * skipped and not kept.
 */
final class FileLines {

    private static final int PIECE = 512 << 10;

    /** The piece size in bytes for reading a single line; most lines fit. */
    private static final int SMALL_PIECE = 8 << 10;

    private static final byte[] LINE_FEED = {(byte) 10};

    byte[] bytes;
    int from;
    int to;

    /** The line's number, from 1; blank lines count. */
    long number;

    /** The offset at which the line begins in the file. */
    long offset;

    /** Its length in the file in bytes, without its line feed. */
    long length;

    /** Whether a line feed ends it. */
    boolean ended;

    /** Whether it is longer than the maximum; its bytes are then missing. */
    boolean tooLong;

    /** At the end of the file: whether its last line lacks a line feed. */
    boolean open;

    private final Disk.File file;
    private final int maxBytes;

    /** The offset in the file of the array's first byte. */
    private long base;

    private int filled;
    private int next;

    /** The checksum of all bytes so far, without the last line's line feed. */
    private @Nullable CRC32C sum = new CRC32C();

    private FileLines(Disk.File file, long offset, int maxBytes, int piece) {
        this.file = file;
        this.base = offset;
        this.maxBytes = maxBytes;
        this.bytes = new byte[piece];
    }

    /** Opens the lines of a file, from its beginning. */
    static FileLines of(Disk.File file, int maxBytes) throws IOException {
        long piece = Math.max(SMALL_PIECE, Math.min(PIECE, file.size() + 1));
        return new FileLines(file, 0, maxBytes, (int) piece);
    }

    /** Returns the line that begins at an offset; null if there is none, or if it is too long. */
    static byte @Nullable [] lineAt(Disk.File file, long offset, int maxBytes) throws IOException {
        FileLines lines = new FileLines(file, offset, maxBytes, SMALL_PIECE);
        return lines.next() && !lines.tooLong ? lines.copy() : null;
    }

    /** Returns the number of the line that begins at an offset. */
    static long numberAt(Disk.File file, long offset) throws IOException {
        byte[] piece = new byte[SMALL_PIECE];
        long number = 1;
        long at = 0;
        while (at < offset) {
            ByteBuffer into = ByteBuffer.wrap(piece, 0, (int) Math.min(piece.length, offset - at));
            int read = file.readFully(into, at);
            if (read == 0) {
                break;
            }
            for (int i = 0; i < read; i++) {
                number += piece[i] == '\n' ? 1 : 0;
            }
            at += read;
        }
        return number;
    }

    /** Moves to the next line; returns false at the end of the file. */
    boolean next() throws IOException {
        open = number > 0 && !ended;
        if (ended) {
            add(LINE_FEED, 0, 1);
        }
        from = next;
        offset = base + from;
        tooLong = false;
        long dropped = 0;
        int at = from;
        while (true) {
            while (at < filled && bytes[at] != '\n') {
                at++;
            }
            ended = at < filled;
            if (ended) {
                break;
            }
            if (at - from > maxBytes) {
                tooLong = true;
                add(bytes, from, at);
                dropped += at - from;
                from = at;
            }
            at -= makeRoom();
            int read = file.read(ByteBuffer.wrap(bytes, filled, bytes.length - filled), base + filled);
            if (read < 0) {
                break;
            }
            filled += read;
        }
        to = at;
        length = dropped + to - from;
        if (length == 0 && !ended) {
            return false;
        }
        add(bytes, from, to);
        tooLong = length > maxBytes;
        next = ended ? to + 1 : to;
        number++;
        return true;
    }

    /** Returns a copy of the current line. */
    byte[] copy() {
        return Arrays.copyOfRange(bytes, from, to);
    }

    /** Returns the offset of the current line's line feed, or of the place where it is missing. */
    long end() {
        return offset + length;
    }

    /** Returns the offset at which the next line begins. */
    long nextOffset() {
        return end() + (ended ? 1 : 0);
    }

    /**
     * Returns the CRC-32C of the file up to the end of the current line, without its line feed. Works until {@link
     * #stopSum}.
     */
    int sum() {
        return sum == null ? 0 : (int) sum.getValue();
    }

    /** Stops the calculation of the checksum. */
    void stopSum() {
        sum = null;
    }

    private void add(byte[] of, int begin, int end) {
        if (sum != null) {
            sum.update(of, begin, end - begin);
        }
    }

    /**
     * Moves the started line to the front of the array, or to a longer array if it fills this one. Returns how far it
     * moved.
     */
    private int makeRoom() {
        int moved = from;
        System.arraycopy(bytes, from, bytes, 0, filled - from);
        base += moved;
        filled -= moved;
        from = 0;
        if (filled == bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(2L * bytes.length, Integer.MAX_VALUE - 8));
        }
        return moved;
    }
}
