package dev.reel.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The progress of the journal, for readers in other processes and for recovery. It is 48 bytes that are written in
 * place: segment, acknowledged, flushed, settled, first, {@code MRK2} and the CRC-32C of the 44 bytes before. It is
 * flushed only before a segment is deleted. After a power cut it may be older, or invalid.
 *
 * <p><b>The first needed segment</b> is never one that the store has deleted, because a segment is deleted only after a
 * mark past it is flushed. So if that segment is missing, another program removed it.
 *
 * <p><b>An older form</b>, {@code MRK1}, has 40 bytes: it lacks the first segment. It is read, and nothing is checked
 * with it. A version that knows only that form finds an unknown magic and treats this mark as missing. It then checks
 * less, and its followers see events later, but nothing wrong.
 *
 * @param segment the last segment
 * @param acknowledged the offset in it up to which its events may be shown
 * @param flushed the offset up to which it is known to be flushed; less than acknowledged if writes are acknowledged
 *     before the flush
 * @param settled the settled position: every event at or below it is in the journal up to here, or in files
 * @param first the first needed segment; one more than the last if none is needed; 0 if unknown
 */
record Mark(long segment, long acknowledged, long flushed, long settled, long first) {

    static final int SIZE = 48;

    private static final int OLD_SIZE = 40;
    private static final byte[] MAGIC = "MRK2".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OLD_MAGIC = "MRK1".getBytes(StandardCharsets.US_ASCII);

    static Path file(Path journal) {
        return journal.resolve(RootFiles.MARK);
    }

    /** Reads the mark. Returns null if it is missing or invalid; it may be half written. */
    static @Nullable Mark read(Disk disk, Path journal) throws IOException {
        Path path = file(journal);
        if (disk.look(path) == null) {
            return null;
        }
        try (Disk.File file = disk.open(path, Disk.Mode.READ)) {
            return read(file);
        }
    }

    static @Nullable Mark read(Disk.File file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(SIZE);
        int size = file.readFully(bytes, 0);
        // An older version may have written its form over this one, whose last bytes are still there.
        if (isWhole(bytes.array(), Math.min(size, OLD_SIZE), OLD_SIZE, OLD_MAGIC)) {
            return new Mark(bytes.getLong(0), bytes.getLong(8), bytes.getLong(16), bytes.getLong(24), 0);
        }
        if (isWhole(bytes.array(), size, SIZE, MAGIC)) {
            return new Mark(
                    bytes.getLong(0), bytes.getLong(8), bytes.getLong(16), bytes.getLong(24), bytes.getLong(32));
        }
        return null;
    }

    private static boolean isWhole(byte[] bytes, int size, int wanted, byte[] magic) {
        int end = wanted - Integer.BYTES;
        return size == wanted
                && Arrays.equals(bytes, end - magic.length, end, magic, 0, magic.length)
                && ByteBuffer.wrap(bytes).getInt(end) == Digests.crc32c(bytes, end);
    }

    /** Returns whether the first needed segment is missing in the existing ones, which are given in order. */
    boolean lacksFirst(List<Segment> there) {
        if (first == 0) {
            return false;
        }
        return there.isEmpty() ? first <= segment : there.get(0).number() > first;
    }

    ByteBuffer encode() {
        ByteBuffer bytes = ByteBuffer.allocate(SIZE);
        bytes.putLong(segment)
                .putLong(acknowledged)
                .putLong(flushed)
                .putLong(settled)
                .putLong(first)
                .put(MAGIC);
        return bytes.putInt(Digests.crc32c(bytes.array(), SIZE - Integer.BYTES)).flip();
    }
}
