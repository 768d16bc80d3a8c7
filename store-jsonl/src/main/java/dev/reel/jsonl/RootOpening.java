package dev.reel.jsonl;

import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.StoreOptions;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Opens a root. It reads the ledger, {@linkplain Redo redoes} the journal, compares the catalogue
 * with the files, and completes the index of positions. A session file is read only if it differs from the catalogue's
 * entry. Foreign events without positions are numbered file by file, in the order of the files' last events, so that
 * the session that was changed last is listed first. If the index lacks only events from the journal and foreign
 * events, these are added. If it lacks anything else, it is rebuilt from all files.
 *
 * <p>Used once, on one thread that may read files.
 */
final class RootOpening {

    private static final byte[] FIRST = "{\"seq\":".getBytes(StandardCharsets.US_ASCII);

    private static final int SYNC_THREADS = 16;
    private static final int FILES_A_SYNC_THREAD = 32;

    private final Root root;
    private final Disk disk;
    private final Path path;
    private final Catalogue catalogue;
    private final PositionIndex positions;
    private final Redo redo;
    /** Files that may not be flushed. */
    private final List<Path> unsure = new ArrayList<>();

    private long lastPosition;

    private RootOpening(Root root) {
        this.root = root;
        this.disk = root.disk();
        this.path = root.path();
        this.catalogue = root.catalogue();
        this.positions = root.positions();
        this.redo = root.redo();
    }

    /** Opens a root and repairs what a crash left. Blocks; call it on a thread that may read files. */
    static Root open(Disk disk, Path path, Closeable lock, StoreOptions options, long cacheBytes) throws IOException {
        List<Closeable> opened = new ArrayList<>(List.of(lock));
        try {
            disk.createDirectories(RootFiles.own(path));
            Format.claim(disk, RootFiles.own(path));
            Root root = new Root(disk, path, options, cacheBytes, opened);
            new RootOpening(root).check();
            return root;
        } catch (IOException | RuntimeException e) {
            Root.closeAll(opened, e);
            throw e;
        }
    }

