package dev.reel.jsonl;

import dev.reel.ReelException;
import dev.reel.StoreClosedException;
import dev.reel.StoreFailedException;
import dev.reel.StoreFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes the journal. It makes the entries of many sessions durable with one flush, in the order in which they are
 * added.
 *
 * <p><b>The thread.</b> Entries wait in a lock-free queue. The queue needs no bound of its own, because the engine
 * already bounds the writes that are accepted and not yet answered. One thread, which no caller can interrupt, does all
 * the writing. It takes the waiting entries as a group, writes them at the end of the segment, flushes if the
 * durability requires it, updates the mark, and passes the group on as settled in one call. While it flushes, the next
 * group collects in the queue. Fields that are not volatile are used only by that thread.
 *
 * <p><b>Spare bytes.</b> If each group is flushed, zeros are written after a small group, so that the next groups do not
 * change the size of the file: a flush that has to write the size too takes half as long again. The zeros are cut off
 * before the next segment is started, and when the journal closes. After a crash {@link JournalReader} finds them.
 *
 * <p><b>Places in files.</b> Each frame records the place of its bytes in the session's file. The journal therefore
 * keeps the version and the offset of the end of each session's file. If it does not know a session, it asks the entry.
 * It forgets a session only after everything that it wrote for the session is in the file. It updates these ends only
 * after a group is written.
 *
 * <p><b>Writes that follow a failed write.</b> The engine keeps accepting writes of a session while an earlier batch is
 * being written. If that batch fails, the engine fails the later writes and continues from the version before the
 * failure. The journal must not write the later entries either. So each entry names the entry that it follows, and its
 * version must be the next one.
 *
 * <p><b>Failures.</b> If the disk is full, the group is undone and the undo is flushed. Its entries fail with {@link
 * StoreFullException}, and the next group is tried. Purges in the group are tried once more in the space that is
 * reserved for them. Any failed flush, and any other failed write, stops writing for good. The outcome of entries that
 * may be in the file is then unknown; all other entries were not written. The files are not changed again.
 *
 * <p><b>Backpressure.</b> If too many bytes are written that are not yet in session files, the next group waits until
 * the folder has caught up. Flushes that the folder requests are done meanwhile.
 */
final class JournalWriter implements AutoCloseable {

    /** How many positions are reserved ahead. */
    static final long POSITIONS = 1_000_000;

    private static final long GROUP_BYTES = 8 << 20;
    private static final int BUFFER_BYTES = 1 << 20;

    /** For how many sessions the ends are kept; others are asked for again. */
    private static final int SESSIONS = 10_000;

    /** The callbacks that the journal needs from the store. All are called on the journal's thread. */
    interface Owner {

        /**
         * Makes durable that no position up to this one is assigned again.
         *
         * @throws FailedFlushException if a flush failed, rather than a write
         */
        void reserve(long upTo) throws IOException;

        /** Returns why a session accepts only a purge for now, or null. */
        default @Nullable ReelException refusal(String sessionId) {
            return null;
        }

        /** Frees the space that is reserved for purges, if there is any. */
        default boolean makeRoom() throws IOException {
            return false;
        }

        /**
         * Called when entries are settled, which means durable or failed. Groups are passed in the order of the
         * journal. The next group is not written until this returns, so call {@link JournalEntry#tell} for a large
         * group on another thread.
         */
        void settled(List<JournalEntry> entries);

        /**
         * Called after a flush of the journal, with its duration and with the bytes and batches written since the
         * previous flush.
         */
        default void flushed(long nanos, long bytes, int batches) {}

        /**
         * Returns the settled position of the feed, assuming that these entries are published. Every assigned position
         * up to it is published, is in these entries, or will never be used.
         */
        long settledUpTo(List<JournalEntry> entries);
    }

    /**
     * The settings.
     *
     * @param durability when entries are durable
     * @param segmentBytes the maximum size of a segment, in bytes; a larger frame gets a segment of its own
     * @param maxUnfolded how many bytes of the journal may be missing in session files
     */
    record Settings(Durability durability, long segmentBytes, long maxUnfolded) {

        static final Settings DEFAULT = new Settings(Durability.SYNC, 64 << 20, 64 << 20);
    }

