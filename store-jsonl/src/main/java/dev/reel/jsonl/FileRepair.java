package dev.reel.jsonl;

import dev.reel.Change;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.MalformedLineException;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import dev.reel.spi.Events;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Replaces a damaged file by one that can be read. The original is kept first.
 *
 * <p><b>Everything that can be read is kept</b>, except for a torn end, which was never acknowledged, and repeats.
 * Ending the log at the first damage would be simpler, but would lose more. So lines are treated as follows:
 *
 * <ul>
 *   <li>A line before the first damage keeps its bytes.
 *   <li>A native line after it keeps position, id, instant, data and everything else, but gets the next version,
 *       because versions have no gaps. A {@code session_fork} that moved states its new version. A reader that stored a
 *       place after the damage finds another event there and fails with LogChangedException.
 *   <li>If a batch lost some of its lines, the others remain as a batch, with the new size.
 *   <li>A foreign line after native ones, which ExAthena appended, becomes a native line at the end of the log with a
 *       new position, if the caller adopts such lines. The same happens to a native line whose position is not above
 *       the position before it.
 *   <li>An unreadable line is left out.
 * </ul>
 *
 * <p>Every line that does not stay unchanged is reported. The new file is written beside the kept ones, flushed, and
 * replaces the old one atomically: a crash leaves one or the other. The rows are the fold of the remaining events.
 */
final class FileRepair {

    private static final int PIECE = 512 << 10;

    /**
     * What happened to a line that did not stay unchanged.
     *
     * @param line its number in the original
     * @param offset the offset at which it begins there
     * @param what what is wrong with it, and what was done
     */
    record Fate(long line, long offset, String what) {}

    /**
     * A file after its repair.
     *
     * @param original the path of the kept original; null if nothing was wrong and nothing was changed
     * @param version the version of the last event
     * @param placed the events of the foreign part that have positions now
     */
    record Result(@Nullable Path original, long version, List<ForeignPart.Block> placed) {}

    /** A native line that waits for the rest of its batch. Never compared. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Waiting(Fate place, SessionEvent event, String id, byte[] line, int batch) {}

    /** Consecutive lines of which only the version changed. */
    private record Moved(Fate place, long from, long to, long count) {}

    /** An event that is moved to the end. */
    private record Late(long line, long offset, EventDraft event, String reason) {}

    private final EventBlocks blocks;
    private final String sessionId;
    private final Disk.File from;
    private final Output into;
    private final List<ForeignPart.Block> placed;
    private final boolean mixed;
    private final boolean adopt;
    private final long knownFlushed;
    private final LongSupplier positions;
    private final Consumer<Fate> told;
    private final FileWalk walk;
    private final String named;
    private final FileIds ids = new FileIds(this::reread);

    private final List<Waiting> batch = new ArrayList<>();
    private final List<Late> late = new ArrayList<>();
    private @Nullable Moved moved;
    private boolean lacksLineFeed;
    private long version;
    private long position;

    private FileRepair(
            EventBlocks blocks,
            String sessionId,
            Disk.File from,
            Disk.File into,
            String named,
            List<ForeignPart.Block> placed,
            boolean mixed,
            boolean adopt,
            long knownFlushed,
            LongSupplier positions,
            Consumer<Fate> told)
            throws IOException {
        this.blocks = blocks;
        this.sessionId = sessionId;
        this.from = from;
        this.into = new Output(into);
        this.named = named;
        this.placed = placed;
        this.mixed = mixed;
        this.adopt = adopt;
        this.knownFlushed = knownFlushed;
        this.positions = positions;
        this.told = told;
        this.walk = new FileWalk(from, blocks.codec(), blocks.maxBytes(), named, placed);
    }

