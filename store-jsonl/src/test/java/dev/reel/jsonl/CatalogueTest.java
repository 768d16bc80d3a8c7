package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Session;
import dev.reel.jsonl.Catalogue.Entry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The session list that is kept beside the files. */
class CatalogueTest {

    private static final Path DIRECTORY = Path.of("/root/.reel");
    private static final Path FILE = DIRECTORY.resolve("catalogue");
    private static final Instant AT = Instant.parse("2026-04-26T12:34:56.789012Z");

    private final MemoryDisk disk = new MemoryDisk();

    @BeforeEach
    void makeDirectory() throws IOException {
        disk.createDirectories(DIRECTORY);
    }

    /** An entry whose other members all follow from its version. */
    private static Entry entry(String id, long version) {
        Session row = version % 4 == 3 ? null : row(id, version);
        Map<String, Long> snapshots = new TreeMap<>();
        for (long i = 0; i < version % 3; i++) {
            snapshots.put("snapshot-" + i, version + i);
        }
        return Entry.of(
                id,
                id + ".jsonl",
                version * 100,
                7 * version,
                version == 0 ? LogPlace.start() : LogPlace.of(version, "e" + version, version * 5),
                version * 3,
                row,
                version / 2,
                snapshots,
                (int) version,
                version / 3);
    }

    private static Session row(String id, long version) {
        return new Session(
                id,
                version % 2 == 0 ? null : "parent",
                version % 2 == 0 ? null : (Long) version,
                "title " + version,
                version % 3 == 0 ? null : "model",
                AT,
                AT.plusSeconds(version),
                Json.object("version", version, "text", "größe"),
                version % 2 == 0,
                version * 3);
    }

    /** All members of an entry. */
    private static List<@Nullable Object> all(Entry entry) {
        Session row = entry.row();
        return Arrays.asList(
                entry.id(),
                entry.file(),
                entry.size(),
                entry.modified(),
                entry.version(),
                entry.lastEventId(),
                entry.last(),
                entry.birth(),
                row,
                row == null ? null : row.position(),
                row == null ? null : row.metadata().toString(),
                entry.inherited(),
                entry.snapshots(),
                entry.life(),
                entry.foreign());
    }

    private static Map<String, List<@Nullable Object>> all(Catalogue catalogue) {
        Map<String, List<@Nullable Object>> all = new HashMap<>();
        catalogue.entries().forEach((id, entry) -> all.put(id, all(entry)));
        return all;
    }

    private Catalogue load() throws IOException {
        return Catalogue.load(disk, DIRECTORY);
    }

    @Test
    void givesBackWhatWasPut() throws IOException {
        Catalogue catalogue = load();
        Session odd = new Session(
                "ä", null, null, "\ud800 half", "", AT, AT, Json.parse("{\"a\":[1.0,\"\\ud800\"]}"), false, 9);
        Entry strange = Entry.of("ä", "%C3%A4.jsonl", 1, -1, LogPlace.start(), 0, odd, 0, Map.of(), 0, 0);
        catalogue.put(List.of(entry("a", 1), entry("b", 2), strange));
        catalogue.put(List.of(entry("a", 3), entry("c", 5)));
        Map<String, List<@Nullable Object>> expected = new HashMap<>();
        for (Entry entry : List.of(entry("a", 3), entry("b", 2), entry("c", 5), strange)) {
            expected.put(entry.id(), all(entry));
        }
        assertEquals(expected, all(catalogue));
        assertEquals(expected, all(load()));
        assertEquals(
                odd.title(),
                Objects.requireNonNull(load().entries().get("ä").row()).title());
        catalogue.close();
        assertEquals(expected, all(load()));
    }

    @Test
    void believesOnlyWhatTheFileIsNow() throws IOException {
        Entry entry = entry("a", 5);
        Path path = Path.of("/root/a.jsonl");
        assertTrue(entry.isOf("a.jsonl", new Disk.Entry(path, false, true, 500, 35)));
        assertFalse(entry.isOf("a.jsonl", new Disk.Entry(path, false, true, 501, 35)));
        assertFalse(entry.isOf("a.jsonl", new Disk.Entry(path, false, true, 500, 36)));
        assertFalse(entry.isOf("b.jsonl", new Disk.Entry(path, false, true, 500, 35)));
        assertFalse(entry.isOf("a.jsonl", new Disk.Entry(path, false, false, 500, 35)));
        assertTrue(entry.with(501, 36).isOf("a.jsonl", new Disk.Entry(path, false, true, 501, 36)));
        assertEquals(entry.row(), entry.with(501, 36).row());
    }

