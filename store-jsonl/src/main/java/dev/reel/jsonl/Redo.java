package dev.reel.jsonl;

import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.StoreDamagedException;
import dev.reel.spi.LineCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes into the session files what is in a journal that was not closed, and what is {@linkplain Held held}. Each
 * frame states where its bytes belong, and they are written there again, in the order of positions. So a redo that was
 * interrupted can be repeated.
 *
 * <p><b>Forks.</b> A fork's file begins as a copy of its parent's file. If the ledger records a later purge of the
 * parent, the copy was flushed before that purge, and the parent's file may be gone or belong to a new session. The
 * copy is then not repeated.
 *
 * <p><b>Purges</b> that were accepted are completed. Purges of sessions without forks are done first, and the earlier
 * journal entries of these sessions are not written at all. On a full disk this makes room for the rest. The callers
 * that open the catalogue and the index remove the purged sessions from these ({@link #purged}).
 *
 * <p><b>If a file cannot be written</b>, or another program's lines are where the session's lines belong, only its
 * session is affected: it is {@linkplain #refused() refused}, and its frames are held. All other sessions are written.
 */
final class Redo {

    /**
     * The events of a frame, or a purge.
     *
     * @param sessionId the session
     * @param begins whether these are the first events that the session recorded itself
     * @param purge whether it is a purge
     * @param span where the events are now; without a life, unless it is a purge
     */
    record Brought(String sessionId, boolean begins, boolean purge, Span span) {}

    private static final int PIECE = 512 << 10;

    private final Disk disk;
    private final Path root;
    private final Path journal;
    private final FileNames names;
    private final Ledger ledger;
    private final EventBlocks blocks;
    private final Instant now;
    private final Kept kept;
    private final Map<String, Path> files = new HashMap<>();
    private final Map<String, List<Disk.Entry>> clashes = new HashMap<>();
    private final Map<String, Long> ends = new HashMap<>();
    private final Set<String> purged = new HashSet<>();
    private final NavigableMap<Long, Brought> brought = new TreeMap<>();
    private final List<Path> tornEnds = new ArrayList<>();
    private final Held held;
    private final Map<String, SessionDamagedException> refused = new HashMap<>();
    /** The frames of refused sessions, which have to be held. */
    private final Map<String, List<Frame>> left = new LinkedHashMap<>();
    /** Session files whose held frames are all written. */
    private final List<Path> done = new ArrayList<>();

    private long lastPosition;
    private long nextSegment = 1;
    private boolean journalFlushed;

    private Redo(Disk disk, Path root, FileNames names, Ledger ledger, EventBlocks blocks, Instant now) {
        this.disk = disk;
        this.root = root;
        this.journal = RootFiles.journal(root);
        this.names = names;
        this.ledger = ledger;
        this.blocks = blocks;
        this.now = now;
        this.kept = new Kept(disk, root);
        this.held = new Held(disk, root);
    }

    /** Runs the redo. Everything is flushed on return. The journal still exists. */
    static Redo of(Disk disk, Path root, FileNames names, Ledger ledger, EventBlocks blocks, Instant now)
            throws IOException {
        Redo redo = new Redo(disk, root, names, ledger, blocks, now);
        redo.all();
        return redo;
    }

    /**
     * Returns the error if part of the journal is missing although the ledger shows that a store was not closed;
     * otherwise null.
     */
    static @Nullable StoreDamagedException missing(Disk disk, Path root, Ledger ledger) throws IOException {
        Path journal = RootFiles.journal(root);
        if (!ledger.isInUse()
                || disk.look(Mark.file(journal)) != null
                || !Segment.list(disk, journal).isEmpty()) {
            return null;
        }
        return new StoreDamagedException(
                Mark.file(journal).toString(),
                0,
                0,
                "the journal is missing, and the store was not closed: it may have had events that are in no session file;"
                        + " put the directory " + journal + " back");
    }

    private void all() throws IOException {
        StoreDamagedException missing = missing(disk, root, ledger);
        if (missing != null) {
            throw missing;
        }
        boolean journaled = disk.look(journal) != null;
        Map<Path, List<Frame>> before = held.all();
        if (!before.isEmpty() || (journaled && !Segment.list(disk, journal).isEmpty())) {
            FileNames.Listing listing = FileNames.list(disk, root);
            listing.files().forEach((id, entry) -> files.put(id, entry.path()));
            clashes.putAll(listing.clashes());
        }
        held.damages().forEach((file, problem) -> {
            String id = FileNames.idOf(root.relativize(file));
            if (id != null) {
                refused.put(
                        id,
                        new SessionDamagedException(id, held.of(file).toString(), 0, 0, "its held events: " + problem));
            }
        });
        List<Frame> first = before.values().stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparingLong(Frame::firstPosition))
                .toList();
        try (DirtyFiles dirty = new DirtyFiles(disk, root)) {
            Map<String, Long> begun = begunPurges(first, journaled);
            for (Frame frame : first) {
                redo(frame, dirty, begun);
            }
            if (journaled) {
                redoJournal(dirty, begun);
            }
            dirty.sync();
        }
        for (Map.Entry<String, List<Frame>> one : left.entrySet()) {
            held.put(fileOf(one.getKey()), one.getValue());
            before.remove(fileOf(one.getKey()));
        }
        done.addAll(before.keySet());
    }

    private void redoJournal(DirtyFiles dirty, Map<String, Long> begun) throws IOException {
        try (JournalReader reader = new JournalReader(disk, journal)) {
            for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                redo(frame, dirty, begun);
            }
            for (JournalReader.TornEnd torn : reader.tornEnds()) {
                if (torn.length() > 0) {
                    tornEnds.add(kept.keep(torn.file(), torn.offset(), torn.length(), "torn"));
                }
            }
            nextSegment = reader.nextNumber();
        }
    }

    private void redo(Frame frame, DirtyFiles dirty, Map<String, Long> begun) throws IOException {
        String id = frame.sessionId();
        lastPosition = Math.max(lastPosition, frame.firstPosition() + frame.count() - 1);
        try {
            if (frame.kind() == Frame.Kind.PURGE) {
                purge(frame, dirty);
            } else if (frame.firstPosition() > begun.getOrDefault(id, 0L)) {
                write(frame, dirty, begun);
            }
        } catch (IOException e) {
            if (Disk.isOfAll(e)) {
                throw e;
            }
            refuse(frame, Disk.reasonOf(e));
        }
    }

    private void refuse(Frame frame, String reason) {
        String id = frame.sessionId();
        refused.put(id, SessionDamagedException.unwritable(id, fileOf(id).toString(), frame.fileOffset(), reason));
        leave(frame);
    }

    private void leave(Frame frame) {
        List<Frame> all = left.computeIfAbsent(frame.sessionId(), it -> new ArrayList<>());
        // A frame may be held and in the journal too.
        all.removeIf(one -> one.firstPosition() == frame.firstPosition());
        all.add(frame);
    }

    /** Returns the path of a session's file, which need not exist. */
    Path fileOf(String id) {
        return files.computeIfAbsent(id, it -> root.resolve(names.pathOf(it)));
    }

    /** Returns the sessions whose purge has begun to delete files, each with the position of its last such purge. */
    private Map<String, Long> begunPurges(List<Frame> first, boolean journaled) throws IOException {
        Map<String, Long> begun = new HashMap<>();
        Set<String> forked = new HashSet<>();
        for (Frame frame : first) {
            noteBegun(frame, forked, begun);
        }
        if (journaled) {
            try (JournalReader reader = new JournalReader(disk, journal)) {
                for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                    noteBegun(frame, forked, begun);
                }
            }
        }
        return begun;
    }

    /**
     * @param forked sessions with a fork among the frames so far, for which their lines may still have to be copied
     */
    private void noteBegun(Frame frame, Set<String> forked, Map<String, Long> begun) throws IOException {
        if (frame.kind() == Frame.Kind.FORK) {
            forked.add(Objects.requireNonNull(frame.parentId()));
        } else if (frame.kind() == Frame.Kind.PURGE) {
            String id = frame.sessionId();
            SessionEvent purge = purgeOf(frame);
            if (ledger.wasPurged(id, purge.id()) || (!forked.contains(id) && beginPurge(id, purge))) {
                begun.merge(id, frame.firstPosition(), Math::max);
            }
        }
    }

    /**
     * Deletes a session's files before anything is written. Returns false if the purge has to wait for its position.
     */
    private boolean beginPurge(String id, SessionEvent purge) throws IOException {
        flushJournal();
        ledger.purged(purge);
        try (DirtyFiles dirty = new DirtyFiles(disk, root)) {
            deleteFiles(id, dirty);
            return true;
        } catch (IOException e) {
            if (Disk.isOfAll(e)) {
                throw e;
            }
            return false;
        }
    }

    private void deleteFiles(String id, DirtyFiles dirty) throws IOException {
        Path file = fileOf(id);
        dirty.delete(file);
        kept.erase(file);
        for (Disk.Entry other : clashes.getOrDefault(id, List.of())) {
            dirty.delete(other.path());
            kept.erase(other.path());
        }
    }

    private static SessionEvent purgeOf(Frame frame) {
        byte[] line = new byte[frame.bytes().remaining() - 1];
        frame.bytes().duplicate().get(line);
        return LineCodec.standard().decode(frame.sessionId(), line);
    }

    private void purge(Frame frame, DirtyFiles dirty) throws IOException {
        String id = frame.sessionId();
        flushJournal();
        // Forks that were copied from this session must no longer depend on its file.
        dirty.sync();
        brought.values().removeIf(before -> before.sessionId().equals(id));
        ends.remove(id);
        purged.add(id);
        brought.put(frame.firstPosition(), new Brought(id, false, true, Span.purge(frame.firstPosition())));
        left.remove(id);
        for (List<Frame> waiting : left.values()) {
            Frame begin = waiting.get(0);
            if (id.equals(begin.parentId())) {
                refuse(frame, "a fork that begins with its lines has no file yet");
                return;
            }
        }
        ledger.purged(purgeOf(frame));
        deleteFiles(id, dirty);
        files.remove(id);
        refused.remove(id);
    }

    /**
     * Runs before the first purge deletes a file: a power cut must not leave the deletion without its journal entry. A
     * killed process may not have flushed its last entries. They are written again, because an earlier flush may have
     * failed, and the operating system then treats their pages as flushed.
     */
    private void flushJournal() throws IOException {
        if (journalFlushed || disk.look(journal) == null) {
            return;
        }
        Mark mark = Mark.read(disk, journal);
        for (Segment segment : Segment.list(disk, journal)) {
            if (mark != null && segment.number() < mark.segment()) {
                continue;
            }
            try (Disk.File file = disk.open(segment.file(), Disk.Mode.WRITE)) {
                long at = mark != null && segment.number() == mark.segment() ? mark.flushed() : 0;
                ByteBuffer piece = ByteBuffer.allocate(PIECE);
                while (file.readFully(piece, at) > 0) {
                    piece.flip();
                    int size = piece.remaining();
                    file.writeFully(piece, at);
                    at += size;
                    piece.clear();
                }
                file.flush(segment.file().toString());
            }
        }
        disk.flushDirectory(journal);
        journalFlushed = true;
    }

    private void write(Frame frame, DirtyFiles dirty, Map<String, Long> begunPurges) throws IOException {
        String id = frame.sessionId();
        boolean fork = frame.kind() == Frame.Kind.FORK;
        ByteBuffer bytes = frame.bytes().duplicate();
        int size = bytes.remaining();
        int open = bytes.get(bytes.position()) == '\n' ? 1 : 0;
        Span span = new Span(frame.firstPosition(), 0, frame.fileOffset() + open, size - open, frame.count(), false);
        brought.put(frame.firstPosition(), new Brought(id, fork || frame.firstVersion() == 1, false, span));
        if (refused.containsKey(id)) {
            leave(frame);
            return;
        }
        Path file = fileOf(id);
        if (fork) {
            String parentId = Objects.requireNonNull(frame.parentId());
            if (refused.containsKey(parentId)) {
                refuse(frame, "its parent can't be written");
                return;
            }
            Path parent = files.get(parentId);
            if (parent != null && frame.firstPosition() > begunPurges.getOrDefault(parentId, 0L)) {
                ForkFile.begin(dirty, ledger, blocks, root, id, parent, file, frame.fileOffset(), now);
            }
        }
        dirty.write(file, frame.fileOffset(), bytes);
        ends.put(id, frame.fileOffset() + size);
    }

    /** Drops the sessions after the opening of the root has used them. */
    void release() {
        files.clear();
        clashes.clear();
        ends.clear();
        purged.clear();
        brought.clear();
        refused.clear();
        left.clear();
    }

    /** Returns the errors of sessions whose files could not be written. Their missing events are held. */
    Map<String, SessionDamagedException> refused() {
        return refused;
    }

    /** Returns the frames that a refused session's file lacks, in order. */
    Map<String, List<Frame>> left() {
        return left;
    }

    /** Deletes held frames whose events are in files now. Call it when nothing depends on them any more. */
    void deleteDone() throws IOException {
        for (Path file : done) {
            held.delete(file);
        }
        done.clear();
    }

    /** Returns the number of map entries in memory. For tests. */
    int held() {
        return files.size()
                + clashes.size()
                + ends.size()
                + purged.size()
                + brought.size()
                + refused.size()
                + left.size();
    }

    /**
     * Returns the events that are in files now, by position, and the purges; without events of sessions that were
     * purged later.
     */
    Collection<Brought> brought() {
        return brought.values();
    }

    /** Returns up to which offset a session's file is flushed now, or -1 if the journal has nothing of it. */
    long end(String sessionId) {
        return ends.getOrDefault(sessionId, -1L);
    }

    /** Returns the purged sessions. A new session may exist under the same id. */
    Set<String> purged() {
        return purged;
    }

    /** Returns the paths at which torn ends of the journal are kept. */
    List<Path> tornEnds() {
        return tornEnds;
    }

    /** Returns the last position in the journal. */
    long lastPosition() {
        return lastPosition;
    }

    /** Returns the number of the journal's next segment. */
    long nextSegment() {
        return nextSegment;
    }
}
