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
 * A directory of sessions that is open for writing, with all that the store keeps beside the session files.
 *
 * <p><b>Opening</b> takes the lock, reads the ledger, {@linkplain Redo redoes} the journal, then holds the catalogue
 * against the files: a session whose file is not the one that the catalogue speaks of is read. Foreign events that have
 * no positions get theirs, file by file in the order of their last events, so that what was changed last is listed first. What the index of positions lacks is what the journal brought, and
 * foreign events; where it lacks anything else, it is made anew from all files.
 *
 * <p><b>What a file must have.</b> What the journal brought is flushed, and what the catalogue speaks of was flushed
 * before the journal let go of it. So a file that has less is damaged; only behind that can there be a torn end.
 *
 * <p>A session that is damaged refuses, with the error that says where; all others work.
 *
 * <p>Everything here is for the folder's thread, where nothing else is said.
 */
final class Root implements Closeable {

    static final String OWN = ".reel";
    static final String JOURNAL = "journal";

    static final String GONE =
            "the file of this session is gone; put it back, or repair, after which the session is gone";
    static final String ANOTHER = "another event stands here than the one that was written: the file was replaced";
    static final String NOT_OURS = "no line of it is an event; another program's file, to which nothing is written";

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
    /** Sessions that were refused at the opening, and of which something is held. */
    private final Set<String> lacking = ConcurrentHashMap.newKeySet();

    private final Map<String, List<Disk.Entry>> clashes = new ConcurrentHashMap<>();
    private final Map<String, Integer> lives = new ConcurrentHashMap<>();
    /** Events that the index has and no session file, by the position of the first. */
    private final Map<Long, Aside> aside = new ConcurrentHashMap<>();
    /** Files of which nothing says that they are flushed. */
    private final List<Path> unsure = new ArrayList<>();

    private long lastPosition;

    /**
     * Events that the index has and no session file.
     *
     * @param sessionId whose they are
     * @param span where they will stand, of no life
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

    /** Opens a root, and puts right what a crash left of it. Blocks; on a thread that may read files. */
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

