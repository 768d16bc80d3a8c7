package dev.reel.jsonl;

import dev.reel.Change;
import dev.reel.EventDraft;
import dev.reel.MalformedLineException;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.internal.engine.NeedsReading;
import dev.reel.internal.engine.StoredLog;
import dev.reel.spi.Events;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The events of one session in its file.
 *
 * <p><b>In memory</b> are no events. There are only the offset of each line (8 bytes per event), and hints from ids to
 * versions (11 to 21 bytes per event). A hint is a hash and a version; reading the event shows whether it has the id.
 * So the usual case, an id that is not in the log, needs no read.
 *
 * <p><b>Events</b> are read in blocks: up to 64 events from a multiple of 64, or as many of them as fit into 64 KiB.
 * Blocks are cached in {@link EventBlocks}. The file is opened for each block and closed again, so there are never more
 * open files than reading threads.
 *
 * <p><b>Growth.</b> One thread, the folder's, writes lines, then makes them visible with {@link #append}. Readers see
 * the log as an immutable {@link View}, which is replaced as a whole.
 *
 * <p><b>Forks.</b> A fork's file begins with the same bytes as its parent's file. So both have the same offsets, and
 * they share them and the hints. Until the folder has created the fork's file ({@link #copied}), the fork reads from
 * the same file as its parent.
 */
final class LogFile implements StoredLog {

    private static final int BLOCK_EVENTS = 64;
    private static final int BLOCK_BYTES = 64 << 10;

    /** A fork of a fork shares its ancestors' tables; above this number they are merged into one. */
    private static final int MAX_TABLES = 8;

    /** How many bytes can be around a foreign line: a byte order mark and a carriage return. */
    private static final int AROUND_LINE = 4;

    /**
     * The readable state.
     *
     * @param begins the offset of each event's line
     * @param end the offset at which to append; if a line feed is missing, it comes first
     * @param lacksLineFeed whether the last line has no line feed
     * @param inherited how many events were inherited
     */
    private record View(Offsets begins, long end, boolean lacksLineFeed, long inherited) {}

    /**
     * The end of a file that was never acknowledged and is to be cut off.
     *
     * @param line the number of its first line
     * @param offset the offset at which it begins
     * @param reason what is wrong there
     */
    record TornEnd(long line, long offset, String reason) {}

    /**
     * The result of reading a file.
     *
     * @param log its events, without those of the torn end
     * @param torn the part to be cut off, or null
     */
    record Scan(LogFile log, @Nullable TornEnd torn) {}

    private final EventBlocks blocks;
    private final String sessionId;
    private final long number = EventBlocks.nextNumber();

    /** The last table belongs to this log alone. */
    private final HintTable[] ids;

    private volatile ForeignPart foreign;
    private volatile View view;

    /** The file from which the events are read: the log's own, or an ancestor's. */
    private volatile Path file;

    private volatile @Nullable LogFile parent;
    private volatile List<SessionEvent> inheritedMore = List.of();

    private LogFile(
            EventBlocks blocks,
            String sessionId,
            Path file,
            @Nullable LogFile parent,
            HintTable[] ids,
            ForeignPart foreign,
            View view) {
        this.blocks = blocks;
        this.sessionId = sessionId;
        this.file = file;
        this.parent = parent;
        this.ids = ids;
        this.foreign = foreign;
        this.view = view;
    }

    /** Creates the log of a session that has no file yet. */
    static LogFile empty(EventBlocks blocks, String sessionId, Path file) {
        View nothing = new View(Offsets.NONE, 0, false, 0);
        return new LogFile(
                blocks,
                sessionId,
                file,
                null,
                new HintTable[] {new HintTable()},
                ForeignPart.none(nameOf(file)),
                nothing);
    }

