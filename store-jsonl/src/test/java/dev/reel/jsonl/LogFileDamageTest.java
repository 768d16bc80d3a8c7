package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.JsonLimits;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import dev.reel.spi.Events;
import dev.reel.spi.LineCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Session files that were cut off or changed: which faults are found, what counts as torn, and what remains. */
class LogFileDamageTest {

    private static final long UNKNOWN = -1;

    @Test
    void cutAnywhereTheWholeBatchesRemain() throws Exception {
        SampleLog log = new SampleLog(1).to(200);
        byte[] bytes = log.bytes();
        for (int cut = 0; cut <= bytes.length; cut++) {
            byte[] left = Arrays.copyOf(bytes, cut);
            // A last line that lacks only its line feed is whole.
            boolean lacks = log.ends.containsKey(cut + 1);
            int end = lacks ? cut + 1 : log.ends.floorKey(cut);
            int flushed = log.ends.floorKey(Math.min(cut, new Random(cut).nextInt(cut + 1)));
            for (long known : new long[] {UNKNOWN, flushed, 0}) {
                LogFile.Scan scan = scan(left, List.of(), known);
                assertEquals(log.ends.get(end), (int) scan.log().version(), "cut at " + cut);
                assertEquals(lacks, scan.log().lacksLineFeed(), "cut at " + cut);
                assertEquals(lacks ? cut : end, scan.log().end());
                LogFile.TornEnd torn = scan.torn();
                assertEquals(!lacks && cut > end, torn != null);
                if (torn != null) {
                    assertEquals(end, torn.offset());
                    assertEquals(log.ends.get(end) + 1, torn.line());
                }
            }
            if (cut % 97 == 0) {
                assertEquals(
                        log.events.subList(0, log.ends.get(end)),
                        read(scan(left, List.of(), UNKNOWN).log()));
            }
            if (cut < bytes.length) {
                assertThrows(SessionDamagedException.class, () -> scan(left, List.of(), left.length + 1L));
            }
        }
    }

    @Test
    void aFileThatIsCutBehindTheReadersBackIsDamage() throws Exception {
        SampleLog log = new SampleLog(2).to(5);
        MemoryDisk disk = new MemoryDisk();
        disk.put(OneFile.PATH, log.bytes());
        EventBlocks blocks = new EventBlocks(disk, JsonLimits.DEFAULT, Upcasters.none(), 1 << 20);
        LogFile read = LogFile.scan(blocks, "s", OneFile.PATH, "s.jsonl", List.of(), UNKNOWN)
                .log();
        for (int left = log.bytes().length - 2; left >= 0; left -= 7) {
            disk.put(OneFile.PATH, Arrays.copyOf(log.bytes(), left));
            SessionDamagedException why = assertThrows(
                    SessionDamagedException.class, () -> FileThreads.call("reading", () -> read.event(read.version())));
            assertEquals(read.bytes(read.version() - 1), why.offset());
        }
    }

    @Test
    void everyFlippedBitIsFoundOrInTheTornEnd() throws Exception {
        SampleLog log = new SampleLog(2).to(200);
        byte[] bytes = log.bytes();
        int lastBatch = log.ends.lowerKey(bytes.length);
        int flushed = log.ends.floorKey(bytes.length * 2 / 3);
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            int at = bit / 8;
            bytes[at] ^= (byte) (1 << bit % 8);
            LogFile.Scan scan = scanOrNull(bytes, List.of(), UNKNOWN);
            if (scan != null) {
                // Only if the flip hit the last line feed, and so the last line.
                assertNotNull(scan.torn(), "bit " + bit);
                assertTrue(at >= lastBatch, "bit " + bit);
                assertEquals(log.ends.get(lastBatch), (int) scan.log().version(), "bit " + bit);
            }
            LogFile.Scan known = scanOrNull(bytes, List.of(), flushed);
            assertEquals(at < flushed, known == null, "bit " + bit);
            if (known != null) {
                int end = log.ends.floorKey(at);
                assertEquals(end, known.log().end(), "bit " + bit);
                assertEquals(log.ends.get(end), (int) known.log().version(), "bit " + bit);
            }
            bytes[at] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void aFlipInTheOnlyLineIsNeverTakenForAnEmptyLog() throws Exception {
        byte[] bytes = new SampleLog(3).to(1).bytes();
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertNull(scanOrNull(flipped, List.of(), UNKNOWN), "bit " + bit);
        }
        byte[] zeros = new byte[bytes.length];
        assertThrows(SessionDamagedException.class, () -> scan(zeros, List.of(), zeros.length));
        assertEquals(0, scan(zeros, List.of(), 0).log().version(), "a reader sees that it is another program's file");
    }