    /**
     * Repairs a file. No other thread reads or writes it meanwhile, and it contains the journal's events.
     *
     * @param kept the directory for the original
     * @param named the file name from which the ids of foreign events are derived
     * @param placed the foreign events that have positions; empty if none have
     * @param adopt whether foreign lines after native ones become native lines
     * @param knownFlushed the offset up to which the file is known to have been flushed, or -1; whole lines before it
     *     are kept
     * @param positions supplies new, increasing positions for events that are moved to the end
     * @param told receives what happened to each line that did not stay unchanged
     */
    static Result repair(
            EventBlocks blocks,
            Kept kept,
            String sessionId,
            Path file,
            String named,
            List<ForeignPart.Block> placed,
            boolean adopt,
            long knownFlushed,
            LongSupplier positions,
            Consumer<Fate> told)
            throws IOException {
        Disk disk = blocks.disk();
        Path draft;
        Path original;
        try (Disk.File from = disk.open(file, Disk.Mode.READ)) {
            FileWalk look = new FileWalk(from, blocks.codec(), blocks.maxBytes(), named, placed);
            if (!isWrong(look, blocks, sessionId)) {
                return new Result(null, look.version, placed);
            }
            original = kept.keep(file, 0, "original");
            draft = kept.draft(file);
            try (Disk.File into = disk.open(draft, Disk.Mode.CREATE)) {
                into.truncate(0);
                FileRepair repair = new FileRepair(
                        blocks,
                        sessionId,
                        from,
                        into,
                        named,
                        placed,
                        look.nativeBegun(),
                        adopt,
                        knownFlushed,
                        positions,
                        told);
                repair.run();
                into.sync();
            }
        }
        disk.move(draft, file);
        disk.syncDirectory(Objects.requireNonNull(file.getParent()));
        disk.syncDirectory(Objects.requireNonNull(draft.getParent()));
        return result(blocks, original, file, named, placed);
    }

    /** Returns whether anything is wrong. Reads to the end in any case. */
    private static boolean isWrong(FileWalk walk, EventBlocks blocks, String sessionId) throws IOException {
        boolean wrong = false;
        while (walk.next()) {
            wrong |= walk.kind == FileWalk.Kind.WRONG
                    || walk.kind == FileWalk.Kind.NATIVE && decoded(walk, blocks, sessionId) == null;
        }
        return wrong || walk.batchFault() != null || walk.foreignFault() != null;
    }

    /** Returns the blocks of foreign lines in the new file, with their positions. */
    private static Result result(
            EventBlocks blocks, Path original, Path file, String named, List<ForeignPart.Block> placed)
            throws IOException {
        List<ForeignPart.Block> left = new ArrayList<>();
        long version = 0;
        try (Disk.File open = blocks.disk().open(file, Disk.Mode.READ)) {
            FileWalk walk = new FileWalk(open, blocks.codec(), blocks.maxBytes(), named, List.of());
            while (walk.next()) {
                if (walk.kind == FileWalk.Kind.FOREIGN) {
                    for (ForeignPart.Block block : placed) {
                        if (block.events() == walk.version) {
                            ForeignPart now = walk.foreign();
                            left.add(new ForeignPart.Block(block.first(), now.events(), now.bytes(), now.crc()));
                        }
                    }
                }
                version = walk.kind == FileWalk.Kind.PASSED ? version : walk.version;
            }
            ForeignPart now = walk.foreign();
            if (left.size() < placed.size()
                    && now.events()
                            > (left.isEmpty() ? 0 : left.get(left.size() - 1).events())) {
                long first = placed.get(left.size()).first();
                left.add(new ForeignPart.Block(first, now.events(), now.bytes(), now.crc()));
            }
        }
        return new Result(original, version, left);
    }

    private void run() throws IOException {
        while (walk.next()) {
            switch (walk.kind) {
                case NATIVE -> nativeEvent();
                case FOREIGN -> foreignEvent();
                case PASSED -> copyLine();
                case WRONG -> wrong();
            }
        }
        String fault = walk.batchFault();
        if (fault != null) {
            // Flushed events were acknowledged, and are kept even if their batch lost others. The rest was never
            // acknowledged.
            for (Waiting torn : batch) {
                if (torn.place.offset >= knownFlushed) {
                    tell(torn.place, fault + "; left out, since it was never acknowledged");
                }
            }
            batch.removeIf(torn -> torn.place.offset >= knownFlushed);
        }
        writeBatch();
        for (Late event : late) {
            writeLate(event);
        }
        tellMoved();
        into.flush();
    }

    private void foreignEvent() throws IOException {
        EventDraft draft = Objects.requireNonNull(walk.draft);
        long withPosition = placed.isEmpty() ? 0 : placed.get(placed.size() - 1).events();
        if (mixed && withPosition > 0 && walk.version > withPosition) {
            late("a foreign line that was not there when the native lines after it were written");
            copyBlank();
            return;
        }
        ids.idFor(Objects.requireNonNull(draft.id()), draft, walk.lines.offset, this::derivedId);
        version++;
        position = Math.max(position, walk.foreign().position(walk.version));
        copyLine();
    }

