package dev.reel.jsonl;

import dev.reel.EventDraft;
import dev.reel.JsonLimits;
import dev.reel.MalformedLineException;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import dev.reel.spi.LineCodec;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a session file from its beginning, in pieces. Blocks. Not thread-safe.
 *
 * <p>A file has foreign lines first, then native ones. The reader continues after any line, whatever it contains. Only
 * a batch that the end of the file cut off ends the reading early, because none of it was ever acknowledged.
 */
final class EntryReader implements Closeable {

    /** The maximum number of entries of a piece, and of bytes of its lines. */
    private static final int PIECE_ENTRIES = 256;

    private static final int PIECE_BYTES = 1 << 20;

    /** The only event type that is in no session's log. */
    private static final String PURGED = "session_purged";

    private final SeekableByteChannel channel;
    private final String fileName;
    private final String sessionId;
    private final LineCodec codec;
    private final LineSplitter lines;
    private final BatchEnds batches;
    private final int maxBytes;

    private final FileIds ids = new FileIds(this::reread);

    private long events;
    private long contentLines;
    private boolean nativeBegun;
    private long lastVersion;
    private boolean nativeLost;
    private boolean done;

    EntryReader(SeekableByteChannel channel, String fileName, String sessionId, JsonLimits limits) {
        this.channel = channel;
        this.fileName = fileName;
        this.sessionId = sessionId;
        this.maxBytes = limits.maxBytes();
        this.codec = LineCodec.of(limits, Upcasters.none());
        this.lines = new LineSplitter(channel, maxBytes);
        this.batches = new BatchEnds(channel, codec, maxBytes);
    }

