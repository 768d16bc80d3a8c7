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
 * Writes the journal: makes entries of many sessions durable with one flush, in the order in which they come.
 *
 * <p><b>The thread.</b> Entries wait in a queue, which takes no lock and has no bound of its own: what is accepted and
 * not answered is bounded by the engine already. One thread, which nobody else can interrupt, takes what waits as a
 * group, writes it at the end of the segment, flushes where the durability asks for it, moves the mark, and hands the
 * group on as settled, in one call. While it flushes the next group gathers. All fields that are not volatile are that
 * thread's.
 *
 * <p><b>Places in files.</b> A frame says where its bytes belong in the session's file. So the journal knows, for each
 * session, version and offset of the end; it asks the entry of a session that it does not know, and forgets one only
 * when all that it wrote of it is in the file. What it knows changes when a group is written, never before.
 *
 * <p><b>What rests on a failure.</b> The engine goes on accepting while a batch is on its way. When that fails, what was
 * accepted after it in its session fails with it there; here it must not be written, since the engine accepts anew from
 * before the failure: each entry names the one that it rests on, and its version must follow.
 *
 * <p><b>Failures.</b> No room: the group is undone, down to the disk, its entries fail with {@link StoreFullException},
 * and the next group is tried. Purges among them are tried once more in the room that is kept for them. Any failed flush, and any other failed write, stops writing for good: what may be in the
 * file then has an unknown outcome, all else was not written; the files are not touched again.
 *
 * <p><b>Not too far ahead.</b> When too much is written that is not in session files yet, the next group waits until the
 * folder has caught up. Flushes that the folder asks for are done meanwhile.
 */
final class JournalWriter implements AutoCloseable {

    /** How many positions are reserved ahead. */
    static final long POSITIONS = 1_000_000;

    private static final long GROUP_BYTES = 8 << 20;
    private static final int BUFFER_BYTES = 1 << 20;

    /** How many sessions it knows the end of, though it could ask again. */
    private static final int SESSIONS = 10_000;

    /** What the journal needs of the store. All of it is called on the journal's thread. */
    interface Owner {

        /**
         * Makes sure, on the disk, that no position up to this one is given again.
         *
         * @throws FailedFlushException where that was not a failed write but a failed flush
         */
        void reserve(long upTo) throws IOException;

        /** Why a session takes nothing but a purge for now, or null. */
        default @Nullable ReelException refusal(String sessionId) {
            return null;
        }

        /** Makes room for a purge, where some is kept for that. */
        default boolean makeRoom() throws IOException {
            return false;
        }

        /**
         * Called when entries are settled, which means durable or failed. Groups are passed in the order of the journal. The
         * next group is not written until this returns, so a large group's {@link JournalEntry#tell} belongs on another thread.
         */
        void settled(List<JournalEntry> entries);

        /** The journal was flushed: how long it took, and what was written since the flush before. */
        default void flushed(long nanos, long bytes, int batches) {}

        /**
         * The position up to which the feed is settled, when these entries are taken for published: all positions up to it
         * that were drawn are published, in these entries, or will never be used.
         */
        long settledUpTo(List<JournalEntry> entries);
    }

    /**
     * What can be chosen.
     *
     * @param durability when entries are durable
     * @param segmentBytes how large a segment gets; a larger frame has one of its own
     * @param maxUnfolded how far session files may be behind, in bytes of the journal
     */
    record Settings(Durability durability, long segmentBytes, long maxUnfolded) {

        static final Settings DEFAULT = new Settings(Durability.SYNC, 64 << 20, 64 << 20);
    }

    /** The end of a session's file, and how long the journal has to know it. */
    private record Known(FileEnd end, long until) {}

    /** What somebody waits for. */
    private enum Wish {
        /** All that is written is flushed. */
        FLUSH,
        /** And another segment is begun. */
        ROTATE,
        /** The mark is on the disk. */
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
    /** Where each segment begins, counted in bytes over all of them. */
    private final NavigableMap<Long, Long> begins = new ConcurrentSkipListMap<>();

    private volatile boolean waiting;
    private volatile boolean closing;
    private volatile boolean closed;
    private volatile @Nullable Throwable failure;
    /** When a group last found no room, by {@link System#nanoTime}; null when one was written since. */
    private volatile @Nullable Long fullSince;

    private volatile JournalPlace written;
    private volatile JournalPlace flushed;
    private volatile long folded;
    /** What the mark says of the feed. */
    private volatile long settled;

    /** The first segment that is needed. */
    private volatile long first;

    private volatile boolean markAsked;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Map<String, Known> ends = new LinkedHashMap<>(16, 0.75f, true);
    /** Purged sessions whose ends it still knows, in order. */
    private final Queue<String> purgedEnds = new ArrayDeque<>();

    private final Disk.File mark;
    private Disk.@Nullable File file;
    private long number;
    private long size;
    private long flushedSize;
    /** How many batches are written and not flushed. */
    private int unflushed;
    /** How much was ever written, over all segments. */
    private long total;

    private long flushDue;
    private long reserved;
    /** Where the next bytes of the group go. */
    private long end;

