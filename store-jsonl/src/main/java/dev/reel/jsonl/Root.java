package dev.reel.jsonl;

import dev.reel.JsonLimits;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.StoreOptions;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PrimitiveIterator;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A directory of sessions that is open for writing, with everything that the store keeps beside the session files.
 *
 * <p><b>Opening</b> has four steps. It reads the ledger, {@linkplain Redo redoes} the journal, compares the catalogue
 * with the files, and completes the index of positions. A session file is read only if it differs from the catalogue's
 * entry. Foreign events without positions are numbered file by file, in the order of the files' last events, so that
 * the session that was changed last is listed first. If the index lacks only events from the journal and foreign
 * events, these are added. If it lacks anything else, it is rebuilt from all files.
 *
 * <p><b>What a file must contain.</b> Events from the journal are flushed. Events that the catalogue lists were flushed
 * before the journal deleted them. A file that contains less than that is damaged. A torn end is possible only after
 * these events.
 *
 * <p>Reads and writes of a damaged session fail with an error that names the file and the offset. All other sessions
 * work.
 *
 * <p>Unless a method says otherwise, call it on the folder's thread.
 */
final class Root implements Closeable {

    static final String OWN = ".reel";
    static final String JOURNAL = "journal";

    static final String GONE =
            "the file of this session is gone; put it back, or run a repair, which removes the session";
    static final String ANOTHER = "the event here is not the one that was written: the file was replaced";
    static final String NOT_OURS = "no line of it is an event: it is another program's file, and is left unchanged";

    private static final byte[] FIRST = "{\"seq\":".getBytes(StandardCharsets.US_ASCII);

    private static final int SYNC_THREADS = 16;
    private static final int FILES_A_SYNC_THREAD = 32;

    private final Disk disk;
    private final Path path;
    private final Path own;
    private final Clock clock;
    private final FileNames names;
    private final Ledger ledger;
    private final EventBlocks blocks;
    private final Kept kept;
    private final Redo redo;
    private final Catalogue catalogue;
    private final PositionIndex positions;
    private final Reserve reserve;
    private final List<Closeable> opened;
    private final Map<String, SessionDamagedException> damages = new ConcurrentHashMap<>();
    /** Sessions that opening could not write, and whose events are held. */
    private final Set<String> lacking = ConcurrentHashMap.newKeySet();

    private final Map<String, List<Disk.Entry>> clashes = new ConcurrentHashMap<>();
    private final Map<String, Integer> lives = new ConcurrentHashMap<>();
    /** Events that are in the index but not in a session file, by the position of the first. */
    private final Map<Long, Aside> aside = new ConcurrentHashMap<>();
    /** Files that may not be flushed. */
    private final List<Path> unsure = new ArrayList<>();

    private long lastPosition;

    /**
     * Events that are in the index but not in a session file.
     *
     * @param sessionId the session of the events
     * @param span where the events will be in the file; without a life
     */
    private record Aside(String sessionId, Span span, List<SessionEvent> events) {}

    private Root(Disk disk, Path path, StoreOptions options, long cacheBytes, List<Closeable> opened)
            throws IOException {
        this.disk = disk;
        this.path = path;
        this.own = path.resolve(OWN);
        this.clock = options.clock();
        this.opened = opened;
        names = new FileNames(FileNames.ignoresCase(disk, own));
        ledger = Ledger.open(disk, own);
        opened.add(ledger);
        blocks = new EventBlocks(disk, JsonLimits.DEFAULT, options.upcasters(), cacheBytes);
        kept = new Kept(disk, path);
        reserve = new Reserve(disk, own);
        redo = Redo.of(disk, path, names, ledger, blocks, clock.instant());
        catalogue = Catalogue.load(disk, own);
        opened.add(catalogue);
        positions = PositionIndex.open(disk, path, own, blocks.codec(), cacheBytes / 2, new Elsewhere());
        opened.add(positions);
    }

    /** Opens a root and repairs what a crash left. Blocks; call it on a thread that may read files. */
    static Root open(Disk disk, Path path, Closeable lock, StoreOptions options, long cacheBytes) throws IOException {
        List<Closeable> opened = new ArrayList<>(List.of(lock));
        try {
            disk.createDirectories(path.resolve(OWN));
            Format.claim(disk, path.resolve(OWN));
            Root root = new Root(disk, path, options, cacheBytes, opened);
            root.check();
            return root;
        } catch (IOException | RuntimeException e) {
            closeAll(opened, e);
            throw e;
        }
    }

