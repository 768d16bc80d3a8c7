package dev.reel.jsonl;

import dev.reel.ReelException;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.Snapshot;
import dev.reel.StoreFailedException;
import dev.reel.internal.engine.Engine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The thread that moves published events from the journal into the session files, the index of positions and the
 * catalogue.
 *
 * <p><b>A round</b> processes the {@link Unstored} entries up to the feed's mark, in the order of their positions. All
 * of them are settled, and no event with a lower position can still appear. So the index grows in the order of
 * positions, and a session's file in the order of versions. All new lines of one session file are written at once.
 * Forks and purges are processed at their own positions: a fork's file begins as a copy of its parent's file, before a
 * later purge of the parent deletes that.
 *
 * <p><b>Only flushed bytes.</b> If the durability acknowledges writes before they are flushed, a round flushes the
 * journal first. A session file never contains a byte that the journal might lose.
 *
 * <p><b>When a round fails</b>, nothing is lost: its events are in the journal, and in memory for readers. The next
 * round starts with the same events and skips those that the failed round has written. That is safe, because places in
 * files are fixed when events are written to the journal.
 *
 * <p><b>If one file cannot be written</b> (it is read-only, is not a regular file, or was changed by another program),
 * only its session stops. The session accepts no more writes. Its accepted events stay in memory for readers, and the
 * write is retried each second. Before journal segments are deleted or the store closes, these events are {@linkplain
 * Held held}. The same applies to a file that cannot be deleted. Forks of such a session wait with it, and a purge of
 * it waits for its forks.
 *
 * <p><b>An index of positions in doubt</b> is rebuilt first, on this thread, because this thread writes its files. If
 * that fails, the round continues without the index, and the rebuild is retried each second.
 *
 * <p><b>Journal segments</b> are deleted after all their events are in files and the files are flushed. This happens
 * when a whole segment can be deleted, and for a purge, which completes only when every byte of the session is gone.
 */
final class Folder {

    /** The minimum time between rounds, unless much is waiting or a caller purges. */
    private static final long MIN_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** After how many failed rounds in a row a waiting purge fails. */
    private static final int PATIENCE = 6;

    private static final long MAX_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How often a session is retried whose file cannot be written. */
    private static final long STUCK_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Root root;
    private final JournalWriter journal;
    private final JsonlStorage storage;
    private final Engine engine;
    private final JsonlStoreOptions options;
    private final DirtyFiles files;
    private final Thread thread;
    private final Object wake = new Object();
    private boolean closing;
    private boolean urgent;
    private volatile @Nullable Throwable failure;

    /** Purges, each with a segment number: their bytes may still be in earlier segments. */
    private final Map<Erasure, Long> erasing = new LinkedHashMap<>();

    /** Sessions whose files cannot be written or deleted for now. */
    private final Map<String, Stuck> stuck = new LinkedHashMap<>();
    /** Session files for which frames are held. */
    private final Map<String, Path> held = new HashMap<>();
    /** The earliest time for another rebuild of the index, which takes long and may fail again. */
    private long remakeDue = System.nanoTime();

    private final Held holding;
    private volatile List<SessionDamagedException> notInFiles = List.of();

    /** Why a session is not written, when it is retried, and how many of its entries are held. */
    private static final class Stuck {

        private final SessionDamagedException why;
        private final int tries;
        private final long due;
        /** Whether this is a purge that waits for a fork, so that the fork must not wait for it. */
        private final boolean forFork;

        private int held;

        Stuck(SessionDamagedException why, boolean forFork, int tries, int held) {
            this.why = why;
            this.forFork = forFork;
            this.tries = tries;
            this.due = System.nanoTime() + pause();
            this.held = held;
        }

        /** The first retry comes at once, before a failure is reported. */
        long pause() {
            return tries == 1 ? MIN_PAUSE_NANOS : STUCK_RETRY_NANOS;
        }
    }

    /** The lines that this round writes to one session file. */
    private static final class Piece {

        private final List<Accepted> batches = new ArrayList<>();
    }

