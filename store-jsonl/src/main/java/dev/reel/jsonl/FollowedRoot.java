package dev.reel.jsonl;

import dev.reel.JsonLimits;
import dev.reel.ReelException;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.StoreDamagedException;
import dev.reel.StoreOptions;
import dev.reel.internal.engine.Engine;
import dev.reel.internal.engine.NeedsReading;
import dev.reel.internal.engine.Storage;
import dev.reel.internal.engine.StoredFeed;
import dev.reel.internal.engine.StoredLog;
import dev.reel.internal.engine.StoredSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A directory of sessions that another process may be writing, opened for reading. It changes nothing in the directory.
 *
 * <p><b>Start.</b> It first notes the current place in the journal, then looks at the files, then reads the journal's
 * frames from that place up to the mark. So every event is in a file or in a frame. A frame whose events are already in
 * the file is skipped. Events that are only in frames stay in memory until they are in the file, which takes at most
 * the writer's lag.
 *
 * <p><b>Changes</b> are noticed by file system notifications for the journal's directory, and by polling every {@value
 * #POLL_MILLIS} ms. One thread does this and passes the changes to the engine.
 *
 * <p><b>The feed</b> consists of the writer's index of positions and, after it, the events of frames up to the settled
 * position of the mark.
 *
 * <p><b>A directory that does not exist yet</b> appears as an empty store. After a writer has created it and started
 * its journal, all files are looked at.
 *
 * <p><b>If segments are gone</b> that were not read yet (the writer was closed or restarted, or this process was
 * suspended), all files are looked at again, as at the start.
 */
final class FollowedRoot implements Storage {

    /** How long a place may be missing that the writer has acknowledged: the time of four polls. */
    static final Duration ON_ITS_WAY = Duration.ofMillis(200);

    private static final long POLL_MILLIS = 50;
    /** How long a writer may take to create a fork's file, in milliseconds; more than its lag. */
    private static final long MAKING_MILLIS = 5_000;

    private static final long TIDY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Disk disk;
    private final Path path;
    private final Path own;
    private final Path journal;
    private final JsonlStoreOptions options;
    private final FileNames names = new FileNames(false);
    private final FileNames namesIgnoringCase = new FileNames(true);
    private final Ledger ledger;
    private final EventBlocks blocks;
    private final PositionIndex positions;
    private final Map<String, FollowedSession> sessions = new ConcurrentHashMap<>();
    /** The positions used for foreign lines that no writer has numbered yet. */
    private final Map<Path, Long> unplaced = new ConcurrentHashMap<>();

    private final Thread thread = FileThreads.thread("reel-follower", this::run);
    private final @Nullable WatchService watch;
    private @Nullable WatchKey watched;
    private @Nullable Engine engine;
    private JournalFollower frames;
    private long lastPosition;
    private long tidied;
    private volatile boolean closing;
    /** Whether no writer has started a journal yet. The directory may not exist either. */
    private boolean isNew;

