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
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What can't be found out again: up to where positions were given out, which ones the lines of foreign files have, and
 * which sessions were purged.
 *
 * <p>It is a log in the line format, {@code ledger.jsonl}; its versions are its line numbers, and its positions too. What
 * one call writes is one batch. A call returns when its batch is flushed, and then so is {@code ledger.mark}, which says
 * how many bytes of the log are. From that follows what opening it does:
 *
 * <ul>
 *   <li>What is not right in front of the mark is damage, an end that comes too early too. Nobody opens the store then:
 *       positions might be given out again.
 *   <li>Behind it, whole batches are kept, and the rest is cut off after it was copied to {@code kept}: nobody ever heard
 *       that it was written. What is kept is written once more before it is flushed, since the flush before may have
 *       failed, after which the system takes it for flushed.
 *   <li>A mark that is not right was just being written, or is damaged: either way nothing else was being written, and
 *       all of the log has to be right.
 * </ul>
 *
 * <p>A write for which there is no room is undone, and can be tried again. After any other failure nothing is written any
 * more. Lookups wait for nothing, and know what is flushed.
 *
 * <p><b>Purges</b> are not held in memory: a {@link PurgeTable} has where the line of each begins, at most 24 bytes per
 * purge. The line is read, and checked once more, when the event is wanted, or when the ids of a purge match by their hash.
 */
final class Ledger implements Closeable {

    static final String NAME = "ledger.jsonl";
    static final String MARK = "ledger.mark";

    private static final String RESERVED = "positions_reserved";
    private static final String OF_FILE = "positions_of_file";
    private static final String PURGED = "purged";

    private static final LineCodec CODEC = LineCodec.standard();

    /** A line holds some names and numbers. */
    private static final int MAX_LINE = 64 << 10;

    /** Most lines of purges are shorter. */
    private static final int PURGE_LINE = 512;

    private static final int MARK_BYTES = Long.BYTES + Integer.BYTES;

    /**
     * The foreign part of a file, or what was added to it since.
     *
     * @param file its path in the root, with {@code /}
     * @param session whose it is
     * @param named the file name that ids are derived from
     * @param inherited whether the positions are those of a parent's events
     * @param block which positions
     * @param anew whether what was known of the file before holds no more, since it was repaired
     */
    record OfFile(String file, String session, String named, boolean inherited, ForeignPart.Block block, boolean anew) {

        OfFile(String file, String session, String named, boolean inherited, ForeignPart.Block block) {
            this(file, session, named, inherited, block, false);
        }
    }

    /** What is not right, and where. */
    private record Fault(long line, long offset, String reason) {}

    /** A line of the log, and where it begins. */
    private record Line(EventDraft draft, long offset) {}

    private final Disk disk;
    private final Path directory;

    /** Only where it is open to write. */
    private Disk.@Nullable File file;

    private Disk.@Nullable File mark;

    /** Behind the last whole batch; the next line's number. */
    private long end;

    private long nextLine = 1;
    private @Nullable IOException failure;
    private @Nullable Path tornEnd;

    private volatile long reservedUpTo;

    /** Whether more was reserved since a clean close gave back the rest. */
    private volatile boolean inUse;

    /** The last position that something on record has. */
    private long taken;

    private final Map<String, List<OfFile>> files = new ConcurrentHashMap<>();
    private final Map<String, Set<String>> filesOfSession = new HashMap<>();
    /** Its places are offsets in the log. */
    private final PurgeTable purges;

    private Ledger(Disk disk, Path directory, PurgeTable purges) {
        this.disk = disk;
        this.directory = directory;
        this.purges = purges;
    }

    /**
     * Opens it to write; makes it where it is not there.
     *
     * @param directory the root's own one, which is there
     * @throws StoreDamagedException where it is damaged; it is left as it is
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
     * Reads it as far as it is flushed, and changes nothing; it may be open to write elsewhere.
     *
     * @param directory the root's own one
     * @throws StoreDamagedException where it is damaged
     */
    static Ledger read(Disk disk, Path directory) throws IOException {
        Ledger ledger = new Ledger(disk, directory, new PurgeTable());
        boolean isOther = ledger.isOther(); // first: a store that is just being made writes them later
        ledger.refresh();
        ledger.checkNotGone(isOther);
        return ledger;
    }

    // ---- what it knows

    /** The last position that may have been given out. */
    long reservedUpTo() {
        return reservedUpTo;
    }

    /** Whether positions were reserved since the last clean close: then there is a journal. */
    boolean isInUse() {
        return inUse;
    }

    /** What is known of the foreign part of a file, in the order in which it came; empty where nothing is. */
    List<OfFile> ofFile(String file) {
        return files.getOrDefault(file, List.of());
    }

    /** The positions of all purges, in the order of the log; reads no file. */
    PrimitiveIterator.OfLong purgePositions() {
        return purges.positions();
    }

    /**
     * The {@code session_purged} that has a position, or null. Reads its line, if there is one.
     *
     * @throws StoreDamagedException if the line is damaged
     */
    @Nullable
    SessionEvent purgeAt(long position) throws IOException {
        PurgeTable.Entry entry = purges.at(position);
        return entry == null ? null : read(entry);
    }