    Folder(Root root, JournalWriter journal, JsonlStorage storage, Engine engine, JsonlStoreOptions options) {
        this.root = root;
        this.journal = journal;
        this.storage = storage;
        this.engine = engine;
        this.options = options;
        this.files = new DirtyFiles(root.disk(), root.path());
        this.holding = new Held(root.disk(), root.path());
        this.thread = FileThreads.thread("reel-folder", this::run);
    }

    void start() {
        root.positions().whenInDoubt(this::hurry);
        thread.start();
    }

    /** Requests a round soon, because a caller waits for its result. */
    void hurry() {
        synchronized (wake) {
            urgent = true;
            wake.notifyAll();
        }
    }

    /** Folds the remaining entries. The caller must make sure that no more are added. */
    void close() throws IOException, InterruptedException {
        synchronized (wake) {
            closing = true;
            wake.notifyAll();
        }
        thread.join();
        Throwable why = failure;
        if (why != null) {
            throw new IOException(
                    "some events are not in the session files yet, only in the journal: " + why.getMessage(), why);
        }
    }

    /**
     * Checks after closing that all events are in session files.
     *
     * @throws SessionDamagedException if events of a session are held
     */
    void checkAllInFiles() {
        List<SessionDamagedException> all = new ArrayList<>(notInFiles);
        all.addAll(root.lacking());
        if (!all.isEmpty()) {
            SessionDamagedException first = all.get(0).copy();
            all.subList(1, all.size()).forEach(one -> first.addSuppressed(one.copy()));
            throw first;
        }
    }

    private void run() {
        // A third of the lag time, so that a round that starts late or takes long still keeps the lag.
        long pause = Math.max(MIN_PAUSE_NANOS, TimeUnit.NANOSECONDS.convert(options.lagTime()) / 3);
        long retry = MIN_PAUSE_NANOS;
        int failures = 0;
        while (true) {
            boolean last = waitFor(failure != null ? retry : pauseWithin(pause));
            try {
                round();
                if (last) {
                    finish();
                }
                failure = null;
                failures = 0;
                retry = MIN_PAUSE_NANOS;
            } catch (Throwable e) {
                // Also errors such as OutOfMemoryError: closing and purges wait for this thread.
                failure = e;
                failures++;
                retry = Math.min(MAX_RETRY_NANOS, retry * 2);
                if (e instanceof IOException io && FullDisk.isReasonOf(io) && storage.isErasing()) {
                    giveUpReserve();
                }
                if (e instanceof DamagedIndexException) {
                    root.positions().doubt();
                }
                if (e instanceof FailedFlushException) {
                    root.positions().notMadeAnew(e, true);
                    journal.giveUp(e);
                    eraseNoMore(e);
                    return;
                }
                Throwable stopped = journal.failure();
                if (stopped != null) {
                    eraseNoMore(stopped); // a stopped journal starts no segment, so none can go
                }
                if (failures >= PATIENCE) {
                    storage.eraseLater(e); // no caller waits for this, because it may take forever
                }
            }
            if (last) {
                return;
            }
        }
    }

    private void giveUpReserve() {
        try {
            root.reserve().giveUp();
        } catch (IOException e) {
            // If this fails, there is no more room than before.
        }
    }

    private long pauseWithin(long most) {
        if (storage.isErasing()) { // a purge waits for more than one round
            return MIN_PAUSE_NANOS;
        }
        boolean retries = root.positions().inDoubt() || root.reserve().isGivenUp();
        long pause = retries ? Math.min(most, STUCK_RETRY_NANOS) : most;
        return stuck.values().stream().mapToLong(Stuck::pause).reduce(pause, Math::min);
    }