    private FollowedRoot(Disk disk, Path path, StoreOptions options, JsonlStoreOptions jsonl) throws IOException {
        this.disk = disk;
        this.path = path;
        this.own = RootFiles.own(path);
        this.journal = own.resolve(RootFiles.JOURNAL);
        this.options = jsonl;
        Format.check(disk, own);
        isNew = disk.look(Mark.file(journal)) == null;
        blocks = new EventBlocks(disk, JsonLimits.DEFAULT, options.upcasters(), jsonl.cacheBytes());
        frames = new JournalFollower(disk, journal, JournalFollower.begin(disk, journal));
        ledger = Ledger.read(disk, own);
        positions = PositionIndex.follow(
                disk, path, own, blocks.codec(), jsonl.cacheBytes() / 2, new PositionIndex.Source() {
                    @Override
                    public List<SessionEvent> foreign(Lives.Name name, Span span) throws IOException {
                        LogFile log = scan(name.sessionId(), path.resolve(name.file()));
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
                    public SessionEvent purged(long position) throws IOException {
                        return purgeAt(position);
                    }
                });
        watch = notifications(path);
    }

    /** Returns null if the system has no notifications, or none left. Polling is sufficient then. */
    private static @Nullable WatchService notifications(Path path) {
        try {
            return path.getFileSystem().newWatchService();
        } catch (IOException | UnsupportedOperationException e) {
            return null;
        }
    }

    /**
     * Starts to follow a root and returns the engine that receives the changes. Blocks; call it on a thread that may
     * read files.
     */
    static Engine follow(Disk disk, Path path, StoreOptions options, JsonlStoreOptions jsonl, Duration onItsWay)
            throws IOException {
        return begin(disk, path, options, jsonl, onItsWay).engine();
    }

    static FollowedRoot begin(Disk disk, Path path, StoreOptions options, JsonlStoreOptions jsonl, Duration onItsWay)
            throws IOException {
        FollowedRoot root = new FollowedRoot(disk, path, options, jsonl);
        root.lookAtAll();
        if (disk.look(root.own.resolve(RootFiles.SPANS)) == null) {
            root.positions.lost(root.lastInFiles());
        }
        root.lastPosition = Math.max(root.positions.complete(), 0);
        Engine engine = Engine.following(options, root, onItsWay);
        root.engine = engine;
        root.catchUp();
        root.thread.start();
        return root;
    }

    /**
     * Returns the last position that a writer assigned to an event in a file. Reads all files if the index is gone.
     */
    private long lastInFiles() throws IOException {
        long last = 0;
        for (FollowedSession session : sessions.values()) {
            Path file = session.file();
            if (file == null || session.isDamaged() || ledger.reservedUpTo() == 0) {
                continue;
            }
            LogFile log = scan(session.id(), file);
            long position = log.version() == 0 ? 0 : log.event(log.version()).position();
            last = position > ledger.reservedUpTo() ? last : Math.max(last, position);
        }
        return last;
    }

    Engine engine() {
        return Objects.requireNonNull(engine);
    }

    private SessionEvent purgeAt(long position) throws IOException {
        SessionEvent known = ledger.purgeAt(position);
        if (known == null) {
            ledger.refresh();
            known = ledger.purgeAt(position);
        }
        if (known == null) {
            throw new DamagedIndexException("the purge at position " + position + " is not on record");
        }
        return known;
    }

    // ---- The files

    /** Finds what is in the files. */
    private void lookAtAll() throws IOException {
        Catalogue catalogue = Catalogue.load(disk, own);
        FileNames.Listing listing = FileNames.list(disk, path);
        for (Map.Entry<String, Disk.Entry> one : listing.files().entrySet()) {
            String id = one.getKey();
            Disk.Entry file = one.getValue();
            FollowedSession known = sessions.get(id);
            if (known != null && !known.hasBatches() && !known.isOther(file)) {
                continue;
            }
            Catalogue.Entry entry = catalogue.entries().get(id);
            FollowedSession now = entry != null && entry.isOf(FileNames.relative(path, file.path()), file)
                    ? FollowedSession.in(file, entry)
                    : read(id, file);
            replace(id, known, now);
        }
        for (Map.Entry<String, List<Disk.Entry>> clash : listing.clashes().entrySet()) {
            String id = clash.getKey();
            List<Disk.Entry> files = clash.getValue();
            SessionDamagedException damage = new SessionDamagedException(
                    id,
                    files.get(0).path().toString(),
                    1,
                    0,
                    "there is another file of this session: " + files.get(1).path());
            replace(id, sessions.get(id), FollowedSession.damaged(id, files.get(0), damage));
        }
        for (FollowedSession known : List.copyOf(sessions.values())) {
            boolean isGone = !listing.files().containsKey(known.id()) && !known.isDamaged();
            // A session with batches may have no file yet. Or the segment with its purge is gone.
            if (isGone && (!known.hasBatches() || ledger.purgeOf(known.id(), known.birth()) != null)) {
                replace(known.id(), known, null);
            }
        }
    }

    private FollowedSession read(String id, Disk.Entry file) throws IOException {
        try {
            LogFile log = scan(id, file.path());
            return FollowedSession.in(file, RowsOfFile.of(log), log);
        } catch (SessionDamagedException e) {
            return FollowedSession.damaged(id, file, e);
        }
    }

    private void replace(String id, @Nullable FollowedSession before, @Nullable FollowedSession now)
            throws IOException {
        if (now == null) {
            sessions.remove(id);
        } else {
            sessions.put(id, now);
        }
        Engine told = engine;
        if (told == null) {
            return;
        }
        long changed = before == null ? 0 : before.changed();
        long birth = before == null ? 0 : before.birth();
        SessionEvent purge = before == null ? null : ledger.purgeOf(id, before.birth());
        if (purge != null && before != null) {
            forgetPlaces(before);
            told.news().followPurge(changed, birth, purge, before.version());
            changed = 0;
            birth = 0;
        }
        told.news().followAnew(changed, birth, id, now == null || now.isDamaged() ? null : now);
    }

    /** Forgets the positions of foreign lines of a session that is now purged. */
    private void forgetPlaces(FollowedSession purged) {
        Path file = purged.file();
        if (file != null) {
            unplaced.remove(file);
        }
    }

    /** Reads a file up to its torn end. */
    LogFile scan(String id, Path file) throws IOException {
        // Before the file is read: the following thread may refresh the ledger meanwhile.
        List<Ledger.OfFile> known = recordsOf(file);
        LogFile log;
        try {
            log = scan(id, file, known);
        } catch (SessionDamagedException e) {
            // The records of the file may be of a session that was purged since.
            ledger.refresh();
            List<Ledger.OfFile> now = recordsOf(file);
            if (now.equals(known)) {
                throw e;
            }
            log = scan(id, file, now);
        }
        if (log.foreign().unplaced() > 0) {
            ledger.refresh();
            log = scan(id, file, recordsOf(file));
        }
        long unplacedNow = log.foreign().unplaced();
        if (unplacedNow > 0) {
            // No writer has read them. The next opening for writing gives them the positions after all existing ones.
            log.place(unplaced.computeIfAbsent(file, it -> nextUnplaced(unplacedNow)));
        }
        return log;
    }

    private List<Ledger.OfFile> recordsOf(Path file) {
        return ledger.ofFile(FileNames.relative(path, file));
    }

    private LogFile scan(String id, Path file, List<Ledger.OfFile> parts) throws IOException {
        String named = parts.isEmpty()
                ? String.valueOf(file.getFileName())
                : parts.get(0).named();
        return LogFile.scan(
                        blocks,
                        id,
                        file,
                        named,
                        parts.stream().map(Ledger.OfFile::block).toList(),
                        -1)
                .log();
    }

    private synchronized long nextUnplaced(long count) {
        long first = Math.max(lastPosition, Math.max(ledger.reservedUpTo(), positions.complete())) + 1;
        lastPosition = first + count - 1;
        return first;
    }

    /** Returns the path of a session's file, which need not exist. */
    Path fileOf(String id) throws IOException {
        FollowedSession session = sessions.get(id);
        Path file = session == null ? null : session.file();
        return file == null ? pathOf(id) : file;
    }

    /** Returns the path for a session that is not known to have a file. */
    Path pathOf(String id) throws IOException {
        Path plain = path.resolve(names.pathOf(id));
        Path other = path.resolve(namesIgnoringCase.pathOf(id));
        return plain.equals(other) || disk.look(other) == null ? plain : other;
    }

    // ---- The journal

    private void run() {
        while (!closing) {
            try {
                await();
                if (!closing) {
                    catchUp();
                }
            } catch (Throwable e) {
                // A file that is being written may be read halfway. If a file is gone for good, its readers find that
                // out. Memory may also be short for a moment, and readers wait for this thread.
                pause();
            }
        }
        try {
            frames.close();
            positions.close();
            if (watch != null) {
                watch.close();
            }
        } catch (IOException e) {
            // The files were only read.
        }
    }

    private void await() {
        if (watch == null) {
            pause();
            return;
        }
        try {
            if (watched == null && Files.isDirectory(journal)) {
                watched = journal.register(
                        watch, StandardWatchEventKinds.ENTRY_MODIFY, StandardWatchEventKinds.ENTRY_CREATE);
            }
            WatchKey key = watch.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
            if (key != null) {
                key.pollEvents();
                if (!key.reset()) {
                    watched = null;
                }
            }
        } catch (IOException | UnsupportedOperationException | ClosedWatchServiceException e) {
            pause();
        } catch (InterruptedException e) {
            // No code has a reason to interrupt this thread.
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            // No code has a reason to interrupt this thread.
        }
    }

    private void catchUp() throws IOException {
        try {
            if (isNew && disk.look(Mark.file(journal)) != null) {
                Format.check(disk, own);
                isNew = false;
                lookAgain(); // events that reached files before are in no frame
            }
            readFrames();
        } catch (SegmentGoneException | StoreDamagedException e) {
            lookAgain();
            readFrames();
        }
        engine().news().settled(frames.settled());
        long now = System.nanoTime();
        if (now - tidied > TIDY_NANOS) {
            tidied = now;
            tidy();
        }
    }

    private void readFrames() throws IOException {
        for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
            take(frame);
        }
    }