    @Test
    void growsToTwiceWhatLives() throws IOException {
        Catalogue catalogue = load();
        long largest = 0;
        for (int i = 0; i < 3_000; i++) {
            List<Entry> entries = new ArrayList<>();
            for (int id = 0; id < 10; id++) {
                entries.add(entry("session-" + id, i));
            }
            catalogue.put(entries);
            largest = Math.max(largest, disk.bytes(FILE).length);
        }
        assertTrue(largest < 300_000, () -> "it must be rewritten from time to time");
        long before = disk.bytes(FILE).length;
        Map<String, List<@Nullable Object>> expected = all(catalogue);
        catalogue.close();
        assertTrue(disk.bytes(FILE).length < 5_000, () -> "a clean close leaves no old entries, of " + before);
        assertEquals(expected, all(load()));
    }

    /** The expected entries after each record, and the offset at which the record ends. */
    private TreeMap<Long, Map<String, List<@Nullable Object>>> history() throws IOException {
        Catalogue catalogue = load();
        catalogue.rewrite();
        TreeMap<Long, Map<String, List<@Nullable Object>>> history = new TreeMap<>();
        history.put(0L, Map.of());
        for (int i = 0; i < 8; i++) {
            catalogue.put(List.of(entry("s" + i % 3, i)));
            history.put((long) disk.bytes(FILE).length, all(catalogue));
        }
        return history;
    }

    @Test
    void believesWhatStandsInFrontOfACut() throws IOException {
        TreeMap<Long, Map<String, List<@Nullable Object>>> history = history();
        byte[] whole = disk.bytes(FILE);
        for (int cut = 0; cut <= whole.length; cut++) {
            disk.put(FILE, Arrays.copyOf(whole, cut));
            Catalogue catalogue = load();
            Map<String, List<@Nullable Object>> expected =
                    new HashMap<>(history.floorEntry((long) cut).getValue());
            assertEquals(expected, all(catalogue), "cut at " + cut);
            catalogue.put(List.of(entry("new", 77)));
            expected.put("new", all(entry("new", 77)));
            assertEquals(expected, all(load()), "put after a cut at " + cut);
        }
    }