    /** Returns the next piece; empty at the end of the file. */
    List<FileEntry> next() throws IOException {
        List<FileEntry> piece = new ArrayList<>();
        long bytes = 0;
        while (!done && piece.size() < PIECE_ENTRIES && (piece.isEmpty() || bytes < PIECE_BYTES)) {
            LineSplitter.Line line = lines.next();
            if (line == null) {
                done = true;
            } else {
                bytes += line.bytes().length;
                read(line, piece);
            }
        }
        return piece;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private void read(LineSplitter.Line line, List<FileEntry> into) throws IOException {
        byte[] content = contentOf(line);
        if (isBlank(content) && !line.tooLong()) {
            return;
        }
        contentLines++;
        try {
            if (line.tooLong()) {
                throw new Unreadable("longer than the " + maxBytes + " bytes that a line may have");
            }
            if (codec.isNative(content)) {
                readNative(line, content, into);
            } else if (nativeBegun) {
                throw new Unreadable(notNative(line, content));
            } else {
                readForeign(line, content, into);
            }
        } catch (MalformedLineException e) {
            String torn = line.ended() ? "" : "torn: ";
            into.add(problem(line, torn + e.reason() + " (byte " + e.offset() + " of the line)"));
        } catch (Unreadable e) {
            into.add(problem(line, e.reason));
        }
    }

    private void readForeign(LineSplitter.Line line, byte[] content, List<FileEntry> into) throws IOException {
        EventDraft draft = codec.decodeForeign(content);
        checkType(draft.type());
        String given = draft.id();
        String wanted = given == null ? derivedId(line, content) : given;
        String id = ids.idFor(wanted, draft, line.offset(), () -> derivedId(line, content));
        if (id == null) {
            into.add(new FileEntry.Repeated(line.number(), line.offset(), wanted));
            return;
        }
        events++;
        into.add(new FileEntry.Event(line.number(), line.offset(), content.length, events, 0, draft.withId(id)));
    }

    private void readNative(LineSplitter.Line line, byte[] content, List<FileEntry> into) throws IOException {
        boolean first = !nativeBegun;
        nativeBegun = true;
        SessionEvent event;
        try {
            event = codec.decode(sessionId, content);
            checkType(event.type());
        } catch (MalformedLineException | Unreadable e) {
            lastVersion = first ? events : lastVersion;
            nativeLost = true;
            throw e;
        }
        if (isTorn(line, content, into)) {
            return;
        }
        EventDraft draft = EventDraft.copyOf(event);
        String id = ids.idFor(event.id(), draft, line.offset(), () -> derivedId(line, content));
        if (id == null) {
            into.add(new FileEntry.Repeated(line.number(), line.offset(), event.id()));
            return;
        }
        long expected = (first ? events : lastVersion) + 1;
        long version = event.version();
        // Versions that are missing after an unreadable line were reported with that line.
        if (version < expected || version > expected && !nativeLost) {
            into.add(problem(line, "found version " + version + ", expected " + expected));
        }
        lastVersion = version;
        nativeLost = false;
        events++;
        into.add(new FileEntry.Event(
                line.number(), line.offset(), content.length, version, event.position(), draft.withId(id)));
    }

    /** Returns whether the line starts a batch that the end of the file cut off. */
    private boolean isTorn(LineSplitter.Line line, byte[] content, List<FileEntry> into) throws IOException {
        int size = BatchEnds.sizeOf(content);
        if (size == 1) {
            return false;
        }
        long end = line.offset() + line.bytes().length + (line.ended() ? 1 : 0);
        long there = batches.count(line.offset(), end, contentLines, size);
        if (there == size) {
            return false;
        }
        into.add(problem(line, "torn: the file has " + there + " of the " + size + " lines of this batch"));
        done = true;
        return true;
    }

    private String notNative(LineSplitter.Line line, byte[] content) {
        try {
            codec.decodeForeign(content);
            return "a foreign line after native ones";
        } catch (MalformedLineException e) {
            nativeLost = true;
            return line.ended() ? "damaged: not a native line, but after native ones" : "torn: not a whole line";
        }
    }

    private FileEntry.Problem problem(LineSplitter.Line line, String reason) {
        return new FileEntry.Problem(line.number(), line.offset(), reason);
    }

    private static void checkType(String type) {
        if (type.equals(PURGED)) {
            throw new Unreadable("an event " + PURGED + ", which does not belong in a session's log");
        }
    }

    private String derivedId(LineSplitter.Line line, byte[] content) {
        return Digests.idOfLine(fileName, line.number(), content);
    }

    /** Returns the event of a line that was read before; null if the file was changed meanwhile. */
    private @Nullable EventDraft reread(long offset) throws IOException {
        long reader = channel.position();
        try {
            channel.position(offset);
            LineSplitter.Line line = new LineSplitter(channel, maxBytes).next();
            byte[] content = line == null ? new byte[0] : withoutReturn(line.bytes());
            return codec.isNative(content)
                    ? EventDraft.copyOf(codec.decode(sessionId, content))
                    : codec.decodeForeign(content);
        } catch (MalformedLineException e) {
            return null;
        } finally {
            channel.position(reader);
        }
    }

    /**
     * Returns the line without a carriage return at its end, and without a byte order mark at the start of the file.
     */
    private static byte[] contentOf(LineSplitter.Line line) {
        byte[] bytes = line.bytes();
        boolean marked = line.offset() == 0
                && bytes.length >= 3
                && bytes[0] == (byte) 0xEF
                && bytes[1] == (byte) 0xBB
                && bytes[2] == (byte) 0xBF;
        return withoutReturn(marked ? Arrays.copyOfRange(bytes, 3, bytes.length) : bytes);
    }

    private static byte[] withoutReturn(byte[] bytes) {
        int length = bytes.length;
        return length > 0 && bytes[length - 1] == '\r' ? Arrays.copyOf(bytes, length - 1) : bytes;
    }

    private static boolean isBlank(byte[] content) {
        for (byte b : content) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    /** Why a line could not be read. */
    private static final class Unreadable extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final String reason;

        Unreadable(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }
    }
}
