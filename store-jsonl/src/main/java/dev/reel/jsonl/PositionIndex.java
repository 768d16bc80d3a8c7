package dev.reel.jsonl;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.reel.MalformedLineException;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.StoreClosedException;
import dev.reel.StoreDamagedException;
import dev.reel.internal.engine.NeedsReading;
import dev.reel.internal.engine.NeedsWaiting;
import dev.reel.internal.engine.StoredFeed;
import dev.reel.spi.LineCodec;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The index from feed positions to places in session files. It consists of a file of {@link Span}s in the order of
 * their positions, and the file of {@link Lives}, which maps each span to its session.
 *
 * <p><b>Reading.</b> The first span after a position is found by binary search, or is known from the previous piece.
 * Then a piece of some hundred events is read: the spans with one read, and each contiguous part of a session file with
 * one read. Each file is opened once per piece. A line must be valid and must state the position that the index has for
 * it. So no wrong event is returned, whatever happened to either file. Pieces are kept in a cache that is bounded by
 * weight. A caller that must not block reads only from the cache; otherwise it is told to retry on a thread that may
 * block.
 *
 * <p><b>If a line is not as expected</b>, the feed emits the events before it and then fails with {@link
 * SessionDamagedException}, which names the file, the offset and the positions. No event is left out silently. To
 * continue without these events, read on after their positions. Readers at other positions are not affected.
 *
 * <p><b>Purge.</b> Spans of an ended life are skipped, even if its file is gone or belongs to another session.
 *
 * <p><b>Crash and damage.</b> {@link #sync} flushes the spans and records their number in the header of the lives. When
 * the index is opened, the spans after that number are checked, and the file is cut off before the first invalid one.
 * The caller that opens the index adds what is missing after {@link #complete}. If flushed spans are missing, or turn
 * out to be damaged when they are read, the index is {@link #inDoubt} and has to be rebuilt. If both files are gone,
 * the index is empty. Only the caller, which knows the sessions, can tell whether that is right.
 *
 * <p><b>In doubt while open.</b> Readers of the damaged part wait ({@link NeedsWaiting}); all other readers continue.
 * The owner is {@linkplain #whenInDoubt notified} and rebuilds the index by {@link #rebuild}. New spans are only
 * counted meanwhile, because the rebuild finds them in the session files. If the rebuild fails, waiting readers fail
 * with that error, and so do later readers until the rebuild is tried again.
 *
 * <p>Any thread may read. All other methods block and must be called by one thread at a time.
 */
final class PositionIndex implements StoredFeed, Closeable {

    private static final int PIECE_EVENTS = 256;
    private static final int PIECE_BYTES = 1 << 20;
    /** The estimated heap size of an event in bytes, in addition to its line. */
    private static final int EVENT_WEIGHT = 256;

    private static final int RUN_LENGTH = 1 << 18;

    /** Supplies the events that are not native lines of a session file. */
    interface Source {

        /**
         * Returns the foreign events of a span.
         *
         * @throws SessionDamagedException if they cannot be read
         */
        List<SessionEvent> foreign(Lives.Name name, Span span) throws IOException;

        /** Returns the events of a span that are in the index but not in the session's file; otherwise null. */
        default @Nullable List<SessionEvent> aside(Span span) {
            return null;
        }

        /** Returns the {@code session_purged} event at a position. */
        SessionEvent purged(long position) throws IOException;
    }

    private final Disk disk;
    private final Path root;
    private final Path directory;
    private final Path path;
    private final Path livesPath;
    private final LineCodec codec;
    private final Source source;

    private final Cache<Long, Piece> pieces;
    /** The positions after which the cached pieces begin. */
    private final ConcurrentSkipListSet<Long> begins = new ConcurrentSkipListSet<>();
    /** How many lives have ended. If it changes during a read, the events that were read may be of an ended life. */
    private final AtomicLong ends = new AtomicLong();

    private Disk.File file;
    private Lives lives;
    private long count;
    private long last;
    private boolean overhang;
    private volatile boolean inDoubt;
    /** Whether the files record that the index is in doubt, for the next opening. */
    private boolean doubtRecorded;
    /** Guards the state that is shared by readers that wait for a new index and the thread that rebuilds it. */
    private final Object making = new Object();

    private CompletableFuture<Void> madeAnew = new CompletableFuture<>();
    private @Nullable Throwable notMade;
    private volatile Runnable owner = () -> {};
    /** Whether another process writes the index. */
    private boolean followed;
    /** If the file is gone: a position up to which there were events at least. */
    private long lostUpTo;

    private Disk.File livesFile = new NoFile();
    private List<Disk.File> replaced = List.of();
    private volatile View view;

    /**
     * What readers see.
     *
     * @param file the spans
     * @param lives the sessions of the spans
     * @param generation changes whenever both files are rebuilt
     * @param count how many spans
     * @param last the position of the last event
     * @param mark the position up to which the feed is stored; not every position up to it has an event
     */
    private record View(Disk.File file, Lives lives, long generation, long count, long last, long mark) {

        View with(long itsCount, long itsLast, long itsMark) {
            return new View(file, lives, generation, itsCount, itsLast, itsMark);
        }
    }

    /**
     * Some events of the feed.
     *
     * @param generation the generation of the index from which it was read
     * @param from the position after which it begins
     * @param to the last position that it covers; there may be no event at it
     * @param next the number of the span after it
     * @param events the events, in order
     * @param lives the lives to which the events belong
     * @param weight its weight in the cache, in bytes
     */
    private record Piece(
            long generation, long from, long to, long next, List<SessionEvent> events, Set<Integer> lives, int weight) {

        List<SessionEvent> after(long position) {
            int low = 0;
            int high = events.size();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (events.get(middle).position() <= position) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return events.subList(low, events.size());
        }
    }

    /**
     * Opens the index of a root. Creates it if it does not exist, and cuts off what a crash left.
     *
     * @param root the directory to which the paths of session files are relative
     * @param directory the directory of the index
     * @param codec reads native lines
     * @param cacheBytes the maximum heap size of cached feed events, in bytes
     * @param source supplies the events that are not native lines of session files
     */
    static PositionIndex open(Disk disk, Path root, Path directory, LineCodec codec, long cacheBytes, Source source)
            throws IOException {
        for (Disk.Entry entry : disk.list(directory)) {
            String name = String.valueOf(entry.path().getFileName());
            if (name.startsWith(RootFiles.SPANS + ".") || name.equals(RootFiles.LIVES + ".new")) {
                disk.delete(entry.path()); // left by a rebuild that did not finish
            }
        }
        Disk.File livesFile = disk.open(directory.resolve(RootFiles.LIVES), Disk.Mode.CREATE);
        Disk.File file = null;
        try {
            boolean begun = livesFile.size() > 0;
            file = disk.open(directory.resolve(RootFiles.SPANS), Disk.Mode.CREATE);
            disk.syncDirectory(directory);
            PositionIndex index =
                    new PositionIndex(disk, root, directory, codec, cacheBytes, source, file, Lives.open(livesFile));
            if (index.take(begun)) {
                index.view = index.view.with(index.count, index.last, index.last);
            } else {
                index.inDoubt = true;
            }
            return index;
        } catch (IOException | RuntimeException e) {
            livesFile.close();
            if (file != null) {
                file.close();
            }
            throw e;
        }
    }

    private PositionIndex(
            Disk disk,
            Path root,
            Path directory,
            LineCodec codec,
            long cacheBytes,
            Source source,
            Disk.File file,
            Lives lives) {
        this.disk = disk;
        this.root = root;
        this.directory = directory;
        this.path = directory.resolve(RootFiles.SPANS);
        this.livesPath = directory.resolve(RootFiles.LIVES);
        this.codec = codec;
        this.source = source;
        this.file = file;
        this.lives = lives;
        this.view = new View(file, lives, 0, 0, 0, 0);
        this.pieces = Caffeine.newBuilder()
                .maximumWeight(cacheBytes)
                // A batch may be larger than the whole cache; a reader that reads it event by event still finds it
                // there.
                .weigher((Long from, Piece piece) -> (int) Math.min(piece.weight(), cacheBytes / 4))
                .executor(Runnable::run)
                .removalListener((@Nullable Long from, @Nullable Piece piece, RemovalCause cause) -> {
                    if (from != null && cause != RemovalCause.REPLACED) {
                        begins.remove(from);
                    }
                })
                .build();
    }

    /** Opens the index of a root that another process may be writing. Changes nothing. */
    static PositionIndex follow(Disk disk, Path root, Path directory, LineCodec codec, long cacheBytes, Source source)
            throws IOException {
        Disk.File none = new NoFile();
        PositionIndex index =
                new PositionIndex(disk, root, directory, codec, cacheBytes, source, none, Lives.follow(none));
        index.followed = true;
        index.reopen();
        index.refresh();
        return index;
    }

    /** Reopens the files, which another process may have replaced. {@link #refresh} follows. */
    void reopen() throws IOException {
        Disk.File freshLives = openOr(livesPath);
        Disk.File fresh = openOr(path);
        for (Disk.File old : replaced) {
            old.close();
        }
        // A reader may be using them.
        replaced = List.of(file, livesFile);
        file = fresh;
        livesFile = freshLives;
        count = -1;
    }

    /** Reads what another process has written, or rebuilt, since the last call. */
    void refresh() throws IOException {
        if (count >= 0 && isReplaced()) {
            reopen();
        }
        long there = file.size() / Span.SIZE;
        if (there == count) {
            return;
        }
        // Read after the size of the spans: a life is written before its spans.
        Lives known = Lives.follow(livesFile);
        boolean isNew = known.first() != lives.first() || there < count || count < 0;
        lives = known;
        // The header counts fewer spans than exist by now.
        inDoubt = livesFile.size() > 0 && (!known.isSound() || file.size() / Span.SIZE < known.flushedSpans());
        Span end = null;
        while (there > 0 && end == null) {
            end = read(file, there - 1, 1).get(0);
            if (end == null || !(inDoubt || end.isPurge() || known.isKnown(end.life()))) {
                end = null; // it may be half written
                there--;
            }
        }
        last = end == null ? 0 : end.last();
        lostUpTo = there > 0 && !inDoubt ? 0 : lostUpTo;
        last = Math.max(last, lostUpTo);
        if (last < view.last()) {
            pieces.invalidateAll(); // the index was rebuilt
        }
        count = there;
        // While the index is in doubt, only its existence is trusted, and readers of it fail.
        view = new View(
                file,
                known,
                view.generation() + (isNew ? 1 : 0),
                inDoubt ? 0 : count,
                last,
                Math.max(last, view.mark()));
    }

    /**
     * Records that the file is gone, and that there were events up to a position at least. Readers of these events
     * fail.
     */
    void lost(long atLeast) {
        lostUpTo = atLeast;
        if (view.last() < atLeast) {
            last = atLeast;
            view = view.with(0, atLeast, Math.max(atLeast, view.mark()));
        }
    }

    private boolean isReplaced() throws IOException {
        try (Disk.File now = openOr(livesPath)) {
            int first = Lives.firstOf(now);
            return first > 0 && (inDoubt || first != lives.first());
        }
    }

    private Disk.File openOr(Path wanted) throws IOException {
        return disk.look(wanted) == null ? new NoFile() : disk.open(wanted, Disk.Mode.READ);
    }

    /** Stands in for a missing file. */
    private static final class NoFile implements Disk.File {

        @Override
        public int read(ByteBuffer into, long position) {
            return -1;
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            throw new IOException("the file does not exist");
        }

        @Override
        public long size() {
            return 0;
        }

        @Override
        public void truncate(long size) throws IOException {
            throw new IOException("the file does not exist");
        }

        @Override
        public void sync() {}

        @Override
        public void close() {}
    }

    /** Finds how much of the file is valid. Returns false if the index has to be rebuilt. */
    private boolean take(boolean begun) throws IOException {
        long size = file.size();
        long there = size / Span.SIZE;
        long flushed = lives.flushedSpans();
        if (!begun && there > 0) {
            recordDoubt(); // spans are lost, which the next opening could not see in the new files
        }
        if (!lives.isSound() || there < flushed) {
            return false;
        }
        // The last flushed span is checked too: its positions must be below the later ones.
        long at = Math.max(0, flushed - 1);
        while (at < there) {
            List<@Nullable Span> spans = read(file, at, Math.min(1_000, there - at));
            for (Span span : spans) {
                if (span == null || span.position() <= last || !(span.isPurge() || lives.isKnown(span.life()))) {
                    there = at;
                    break;
                }
                last = span.last();
                at++;
            }
        }
        if (at < flushed) {
            last = 0;
            return false;
        }
        count = at;
        if (flushed < count) {
            // An earlier flush of these spans may have failed, and the operating system then treats their pages as
            // flushed.
            ByteBuffer kept = ByteBuffer.allocate(Math.toIntExact((count - flushed) * Span.SIZE));
            file.readFully(kept, flushed * Span.SIZE);
            file.writeFully(kept.flip(), flushed * Span.SIZE);
        }
        if (size > count * Span.SIZE) {
            file.truncate(count * Span.SIZE);
            file.sync(); // otherwise it could reappear after the lives that it refers to belong to other sessions
        }
        return true;
    }

    /** Returns whether the index has to be rebuilt, by {@link #rebuild}, before anything else. */
    boolean inDoubt() {
        return inDoubt;
    }

    /**
     * Sets a callback that runs when the index is found to be in doubt. It may run on any thread and must not block.
     */
    void whenInDoubt(Runnable told) {
        owner = told;
    }

    /** Puts the index in doubt: the thread that writes it found damage. */
    void doubt() {
        inDoubt = true;
    }

    /**
     * Reports that the rebuild failed. Waiting readers fail, and the rebuild can be tried again.
     *
     * @param forGood whether it will not be tried again, so that no reader has to wait
     */
    void notMadeAnew(Throwable why, boolean forGood) {
        CompletableFuture<Void> over;
        synchronized (making) {
            notMade = forGood ? why : null;
            over = madeAnew;
            madeAnew = new CompletableFuture<>();
        }
        over.completeExceptionally(cantBeMade(why));
    }

    private StoreDamagedException cantBeMade(Throwable why) {
        return StoreDamagedException.derived(
                path.toString(),
                "the index of positions is damaged and could not be rebuilt: " + why.getMessage(),
                why);
    }

    /** Returns the position of the last event in the index, 0 if it is empty. The index has all events up to it. */
    long complete() {
        return last;
    }

    /** Returns the heap size of the table of lives, in bytes. */
    long lifeBytes() {
        return lives.heapBytes();
    }

    /** Returns the highest number of a life; 0 if there is none. */
    int highestLife() {
        return lives.highest();
    }

    /** Returns whether a number belongs to a life that has not ended. */
    boolean isLive(int life) {
        return lives.isKnown(life) && !lives.isOver(life);
    }

    /** Returns the session of a life that has not ended. */
    String sessionOf(int life) throws IOException {
        return Objects.requireNonNull(lives.name(life)).sessionId();
    }

    /** Starts a life of a session and returns the number for its spans. */
    int begin(String sessionId, String relative) throws IOException {
        if (inDoubt) {
            return lives.beginUnwritten();
        }
        return lives.begin(new Lives.Name(sessionId, relative));
    }

    /**
     * Ends lives, before their files are deleted. Removes their events from the feed and from memory, and erases their
     * names. Flushed on return, even if the lives had already ended.
     */
    void end(Collection<Integer> over) throws IOException {
        try {
            lives.end(over);
        } finally {
            ends.incrementAndGet();
            pieces.asMap().values().removeIf(piece -> !Collections.disjoint(piece.lives(), over));
        }
    }

    /**
     * Adds spans in the order of their positions. Their lines must be written. The spans are not flushed, and are not
     * visible until {@link #mark} passes them.
     */
    void append(List<Span> spans) throws IOException {
        if (inDoubt) {
            for (Span span : spans) {
                last = Math.max(last, span.last());
            }
            return;
        }
        long before = last;
        ByteBuffer block = ByteBuffer.allocate(spans.size() * Span.SIZE);
        for (Span span : spans) {
            if (span.position() <= before || !(span.isPurge() || lives.isKnown(span.life()))) {
                throw new IllegalArgumentException(span + " cannot follow position " + before);
            }
            before = span.last();
            span.writeTo(block, count + block.position() / Span.SIZE);
        }
        if (overhang) {
            file.truncate(count * Span.SIZE);
        }
        overhang = true;
        file.writeFully(block.flip(), count * Span.SIZE);
        overhang = false;
        count += spans.size();
        last = before;
    }

    /** Makes added spans visible to readers. The mark also advances over positions without events. */
    void mark(long position) {
        if (position < last || position < view.mark()) {
            throw new IllegalArgumentException("the mark cannot move to " + position + ": it is " + view.mark()
                    + " and the last event is " + last);
        }
        view = view.with(count, last, position);
    }

    /** Flushes added spans and ended lives. If the index is in doubt, records that. */
    void sync() throws IOException {
        if (inDoubt) {
            recordDoubt();
            return;
        }
        lives.sync(); // first: a span must not exist without its life
        file.flush(path.toString());
        lives.flushed(count);
    }

    /** Makes the next opening rebuild the index, unless it is rebuilt before. */
    private void recordDoubt() throws IOException {
        lives.distrust();
        if (!doubtRecorded) {
            try (Disk.File header = disk.open(livesPath, Disk.Mode.CREATE)) {
                header.writeFully(ByteBuffer.allocate(Lives.HEADER), 0);
                header.sync();
            }
            disk.syncDirectory(directory);
            doubtRecorded = true;
        }
    }

    @Override
    public void close() throws IOException {
        notMadeAnew(new StoreClosedException(), true);
        closeFiles();
    }

    private void closeFiles() throws IOException {
        try {
            file.close();
            for (Disk.File old : replaced) {
                old.close();
            }
        } finally {
            lives.close();
        }
    }

    @Override
    public long mark() {
        return view.mark();
    }

    @Override
    public List<SessionEvent> after(long position) {
        View seen = view;
        long at = position;
        while (at < seen.last()) {
            Piece piece = cached(at, seen);
            if (piece == null) {
                piece = load(at, seen);
            }
            if (piece == null) {
                seen = view; // the index was rebuilt meanwhile
                continue;
            }
            List<SessionEvent> events = piece.after(at);
            if (!events.isEmpty()) {
                return events;
            }
            at = piece.to();
        }
        return List.of();
    }

    private @Nullable Piece cached(long at, View seen) {
        Long from = begins.floor(at);
        Piece piece = from == null ? null : pieces.getIfPresent(from);
        return piece == null || piece.to() <= at || piece.generation() != seen.generation() ? null : piece;
    }

    /** Reads a piece. Returns null if the index was rebuilt meanwhile. */
    private @Nullable Piece load(long at, View seen) {
        if (!FileThreads.isHere()) {
            throw NeedsReading.SIGNAL;
        }
        try {
            while (true) {
                long before = ends.get();
                Piece piece = new PieceReader(seen, spansAfter(at, seen)).read();
                pieces.put(piece.from(), piece);
                begins.add(piece.from());
                if (ends.get() == before) {
                    return piece;
                }
                // The piece may contain events of a life that has ended meanwhile.
                pieces.invalidate(piece.from());
            }
        } catch (DamagedIndexException e) {
            return doubted(seen, e);
        } catch (IOException e) {
            // During a rebuild the index files are closed.
            if (view.generation() != seen.generation() || inDoubt && !followed) {
                return doubted(seen, e);
            }
            throw new UncheckedIOException(e);
        }
    }

    /** Returns null if the view that was read is no longer the current index. */
    private @Nullable Piece doubted(View seen, IOException damage) {
        if (followed) {
            String reason = damage.getMessage() + "; the process that has the store open for writing rebuilds it";
            throw StoreDamagedException.derived(path.toString(), reason, damage);
        }
        CompletableFuture<Void> until;
        synchronized (making) {
            if (view.generation() != seen.generation()) {
                return null;
            }
            if (notMade != null) {
                throw cantBeMade(notMade);
            }
            inDoubt = true;
            until = madeAnew;
        }
        owner.run();
        throw new NeedsWaiting(until);
    }

    /** The spans to be read for one piece. */
    private record Stretch(long at, long index, List<Span> spans) {}

    private Stretch spansAfter(long at, View seen) throws IOException {
        long index = indexBehind(at, seen);
        if (index >= seen.count()) {
            throw new DamagedIndexException("it lacks the events after position " + at);
        }
        List<Span> taken = new ArrayList<>();
        int events = 0;
        long bytes = 0;
        boolean isFull = false;
        long checked = index;
        long before = 0;
        for (Span span : read(seen.file(), index, Math.min(PIECE_EVENTS, seen.count() - index))) {
            if (span == null) {
                if (isFull) {
                    break; // belongs to the next piece
                }
                throw damaged(checked);
            }
            // Blocks of the file may have been swapped.
            if (checked == index ? span.last() <= at : span.position() <= before) {
                throw damaged(checked);
            }
            before = span.last();
            checked++;
            if (isFull) {
                continue;
            }
            if (!seen.lives().isOver(span.life())) {
                events += span.count();
                bytes += span.bytes();
            }
            isFull = !taken.isEmpty() && (events > PIECE_EVENTS || bytes > PIECE_BYTES);
            if (!isFull) {
                taken.add(span);
            }
        }
        return new Stretch(at, index, taken);
    }

    /** Returns the number of the first span whose last position is after {@code at}. */
    private long indexBehind(long at, View seen) throws IOException {
        Long from = begins.lower(at);
        Piece before = from == null ? null : pieces.getIfPresent(from);
        if (before != null && before.to() == at && before.generation() == seen.generation()) {
            return before.next();
        }
        long low = 0;
        long high = seen.count();
        while (low < high) {
            long middle = (low + high) >>> 1;
            Span span = read(seen.file(), middle, 1).get(0);
            if (span == null) {
                throw damaged(middle);
            }
            if (span.last() <= at) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static DamagedIndexException damaged(long span) {
        return new DamagedIndexException("the bytes at offset " + span * Span.SIZE + " differ from what was written");
    }

    /** Reads spans; an invalid span is null. */
    private static List<@Nullable Span> read(Disk.File from, long index, long number) throws IOException {
        ByteBuffer block = ByteBuffer.allocate((int) number * Span.SIZE);
        from.readFully(block, index * Span.SIZE);
        List<@Nullable Span> spans = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            spans.add((i + 1) * Span.SIZE <= block.position() ? Span.read(block, i * Span.SIZE, index + i) : null);
        }
        return spans;
    }

    /** Reads the events of some spans. Contiguous parts of a session file are read at once. */
    private final class PieceReader {

        private final View seen;
        private final Lives lives;
        private final Stretch stretch;
        private final List<Span> spans;
        private final List<List<SessionEvent>> events;
        /** How many spans are valid, and the error of the next one. */
        private int right;

        private @Nullable SessionDamagedException damage;

        PieceReader(View seen, Stretch stretch) {
            this.seen = seen;
            this.lives = seen.lives();
            this.stretch = stretch;
            this.spans = stretch.spans();
            this.events = new ArrayList<>(Collections.nCopies(spans.size(), List.of()));
            this.right = spans.size();
        }

        Piece read() throws IOException {
            Map<Integer, List<Integer>> byLife = new LinkedHashMap<>();
            for (int i = 0; i < spans.size(); i++) {
                byLife.computeIfAbsent(spans.get(i).life(), life -> new ArrayList<>())
                        .add(i);
            }
            for (Map.Entry<Integer, List<Integer>> entry : byLife.entrySet()) {
                int life = entry.getKey();
                if (life == 0) {
                    for (int i : entry.getValue()) {
                        events.set(i, List.of(source.purged(spans.get(i).position())));
                    }
                } else if (!lives.isKnown(life)) {
                    throw new DamagedIndexException("life " + life + " does not exist");
                } else {
                    read(life, entry.getValue());
                }
            }
            if (right == 0 && damage != null) {
                throw damage;
            }
            List<SessionEvent> all = new ArrayList<>();
            long weight = EVENT_WEIGHT;
            for (int i = 0; i < right; i++) {
                all.addAll(events.get(i));
                weight += spans.get(i).bytes()
                        + (long) EVENT_WEIGHT * spans.get(i).count();
            }
            return new Piece(
                    seen.generation(),
                    Math.min(stretch.at(), spans.get(0).position() - 1),
                    spans.get(right - 1).last(),
                    stretch.index() + right,
                    all,
                    byLife.keySet(),
                    (int) Math.min(weight, Integer.MAX_VALUE));
        }

        private void read(int life, List<Integer> indexes) throws IOException {
            Lives.Name name = lives.name(life);
            if (name == null) {
                return;
            }
            for (Iterator<Integer> each = indexes.iterator(); each.hasNext(); ) {
                int index = each.next();
                List<SessionEvent> aside = source.aside(spans.get(index));
                if (aside != null) {
                    events.set(index, aside);
                    each.remove();
                }
            }
            if (indexes.isEmpty()) {
                return;
            }
            int reached = 0;
            try (Disk.File in = disk.open(root.resolve(name.file()), Disk.Mode.READ)) {
                while (reached < indexes.size()) {
                    Span first = spans.get(indexes.get(reached));
                    if (first.foreign()) {
                        events.set(indexes.get(reached), source.foreign(name, first));
                        reached++;
                        continue;
                    }
                    int behind = reached + 1;
                    long end = first.end();
                    while (behind < indexes.size() && follows(spans.get(indexes.get(behind)), end)) {
                        end = spans.get(indexes.get(behind)).end();
                        behind++;
                    }
                    ByteBuffer block = ByteBuffer.allocate((int) (end - first.offset()));
                    in.readFully(block, first.offset());
                    block.flip();
                    for (; reached < behind; reached++) {
                        Span span = spans.get(indexes.get(reached));
                        events.set(indexes.get(reached), decode(in, name, span, block, (int)
                                (span.offset() - first.offset())));
                    }
                }
            } catch (NoSuchFileException | FileNotFoundException e) {
                damaged(life, indexes, reached, damage(name, spans.get(indexes.get(0)), 1, 0, "the file is not there"));
            } catch (SessionDamagedException e) {
                damaged(life, indexes, reached, e);
            }
        }

        private boolean follows(Span span, long end) {
            return !span.foreign() && span.offset() == end;
        }

        private void damaged(int life, List<Integer> indexes, int reached, SessionDamagedException e) {
            if (lives.isOver(life)) {
                indexes.forEach(i -> events.set(i, List.of())); // the life ended while it was read
            } else if (indexes.get(reached) < right) {
                right = indexes.get(reached);
                damage = e;
            }
        }

        private List<SessionEvent> decode(Disk.File in, Lives.Name name, Span span, ByteBuffer block, int begin)
                throws IOException {
            List<SessionEvent> decoded = new ArrayList<>(span.count());
            int at = begin;
            int end = Math.min(begin + span.bytes(), block.limit());
            for (int i = 0; i < span.count(); i++) {
                int newline = at;
                while (newline < end && block.get(newline) != '\n') {
                    newline++;
                }
                long offset = span.offset() + at - begin;
                if (newline == end) {
                    throw damage(name, span, lineAt(in, offset), offset, "the line is missing, or has no end");
                }
                byte[] line = new byte[newline - at];
                block.get(at, line);
                SessionEvent event;
                try {
                    event = codec.decode(name.sessionId(), line);
                } catch (MalformedLineException e) {
                    throw damage(name, span, lineAt(in, offset), offset, e.reason());
                }
                if (event.position() != span.position() + i) {
                    String reason = "its position is " + event.position() + ", not " + (span.position() + i);
                    throw damage(name, span, lineAt(in, offset), offset, reason);
                }
                decoded.add(event);
                at = newline + 1;
            }
            if (at != end) {
                long offset = span.offset() + at - begin;
                throw damage(name, span, lineAt(in, offset), offset, "there are more bytes than were written");
            }
            return decoded;
        }

        private SessionDamagedException damage(Lives.Name name, Span span, long line, long offset, String reason) {
            return new SessionDamagedException(
                    name.sessionId(),
                    name.file(),
                    line,
                    offset,
                    reason + " (positions " + span.position() + " to " + span.last() + " of the feed)");
        }

        private long lineAt(Disk.File in, long offset) throws IOException {
            long line = 1;
            ByteBuffer block = ByteBuffer.allocate(64 << 10);
            for (long at = 0; at < offset; ) {
                int read = in.read(block.clear(), at);
                if (read < 0) {
                    break;
                }
                for (int i = 0; i < Math.min(read, offset - at); i++) {
                    line += block.get(i) == '\n' ? 1 : 0;
                }
                at += read;
            }
            return line;
        }
    }

    /**
     * Starts to rebuild the index, whatever exists. Earlier numbers of lives are invalid afterwards.
     *
     * @param above a number that another file uses for a life; new numbers are above it and above all numbers in this
     *     index
     */
    Rebuild rebuild(int above) throws IOException {
        inDoubt = true;
        recordDoubt();
        return new Rebuild(Math.max(above, lives.highest()));
    }

    /**
     * Passes on the spans of some lives, up to a position, that are still valid.
     *
     * @return whether all spans are valid; if not, there may have been more
     */
    boolean eachRight(Set<Integer> wanted, long upTo, FileRead.SpanConsumer consumer) throws IOException {
        boolean all = true;
        try (Disk.File from = openOr(path)) { // the open file is closed if a rebuild failed halfway
            long there = from.size() / Span.SIZE;
            for (long at = 0; at < there; at += 1_000) {
                for (Span span : read(from, at, Math.min(1_000, there - at))) {
                    all &= span != null;
                    if (span != null && span.position() <= upTo && wanted.contains(span.life())) {
                        consumer.accept(span);
                    }
                }
            }
        }
        return all;
    }

    /** Makes the next opening rebuild the index, because it lacks events that cannot be determined now. */
    void doubtLater() throws IOException {
        recordDoubt();
    }

    /** A rebuild in progress. If it is closed without {@link #finish}, the old index stays in place. */
    final class Rebuild implements Closeable {

        private final Path freshPath = directory.resolve(RootFiles.SPANS + ".new");
        private final Path freshLivesPath = directory.resolve(RootFiles.LIVES + ".new");
        private final SpanSort sort = new SpanSort(disk, directory.resolve(RootFiles.SPANS + ".run"), RUN_LENGTH);
        private final Lives freshLives;
        private boolean isFinished;

        private Rebuild(int above) throws IOException {
            freshLives = Lives.create(disk.open(freshLivesPath, Disk.Mode.CREATE), above);
        }

        int begin(String sessionId, String relative) throws IOException {
            return freshLives.begin(new Lives.Name(sessionId, relative));
        }

        /** Adds a span, in any order. */
        void add(Span span) throws IOException {
            sort.add(span);
        }

        /**
         * Puts the new index in place. It is flushed and readable on return.
         *
         * @param clash receives the spans that are left out because other spans have their positions
         */
        void finish(Consumer<Span> clash) throws IOException {
            try (Disk.File out = disk.open(freshPath, Disk.Mode.CREATE)) {
                long written = sort.writeTo(out, clash);
                out.sync();
                freshLives.flushed(written);
                freshLives.sync();
            }
            freshLives.close();
            closeFiles();
            // A crash between the moves leaves no spans file, which the next opening detects.
            disk.delete(path);
            disk.syncDirectory(directory);
            disk.move(freshLivesPath, livesPath);
            doubtRecorded = false;
            disk.move(freshPath, path);
            disk.syncDirectory(directory);
            long known = last;
            try {
                file = disk.open(path, Disk.Mode.WRITE);
                lives = Lives.open(disk.open(livesPath, Disk.Mode.WRITE));
                overhang = false;
                count = 0;
                last = 0;
                if (!take(true)) {
                    throw new DamagedIndexException("bytes that were just written cannot be read back");
                }
            } finally {
                last = Math.max(last, known);
            }
            isFinished = true;
            show();
        }

        private void show() {
            CompletableFuture<Void> over;
            synchronized (making) {
                view = new View(file, lives, view.generation() + 1, count, last, Math.max(last, view.mark()));
                inDoubt = false;
                notMade = null;
                over = madeAnew;
                madeAnew = new CompletableFuture<>();
            }
            pieces.invalidateAll();
            over.complete(null);
        }

        @Override
        public void close() throws IOException {
            try {
                sort.close();
                freshLives.close();
            } finally {
                if (!isFinished) {
                    disk.delete(freshPath);
                    disk.delete(freshLivesPath);
                }
            }
        }
    }
}