    @Test
    void neverBelievesAFlippedBit() throws IOException {
        TreeMap<Long, Map<String, List<@Nullable Object>>> history = history();
        byte[] whole = disk.bytes(FILE);
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            disk.put(FILE, flipped);
            Map<String, List<@Nullable Object>> expected =
                    bit < 64 ? Map.of() : history.floorEntry((long) bit / 8).getValue();
            Catalogue catalogue = load();
            assertEquals(expected, all(catalogue), "bit " + bit);
            if (bit % 97 == 0) {
                catalogue.put(List.of(entry("new", 77)));
                Map<String, List<@Nullable Object>> more = new HashMap<>(expected);
                more.put("new", all(entry("new", 77)));
                assertEquals(more, all(load()), "put after bit " + bit);
            }
        }
    }

    @Test
    void nothingRemainsOfWhatIsRemoved() throws IOException {
        Catalogue catalogue = load();
        for (int i = 1; i < 5; i++) {
            catalogue.put(List.of(entry("secret", 4 * i), entry("other", i)));
        }
        assertTrue(has(disk, "secret"));
        catalogue.remove(Set.of("secret", "never there"));
        Random random = new Random(1);
        for (int i = 0; i < 50; i++) {
            MemoryDisk after = disk.crash(random);
            assertFalse(has(after, "secret"));
            assertEquals(all(catalogue), all(Catalogue.load(after, DIRECTORY)));
        }
        assertNull(catalogue.entries().get("secret"));
        catalogue.put(List.of(entry("x", 1)));
        assertEquals(Set.of("other", "x"), load().entries().keySet());
    }

    @Test
    @DisplayName("a removal writes as much as the removed session has records, however many others there are")
    void aRemovalCostsItsOwnRecords() throws IOException {
        FaultyDisk counting = new FaultyDisk(disk);
        Catalogue catalogue = Catalogue.load(counting, DIRECTORY);
        List<Entry> others = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            others.add(entry("other-" + i, i));
        }
        catalogue.put(others);
        long own = 0;
        for (int i = 0; i < 3; i++) {
            long before = disk.bytes(FILE).length;
            catalogue.put(List.of(entry("secret", 4 * i)));
            own += disk.bytes(FILE).length - before;
            catalogue.put(List.of(entry("other-" + i, 7)));
        }
        long size = disk.bytes(FILE).length;
        counting.room(own);
        catalogue.remove(List.of("secret"));
        assertFalse(has(disk, "secret"));
        assertEquals(size, disk.bytes(FILE).length);
        counting.room(0);
        catalogue.remove(List.of("secret", "never there"));
        counting.heal();
        assertEquals(all(catalogue), all(load()));
        assertEquals(5_000, load().entries().size());
        assertEquals(-1, load().damagedFrom());
    }

    @Test
    @DisplayName("old records of a session are found after loading, after a rewrite, and if it was created again")
    void oldRecordsAreFoundAgain() throws IOException {
        Catalogue first = load();
        first.put(List.of(entry("secret", 4), entry("other", 1)));
        first.put(List.of(entry("secret", 8), entry("secret", 12)));
        Catalogue second = load();
        second.put(List.of(entry("secret", 16)));
        second.remove(List.of("secret"));
        assertFalse(has(disk, "secret"));
        second.put(List.of(entry("secret", 20)));
        second.rewrite();
        second.put(List.of(entry("secret", 24), entry("other", 2)));
        Catalogue third = load();
        assertEquals(all(second), all(third));
        third.remove(List.of("secret"));
        assertFalse(has(disk, "secret"));
        assertEquals(Set.of("other"), load().entries().keySet());
        assertEquals(-1, load().damagedFrom());
    }

    @Test
    @DisplayName("blanks count as old: the file is rewritten when more than half of it is old")
    void blanksAreOld() throws IOException {
        Catalogue catalogue = load();
        long largest = 0;
        for (int i = 0; i < 3_000; i++) {
            catalogue.put(List.of(entry("session-" + i, i), entry("other", i)));
            catalogue.remove(List.of("session-" + i));
            largest = Math.max(largest, disk.bytes(FILE).length);
        }
        assertTrue(largest < 300_000, () -> "it must be rewritten from time to time");
        catalogue.close();
        assertTrue(disk.bytes(FILE).length < 5_000, () -> "a clean close leaves no blanks");
    }

    @Test
    @DisplayName("a crash during a removal leaves valid entries or none; the repeated removal leaves no byte")
    void aCrashInARemoval() throws IOException {
        Random random = new Random(3);
        Catalogue catalogue = load();
        for (int i = 1; i < 6; i++) {
            catalogue.put(List.of(entry("secret", 4 * i), entry("other-" + i % 2, i), entry("secret-2", 4 * i)));
        }
        Set<List<@Nullable Object>> put = new HashSet<>();
        for (int i = 1; i < 6; i++) {
            put.add(all(entry("secret", 4 * i)));
            put.add(all(entry("secret-2", 4 * i)));
            put.add(all(entry("other-" + i % 2, i)));
        }
        int before = disk.operations();
        catalogue.remove(List.of("secret", "secret-2"));
        int removed = disk.operations();
        for (int i = 0; i < 20; i++) {
            for (int operations = before; operations <= removed; operations++) {
                for (MemoryDisk after : List.of(
                        disk.killAt(operations, random), disk.crashAt(operations, random), disk.crashAt(operations))) {
                    Catalogue again = Catalogue.load(after, DIRECTORY);
                    for (List<@Nullable Object> entry : all(again).values()) {
                        assertTrue(put.contains(entry), entry::toString);
                    }
                    if (operations == removed) {
                        assertEquals(
                                Set.of("other-0", "other-1"), again.entries().keySet());
                    }
                    again.remove(List.of("secret", "secret-2"));
                    again.put(List.of(entry("new", 1)));
                    MemoryDisk last = after.crash(random);
                    assertFalse(has(last, "secret"), "after operation " + operations);
                    again.entries().forEach((id, entry) -> assertFalse(id.startsWith("secret")));
                    assertEquals(all(again), all(Catalogue.load(after, DIRECTORY)));
                }
            }
        }
    }

    @Test
    @DisplayName("a removal that fails at any call is completed by the next one, even after the catalogue is reloaded")
    void aRemovalThatFails() throws IOException {
        Random random = new Random(4);
        for (boolean isLoadedAnew : new boolean[] {false, true}) {
            for (int most = 1; most <= 2; most++) {
                boolean failed = true;
                for (int nth = 1; failed || nth < 10; nth++) {
                    failed = removalThatFails(nth, most, isLoadedAnew, random);
                }
            }
        }
    }

    private boolean removalThatFails(int nth, int calls, boolean isLoadedAnew, Random random) throws IOException {
        MemoryDisk inner = new MemoryDisk();
        inner.createDirectories(DIRECTORY);
        FaultyDisk faulty = new FaultyDisk(inner);
        Catalogue catalogue = Catalogue.load(faulty, DIRECTORY);
        for (int i = 1; i < 4; i++) {
            catalogue.put(List.of(entry("secret", 4 * i), entry("other", i)));
        }
        for (int i = 0; i < calls; i++) {
            faulty.failAt(nth + i, FaultyDisk.Fault.BROKEN); // the second one runs at the same time as the rewrite
        }
        int before = faulty.calls();
        boolean failed = false;
        try {
            catalogue.remove(List.of("secret"));
            assertFalse(has(inner.crash(random), "secret"), "call " + nth);
        } catch (IOException e) {
            failed = true;
        }
        boolean reached = faulty.calls() - before >= nth;
        faulty.heal();
        Catalogue again = isLoadedAnew ? Catalogue.load(faulty, DIRECTORY) : catalogue;
        if (!failed) {
            assertNull(again.entries().get("secret"));
        }
        again.remove(List.of("secret"));
        for (int i = 0; i < 5; i++) {
            MemoryDisk after = inner.crash(random);
            assertFalse(has(after, "secret"), "call " + nth);
            // A failed flush may have lost earlier appended records; the entry is then an older one.
            for (Entry entry : Catalogue.load(after, DIRECTORY).entries().values()) {
                assertEquals(all(entry("other", entry.version())), all(entry), "call " + nth);
            }
        }
        return reached;
    }

    @Test
    @DisplayName("a removal also deletes an unfinished rewrite and ignored records")
    void leftOvers() throws IOException {
        Catalogue catalogue = load();
        catalogue.put(List.of(entry("other", 1), entry("secret", 4)));
        byte[] whole = disk.bytes(FILE);
        disk.put(DIRECTORY.resolve("catalogue.new"), whole);
        byte[] torn = Arrays.copyOf(whole, 2 * whole.length);
        System.arraycopy(whole, 9, torn, whole.length, whole.length - 9);
        disk.put(FILE, torn);
        Catalogue again = load();
        assertEquals(Set.of("other", "secret"), again.entries().keySet());
        again.remove(List.of("secret"));
        MemoryDisk after = disk.crashAt(disk.operations());
        assertFalse(has(after, "secret"));
        assertEquals(Set.of("other"), Catalogue.load(after, DIRECTORY).entries().keySet());
    }

    @Test
    @DisplayName("a file of an older form is ignored, and a removal deletes all of it")
    void olderForm() throws IOException {
        load().put(List.of(entry("secret", 4)));
        byte[] older = disk.bytes(FILE);
        older[7] = '2';
        disk.put(FILE, older);
        Catalogue catalogue = load();
        assertEquals(Map.of(), catalogue.entries());
        catalogue.remove(List.of("secret"));
        assertFalse(has(disk.crashAt(disk.operations()), "secret"));
        assertEquals(-1, load().damagedFrom());
    }

    private static boolean has(MemoryDisk disk, String marker) throws IOException {
        for (Path file : disk.files()) {
            if (new String(disk.bytes(file), StandardCharsets.ISO_8859_1).contains(marker)) {
                return true;
            }
        }
        return false;
    }

    @Test
    void aCrashLeavesTrueEntriesOrNone() throws IOException {
        Random random = new Random(2);
        Catalogue catalogue = load();
        Set<List<@Nullable Object>> put = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            if (random.nextInt(6) == 0) {
                catalogue.rewrite();
            } else {
                Entry entry = entry("s" + random.nextInt(5), random.nextInt(100));
                put.add(all(entry));
                catalogue.put(List.of(entry));
            }
        }
        for (int operations = disk.operations(); operations > 2; operations--) {
            MemoryDisk after = disk.killAt(operations, random);
            for (List<@Nullable Object> entry :
                    all(Catalogue.load(after, DIRECTORY)).values()) {
                assertTrue(put.contains(entry), entry::toString);
            }
        }
    }

    @Test
    void goesOnBehindAFailure() throws IOException {
        for (int nth = 1; nth < 12; nth++) {
            MemoryDisk inner = new MemoryDisk();
            inner.createDirectories(DIRECTORY);
            FaultyDisk faulty = new FaultyDisk(inner);
            Catalogue catalogue = Catalogue.load(faulty, DIRECTORY);
            catalogue.put(List.of(entry("a", 1), entry("b", 1)));
            faulty.failAt(nth, nth % 2 == 0 ? FaultyDisk.Fault.BROKEN : FaultyDisk.Fault.HALF_FULL);
            boolean failed = false;
            try {
                catalogue.put(List.of(entry("a", 2), entry("b", 2), entry("c", 2)));
                catalogue.remove(List.of("c"));
            } catch (IOException e) {
                failed = true;
                for (Entry entry : Catalogue.load(inner, DIRECTORY).entries().values()) {
                    assertTrue(entry.version() <= 2);
                    assertEquals(all(entry(entry.id(), entry.version())), all(entry));
                }
            }
            faulty.heal();
            catalogue.put(List.of(entry("d", 3)));
            assertEquals(
                    all(entry("d", 3)), all(Catalogue.load(inner, DIRECTORY)).get("d"), "call " + nth);
            catalogue.close();
            assertEquals(all(catalogue), all(Catalogue.load(inner, DIRECTORY)), "call " + nth + failed);
        }
    }

    @Test
    void hugeEntries() throws IOException {
        Catalogue catalogue = load();
        String text = "x".repeat(3 << 20);
        Session row = new Session("big", null, null, text, null, AT, AT, Json.EMPTY_OBJECT, false, 1);
        Entry big = Entry.of("big", "big.jsonl", 1, 1, LogPlace.of(1, "e", 1), 1, row, 0, Map.of(), 1, 0);
        catalogue.put(List.of(entry("a", 1), big, entry("b", 2)));
        assertEquals(all(catalogue), all(load()));
        catalogue.put(List.of(big, entry("a", 4)));
        assertEquals(all(catalogue), all(load()));
    }

    @Test
    void hundredThousandSessions(@TempDir Path directory) throws IOException {
        RealDisk real = new RealDisk(directory);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            entries.add(entry("01hwcx6v8g3k5m7n9p" + (100_000 + i), i));
        }
        Catalogue.load(real, directory).put(entries);
        entries.clear();
        for (int round = 0; round < 4; round++) {
            long used = usedHeap();
            long begin = System.nanoTime();
            Catalogue catalogue = Catalogue.load(real, directory);
            Duration took = Duration.ofNanos(System.nanoTime() - begin);
            long heap = usedHeap() - used;
            assertEquals(100_000, catalogue.entries().size());
            begin = System.nanoTime();
            catalogue.remove(List.of("01hwcx6v8g3k5m7n9p100000"));
            catalogue.put(List.of(entry("01hwcx6v8g3k5m7n9p100000", 0)));
            System.out.printf(
                    "catalogue of 100,000: loaded in %d ms, %d bytes of heap each, %d of file; a removal %d ms%n",
                    took.toMillis(),
                    heap / 100_000,
                    Objects.requireNonNull(real.look(directory.resolve("catalogue")))
                                    .size()
                            / 100_000,
                    Duration.ofNanos(System.nanoTime() - begin).toMillis());
        }
    }

    private static long usedHeap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Test
    void tellsWhatItCannotRead() throws IOException {
        load().put(List.of(entry("a", 1)));
        FaultyDisk faulty = new FaultyDisk(disk);
        faulty.failFrom(FaultyDisk.Call.READ, 1, FaultyDisk.Fault.BROKEN);
        assertThrows(IOException.class, () -> Catalogue.load(faulty, DIRECTORY));
    }
}
