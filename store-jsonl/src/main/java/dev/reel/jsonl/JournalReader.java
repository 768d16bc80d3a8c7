package dev.reel.jsonl;

import dev.reel.StoreDamagedException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal to which no process writes, from its first frame to its last, for recovery and for checks. Changes
 * nothing.
 *
 * <p><b>What is kept.</b> All whole frames before the first invalid one. The torn end begins at that one, unless a
 * later frame or the mark states that it was flushed. In that case it is damage.
 *
 * <p>A segment is flushed before the next one is started, and the header of the next one is flushed before its first
 * frame is written. So only the last segment can have a torn end. If even its header is invalid, nothing was written to
 * it, and the segment before it counts as the last one.
 *
 * <p><b>A finished segment</b> is as long as the header of the next one states; if it is shorter, that is damage.
 *
 * <p><b>A missing segment</b> is damage, whether it is between others, the last one that the mark lists, or one at the
 * start that the mark states is needed.
 */
final class JournalReader implements Closeable {

    /**
     * The bytes after the last whole frame of a segment, which were never known to be flushed.
     *
     * @param offset the offset at which it begins; 0 if even the segment's header is invalid: the file is then to be
     *     deleted
     * @param length its length in bytes without the zeros at its end; 0 if it has nothing else, as after a crash with
     *     spare bytes: then there is nothing to keep
     * @param reason what is wrong with it
     */
    record TornEnd(Path file, long offset, long length, String reason) {}

    private static final String CUT = "the end is missing, which was flushed before";

    private final Disk disk;
    private final List<Segment> segments;
    private final @Nullable Mark mark;
    private final List<Segment> whole = new ArrayList<>();
    private final List<TornEnd> tornEnds = new ArrayList<>();
    private @Nullable SegmentReader reader;
    private int read;

    JournalReader(Disk disk, Path journal) throws IOException {
        this.disk = disk;
        this.segments = Segment.list(disk, journal);
        this.mark = Mark.read(disk, journal);
        checkNumbers(journal);
    }

    private void checkNumbers(Path journal) {
        for (int i = 1; i < segments.size(); i++) {
            long missing = segments.get(i - 1).number() + 1;
            if (segments.get(i).number() != missing) {
                throw missing(Segment.file(journal, missing));
            }
        }
        Mark known = mark;
        if (known != null && known.lacksFirst(segments)) {
            throw missing(Segment.file(journal, known.first()));
        }
        if (known != null
                && known.flushed() > 0
                && (segments.isEmpty() || segments.get(segments.size() - 1).number() < known.segment())) {
            throw missing(Segment.file(journal, known.segment()));
        }
    }

    static StoreDamagedException missing(Path file) {
        return new StoreDamagedException(file.toString(), 0, 0, "this segment of the journal is missing");
    }

    /** Returns the next frame, or null after the last one. */
    @Nullable
    Frame next() throws IOException {
        while (reader != null || read < segments.size()) {
            SegmentReader current = reader;
            if (current == null) {
                Segment segment = segments.get(read++);
                current = new SegmentReader(disk, segment.file(), segment.number(), 0);
                reader = current;
            }
            long size = current.size();
            try {
                Frame frame = current.next(size);
                checkBefore(current);
                if (frame != null) {
                    return frame;
                }
                end(current, size);
            } catch (EOFException e) {
                if (current.size() >= size) {
                    throw e;
                }
                continue; // for a check beside a writer, which has cut off spare bytes
            }
            reader = null;
            current.close();
        }
        return null;
    }

    /** Compares the end of the segment before, if it was read, with what this segment's header states. */
    private void checkBefore(SegmentReader segment) {
        Segment last = whole.isEmpty() ? null : whole.get(whole.size() - 1);
        if (last != null && last.number() == segment.number() - 1 && segment.before() > last.size()) {
            throw new StoreDamagedException(last.file().toString(), 0, last.size(), CUT);
        }
    }

    private void end(SegmentReader segment, long size) throws IOException {
        long end = segment.position();
        String problem = size == 0 ? "the segment is empty" : segment.problem();
        if (problem != null) {
            boolean last = read == segments.size() || (read == segments.size() - 1 && isUnbegun(segments.get(read)));
            long known = Math.max(segment.knownEnd(size), flushed(segment.number()));
            if (!last || end < known) {
                throw new StoreDamagedException(segment.path().toString(), 0, end, problem);
            }
            long upTo = end == 0 ? size : segment.endOfBytes(size);
            tornEnds.add(new TornEnd(segment.path(), end, upTo - end, problem));
        } else if (end < flushed(segment.number())) {
            throw new StoreDamagedException(segment.path().toString(), 0, end, CUT);
        }
        if (end > 0) {
            whole.add(new Segment(segment.number(), segment.path(), end));
        }
    }

    private boolean isUnbegun(Segment segment) throws IOException {
        try (SegmentReader other = new SegmentReader(disk, segment.file(), segment.number(), 0)) {
            return other.next(segment.size()) == null && other.position() == 0;
        }
    }

    private long flushed(long segment) {
        return mark != null && mark.segment() == segment ? mark.flushed() : 0;
    }

    /** Returns the segments that were read, without their torn ends. */
    List<Segment> segments() {
        return List.copyOf(whole);
    }

    /** Returns the parts that have to be kept elsewhere and cut off; complete after all frames are read. */
    List<TornEnd> tornEnds() {
        return List.copyOf(tornEnds);
    }

    /** Returns the number for the next segment; known after all frames are read. */
    long nextNumber() {
        long last = whole.isEmpty() ? 0 : whole.get(whole.size() - 1).number();
        return Math.max(last, mark == null ? 0 : mark.segment()) + 1;
    }

    @Override
    public void close() throws IOException {
        if (reader != null) {
            Objects.requireNonNull(reader).close();
        }
    }
}
