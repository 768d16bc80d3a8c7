package dev.reel.jsonl;

import dev.reel.LineCodec;
import dev.reel.SessionEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Brings into the session files what a journal has that was not closed: each frame says where its bytes belong, and is
 * written there again, in the order of the journal, whatever stands there. So it can be done as often as it takes.
 *
 * <p><b>Forks.</b> A fork's file begins as a copy of its parent's. When the ledger says that the parent was purged
 * behind it, the copy was flushed before that, and the parent's file may be gone, or be another session's: then it is
 * not copied again.
 *
 * <p><b>Purges</b> that were accepted, are done. What they would leave of the catalogue and of the index, whoever opens
 * these takes away ({@link #purged}).
 */
final class Redo {

    private static final int OPEN_FILES = 1_000;

    /**
     * What a frame brought, or a purge.
     *
     * @param sessionId the session
     * @param begins whether it is the first that the session recorded itself
     * @param purge whether it is a purge
     * @param span where it is now; the life of a session's is not known yet
     */
    record Brought(String sessionId, boolean begins, boolean purge, Span span) {}

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
    private long lastPosition;
    private long nextSegment = 1;

    private Redo(Disk disk, Path root, FileNames names, Ledger ledger, EventBlocks blocks, Instant now) {
        this.disk = disk;
        this.root = root;
        this.journal = root.resolve(Root.OWN).resolve(Root.JOURNAL);
        this.names = names;
        this.ledger = ledger;
        this.blocks = blocks;
        this.now = now;
        this.kept = new Kept(disk, root);
    }

    /** Does it; all is flushed when it returns. The journal is still there. */
    static Redo of(Disk disk, Path root, FileNames names, Ledger ledger, EventBlocks blocks, Instant now)
            throws IOException {
        Redo redo = new Redo(disk, root, names, ledger, blocks, now);
        if (disk.look(redo.journal) != null) {
            redo.all();
        }
        return redo;
    }

    private void all() throws IOException {
        if (!Segment.list(disk, journal).isEmpty()) { // else there is nothing to know the files for
            FileNames.Listing listing = FileNames.list(disk, root);
            listing.files().forEach((id, entry) -> files.put(id, entry.path()));
            clashes.putAll(listing.clashes());
        }
        Map<String, Long> begun = begunPurges();
        try (JournalReader reader = new JournalReader(disk, journal);
                DirtyFiles dirty = new DirtyFiles(disk, root, OPEN_FILES)) {
            for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                lastPosition = Math.max(lastPosition, frame.firstPosition() + frame.count() - 1);
                if (frame.kind() == Frame.Kind.PURGE) {
                    purge(frame, dirty);
                } else {
                    write(frame, dirty, begun);
                }
            }
            for (JournalReader.TornEnd torn : reader.tornEnds()) {
                if (torn.length() > 0) {
                    tornEnds.add(kept.keep(torn.file(), torn.offset(), "torn"));
                }
            }
            dirty.sync();
            nextSegment = reader.nextNumber();
        }
    }

    /** Sessions of which a purge has begun to take files away, and the position of the last such. */
    private Map<String, Long> begunPurges() throws IOException {
        Map<String, Long> begun = new HashMap<>();
        try (JournalReader reader = new JournalReader(disk, journal)) {
            for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                if (frame.kind() == Frame.Kind.PURGE
                        && ledger.wasPurged(frame.sessionId(), purgeOf(frame).id())) {
                    begun.put(frame.sessionId(), frame.firstPosition());
                }
            }
        }
        return begun;
    }

    private static SessionEvent purgeOf(Frame frame) {
        byte[] line = new byte[frame.bytes().remaining() - 1];
        frame.bytes().duplicate().get(line);
        return LineCodec.standard().decode(frame.sessionId(), line);
    }

    private void purge(Frame frame, DirtyFiles dirty) throws IOException {
        String id = frame.sessionId();
        // Forks that were copied from it must be able to stand alone.
        dirty.sync();
        ledger.purged(purgeOf(frame));
        Path file = files.remove(id);
        if (file == null) {
            file = root.resolve(names.pathOf(id));
        }
        dirty.delete(file);
        kept.erase(file);
        for (Disk.Entry other : clashes.getOrDefault(id, List.of())) {
            dirty.delete(other.path());
            kept.erase(other.path());
        }
        brought.values().removeIf(before -> before.sessionId().equals(id));
        ends.remove(id);
        purged.add(id);
        brought.put(frame.firstPosition(), new Brought(id, false, true, Span.purge(frame.firstPosition())));
    }

    private void write(Frame frame, DirtyFiles dirty, Map<String, Long> begunPurges) throws IOException {
        String id = frame.sessionId();
        Path file = files.computeIfAbsent(id, it -> root.resolve(names.pathOf(it)));
        boolean fork = frame.kind() == Frame.Kind.FORK;
        if (fork) {
            String parentId = Objects.requireNonNull(frame.parentId());
            Path parent = files.get(parentId);
            if (parent != null && frame.firstPosition() > begunPurges.getOrDefault(parentId, 0L)) {
                ForkFile.begin(dirty, ledger, blocks, root, id, parent, file, frame.fileOffset(), now);
            }
        }
        ByteBuffer bytes = frame.bytes().duplicate();
        int size = bytes.remaining();
        int open = bytes.get(bytes.position()) == '\n' ? 1 : 0;
        dirty.write(file, frame.fileOffset(), bytes);
        ends.put(id, frame.fileOffset() + size);
        Span span = new Span(frame.firstPosition(), 0, frame.fileOffset() + open, size - open, frame.count(), false);
        brought.put(frame.firstPosition(), new Brought(id, fork || frame.firstVersion() == 1, false, span));
    }

    /** Drops the sessions, after the opening of the root has used them. */
    void release() {
        files.clear();
        clashes.clear();
        ends.clear();
        purged.clear();
        brought.clear();
    }

    /** How many entries its maps have, for tests. */
    int held() {
        return files.size() + clashes.size() + ends.size() + purged.size() + brought.size();
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
