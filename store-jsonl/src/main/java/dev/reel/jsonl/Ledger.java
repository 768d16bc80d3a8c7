package dev.reel.jsonl;

import dev.reel.Change;
import dev.reel.EventDraft;
import dev.reel.Ids;
import dev.reel.Json;
import dev.reel.MalformedLineException;
import dev.reel.SessionEvent;
import dev.reel.StoreDamagedException;
import dev.reel.Upcasters;
import dev.reel.internal.engine.PurgeTable;
import dev.reel.spi.Events;
import dev.reel.spi.LineCodec;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PrimitiveIterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Records the facts that cannot be derived from other files: the positions up to which some were assigned, the
 * positions of lines in foreign files, and the purged sessions.
 *
 * <p>The ledger is a log in the line format, {@code ledger.jsonl}. The number of a line is both its version and its
 * position. Each call writes one batch and returns after the batch is flushed. The file {@code ledger.mark} is flushed
 * too; it stores how many bytes of the log are flushed. Opening therefore works as follows:
 *
 * <ul>
 *   <li>A fault before the mark, including an end that comes too early, is damage. The store is then not opened,
 *       because positions might be assigned a second time.
 *   <li>After the mark, whole batches are kept. The rest is copied to {@code kept} and cut off, because no caller was
 *       told that it was written. Kept batches are written again before they are flushed: an earlier flush may have
 *       failed, and the operating system then treats their pages as flushed.
 *   <li>An invalid mark was being written during a crash, or is damaged. In both cases no other write was in progress,
 *       so the whole log has to be valid.
 * </ul>
 *
 * <p>If there is no room for a write, it is undone and can be tried again. After any other failure nothing more is
 * written. Lookups do not block; they see what is flushed.
 *
 * <p><b>Purges</b> are not held in memory. A {@link PurgeTable} stores the offset of each purge's line, at most 24
 * bytes per purge. The line is read and checked again when its event is requested, or when the ids of a purge match by
 * their hash.
 */
final class Ledger implements Closeable {

    private static final String RESERVED = "positions_reserved";
    private static final String OF_FILE = "positions_of_file";
    private static final String PURGED = "purged";

    private static final LineCodec CODEC = LineCodec.standard();

    /** The maximum length of a line in bytes; a line holds only a few names and numbers. */
    private static final int MAX_LINE = 64 << 10;

    /** The usual maximum length of a purge's line, in bytes. */
    private static final int PURGE_LINE = 512;

    private static final int MARK_BYTES = Long.BYTES + Integer.BYTES;

    /**
     * The foreign part of a file, or an addition to it.
     *
     * @param file its path in the root, with {@code /}
     * @param session the session of the file
     * @param named the file name from which ids are derived
     * @param inherited whether the positions are those of a parent's events
     * @param block the positions
     * @param anew whether this replaces earlier records of the file, because it was repaired
     */
    record OfFile(String file, String session, String named, boolean inherited, ForeignPart.Block block, boolean anew) {

        OfFile(String file, String session, String named, boolean inherited, ForeignPart.Block block) {
            this(file, session, named, inherited, block, false);
        }
    }

    /** What is wrong, and where. */
    private record Fault(long line, long offset, String reason) {}

    /** A line of the log, and the offset at which it begins. */
    private record Line(EventDraft draft, long offset) {}

    private final Disk disk;
    private final Path directory;

    /** Null if the ledger is open only for reading. */
    private Disk.@Nullable File file;

    private Disk.@Nullable File mark;

    /** The offset after the last whole batch, and the number of the next line. */
    private long end;

    private long nextLine = 1;
    private @Nullable IOException failure;
    private @Nullable Path tornEnd;

    private volatile long reservedUpTo;

    /** Whether positions were reserved since the last clean close. */
    private volatile boolean inUse;

    /** The highest position in the records. */
    private long taken;

