package dev.reel.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A file of the journal.
 *
 * @param number its number, from 1; never reused
 * @param file its path
 * @param size its size in bytes
 */
record Segment(long number, Path file, long size) {

    /**
     * Magic, number, size of the segment before (0 if unknown), 4 zeros, CRC-32C of the 28 bytes before.
     *
     * <p>Without that size, a finished segment that is cut at the end of a frame would look whole.
     */
    static final int HEADER = 32;

    private static final byte[] MAGIC = "REELJNL1".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern NAME = Pattern.compile("[0-9]{16}");

    static Path file(Path journal, long number) {
        return journal.resolve(String.format("%016d", number));
    }

    /** Returns the existing segments, in order. */
    static List<Segment> list(Disk disk, Path journal) throws IOException {
        List<Segment> found = new ArrayList<>();
        for (Disk.Entry entry : disk.list(journal)) {
            String name = String.valueOf(entry.path().getFileName());
            if (entry.file() && NAME.matcher(name).matches()) {
                found.add(new Segment(Long.parseLong(name), entry.path(), entry.size()));
            }
        }
        found.sort(Comparator.comparingLong(Segment::number));
        return found;
    }

    /**
     * Returns a header.
     *
     * @param before the size of the finished segment before, in bytes; 0 if it is unknown or there is none
     */
    static ByteBuffer header(long number, long before) {
        ByteBuffer header = ByteBuffer.allocate(HEADER);
        header.put(MAGIC).putLong(number).putLong(before).position(HEADER - Integer.BYTES);
        return header.putInt(crcOf(header)).flip();
    }

    /** Returns the size of the segment before, as a segment's header states it; -1 if the header is invalid. */
    static long before(ByteBuffer header, long number) {
        boolean valid = header.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))
                && header.getLong(MAGIC.length) == number
                && header.getInt(HEADER - Integer.BYTES) == crcOf(header);
        return valid ? header.getLong(MAGIC.length + Long.BYTES) : -1;
    }

    private static int crcOf(ByteBuffer header) {
        return Digests.crc32c(header.slice(0, HEADER - Integer.BYTES));
    }
}