    private void nativeEvent() throws IOException {
        SessionEvent event = decoded(walk, blocks, sessionId);
        Fate place = place("");
        if (event == null) {
            tell(place, "its data is malformed; left out");
            return;
        }
        EventDraft draft = EventDraft.copyOf(event);
        String id = ids.idFor(event.id(), draft, walk.lines.offset, this::derivedId);
        if (id == null) {
            tell(place, "a repeat of the event " + event.id() + "; left out");
            return;
        }
        if (event.position() <= lastPosition()) {
            late.add(new Late(place.line, place.offset, draft.withId(id), walk.reason));
            return;
        }
        if (walk.fork || walk.batch > 1 || !continuesBatch(event.version())) {
            writeBatch();
        }
        batch.add(new Waiting(place, event, id, walk.lines.copy(), walk.batch));
        if (batch.size() == batch.get(0).batch) {
            writeBatch();
        }
    }

    private boolean continuesBatch(long next) {
        if (batch.isEmpty()) {
            return false;
        }
        Waiting first = batch.get(0);
        return next > first.event.version() && next < first.event.version() + first.batch;
    }

    private long lastPosition() {
        return batch.isEmpty() ? position : batch.get(batch.size() - 1).event.position();
    }

    private void wrong() throws IOException {
        if (walk.late) {
            late(walk.reason);
        } else if (walk.draft != null) {
            tell(place(""), walk.reason + "; taken as they are now");
            foreignEvent();
        } else if (walk.whole) {
            nativeEvent();
        } else {
            tell(place(""), walk.reason + "; left out");
            if (!walk.nativeBegun()) {
                copyBlank();
            }
        }
    }

    private void late(String reason) throws IOException {
        Fate place = place("");
        if (!adopt) {
            tell(place, reason + "; left out, since such lines are not adopted");
            return;
        }
        EventDraft draft = Objects.requireNonNull(walk.draft);
        String wanted = draft.id() == null ? derivedId() : draft.id();
        String id = ids.idFor(wanted, draft, walk.lines.offset, this::derivedId);
        if (id == null) {
            tell(place, reason + ", a repeat of the event " + wanted + "; left out");
        } else {
            late.add(new Late(place.line, place.offset, draft.withId(id), reason));
        }
    }

    /** Writes the remaining lines of a batch. */
    private void writeBatch() throws IOException {
        for (int i = 0; i < batch.size(); i++) {
            Waiting next = batch.get(i);
            int size = i == 0 ? batch.size() : 1;
            boolean same = next.event.version() == version + 1 && size == next.batch && next.id.equals(next.event.id());
            writeNative(same ? next.line : moved(next, version + 1, size));
            position = next.event.position();
        }
        batch.clear();
    }

    private byte[] moved(Waiting line, long to, int size) {
        SessionEvent event = line.event;
        EventDraft draft = EventDraft.copyOf(event).withId(line.id);
        List<String> changes = new ArrayList<>();
        if (!line.id.equals(event.id())) {
            changes.add("the id " + event.id() + ", which another event has, is now " + line.id);
        }
        if (event.version() != to) {
            changes.add("version " + event.version() + " is now " + to);
        }
        if (line.batch != size) {
            changes.add("its batch is incomplete: of " + line.batch + " lines " + size + " are left");
        }
        if (event.change() instanceof Change.SessionFork fork
                && fork.parentVersion() == event.version() - 1
                && event.version() != to) {
            draft = withData(draft, draft.data().with("parent_version", to - 1));
            changes.add("its parent_version too");
        }
        if (changes.size() == 1 && event.version() != to) {
            tellMoved(line.place, event.version(), to);
        } else {
            tell(line.place, String.join(", ", changes));
        }
        return blocks.codec().encode(numbered(event.position(), to, size, draft));
    }

    private void writeLate(Late event) throws IOException {
        position = Math.max(position + 1, positions.getAsLong());
        SessionEvent own = numbered(position, version + 1, 1, event.event);
        tell(
                new Fate(event.line, event.offset, ""),
                event.reason + "; moved to the end, as version " + own.version() + " at position " + position);
        writeNative(blocks.codec().encode(own));
    }

