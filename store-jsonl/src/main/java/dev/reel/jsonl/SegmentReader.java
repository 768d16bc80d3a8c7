package dev.reel.jsonl;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of a segment in order, up to a limit that the caller knows. It reads nothing after the limit, so it
 * may be used while the file grows. It trusts a frame's length only if the checksum over it matches, and holds at most
 * one frame in memory.
 */
final class SegmentReader implements Closeable {

    private final Path path;
    private final long number;
    private final Disk.File file;
    private final ByteBuffer window = ByteBuffer.allocate(128 << 10);

    /** The offset in the file of the window's first byte. */
    private long windowAt;

    private long position;
    private long before;
    private @Nullable String problem;

    /**
     * A reader.
     *
     * @param from the offset at which to begin: 0, or the end of a frame
     */
    SegmentReader(Disk disk, Path path, long number, long from) throws IOException {
        this.path = path;
        this.number = number;
        this.file = disk.open(path, Disk.Mode.READ);
        this.position = from;
        window.limit(0);
    }

    Path path() {
        return path;
    }

    long number() {
        return number;
    }

    long size() throws IOException {
        return file.size();
    }

    /** Returns the end of the last frame that was returned. */
    long position() {
        return position;
    }

    /**
     * Returns the size of the segment before, as this one's header states it; 0 if it is unknown, or the header was not
     * read.
     */
    long before() {
        return Math.max(0, before);
    }

    /** Returns why {@link #next} returned null before the limit; null at the limit. */
    @Nullable
    String problem() {
        return problem;
    }

    /** Returns the next frame, or null at the limit, or if the bytes before the limit are not a whole, valid frame. */
    @Nullable
    Frame next(long limit) throws IOException {
        problem = null;
        if (position < Segment.HEADER && position < limit && !readHeader(limit)) {
            return null;
        }
        if (position >= limit) {
            return null;
        }
        Frame.Header header = headerAt(position, limit);
        if (header == null) {
            return null;
        }
        byte[] payload = new byte[header.length()];
        read(position + Frame.HEADER, payload);
        Frame frame = Frame.of(header, payload);
        if (frame == null) {
            problem = "a frame that this version does not know";
            return null;
        }
        position = header.end();
        return frame;
    }

    /**
     * Returns how far the segment was flushed according to the frames after the position; 0 if there are none. Call it
     * when the bytes at the position are not a frame.
     */
    long knownEnd(long limit) throws IOException {
        long known = 0;
        long at = Math.max(Segment.HEADER, position);
        while (at < limit) {
            Frame.Header header = headerAt(at, limit);
            if (header == null) {
                at += Frame.ALIGNMENT;
            } else {
                known = Math.max(known, header.flushed());
                at = header.end();
            }
        }
        return known;
    }

    /** Returns the offset after the last byte that is not zero; the position if there is none after it. */
    long endOfBytes(long limit) throws IOException {
        long end = position;
        for (long at = position; at < limit; ) {
            int length = (int) Math.min(window.capacity(), limit - at);
            load(at, length, limit);
            for (int i = 0; i < length; i++) {
                if (window.get(at(at) + i) != 0) {
                    end = at + i + 1;
                }
            }
            at += length;
        }
        return end;
    }

    private boolean readHeader(long limit) throws IOException {
        if (limit < Segment.HEADER) {
            problem = "the segment's header is cut off";
            return false;
        }
        load(0, Segment.HEADER, limit);
        before = Segment.before(window.slice(at(0), Segment.HEADER), number);
        if (before < 0) {
            problem = "not the header of segment " + number;
            return false;
        }
        position = Segment.HEADER;
        return true;
    }

    /**
     * Returns the header of the frame that begins there, if it is whole and valid; otherwise null, and sets the
     * problem.
     */
    private Frame.@Nullable Header headerAt(long offset, long limit) throws IOException {
        if (limit - offset < Frame.HEADER) {
            problem = "the end of the file cuts off a frame";
            return null;
        }
        load(offset, Frame.HEADER, limit);
        if (window.getInt(at(offset)) != Frame.MAGIC) {
            problem = "no frame begins here";
            return null;
        }
        Frame.Header header = Frame.Header.read(window.slice(at(offset), Frame.HEADER));
        if (header.segment() != number || header.offset() != offset || header.flushed() > offset) {
            problem = "a frame of another place";
            return null;
        }
        if (header.length() < 0 || Frame.sizeOf(header.length()) > limit - offset) {
            problem = "the end of the file cuts off a frame, or its length is wrong";
            return null;
        }
        CRC32C crc = Frame.crcOf(window.array(), at(offset));
        long end = offset + Frame.HEADER + header.length();
        for (long from = offset + Frame.HEADER; from < end; ) {
            int length = (int) Math.min(end - from, window.capacity());
            load(from, length, limit);
            crc.update(window.array(), at(from), length);
            from += length;
        }
        if ((int) crc.getValue() != header.crc()) {
            problem = "the checksum of a frame does not hold";
            return null;
        }
        int padding = (int) (header.end() - end);
        load(end, padding, limit);
        for (int i = 0; i < padding; i++) {
            if (window.get(at(end) + i) != 0) {
                problem = "unexpected bytes follow a frame";
                return null;
            }
        }
        return header;
    }

    private int at(long offset) {
        return (int) (offset - windowAt);
    }

    /** Loads bytes before the limit into the window. */
    private void load(long offset, int length, long limit) throws IOException {
        if (offset >= windowAt && offset + length <= windowAt + window.limit()) {
            return;
        }
        window.clear().limit((int) Math.min(window.capacity(), limit - offset));
        windowAt = offset;
        int read = file.readFully(window, offset);
        window.flip();
        if (read < length) {
            throw new EOFException(path + " was cut at " + (offset + read) + " while it was read");
        }
    }

    private void read(long offset, byte[] into) throws IOException {
        if (offset >= windowAt && offset + into.length <= windowAt + window.limit()) {
            window.get(at(offset), into);
        } else if (file.readFully(ByteBuffer.wrap(into), offset) < into.length) {
            throw new EOFException(path + " was cut after " + offset + " while it was read");
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