    /** The end of a session's file, and up to which total of written bytes it must be kept. */
    private record Known(FileEnd end, long until) {}

    /** What a caller waits for. */
    private enum Wish {
        /** Everything that is written is flushed. */
        FLUSH,
        /** Everything is flushed, and a new segment is started. */
        ROTATE,
        /** The mark is flushed. */
        MARK
    }

    private record Request(Wish wish, CompletableFuture<Void> done) {}

    private final Disk disk;
    private final Path directory;
    private final Settings settings;
    private final @Nullable Duration interval;
    private final Owner owner;
    private final Thread thread = new Thread(this::run, "reel-journal");

    private final Queue<JournalEntry> queue = new ConcurrentLinkedQueue<>();
    private final Queue<Request> requests = new ConcurrentLinkedQueue<>();
    /** The start of each segment, in bytes over all segments. */
    private final NavigableMap<Long, Long> begins = new ConcurrentSkipListMap<>();

    private volatile boolean waiting;
    private volatile boolean closing;
    private volatile boolean closed;
    private volatile @Nullable Throwable failure;
    /**
     * When a group last failed because the disk was full, by {@link System#nanoTime}; null if a group was written
     * since.
     */
    private volatile @Nullable Long fullSince;

    private volatile JournalPlace written;
    private volatile JournalPlace flushed;
    private volatile long folded;
    /** The settled position that the mark stores. */
    private volatile long settled;

    /** The first segment that is still needed. */
    private volatile long first;

    private volatile boolean markAsked;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Map<String, Known> ends = new LinkedHashMap<>(16, 0.75f, true);
    /** Purged sessions whose ends are still kept, oldest first. */
    private final Queue<String> purgedEnds = new ArrayDeque<>();

    private final Disk.File mark;
    private Disk.@Nullable File file;
    private long number;
    private long size;
    private long flushedSize;
    /** The size of the file including the spare bytes at its end. */
    private long allocated;
    /** How many batches are written and not flushed. */
    private int unflushed;
    /** How many bytes were ever written, over all segments. */
    private long total;

    private long flushDue;
    private long reserved;
    /** The offset at which the next bytes of the group are written. */
    private long end;

    /**
     * Creates a journal. Its first entry starts a new segment.
     *
     * @param older the existing segments, in order, without torn ends
     * @param nextNumber the number of the next segment
     * @param reserved the last position that is reserved
     */
    JournalWriter(
            Disk disk,
            Path directory,
            List<Segment> older,
            long nextNumber,
            long reserved,
            Settings settings,
            Owner owner)
            throws IOException {
        this.disk = disk;
        this.directory = directory;
        this.settings = settings;
        this.interval = settings.durability().flushesEvery();
        this.owner = owner;
        this.reserved = reserved;
        this.number = nextNumber - 1;
        for (Segment segment : older) {
            begins.put(segment.number(), total);
            total += segment.size();
            number = segment.number();
            size = segment.size();
        }
        this.flushedSize = size;
        this.written = new JournalPlace(number, size);
        this.flushed = written;
        disk.createDirectories(directory);
        this.mark = disk.open(Mark.file(directory), Disk.Mode.CREATE);
        thread.setDaemon(true);
        try {
            if (!older.isEmpty()) {
                flushOlder(older.get(older.size() - 1));
            }
            settled = reserved;
            first = older.isEmpty() ? nextNumber : older.get(0).number();
            writeMark(size, size);
            mark.sync(); // the mark must not keep referring to segments that are about to be deleted
            disk.syncDirectory(directory);
        } catch (IOException e) {
            mark.close();
            throw e;
        }
        number = nextNumber - 1;
    }

    /** Flushes the last older segment. Events that recovery kept may be shown only after that. */
    private void flushOlder(Segment last) throws IOException {
        try (Disk.File there = disk.open(last.file(), Disk.Mode.WRITE)) {
            there.sync();
        }
        // Before the mark refers to the segment: its name may be as new as its bytes.
        disk.syncDirectory(directory);
    }

    void start() {
        thread.start();
    }

    // ---- From any thread