    /** Waits for the next round. Returns true if the store closes. */
    private boolean waitFor(long nanos) {
        long end = System.nanoTime() + nanos;
        synchronized (wake) {
            while (!closing && !urgent) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(wake, left);
                } catch (InterruptedException e) {
                    // No code has a reason to interrupt this thread, and the accepted events have to be folded anyway.
                }
            }
            urgent = false;
            return closing;
        }
    }

    private void eraseNoMore(Throwable why) {
        storage.eraseNoMore(new StoreFailedException(null, ReelException.Outcome.UNKNOWN, why));
    }

    // ---- A round

    private void round() throws IOException {
        round(false);
    }

    /**
     * @param all whether to include stuck sessions that are not yet due
     */
    private void round(boolean all) throws IOException {
        if (root.positions().inDoubt()) {
            remakeIndex(all);
        }
        long mark = engine.mark();
        long complete = root.positions().complete();
        Set<String> tried = new HashSet<>();
        Set<String> waiting = new HashSet<>();
        stuck.forEach((id, why) -> (all || System.nanoTime() - why.due >= 0 ? tried : waiting).add(id));
        List<Accepted> batches = storage.unstored().upTo(mark);
        Map<String, Long> purges = new HashMap<>();
        boolean more = false;
        for (Accepted entry : batches) {
            more |= !waiting.contains(entry.sessionId()) || entry.firstPosition() > complete;
            if (entry.kind() == Frame.Kind.PURGE) {
                purges.put(entry.sessionId(), entry.firstPosition());
            }
        }
        if (more) {
            journal.flush();
            Set<String> written = write(batches, purges, waiting);
            setAside(batches, purges, waiting);
            Set<String> purged = new HashSet<>(purges.keySet());
            purged.removeAll(waiting);
            if (!purged.isEmpty()) {
                root.catalogue().remove(purged);
            }
            index(batches, purges);
            List<Accepted> done = waiting.isEmpty()
                    ? batches
                    : batches.stream()
                            .filter(entry -> !waiting.contains(entry.sessionId()))
                            .toList();
            list(done, purges);
            root.positions().mark(Math.max(mark, root.positions().mark()));
            engine.stored(mark, written, options.loadedSessions(), options.loadedBytes());
            storage.unstored().remove(batches.size(), waiting);
            for (Accepted entry : done) {
                root.landed(entry.firstPosition());
            }
            tellJournal(done);
            for (String id : tried) {
                if (!waiting.contains(id)) {
                    stuck.remove(id);
                    storage.permit(id);
                }
            }
        }
        journal.settle(mark);
        if (!erasing.isEmpty() || journal.segments().size() > 1) {
            clean();
        }
        if (!storage.isErasing() && (more || root.reserve().isGivenUp())) {
            root.reserve().keep();
        }
    }

    /** If this fails, the round continues. The index is rebuilt later, or by the next opening. */
    private void remakeIndex(boolean now) {
        if (!now && System.nanoTime() - remakeDue < 0) {
            return;
        }
        try {
            new IndexBuild(root).remake();
        } catch (IOException | RuntimeException e) {
            root.positions().notMadeAnew(e, false);
        }
        remakeDue = System.nanoTime() + STUCK_RETRY_NANOS;
    }

    /** Makes events readable from memory that have no place in a file. Runs before the engine drops them. */
    private void setAside(List<Accepted> batches, Map<String, Long> purges, Set<String> waiting) {
        if (waiting.isEmpty()) {
            return;
        }
        for (Accepted entry : batches) {
            if (waiting.contains(entry.sessionId()) && !isPurgedLater(entry, purges)) {
                root.setAside(entry.sessionId(), spanOf(entry), entry.events());
            }
        }
    }

    private void stick(Accepted entry, IOException e, Set<String> waiting) {
        String id = entry.sessionId();
        String file = root.fileOf(id).toString();
        SessionDamagedException why =
                SessionDamagedException.unwritable(id, file, entry.fileOffset(), Disk.reasonOf(e));
        Stuck before = stuck.get(id);
        int tries = before == null ? 1 : before.tries + 1;
        boolean forFork = e instanceof WaitsForForkException;
        stuck.put(id, new Stuck(why, forFork, tries, before == null ? 0 : before.held));
        waiting.add(id);
        if (tries > 1) {
            storage.refuse(id, why);
        }
    }

    private static boolean isPurgedLater(Accepted entry, Map<String, Long> purges) {
        if (purges.isEmpty()) {
            return false;
        }
        Long purge = purges.get(entry.sessionId());
        return purge != null && entry.firstPosition() < purge;
    }

    /**
     * Writes lines to session files and deletes the files of purged sessions.
     *
     * @param waiting sessions that cannot be written and are not tried; sessions that turn out to be such are added
     * @return the sessions whose files were written
     */
    private Set<String> write(List<Accepted> batches, Map<String, Long> purges, Set<String> waiting)
            throws IOException {
        files.beginRound();
        Map<LogFile, Piece> pieces = new LinkedHashMap<>();
        Set<String> written = new HashSet<>();
        for (Accepted entry : batches) {
            if (waiting.contains(entry.sessionId())) {
                continue;
            }
            boolean isPurge = entry.kind() == Frame.Kind.PURGE;
            if (isPurge) {
                over(entry, waiting);
            }
            try {
                if (isPurge) {
                    erase(entry, waiting);
                } else if (entry.kind() == Frame.Kind.FORK) {
                    begin(entry, waiting);
                }
            } catch (IOException e) {
                stickOrThrow(entry, e, waiting);
            }
            if (!isPurge && !isPurgedLater(entry, purges)) {
                pieces.computeIfAbsent(entry.log(), log -> new Piece()).batches.add(entry);
            }
        }
        for (Map.Entry<LogFile, Piece> piece : pieces.entrySet()) {
            LogFile log = piece.getKey();
            if (!waiting.contains(log.sessionId())) {
                try {
                    write(log, piece.getValue().batches);
                    written.add(log.sessionId());
                } catch (IOException e) {
                    stickOrThrow(piece.getValue().batches.get(0), e, waiting);
                }
            }
        }
        return written;
    }

    /** If the failure concerns one file only, marks its session as stuck; otherwise rethrows it. */
    private void stickOrThrow(Accepted entry, IOException e, Set<String> waiting) throws IOException {
        if (Disk.isOfAll(e)) {
            throw e;
        }
        stick(entry, e, waiting);
        Erasure erasure = entry.erasure();
        if (erasure != null && storage.isRefused(entry.sessionId())) {
            JsonlStorage.eraseLater(erasure, e);
        }
    }

    private void write(LogFile log, List<Accepted> batches) throws IOException {
        int known = 0;
        while (known < batches.size() && batches.get(known).firstVersion() <= log.version()) {
            known++;
        }
        List<Accepted> fresh = batches.subList(known, batches.size());
        if (fresh.isEmpty()) {
            return;
        }
        long begin = log.end();
        boolean lineOpen = log.lacksLineFeed();
        long size = lineOpen ? 1 : 0;
        int count = 0;
        for (Accepted entry : fresh) {
            size += entry.bytes();
            count += entry.count();
        }
        if (begin + (lineOpen ? 1 : 0) != fresh.get(0).fileOffset()) {
            throw new IllegalStateException(log.file() + " ends at " + begin + ", and " + fresh.get(0) + " belongs at "
                    + fresh.get(0).fileOffset());
        }
        List<SessionEvent> events = new ArrayList<>(count);
        int[] lengths = new int[count];
        ByteBuffer block = ByteBuffer.allocate(Math.toIntExact(size));
        if (lineOpen) {
            block.put((byte) '\n');
        }
        for (Accepted entry : fresh) {
            int line = events.size();
            events.addAll(entry.events());
            for (byte[] bytes : entry.lines()) {
                block.put(bytes).put((byte) '\n');
                lengths[line++] = bytes.length;
            }
        }
        files.write(log.file(), begin, block.flip());
        log.append(events, fresh.get(0).fileOffset(), lengths);
    }

    /** Starts a fork's file with a copy of its parent's lines. */
    private void begin(Accepted fork, Set<String> waiting) throws IOException {
        LogFile log = fork.log();
        String parent = log.waitsForCopyOf();
        if (parent == null) {
            return; // done in an earlier round, which failed later
        }
        Stuck why = stuck.get(parent);
        if (why != null && !why.forFork && waiting.contains(parent)) {
            throw new IOException("its parent waits: " + why.why.getMessage());
        }
        Path own = root.path().resolve(root.names().pathOf(log.sessionId()));
        root.beginFork(log, own, files);
        long at = log.end();
        boolean lineOpen = log.lacksLineFeed();
        for (SessionEvent event : log.inheritedMore()) {
            ByteBuffer line = event.line();
            ByteBuffer whole = ByteBuffer.allocate(line.remaining() + 2);
            if (lineOpen) {
                whole.put((byte) '\n');
            }
            whole.put(line).put((byte) '\n').flip();
            lineOpen = false;
            int length = whole.remaining();
            files.write(own, at, whole);
            at += length;
        }
        log.copied(own);
    }

    // ---- Index and catalogue

    private void index(List<Accepted> batches, Map<String, Long> purges) throws IOException {
        List<Span> spans = new ArrayList<>();
        long complete = root.positions().complete();
        for (Accepted entry : batches) {
            if (entry.firstPosition() <= complete) {
                continue;
            }
            if (entry.kind() == Frame.Kind.PURGE) {
                spans.add(spanOf(entry));
            } else if (!isPurgedLater(entry, purges)) {
                spans.add(spanOf(entry).of(root.lifeOf(entry.sessionId())));
            }
        }
        root.positions().append(spans);
    }

    /** The span has no life yet. */
    private static Span spanOf(Accepted entry) {
        return entry.kind() == Frame.Kind.PURGE
                ? Span.purge(entry.firstPosition())
                : new Span(
                        entry.firstPosition(),
                        0,
                        entry.fileOffset(),
                        Math.toIntExact(entry.bytes()),
                        entry.count(),
                        false);
    }

    private void list(List<Accepted> batches, Map<String, Long> purges) throws IOException {
        Map<LogFile, Accepted[]> ends = new LinkedHashMap<>();
        for (Accepted entry : batches) {
            if (entry.kind() != Frame.Kind.PURGE && !isPurgedLater(entry, purges)) {
                ends.computeIfAbsent(entry.log(), log -> new Accepted[] {entry, entry})[1] = entry;
            }
        }
        List<Catalogue.Entry> entries = new ArrayList<>(ends.size());
        for (Map.Entry<LogFile, Accepted[]> one : ends.entrySet()) {
            entries.add(entryOf(one.getKey(), one.getValue()[0], one.getValue()[1]));
        }
        root.catalogue().put(entries);
    }

    private Catalogue.Entry entryOf(LogFile log, Accepted first, Accepted last) throws IOException {
        SessionState rows = last.batch().rows();
        Catalogue.Entry before = root.catalogue().entries().get(log.sessionId());
        Map<String, Long> known = Map.of();
        long birth = first.firstPosition();
        if (before != null && before.life() == root.lifeOf(log.sessionId())) {
            known = before.snapshots();
            birth = before.birth() > 0 ? before.birth() : birth;
        }
        Map<String, Long> snapshots = new LinkedHashMap<>();
        for (Snapshot snapshot : rows.snapshots()) {
            snapshots.put(snapshot.id(), known.getOrDefault(snapshot.id(), first.firstPosition()));
        }
        return root.entryOf(log, rows, birth, snapshots);
    }

    private void tellJournal(List<Accepted> batches) {
        JournalPlace first = null;
        for (Accepted entry : storage.unstored().all()) {
            JournalPlace end = entry.end();
            if (end != null && (first == null || end.compareTo(first) < 0) && !stuck.containsKey(entry.sessionId())) {
                first = end;
            }
        }
        JournalPlace folded = null;
        for (Accepted entry : batches) {
            JournalPlace end = entry.end();
            if (end != null
                    && (first == null || end.compareTo(first) < 0)
                    && (folded == null || end.compareTo(folded) > 0)) {
                folded = end;
            }
        }
        if (folded != null) {
            journal.folded(folded);
        }
    }

    // ---- Purges, and old segments

    /** Records a purge before the first file is deleted. */
    private void over(Accepted purge, Set<String> waiting) throws IOException {
        if (!erasing.containsKey(erasureOf(purge))) {
            // Forks that were copied from this session must no longer depend on its file.
            files.sync();
            root.endLife(purge.sessionId());
            if (!hasFork(purge, waiting)) {
                root.purged(erasureOf(purge).event());
            }
        }
    }

    /** Returns whether a fork still needs the lines that the purge deletes, and cannot be written. */
    private boolean hasFork(Accepted purge, Set<String> waiting) {
        // Usually no session waits, and the search can be skipped.
        return !waiting.isEmpty()
                && storage.unstored().upTo(purge.firstPosition()).stream()
                        .anyMatch(entry -> waiting.contains(entry.sessionId())
                                && purge.sessionId().equals(entry.log().waitsForCopyOf()));
    }

    /** A purge would delete the lines with which a fork's file has to begin. */
    private static final class WaitsForForkException extends IOException {

        private static final long serialVersionUID = 1;

        WaitsForForkException() {
            super("a fork that begins with its lines has no file yet");
        }
    }

    private static Erasure erasureOf(Accepted purge) {
        return Objects.requireNonNull(purge.erasure());
    }

    /** Deletes a session's files. Its bytes in the journal are deleted with the segments. */
    private void erase(Accepted purge, Set<String> waiting) throws IOException {
        Erasure erasure = erasureOf(purge);
        if (erasing.containsKey(erasure)) {
            return;
        }
        if (hasFork(purge, waiting)) {
            throw new WaitsForForkException();
        }
        root.erase(purge.sessionId(), files);
        held.remove(purge.sessionId());
        erasing.put(erasure, journal.rotate());
    }

    /**
     * Deletes segments whose events are all in files, after flushing these files. Then completes the purges that waited
     * for that.
     */
    private void clean() throws IOException {
        Throwable stopped = journal.failure();
        if (stopped != null) {
            eraseNoMore(stopped); // the mark cannot be moved past a segment, so none can be deleted
            return;
        }
        long needed = firstNeeded();
        if (needed <= journal.segments().get(0)) {
            return;
        }
        hold(needed);
        files.sync();
        root.positions().sync();
        letGo();
        journal.deleteBefore(needed);
        List<Erasure> over = new ArrayList<>();
        erasing.forEach((erasure, segment) -> {
            if (segment <= needed) {
                over.add(erasure);
            }
        });
        for (Erasure erasure : over) {
            erasing.remove(erasure);
            storage.erased(erasure);
        }
    }

    /** Returns the first segment that has events that are not in files. */
    private long firstNeeded() {
        // Read this first: entries that are settled later are in this segment or a later one.
        long needed = journal.written().segment();
        for (Accepted entry : storage.unstored().all()) {
            JournalPlace end = entry.end();
            if (end != null && !stuck.containsKey(entry.sessionId())) {
                needed = Math.min(needed, end.segment());
            }
        }
        return needed;
    }

    /** Holds the stuck entries that are in segments about to be deleted. */
    private void hold(long needed) throws IOException {
        for (Map.Entry<String, Stuck> one : stuck.entrySet()) {
            List<Accepted> entries = placedOf(one.getKey());
            JournalPlace first = entries.isEmpty() ? null : entries.get(0).end();
            if (first != null && first.segment() < needed && entries.size() != one.getValue().held) {
                Path file = root.fileOf(one.getKey());
                holding.put(file, entries.stream().map(JournalEntry::frame).toList());
                held.put(one.getKey(), file);
                one.getValue().held = entries.size();
            }
        }
    }

    /** Returns the journal's entries of a session, from its last purge on. */
    private List<Accepted> placedOf(String sessionId) {
        List<Accepted> found = new ArrayList<>();
        for (Accepted entry : storage.unstored().all()) {
            if (entry.sessionId().equals(sessionId) && entry.end() != null) {
                if (entry.kind() == Frame.Kind.PURGE) {
                    found.clear();
                }
                found.add(entry);
            }
        }
        return found;
    }

    /** Deletes held frames whose events are in flushed files. */
    private void letGo() throws IOException {
        for (Map.Entry<String, Path> one : List.copyOf(held.entrySet())) {
            if (!stuck.containsKey(one.getKey())) {
                holding.delete(one.getValue());
                held.remove(one.getKey());
            }
        }
    }

    /** Finishes when the store closes: all events are in files or held, and the journal is empty. */
    private void finish() throws IOException {
        round(true);
        if (!stuck.isEmpty()) {
            round(true);
        }
        while (storage.unstored().all().stream().anyMatch(entry -> !stuck.containsKey(entry.sessionId()))) {
            round();
        }
        notInFiles = stuck.values().stream().map(one -> one.why).toList();
        hold(Long.MAX_VALUE);
        files.sync();
        files.close();
        root.positions().sync();
        letGo();
        Throwable stopped = journal.failure();
        if (stopped != null) {
            eraseNoMore(stopped);
            return;
        }
        journal.deleteAll();
        List<Erasure> over = List.copyOf(erasing.keySet());
        erasing.clear();
        over.forEach(storage::erased);
    }
}
