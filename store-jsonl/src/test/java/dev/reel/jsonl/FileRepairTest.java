package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.JsonLimits;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a check reports about a damaged file, and what a repair keeps of it. */
class FileRepairTest {

    private static final Path ROOT = Path.of("/root");
    private static final Path FILE = ROOT.resolve("s.jsonl");

    private final List<FileCheck.Finding> found = new ArrayList<>();
    private final List<FileRepair.Fate> told = new ArrayList<>();

    @Test
    void nothingIsDoneToAFileThatIsRight() throws Exception {
        MemoryDisk disk = disk(new SampleLog(1).to(50).bytes());
        int operations = disk.operations();
        FileRepair.Result result = repair(disk, List.of(), true);
        assertNull(result.original());
        assertEquals(50, result.version());
        assertEquals(operations, disk.operations());
        check(disk);
        assertEquals(List.of(), found);
    }

    @Test
    void whateverIsDamagedWhatCanBeReadRemains() throws Exception {
        for (int seed = 0; seed < 400; seed++) {
            Random random = new Random(seed);
            SampleLog log = new SampleLog(seed).to(1 + random.nextInt(40));
            byte[] bytes = log.bytes();
            byte[] broken = bytes.clone();
            List<Integer> hit = new ArrayList<>();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                int at = random.nextInt(bytes.length);
                broken[at] = (byte) random.nextInt(256);
                hit.add(at);
            }
            MemoryDisk disk = disk(broken);
            boolean refused = isDamaged(disk);
            found.clear();
            told.clear();
            check(disk);
            assertEquals(
                    refused, found.stream().anyMatch(f -> f.kind() == FileCheck.Kind.DAMAGE), "seed " + seed + found);
            FileRepair.Result result = repair(disk, List.of(), true);
            String context = "seed " + seed + " " + told;
            if (result.original() == null) {
                assertFalse(refused, context);
                continue;
            }
            assertArrayEquals(broken, disk.bytes(result.original()), context);
            LogFile.Scan scan = scan(disk, List.of());
            assertNull(scan.torn(), context);
            List<String> left = read(scan.log()).stream().map(SessionEvent::id).toList();
            List<String> expected = new ArrayList<>();
            int begin = 0;
            List<String> lost = new ArrayList<>();
            for (SessionEvent event : log.events) {
                int end = begin + event.line().remaining() + 1;
                int from = begin;
                // If the flip hits a line feed, its line and the next one are lost.
                boolean gone = hit.stream().anyMatch(at -> at >= from - 1 && at < end && broken[at] != bytes[at]);
                (gone ? lost : expected).add(event.id());
                begin = end;
            }
            List<String> missing = new ArrayList<>(expected);
            missing.removeAll(left);
            // Apart from the damaged lines, only a torn batch at the end may be left out.
            int lastBatch = log.ends.lowerEntry(bytes.length).getValue();
            assertTrue(
                    missing.stream().allMatch(id -> Integer.parseInt(id.substring(1)) > lastBatch),
                    context + " missing " + missing);
            assertTrue(missing.isEmpty() || told.toString().contains("never acknowledged"), context);
            assertEquals(
                    left.stream().filter(expected::contains).toList(),
                    left.stream().filter(id -> !lost.contains(id)).toList());
            found.clear();
            check(disk);
            assertEquals(List.of(), found, context);
            assertTrue(new Kept(disk, ROOT)
                    .of(FILE).stream().noneMatch(p -> p.toString().endsWith(".draft")));
        }
    }

    @Test
    @DisplayName("a power cut at any moment of a repair leaves the old file or the whole new one, never a torn one")
    void aPowerCutLeavesTheOldFileOrTheWholeNewOne() throws Exception {
        for (int seed = 0; seed < 4; seed++) {
            SampleLog log = new SampleLog(seed).to(60);
            byte[] broken = log.bytes();
            broken[broken.length / 2] ^= 1;
            MemoryDisk disk = disk(broken).copy();
            FileRepair.Result result = repair(disk, List.of(), true);
            byte[] repaired = disk.bytes(FILE);
            Path original = Objects.requireNonNull(result.original());
            assertFalse(Arrays.equals(broken, repaired), "something is repaired");
            for (int at = 0; at <= disk.operations(); at++) {
                for (int i = 0; i <= 10; i++) {
                    MemoryDisk left = i == 0 ? disk.crashAt(at) : disk.crashAt(at, new Random(at * 100L + i));
                    String where = "seed " + seed + ", power cut after operation " + at + ", loss " + i;
                    byte[] now = left.bytes(FILE);
                    boolean isNew = Arrays.equals(repaired, now);
                    assertTrue(isNew || Arrays.equals(broken, now), where + ": neither the old file nor the new one");
                    if (isNew) {
                        assertArrayEquals(broken, left.bytes(original), where + ": the original is kept");
                    }
                    assertTrue(isNew || at < disk.operations(), where + ": it is repaired when it returns");
                }
            }
        }
    }

    @Test
    void linesInFrontOfTheDamageKeepTheirBytesAndThoseBehindGetTheNextVersions() throws Exception {
        SampleLog log = new SampleLog(7).to(30);
        String text = new String(log.bytes(), StandardCharsets.UTF_8);
        int tenth = text.indexOf("{\"seq\":10,");
        byte[] broken = log.bytes();
        broken[text.substring(0, tenth).getBytes(StandardCharsets.UTF_8).length + 30] ^= 1;
        MemoryDisk disk = disk(broken);
        repair(disk, List.of(), true);
        String repaired = new String(disk.bytes(FILE), StandardCharsets.UTF_8);
        assertTrue(told.toString().contains("versions 11 to "), told.toString());
        List<SessionEvent> events = read(scan(disk, List.of()).log());
        assertEquals(29, events.size());
        assertEquals(log.events.get(10).position(), events.get(9).position());
        assertEquals(log.events.get(10).data(), events.get(9).data());
        assertEquals(log.events.get(10).at(), events.get(9).at());
        int batchBegin = text.lastIndexOf("\"batch\"", tenth);
        assertTrue(repaired.startsWith(text.substring(0, text.indexOf("{\"seq\":6,"))), "" + batchBegin);
    }

    @Test
    void wholeLinesInFrontOfWhatIsFlushedRemainThoughTheirBatchIsCutOff() throws Exception {
        StringBuilder text = new StringBuilder(Lines.nativeLine(1, "e1", "1"));
        for (int i = 2; i <= 155; i++) {
            text.append(Lines.nativeLine(i, i == 2 ? 154 : 1, "e" + i, "x"));
        }
        byte[] whole = text.toString().getBytes(StandardCharsets.UTF_8);
        byte[] cut = Arrays.copyOf(whole, whole.length - 7);
        MemoryDisk disk = disk(cut);
        repair(disk, List.of(), false, whole.length);
        assertEquals(154, read(scan(disk, List.of()).log()).size());
        assertEquals(
                List.of(2L, 155L),
                told.stream().map(FileRepair.Fate::line).sorted().toList());
        assertTrue(told.toString().contains("its batch is incomplete: of 154 lines 153 are left"), told.toString());

        told.clear();
        disk = disk(cut);
        repair(disk, List.of(), false, Lines.nativeLine(1, "e1", "1").length());
        assertEquals(1, read(scan(disk, List.of()).log()).size());
        assertTrue(told.toString().contains("never acknowledged"), "what was not flushed is left out");
    }

    @Test
    void linesOfWhichOnlyTheVersionMovedAreToldOnce() throws Exception {
        StringBuilder text = new StringBuilder(Lines.nativeLine(1, "e1", "1") + "rubbish\n");
        for (int i = 3; i <= 50; i++) {
            text.append(Lines.nativeLine(i, "e" + i, "x"));
        }
        repair(disk(text.toString().getBytes(StandardCharsets.UTF_8)), List.of(), false);
        assertEquals(2, told.size(), told.toString());
        assertEquals(3, told.get(1).line());
        assertEquals("versions 3 to 50 are now 2 to 49", told.get(1).what());
    }

    @Test
    void whatExAthenaAppendedIsAdoptedAtTheEnd() throws Exception {
        String text = Lines.foreign("a", "1")
                + Lines.nativeLine(2, "b", "2")
                + Lines.foreign("c", "3")
                + Lines.nativeLine(3, "d", "4")
                + Lines.anonymous("5")
                + Lines.foreign("a", "1")
                + Lines.foreign("a", "other").stripTrailing();
        MemoryDisk disk = disk(text.getBytes(StandardCharsets.UTF_8));
        LogFile part = scan(disk(Lines.foreign("a", "1").getBytes(StandardCharsets.UTF_8)), List.of())
                .log();
        part.place(5);
        List<ForeignPart.Block> placed = part.foreign().blocks();
        assertTrue(isDamaged(disk));
        check(disk);
        assertEquals(4, found.size(), found.toString());
        FileRepair.Result result = repair(disk, placed, true);
        assertEquals(placed, result.placed());
        List<SessionEvent> events = read(scan(disk, result.placed()).log());
        assertEquals(
                List.of("a", "b", "d", "c"),
                events.subList(0, 4).stream().map(SessionEvent::id).toList());
        assertEquals("a~2", events.get(5).id());
        assertEquals(6, result.version());
        assertEquals(5, events.get(0).position());
        assertEquals(
                List.of(1000L, 1001L, 1002L),
                events.subList(3, 6).stream().map(SessionEvent::position).toList());
        assertEquals("3", events.get(3).data().get("message").textOf("content"));
    }

    @Test
    void whatIsNotAdoptedIsLeftOutAndTold() throws Exception {
        String text = Lines.nativeLine(1, "b", "2") + Lines.foreign("c", "3");
        MemoryDisk disk = disk(text.getBytes(StandardCharsets.UTF_8));
        repair(disk, List.of(), false);
        assertEquals(Lines.nativeLine(1, "b", "2"), new String(disk.bytes(FILE), StandardCharsets.UTF_8));
        assertEquals(1, told.size());
        assertEquals(2, told.get(0).line());
    }

    @Test
    void aForkThatMovedSaysWhereItStands() throws Exception {
        String text = Lines.nativeLine(1, "a", "1") + "rubbish\n" + Lines.nativeLine(3, "c", "3") + Lines.fork(4, 1);
        MemoryDisk disk = disk(text.getBytes(StandardCharsets.UTF_8));
        repair(disk, List.of(), false);
        LogFile log = scan(disk, List.of()).log();
        assertEquals(3, log.version());
        assertEquals(2, log.inherited());
        found.clear();
        check(disk);
        assertEquals(List.of(), found);
    }

    @Test
    void foreignLinesThatChangedAreTakenAsTheyAre() throws Exception {
        String foreign = Lines.foreign("a", "1") + "\n" + Lines.foreign("b", "2");
        LogFile part =
                scan(disk(foreign.getBytes(StandardCharsets.UTF_8)), List.of()).log();
        part.place(5);
        for (String changed : List.of(
                foreign.replace("\"1\"", "\"7\""), Lines.foreign("a", "1"), foreign + Lines.foreign("x", "3"))) {
            String text = changed + Lines.nativeLine(3, "n", "9");
            MemoryDisk disk = disk(text.getBytes(StandardCharsets.UTF_8));
            assertTrue(isDamaged(disk, part.foreign().blocks()));
            FileRepair.Result result = repair(disk, part.foreign().blocks(), true);
            LogFile.Scan scan = scan(disk, result.placed());
            assertNull(scan.torn());
            List<SessionEvent> events = read(scan.log());
            assertEquals(5, events.get(0).position());
            assertTrue(events.stream().anyMatch(e -> e.id().equals("n")));
            assertEquals(0, scan.log().foreign().unplaced());
        }
    }

    @Test
    void whatMakesNoSenseIsTold() throws Exception {
        String text = Lines.nativeLine(1, "a", "1")
                + Lines.nativeLine(2, 1, draft("session_turn", "holder", "h", "epoch", 3, "b"))
                + Lines.nativeLine(3, 1, draft("messages_restore", "c"))
                + Lines.nativeLine(
                        4, 1, draft("session_fork", "parent_id", "p", "parent_version", 1, "title", "t", "d"))
                + Lines.nativeLine(5, 1, draft("messages_truncate", "after", 7, "e"))
                + Lines.nativeLine(6, 1, draft("messages_truncate", "after", null, "f"));
        MemoryDisk disk = disk(text.getBytes(StandardCharsets.UTF_8));
        check(disk);
        assertEquals(
                List.of(2L, 3L, 4L, 5L),
                found.stream().map(FileCheck.Finding::line).toList(),
                found.toString());
        assertTrue(found.stream().allMatch(f -> f.kind() == FileCheck.Kind.NONSENSE));
    }

    private static dev.reel.EventDraft draft(String type, Object... dataAndId) {
        Object[] data = Arrays.copyOf(dataAndId, dataAndId.length - 1);
        return dev.reel.EventDraft.of(type, dev.reel.Json.object(data)).withId((String) dataAndId[data.length]);
    }

    private static EventBlocks blocks(Disk disk) {
        return new EventBlocks(disk, JsonLimits.DEFAULT, Upcasters.none(), 1 << 20);
    }

    private static MemoryDisk disk(byte[] bytes) throws IOException {
        MemoryDisk disk = new MemoryDisk();
        disk.createDirectories(ROOT);
        disk.put(FILE, bytes);
        return disk;
    }

    private void check(MemoryDisk disk) throws IOException {
        FileCheck.check(blocks(disk), "s", FILE, "s.jsonl", List.of(), -1, null, found::add);
    }

    private FileRepair.Result repair(MemoryDisk disk, List<ForeignPart.Block> placed, boolean adopt)
            throws IOException {
        return repair(disk, placed, adopt, -1);
    }

    private FileRepair.Result repair(MemoryDisk disk, List<ForeignPart.Block> placed, boolean adopt, long knownFlushed)
            throws IOException {
        AtomicLong positions = new AtomicLong(1000);
        return FileRepair.repair(
                blocks(disk),
                new Kept(disk, ROOT),
                "s",
                FILE,
                "s.jsonl",
                placed,
                adopt,
                knownFlushed,
                positions::getAndIncrement,
                told::add);
    }

    private static LogFile.Scan scan(MemoryDisk disk, List<ForeignPart.Block> placed) throws IOException {
        return LogFile.scan(blocks(disk), "s", FILE, "s.jsonl", placed, -1);
    }

    private static boolean isDamaged(MemoryDisk disk) throws IOException {
        return isDamaged(disk, List.of());
    }

    private static boolean isDamaged(MemoryDisk disk, List<ForeignPart.Block> placed) throws IOException {
        try {
            scan(disk, placed);
            return false;
        } catch (SessionDamagedException e) {
            return true;
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