    /**
     * Reads a file once and checks everything except the data of native lines whose checksum matches. Changes nothing.
     *
     * @param named the file name from which the ids of foreign events are derived
     * @param placed the foreign events that have positions; empty if none have
     * @param knownFlushed the offset up to which the file is known to be flushed, or -1
     * @throws SessionDamagedException if there is damage before the torn end
     */
    static Scan scan(
            EventBlocks blocks,
            String sessionId,
            Path file,
            String named,
            List<ForeignPart.Block> placed,
            long knownFlushed)
            throws IOException {
        try (Disk.File open = blocks.disk().open(file, Disk.Mode.READ)) {
            FileWalk walk = new FileWalk(open, blocks.codec(), blocks.maxBytes(), named, placed);
            return new Scanning(blocks, sessionId, file, walk, knownFlushed).scan();
        }
    }

    @Override
    public long version() {
        return view.begins.size();
    }

    @Override
    public long inherited() {
        return view.inherited;
    }

    /** Returns the offset at which to append. If a line feed is missing, it has to be written there first. */
    long end() {
        return view.end;
    }

    /** Returns whether the last line, a foreign one, has no line feed. */
    boolean lacksLineFeed() {
        return view.lacksLineFeed;
    }

    @Override
    public long bytes() {
        return view.end;
    }

    /**
     * Returns the offset at which the event after that version begins or would begin: a fork inherits the bytes before
     * it.
     */
    long bytes(long prefix) {
        View now = view;
        return prefix == now.begins.size() ? now.end : now.begins.get((int) prefix);
    }

    /** Returns the file with the events: the log's own, or an ancestor's while this is a fork without a file. */
    Path file() {
        LogFile log = this;
        for (LogFile from = parent; from != null; from = log.parent) {
            log = from;
        }
        return log.file;
    }

    /** Returns the foreign lines at the beginning of the file. */
    ForeignPart foreign() {
        return foreign;
    }

    /** Assigns positions to the foreign events that have none. Call it before the log is read. */
    void place(long first) {
        foreign = foreign.placed(first);
    }

    @Override
    public SessionEvent event(long version) {
        View now = view;
        int index = Objects.checkIndex((int) version - 1, now.begins.size());
        int first = blockOf(now, index);
        SessionEvent known = blocks.find(number, first, index);
        if (known != null) {
            return known;
        }
        if (!FileThreads.isHere()) {
            throw NeedsReading.SIGNAL;
        }
        try {
            return read(now, first, index);
        } catch (IOException e) {
            throw new UncheckedIOException(file() + " can't be read: " + e.getMessage(), e);
        }
    }

    @Override
    public long versionOf(String eventId) {
        int hash = HintTable.hash(eventId);
        long version = version();
        HintTable[] tables = ids;
        for (int i = tables.length - 1; i >= 0; i--) {
            int index = tables[i].find(
                    hash, place -> place < version && event(place + 1L).id().equals(eventId));
            if (index != HintTable.NONE) {
                return index + 1L;
            }
        }
        return 0;
    }

    /**
     * Makes events visible whose lines were written to the file. Not thread-safe.
     *
     * @param events the next events
     * @param offset the offset at which the first line begins
     * @param lengths the lengths of the lines in bytes, without their line feeds; every line has one
     */
    void append(List<SessionEvent> events, long offset, int[] lengths) {
        View now = view;
        long[] begins = new long[events.size()];
        long at = offset;
        long inherited = now.inherited;
        for (int i = 0; i < begins.length; i++) {
            SessionEvent event = events.get(i);
            if (event.version() != now.begins.size() + i + 1L) {
                throw new IllegalArgumentException(
                        "version " + event.version() + " does not follow " + (now.begins.size() + i));
            }
            begins[i] = at;
            at += lengths[i] + 1L;
            note(HintTable.hash(event.id()), (int) event.version() - 1);
            if (event.change() instanceof Change.SessionFork fork) {
                inherited = inheritedBy(fork, event.version(), inherited);
            }
        }
        view = new View(now.begins.plus(begins, begins.length), at, false, inherited);
    }

