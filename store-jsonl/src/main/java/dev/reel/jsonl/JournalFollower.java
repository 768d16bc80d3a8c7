package dev.reel.jsonl;

import dev.reel.StoreDamagedException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the journal from a place on, even while another process writes it. It returns only acknowledged frames. The
 * mark states how far that is in the last segment; all frames of earlier segments are acknowledged.
 */
final class JournalFollower implements Closeable {

    private final Disk disk;
    private final Path journal;
    private JournalPlace place;
    private @Nullable Mark mark;
    private @Nullable SegmentReader reader;
    /** Where the segment before this one ended; 0 if it was not read. */
    private long finished;

    JournalFollower(Disk disk, Path journal, JournalPlace from) {
        this.disk = disk;
        this.journal = journal;
        this.place = from;
    }

    /**
     * Returns the place at which the journal begins; if it has no segments, the start of the next one.
     *
     * @throws StoreDamagedException if the first needed segment is missing: files may lack its events
     */
    static JournalPlace begin(Disk disk, Path journal) throws IOException {
        while (true) {
            // Read the mark first. If a segment is created and deleted in between, it is then found to be gone, and not
            // skipped.
            Mark mark = Mark.read(disk, journal);
            List<Segment> segments = Segment.list(disk, journal);
            if (mark == null || !mark.lacksFirst(segments)) {
                long first = segments.isEmpty()
                        ? (mark == null ? 0 : mark.segment()) + 1
                        : segments.get(0).number();
                return new JournalPlace(first, 0);
            }
            // If the writer deleted the segment in between, it moved the mark before.
            Mark now = Mark.read(disk, journal);
            if (now != null && now.first() == mark.first()) {
                throw JournalReader.missing(Segment.file(journal, mark.first()));
            }
        }
    }

    /** Returns the settled position of the feed. Valid after {@link #next} returned null. */
    long settled() {
        Mark known = mark;
        return known == null ? 0 : known.settled();
    }

    /** Returns the place after the last frame that was returned. */
    JournalPlace place() {
        return place;
    }

    /** Returns the next frame, or null if none is acknowledged yet: call again later. */
    @Nullable
    Frame next() throws IOException {
        Frame frame = mark == null ? null : read(mark);
        if (frame != null) {
            return frame;
        }
        Mark now = Mark.read(disk, journal);
        if (now == null || now.equals(mark)) {
            return null;
        }
        mark = now;
        return read(now);
    }

    private @Nullable Frame read(Mark known) throws IOException {
        while (true) {
            if (place.equals(new JournalPlace(known.segment() + 1, 0))) {
                return null;
            }
            boolean last = place.segment() == known.segment();
            if (place.segment() > known.segment() || (last && place.offset() > known.acknowledged())) {
                throw new SegmentGoneException(place.segment());
            }
            if (last && place.offset() == known.acknowledged()) {
                return null;
            }
            SegmentReader segment = open();
            long size = segment.size();
            Frame frame = segment.next(last ? Math.min(size, known.acknowledged()) : size);
            if (segment.before() > finished && finished > 0) {
                throw new StoreDamagedException(
                        Segment.file(journal, place.segment() - 1).toString(), 0, finished, "the end is missing");
            }
            if (frame != null) {
                place = frame.end();
                return frame;
            }
            if (segment.problem() != null || (last && segment.position() < known.acknowledged())) {
                if (last && segment.position() >= known.flushed()) {
                    // Acknowledged and lost in a power cut: the next writer continues after what is left.
                    return null;
                }
                throw new StoreDamagedException(
                        segment.path().toString(),
                        0,
                        segment.position(),
                        segment.problem() == null ? "the end is missing" : segment.problem());
            }
            if (last) {
                place = new JournalPlace(place.segment(), segment.position());
                return null;
            }
            finished = segment.position();
            close();
            place = new JournalPlace(place.segment() + 1, 0);
        }
    }

    private SegmentReader open() throws IOException {
        SegmentReader open = reader;
        if (open == null) {
            try {
                open = new SegmentReader(disk, Segment.file(journal, place.segment()), place.segment(), place.offset());
            } catch (NoSuchFileException e) {
                throw new SegmentGoneException(place.segment());
            }
            reader = open;
        }
        return open;
    }

    @Override
    public void close() throws IOException {
        SegmentReader open = reader;
        reader = null;
        if (open != null) {
            open.close();
        }
    }
}