    private void writeNative(byte[] line) throws IOException {
        if (lacksLineFeed) {
            into.lineFeed();
            lacksLineFeed = false;
        }
        into.write(line);
        into.lineFeed();
        version++;
    }

    private void copyLine() throws IOException {
        into.copy(from, walk.lines.offset, walk.lines.nextOffset());
        lacksLineFeed = !walk.lines.ended;
    }

    /** Replaces a line that does not belong here by an empty one, because other ids are derived from line numbers. */
    private void copyBlank() throws IOException {
        if (walk.lines.ended) {
            into.lineFeed();
        }
    }

    private Fate place(String what) {
        return new Fate(walk.lines.number, walk.lines.offset, what);
    }

    /** Reports consecutive lines of which only the version changed as one range. */
    private void tellMoved(Fate place, long from, long to) {
        Moved before = moved;
        if (before != null && from == before.from + before.count && to == before.to + before.count) {
            moved = new Moved(before.place, before.from, before.to, before.count + 1);
        } else {
            tellMoved();
            moved = new Moved(place, from, to, 1);
        }
    }

    private void tellMoved() {
        Moved run = moved;
        moved = null;
        if (run != null) {
            long more = run.count - 1;
            String what = more == 0
                    ? "version " + run.from + " is now " + run.to
                    : "versions " + run.from + " to " + (run.from + more) + " are now " + run.to + " to "
                            + (run.to + more);
            tell(run.place, what);
        }
    }

    private void tell(Fate place, String what) {
        tellMoved();
        told.accept(new Fate(place.line, place.offset, what));
    }

    private String derivedId() {
        return Digests.idOfLine(named, walk.lines.number, walk.lines.copy());
    }

    private @Nullable EventDraft reread(long offset) throws IOException {
        byte[] line = FileLines.lineAt(from, offset, blocks.maxBytes());
        if (line == null) {
            return null;
        }
        try {
            return blocks.codec().isNative(line)
                    ? EventDraft.copyOf(blocks.codec().decode(sessionId, line))
                    : blocks.codec().decodeForeign(line);
        } catch (MalformedLineException e) {
            return null;
        }
    }

    private static @Nullable SessionEvent decoded(FileWalk walk, EventBlocks blocks, String sessionId) {
        try {
            return blocks.codec().decode(sessionId, walk.lines.copy());
        } catch (MalformedLineException e) {
            return null;
        }
    }

    private SessionEvent numbered(long at, long to, int size, EventDraft draft) {
        return Events.of(
                sessionId,
                to,
                at,
                Objects.requireNonNull(draft.id()),
                Objects.requireNonNull(draft.at()),
                size,
                draft,
                Upcasters.none());
    }

    private static EventDraft withData(EventDraft draft, Json data) {
        return EventDraft.of(draft.type(), data)
                .withId(Objects.requireNonNull(draft.id()))
                .withAt(Objects.requireNonNull(draft.at()))
                .withSchemaVersion(draft.v())
                .withMeta(draft.meta())
                .withExtra(draft.extra());
    }

    /** Buffered output to a file. */
    private static final class Output {

        private final Disk.File file;
        private final ByteBuffer buffer = ByteBuffer.allocate(PIECE);
        private long at;

        Output(Disk.File file) {
            this.file = file;
        }

        void write(byte[] bytes) throws IOException {
            int done = 0;
            while (done < bytes.length) {
                int size = Math.min(buffer.remaining(), bytes.length - done);
                buffer.put(bytes, done, size);
                done += size;
                flushIfFull();
            }
        }

        void lineFeed() throws IOException {
            buffer.put((byte) '\n');
            flushIfFull();
        }

        /** Copies a part of another file. */
        void copy(Disk.File other, long begin, long end) throws IOException {
            long from = begin;
            while (from < end) {
                int size = (int) Math.min(buffer.remaining(), end - from);
                int limit = buffer.limit();
                buffer.limit(buffer.position() + size);
                int read = other.readFully(buffer, from);
                buffer.limit(limit);
                if (read == 0) {
                    throw new IOException("the file became shorter while it was read");
                }
                from += read;
                flushIfFull();
            }
        }

        void flush() throws IOException {
            buffer.flip();
            int size = buffer.remaining();
            file.writeFully(buffer, at);
            at += size;
            buffer.clear();
        }

        private void flushIfFull() throws IOException {
            if (!buffer.hasRemaining()) {
                flush();
            }
        }
    }
}