    @Override
    public LogFile fork(String forkId, long prefix, List<SessionEvent> more) {
        View now = view;
        int count = (int) Objects.checkIndex(prefix, now.begins.size() + 1L);
        boolean whole = count == now.begins.size();
        long end = whole ? now.end : now.begins.get(count);
        View forked = new View(now.begins.take(count), end, whole && now.lacksLineFeed, prefix + more.size());
        ForeignPart mine = foreign;
        ForeignPart theirs = prefix < mine.events() ? mine.take(prefix, end) : mine;
        LogFile fork = new LogFile(blocks, forkId, file, this, moreTables(), theirs, forked);
        fork.inheritedMore = List.copyOf(more);
        return fork;
    }

    String sessionId() {
        return sessionId;
    }

    /**
     * Returns the session whose file this fork's file has to begin with; null if this is not a fork, or it has its
     * file.
     */
    @Nullable
    String waitsForCopyOf() {
        LogFile from = parent;
        return from == null ? null : from.sessionId;
    }

    /**
     * Returns the events that a fork without a file inherits in addition to those that were stored when it was forked.
     */
    List<SessionEvent> inheritedMore() {
        return inheritedMore;
    }

    /** Returns the end of the inherited events in the file of a fork that does not have its file yet. */
    FileEnd inheritedEnd() {
        View now = view;
        long end = now.end;
        boolean lineOpen = now.lacksLineFeed;
        for (SessionEvent event : inheritedMore) {
            end += (lineOpen ? 1 : 0) + event.line().remaining() + 1;
            lineOpen = false;
        }
        return new FileEnd(now.inherited, end, lineOpen);
    }

    /**
     * Records that this fork's file is created: it begins with the bytes that were stored when it was forked, followed
     * by {@link #inheritedMore}. Call it on the thread that appends.
     *
     * @param own this fork's file
     */
    void copied(Path own) {
        View now = view;
        List<SessionEvent> more = inheritedMore;
        int count = now.begins.size();
        long[] begins = new long[more.size()];
        long end = now.end;
        boolean lineOpen = now.lacksLineFeed;
        for (int i = 0; i < begins.length; i++) {
            end += lineOpen ? 1 : 0;
            lineOpen = false;
            begins[i] = end;
            end += more.get(i).line().remaining() + 1;
            note(HintTable.hash(more.get(i).id()), count + i);
        }
        file = own;
        view = new View(now.begins.plus(begins, begins.length), end, lineOpen, now.inherited);
        parent = null;
        inheritedMore = List.of();
    }

    /** Drops its events from memory. */
    void forget() {
        View now = view;
        int index = 0;
        while (index < now.begins.size()) {
            int first = blockOf(now, index);
            blocks.forget(number, first);
            index = blockEnd(now, first);
        }
    }

    private void note(int hash, int index) {
        ids[ids.length - 1].note(hash, index);
    }

    private HintTable[] moreTables() {
        if (ids.length < MAX_TABLES) {
            HintTable[] tables = Arrays.copyOf(ids, ids.length + 1);
            tables[ids.length] = new HintTable();
            return tables;
        }
        HintTable joined = ids[0].copy();
        for (int i = 1; i < ids.length; i++) {
            joined.noteAll(ids[i]);
        }
        return new HintTable[] {joined};
    }

    /** Events before a fork event are inherited. If the fork event states another version, nothing is inherited. */
    private static long inheritedBy(Change.SessionFork fork, long version, long before) {
        return fork.parentVersion() == version - 1 ? version - 1 : before;
    }

    private static String nameOf(Path file) {
        return String.valueOf(file.getFileName());
    }

    /** Returns the first event of an event's block. */
    private static int blockOf(View view, int index) {
        int first = index - index % BLOCK_EVENTS;
        long begin = view.begins.get(first);
        for (int i = first + 1; i <= index; i++) {
            if (beginOf(view, i + 1) - begin > BLOCK_BYTES) {
                first = i;
                begin = view.begins.get(i);
            }
        }
        return first;
    }