    private final Map<String, List<OfFile>> files = new ConcurrentHashMap<>();
    private final Map<String, Set<String>> filesOfSession = new HashMap<>();
    /** The places in this table are offsets in the log. */
    private final PurgeTable purges;

    private Ledger(Disk disk, Path directory, PurgeTable purges) {
        this.disk = disk;
        this.directory = directory;
        this.purges = purges;
    }

    /**
     * Opens the ledger for writing. Creates it if it does not exist.
     *
     * @param directory the store's own directory in the root, which must exist
     * @throws StoreDamagedException if the ledger is damaged; it is left unchanged
     */
    static Ledger open(Disk disk, Path directory) throws IOException {
        return open(disk, directory, new PurgeTable());
    }

    static Ledger open(Disk disk, Path directory, PurgeTable purges) throws IOException {
        Ledger ledger = new Ledger(disk, directory, purges);
        try {
            ledger.open();
            return ledger;
        } catch (IOException | RuntimeException | Error e) {
            try {
                ledger.close();
            } catch (IOException more) {
                e.addSuppressed(more);
            }
            throw e;
        }
    }

    /**
     * Reads the flushed part of the ledger and changes nothing. Another process may have it open for writing.
     *
     * @param directory the store's own directory in the root
     * @throws StoreDamagedException if the ledger is damaged
     */
    static Ledger read(Disk disk, Path directory) throws IOException {
        Ledger ledger = new Ledger(disk, directory, new PurgeTable());
        boolean isOther = ledger.isOther(); // checked first: a store that is being created writes these files later
        ledger.refresh();
        ledger.checkNotGone(isOther);
        return ledger;
    }

    // ---- what it knows

    /** Returns the last position that may have been assigned. */
    long reservedUpTo() {
        return reservedUpTo;
    }

    /** Returns whether positions were reserved since the last clean close. If so, a journal exists. */
    boolean isInUse() {
        return inUse;
    }

    /** Returns the records of the foreign part of a file, oldest first; empty if there are none. */
    List<OfFile> ofFile(String file) {
        return files.getOrDefault(file, List.of());
    }

    /** Returns the positions of all purges, in the order of the log. Reads no file. */
    PrimitiveIterator.OfLong purgePositions() {
        return purges.positions();
    }

    /**
     * Returns the {@code session_purged} event at a position, or null. Reads its line, if there is one.
     *
     * @throws StoreDamagedException if the line is damaged
     */
    @Nullable
    SessionEvent purgeAt(long position) throws IOException {
        PurgeTable.Entry entry = purges.at(position);
        return entry == null ? null : read(entry);
    }

    /** Returns whether a purge may be on record. Reads no file. False is certain. */
    boolean mayHavePurged(String session, String event) {
        return !purges.find(session, event).isEmpty();
    }