    private void check() throws IOException {
        FileNames.Listing listing = FileNames.list(disk, path);
        root.clashes(listing.clashes());
        listing.clashes().forEach((id, files) -> root.damages().put(id, clash(id, files)));
        for (Disk.Entry entry : listing.strange()) {
            String id = FileNames.idOf(path.relativize(entry.path()));
            if (id != null) {
                root.damages()
                        .put(
                                id,
                                new SessionDamagedException(
                                        id,
                                        entry.path().toString(),
                                        1,
                                        0,
                                        "a link, a directory or a pipe, not a regular file"));
            }
        }
        root.damages().putAll(redo.refused());
        redo.left().keySet().forEach(root::lacks);
        redo.left().values().forEach(frames -> frames.forEach(this::setAside));
        Map<String, Disk.Entry> files = listing.files();
        files.keySet().removeAll(root.damages().keySet());
        Set<String> gone = new HashSet<>(catalogue.entries().keySet());
        gone.removeIf(id -> files.containsKey(id)
                || root.damages().containsKey(id)
                || redo.purged().contains(id));
        for (String id : gone) {
            String file = Objects.requireNonNull(catalogue.entries().get(id)).file();
            root.damages()
                    .put(id, new SessionDamagedException(id, path.resolve(file).toString(), 0, 0, Root.GONE));
        }
        gone = new HashSet<>(redo.purged());
        if (!gone.isEmpty()) {
            catalogue.remove(gone);
        }
        lastPosition = Math.max(root.ledger().reservedUpTo(), Math.max(redo.lastPosition(), positions.complete()));
        boolean rebuild = positions.inDoubt() || !matchLives(files);
        Set<String> begun = new HashSet<>();
        redo.brought().stream().filter(Redo.Brought::begins).forEach(one -> begun.add(one.sessionId()));
        Map<String, FileRead> read = new TreeMap<>();
        for (Map.Entry<String, Disk.Entry> one : files.entrySet()) {
            String id = one.getKey();
            Catalogue.Entry entry = catalogue.entries().get(id);
            // The life differs if a crash came after the index was rebuilt and before the catalogue was written.
            boolean isListed = entry != null
                    && Integer.valueOf(entry.life()).equals(root.lives().get(id))
                    && entry.isOf(FileNames.relative(path, one.getValue().path()), one.getValue());
            if (!isListed) {
                FileRead file = readAtOpening(id, one.getValue().path(), entry);
                if (file != null && isItsOwn(file.log(), entry, rebuild || begun.contains(id))) {
                    read.put(id, file);
                    rebuild |= !isIndexed(file.log(), begun.contains(id));
                }
            }
        }
        if (rebuild) {
            for (Map.Entry<String, Disk.Entry> one : files.entrySet()) {
                String id = one.getKey();
                if (!read.containsKey(id) && !root.damages().containsKey(id)) {
                    FileRead file = readAtOpening(
                            id, one.getValue().path(), catalogue.entries().get(id));
                    if (file != null) {
                        read.put(id, file);
                    }
                }
            }
        }
        for (FileRead file : read.values()) {
            lastPosition = Math.max(lastPosition, file.lastPosition());
        }
        syncUnsure();
        List<LogFile> placed = place(read.values());
        if (rebuild) {
            new IndexBuild(root).rebuild(read);
        } else {
            complete(placed);
        }
        positions.mark(Math.max(lastPosition, positions.complete()));
        // Before the catalogue, which may be flushed when it is written: every event it lists must be in the index.
        positions.sync();
        List<Catalogue.Entry> entries = new ArrayList<>();
        for (FileRead file : read.values()) {
            RowsOfFile rows = file.rows();
            entries.add(root.entryOf(file.log(), rows.state(), rows.birth(), rows.snapshots()));
        }
        if (!entries.isEmpty()) {
            catalogue.put(entries);
        }
        redo.release();
        root.lastPosition(lastPosition);
    }

    private void setAside(Frame frame) {
        List<SessionEvent> events = new ArrayList<>();
        ByteBuffer bytes = frame.bytes().duplicate();
        while (bytes.hasRemaining()) {
            int size = 0;
            while (bytes.get(bytes.position() + size) != '\n') {
                size++;
            }
            byte[] line = new byte[size];
            bytes.get(line).get();
            if (size > 0) {
                events.add(root.blocks().codec().decode(frame.sessionId(), line));
            }
        }
        int open = frame.bytes().get(frame.bytes().position()) == '\n' ? 1 : 0;
        int size = frame.bytes().remaining();
        Span span = frame.kind() == Frame.Kind.PURGE
                ? Span.purge(frame.firstPosition())
                : new Span(frame.firstPosition(), 0, frame.fileOffset() + open, size - open, frame.count(), false);
        root.setAside(frame.sessionId(), span, events);
    }

    private static SessionDamagedException clash(String id, List<Disk.Entry> files) {
        return new SessionDamagedException(
                id,
                files.get(0).path().toString(),
                1,
                0,
                "there is another file of this session: " + files.get(1).path());
    }

    /**
     * Finds the life of each existing session, from the catalogue or else from the index, and ends all other lives.
     *
     * @return false if the lives are ambiguous, so that the index has to be rebuilt
     */
    private boolean matchLives(Map<String, Disk.Entry> files) throws IOException {
        Set<Integer> known = new HashSet<>();
        for (Catalogue.Entry entry : catalogue.entries().values()) {
            // If the catalogue was flushed and the lives were not, it may name a number that now belongs to another
            // session.
            if (positions.isLive(entry.life())
                    && positions.sessionOf(entry.life()).equals(entry.id())) {
                root.lives().put(entry.id(), entry.life());
                known.add(entry.life());
            }
        }
        List<Integer> over = new ArrayList<>();
        for (int life = 1; life <= positions.highestLife(); life++) {
            if (!positions.isLive(life) || known.contains(life)) {
                continue;
            }
            String id = positions.sessionOf(life);
            if (!files.containsKey(id) && !root.damages().containsKey(id)) {
                over.add(life);
            } else if (redo.purged().contains(id) || root.lives().putIfAbsent(id, life) != null) {
                return false;
            }
        }
        if (!over.isEmpty()) {
            positions.end(over);
        }
        return true;
    }

