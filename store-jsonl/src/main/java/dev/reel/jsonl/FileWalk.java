package dev.reel.jsonl;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.MalformedJsonException;
import dev.reel.MalformedLineException;
import dev.reel.spi.LineCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines of a session file and classifies each: what it is, and whether it is valid at its place. The caller
 * decides what follows from an invalid line: to refuse, cut off, report or repair. The walk can continue after any
 * line.
 *
 * <p><b>Foreign lines</b> come first. They have no checksum. Other lines among them, left by a person or a crash, are
 * passed over ({@link Kind#PASSED}). A damaged native line must not be passed over, so an unreadable line is wrong if
 * it contains the name of a native member or a NUL. Ids are derived in the same way as by the import.
 *
 * <p><b>Native lines</b> follow, and nothing else. The checksum of each must match, its version must be the next one,
 * and its position must be higher than the previous one. After a wrong line, any higher version is accepted: the
 * missing versions were reported with the wrong line.
 *
 * <p><b>Batches</b> are judged only at the end of the file. The walk knows how many events the last batch lacks. A
 * {@code session_fork}, or the start of another batch, ends a batch.
 */
final class FileWalk {

    /** The kind of a line. */
    enum Kind {
        /** An event that Reel wrote. */
        NATIVE,
        /** An event that ExAthena wrote. */
        FOREIGN,
        /** A line among foreign lines that is not an event: blank, repeated or unreadable. */
        PASSED,
        /** A line that should not be there; {@link #reason} explains why. */
        WRONG
    }

    /**
     * Distinguishes a damaged native line from a damaged foreign one. After one flipped bit, three of these names are
     * left.
     */
    private static final List<byte[]> NATIVE_MEMBERS =
            List.of(ascii("\"seq\":"), ascii("\"pos\":"), ascii("\"batch\":"), ascii("\"crc\":"));

    private static final String BLANK = "blank";

    final FileLines lines;

    Kind kind = Kind.PASSED;

    /** Why the line is wrong or passed over. */
    String reason = "";

    /** The version of an event. For a native line that is wrong but whole: the version that it states. */
    long version;

    long position;
    int idHash;
    boolean fork;

    /** The size of the batch that starts with this event; otherwise 1. */
    int batch;

    /** For a wrong line: whether it is still an event, but one that does not belong here. */
    boolean whole;

    /** For a wrong line: whether it is a foreign line after native ones. */
    boolean late;

    /** For a wrong line: whether another program wrote it, and so it is not an end of ours that was cut off. */
    boolean others;

    /** For a foreign event, also a late one: the event with its id. */
    @Nullable
    EventDraft draft;

    /** If {@link #missing} is not 0: the offset at which the incomplete batch begins. */
    long batchOffset;

    long batchLine;
    long batchVersion;
    int batchSize;

    /** How many events the last batch lacks. */
    int missing;

    private final Disk.File file;
    private final LineCodec codec;
    private final int maxBytes;
    private final String named;
    private final List<ForeignPart.Block> blocks;
    private final NativeLine nativeLine = new NativeLine();
    private final FileIds ids = new FileIds(this::reread);
    private final Map<Long, String> madeIds = new HashMap<>();

    private boolean nativeBegun;
    private boolean lost;
    private long lastVersion;
    private long lastPosition;
    private long foreignEvents;
    private long foreignBytes;
    private int foreignCrc;

    FileWalk(Disk.File file, LineCodec codec, int maxBytes, String named, List<ForeignPart.Block> blocks)
            throws IOException {
        this.file = file;
        this.codec = codec;
        this.maxBytes = maxBytes;
        this.named = named;
        this.blocks = blocks;
        this.lines = FileLines.of(file, maxBytes);
    }

    /** Moves to the next line; returns false at the end of the file. */
    boolean next() throws IOException {
        if (kind == Kind.WRONG && lines.ended && !late && missing > 0) {
            // If the caller continues after a wrong line, that line counts as one of its batch.
            missing--;
        }
        kind = Kind.PASSED;
        if (!lines.next()) {
            return false;
        }
        reason = "";
        whole = false;
        late = false;
        others = false;
        draft = null;
        batch = 1;
        fork = false;
        if (lines.tooLong) {
            passOrWrong("longer than the " + maxBytes + " bytes that a line may have", nativeBegun);
        } else if (NativeLine.isOne(lines.bytes, lines.from, lines.to)) {
            readNative();
        } else if (nativeBegun) {
            wrong(behindNative());
        } else {
            readForeign();
        }
        return true;
    }

    /** Returns the foreign lines found so far. Final after the first native line or at the end of the file. */
    ForeignPart foreign() {
        return new ForeignPart(named, blocks, foreignEvents, foreignBytes, foreignCrc, madeIds);
    }

    /** Returns the position of a foreign event that was read; 0 if it has none yet. */
    long position(long foreignVersion) {
        long before = 0;
        for (ForeignPart.Block block : blocks) {
            if (foreignVersion <= block.events()) {
                return block.first() + foreignVersion - before - 1;
            }
            before = block.events();
        }
        return 0;
    }

    /** Returns what is wrong with the foreign part as a whole after its end, or null. */
    @Nullable
    String foreignFault() {
        long placed = blocks.isEmpty() ? 0 : blocks.get(blocks.size() - 1).events();
        return foreignEvents < placed
                ? "the file has " + foreignEvents + " foreign events, and " + placed + " have positions"
                : null;
    }

    /**
     * Returns whether the torn end begins with the current line, which is wrong, or with its batch.
     *
     * @param knownFlushed the offset up to which the file is known to be flushed. If it is unknown (-1), only an
     *     incompletely written last line is torn
     */
    boolean isTorn(long knownFlushed) {
        return knownFlushed >= 0 ? tornOffset() >= knownFlushed && !others : isCutOff();
    }

    /** Returns the offset of the current line's batch; without a batch, of the line. */
    long tornOffset() {
        return missing > 0 ? batchOffset : lines.offset;
    }

    /** Returns the number of the line at {@link #tornOffset}. */
    long tornLine() {
        return missing > 0 ? batchLine : lines.number;
    }

    /** Returns the problem of a file that ends before the offset up to which it was flushed. */
    static String tooShort(long knownFlushed) {
        return "the file ends here, but was flushed up to offset " + knownFlushed;
    }

    /** Returns whether a native line was read, even a wrong one. */
    boolean nativeBegun() {
        return nativeBegun;
    }

    /** Returns whether the current line, which is passed over, is blank. */
    boolean isBlank() {
        return reason.equals(BLANK);
    }

    /** Returns what is wrong with the last batch at the end of the file, or null. */
    @Nullable
    String batchFault() {
        return missing == 0
                ? null
                : "the file has " + (batchSize - missing) + " of the " + batchSize + " lines of this batch";
    }

    /**
     * Returns whether the current line is the last one and was not written completely. A line that lacks only its line
     * feed was written completely, so a fault in it is damage.
     */
    private boolean isCutOff() {
        return !lines.ended
                && !whole
                && !(NativeLine.isOne(lines.bytes, lines.from, lines.to - 1)
                        && new NativeLine().read(lines.bytes, lines.from, lines.to - 1) == null);
    }

    private void readNative() {
        if (!nativeBegun) {
            nativeBegun = true;
            lines.stopSum();
            lastVersion = foreignEvents;
            lastPosition = foreign().position(foreignEvents);
        }
        String fault = nativeLine.read(lines.bytes, lines.from, lines.to);
        whole = nativeLine.whole;
        if (fault == null && nativeLine.purged) {
            fault = "an event session_purged, which does not belong in a session's log";
        }
        if (fault != null) {
            whole = false;
            wrong(fault);
            return;
        }
        version = nativeLine.version;
        position = nativeLine.position;
        idHash = nativeLine.idHash;
        fork = nativeLine.fork;
        batch = nativeLine.batch;
        long expected = lastVersion + 1;
        if (version < expected || version > expected && !lost) {
            wrong("found version " + version + ", expected " + expected);
        } else if (position <= lastPosition) {
            wrong("position " + position + " is not above position " + lastPosition);
        } else {
            kind = Kind.NATIVE;
            countBatch();
        }
        lost = false;
        lastVersion = Math.max(lastVersion, version);
        lastPosition = Math.max(lastPosition, position);
    }

    private void countBatch() {
        if (fork || batch > 1) {
            batchOffset = lines.offset;
            batchLine = lines.number;
            batchVersion = version;
            batchSize = batch;
            missing = batch - 1;
        } else if (missing > 0) {
            missing--;
        }
    }

    private String behindNative() {
        byte[] line = lines.copy();
        try {
            draft = codec.decodeForeign(line);
            whole = true;
            late = true;
            others = true;
            return "a foreign line after native ones";
        } catch (MalformedLineException e) {
            others = lines.ended && !looksNative(line) && isObject(line);
            return isBlank(line) ? "a blank line after native ones" : "not a native line: " + e.reason();
        }
    }

    /** Returns whether a line is one JSON object. A line that a crash cut off or changed is not. */
    static boolean isObject(byte[] line) {
        try {
            return Json.parse(line).isObject();
        } catch (MalformedJsonException e) {
            return false;
        }
    }

    private void readForeign() throws IOException {
        byte[] line = lines.copy();
        if (isBlank(line)) {
            pass(BLANK);
            return;
        }
        EventDraft event;
        try {
            event = codec.decodeForeign(line);
            if (event.type().equals("session_purged")) {
                pass("an event session_purged, which does not belong in a session's log");
                return;
            }
        } catch (MalformedLineException e) {
            passOrWrong(e.reason() + " (byte " + e.offset() + " of the line)", looksNative(line));
            return;
        }
        String given = event.id();
        String wanted = given == null ? derivedId(line) : given;
        String id = ids.idFor(wanted, event, lines.offset, () -> derivedId(line));
        if (id == null) {
            pass("a repeat of the event " + wanted);
            return;
        }
        foreignEvents++;
        foreignBytes = lines.end();
        foreignCrc = lines.sum();
        if (!id.equals(given)) {
            madeIds.put(foreignEvents, id);
        }
        kind = Kind.FOREIGN;
        draft = event.withId(id);
        version = foreignEvents;
        idHash = HintTable.hash(id);
        fork = event.type().equals("session_fork");
        for (ForeignPart.Block block : blocks) {
            if (block.events() == foreignEvents && (block.bytes() != foreignBytes || block.crc() != foreignCrc)) {
                wrong("the foreign lines up to here differ from those that got positions");
            }
        }
    }

    private boolean looksNative(byte[] line) {
        if (!lines.ended && NativeLine.begins(line, 0, line.length)) {
            return true;
        }
        return NATIVE_MEMBERS.stream().anyMatch(member -> contains(line, member));
    }

    private void passOrWrong(String why, boolean isWrong) {
        if (isWrong) {
            wrong(why);
        } else {
            pass(why);
        }
    }

    private void pass(String why) {
        kind = Kind.PASSED;
        reason = why;
    }

    private void wrong(String why) {
        kind = Kind.WRONG;
        reason = why;
        lost = true;
    }

    private String derivedId(byte[] line) {
        boolean marked = lines.offset == 0
                && line.length >= 3
                && line[0] == (byte) 0xEF
                && line[1] == (byte) 0xBB
                && line[2] == (byte) 0xBF;
        int end = line.length > 0 && line[line.length - 1] == '\r' ? line.length - 1 : line.length;
        return Digests.idOfLine(named, lines.number, Arrays.copyOfRange(line, marked ? 3 : 0, end));
    }

    private @Nullable EventDraft reread(long offset) throws IOException {
        byte[] line = FileLines.lineAt(file, offset, maxBytes);
        try {
            return line == null ? null : codec.decodeForeign(line);
        } catch (MalformedLineException e) {
            return null;
        }
    }

    private boolean isBlank(byte[] line) {
        int i = 0;
        if (lines.offset == 0
                && line.length >= 3
                && line[0] == (byte) 0xEF
                && line[1] == (byte) 0xBB
                && line[2] == (byte) 0xBF) {
            i = 3;
        }
        for (; i < line.length; i++) {
            byte b = line[i];
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    private static boolean contains(byte[] bytes, byte[] wanted) {
        for (int i = 0; i <= bytes.length - wanted.length; i++) {
            if (bytes[i] == wanted[0] && Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return true;
            }
        }
        return false;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