    @Test
    void flippedBitsOfForeignLinesAreFoundOncePositionsWereGiven() throws Exception {
        byte[] bytes = mixed();
        LogFile.Scan whole = scan(bytes, List.of(), UNKNOWN);
        ForeignPart part = whole.log().foreign();
        List<ForeignPart.Block> blocks = List.of(new ForeignPart.Block(7, part.events(), part.bytes(), part.crc()));
        List<SessionEvent> events = read(scan(bytes, blocks, UNKNOWN).log());
        assertEquals(6, events.size());
        int harmless = 0;
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            LogFile.Scan scan = scanOrNull(flipped, blocks, UNKNOWN);
            if (scan != null) {
                harmless++;
                assertNull(scan.torn(), "bit " + bit);
                assertEquals(events, read(scan.log()), "bit " + bit);
            }
        }
        // Bytes between the last foreign event and the first native one belong to no event.
        assertTrue(harmless < 8 * 5, harmless + " flips were harmless");
    }

    @Test
    void aFlippedBitOfANativeLineBehindForeignOnesIsNeverPassedOver() throws Exception {
        byte[] bytes = mixed();
        int nativeBegin = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("{\"seq\"");
        for (int bit = nativeBegin * 8; bit < bytes.length * 8; bit++) {
            byte[] flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            LogFile.Scan scan = scanOrNull(flipped, List.of(), UNKNOWN);
            assertNull(scan, "bit " + bit);
        }
    }

    @Test
    void blocksThatWereZeroedOrSwappedAreFoundOrHarmless() throws Exception {
        SampleLog log = new SampleLog(4).to(200);
        byte[] bytes = log.bytes();
        Random random = new Random(4);
        for (int round = 0; round < 2_000; round++) {
            int block = random.nextBoolean() ? 512 : 4096;
            byte[] broken = bytes.clone();
            int a = random.nextInt(bytes.length / block + 1) * block;
            int b = random.nextInt(bytes.length / block + 1) * block;
            if (random.nextBoolean()) {
                Arrays.fill(broken, a, Math.min(bytes.length, a + block), (byte) 0);
            } else {
                int size = Math.min(block, bytes.length - Math.max(a, b));
                System.arraycopy(bytes, a, broken, b, size);
                System.arraycopy(bytes, b, broken, a, size);
            }
            LogFile.Scan scan = scanOrNull(broken, List.of(), UNKNOWN);
            if (scan != null) {
                List<SessionEvent> events = read(scan.log());
                assertEquals(log.events.subList(0, events.size()), events, "round " + round);
                assertTrue(Arrays.equals(bytes, broken) || scan.torn() != null, "round " + round);
            }
            LogFile.Scan known = scanOrNull(broken, List.of(), bytes.length);
            assertEquals(Arrays.equals(bytes, broken), known != null, "round " + round);
        }
    }

    @Test
    void aLastLineWithALineFeedAndAWrongChecksumIsDamage() {
        SampleLog log = new SampleLog(5).to(10);
        byte[] bytes = log.bytes();
        bytes[bytes.length - 30] ^= 1;
        SessionDamagedException failure =
                assertThrows(SessionDamagedException.class, () -> scan(bytes, List.of(), UNKNOWN));
        assertEquals(10, failure.line());
        assertTrue(failure.getMessage().contains("checksum"), failure.getMessage());
        byte[] open = Arrays.copyOf(bytes, bytes.length - 1);
        assertNotNull(scanOrNull(open, List.of(), UNKNOWN), "without the line feed it is torn");
    }

    @Test
    void whatExAthenaAppendedIsDamageEvenBehindWhatWasFlushed() {
        SampleLog log = new SampleLog(6).to(5);
        String late = new String(log.bytes(), StandardCharsets.UTF_8) + Lines.foreign("f1", "late");
        for (String text : List.of(late, late.stripTrailing())) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            for (long known : new long[] {UNKNOWN, 0, log.bytes().length}) {
                SessionDamagedException failure =
                        assertThrows(SessionDamagedException.class, () -> scan(bytes, List.of(), known));
                assertEquals(6, failure.line());
                assertEquals(log.bytes().length, failure.offset());
            }
        }
    }

    @Test
    void gapsAndWrongOrderAreDamage() {
        String a = Lines.nativeLine(1, "a", "x");
        String b = Lines.nativeLine(2, "b", "x");
        String c = Lines.nativeLine(3, "c", "x");
        assertDamage(2, a + c);
        assertDamage(1, b + c);
        assertDamage(2, a + a);
        assertDamage(3, a + b + a + c);
        assertDamage(2, a + atPosition(101));
        assertDamage(2, a + "\n" + b);
        assertDamage(2, a + "rubbish\n" + b);
        assertDamage(2, a + b.replace("\n", "\r\n") + c);
        assertDamage(3, Lines.foreign("f", "x") + Lines.nativeLine(2, "a", "x") + Lines.foreign("g", "x"));
        assertDamage(1, "\uFEFF" + a);
        assertDamage(2, Lines.foreign("f", "x") + Lines.nativeLine(3, "a", "x"));
    }

    /** The second event of a session, with that position. */
    private static String atPosition(long position) {
        SessionEvent event = Events.of(
                "s", 2, position, "b", Instant.EPOCH, 1, EventDraft.of("n", Json.EMPTY_OBJECT), Upcasters.none());
        return new String(LineCodec.standard().encode(event), StandardCharsets.UTF_8) + "\n";
    }

    @Test
    void aForkEndsABatchThatItWasMadeInTheMiddleOf() throws Exception {
        String text = Lines.nativeLine(1, 3, "a", "x") + Lines.nativeLine(2, "b", "x") + Lines.fork(3, 1);
        LogFile.Scan scan = scan(text.getBytes(StandardCharsets.UTF_8), List.of(), UNKNOWN);
        assertNull(scan.torn());
        assertEquals(3, scan.log().version());
        assertEquals(2, scan.log().inherited());
        String tornFork = Lines.nativeLine(1, 3, "a", "x") + Lines.nativeLine(2, "b", "x") + Lines.fork(3, 2);
        scan = scan(tornFork.getBytes(StandardCharsets.UTF_8), List.of(), UNKNOWN);
        assertNotNull(scan.torn());
        assertEquals(2, scan.log().version());
        assertEquals(0, scan.log().inherited());
    }

    private static byte[] mixed() {
        String text = "\uFEFF" + Lines.foreign("f1", "one").replace("\n", "\r\n")
                + "\n  \n"
                + Lines.anonymous("two")
                + Lines.foreign("f1", "three")
                + Lines.foreign("f1", "three")
                + "no line\n"
                + Lines.foreign("f2", "four")
                + Lines.nativeLine(5, 2, "n5", "five")
                + Lines.nativeLine(6, "n6", "six");
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void assertDamage(long line, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        SessionDamagedException failure =
                assertThrows(SessionDamagedException.class, () -> scan(bytes, List.of(), UNKNOWN), text);
        assertEquals(line, failure.line(), failure.getMessage());
        String before = new String(bytes, 0, (int) failure.offset(), StandardCharsets.UTF_8);
        assertEquals(line - 1, before.chars().filter(c -> c == '\n').count());
    }

    private static LogFile.Scan scan(byte[] bytes, List<ForeignPart.Block> placed, long knownFlushed)
            throws IOException {
        EventBlocks blocks = new EventBlocks(new OneFile(bytes), JsonLimits.DEFAULT, Upcasters.none(), 1 << 20);
        return LogFile.scan(blocks, "s", OneFile.PATH, "s.jsonl", placed, knownFlushed);
    }

    private static LogFile.Scan scanOrNull(byte[] bytes, List<ForeignPart.Block> placed, long knownFlushed) {
        try {
            return scan(bytes, placed, knownFlushed);
        } catch (SessionDamagedException e) {
            assertFalse(e.getMessage().isEmpty());
            return null;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<SessionEvent> read(LogFile log) throws Exception {
        FutureTask<List<SessionEvent>> reading = new FutureTask<>(() -> {
            List<SessionEvent> events = new ArrayList<>();
            for (long v = 1; v <= log.version(); v++) {
                events.add(log.event(v));
            }
            return events;
        });
        FileThreads.execute(reading);
        return reading.get();
    }
}