    /** Returns whether the index has all events of a session that was read, or the journal's events complete it. */
    private boolean isIndexed(LogFile log, boolean begun) {
        if (!root.lives().containsKey(log.sessionId())) {
            return begun || log.foreign().unplaced() == log.version();
        }
        long version = log.version() - log.foreign().unplaced();
        if (version <= log.foreign().events()) {
            // Positions are recorded in the ledger before they are added to the index.
            return log.foreign().position(version) <= positions.complete();
        }
        return log.event(version).position() <= Math.max(positions.complete(), redo.lastPosition());
    }

    /**
     * Returns whether a file belongs to the session that its name stands for. It does if it continues the log that the
     * catalogue lists. Without an entry in the catalogue it does if no other session has its events.
     *
     * @param unknown whether the index cannot answer this for the session
     */
    private boolean isItsOwn(LogFile log, Catalogue.@Nullable Entry entry, boolean unknown) {
        String id = log.sessionId();
        if (entry != null) {
            if (Root.isSameLog(log, entry)) {
                return true;
            }
            root.damages().put(id, Root.another(log, entry));
            return false;
        }
        long first = Math.max(log.inherited(), log.foreign().events()) + 1;
        if (unknown || first > log.version() || root.lives().containsKey(id)) {
            return true;
        }
        String other = sessionAt(log.event(first).position());
        if (other != null && !other.equals(id)) {
            root.damages()
                    .put(
                            id,
                            new SessionDamagedException(
                                    id, log.file().toString(), first, log.bytes(first - 1), anothersEvents(other)));
            return false;
        }
        return true;
    }

    static String anothersEvents(String other) {
        return "its events belong to session " + other + ": it is that session's file, or a copy";
    }

    /** Returns the session that the index has at a position, or null. */
    private @Nullable String sessionAt(long position) {
        if (position > positions.complete()) {
            return null;
        }
        try {
            List<SessionEvent> there = positions.after(position - 1);
            return there.isEmpty() || there.get(0).position() != position
                    ? null
                    : there.get(0).sessionId();
        } catch (SessionDamagedException e) {
            return e.sessionId(); // the event cannot be read, but its position belongs to this session
        }
    }

    private @Nullable FileRead readAtOpening(String id, Path file, Catalogue.@Nullable Entry entry) throws IOException {
        boolean isItsFile = entry != null && entry.file().equals(FileNames.relative(path, file));
        long flushed = Math.max(redo.end(id), entry != null && isItsFile ? entry.size() : -1);
        try {
            LogFile.Scan scan = root.read(id, file, flushed);
            if (scan.log().lacksLineFeed()
                    && scan.log().version() > scan.log().foreign().events()) {
                // The last line must be whole: readers of the feed, and people, rely on the line feed at its end.
                try (Disk.File open = disk.open(file, Disk.Mode.WRITE)) {
                    open.writeFully(
                            ByteBuffer.wrap(new byte[] {'\n'}), scan.log().end());
                }
                scan = root.read(id, file, flushed);
            }
            if (scan.log().version() == 0 && (scan.torn() == null ? scan.log().end() > 0 : !beginsAsOurs(file))) {
                root.damages().put(id, new SessionDamagedException(id, file.toString(), 1, 0, Root.NOT_OURS));
                return null;
            }
            if (scan.torn() != null) {
                root.kept().cut(file, scan.torn().offset());
            } else if (flushed < scan.log().end()) {
                unsure.add(file);
            }
            return FileRead.of(scan.log());
        } catch (SessionDamagedException e) {
            root.damages().put(id, e);
            return null;
        }
    }

