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
 * Brings into the session files what a journal has that was not closed, and what is {@linkplain Held held}: each frame
 * says where its bytes belong, and is written there again, in the order of positions. So it can be done as often as it
 * takes.
 *
 * <p><b>Forks.</b> A fork's file begins as a copy of its parent's. When the ledger says that the parent was purged
 * behind it, the copy was flushed before that, and the parent's file may be gone, or be another session's: then it is
 * not copied again.
 *
 * <p><b>Purges</b> that were accepted, are done. Those on which no fork rests are done first, and what the journal has of
 * their sessions before them is not written at all: on a full disk they make room for the rest. What they would leave of the catalogue and of the index, whoever opens
 * these takes away ({@link #purged}).
 *
 * <p><b>A file that can't be written</b>, or in which somebody else's lines stand where the session's belong, concerns its
 * session: that one is {@linkplain #refused() refused}, and its frames are held. All others are brought in.
 */
final class Redo {

    /**
     * What a frame brought, or a purge.
     *
     * @param sessionId the session
     * @param begins whether it is the first that the session recorded itself
     * @param purge whether it is a purge
     * @param span where it is now; the life of a session's is not known yet
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
    /** What is to be held of the refused. */
    private final Map<String, List<Frame>> left = new LinkedHashMap<>();
    /** Session files of which something was held and nothing is left. */
    private final List<Path> done = new ArrayList<>();

    private long lastPosition;
    private long nextSegment = 1;
    private boolean journalFlushed;

    private Redo(Disk disk, Path root, FileNames names, Ledger ledger, EventBlocks blocks, Instant now) {
        this.disk = disk;
        this.root = root;
        this.journal = root.resolve(Root.OWN).resolve(Root.JOURNAL);
        this.names = names;
        this.ledger = ledger;
        this.blocks = blocks;
        this.now = now;
        this.kept = new Kept(disk, root);
        this.held = new Held(disk, root);
    }

    /** Does it; all is flushed when it returns. The journal is still there. */
    static Redo of(Disk disk, Path root, FileNames names, Ledger ledger, EventBlocks blocks, Instant now)
            throws IOException {
        Redo redo = new Redo(disk, root, names, ledger, blocks, now);
        redo.all();
        return redo;
    }

    /** What is missing of the journal, when the ledger says that a store was not closed; null where nothing is. */
    static @Nullable StoreDamagedException missing(Disk disk, Path root, Ledger ledger) throws IOException {
        Path journal = root.resolve(Root.OWN).resolve(Root.JOURNAL);
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
                        new SessionDamagedException(
                                id, held.of(file).toString(), 0, 0, "what is held of it: " + problem));
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
                    tornEnds.add(kept.keep(torn.file(), torn.offset(), "torn"));
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
        // It may be held, and in the journal too.
        all.removeIf(one -> one.firstPosition() == frame.firstPosition());
        all.add(frame);
    }

    /** Where a session's file is, or would be. */
    Path fileOf(String id) {
        return files.computeIfAbsent(id, it -> root.resolve(names.pathOf(it)));
    }

    /** Sessions of which a purge has begun to take files away, and the position of the last such. */
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

    /** @param forked sessions of which a fork was seen, that may have to be copied from them still */
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

    /** Takes a session's files away before anything is written; false where that has to wait for its turn. */
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
        // Forks that were copied from it must be able to stand alone.
        dirty.sync();
        brought.values().removeIf(before -> before.sessionId().equals(id));
        ends.remove(id);
        purged.add(id);
        brought.put(frame.firstPosition(), new Brought(id, false, true, Span.purge(frame.firstPosition())));
        left.remove(id);
        for (List<Frame> waiting : left.values()) {
            Frame begin = waiting.get(0);
            if (id.equals(begin.parentId())) {
                refuse(frame, "a fork that begins with it has no file yet");
                return;
            }
        }
        ledger.purged(purgeOf(frame));
        deleteFiles(id, dirty);
        files.remove(id);
        refused.remove(id);
    }

    /**
     * Before the first purge takes something away: a power cut must not leave the one without the other. A process that was
     * killed may not have come to flushing what it wrote last. That is written once more, since its flush may have failed,
     * after which the system takes it for flushed.
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

    /** Drops the sessions, after the opening of the root has used them. */
    void release() {
        files.clear();
        clashes.clear();
        ends.clear();
        purged.clear();
        brought.clear();
        refused.clear();
        left.clear();
    }

    /** Sessions whose files could not be written, with what they lack held. */
    Map<String, SessionDamagedException> refused() {
        return refused;
    }

    /** What a refused session lacks in its file, in order. */
    Map<String, List<Frame>> left() {
        return left;
    }

    /** Lets go of what was held and is in files now, when nothing rests on it any more. */
    void deleteDone() throws IOException {
        for (Path file : done) {
            held.delete(file);
        }
        done.clear();
    }

    /** How many entries its maps have, for tests. */
    int held() {
        return files.size()
                + clashes.size()
                + ends.size()
                + purged.size()
                + brought.size()
                + refused.size()
                + left.size();
    }

    /** What is in files now, but of sessions that were purged behind it, by position; and the purges. */
    Collection<Brought> brought() {
        return brought.values();
    }

    /** Up to where a session's file is flushed now, or -1 where the journal has nothing of it. */
    long end(String sessionId) {
        return ends.getOrDefault(sessionId, -1L);
    }

    /** Sessions that were purged; there may be a new one under the id. */
    Set<String> purged() {
        return purged;
    }

    /** Where ends of the journal are kept that were not whole. */
    List<Path> tornEnds() {
        return tornEnds;
    }

    /** The last position that the journal has. */
    long lastPosition() {
        return lastPosition;
    }

    /** The number of the journal's next segment. */
    long nextSegment() {
        return nextSegment;
    }
}