    private static void closeAll(List<Closeable> opened, @Nullable Exception because) throws IOException {
        IOException failure = null;
        for (int i = opened.size() - 1; i >= 0; i--) {
            try {
                opened.get(i).close();
            } catch (IOException e) {
                if (because != null) {
                    because.addSuppressed(e);
                } else if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Supplies feed events that cannot be read from a session file as native lines. */
    private final class Elsewhere implements PositionIndex.Source {

        @Override
        public List<SessionEvent> foreign(Lives.Name name, Span span) {
            LogFile log = open(name.sessionId());
            List<SessionEvent> events = new ArrayList<>(span.count());
            for (long v = 1; v <= log.foreign().events(); v++) {
                long position = log.foreign().position(v);
                if (position >= span.position() && position <= span.last()) {
                    events.add(log.event(v));
                }
            }
            return events;
        }

        @Override
        public @Nullable List<SessionEvent> aside(Span span) {
            Aside known = aside.get(span.position());
            return known == null ? null : known.events();
        }

        @Override
        public SessionEvent purged(long position) throws IOException {
            Aside waiting = aside.get(position);
            SessionEvent purge = waiting == null
                    ? ledger.purgeAt(position)
                    : waiting.events().get(0);
            if (purge == null) {
                throw new DamagedIndexException("the purge at position " + position + " is not on record");
            }
            return purge;
        }
    }

    // ---- Opening: catalogue and index

    private void check() throws IOException {
        FileNames.Listing listing = FileNames.list(disk, path);
        clashes.putAll(listing.clashes());
        clashes.forEach((id, files) -> damages.put(id, clash(id, files)));
        for (Disk.Entry entry : listing.strange()) {
            String id = FileNames.idOf(path.relativize(entry.path()));
            if (id != null) {
                damages.put(
                        id,
                        new SessionDamagedException(
                                id,
                                entry.path().toString(),
                                1,
                                0,
                                "a link, a directory or a pipe, not a regular file"));
            }
        }
        damages.putAll(redo.refused());
        lacking.addAll(redo.left().keySet());
        redo.left().values().forEach(frames -> frames.forEach(this::setAside));
        Map<String, Disk.Entry> files = listing.files();
        files.keySet().removeAll(damages.keySet());
        Set<String> gone = new HashSet<>(catalogue.entries().keySet());
        gone.removeIf(id -> files.containsKey(id)
                || damages.containsKey(id)
                || redo.purged().contains(id));
        for (String id : gone) {
            String file = Objects.requireNonNull(catalogue.entries().get(id)).file();
            damages.put(id, new SessionDamagedException(id, path.resolve(file).toString(), 0, 0, GONE));
        }
        gone = new HashSet<>(redo.purged());
        if (!gone.isEmpty()) {
            catalogue.remove(gone);
        }
        lastPosition = Math.max(ledger.reservedUpTo(), Math.max(redo.lastPosition(), positions.complete()));
        boolean rebuild = positions.inDoubt() || !matchLives(files);
        Set<String> begun = new HashSet<>();
        redo.brought().stream().filter(Redo.Brought::begins).forEach(one -> begun.add(one.sessionId()));
        Map<String, FileRead> read = new TreeMap<>();
        for (Map.Entry<String, Disk.Entry> one : files.entrySet()) {
            String id = one.getKey();
            Catalogue.Entry entry = catalogue.entries().get(id);
            // The life differs if a crash came after the index was rebuilt and before the catalogue was written.
            boolean isListed = entry != null
                    && Integer.valueOf(entry.life()).equals(lives.get(id))
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
                if (!read.containsKey(id) && !damages.containsKey(id)) {
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
            rebuild(read);
        } else {
            complete(placed);
        }
        positions.mark(Math.max(lastPosition, positions.complete()));
        // Before the catalogue, which may be flushed when it is written: every event it lists must be in the index.
        positions.sync();
        List<Catalogue.Entry> entries = new ArrayList<>();
        for (FileRead file : read.values()) {
            RowsOfFile rows = file.rows();
            entries.add(entryOf(file.log(), rows.state(), rows.birth(), rows.snapshots()));
        }
        if (!entries.isEmpty()) {
            catalogue.put(entries);
        }
        redo.release();
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
                events.add(blocks.codec().decode(frame.sessionId(), line));
            }
        }
        int open = frame.bytes().get(frame.bytes().position()) == '\n' ? 1 : 0;
        int size = frame.bytes().remaining();
        Span span = frame.kind() == Frame.Kind.PURGE
                ? Span.purge(frame.firstPosition())
                : new Span(frame.firstPosition(), 0, frame.fileOffset() + open, size - open, frame.count(), false);
        setAside(frame.sessionId(), span, events);
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
                lives.put(entry.id(), entry.life());
                known.add(entry.life());
            }
        }
        List<Integer> over = new ArrayList<>();
        for (int life = 1; life <= positions.highestLife(); life++) {
            if (!positions.isLive(life) || known.contains(life)) {
                continue;
            }
            String id = positions.sessionOf(life);
            if (!files.containsKey(id) && !damages.containsKey(id)) {
                over.add(life);
            } else if (redo.purged().contains(id) || lives.putIfAbsent(id, life) != null) {
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
        if (!lives.containsKey(log.sessionId())) {
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
            if (isSameLog(log, entry)) {
                return true;
            }
            damages.put(id, another(log, entry));
            return false;
        }
        long first = Math.max(log.inherited(), log.foreign().events()) + 1;
        if (unknown || first > log.version() || lives.containsKey(id)) {
            return true;
        }
        String other = sessionAt(log.event(first).position());
        if (other != null && !other.equals(id)) {
            damages.put(
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

    private static SessionDamagedException another(LogFile log, Catalogue.Entry entry) {
        long version = Math.min(entry.version(), log.version());
        long offset = log.bytes(Math.max(0, version - 1));
        return new SessionDamagedException(log.sessionId(), log.file().toString(), version, offset, ANOTHER);
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

    /** Returns whether the file continues the catalogue's log. If not, the index describes a different log. */
    private static boolean isSameLog(LogFile log, Catalogue.Entry entry) {
        long version = entry.version();
        String lastId = entry.lastEventId();
        return version == 0 || version <= log.version() && lastId != null && log.mayHave(version, lastId);
    }

    private @Nullable FileRead readAtOpening(String id, Path file, Catalogue.@Nullable Entry entry) throws IOException {
        boolean isItsFile = entry != null && entry.file().equals(FileNames.relative(path, file));
        long flushed = Math.max(redo.end(id), entry != null && isItsFile ? entry.size() : -1);
        try {
            LogFile.Scan scan = read(id, file, flushed);
            if (scan.log().lacksLineFeed()
                    && scan.log().version() > scan.log().foreign().events()) {
                // The last line must be whole: readers of the feed, and people, rely on the line feed at its end.
                try (Disk.File open = disk.open(file, Disk.Mode.WRITE)) {
                    open.writeFully(
                            ByteBuffer.wrap(new byte[] {'\n'}), scan.log().end());
                }
                scan = read(id, file, flushed);
            }
            if (scan.log().version() == 0 && (scan.torn() == null ? scan.log().end() > 0 : !beginsAsOurs(file))) {
                damages.put(id, new SessionDamagedException(id, file.toString(), 1, 0, NOT_OURS));
                return null;
            }
            if (scan.torn() != null) {
                kept.cut(file, scan.torn().offset());
            } else if (flushed < scan.log().end()) {
                unsure.add(file);
            }
            return FileRead.of(scan.log());
        } catch (SessionDamagedException e) {
            damages.put(id, e);
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

    private LogFile.Scan read(String id, Path file, long flushed) throws IOException {
        List<Ledger.OfFile> parts = ledger.ofFile(FileNames.relative(path, file));
        String named = parts.isEmpty()
                ? String.valueOf(file.getFileName())
                : parts.get(0).named();
        return LogFile.scan(
                blocks,
                id,
                file,
                named,
                parts.stream().map(Ledger.OfFile::block).toList(),
                flushed);
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
            ledger.positionsOf(parts, clock.instant());
        }
        return placed;
    }

    /** Adds the journal's events to the index, then the foreign events that were just numbered. */
    private void complete(List<LogFile> placed) throws IOException {
        List<Span> spans = new ArrayList<>();
        for (Redo.Brought one : redo.brought()) {
            Span span = one.span();
            if (span.position() > positions.complete()) {
                spans.add(one.purge() ? span : span.of(lifeOf(one.sessionId())));
            }
        }
        for (LogFile log : placed) {
            List<ForeignPart.Block> its = log.foreign().blocks();
            long before = its.size() > 1 ? its.get(its.size() - 2).events() : 0;
            spans.add(foreignSpan(log, its.get(its.size() - 1), before, lifeOf(log.sessionId())));
        }
        positions.append(spans);
    }

    private static Span foreignSpan(LogFile log, ForeignPart.Block block, long before, int life) {
        long begin = log.bytes(before);
        return new Span(
                block.first(),
                life,
                begin,
                (int) Math.min(Integer.MAX_VALUE, block.bytes() - begin),
                Math.toIntExact(block.events() - before),
                true);
    }

    /**
     * Rebuilds the index while the root is opened. Reads the session files, and copies the old spans of sessions that
     * cannot be read.
     */
    private void rebuild(Map<String, FileRead> read) throws IOException {
        Map<String, Integer> before = new HashMap<>();
        catalogue.entries().forEach((id, entry) -> before.put(id, entry.life()));
        before.putAll(lives);
        before.keySet().retainAll(damages.keySet());
        Set<Integer> there = new HashSet<>();
        positions.eachRight(new HashSet<>(before.values()), Long.MAX_VALUE, span -> there.add(span.life()));
        before.values().retainAll(there);
        lives.clear();
        try (PositionIndex.Rebuild rebuild = positions.rebuild(highestListedLife())) {
            for (FileRead file : read.values()) {
                LogFile log = file.log();
                int life = rebuild.begin(log.sessionId(), FileNames.relative(path, log.file()));
                lives.put(log.sessionId(), life);
                eachForeignSpan(log, life, rebuild::add);
                file.eachNativeSpan(span -> rebuild.add(span.of(life)));
            }
            Map<Integer, Integer> numbers = new HashMap<>();
            for (Map.Entry<String, Integer> one : before.entrySet()) {
                numbers.put(one.getValue(), begin(rebuild, one.getKey(), lives));
            }
            boolean all = finish(rebuild, numbers, lives, Long.MAX_VALUE);
            if (!all) {
                positions.doubtLater();
            }
        }
    }

    /**
     * Rebuilds the index while the store is open. The session files contain every event of the index except those set
     * aside. Spans that are still valid are kept for sessions that cannot be read.
     */
    void remakeIndex() throws IOException {
        long upTo = positions.complete();
        Map<String, Integer> fresh = new HashMap<>();
        try (PositionIndex.Rebuild rebuild = positions.rebuild(highestListedLife())) {
            Map<Integer, Integer> unread = new HashMap<>();
            for (Map.Entry<String, Integer> one : lives.entrySet()) {
                int life = begin(rebuild, one.getKey(), fresh);
                if (!addSpans(rebuild, one.getKey(), life, upTo)) {
                    unread.put(one.getValue(), life);
                }
            }
            boolean all = finish(rebuild, unread, fresh, upTo);
            lives.putAll(fresh);
            if (!all) {
                positions.doubtLater();
            }
        }
        List<Catalogue.Entry> renumbered = new ArrayList<>();
        for (Catalogue.Entry entry : catalogue.entries().values()) {
            Integer life = lives.get(entry.id());
            if (life != null && life != entry.life()) {
                renumbered.add(entry.withLife(life));
            }
        }
        catalogue.put(renumbered);
    }

    private int highestListedLife() {
        int highest = 0;
        for (Catalogue.Entry entry : catalogue.entries().values()) {
            highest = Math.max(highest, entry.life());
        }
        return highest;
    }

    private int begin(PositionIndex.Rebuild rebuild, String id, Map<String, Integer> fresh) throws IOException {
        int life = rebuild.begin(id, FileNames.relative(path, fileOf(id)));
        fresh.put(id, life);
        return life;
    }

    /** Adds the spans of a session's file up to a position. Returns false if part of the file cannot be read. */
    private boolean addSpans(PositionIndex.Rebuild rebuild, String id, int life, long upTo) throws IOException {
        if (damages.containsKey(id)) {
            return false;
        }
        Catalogue.Entry entry = catalogue.entries().get(id);
        List<Span> spans = new ArrayList<>();
        try {
            LogFile log =
                    read(id, fileOf(id), entry == null ? -1 : entry.size()).log();
            eachForeignSpan(log, life, spans::add);
            FileRead.eachNativeSpan(log, upTo, span -> spans.add(span.of(life)));
        } catch (SessionDamagedException | UncheckedIOException e) {
            return false;
        } catch (IOException e) {
            if (Disk.isOfAll(e)) {
                throw e;
            }
            return false;
        }
        for (Span span : spans) {
            rebuild.add(span);
        }
        return true;
    }

    private static void eachForeignSpan(LogFile log, int life, FileRead.SpanConsumer consumer) throws IOException {
        long before = 0;
        for (ForeignPart.Block block : log.foreign().blocks()) {
            if (block.events() > log.inherited()) {
                consumer.accept(foreignSpan(log, block, before, life));
            }
            before = block.events();
        }
    }

    /**
     * Adds the events that are in no file, the old spans of unreadable sessions, and the purges. Then puts the index in
     * place.
     *
     * @param unread the lives of sessions that cannot be read, each with its old number
     * @param fresh the new life of each session; sessions that have only events set aside are added
     * @return whether the index is complete
     */
    private boolean finish(
            PositionIndex.Rebuild rebuild, Map<Integer, Integer> unread, Map<String, Integer> fresh, long upTo)
            throws IOException {
        boolean all = unread.isEmpty()
                || positions.eachRight(
                        unread.keySet(),
                        upTo,
                        span -> rebuild.add(span.of(Objects.requireNonNull(unread.get(span.life())))));
        for (Aside one : aside.values()) {
            if (one.span.position() <= upTo) {
                Integer life = fresh.get(one.sessionId);
                boolean isPurge = one.events.get(0).version() == 0;
                int number = isPurge ? 0 : life == null ? begin(rebuild, one.sessionId, fresh) : life;
                rebuild.add(one.span.of(number));
            }
        }
        for (PrimitiveIterator.OfLong purges = ledger.purgePositions(); purges.hasNext(); ) {
            long purge = purges.nextLong();
            if (purge <= upTo) {
                rebuild.add(Span.purge(purge));
            }
        }
        rebuild.finish(clash -> {}); // the lower file keeps the position; a check reports the other one
        return all;
    }

    // ---- For the storage and the folder

    Disk disk() {
        return disk;
    }

    Path path() {
        return path;
    }

    FileNames names() {
        return names;
    }

    Ledger ledger() {
        return ledger;
    }

    EventBlocks blocks() {
        return blocks;
    }

    Catalogue catalogue() {
        return catalogue;
    }

    PositionIndex positions() {
        return positions;
    }

    Reserve reserve() {
        return reserve;
    }

    long lastPosition() {
        return lastPosition;
    }

    /** Returns whether a session was in the feed of this root. Callable from any thread. */
    boolean knows(String sessionId) {
        return catalogue.entries().containsKey(sessionId) || lives.containsKey(sessionId);
    }

    /** Starts a new journal and deletes the old one, whose events are all in files and flushed. */
    JournalWriter begin(JournalWriter.Settings settings, JournalWriter.Owner owner) throws IOException {
        Path journal = own.resolve(JOURNAL);
        List<Segment> before = disk.look(journal) == null ? List.of() : Segment.list(disk, journal);
        JournalWriter writer =
                new JournalWriter(disk, journal, List.of(), redo.nextSegment(), ledger.reservedUpTo(), settings, owner);
        for (Segment segment : before) {
            // Each deletion is flushed before the next: a frame must never reappear without the frames that followed
            // it.
            disk.delete(segment.file());
            disk.syncDirectory(journal);
        }
        redo.deleteDone();
        return writer;
    }

    /** Reads the log of a stored session. Callable from any thread that may read files. */
    LogFile open(String sessionId) {
        SessionDamagedException damage = damages.get(sessionId);
        if (damage != null) {
            throw damage.copy();
        }
        Catalogue.Entry entry = catalogue.entries().get(sessionId);
        if (entry == null) {
            String file = path.resolve(names.pathOf(sessionId)).toString();
            throw new SessionDamagedException(sessionId, file, 0, 0, "the file of this session is gone");
        }
        try {
            // The folder or the opening added this entry after all of it was written, so the file has no torn end.
            LogFile.Scan scan = read(sessionId, path.resolve(entry.file()), entry.size());
            LogFile.TornEnd torn = scan.torn();
            if (torn != null) {
                throw new SessionDamagedException(
                        sessionId, scan.log().file().toString(), torn.line(), torn.offset(), torn.reason());
            }
            if (!isSameLog(scan.log(), entry)) {
                throw another(scan.log(), entry);
            }
            return scan.log();
        } catch (IOException e) {
            throw new UncheckedIOException("session " + sessionId + " can't be read", e);
        }
    }

    /** Returns the path of a session's file, which need not exist. Callable from any thread. */
    Path fileOf(String sessionId) {
        Catalogue.Entry entry = catalogue.entries().get(sessionId);
        return path.resolve(entry == null ? names.pathOf(sessionId) : Path.of(entry.file()));
    }

    /** Returns the number of the session's current life in the index. */
    int lifeOf(String sessionId) throws IOException {
        Integer known = lives.get(sessionId);
        if (known == null) {
            known = positions.begin(sessionId, FileNames.relative(path, fileOf(sessionId)));
            lives.put(sessionId, known);
        }
        return known;
    }

    /** A fork's file begins with a copy of its parent's lines. */
    void beginFork(LogFile fork, Path file, DirtyFiles files) throws IOException {
        ForkFile.begin(files, ledger, blocks, path, fork.sessionId(), fork.file(), file, fork.end(), clock.instant());
    }

    Catalogue.Entry entryOf(LogFile log, SessionState rows, long birth, Map<String, Long> snapshots)
            throws IOException {
        Disk.Entry file = Objects.requireNonNull(disk.look(log.file()), "a session's file");
        return Catalogue.Entry.of(
                log.sessionId(),
                FileNames.relative(path, log.file()),
                file.size(),
                file.modified(),
                rows.place(),
                birth,
                rows.session(),
                log.inherited(),
                snapshots,
                lifeOf(log.sessionId()),
                log.foreign().events());
    }

    /** Makes events readable from memory that are in the journal but not yet in a session file. */
    void setAside(String sessionId, Span span, List<SessionEvent> events) {
        aside.put(span.position(), new Aside(sessionId, span, events));
    }

    /** Drops the events set aside at this position: they are in the session's file now, or were purged. */
    void landed(long position) {
        aside.remove(position);
    }

    /**
     * Removes a session's events from the feed. Runs before the file is deleted, so that no reader looks for a missing
     * file.
     */
    void endLife(String id) throws IOException {
        Integer life = lives.get(id);
        if (life != null) {
            positions.end(List.of(life));
            lives.remove(id); // only now: if ending the life fails, it is tried again
        }
    }

    /** Records a purge, which makes it final. {@link #erase} follows. */
    void purged(SessionEvent purge) throws IOException {
        ledger.purged(purge);
    }

    /** Deletes a session's data, except for its bytes in the journal and its catalogue entry. */
    void erase(String id, DirtyFiles files) throws IOException {
        Path file = fileOf(id);
        new Held(disk, path).delete(file);
        files.delete(file);
        kept.erase(file);
        for (Disk.Entry other : clashes.getOrDefault(id, List.of())) {
            files.delete(other.path());
            kept.erase(other.path());
        }
        clashes.remove(id);
        damages.remove(id);
        lacking.remove(id);
    }

    /** Reserves positions up to this one, so that they can be assigned. Called on the journal's thread. */
    void reserve(long upTo) throws IOException {
        ledger.reserve(upTo, clock.instant());
    }

    /** Releases the reserved positions after the last used one. Called on a clean close. */
    void giveBack() throws IOException {
        long used = positions.mark();
        if (used < ledger.reservedUpTo()) {
            ledger.reserve(used, clock.instant());
        }
    }

    /** Returns the ids of damaged sessions. Callable from any thread. */
    Set<String> damaged() {
        return damages.keySet();
    }

    /** Returns the errors of sessions whose events opening could not write to their files and holds instead. */
    List<SessionDamagedException> lacking() {
        return lacking.stream().map(damages::get).filter(Objects::nonNull).toList();
    }

    /** Returns the number of per-session map entries in memory. For tests. */
    int heldPerSession() {
        return damages.size()
                + lacking.size()
                + clashes.size()
                + lives.size()
                + unsure.size()
                + aside.size()
                + redo.held()
                + ledger.knownFiles()
                + catalogue.entries().size();
    }

    @Override
    public void close() throws IOException {
        closeAll(opened, null);
    }
}