    /** Returns whether the first line of a file was written by Reel, judged by the bytes that are left of it. */
    private boolean beginsAsOurs(Path file) throws IOException {
        ByteBuffer begin = ByteBuffer.allocate(FIRST.length);
        try (Disk.File open = disk.open(file, Disk.Mode.READ)) {
            open.readFully(begin, 0);
        }
        return begin.flip().equals(ByteBuffer.wrap(FIRST, 0, begin.limit()));
    }

    /**
     * An unflushed file that is served now could be lost in a power cut. Flushing many files in parallel costs little
     * more than flushing one.
     */
    private void syncUnsure() throws IOException {
        Queue<Path> left = new ConcurrentLinkedQueue<>(unsure);
        unsure.clear();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        Runnable some = () -> {
            for (Path file = left.poll(); file != null && failures.isEmpty(); file = left.poll()) {
                try (Disk.File open = disk.open(file, Disk.Mode.WRITE)) {
                    open.sync();
                } catch (IOException | RuntimeException e) {
                    failures.add(e);
                }
            }
        };
        List<Thread> threads = new ArrayList<>();
        for (int i = 1; i < Math.min(SYNC_THREADS, left.size() / FILES_A_SYNC_THREAD); i++) {
            threads.add(FileThreads.thread("reel-open-" + i, some));
        }
        threads.forEach(Thread::start);
        some.run();
        for (Thread thread : threads) {
            FileThreads.join(thread);
        }
        for (Throwable failure : failures) {
            throw failure instanceof IOException e ? e : new IOException(failure);
        }
    }

    /** Assigns positions to foreign events that have none, and returns the logs of these events. */
    private List<LogFile> place(Collection<FileRead> read) throws IOException {
        List<Ledger.OfFile> parts = new ArrayList<>();
        List<LogFile> placed = new ArrayList<>();
        List<LogFile> unplaced = read.stream()
                .map(FileRead::log)
                .filter(log -> log.foreign().unplaced() > 0)
                .toList();
        Map<LogFile, Instant> times = new HashMap<>();
        for (LogFile log : unplaced) {
            times.put(log, log.event(log.foreign().events()).at());
            log.forget(); // the cached events were read without positions
        }
        Comparator<LogFile> byTime = Comparator.comparing(log -> times.getOrDefault(log, Instant.MIN));
        Comparator<LogFile> byName = Comparator.comparing(log -> FileNames.relative(path, log.file()));
        for (LogFile log :
                unplaced.stream().sorted(byTime.thenComparing(byName)).toList()) {
            long count = log.foreign().unplaced();
            log.place(lastPosition + 1);
            lastPosition += count;
            List<ForeignPart.Block> its = log.foreign().blocks();
            parts.add(new Ledger.OfFile(
                    FileNames.relative(path, log.file()),
                    log.sessionId(),
                    log.foreign().named(),
                    false,
                    its.get(its.size() - 1)));
            placed.add(log);
        }
        if (!parts.isEmpty()) {
            root.ledger().positionsOf(parts, root.clock().instant());
        }
        return placed;
    }

    /** Adds the journal's events to the index, then the foreign events that were just numbered. */
    private void complete(List<LogFile> placed) throws IOException {
        List<Span> spans = new ArrayList<>();
        for (Redo.Brought one : redo.brought()) {
            Span span = one.span();
            if (span.position() > positions.complete()) {
                spans.add(one.purge() ? span : span.of(root.lifeOf(one.sessionId())));
            }
        }
        for (LogFile log : placed) {
            List<ForeignPart.Block> its = log.foreign().blocks();
            long before = its.size() > 1 ? its.get(its.size() - 2).events() : 0;
            spans.add(IndexBuild.foreignSpan(log, its.get(its.size() - 1), before, root.lifeOf(log.sessionId())));
        }
        positions.append(spans);
    }
}
