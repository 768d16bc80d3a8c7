package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Change;
import dev.reel.EventDraft;
import dev.reel.SessionEvent;
import dev.reel.StoreDamagedException;
import dev.reel.Upcasters;
import dev.reel.internal.engine.PurgeTable;
import dev.reel.jsonl.FaultyDisk.Call;
import dev.reel.jsonl.FaultyDisk.Fault;
import dev.reel.spi.Events;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.PrimitiveIterator;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("R2: the ledger's records survive any crash, or the store does not open")
class LedgerTest {

    private static final Path DIRECTORY = Path.of("/root/.reel");
    private static final Path FILE = DIRECTORY.resolve(RootFiles.LEDGER);
    private static final Path MARK = DIRECTORY.resolve(RootFiles.LEDGER_MARK);
    private static final Path KEPT = DIRECTORY.resolve("kept");
    private static final Instant AT = Instant.parse("2026-05-01T12:00:00.000001Z");

    private final MemoryDisk disk = newDisk();

    private static MemoryDisk newDisk() {
        MemoryDisk disk = new MemoryDisk();
        try {
            disk.createDirectories(DIRECTORY);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return disk;
    }

    private interface Step {
        void on(Ledger ledger) throws IOException;
    }

    private static Ledger.OfFile part(String session, long first, long events) {
        return new Ledger.OfFile(
                session + ".jsonl", session, session + ".jsonl", false, new ForeignPart.Block(first, events, 77, -5));
    }

    private static SessionEvent purge(String session, String event, long position) {
        return Events.of(
                session, 0, position, event, AT, 1, EventDraft.of(new Change.SessionPurged()), Upcasters.none());
    }

    /** One of each kind; one with many lines, so that it can be torn between them. */
    private static final List<Step> STEPS = List.of(
            ledger -> ledger.reserve(1000, AT),
            ledger -> ledger.positionsOf(List.of(part("a", 1, 10)), AT),
            ledger -> ledger.positionsOf(
                    IntStream.range(0, 9)
                            .mapToObj(i -> part("s" + i, 11 + i, 1))
                            .toList(),
                    AT),
            ledger -> ledger.purged(purge("a", "e1", 40)),
            ledger -> ledger.reserve(2000, AT),
            ledger -> ledger.positionsOf(List.of(part("a", 50, 2), part("s1", 60, 3)), AT),
            ledger -> ledger.purged(purge("s2", "e2", 70)),
            ledger -> ledger.reserve(70, AT));

    /** All purges of a ledger, by position, each read from its line. */
    private static Map<Long, SessionEvent> purgesOf(Ledger ledger) throws IOException {
        Map<Long, SessionEvent> purges = new TreeMap<>();
        for (PrimitiveIterator.OfLong all = ledger.purgePositions(); all.hasNext(); ) {
            long position = all.nextLong();
            purges.put(position, ledger.purgeAt(position));
        }
        return purges;
    }

    /** The whole contents of a ledger. */
    private static String stateOf(Ledger ledger) throws IOException {
        StringBuilder state = new StringBuilder();
        state.append(ledger.reservedUpTo()).append(purgesOf(ledger));
        for (String session : List.of("a", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8")) {
            state.append(ledger.ofFile(session + ".jsonl"));
        }
        return state.toString();
    }

    /** The states after zero, one, two … of the steps. */
    private static List<String> states() throws IOException {
        List<String> states = new ArrayList<>();
        try (Ledger ledger = Ledger.open(newDisk(), DIRECTORY)) {
            states.add(stateOf(ledger));
            for (Step step : STEPS) {
                step.on(ledger);
                states.add(stateOf(ledger));
            }
        }
        return states;
    }

    private void writeAll() throws IOException {
        try (Ledger ledger = Ledger.open(disk, DIRECTORY)) {
            for (Step step : STEPS) {
                step.on(ledger);
            }
        }
    }

    private static String reopened(MemoryDisk disk) throws IOException {
        try (Ledger ledger = Ledger.open(disk, DIRECTORY)) {
            return stateOf(ledger);
        }
    }

    @Test
    void whatWasWrittenIsKnownAndReadAgain() throws IOException {
        Ledger ledger = Ledger.open(disk, DIRECTORY);
        assertEquals(0, ledger.reservedUpTo());
        ledger.reserve(100, AT);
        Ledger.OfFile fork = new Ledger.OfFile("f.jsonl", "f", "p.jsonl", true, new ForeignPart.Block(5, 3, 9, 7));
        ledger.positionsOf(List.of(part("a", 1, 10), fork), AT);
        ledger.positionsOf(List.of(part("a", 20, 12)), AT);
        ledger.positionsOf(List.of(), AT);
        SessionEvent purge = purge("x", "e1", 33);
        ledger.purged(purge);
        long size = disk.bytes(FILE).length;
        ledger.purged(purge("x", "e1", 34));
        ledger.reserve(100, AT);
        assertEquals(size, disk.bytes(FILE).length, "what is known is not written again");
        for (Ledger read : List.of(ledger, Ledger.open(disk.copy(), DIRECTORY), Ledger.read(disk, DIRECTORY))) {
            assertEquals(100, read.reservedUpTo());
            assertEquals(List.of(part("a", 1, 10), part("a", 20, 12)), read.ofFile("a.jsonl"));
            assertEquals(List.of(fork), read.ofFile("f.jsonl"));
            assertEquals(List.of(), read.ofFile("b.jsonl"));
            assertTrue(read.wasPurged("x", "e1"));
            assertFalse(read.wasPurged("x", "e2"));
            assertFalse(read.wasPurged("a", "e1"));
            assertEquals(Map.of(33L, purge), purgesOf(read));
            assertEquals(AT, read.purgeAt(33).at());
            assertEquals(33, read.purgeAt(33).position());
            assertNull(read.purgeAt(34));
            assertEquals(purge, read.purgeOf("x", 32));
            assertNull(read.purgeOf("x", 33));
            assertNull(read.purgeOf("a", 0));
            assertNull(read.tornEnd());
        }
        ledger.close();
        ledger.close();
        assertThrows(IOException.class, () -> ledger.reserve(200, AT));
    }

    @Test
    void itsLinesAreOfTheLineFormat() throws IOException {
        try (Ledger ledger = Ledger.open(disk, DIRECTORY)) {
            ledger.reserve(1000, AT);
            ledger.positionsOf(List.of(part("a", 1, 10), part("b", 11, 1)), AT);
            ledger.purged(purge("a", "e1", 40));
        }
        List<String> lines = new String(disk.bytes(FILE), StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.replaceAll(",\"crc\":\"[0-9a-f]{8}\"}$", ""))
                .toList();
        String ts = "\"ts\":\"2026-05-01T12:00:00.000001Z\"";
        assertEquals(
                List.of(
                        "{\"seq\":1,\"pos\":1," + ts + ",\"event\":\"positions_reserved\",\"uuid\":\"1\","
                                + "\"data\":{\"up_to\":1000}",
                        "{\"seq\":2,\"pos\":2," + ts + ",\"event\":\"positions_of_file\",\"uuid\":\"2\",\"batch\":2,"
                                + "\"data\":{\"file\":\"a.jsonl\",\"session\":\"a\",\"first\":1,\"count\":10,"
                                + "\"bytes\":77,\"crc\":\"fffffffb\",\"named\":\"a.jsonl\"}",
                        "{\"seq\":3,\"pos\":3," + ts + ",\"event\":\"positions_of_file\",\"uuid\":\"3\","
                                + "\"data\":{\"file\":\"b.jsonl\",\"session\":\"b\",\"first\":11,\"count\":1,"
                                + "\"bytes\":77,\"crc\":\"fffffffb\",\"named\":\"b.jsonl\"}",
                        "{\"seq\":4,\"pos\":4," + ts + ",\"event\":\"purged\",\"uuid\":\"4\","
                                + "\"data\":{\"session\":\"a\",\"event\":\"e1\",\"pos\":40}"),
                lines);
    }

    @Test
    void noPositionOnRecordIsEverReservedAgain() throws IOException {
        Ledger ledger = Ledger.open(disk, DIRECTORY);
        ledger.reserve(1000, AT);
        ledger.reserve(100, AT);
        assertEquals(100, ledger.reservedUpTo(), "given back");
        ledger.positionsOf(List.of(part("a", 200, 10)), AT);
        assertEquals(209, ledger.reservedUpTo());
        ledger.positionsOf(List.of(part("a", 300, 12)), AT);
        assertEquals(301, ledger.reservedUpTo(), "two events more than before");
        ledger.reserve(50, AT);
        assertEquals(301, ledger.reservedUpTo());
        ledger.purged(purge("a", "e", 400));
        ledger.reserve(50, AT);
        assertEquals(400, ledger.reservedUpTo());
        assertEquals(List.of(), ledger.ofFile("a.jsonl"), "it went with the session");
        assertEquals(stateOf(ledger), reopened(disk.copy()));
    }

    @Test
    void manyFilesCostAsManyFlushesAsOne() throws IOException {
        FaultyDisk counting = new FaultyDisk(disk);
        try (Ledger ledger = Ledger.open(counting, DIRECTORY)) {
            int before = counting.calls(Call.SYNC);
            ledger.positionsOf(
                    IntStream.range(0, 100_000)
                            .mapToObj(i -> part("session-" + i, i + 1, 1))
                            .toList(),
                    AT);
            assertEquals(before + 2, counting.calls(Call.SYNC));
        }
        try (Ledger ledger = Ledger.open(disk.copy(), DIRECTORY)) {
            assertEquals(100_000, ledger.reservedUpTo());
            assertEquals(
                    part("session-99999", 100_000, 1),
                    ledger.ofFile("session-99999.jsonl").get(0));
        }
    }

    @Test
    void whateverACrashTakesWhatWasAcknowledgedIsThere() throws IOException {
        List<String> states = states();
        List<Integer> acknowledged = new ArrayList<>();
        try (Ledger ledger = Ledger.open(disk, DIRECTORY)) {
            acknowledged.add(disk.operations());
            for (Step step : STEPS) {
                step.on(ledger);
                acknowledged.add(disk.operations());
            }
        }
        int begun = newDisk().operations();
        for (int n = begun; n <= disk.operations(); n++) {
            int operations = n;
            int done =
                    (int) acknowledged.stream().filter(it -> it <= operations).count() - 1;
            List<String> allowed =
                    states.subList(Math.max(0, done), Math.min(states.size(), Math.max(0, done) + (done < 0 ? 1 : 2)));
            check(disk.crashAt(n), allowed, n + " all lost");
            check(disk.killAt(n), allowed, n + " killed");
            for (int seed = 0; seed < 60; seed++) {
                check(disk.crashAt(n, new Random(seed)), allowed, n + " lost " + seed);
                if (seed < 5) {
                    check(disk.killAt(n, new Random(seed)), allowed, n + " killed in the middle " + seed);
                }
            }
        }
    }

    /** Opens what a crash left, cuts the power again during the opening and after it, and continues. */
    private static void check(MemoryDisk left, List<String> allowed, String when) throws IOException {
        int before = left.operations();
        String state;
        try (Ledger ledger = Ledger.open(left, DIRECTORY)) {
            state = stateOf(ledger);
            assertTrue(allowed.contains(state), () -> when + ": " + state + " is not one of " + allowed);
            assertEquals(state, reopened(left.crashAt(left.operations())), () -> when + ", then all not flushed lost");
            ledger.reserve(5000, AT);
        }
        MemoryDisk again = left.crashAt(left.operations());
        try (Ledger ledger = Ledger.open(again, DIRECTORY)) {
            assertEquals(5000, ledger.reservedUpTo(), when);
        }
        Random random = new Random(before);
        int cut = before + random.nextInt(left.operations() - before + 1);
        String recovered = reopened(left.crashAt(cut, random));
        assertTrue(recovered.startsWith("5000") || allowed.contains(recovered), () -> when + ", then again at " + cut);
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void whicheverCallFailsWhatWasAcknowledgedIsThere(Fault fault) throws IOException {
        List<String> states = states();
        boolean failed = true;
        for (int n = 1; failed; n++) {
            MemoryDisk memory = newDisk();
            FaultyDisk faulty = new FaultyDisk(memory);
            faulty.failAt(n, fault);
            failed = false;
            int done = 0;
            boolean repeated = false;
            Ledger ledger = null;
            for (int i = 0; i <= STEPS.size() && !repeated; i++) {
                try {
                    if (ledger == null) {
                        ledger = Ledger.open(faulty, DIRECTORY);
                    }
                    if (i < STEPS.size()) {
                        STEPS.get(i).on(ledger);
                        done++;
                    } else {
                        ledger.close();
                    }
                } catch (IOException e) {
                    assertFalse(failed, "one fault, one failure");
                    failed = true;
                    boolean mayTryAgain = FullDisk.isReasonOf(e) || ledger == null;
                    if (mayTryAgain && i < STEPS.size()) {
                        i--;
                    } else {
                        repeated = true;
                    }
                }
            }
            List<String> allowed = states.subList(done, Math.min(states.size(), done + 2));
            String when = fault + " at " + n;
            check(memory.killAt(memory.operations()), allowed, when + ", killed");
            check(memory.crashAt(memory.operations()), allowed, when + ", all lost");
            for (int seed = 0; seed < 20; seed++) {
                check(memory.crashAt(memory.operations(), new Random(seed)), allowed, when + ", lost " + seed);
            }
        }
    }

    @Test
    void aMarkThatWasNeverFlushedCostsNothingLater() throws IOException {
        FaultyDisk faulty = new FaultyDisk(disk);
        Ledger ledger = Ledger.open(faulty, DIRECTORY);
        faulty.failAt(Call.SYNC, 2, Fault.BROKEN);
        assertThrows(FailedFlushException.class, () -> ledger.reserve(10, AT));
        String before;
        String after;
        int begun;
        try (Ledger again = Ledger.open(disk, DIRECTORY)) {
            before = stateOf(again);
            begun = disk.operations();
            again.reserve(20, AT);
            after = stateOf(again);
        }
        for (int n = begun; n <= disk.operations(); n++) {
            for (int seed = 0; seed < 300; seed++) {
                check(disk.crashAt(n, new Random(seed)), List.of(before, after), n + " lost " + seed);
            }
        }
    }

    @Test
    void afterAFailedFlushNothingIsWrittenUntilItIsOpenedAgain() throws IOException {
        FaultyDisk faulty = new FaultyDisk(disk);
        Ledger ledger = Ledger.open(faulty, DIRECTORY);
        faulty.failAt(Call.SYNC, 1, Fault.FULL);
        IOException e = assertThrows(FailedFlushException.class, () -> ledger.reserve(10, AT));
        assertFalse(FullDisk.isReasonOf(e), "whatever the reason of a flush that failed, it is not just full");
        assertEquals(0, ledger.reservedUpTo());
        assertThrows(FailedFlushException.class, () -> ledger.reserve(20, AT));
        try (Ledger again = Ledger.open(faulty, DIRECTORY)) {
            assertEquals(10, again.reservedUpTo(), "the outcome was not known");
        }
    }

    @Test
    void whatFindsNoRoomIsUndoneAndCanBeTriedAgain() throws IOException {
        FaultyDisk faulty = new FaultyDisk(disk);
        Ledger ledger = Ledger.open(faulty, DIRECTORY);
        ledger.reserve(10, AT);
        byte[] before = disk.bytes(FILE);
        faulty.room(20);
        assertTrue(FullDisk.isReasonOf(assertThrows(IOException.class, () -> ledger.reserve(20, AT))));
        assertArrayEquals(before, disk.bytes(FILE));
        faulty.heal();
        ledger.reserve(30, AT);
        assertEquals(30, ledger.reservedUpTo());
        assertEquals(stateOf(ledger), reopened(disk.copy()));
    }

    private void assertDamaged(MemoryDisk damaged, String what) {
        StoreDamagedException e =
                assertThrows(StoreDamagedException.class, () -> Ledger.open(damaged, DIRECTORY), what);
        assertEquals(FILE.toString(), e.file());
        assertTrue(e.line() >= 1, what);
        assertEquals(0, damaged.operations(), "it is left as it is");
        assertThrows(StoreDamagedException.class, () -> Ledger.read(damaged, DIRECTORY), what);
    }

    private MemoryDisk with(Path file, byte[] bytes) throws IOException {
        MemoryDisk damaged = disk.copy();
        damaged.put(file, bytes);
        return damaged.copy();
    }

    @Test
    void everyFlippedBitIsFound() throws IOException {
        writeAll();
        String state = reopened(disk.copy());
        byte[] bytes = disk.bytes(FILE);
        for (int bit = 0; bit < 8 * bytes.length; bit++) {
            byte[] flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertDamaged(with(FILE, flipped), "bit " + bit);
        }
        byte[] mark = disk.bytes(MARK);
        for (int bit = 0; bit < 8 * mark.length; bit++) {
            byte[] flipped = mark.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertEquals(state, reopened(with(MARK, flipped)), "the mark only says how far to trust the rest");
        }
    }

    @Test
    void anEndThatComesTooEarlyIsFound() throws IOException {
        writeAll();
        byte[] bytes = disk.bytes(FILE);
        for (int size = 0; size < bytes.length; size++) {
            assertDamaged(with(FILE, Arrays.copyOf(bytes, size)), "cut at " + size);
        }
        MemoryDisk without = disk.copy();
        without.delete(FILE);
        assertDamaged(without.copy(), "no file");
    }

    @Test
    void blocksThatAreZeroOrSwappedAreFound() throws IOException {
        writeAll();
        byte[] bytes = disk.bytes(FILE);
        for (int from = 0; from < bytes.length; from += 64) {
            byte[] zeroed = bytes.clone();
            Arrays.fill(zeroed, from, Math.min(bytes.length, from + 512), (byte) 0);
            assertDamaged(with(FILE, zeroed), "zeros from " + from);
        }
        List<byte[]> lines = linesOf(bytes);
        for (int i = 0; i + 1 < lines.size(); i++) {
            List<byte[]> swapped = new ArrayList<>(lines);
            swapped.set(i, lines.get(i + 1));
            swapped.set(i + 1, lines.get(i));
            assertDamaged(with(FILE, joined(swapped)), "line " + i);
            List<byte[]> missing = new ArrayList<>(lines);
            missing.remove(i);
            assertDamaged(with(FILE, joined(missing)), "no line " + i);
            List<byte[]> twice = new ArrayList<>(lines);
            twice.add(i, lines.get(i));
            assertDamaged(with(FILE, joined(twice)), "line twice " + i);
        }
    }

    private static List<byte[]> linesOf(byte[] bytes) {
        List<byte[]> lines = new ArrayList<>();
        for (int i = 0, from = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                lines.add(Arrays.copyOfRange(bytes, from, i + 1));
                from = i + 1;
            }
        }
        return lines;
    }

    private static byte[] joined(List<byte[]> lines) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        lines.forEach(all::writeBytes);
        return all.toByteArray();
    }

    @Test
    void withoutItsMarkAllOfItHasToBeRight() throws IOException {
        writeAll();
        String state = reopened(disk.copy());
        disk.delete(MARK);
        assertEquals(state, reopened(disk.copy()));
        byte[] bytes = disk.bytes(FILE);
        MemoryDisk damaged = with(FILE, Arrays.copyOf(bytes, bytes.length - 1));
        assertThrows(StoreDamagedException.class, () -> Ledger.open(damaged, DIRECTORY));
        assertEquals(0, damaged.operations(), "it is left as it is");
    }

    @Test
    void whatIsTornIsCutOffAndKept() throws IOException {
        writeAll();
        String state = reopened(disk.copy());
        byte[] whole = disk.bytes(FILE);
        byte[] wrong = "{\"seq\":18,no line}\n{\"seq\":19".getBytes(StandardCharsets.UTF_8);
        byte[] torn = joined(List.of(whole, wrong));
        MemoryDisk left = with(FILE, torn);
        try (Ledger ledger = Ledger.open(left, DIRECTORY)) {
            assertEquals(state, stateOf(ledger));
            assertNotNull(ledger.tornEnd());
            assertArrayEquals(wrong, left.bytes(ledger.tornEnd()));
            assertTrue(ledger.tornEnd().startsWith(KEPT));
        }
        assertArrayEquals(whole, left.bytes(FILE));
        assertEquals(state, reopened(left.crashAt(left.operations())));
    }

    @Test
    void aReaderChangesNothingAndSeesWhatIsFlushed() throws IOException {
        Ledger reader = Ledger.read(disk, DIRECTORY);
        assertEquals(0, reader.reservedUpTo());
        FaultyDisk faulty = new FaultyDisk(disk);
        Ledger ledger = Ledger.open(faulty, DIRECTORY);
        List<String> states = states();
        for (int i = 0; i < STEPS.size(); i++) {
            STEPS.get(i).on(ledger);
            int before = disk.operations();
            reader.refresh();
            assertEquals(states.get(i + 1), stateOf(reader));
            assertEquals(states.get(i + 1), stateOf(Ledger.read(disk, DIRECTORY)));
            assertEquals(before, disk.operations());
        }
        faulty.failAt(Call.SYNC, 1, Fault.BROKEN);
        assertThrows(IOException.class, () -> ledger.reserve(9000, AT));
        reader.refresh();
        assertEquals(states.get(STEPS.size()), stateOf(reader), "that one is not flushed");
    }

    private static void assertPurges(Ledger ledger, int to) throws IOException {
        for (int i = 0; i < to; i++) {
            SessionEvent purge = purge("s" + i % 50, "e" + i, 100 + i);
            assertEquals(purge, ledger.purgeAt(100 + i));
            assertTrue(ledger.mayHavePurged("s" + i % 50, "e" + i));
            assertTrue(ledger.wasPurged("s" + i % 50, "e" + i));
            assertFalse(ledger.wasPurged("s" + (i + 1) % 50, "e" + i));
            assertEquals(purge("s" + i % 50, "e" + i % 50, 100 + i % 50), ledger.purgeOf("s" + i % 50, 0));
        }
        assertNull(ledger.purgeAt(100 + to));
        assertFalse(ledger.wasPurged("s" + to % 50, "e" + to));
    }

    @Test
    @DisplayName("R25: purges are found in the writer, after reopening, and by a reader while they are written")
    void purgesAreFoundByWritersAndReaders() throws IOException {
        Ledger reader = Ledger.read(disk, DIRECTORY);
        Ledger ledger = Ledger.open(disk, DIRECTORY);
        for (int i = 0; i < 600; i++) {
            ledger.purged(purge("s" + i % 50, "e" + i, 100 + i));
            if (i % 100 == 37) {
                ledger.reserve(10_000 + i, AT);
                ledger.positionsOf(List.of(part("f" + i, 2_000 + i, 1), part("g" + i, 4_000 + i, 1)), AT);
                assertPurges(ledger, i + 1);
                assertNull(reader.purgeAt(100 + i), "not read yet");
                reader.refresh();
                assertPurges(reader, i + 1);
            }
        }
        long size = disk.bytes(FILE).length;
        ledger.purged(purge("s49", "e599", 9_000));
        assertEquals(size, disk.bytes(FILE).length, "what is known is not written again");
        ledger.close();
        assertPurges(ledger, 600);
        try (Ledger again = Ledger.open(disk, DIRECTORY)) {
            assertPurges(again, 600);
            again.purged(purge("s0", "e600", 700));
            assertPurges(again, 601);
        }
        reader.refresh();
        assertPurges(reader, 601);
    }

    @Test
    @DisplayName("R25: purges whose hashes collide are distinguished by their lines")
    void collidingPurgesAreToldApart() throws IOException {
        Ledger ledger = Ledger.open(disk, DIRECTORY, new PurgeTable(id -> 0));
        for (int i = 0; i < 100; i++) {
            ledger.purged(purge("s" + i % 50, "e" + i, 100 + i));
        }
        assertPurges(ledger, 100);
        assertTrue(ledger.mayHavePurged("no such", "purge"), "the hash matches");
        assertFalse(ledger.wasPurged("no such", "purge"));
        assertNull(ledger.purgeOf("no such", 0));
    }

    @Test
    @DisplayName("R25: a purge costs at most 24 bytes of heap")
    void purgesCostFewBytes() throws IOException {
        Ledger ledger = Ledger.open(disk, DIRECTORY);
        for (int i = 0; i < 3_000; i++) {
            ledger.purged(purge("session-" + i, "event-" + i, 100 + i));
        }
        assertTrue(ledger.purgeBytes() <= 8192 + 24L * 3_000, ledger.purgeBytes() + " bytes");
        assertEquals(0, ledger.knownFiles());
    }

    @Test
    @DisplayName("the line of a purge that is damaged when it is read is reported, with its place")
    void damageFoundLater() throws IOException {
        Ledger ledger = Ledger.open(disk, DIRECTORY);
        ledger.reserve(1000, AT);
        long offset = disk.bytes(FILE).length;
        ledger.purged(purge("a", "e1", 40));
        ledger.purged(purge("b", "e2", 41));
        byte[] bytes = disk.bytes(FILE);
        int end = new String(bytes, StandardCharsets.UTF_8).indexOf('\n', (int) offset);
        for (int at = (int) offset; at <= end; at++) {
            byte[] flipped = bytes.clone();
            flipped[at] ^= 4;
            disk.put(FILE, flipped);
            for (Executable reading : List.<Executable>of(
                    () -> ledger.purgeAt(40),
                    () -> ledger.wasPurged("a", "e1"),
                    () -> ledger.purgeOf("a", 0),
                    () -> ledger.purged(purge("a", "e1", 50)))) {
                StoreDamagedException e = assertThrows(StoreDamagedException.class, reading, "byte " + at);
                assertEquals(FILE.toString(), e.file());
                assertEquals(2, e.line());
                assertEquals(offset, e.offset());
            }
            assertEquals(purge("b", "e2", 41), ledger.purgeAt(41));
        }
        disk.put(FILE, Arrays.copyOf(bytes, end));
        assertThrows(StoreDamagedException.class, () -> ledger.purgeAt(40));
        assertThrows(StoreDamagedException.class, () -> ledger.purgeAt(41));
        disk.put(FILE, bytes);
        assertEquals(purge("a", "e1", 40), ledger.purgeAt(40));
    }
}