    /** Adds an entry; never blocks. Entries of the same session must be added one after the other. */
    void add(JournalEntry entry) {
        queue.add(entry);
        wake();
        if (closed) {
            refuseAll();
        }
    }

    /** Completes on the journal's thread after everything acknowledged so far is flushed. */
    CompletableFuture<Void> sync() {
        return request(new Request(Wish.FLUSH, new CompletableFuture<>()));
    }

    /** Blocks until everything acknowledged so far is flushed. For the folder. */
    void flush() throws IOException {
        JournalPlace wanted = written;
        if (flushed.compareTo(wanted) < 0) {
            await(sync());
        }
    }

    /** Starts a new segment and returns its number. The earlier ones can be deleted after they are folded. */
    long rotate() throws IOException {
        await(request(new Request(Wish.ROTATE, new CompletableFuture<>())));
        return written.segment();
    }

    private CompletableFuture<Void> request(Request request) {
        requests.add(request);
        wake();
        if (closed) {
            answer();
        }
        return request.done;
    }

    private static void await(CompletableFuture<Void> done) throws IOException {
        try {
            done.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ReelException known) {
                throw known;
            }
            if (e.getCause() instanceof IOException full) {
                throw full;
            }
            throw e;
        }
    }

    /** Returns the place up to which the journal is flushed. */
    JournalPlace flushed() {
        return flushed;
    }

    /** Returns the place up to which the journal is written. */
    JournalPlace written() {
        return written;
    }

    /** Stops writing for good, because something that the journal depends on has failed. */
    void giveUp(Throwable why) {
        stop(why);
        wake();
    }

    /** Requests an update of the mark after positions were assigned that will not be used. */
    void settle(long upTo) {
        if (upTo > settled) {
            markAsked = true;
            wake();
        }
    }

    /** Returns why writing has stopped, or null. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /**
     * Returns whether a group failed for lack of space within the given time and none was written since. Callable from
     * any thread.
     */
    boolean isFull(long nanos) {
        Long since = fullSince;
        return since != null && System.nanoTime() - since < nanos;
    }

    /** Returns how many bytes are written and not yet in session files. Callable from any thread. */
    long unfolded() {
        JournalPlace end = written;
        Long begin = begins.get(end.segment());
        long bytes = begin == null ? 0 : begin + end.offset() - folded;
        return bytes <= Segment.HEADER ? 0 : bytes;
    }

    /** Returns the numbers of the existing segments, in order. */
    List<Long> segments() {
        return List.copyOf(begins.keySet());
    }

    /** Called by the folder: everything up to this place is in session files. */
    void folded(JournalPlace upTo) {
        Long begin = begins.get(upTo.segment());
        if (begin != null) {
            folded = Math.max(folded, begin + upTo.offset());
            wake();
        }
    }

    /**
     * Deletes segments whose frames are all in flushed session files. The last segment stays while the journal is open.
     * Only one thread may call this at a time.
     *
     * <p>First it flushes a mark that no longer refers to these segments. Otherwise the mark might refer to a deleted
     * segment after a power cut.
     */
    void deleteBefore(long segment) throws IOException {
        long needed = Math.min(segment, written.segment());
        List<Long> over = List.copyOf(begins.headMap(needed).keySet());
        if (over.isEmpty()) {
            return;
        }
        first = Math.max(first, needed);
        await(request(new Request(Wish.MARK, new CompletableFuture<>())));
        for (Long number : over) {
            // Each deletion is flushed before the next: a frame must never reappear without the frames that followed
            // it.
            delete(number);
        }
    }

    /** Deletes all segments of a closed journal. All their frames are in flushed session files. */
    void deleteAll() throws IOException {
        if (!closed) {
            throw new IllegalStateException("the journal is open");
        }
        // Otherwise the mark would still refer to segments.
        first = number + 1;
        flushMark(0, 0);
        for (Long number : segments()) {
            delete(number);
        }
    }

    private void delete(long number) throws IOException {
        disk.delete(Segment.file(directory, number));
        disk.syncDirectory(directory);
        begins.remove(number);
    }

    /** Writes and flushes everything that was added, and stops. Entries that are added later fail. */
    @Override
    public void close() {
        closing = true;
        wake();
        FileThreads.join(thread);
    }

    private void wake() {
        if (waiting) {
            LockSupport.unpark(thread);
        }
    }

    private void refuseAll() {
        List<JournalEntry> refused = new ArrayList<>();
        for (JournalEntry entry = queue.poll(); entry != null; entry = queue.poll()) {
            entry.fail(new StoreClosedException());
            refused.add(entry);
        }
        if (!refused.isEmpty()) {
            owner.settled(refused);
        }
    }

    // ---- The journal's thread

    private void run() {
        while (!closing || !queue.isEmpty()) {
            try {
                step();
            } catch (Throwable t) {
                stop(t);
            }
        }
        try {
            if (flushWritten()) {
                endSegment();
            }
            answer();
            mark.close();
            if (file != null) {
                file.close();
            }
        } catch (Throwable t) {
            stop(t);
        }
        closed = true;
        answer();
        refuseAll();
    }

    private void step() {
        answer();
        forgetPurged();
        if (!queue.isEmpty() && hasRoom()) {
            writeGroup();
        } else if (size > flushedSize && interval != null && System.nanoTime() - flushDue >= 0) {
            flushWritten();
        } else if (markAsked) {
            markAsked = false;
            moveMark();
        } else {
            waiting = true;
            boolean idle = !markAsked && requests.isEmpty() && !closing && (queue.isEmpty() || !hasRoom());
            if (idle && !isFirstPurgeFolded()) {
                if (size > flushedSize && interval != null) {
                    LockSupport.parkNanos(this, Math.max(1, flushDue - System.nanoTime()));
                } else {
                    LockSupport.park(this);
                }
            }
            waiting = false;
        }
    }

    private boolean hasRoom() {
        return closing || failure != null || isFolded() || total - folded < settings.maxUnfolded();
    }

    /**
     * Returns whether the folder has caught up, or only the header of a new segment is left. The header does not count,
     * however small the bound is.
     */
    private boolean isFolded() {
        return total - folded <= Segment.HEADER;
    }

    private void answer() {
        for (Request request = requests.poll(); request != null; request = requests.poll()) {
            IOException full = null;
            try {
                serve(request.wish);
            } catch (IOException e) {
                full = stoppedUnlessFull(e) ? null : e;
            }
            Throwable why = failure;
            if (why != null) {
                request.done.completeExceptionally(new StoreFailedException(null, ReelException.Outcome.UNKNOWN, why));
            } else if (full != null) {
                request.done.completeExceptionally(full);
            } else {
                request.done.complete(null);
            }
        }
    }

    private void serve(Wish wish) throws IOException {
        if (wish == Wish.MARK) {
            if (failure == null) {
                flushMark(size, flushedSize);
            }
        } else if (flushWritten() && wish == Wish.ROTATE && size > Segment.HEADER) {
            beginSegment();
        }
    }

    /** Stops writing for good, for this reason. */
    private synchronized void stop(Throwable why) {
        if (failure == null) {
            failure = why;
        }
    }

    private boolean stoppedUnlessFull(IOException e) {
        if (!FullDisk.isReasonOf(e)) {
            stop(e);
        }
        return failure != null;
    }

    // ---- A group

    /** Entries that are written together, each with the end of its session file before the entry. */
    private static final class Group {

        private final List<JournalEntry> entries = new ArrayList<>();
        private final List<FileEnd> bases = new ArrayList<>();
        /** The ends of the session files after the group. */
        private final Map<String, FileEnd> ends = new HashMap<>();
        /** What is reported after the group: its entries, and entries that failed on their own. */
        private final List<JournalEntry> settled = new ArrayList<>();

        private long bytes;

        void add(JournalEntry entry, FileEnd base) {
            entries.add(entry);
            bases.add(base);
            ends.put(entry.sessionId(), entry.fileEnd(base));
            settled.add(entry);
            bytes += entry.bytes();
        }

        void failed(JournalEntry entry, ReelException why) {
            entry.fail(why);
            settled.add(entry);
        }

        void failAll(Function<String, ReelException> why) {
            for (JournalEntry entry : entries) {
                entry.fail(why.apply(entry.sessionId()));
            }
        }

        /** Returns the group's purges, to be written without the other entries, which fail. */
        Group purges(Function<String, ReelException> why) {
            Group purges = new Group();
            for (JournalEntry entry : entries) {
                ReelException before = entry.failureBefore();
                if (before != null) {
                    entry.fail(before);
                } else if (entry.kind() == Frame.Kind.PURGE) {
                    purges.add(entry, FileEnd.EMPTY);
                } else {
                    entry.fail(why.apply(entry.sessionId()));
                }
            }
            return purges;
        }

        void failAll(ReelException.Outcome outcome, Throwable why) {
            failAll(id -> new StoreFailedException(id, outcome, why));
        }
    }

    private void writeGroup() {
        Group group = new Group();
        try {
            take(group);
        } catch (Throwable t) {
            stop(t);
            group.failAll(ReelException.Outcome.NOT_WRITTEN, t);
            group.entries.clear();
        }
        if (!group.entries.isEmpty()) {
            try {
                write(group);
            } catch (Throwable t) {
                stop(t);
                group.failAll(ReelException.Outcome.UNKNOWN, t);
            }
        }
        if (!group.settled.isEmpty()) {
            owner.settled(group.settled);
        }
    }

    private void take(Group group) {
        for (JournalEntry next = queue.peek(); next != null; next = queue.peek()) {
            if (!group.entries.isEmpty() && group.bytes + next.bytes() > GROUP_BYTES) {
                return;
            }
            queue.remove();
            Throwable why = failure;
            ReelException before = next.failureBefore();
            if (before != null) {
                group.failed(next, before);
            } else if (why != null) {
                group.failed(next, new StoreFailedException(next.sessionId(), ReelException.Outcome.NOT_WRITTEN, why));
            } else {
                place(next, group);
            }
        }
    }

    private void place(JournalEntry entry, Group group) {
        ReelException refusal = entry.kind() == Frame.Kind.PURGE ? null : owner.refusal(entry.sessionId());
        if (refusal != null) {
            group.failed(entry, refusal);
            return;
        }
        FileEnd now;
        try {
            now = endOf(entry, group);
        } catch (ReelException e) {
            group.failed(entry, e);
            return;
        } catch (Throwable t) {
            group.failed(entry, new StoreFailedException(entry.sessionId(), ReelException.Outcome.NOT_WRITTEN, t));
            return;
        }
        FileEnd base = switch (entry.kind()) {
            case EVENTS -> now;
            case FORK -> now.version() == 0 ? entry.inherited() : null;
            case PURGE -> FileEnd.EMPTY;
        };
        if (base == null || (entry.kind() != Frame.Kind.PURGE && entry.firstVersion() != base.version() + 1)) {
            Throwable why = new IllegalStateException(entry + " does not follow version " + now.version());
            group.failed(entry, new StoreFailedException(entry.sessionId(), ReelException.Outcome.NOT_WRITTEN, why));
        } else {
            group.add(entry, base);
        }
    }

    private FileEnd endOf(JournalEntry entry, Group group) {
        FileEnd end = group.ends.get(entry.sessionId());
        if (end == null) {
            Known known = ends.get(entry.sessionId());
            end = known == null ? entry.sessionEnd() : known.end;
        }
        return end;
    }

    private void write(Group group) throws IOException {
        IOException full = tryWrite(group);
        if (full == null) {
            if (fullSince != null) {
                fullSince = null;
            }
            return;
        }
        fullSince = System.nanoTime();
        Group purges = group.purges(id -> new StoreFullException(id, full));
        if (!purges.entries.isEmpty()) {
            IOException still = owner.makeRoom() ? tryWrite(purges) : full;
            if (still != null) {
                purges.failAll(id -> new StoreFullException(id, still));
            }
        }
    }

    /** Writes a group or fails it. If the disk is full, undoes everything and returns the error. */
    private @Nullable IOException tryWrite(Group group) {
        try {
            makeReady(group);
        } catch (IOException e) {
            if (stoppedUnlessFull(e)) {
                group.failAll(ReelException.Outcome.NOT_WRITTEN, e);
                return null;
            }
            return e;
        }
        long flushedTo;
        try {
            writeFrames(group);
            unflushed += group.entries.size();
            flushedTo = settings.durability().flushesEachWrite() ? flushFile() : flushedSize;
            settled = owner.settledUpTo(group.entries);
            writeMark(end, flushedTo);
        } catch (IOException e) {
            if (stoppedUnlessFull(e) || !undo(group)) {
                group.failAll(ReelException.Outcome.UNKNOWN, e);
                return null;
            }
            return e;
        }
        if (interval != null && size == flushedSize) {
            flushDue = System.nanoTime() + TimeUnit.NANOSECONDS.convert(interval);
        }
        grown(end, flushedTo);
        remember(group);
        return null;
    }

    /** Makes sure that the segment has room for the group, and that positions are reserved up to its last one. */
    private void makeReady(Group group) throws IOException {
        if (file == null || (size > Segment.HEADER && size + group.bytes > settings.segmentBytes())) {
            beginSegment();
        }
        long last = reserved;
        for (JournalEntry entry : group.entries) {
            last = Math.max(last, entry.lastPosition());
        }
        if (last > reserved) {
            owner.reserve(last + POSITIONS);
            reserved = last + POSITIONS;
        }
    }

    private void writeFrames(Group group) throws IOException {
        end = size;
        buffer.clear();
        for (int i = 0; i < group.entries.size(); i++) {
            JournalEntry entry = group.entries.get(i);
            FileEnd base = group.bases.get(i);
            long begin = end + buffer.position();
            byte[] head = Frame.begin(entry, base, number, begin, flushedSize);
            put(head);
            if (base.lineOpen()) {
                put((byte) '\n');
            }
            long lines = end + buffer.position();
            for (byte[] line : entry.lines()) {
                put(line);
                put((byte) '\n');
            }
            while ((end + buffer.position()) % Frame.ALIGNMENT != 0) {
                put((byte) 0);
            }
            entry.placed(new JournalPlace(number, end + buffer.position()), lines, base);
        }
        drain();
        allocated = Math.max(allocated, end);
        if (settings.durability().flushesEachWrite() && end == allocated && group.bytes < disk.spare()) {
            addSpare();
        }
    }

    /** Writes zeros after the group. A disk that has no room for them has room for the group. */
    private void addSpare() throws IOException {
        long spare = Math.min(disk.spare(), settings.segmentBytes() - end);
        if (spare <= 0) {
            return;
        }
        try {
            allocated = end + spare;
            file().writeFully(ByteBuffer.allocate((int) spare), end);
        } catch (IOException e) {
            if (!FullDisk.isReasonOf(e)) {
                throw e;
            }
            cutSpare(end);
        }
    }

    private void cutSpare(long newSize) throws IOException {
        if (allocated > newSize) {
            file().truncate(newSize);
            allocated = newSize;
        }
    }

    private void put(byte[] bytes) throws IOException {
        for (int from = 0; from < bytes.length; ) {
            if (!buffer.hasRemaining()) {
                drain();
            }
            int length = Math.min(buffer.remaining(), bytes.length - from);
            buffer.put(bytes, from, length);
            from += length;
        }
    }

    private void put(byte b) throws IOException {
        if (!buffer.hasRemaining()) {
            drain();
        }
        buffer.put(b);
    }

    private void drain() throws IOException {
        buffer.flip();
        int length = buffer.remaining();
        file().writeFully(buffer, end);
        end += length;
        buffer.clear();
    }

    /** Removes a partly written group and flushes that: otherwise the group might reappear after a power cut. */
    private boolean undo(Group group) {
        try {
            file().truncate(size);
            allocated = size;
            end = size;
            unflushed = Math.max(0, unflushed - group.entries.size());
            grown(size, flushFile());
            return true;
        } catch (IOException e) {
            stop(e);
            return false;
        }
    }

    private void remember(Group group) {
        group.ends.forEach((id, there) -> ends.put(id, new Known(there, total)));
        for (JournalEntry entry : group.entries) {
            entry.succeed();
            if (entry.kind() == Frame.Kind.PURGE) {
                purgedEnds.add(entry.sessionId());
            }
        }
        Iterator<Known> eldest = ends.values().iterator();
        while (ends.size() > SESSIONS && eldest.hasNext() && eldest.next().until <= folded) {
            eldest.remove();
        }
    }

    /**
     * Forgets the ends of purged sessions that are folded. They may never be used again, so other sessions might never
     * replace them.
     */
    private void forgetPurged() {
        while (isFirstPurgeFolded()) {
            ends.remove(purgedEnds.remove());
        }
    }

    private boolean isFirstPurgeFolded() {
        String id = purgedEnds.peek();
        Known known = id == null ? null : ends.get(id);
        return id != null && (known == null || known.until <= folded);
    }

    /** Returns for how many sessions the end is kept; exact while nothing is written. For tests. */
    int knownEnds() {
        return ends.size();
    }

    // ---- The segment

    private Disk.File file() {
        return Objects.requireNonNull(file);
    }

    /** Flushes written bytes that are not flushed yet. Returns false if the journal has stopped, now or earlier. */
    private boolean flushWritten() {
        if (failure == null && size > flushedSize) {
            try {
                end = size;
                grown(size, flushFile());
                writeMark(size, flushedSize);
            } catch (IOException e) {
                // If there is no room for the mark, it stores an older state until the next group updates it.
                stoppedUnlessFull(e);
            }
        }
        return failure == null;
    }

    private long flushFile() throws IOException {
        long begun = System.nanoTime();
        try {
            file().sync();
        } catch (IOException e) {
            throw new FailedFlushException("the journal", e);
        }
        owner.flushed(System.nanoTime() - begun, end - flushedSize, unflushed);
        unflushed = 0;
        return end;
    }

    /** Updates the settled position in the mark. If that fails, the mark keeps an older one. */
    private void moveMark() {
        if (failure == null && file != null) {
            try {
                settled = owner.settledUpTo(List.of());
                writeMark(size, flushedSize);
            } catch (IOException e) {
                stoppedUnlessFull(e);
            }
        }
    }

    private void writeMark(long acknowledged, long flushedTo) throws IOException {
        mark.writeFully(markOf(acknowledged, flushedTo), 0);
    }

    private ByteBuffer markOf(long acknowledged, long flushedTo) {
        return new Mark(number, acknowledged, flushedTo, settled, first).encode();
    }

    /** Writes the mark and flushes it. Works also after the journal is closed. */
    private void flushMark(long acknowledged, long flushedTo) throws IOException {
        try (Disk.File there = disk.open(Mark.file(directory), Disk.Mode.WRITE)) {
            there.writeFully(markOf(acknowledged, flushedTo), 0);
            there.flush("the mark of the journal");
        }
    }

    private void grown(long newSize, long newFlushed) {
        total += newSize - size;
        size = newSize;
        flushedSize = newFlushed;
        written = new JournalPlace(number, size);
        flushed = new JournalPlace(number, flushedSize);
    }

    /** Cuts off the spare bytes: only the last segment may have them. */
    private void endSegment() throws IOException {
        if (file != null && allocated > size) {
            cutSpare(size);
            file().flush("the end of a segment of the journal");
        }
    }

    private void beginSegment() throws IOException {
        if (!flushWritten()) {
            throw new IOException("the previous segment could not be flushed", failure);
        }
        endSegment();
        Disk.File begun = createSegment(number + 1, begins.containsKey(number) ? size : 0);
        allocated = Segment.HEADER;
        Disk.File old = file;
        file = begun;
        number++;
        begins.put(number, total);
        size = 0;
        grown(Segment.HEADER, Segment.HEADER);
        if (old != null) {
            old.close();
        }
    }

    private Disk.File createSegment(long newNumber, long before) throws IOException {
        Path path = Segment.file(directory, newNumber);
        Disk.File begun = disk.open(path, Disk.Mode.CREATE);
        try {
            begun.truncate(0);
            begun.writeFully(Segment.header(newNumber, before), 0);
            try {
                begun.sync();
                disk.syncDirectory(directory);
            } catch (IOException e) {
                throw new FailedFlushException("a new segment of the journal", e);
            }
            return begun;
        } catch (IOException e) {
            try {
                begun.close();
                if (FullDisk.isReasonOf(e)) {
                    disk.delete(path);
                }
            } catch (IOException other) {
                e.addSuppressed(other);
            }
            throw e;
        }
    }
}
