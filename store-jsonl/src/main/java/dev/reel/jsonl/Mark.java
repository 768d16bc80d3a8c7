package dev.reel.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * How far the journal is, for readers in other processes and for recovery: 48 bytes that are written in place, segment,
 * acknowledged, flushed, settled, first, {@code MRK2} and CRC-32C of the 44 bytes before. It is flushed only before a
 * segment is deleted: after a power cut it may tell of an earlier time, or nothing.
 *
 * <p><b>The first segment</b> that is needed never names one that was deleted as it should be: a segment is deleted after
 * the mark that passes over it is flushed. So when that segment is not there, somebody else took it away.
 *
 * <p><b>An older form</b>, {@code MRK1}, has 40 bytes: it lacks the first segment. It is read, and nothing is checked with
 * it. A version that knows only that form takes this one for no mark at all, since it finds another magic where it looks
 * for its own. Then it checks less, and its followers see events later, but nothing wrong.
 *
 * @param segment the last one
 * @param acknowledged up to where what it holds may be shown
 * @param flushed up to where it is known to be on the disk; less than acknowledged where answers don't wait for that
 * @param settled the position up to which the feed may be shown: no event comes any more at or below it that is not in
 *     the journal up to here, or in files
 * @param first the first segment that is needed; one more than the last where none is; 0 where that is not known
 */
record Mark(long segment, long acknowledged, long flushed, long settled, long first) {

    static final int SIZE = 48;

    private static final int OLD_SIZE = 40;
    private static final byte[] MAGIC = "MRK2".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OLD_MAGIC = "MRK1".getBytes(StandardCharsets.US_ASCII);

    static Path file(Path journal) {
        return journal.resolve("mark");
    }

    /** Null where there is none, or one that is not right: it may be just being written. */
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
                && ByteBuffer.wrap(bytes).getInt(end) == checksum(bytes, end);
    }

    /** Whether the first segment that is needed is missing among those that are there, given in order. */
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
        return bytes.putInt(checksum(bytes.array(), SIZE - Integer.BYTES)).flip();
    }

    private static int checksum(byte[] bytes, int size) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, size);
        return (int) crc.getValue();
    }
}