    /**
     * Returns whether a purge is on record. Reads lines if {@link #mayHavePurged} returns true.
     *
     * @throws StoreDamagedException if a line is damaged
     */
    boolean wasPurged(String session, String event) throws IOException {
        for (PurgeTable.Entry entry : purges.find(session, event)) {
            SessionEvent purge = read(entry);
            if (purge.sessionId().equals(session) && purge.id().equals(event)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns the first purge of a session after a position, or null. Reads lines if there may be one.
     *
     * @throws StoreDamagedException if a line is damaged
     */
    @Nullable
    SessionEvent purgeOf(String session, long after) throws IOException {
        SessionEvent first = null;
        for (PurgeTable.Entry entry : purges.ofSession(session, after)) {
            if (first == null || entry.position() < first.position()) {
                SessionEvent purge = read(entry);
                first = purge.sessionId().equals(session) ? purge : first;
            }
        }
        return first;
    }

    /** Returns the heap size of the purge table, in bytes. */
    long purgeBytes() {
        return purges.heapBytes();
    }

    /** Returns for how many files positions are recorded. For tests. */
    int knownFiles() {
        return files.size() + filesOfSession.size();
    }

    /** Reads the line of a purge. Opens the file for that, so a read may continue after {@link #close}. */
    private SessionEvent read(PurgeTable.Entry entry) throws IOException {
        String reason;
        try {
            EventDraft draft = draftOf(CODEC.decode(RootFiles.LEDGER, lineAt(entry.place())));
            SessionEvent purge = draft.type().equals(PURGED) ? purge(draft) : null;
            if (purge != null && purge.position() == entry.position()) {
                return purge;
            }
            reason = "the purge at position " + entry.position() + " is no longer here";
        } catch (IllegalArgumentException e) {
            reason = reasonOf(e);
        }
        throw new StoreDamagedException(path().toString(), lineNumber(entry.place()), entry.place(), reason);
    }

    private byte[] lineAt(long offset) throws IOException {
        try (Disk.File opened = disk.open(path(), Disk.Mode.READ)) {
            int room = PURGE_LINE;
            while (true) {
                ByteBuffer bytes = ByteBuffer.allocate(room);
                opened.readFully(bytes, offset);
                for (int i = 0; i < bytes.position(); i++) {
                    if (bytes.get(i) == '\n') {
                        return Arrays.copyOf(bytes.array(), i);
                    }
                }
                if (bytes.hasRemaining() || room >= MAX_LINE) {
                    throw new IllegalArgumentException("the line has no end");
                }
                room *= 4;
            }
        }
    }

    private long lineNumber(long offset) throws IOException {
        long number = 1;
        try (Disk.File opened = disk.open(path(), Disk.Mode.READ);
                ReadableByteChannel channel = new Part(opened, 0, offset)) {
            LineSplitter lines = new LineSplitter(channel, MAX_LINE);
            while (lines.next() != null) {
                number++;
            }
        }
        return number;
    }

    /** Returns where the torn end is kept that opening cut off, or null. */
    @Nullable
    Path tornEnd() {
        return tornEnd;
    }

    // ---- writing

    /**
     * Records that positions up to this one may be assigned. A clean close passes a lower one, which releases the rest.
     */
    synchronized void reserve(long upTo, Instant at) throws IOException {
        if (upTo != reservedUpTo) {
            append(List.of(line(RESERVED, Json.object("up_to", upTo), at)));
        }
    }

    /** Records the positions of foreign lines. One flush serves many files. */
    synchronized void positionsOf(List<OfFile> parts, Instant at) throws IOException {
        append(parts.stream().map(part -> ofFile(part, at)).toList());
    }

    private static EventDraft ofFile(OfFile part, Instant at) {
        ForeignPart.Block block = part.block;
        Json data = Json.object(
                "file", part.file,
                "session", part.session,
                "first", block.first(),
                "count", block.events(),
                "bytes", block.bytes(),
                "crc", HexFormat.of().toHexDigits(block.crc()),
                "named", part.named);
        data = part.inherited ? data.with("inherited", true) : data;
        return line(OF_FILE, part.anew ? data.with("anew", true) : data, at);
    }

    /**
     * Records the purge of a session and forgets the records of its files. Has no effect if the purge is already on
     * record.
     */
    synchronized void purged(SessionEvent event) throws IOException {
        if (!wasPurged(event.sessionId(), event.id())) {
            Json data = Json.object("session", event.sessionId(), "event", event.id(), "pos", event.position());
            append(List.of(line(PURGED, data, event.at())));
        }
    }

    private static EventDraft line(String type, Json data, Instant at) {
        return EventDraft.of(type, data).withAt(at);
    }

    private void append(List<EventDraft> drafts) throws IOException {
        if (failure != null) {
            throw new FailedFlushException(RootFiles.LEDGER, failure);
        }
        if (drafts.isEmpty()) {
            return;
        }
        if (file == null || mark == null) {
            throw new IOException(RootFiles.LEDGER + " is not open for writing");
        }
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        List<Line> written = new ArrayList<>();
        for (int i = 0; i < drafts.size(); i++) {
            long line = nextLine + i;
            EventDraft draft = drafts.get(i);
            written.add(new Line(draft, end + lines.size()));
            lines.writeBytes(CODEC.encode(Events.of(
                    RootFiles.LEDGER,
                    line,
                    line,
                    Long.toString(line),
                    Objects.requireNonNull(draft.at()),
                    i == 0 ? drafts.size() : 1,
                    draft,
                    Upcasters.none())));
            lines.write('\n');
        }
        write(file, lines.toByteArray());
        try {
            file.sync();
            writeMark(mark, end + lines.size());
        } catch (IOException e) {
            failure = e;
            throw new FailedFlushException(RootFiles.LEDGER, e);
        }
        end += lines.size();
        nextLine += drafts.size();
        written.forEach(this::take);
    }

    private void write(Disk.File into, byte[] lines) throws IOException {
        try {
            into.writeFully(ByteBuffer.wrap(lines), end);
        } catch (IOException e) {
            if (!FullDisk.isReasonOf(e)) {
                failure = e;
            }
            try {
                into.truncate(end);
            } catch (IOException more) {
                failure = e;
                e.addSuppressed(more);
            }
            if (failure != null) {
                throw new FailedFlushException(RootFiles.LEDGER, e);
            }
            throw e;
        }
    }

    /**
     * The log is flushed up to the new mark before a caller is told that it was written, so damage to it is always
     * found.
     */
    private static void writeMark(Disk.File into, long flushed) throws IOException {
        byte[] number = ByteBuffer.allocate(Long.BYTES).putLong(flushed).array();
        ByteBuffer bytes = ByteBuffer.allocate(MARK_BYTES).put(number).putInt(Digests.crc32c(number, number.length));
        into.writeFully(bytes.flip(), 0);
        into.sync();
    }

    @Override
    public synchronized void close() throws IOException {
        Disk.File one = file;
        Disk.File other = mark;
        file = null;
        mark = null;
        try {
            if (one != null) {
                one.close();
            }
        } finally {
            if (other != null) {
                other.close();
            }
        }
    }

    // ---- reading

    private Path path() {
        return directory.resolve(RootFiles.LEDGER);
    }

    /** Checks that files which are written only after the ledger do not exist without the ledger and its mark. */
    private void checkNotGone(boolean isOther) throws IOException {
        if (isOther && disk.look(path()) == null && disk.look(directory.resolve(RootFiles.LEDGER_MARK)) == null) {
            throw new StoreDamagedException(
                    path().toString(),
                    0,
                    0,
                    "the file is missing, and so is " + RootFiles.LEDGER_MARK
                            + ": they have the purges and the assigned positions; put both back from a backup."
                            + " Without a backup, and if the journal is empty, delete everything in " + directory
                            + " except kept and held: the store then starts again from the session files");
        }
    }

    private boolean isOther() throws IOException {
        for (Path other : List.of(
                directory.resolve(RootFiles.CATALOGUE),
                directory.resolve(RootFiles.SPANS),
                directory.resolve(RootFiles.LIVES),
                Mark.file(directory.resolve(RootFiles.JOURNAL)))) {
            if (disk.look(other) != null) {
                return true;
            }
        }
        return false;
    }

    private void open() throws IOException {
        checkNotGone(isOther());
        Path path = path();
        Disk.Entry there = disk.look(path);
        Long known = readMark();
        long size = there == null ? 0 : there.size();
        long flushed = known == null ? size : known;
        Fault fault = there == null ? null : readTo(size);
        check(flushed, size, fault);
        Disk.File opened = disk.open(path, Disk.Mode.CREATE);
        file = opened;
        mark = disk.open(directory.resolve(RootFiles.LEDGER_MARK), Disk.Mode.CREATE);
        if (flushed < size) {
            if (end < size) {
                Path root = Objects.requireNonNull(directory.toAbsolutePath().getParent());
                tornEnd = new Kept(disk, root).keep(path.toAbsolutePath(), end, "torn");
            }
            ByteBuffer whole = ByteBuffer.allocate(Math.toIntExact(end - flushed));
            opened.readFully(whole, flushed);
            opened.writeFully(whole.rewind(), flushed);
            opened.truncate(end);
            opened.sync();
        }
        writeMark(mark, end);
        disk.syncDirectory(directory);
    }

    /** Reads the batches that were flushed since the last call. */
    synchronized void refresh() throws IOException {
        // The mark is written after the log. So the bytes that it counts exist, unless the log is damaged.
        Long known = readMark();
        Disk.Entry there = disk.look(path());
        long size = there == null ? 0 : there.size();
        long to = known == null ? size : Math.min(known, size);
        Fault fault = to > end ? readTo(to) : null;
        if (known != null) {
            check(known, size, fault);
        }
    }

    private void check(long flushed, long size, @Nullable Fault fault) throws IOException {
        if (fault != null && end < flushed) {
            throw new StoreDamagedException(path().toString(), fault.line, fault.offset, fault.reason);
        }
        if (end < flushed && disk.look(path()) == null) {
            throw new StoreDamagedException(
                    path().toString(),
                    nextLine,
                    0,
                    "the file is missing, but had " + flushed + " flushed bytes; put it back from a backup");
        }
        if (end < flushed) {
            throw new StoreDamagedException(
                    path().toString(), nextLine, size, "the file ends here, but had " + flushed + " flushed bytes");
        }
    }

    private @Nullable Long readMark() throws IOException {
        Path path = directory.resolve(RootFiles.LEDGER_MARK);
        if (disk.look(path) == null) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.allocate(MARK_BYTES);
        try (Disk.File opened = disk.open(path, Disk.Mode.READ)) {
            opened.readFully(bytes, 0);
        }
        boolean whole = !bytes.hasRemaining();
        byte[] number = new byte[Long.BYTES];
        bytes.rewind().get(number);
        return whole && bytes.getInt() == Digests.crc32c(number, number.length) ? bytes.getLong(0) : null;
    }

    /** Reads the whole batches up to this offset. Returns what is wrong, or null. */
    private @Nullable Fault readTo(long to) throws IOException {
        long from = end;
        try (Disk.File opened = disk.open(path(), Disk.Mode.READ);
                ReadableByteChannel channel = new Part(opened, from, to)) {
            LineSplitter lines = new LineSplitter(channel, MAX_LINE);
            List<Line> batch = new ArrayList<>();
            int batchSize = 1;
            for (LineSplitter.Line line = lines.next(); line != null; line = lines.next()) {
                long number = nextLine + batch.size();
                try {
                    batchSize = batch.isEmpty() ? BatchEnds.sizeOf(line.bytes()) : batchSize;
                    batch.add(new Line(decode(line, number), from + line.offset()));
                } catch (IllegalArgumentException e) {
                    return new Fault(number, from + line.offset(), reasonOf(e));
                }
                if (batch.size() == batchSize) {
                    batch.forEach(this::take);
                    nextLine += batchSize;
                    end = from + line.offset() + line.bytes().length + 1;
                    batch.clear();
                }
            }
            return batch.isEmpty()
                    ? null
                    : new Fault(nextLine, end, "a batch of " + batchSize + " lines has only " + batch.size());
        }
    }

    private static String reasonOf(IllegalArgumentException e) {
        return e instanceof MalformedLineException m ? m.reason() : String.valueOf(e.getMessage());
    }

    private static EventDraft decode(LineSplitter.Line line, long number) {
        if (!line.ended()) {
            throw new IllegalArgumentException("the line has no end");
        }
        SessionEvent event = CODEC.decode(RootFiles.LEDGER, line.bytes());
        if (event.version() != number) {
            throw new IllegalArgumentException("found line " + event.version() + ", expected " + number);
        }
        return draftOf(event);
    }

    /** Checks that an event is a line of the ledger. */
    private static EventDraft draftOf(SessionEvent event) {
        EventDraft draft = EventDraft.copyOf(event);
        switch (draft.type()) {
            case RESERVED -> numberOf(draft, "up_to");
            case OF_FILE -> ofFile(draft);
            case PURGED -> purge(draft);
            default ->
                throw new IllegalArgumentException(
                        "a line of type " + draft.type() + ", which this version does not know");
        }
        return draft;
    }

    private void take(Line line) {
        EventDraft draft = line.draft;
        switch (draft.type()) {
            case RESERVED -> {
                inUse = numberOf(draft, "up_to") > reservedUpTo;
                reservedUpTo = Math.max(taken, numberOf(draft, "up_to"));
            }
            case OF_FILE -> take(ofFile(draft));
            default -> take(purge(draft), line.offset);
        }
    }

    private void take(OfFile part) {
        List<OfFile> parts = part.anew ? new ArrayList<>() : new ArrayList<>(ofFile(part.file));
        long before = parts.isEmpty() ? 0 : parts.get(parts.size() - 1).block.events();
        if (part.block.events() > 0) {
            parts.add(part);
        }
        files.put(part.file, List.copyOf(parts));
        filesOfSession.computeIfAbsent(part.session, it -> new HashSet<>(1)).add(part.file);
        keepTaken(part.block.first() + part.block.events() - before - 1);
    }

    private void take(SessionEvent purge, long offset) {
        Set<String> its = filesOfSession.remove(purge.sessionId());
        if (its != null) {
            files.keySet().removeAll(its);
        }
        purges.add(purge.sessionId(), purge.id(), purge.position(), offset);
        keepTaken(purge.position());
    }

    /** Keeps a recorded position assigned, whatever is reserved or released. */
    private void keepTaken(long position) {
        taken = Math.max(taken, position);
        reservedUpTo = Math.max(reservedUpTo, position);
    }

    private static OfFile ofFile(EventDraft draft) {
        ForeignPart.Block block = new ForeignPart.Block(
                numberOf(draft, "first"),
                numberOf(draft, "count"),
                numberOf(draft, "bytes"),
                HexFormat.fromHexDigits(textOf(draft, "crc")));
        return new OfFile(
                textOf(draft, "file"),
                Ids.check("session", textOf(draft, "session")),
                textOf(draft, "named"),
                draft.data().get("inherited") != null,
                block,
                draft.data().get("anew") != null);
    }

    private static SessionEvent purge(EventDraft draft) {
        return Events.of(
                Ids.check("session", textOf(draft, "session")),
                0,
                numberOf(draft, "pos"),
                Ids.checkEventId(textOf(draft, "event")),
                Objects.requireNonNull(draft.at()),
                1,
                EventDraft.of(new Change.SessionPurged()),
                Upcasters.none());
    }

    private static String textOf(EventDraft draft, String name) {
        String text = draft.data().textOf(name);
        if (text == null) {
            throw new IllegalArgumentException(draft.type() + " has no text " + name);
        }
        return text;
    }

    private static long numberOf(EventDraft draft, String name) {
        Long number = draft.data().longOf(name);
        if (number == null || number < 0) {
            throw new IllegalArgumentException(draft.type() + " has no number " + name);
        }
        return number;
    }

    /** A part of a file, for one sequential read. */
    private static final class Part implements ReadableByteChannel {

        private final Disk.File file;
        private final long end;
        private long at;

        Part(Disk.File file, long begin, long end) {
            this.file = file;
            this.at = begin;
            this.end = end;
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            int limit = into.limit();
            into.limit(into.position() + (int) Math.min(into.remaining(), end - at));
            try {
                int read = into.hasRemaining() ? file.read(into, at) : -1;
                at += Math.max(0, read);
                return read;
            } finally {
                into.limit(limit);
            }
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        /** The file belongs to the ledger. */
        @Override
        public void close() {}
    }
}