    private void lookAgain() throws IOException {
        frames.close();
        frames = new JournalFollower(disk, journal, JournalFollower.begin(disk, journal));
        ledger.refresh();
        positions.reopen();
        positions.refresh();
        prune();
        lookAtAll();
        // The feed events that were missed are in the index.
        engine().stored(positions.complete(), Set.of(), options.loadedSessions(), options.loadedBytes());
    }

    /** Drops events that are in files by now. */
    private void tidy() throws IOException {
        prune();
        positions.refresh();
        engine().stored(positions.complete(), Set.of(), options.loadedSessions(), options.loadedBytes());
        ledger.refresh(); // the ledger that was read may still list files of sessions purged since
    }

    private void prune() throws IOException {
        for (FollowedSession session : sessions.values()) {
            if (session.hasBatches()) {
                Path file = session.file();
                session.prune(disk, file == null ? pathOf(session.id()) : file);
            }
        }
    }

    private void take(Frame frame) throws IOException {
        String id = frame.sessionId();
        FollowedSession known = sessions.get(id);
        List<SessionEvent> events = eventsOf(frame);
        boolean isOfEarlierLife = known != null && known.birth() > frame.firstPosition();
        if (frame.kind() == Frame.Kind.PURGE) {
            if (known == null || isOfEarlierLife) {
                engine().news().follow(events);
            } else {
                sessions.remove(id, known);
                forgetPlaces(known);
                engine().news().followPurge(known.changed(), known.birth(), events.get(0), known.version());
            }
            return;
        }
        if (isOfEarlierLife
                || known != null
                        && known.version() >= events.get(events.size() - 1).version()) {
            engine().news().follow(events);
            return;
        }
        FollowedSession session = known == null ? new FollowedSession(id) : known;
        boolean fork = frame.kind() == Frame.Kind.FORK;
        String parentId = frame.parentId();
        long changed = session.changed();
        long birth = session.birth();
        session.add(new FollowedSession.Batch(
                parentId == null ? null : sessions.get(parentId),
                frame.inherited(),
                fork,
                frame.fileOffset() + frame.bytes().remaining(),
                events));
        sessions.put(id, session);
        engine().news().follow(changed, birth, session, events);
    }