    /** Returns the first event after a block. */
    private static int blockEnd(View view, int first) {
        long begin = view.begins.get(first);
        int most = Math.min(view.begins.size(), first - first % BLOCK_EVENTS + BLOCK_EVENTS);
        int end = first + 1;
        while (end < most && beginOf(view, end + 1) - begin <= BLOCK_BYTES) {
            end++;
        }
        return end;
    }

    private static long beginOf(View view, int index) {
        return index < view.begins.size() ? view.begins.get(index) : view.end;
    }

    private SessionEvent read(View now, int first, int index) throws IOException {
        int end = blockEnd(now, first);
        long begin = now.begins.get(first);
        long most = end - first == 1 ? (long) blocks.maxBytes() + AROUND_LINE : BLOCK_BYTES;
        byte[] bytes = bytesOf(begin, (int) Math.min(beginOf(now, end) - begin, most));
        SessionEvent[] events = new SessionEvent[end - first];
        boolean all = true;
        for (int i = first; i < end; i++) {
            try {
                events[i - first] = decode(i + 1L, lineOf(bytes, (int) (now.begins.get(i) - begin)));
            } catch (IllegalArgumentException e) {
                if (i == index) {
                    throw damaged(
                            now.begins.get(i),
                            e instanceof MalformedLineException m ? m.reason() : String.valueOf(e.getMessage()));
                }
                all = false;
            }
        }
        if (all) {
            blocks.put(number, first, events, bytes.length);
        }
        return events[index - first];
    }