    /** What the feed has that is not in session files as it is. */
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
                                id, entry.path().toString(), 1, 0, "a link, a directory or a pipe, no regular file"));
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
            // Another life is from before the index was made anew, when a crash came before the catalogue was written.
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
        positions
                .sync(); // before the catalogue, which may be flushed when it is written: what it lists is in the index
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
     * Finds the lives of the sessions that are there, and ends the others. Which life a session has, the catalogue says, or
     * the index.
     *
     * @return false where that can't be told, so that the index has to be made anew
     */
    private boolean matchLives(Map<String, Disk.Entry> files) throws IOException {
        Set<Integer> known = new HashSet<>();
        for (Catalogue.Entry entry : catalogue.entries().values()) {
            // A catalogue that was flushed before the lives may name one that is another's now.
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

    /** Whether the index has all events of a session that was read, or what the journal brought completes it. */
    private boolean isIndexed(LogFile log, boolean begun) {
        if (!lives.containsKey(log.sessionId())) {
            return begun || log.foreign().unplaced() == log.version();
        }
        long version = log.version() - log.foreign().unplaced();
        if (version <= log.foreign().events()) {
            // Positions are on record before they come into the index.
            return log.foreign().position(version) <= positions.complete();
        }
        return log.event(version).position() <= Math.max(positions.complete(), redo.lastPosition());
    }

    /**
     * Whether a file is the session's that its name says: it goes on where the one of the catalogue ended, and where there
     * was none, no other session has its events.
     *
     * @param unknown whether what the index has of it says nothing
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
        return "its events are those of session " + other + ": it is that one's file, or a copy";
    }

    private static SessionDamagedException another(LogFile log, Catalogue.Entry entry) {
        long version = Math.min(entry.version(), log.version());
        long offset = log.bytes(Math.max(0, version - 1));
        return new SessionDamagedException(log.sessionId(), log.file().toString(), version, offset, ANOTHER);
    }

    /** The session that the index has at a position, or null. */
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
            return e.sessionId(); // it can't be read there, and has a place all the same
        }
    }

    /** Whether it goes on where the catalogue's log ends; else the index speaks of another one. */
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
                // The last line is whole; readers of the feed, and people, count on its end.
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

    /** Whether the first line of a file was one of Reel's, as far as there is one. */
    private boolean beginsAsOurs(Path file) throws IOException {
        ByteBuffer begin = ByteBuffer.allocate(FIRST.length);
        try (Disk.File open = disk.open(file, Disk.Mode.READ)) {
            open.readFully(begin, 0);
        }
        return begin.flip().equals(ByteBuffer.wrap(FIRST, 0, begin.limit()));
    }

    /** Else what is served now might be gone after a power cut. Many flushes at once cost little more than one. */
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

    /** Gives positions to foreign events that have none; gives the logs of these. */
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
            log.forget(); // what was read has no position yet
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

    /** Adds to the index what the journal brought, then foreign events that got positions just now. */
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
     * Makes the index anew, as the root is opened: from the session files that were read, and from what it has had of those
     * that can't be.
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
     * Makes the index anew while the store is open: from the session files, which have all that it has but what is aside.
     * What of a session that can't be read is still right in the index, it keeps.
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

    /** Adds what a session's file has up to a position; false where not all of it can be read. */
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
     * Adds what no file has, what the index has had of sessions that can't be read, and purges; puts the index in place.
     *
     * @param unread the numbers of sessions that can't be read, now and before
     * @param fresh the number of each session; those that have something aside only are added
     * @return whether all is there
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
        rebuild.finish(clash -> {}); // the lower file keeps the position; verify tells of it
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

    /** Whether a session was in the feed of this root. From any thread. */
    boolean knows(String sessionId) {
        return catalogue.entries().containsKey(sessionId) || lives.containsKey(sessionId);
    }

    /** Begins the journal, and deletes the one of before: all that it had is in files, and flushed. */
    JournalWriter begin(JournalWriter.Settings settings, JournalWriter.Owner owner) throws IOException {
        Path journal = own.resolve(JOURNAL);
        List<Segment> before = disk.look(journal) == null ? List.of() : Segment.list(disk, journal);
        JournalWriter writer =
                new JournalWriter(disk, journal, List.of(), redo.nextSegment(), ledger.reservedUpTo(), settings, owner);
        for (Segment segment : before) {
            // One after the other, down to the disk: a frame must never come back without those that followed it.
            disk.delete(segment.file());
            disk.syncDirectory(journal);
        }
        redo.deleteDone();
        return writer;
    }

    /** The log of a stored session; from any thread that may read files. */
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
            // The folder, or opening, put the entry there when all of this was written: there can be no torn end.
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

    /** Where a session's file is, or would be; from any thread. */
    Path fileOf(String sessionId) {
        Catalogue.Entry entry = catalogue.entries().get(sessionId);
        return path.resolve(entry == null ? names.pathOf(sessionId) : Path.of(entry.file()));
    }

    /** The number of a session's life in the index. */
    int lifeOf(String sessionId) throws IOException {
        Integer known = lives.get(sessionId);
        if (known == null) {
            known = positions.begin(sessionId, FileNames.relative(path, fileOf(sessionId)));
            lives.put(sessionId, known);
        }
        return known;
    }

    /** A fork's file begins with what its parent's has. */
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
                log.version(),
                rows.lastEventId(),
                birth,
                rows.session(),
                log.inherited(),
                snapshots,
                lifeOf(log.sessionId()),
                log.foreign().events());
    }

    /** These events are written, and in no session file yet: they can be read here. */
    void setAside(String sessionId, Span span, List<SessionEvent> events) {
        aside.put(span.position(), new Aside(sessionId, span, events));
    }

    /** The events from that position on are in the session's file, or were purged. */
    void landed(long position) {
        aside.remove(position);
    }

    /** What a session has in the feed is no more, before its file is: whoever reads must not look for what goes. */
    void endLife(String id) throws IOException {
        Integer life = lives.get(id);
        if (life != null) {
            positions.end(List.of(life));
            lives.remove(id); // not before: where it can't be ended, it is tried again
        }
    }

    /** A purge is done from now on, whatever happens; {@link #erase} follows. */
    void purged(SessionEvent purge) throws IOException {
        ledger.purged(purge);
    }

    /** Takes a session's bytes away, but those in the journal and in the catalogue. */
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

    /** Positions up to that one may be given out. On the journal's thread. */
    void reserve(long upTo) throws IOException {
        ledger.reserve(upTo, clock.instant());
    }

    /** After a clean close, no position behind the last one is reserved. */
    void giveBack() throws IOException {
        long used = positions.mark();
        if (used < ledger.reservedUpTo()) {
            ledger.reserve(used, clock.instant());
        }
    }

    /** Sessions that are damaged; from any thread. */
    Set<String> damaged() {
        return damages.keySet();
    }

    /** Sessions of which something is held since the opening, which could not write it to their files. */
    List<SessionDamagedException> lacking() {
        return lacking.stream().map(damages::get).filter(Objects::nonNull).toList();
    }

    /** How much it holds per session, in entries of maps, for tests. */
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
