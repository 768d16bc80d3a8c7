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
 * Session files with the journal's bytes over them, as {@link Redo} would write them, but in memory. It stores only
 * where each piece is in the journal, not its bytes. So a session can be read completely while another process folds
 * the journal, and after that process was killed. Changes nothing.
 *
 * <p>It shows the moment at which it was created. Files may grow meanwhile: see {@link #isStill}.
 */
final class JournalView implements Closeable {

    private static final int ATTEMPTS = 100;

    /** The place in the journal of some bytes of a session's file. */
    private record Piece(long offset, long length, Disk.File segment, long at) {

        long end() {
            return offset + length;
        }
    }

    /**
     * A session that has entries in the journal.
     *
     * @param pieces by offset in the session's file
     * @param begin the bytes before the first piece; null if they are in the session's own file
     */
    private record Session(
            TreeMap<Long, Piece> pieces, @Nullable Begin begin) {

        long end() {
            return pieces.isEmpty() ? 0 : pieces.lastEntry().getValue().end();
        }
    }

    /** The first bytes of a parent's file. If a session was purged and created again, there is no parent and no such bytes. */
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
        this.journal = RootFiles.journal(root);
        this.files = files;
    }

    /**
     * Reads the current journal.
     *
     * @param files the file of each session, by session id
     * @param ledger the ledger, read before this call
     */
    static JournalView take(Disk disk, Path root, Map<String, Path> files, Ledger ledger) throws IOException {
        for (int attempt = 1; ; attempt++) {
            JournalView view = new JournalView(disk, root, files);
            try {
                view.read(ledger);
                if (view.damage == null || attempt == ATTEMPTS || view.isStill()) {
                    return view;
                }
                view.close(); // it may have been read during a write
            } catch (NoSuchFileException e) {
                // Its events are in files by now, and later ones are in other segments.
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

    /** After the parent is purged, the fork's own file has all inherited bytes. */
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

    /**
     * Returns whether nothing was accepted and nothing left the journal since this view was created. Files then have
     * nothing newer.
     */
    boolean isStill() throws IOException {
        return disk.look(journal) == null
                || Objects.equals(mark, Mark.read(disk, journal)) && numbers.equals(numbers());
    }

    /** Returns the damage of the journal, or null. This view then ends before the damage. */
    @Nullable
    StoreDamagedException damage() {
        return damage;
    }

    /**
     * Returns the bytes after the last whole frame. If the journal is being written, they may be an unfinished write.
     */
    List<JournalReader.TornEnd> tornEnds() {
        return tornEnds;
    }

    /** Returns the sessions that have entries in the journal; they may have no file yet. */
    Set<String> sessions() {
        return sessions.keySet();
    }

    /** Returns whether a session is purged and has nothing new, although its file may exist. */
    boolean isPurged(String sessionId) {
        return purged.contains(sessionId) && !sessions.containsKey(sessionId);
    }

    /** Returns the offset up to which the journal has a session's file; -1 if it has no entries of it. */
    long end(String sessionId) {
        Session session = sessions.get(sessionId);
        return session == null ? -1 : session.end();
    }

    /** Returns the file of the parent whose lines a fork begins with, if the fork has no file yet; otherwise null. */
    @Nullable
    Path beginOf(String sessionId) {
        Session session = sessions.get(sessionId);
        return session == null || session.begin == null ? null : session.begin.file;
    }

    /**
     * Opens a session's file combined with the journal's bytes.
     *
     * @param limited whether to leave out later bytes of the file, which came after this view
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

    /** Pieces of the journal over a file, or over the first bytes of another. */
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
            throw new IOException("read-only");
        }

        @Override
        public void truncate(long size) throws IOException {
            throw new IOException("read-only");
        }

        @Override
        public void sync() throws IOException {
            throw new IOException("read-only");
        }

        @Override
        public void close() throws IOException {
            if (below != null) {
                below.close();
            }
        }
    }
}
