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
 * Goes through the lines of a session file and says of each what it is, and whether it is right where it stands. What
 * follows from a line that is not, its user decides: to refuse, to cut, to report, to repair. Whatever a line is, it can
 * go on behind it.
 *
 * <p><b>Foreign lines</b> come first. They have no checksum, and whatever else a person or a crash left among them is
 * passed over ({@link Kind#PASSED}). A damaged native line must not be passed over with it, so a line that can't be read
 * and has the name of a native member, or a NUL, is wrong. Ids are made as the import makes them.
 *
 * <p><b>Native lines</b> follow, and nothing else. Each must hold its checksum, its version be the next, its position
 * rise. Behind a line that is wrong, versions may go on with any later one: what is missing was reported with that line.
 *
 * <p><b>Batches</b> are judged at the end of the file only. The walk knows how many events the last one lacks; a {@code
 * session_fork}, or the beginning of another batch, ends one.
 */
final class FileWalk {

    /** What a line is. */
    enum Kind {
        /** An event that Reel wrote. */
        NATIVE,
        /** An event that ExAthena wrote. */
        FOREIGN,
        /** Among foreign lines, what is none: blank, a repeat, unreadable. */
        PASSED,
        /** Whatever should not be there; {@link #reason} tells. */
        WRONG
    }

    /** What tells a damaged native line from a damaged foreign one. One flipped bit leaves three of them. */
    private static final List<byte[]> NATIVE_MEMBERS =
            List.of(ascii("\"seq\":"), ascii("\"pos\":"), ascii("\"batch\":"), ascii("\"crc\":"));

    private static final String BLANK = "blank";

    final FileLines lines;

    Kind kind = Kind.PASSED;

    /** What is wrong; of a line that is passed over, why. */
    String reason = "";

    /** Of an event. Of a native line that is wrong but whole, what it says. */
    long version;

    long position;
    int idHash;
    boolean fork;

    /** How many events the batch has that this one begins, else 1. */
    int batch;

    /** Of a line that is wrong: whether it is an event all the same, only not one that belongs here. */
    boolean whole;

    /** Of a line that is wrong: whether it is a foreign one behind native ones. */
    boolean late;

    /** Of a line that is wrong: whether another program wrote it, whatever it is; so it is no end of ours that was cut off. */
    boolean others;

    /** Of a foreign event, or a late one: what it records, with its id. */
    @Nullable
    EventDraft draft;

    /** The batch that is not whole yet, if {@link #missing} says that any is: where it begins. */
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

    /** Goes to the next line; false at the end of the file. */
    boolean next() throws IOException {
        if (kind == Kind.WRONG && lines.ended && !late && missing > 0) {
            // Whoever goes on behind a wrong line has it counted as one of its batch.
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

    /** What was found of foreign lines; final when a native one was seen, or the end of the file. */
    ForeignPart foreign() {
        return new ForeignPart(named, blocks, foreignEvents, foreignBytes, foreignCrc, madeIds);
    }

    /** The position of a foreign event that was met; 0 where it has none yet. */
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

    /** What is wrong with the foreign part as a whole, where it is over; or null. */
    @Nullable
    String foreignFault() {
        long placed = blocks.isEmpty() ? 0 : blocks.get(blocks.size() - 1).events();
        return foreignEvents < placed
                ? "the file has " + foreignEvents + " foreign events, and " + placed + " have positions"
                : null;
    }

    /**
     * Whether the torn end begins with the line in hand, which is wrong, or with the batch that it is in.
     *
     * @param knownFlushed up to where the file is known to be flushed; -1 where that is not known, then only a last line
     *     whose writing did not come to its end is torn
     */
    boolean isTorn(long knownFlushed) {
        return knownFlushed >= 0 ? tornOffset() >= knownFlushed && !others : isCutOff();
    }

    /** Where the batch of the line in hand begins, or else the line. */
    long tornOffset() {
        return missing > 0 ? batchOffset : lines.offset;
    }

    /** The number of the line that begins there. */
    long tornLine() {
        return missing > 0 ? batchLine : lines.number;
    }

    /** What is wrong with a file that ends in front of where it was flushed up to. */
    static String tooShort(long knownFlushed) {
        return "the file ends here, and was flushed up to offset " + knownFlushed;
    }

    /** Whether a native line was seen, be it wrong. */
    boolean nativeBegun() {
        return nativeBegun;
    }

    /** Whether the line in hand, which is passed over, is blank. */
    boolean isBlank() {
        return reason.equals(BLANK);
    }

    /** What is wrong with the last batch, at the end of the file; or null. */
    @Nullable
    String batchFault() {
        return missing == 0
                ? null
                : "the file has " + (batchSize - missing) + " of the " + batchSize + " lines of this batch";
    }

    /**
     * Whether the line in hand is the last, and its writing did not come to its end. What is whole but for its line feed
     * was written to its end, and that is damaged.
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
            fault = "an event session_purged, which stands in no session's log";
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
            wrong("version " + version + " stands where " + expected + " belongs");
        } else if (position <= lastPosition) {
            wrong("position " + position + " stands behind position " + lastPosition);
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
            return "a foreign line behind native ones";
        } catch (MalformedLineException e) {
            others = lines.ended && !looksNative(line) && isObject(line);
            return isBlank(line) ? "a blank line behind native ones" : "no native line: " + e.reason();
        }
    }

    /** What a crash leaves of a line, or flips in it, is none. */
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
                pass("an event session_purged, which stands in no session's log");
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
                wrong("the foreign lines up to here are not those that got positions");
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
