package dev.reel.jsonl;

import dev.reel.JsonLimits;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.StoreOptions;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory of sessions that is open for writing, with everything that the store keeps beside the session files.
 * {@link RootOpening} opens it.
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

    static final String GONE =
            "the file of this session is gone; put it back, or run a repair, which removes the session";
    static final String ANOTHER = "the event here is not the one that was written: the file was replaced";
    static final String NOT_OURS = "no line of it is an event: it is another program's file, and is left unchanged";

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

    private long lastPosition;

    /**
     * Events that are in the index but not in a session file.
     *
     * @param sessionId the session of the events
     * @param span where the events will be in the file; without a life
     */
    record Aside(String sessionId, Span span, List<SessionEvent> events) {}

    /** Reads what lies beside the session files. {@link RootOpening} then compares it with the files. */
    Root(Disk disk, Path path, StoreOptions options, long cacheBytes, List<Closeable> opened) throws IOException {
        this.disk = disk;
        this.path = path;
        this.own = RootFiles.own(path);
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

    static void closeAll(List<Closeable> opened, @Nullable Exception because) throws IOException {
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

    // ---- Files of sessions

    static SessionDamagedException another(LogFile log, Catalogue.Entry entry) {
        long version = Math.min(entry.version(), log.version());
        long offset = log.bytes(Math.max(0, version - 1));
        return new SessionDamagedException(log.sessionId(), log.file().toString(), version, offset, ANOTHER);
    }

    /** Returns whether the file continues the catalogue's log. If not, the index describes a different log. */
    static boolean isSameLog(LogFile log, Catalogue.Entry entry) {
        long version = entry.version();
        String lastId = entry.lastEventId();
        return version == 0 || version <= log.version() && lastId != null && log.mayHave(version, lastId);
    }

    LogFile.Scan read(String id, Path file, long flushed) throws IOException {
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

    // ---- For the storage and the folder

    Disk disk() {
        return disk;
    }

    Clock clock() {
        return clock;
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

    Redo redo() {
        return redo;
    }

    Kept kept() {
        return kept;
    }

    /** Returns the errors of damaged sessions, by id. */
    Map<String, SessionDamagedException> damages() {
        return damages;
    }

    /** Returns the number of each session's current life in the index. */
    Map<String, Integer> lives() {
        return lives;
    }

    /** Returns the events that are in the index but in no file. */
    Collection<Aside> aside() {
        return aside.values();
    }

    /** Marks a session as one that opening could not write, and whose events are held. */
    void lacks(String sessionId) {
        lacking.add(sessionId);
    }

    /** Marks a session as one that has several files. */
    void clashes(Map<String, List<Disk.Entry>> found) {
        clashes.putAll(found);
    }

    void lastPosition(long position) {
        lastPosition = position;
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
        Path journal = own.resolve(RootFiles.JOURNAL);
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
