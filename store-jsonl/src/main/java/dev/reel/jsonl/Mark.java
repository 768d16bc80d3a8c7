package dev.reel.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * How far the journal is, for readers in other processes and for recovery: 40 bytes that are written in place, segment,
 * acknowledged, flushed, settled, {@code MRK1} and CRC-32C of the 36 bytes before. It is not flushed itself: after a power cut it
 * may tell of an earlier time, or nothing.
 *
 * @param segment the last one
 * @param acknowledged up to where what it holds may be shown
 * @param flushed up to where it is known to be on the disk; less than acknowledged where answers don't wait for that
 * @param settled the position up to which the feed may be shown: no event comes any more at or below it that is not in
 *     the journal up to here, or in files
 */
record Mark(long segment, long acknowledged, long flushed, long settled) {

    static final int SIZE = 40;

    private static final byte[] MAGIC = "MRK1".getBytes(StandardCharsets.US_ASCII);

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
        if (file.readFully(bytes, 0) < SIZE) {
            return null;
        }
        bytes.flip();
        Mark mark = new Mark(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
        return Arrays.equals(mark.encode().array(), bytes.array()) ? mark : null;
    }

    ByteBuffer encode() {
        ByteBuffer bytes = ByteBuffer.allocate(SIZE);
        bytes.putLong(segment)
                .putLong(acknowledged)
                .putLong(flushed)
                .putLong(settled)
                .put(MAGIC);
        CRC32C crc = new CRC32C();
        crc.update(bytes.array(), 0, SIZE - Integer.BYTES);
        return bytes.putInt((int) crc.getValue()).flip();
    }
}
