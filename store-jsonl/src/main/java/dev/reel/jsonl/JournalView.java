package dev.reel.jsonl;

import dev.reel.StoreDamagedException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Session files with what the journal has of them written over it, as {@link Redo} would, but in memory: where each piece
 * lies in the journal, and no bytes. So a session can be read whole while another process folds the journal, and after
 * it was killed. It changes nothing.
 *
 * <p>It shows the moment at which it was taken. Files may grow meanwhile: see {@link #isStill}.
 */
final class JournalView implements Closeable {

    private static final int ATTEMPTS = 100;

    /** Where some bytes of a session's file lie in the journal. */
    private record Piece(long offset, long length, Disk.File segment, long at) {

        long end() {
            return offset + length;
        }
    }

    /**
     * A session that the journal has something of.
     *
     * @param pieces by offset in the session's file
     * @param begin what stands in front of the first; null where its own file has it
     */
    private record Session(
            TreeMap<Long, Piece> pieces, @Nullable Begin begin) {

        long end() {
            return pieces.isEmpty() ? 0 : pieces.lastEntry().getValue().end();
        }
    }

    /** The first bytes of a parent's file; none, and no parent, where a session was purged and begun anew. */
    private record Begin(@Nullable Session parent, @Nullable Path file, long length) {}

    private final Disk disk;
    private final Path journal;
    private final Map<String, Path> files;
    private final Map<Long, Disk.File> segments = new HashMap<>();
    private final Map<String, Session> sessions = new HashMap<>();
    private final Set<String> purged = new HashSet<>();
    private @Nullable Mark mark;
    private List<Long> numbers = List.of();
    private List<JournalReader.TornEnd> tornEnds = List.of();
    private @Nullable StoreDamagedException damage;

    private JournalView(Disk disk, Path root, Map<String, Path> files) {
        this.disk = disk;
        this.journal = root.resolve(Root.OWN).resolve(Root.JOURNAL);
        this.files = files;
    }

    /**
     * Reads the journal as it is now.
     *
     * @param files the file of each session, from its id
     * @param ledger read before this
     */
    static JournalView take(Disk disk, Path root, Map<String, Path> files, Ledger ledger) throws IOException {
        for (int attempt = 1; ; attempt++) {
            JournalView view = new JournalView(disk, root, files);
            try {
                view.read(ledger);
                if (view.damage == null || attempt == ATTEMPTS || view.isStill()) {
                    return view;
                }
                view.close(); // it may have been read while it was written
            } catch (NoSuchFileException e) {
                // What it had is in files by now; and what came behind it is in other segments.
                view.close();
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            } catch (IOException | RuntimeException e) {
                view.close();
                throw e;
            }
        }
    }

    private void read(Ledger ledger) throws IOException {
        if (disk.look(journal) == null) {
            return;
        }
        mark = Mark.read(disk, journal);
        numbers = numbers();
        try (JournalReader reader = new JournalReader(disk, journal)) {
            for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                add(frame, ledger);
            }
            tornEnds = reader.tornEnds();
        } catch (StoreDamagedException e) {
            damage = e;
        }
    }

    private List<Long> numbers() throws IOException {
        return Segment.list(disk, journal).stream().map(Segment::number).toList();
    }

    private void add(Frame frame, Ledger ledger) throws IOException {
        String id = frame.sessionId();
        if (frame.kind() == Frame.Kind.PURGE) {
            sessions.remove(id);
            purged.add(id);
            return;
        }
        Session session = frame.kind() == Frame.Kind.FORK ? fork(frame, ledger) : sessions.get(id);
        if (session == null) {
            session = new Session(new TreeMap<>(), purged.contains(id) ? new Begin(null, null, 0) : null);
        }
        sessions.put(id, session);
        session.pieces.tailMap(frame.fileOffset()).clear();
        session.pieces.put(
                frame.fileOffset(),
                new Piece(
                        frame.fileOffset(), frame.bytes().remaining(), segment(frame.segment()), frame.bytesOffset()));
    }

    /** Once the parent is purged, the fork has all of its file. */
    private Session fork(Frame frame, Ledger ledger) throws IOException {
        String parentId = Objects.requireNonNull(frame.parentId());
        Path parent = files.get(parentId);
        boolean over = ledger.purgeOf(parentId, frame.firstPosition()) != null;
        Session known = sessions.get(parentId);
        if (over || parent == null && known == null) {
            return new Session(new TreeMap<>(), null);
        }
        return new Session(new TreeMap<>(), new Begin(known, parent, frame.fileOffset()));
    }

    private Disk.File segment(long number) throws IOException {
        Disk.File open = segments.get(number);
        if (open == null) {
            open = disk.open(Segment.file(journal, number), Disk.Mode.READ);
            segments.put(number, open);
        }
        return open;
    }

    /** Whether nothing was accepted, nor left the journal, since this was taken: then files show nothing newer. */
    boolean isStill() throws IOException {
        return disk.look(journal) == null
                || Objects.equals(mark, Mark.read(disk, journal)) && numbers.equals(numbers());
    }

    /** What is wrong with the journal; then this shows what stands in front of it. */
    @Nullable
    StoreDamagedException damage() {
        return damage;
    }

    /** What is behind its last whole frame; while it is written, that is being written. */
    List<JournalReader.TornEnd> tornEnds() {
        return tornEnds;
    }

    /** The sessions that the journal has something of; they may have no file yet. */
    Set<String> sessions() {
        return sessions.keySet();
    }

    /** Whether a session is purged, though its file may be there, and has nothing new. */
    boolean isPurged(String sessionId) {
        return purged.contains(sessionId) && !sessions.containsKey(sessionId);
    }

    /** Up to where the journal has a session's file; -1 where it has nothing of it. */
    long end(String sessionId) {
        Session session = sessions.get(sessionId);
        return session == null ? -1 : session.end();
    }

    /** The parent whose lines a fork begins with that has no file of its own yet; null where there is none. */
    @Nullable
    Path beginOf(String sessionId) {
        Session session = sessions.get(sessionId);
        return session == null || session.begin == null ? null : session.begin.file;
    }

    /**
     * A session's file with what the journal has of it, to be read.
     *
     * @param limited whether what the file has behind that is left out, since it came later
     */
    Disk.File open(String sessionId, boolean limited) throws IOException {
        Path own = files.get(sessionId);
        Session session = sessions.get(sessionId);
        if (session == null) {
            return disk.open(Objects.requireNonNull(own), Disk.Mode.READ);
        }
        return new Viewed(session, own, limited ? session.end() : Long.MAX_VALUE);
    }

    @Override
    public void close() throws IOException {
        for (Disk.File segment : segments.values()) {
            segment.close();
        }
        segments.clear();
    }

    /** Pieces of the journal over a file, or over the beginning of another. */
    private final class Viewed implements Disk.File {

        private final TreeMap<Long, Piece> pieces;
        private final Disk.@Nullable File below;
        private final long belowEnd;
        private final long end;

        Viewed(Session session, @Nullable Path own, long end) throws IOException {
            this.pieces = session.pieces;
            this.end = end;
            Begin begin = session.begin;
            if (begin == null) {
                below = own == null ? null : openIfThere(own);
                belowEnd = Long.MAX_VALUE;
            } else if (begin.parent != null) {
                below = new Viewed(begin.parent, begin.file, Long.MAX_VALUE);
                belowEnd = begin.length;
            } else {
                below = begin.file == null ? null : openIfThere(begin.file);
                belowEnd = begin.length;
            }
        }

        private Disk.@Nullable File openIfThere(Path path) throws IOException {
            return disk.look(path) == null ? null : disk.open(path, Disk.Mode.READ);
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            if (position >= end) {
                return -1;
            }
            Map.Entry<Long, Piece> at = pieces.floorEntry(position);
            Piece piece = at == null ? null : at.getValue();
            if (piece != null && position < piece.end()) {
                return read(piece.segment, into, piece.at + position - piece.offset, piece.end() - position);
            }
            Long next = pieces.higherKey(position);
            long most = Math.min(next == null ? end : next, belowEnd) - position;
            return below == null || most <= 0 ? -1 : read(below, into, position, most);
        }

        private static int read(Disk.File from, ByteBuffer into, long position, long most) throws IOException {
            int limit = into.limit();
            into.limit((int) Math.min(limit, into.position() + most));
            try {
                return from.read(into, position);
            } finally {
                into.limit(limit);
            }
        }

        @Override
        public long size() throws IOException {
            long under = below == null ? 0 : Math.min(below.size(), belowEnd);
            return Math.min(
                    end,
                    Math.max(
                            under,
                            pieces.isEmpty() ? 0 : pieces.lastEntry().getValue().end()));
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            throw new IOException("only to be read");
        }

        @Override
        public void truncate(long size) throws IOException {
            throw new IOException("only to be read");
        }

        @Override
        public void sync() throws IOException {
            throw new IOException("only to be read");
        }

        @Override
        public void close() throws IOException {
            if (below != null) {
                below.close();
            }
        }
    }
}