    /** A fork may get its own file meanwhile, and its ancestor may be purged; so a missing file is looked up again. */
    private byte[] bytesOf(long begin, int length) throws IOException {
        Path from = file();
        try (Disk.File open = blocks.disk().open(from, Disk.Mode.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate(length);
            int read = open.readFully(buffer, begin);
            return read == length ? buffer.array() : Arrays.copyOf(buffer.array(), read);
        } catch (NoSuchFileException e) {
            if (!from.equals(file())) {
                return bytesOf(begin, length);
            }
            throw new SessionDamagedException(sessionId, from.toString(), 1, 0, "the file no longer exists");
        }
    }

    /** Returns an empty line if another program has cut the file. */
    private static byte[] lineOf(byte[] bytes, int from) {
        int begin = Math.min(from, bytes.length);
        int to = begin;
        while (to < bytes.length && bytes[to] != '\n') {
            to++;
        }
        return Arrays.copyOfRange(bytes, begin, to);
    }

    private SessionEvent decode(long version, byte[] line) {
        SessionEvent event = decoded(version, line);
        if (!mayHave(version, event.id())) {
            throw new IllegalArgumentException(Root.ANOTHER);
        }
        return event;
    }

    /**
     * Returns whether the event of that version had an id with the same hash when it was written, or when the file was
     * read.
     */
    boolean mayHave(long version, String eventId) {
        int place = (int) version - 1;
        int hash = HintTable.hash(eventId);
        for (int i = ids.length - 1; i >= 0; i--) {
            if (ids[i].find(hash, there -> there == place) != HintTable.NONE) {
                return true;
            }
        }
        return false;
    }

    private SessionEvent decoded(long version, byte[] line) {
        ForeignPart part = foreign;
        if (version <= part.events()) {
            EventDraft draft = blocks.codec().decodeForeign(line);
            String made = part.id(version);
            String id = made == null ? draft.id() : made;
            if (id == null) {
                throw new IllegalArgumentException("the uuid is gone");
            }
            return Events.of(
                    sessionId,
                    version,
                    part.position(version),
                    id,
                    Objects.requireNonNull(draft.at()),
                    1,
                    draft,
                    blocks.upcasters());
        }
        SessionEvent event = blocks.codec().decode(sessionId, line);
        if (event.version() != version) {
            throw new IllegalArgumentException("found version " + event.version() + ", expected " + version);
        }
        return event;
    }

    private SessionDamagedException damaged(long offset, String reason) throws IOException {
        Path from = file();
        try (Disk.File open = blocks.disk().open(from, Disk.Mode.READ)) {
            return new SessionDamagedException(
                    sessionId, from.toString(), FileLines.numberAt(open, offset), offset, reason);
        }
    }

    /** One pass over a file, and its result. */
    private static final class Scanning {

        private static final int NOTED = 1_024;

        private final EventBlocks blocks;
        private final String sessionId;
        private final Path file;
        private final FileWalk walk;
        private final long knownFlushed;

        private final HintTable ids = new HintTable();
        private final long[] noted = new long[NOTED];
        private int notedCount;
        private Offsets begins = Offsets.NONE;
        private long inherited;
        private long inheritedBeforeBatch;

        Scanning(EventBlocks blocks, String sessionId, Path file, FileWalk walk, long knownFlushed) {
            this.blocks = blocks;
            this.sessionId = sessionId;
            this.file = file;
            this.walk = walk;
            this.knownFlushed = knownFlushed;
        }

        Scan scan() throws IOException {
            TornEnd torn = null;
            FileLines lines = walk.lines;
            while (torn == null && walk.next()) {
                switch (walk.kind) {
                    case NATIVE, FOREIGN -> event();
                    case PASSED -> {}
                    case WRONG -> torn = tornAt();
                }
            }
            long size = lines.nextOffset();
            if (torn == null) {
                String fault = walk.foreignFault();
                if (fault != null) {
                    throw damaged(lines.number + 1, size, fault);
                }
                if (size < knownFlushed) {
                    throw damaged(lines.number + 1, size, FileWalk.tooShort(knownFlushed));
                }
                if (walk.version == 0 && knownFlushed > 0) {
                    throw damaged(1, 0, "no event is left, although " + knownFlushed + " bytes were flushed");
                }
                torn = tornBatch();
            }
            begins = begins.plus(noted, notedCount);
            if (torn != null && walk.missing > 0) {
                begins = begins.take((int) walk.batchVersion - 1);
                inherited = inheritedBeforeBatch;
            }
            View view = new View(begins, torn == null ? size : torn.offset, torn == null && lines.open, inherited);
            HintTable[] tables = {ids};
            return new Scan(new LogFile(blocks, sessionId, file, null, tables, walk.foreign(), view), torn);
        }

        private void event() {
            if (notedCount == NOTED) {
                begins = begins.plus(noted, notedCount);
                notedCount = 0;
            }
            noted[notedCount++] = walk.lines.offset;
            ids.note(walk.idHash, (int) walk.version - 1);
            if (walk.batch > 1 || walk.fork) {
                inheritedBeforeBatch = inherited;
            }
            if (walk.fork) {
                inherited = inheritedByLine();
            }
        }

        private long inheritedByLine() {
            EventDraft draft = walk.draft;
            if (draft == null) {
                draft = EventDraft.copyOf(blocks.codec().decode(sessionId, walk.lines.copy()));
            }
            SessionEvent event = Events.of(
                    sessionId,
                    walk.version,
                    1,
                    "fork",
                    Objects.requireNonNull(draft.at()),
                    1,
                    draft,
                    blocks.upcasters());
            return event.change() instanceof Change.SessionFork fork
                    ? inheritedBy(fork, walk.version, inherited)
                    : inherited;
        }

        /** Returns the torn end to which the current line, which is wrong, belongs. */
        private TornEnd tornAt() {
            if (!walk.isTorn(knownFlushed)) {
                throw damaged(walk.lines.number, walk.lines.offset, walk.reason);
            }
            return new TornEnd(walk.tornLine(), walk.tornOffset(), walk.reason);
        }

        private @Nullable TornEnd tornBatch() {
            String fault = walk.batchFault();
            if (fault == null) {
                return null;
            }
            if (walk.batchOffset < knownFlushed) {
                throw damaged(walk.batchLine, walk.batchOffset, fault);
            }
            return new TornEnd(walk.batchLine, walk.batchOffset, fault);
        }

        private SessionDamagedException damaged(long line, long offset, String reason) {
            return new SessionDamagedException(sessionId, file.toString(), line, offset, reason);
        }
    }
}