    private List<SessionEvent> eventsOf(Frame frame) {
        List<SessionEvent> events = new ArrayList<>(frame.count());
        ByteBuffer bytes = frame.bytes().duplicate();
        while (bytes.hasRemaining()) {
            int length = 0;
            while (bytes.get(bytes.position() + length) != '\n') {
                length++;
            }
            byte[] line = new byte[length];
            bytes.get(line).get();
            if (length > 0) {
                events.add(blocks.codec().decode(frame.sessionId(), line));
            }
        }
        return events;
    }

    /** Returns the number of per-session map entries in memory. For tests. */
    int heldPerSession() {
        return sessions.size() + unplaced.size() + ledger.knownFiles();
    }

    // ---- What the engine asks for

    @Override
    public boolean mayRead() {
        return FileThreads.isHere();
    }

    @Override
    public void execute(Runnable task) {
        FileThreads.execute(task);
    }

    @Override
    public Iterable<? extends StoredSession> sessions() {
        return sessions.values().stream().filter(one -> !one.isDamaged()).toList();
    }

    @Override
    public @Nullable StoredSession session(String sessionId) {
        return sessions.get(sessionId);
    }

    @Override
    public StoredLog open(String sessionId) {
        if (!FileThreads.isHere()) {
            throw NeedsReading.SIGNAL;
        }
        FollowedSession session = sessions.get(sessionId);
        if (session == null) {
            return create(sessionId);
        }
        try {
            StoredLog log = session.open(this);
            // The fork's file may be under construction, and its parent's file gone.
            for (int i = 0; log == null && i < MAKING_MILLIS / POLL_MILLIS; i++) {
                pause();
                log = session.open(this);
            }
            if (log == null) {
                throw new IOException("its file lacks events before those in the journal");
            }
            return log;
        } catch (IOException e) {
            throw new UncheckedIOException("session " + sessionId + " can't be read: " + e.getMessage(), e);
        }
    }

    @Override
    public StoredLog create(String sessionId) {
        return new FollowedLog(null, 0, List.of(), 0);
    }

    @Override
    public StoredFeed feed() {
        return positions;
    }

    @Override
    public long lastPosition() {
        return positions.complete();
    }

    @Override
    public boolean wasPurged(String sessionId, String eventId) {
        return false; // this store writes nothing, so no purge is repeated
    }

    @Override
    public void whenErased(String sessionId, Runnable done, Consumer<ReelException> failure) {
        done.run();
    }

    @Override
    public void write(Batch batch) {
        throw new UnsupportedOperationException("this store is read-only");
    }

    @Override
    public Mono<Void> sync() {
        return Mono.empty();
    }

    @Override
    public Mono<Void> close() {
        return Mono.create(sink -> {
            closing = true;
            FileThreads.thread("reel-close", () -> {
                        try {
                            thread.join();
                            sink.success();
                        } catch (Throwable t) {
                            sink.error(t);
                        }
                    })
                    .start();
        });
    }
}