    /**
     * A journal, which begins a segment of its own with the first entry.
     *
     * @param older the segments that are there, in order, without torn ends
     * @param nextNumber the number of the next segment
     * @param reserved up to where positions are reserved
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
            mark.sync(); // it must not go on asking for segments that are going to be deleted
            disk.syncDirectory(directory);
        } catch (IOException e) {
            mark.close();
            throw e;
        }
        number = nextNumber - 1;
    }

    /** What recovery kept may be shown when it is flushed. */
    private void flushOlder(Segment last) throws IOException {
        try (Disk.File there = disk.open(last.file(), Disk.Mode.WRITE)) {
            there.sync();
        }
        // Before the mark says that it is needed: its name may be as new as its bytes.
        disk.syncDirectory(directory);
    }

    void start() {
        thread.start();
    }

    // ---- From any thread

    /** Takes an entry; never blocks. The entries of one session come one after the other. */
    void add(JournalEntry entry) {
        queue.add(entry);
        wake();
        if (closed) {
            refuseAll();
        }
    }

    /** Completes, on the journal's thread, when all that is acknowledged now is flushed. */
    CompletableFuture<Void> sync() {
        return request(new Request(Wish.FLUSH, new CompletableFuture<>()));
    }

    /** Returns when all that is acknowledged now is flushed: for the folder. */
    void flush() throws IOException {
        JournalPlace wanted = written;
        if (flushed.compareTo(wanted) < 0) {
            await(sync());
        }
    }

    /** Begins another segment, so that all before can be deleted when it is folded; returns its number. */
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

    /** Up to here the journal is on the disk. */
    JournalPlace flushed() {
        return flushed;
    }

    /** Up to here the journal is written. */
    JournalPlace written() {
        return written;
    }

    /** Stops writing for good: what the journal rests on has failed. */
    void giveUp(Throwable why) {
        stop(why);
        wake();
    }

    /** Asks for the mark to be moved over positions that were drawn and came to nothing. */
    void settle(long upTo) {
        if (upTo > settled) {
            markAsked = true;
            wake();
        }
    }

    /** Why it has stopped writing, or null. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /** Whether the last group found no room, within this time. From any thread. */
    boolean isFull(long nanos) {
        Long since = fullSince;
        return since != null && System.nanoTime() - since < nanos;
    }

    /** How many bytes are written and not in session files. From any thread. */
    long unfolded() {
        JournalPlace end = written;
        Long begin = begins.get(end.segment());
        long bytes = begin == null ? 0 : begin + end.offset() - folded;
        return bytes <= Segment.HEADER ? 0 : bytes;
    }

    /** The numbers of the segments that are there, in order. */
    List<Long> segments() {
        return List.copyOf(begins.keySet());
    }

    /** The folder says up to where all is in session files. */
    void folded(JournalPlace upTo) {
        Long begin = begins.get(upTo.segment());
        if (begin != null) {
            folded = Math.max(folded, begin + upTo.offset());
            wake();
        }
    }

    /**
     * Deletes segments whose frames are all in session files that are flushed. The last segment stays while the journal
     * is open. For one thread at a time.
     *
     * <p>First the mark that passes over them is flushed. Else it might ask, after a power cut, for a segment that is gone.
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
            // One after the other, down to the disk: a frame must never come back without those that followed it.
            delete(number);
        }
    }

    /** Deletes all segments of a closed journal: all their frames are in session files that are flushed. */
    void deleteAll() throws IOException {
        if (!closed) {
            throw new IllegalStateException("the journal is open");
        }
        // Else the mark would still ask for segments.
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

    /** Writes and flushes all that was added, and ends. What is added later fails. */
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
            flushWritten();
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

    /** Whether nothing but the header of a new segment is left, however small the bound is. */
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

    /** Nothing is written any more, for this reason. */
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

    /** What is written in one go: entries, each with the end of the file that it goes to. */
    private static final class Group {

        private final List<JournalEntry> entries = new ArrayList<>();
        private final List<FileEnd> bases = new ArrayList<>();
        /** Where the files end with all of it. */
        private final Map<String, FileEnd> ends = new HashMap<>();
        /** What is told with it: the entries, and what failed by itself. */
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

        /** Its purges, to be written without the rest, which fails. */
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

    /** Writes a group, or fails it; but where there is no room, which is returned, nothing is done. */
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

    /** A segment with room for the group, and positions up to its last. */
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

    /** Takes back what was half written, down to the disk: else it might come back after a power cut. */
    private boolean undo(Group group) {
        try {
            file().truncate(size);
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

    /** Purged sessions may never come again, so their ends are not kept until others take their places. */
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

    /** How many sessions it knows the end of, for tests; exact while nothing is written. */
    int knownEnds() {
        return ends.size();
    }

    // ---- The segment

    private Disk.File file() {
        return Objects.requireNonNull(file);
    }

    /** Flushes what is written, where that is not done yet; false when the journal has stopped, by this or before. */
    private boolean flushWritten() {
        if (failure == null && size > flushedSize) {
            try {
                end = size;
                grown(size, flushFile());
                writeMark(size, flushedSize);
            } catch (IOException e) {
                // Where there is no room for the mark, it tells less than it could, until the next group moves it.
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

    /** Says anew how far the feed is settled; where that fails, the mark tells less than it could. */
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

    /** Moves the mark down to the disk; also when the journal is closed. */
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

    private void beginSegment() throws IOException {
        if (!flushWritten()) {
            throw new IOException("the segment before could not be flushed", failure);
        }
        Disk.File begun = createSegment(number + 1);
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

    private Disk.File createSegment(long newNumber) throws IOException {
        Path path = Segment.file(directory, newNumber);
        Disk.File begun = disk.open(path, Disk.Mode.CREATE);
        try {
            begun.truncate(0);
            begun.writeFully(Segment.header(newNumber), 0);
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
