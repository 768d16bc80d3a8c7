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
 * The events of one session that stand in its file.
 *
 * <p><b>In memory</b> are no events: only where each line begins (8 bytes an event), and hints from ids to versions (11
 * to 21 bytes an event). A hint is a hash and a version; whether that event has that id is seen by reading it. So an id
 * that is not in the log, the usual case, is answered without reading.
 *
 * <p><b>An event</b> is read with those beside it, as a block: up to 64 events that begin at a multiple of 64, or as many
 * of them as make 64 KiB. Blocks are kept in {@link EventBlocks}. The file is opened for a block and closed again, so
 * there are never more files open than threads that read.
 *
 * <p><b>Growing.</b> One thread, the folder's, writes lines, then shows them with {@link #append}. Readers see the log as
 * an immutable {@link View}, which is replaced as a whole.
 *
 * <p><b>Forks.</b> A fork's file begins with the same bytes as its parent's, so both have the same offsets: they share
 * them, and the hints. Until the folder has made the fork's file ({@link #copied}) it reads what its parent reads.
 */
final class LogFile implements StoredLog {

    private static final int BLOCK_EVENTS = 64;
    private static final int BLOCK_BYTES = 64 << 10;

    /** Forks of forks share their ancestors' tables; from here on they are joined into one. */
    private static final int MAX_TABLES = 8;

    /** What may stand around a foreign line: a byte order mark, a carriage return. */
    private static final int AROUND_LINE = 4;

    /**
     * What can be read.
     *
     * @param begins where the line of each event begins
     * @param end where the next line is to be put; behind a line feed that has to be put first, where it lacks
     * @param lacksLineFeed whether the last line has none
     * @param inherited how many events were inherited
     */
    private record View(Offsets begins, long end, boolean lacksLineFeed, long inherited) {}

    /**
     * What a file ends with that was never acknowledged, and is to be cut off.
     *
     * @param line the number of the first line of it
     * @param offset where it begins
     * @param reason what is wrong there
     */
    record TornEnd(long line, long offset, String reason) {}

    /**
     * A file that was read.
     *
     * @param log its events, without those of the torn end
     * @param torn what is to be cut off, or null
     */
    record Scan(LogFile log, @Nullable TornEnd torn) {}

    private final EventBlocks blocks;
    private final String sessionId;
    private final long number = EventBlocks.nextNumber();

    /** The last table is this log's own. */
    private final HintTable[] ids;

    private volatile ForeignPart foreign;
    private volatile View view;

    /** Where the events are read: here, or where the parent has them. */
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

    /** Of a session whose file is not there yet. */
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
     * Reads a file once, from its beginning to its end, and checks everything but the data of native lines whose checksum
     * holds. Changes nothing.
     *
     * @param named the file name that the ids of foreign events are derived from
     * @param placed the foreign events that have positions; empty where none have
     * @param knownFlushed up to where the file is known to be flushed, or -1
     * @throws SessionDamagedException where there is damage in front of the torn end
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

    /** Where the next line is to be put; where a line feed lacks, that comes first. */
    long end() {
        return view.end;
    }

    /** Whether the last line, a foreign one, has no line feed. */
    boolean lacksLineFeed() {
        return view.lacksLineFeed;
    }

    @Override
    public long bytes() {
        return view.end;
    }

    /** Where the line of the event behind that version begins, or would: a fork inherits the bytes in front of it. */
    long bytes(long prefix) {
        View now = view;
        return prefix == now.begins.size() ? now.end : now.begins.get((int) prefix);
    }

    /** The file that has the events: this log's, or while it is a fork that has none yet, an ancestor's. */
    Path file() {
        LogFile log = this;
        for (LogFile from = parent; from != null; from = log.parent) {
            log = from;
        }
        return log.file;
    }

    /** The foreign lines that the file begins with. */
    ForeignPart foreign() {
        return foreign;
    }

    /** Gives positions to the foreign events that have none, before anybody reads them. */
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
     * Shows events whose lines were written to the file. For one thread at a time.
     *
     * @param events those that follow
     * @param offset where the first line begins
     * @param lengths of the lines, without their line feeds; all have one
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

    /** The session of whose file this fork's is to begin with a copy; null where it is no fork, or has its file. */
    @Nullable
    String waitsForCopyOf() {
        LogFile from = parent;
        return from == null ? null : from.sessionId;
    }

    /** What a fork that waits for its file inherits behind what was stored when it was forked. */
    List<SessionEvent> inheritedMore() {
        return inheritedMore;
    }

    /** Where what a fork that waits for its file inherits will end there. */
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
     * Tells that this fork's file is made: it begins with the bytes that were stored when it was forked, and goes on with
     * {@link #inheritedMore}. For the thread that appends.
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

    /** Lets go of what is in memory of its events. */
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

    /** What is in front of it is inherited; where that is not what it says, it is no fork of anything. */
    private static long inheritedBy(Change.SessionFork fork, long version, long before) {
        return fork.parentVersion() == version - 1 ? version - 1 : before;
    }

    private static String nameOf(Path file) {
        return String.valueOf(file.getFileName());
    }

    /** The first event of the block that an event is in. */
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

    /** The first event that is not in the block any more. */
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

    /** A fork may get its own file meanwhile, and its ancestor's be purged; so what is not there is looked for again. */
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
            throw new SessionDamagedException(sessionId, from.toString(), 1, 0, "the file is not there any more");
        }
    }

    /** Empty where somebody has cut the file. */
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

    /** Whether the event of that version had an id of the same hash when it was written, or the file was scanned. */
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
            throw new IllegalArgumentException("version " + event.version() + " stands where " + version + " belongs");
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

    /** One reading of a file, and what it comes to. */
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
                    throw damaged(1, 0, "no event is left of " + knownFlushed + " bytes that were flushed");
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

        /** The torn end that the line in hand, which is wrong, belongs to. */
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