    /** Whether a purge may be on record; reads no file. If it returns false, the purge is not on record. */
    boolean mayHavePurged(String session, String event) {
        return !purges.find(session, event).isEmpty();
    }

    /**
     * Whether a purge is on record. Reads lines, if {@link #mayHavePurged} returns true.
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
     * The first purge of a session after a position, or null. Reads lines if there may be one.
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

    /** What purges take of the heap, in bytes. */
    long purgeBytes() {
        return purges.heapBytes();
    }

    /** How many files it knows positions of, for tests. */
    int knownFiles() {
        return files.size() + filesOfSession.size();
    }

    /** Reads the line of a purge. It opens the file for that, so this may go on after {@link #close}. */
    private SessionEvent read(PurgeTable.Entry entry) throws IOException {
        String reason;
        try {
            EventDraft draft = draftOf(CODEC.decode(NAME, lineAt(entry.place())));
            SessionEvent purge = draft.type().equals(PURGED) ? purge(draft) : null;
            if (purge != null && purge.position() == entry.position()) {
                return purge;
            }
            reason = "the purge at position " + entry.position() + " was here, and is not any more";
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

    /** Where what was cut off is kept, if anything was when it was opened. */
    @Nullable
    Path tornEnd() {
        return tornEnd;
    }

    // ---- writing

    /** Positions up to that one may be given out: more than before, or, at a clean close, the rest is given back. */
    synchronized void reserve(long upTo, Instant at) throws IOException {
        if (upTo != reservedUpTo) {
            append(List.of(line(RESERVED, Json.object("up_to", upTo), at)));
        }
    }

    /** Foreign lines have these positions: those of many files cost one flush. */
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

    /** A session was purged; again, where that is on record, does nothing. What is known of its files is forgotten. */
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
            throw new FailedFlushException(NAME, failure);
        }
        if (drafts.isEmpty()) {
            return;
        }
        if (file == null || mark == null) {
            throw new IOException(NAME + " is not open to write");
        }
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        List<Line> written = new ArrayList<>();
        for (int i = 0; i < drafts.size(); i++) {
            long line = nextLine + i;
            EventDraft draft = drafts.get(i);
            written.add(new Line(draft, end + lines.size()));
            lines.writeBytes(CODEC.encode(Events.of(
                    NAME,
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
            throw new FailedFlushException(NAME, e);
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
                throw new FailedFlushException(NAME, e);
            }
            throw e;
        }
    }

    /** What the mark says is flushed before anybody hears that it was written: so damage to that is always found. */
    private static void writeMark(Disk.File into, long flushed) throws IOException {
        byte[] number = ByteBuffer.allocate(Long.BYTES).putLong(flushed).array();
        ByteBuffer bytes = ByteBuffer.allocate(MARK_BYTES).put(number).putInt(checksum(number));
        into.writeFully(bytes.flip(), 0);
        into.sync();
    }

    private static int checksum(byte[] number) {
        CRC32C crc = new CRC32C();
        crc.update(number, 0, number.length);
        return (int) crc.getValue();
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
        return directory.resolve(NAME);
    }

    /** What is written only behind the ledger is there, and the ledger and its mark are not. */
    private void checkNotGone(boolean isOther) throws IOException {
        if (isOther && disk.look(path()) == null && disk.look(directory.resolve(MARK)) == null) {
            throw new StoreDamagedException(
                    path().toString(),
                    0,
                    0,
                    "the file is missing, and so is " + MARK
                            + ": purges and positions that were given out are on record"
                            + " there; put both back from a backup. Without one, and with an empty journal, delete all of "
                            + directory
                            + " but kept and held: the store then begins anew with what session files have");
        }
    }

    private boolean isOther() throws IOException {
        for (Path other : List.of(
                directory.resolve(Catalogue.NAME),
                directory.resolve(PositionIndex.SPANS),
                directory.resolve(PositionIndex.LIVES),
                Mark.file(directory.resolve(Root.JOURNAL)))) {
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
        mark = disk.open(directory.resolve(MARK), Disk.Mode.CREATE);
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

    /** Reads on, as far as it is flushed now. */
    synchronized void refresh() throws IOException {
        // The mark is written later than the log; so what it says is there, unless that is damaged.
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
                    "the file is missing, but had " + flushed + " bytes that were flushed; put it back from a backup");
        }
        if (end < flushed) {
            throw new StoreDamagedException(
                    path().toString(),
                    nextLine,
                    size,
                    "the file ends here, but had " + flushed + " bytes that were flushed");
        }
    }

    private @Nullable Long readMark() throws IOException {
        Path path = directory.resolve(MARK);
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
        return whole && bytes.getInt() == checksum(number) ? bytes.getLong(0) : null;
    }

    /** Takes in the whole batches up to there; says what is not right, if anything is. */
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
        SessionEvent event = CODEC.decode(NAME, line.bytes());
        if (event.version() != number) {
            throw new IllegalArgumentException("line " + event.version() + " stands where " + number + " belongs");
        }
        return draftOf(event);
    }

    /** Checks that it is a line of the ledger. */
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

    /** What is on record is given out, whatever is reserved or given back. */
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

    /** A part of a file, to be read once. */
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

        /** The file is another's. */
        @Override
        public void close() {}
    }
}
