package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.StoreDamagedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class JournalReaderTest {

    private static final Path FIRST = Segment.file(JournalRig.DIRECTORY, 1);
    private static final Path MARK = Mark.file(JournalRig.DIRECTORY);

    private final JournalRig rig = new JournalRig();

    @AfterEach
    void close() {
        rig.close();
    }

    /** The result of reading: the frames, or damage, and the torn ends. */
    private record Found(List<Frame> frames, boolean damaged, List<JournalReader.TornEnd> torn) {

        static Found in(Disk disk) throws IOException {
            List<Frame> frames = new ArrayList<>();
            try (JournalReader reader = new JournalReader(disk, JournalRig.DIRECTORY)) {
                for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                    frames.add(frame);
                }
                return new Found(frames, false, reader.tornEnds());
            } catch (StoreDamagedException e) {
                return new Found(frames, true, List.of());
            }
        }

        /** They are the first frames that were written: no other frame, and no gap. */
        void checkPrefixOf(List<TestEntry> written, String what) {
            assertTrue(frames.size() <= written.size(), what);
            for (int i = 0; i < frames.size(); i++) {
                assertTrue(written.get(i).isIn(frames.get(i)), what + ": frame " + i);
            }
        }
    }

    /** Some frames of each kind, each flushed separately, without spare bytes after them. */
    private List<TestEntry> writeSome() throws Exception {
        rig.begin();
        TestEntry one = TestEntry.behind(new FileEnd(3, 77, true), null, "ä\uD83D\uDE00", 4, 1, "one", "", "two");
        TestEntry two = TestEntry.events("b", 1, 4, "three");
        TestEntry fork = TestEntry.fork("c", "ä\uD83D\uDE00", new FileEnd(4, 81, false), 5, "forked");
        TestEntry purge = TestEntry.purge(null, "b", 6);
        TestEntry last = TestEntry.events("d", 1, 7, "a longer line, which ends at some offset");
        List<TestEntry> all = List.of(one, two, fork, purge, last);
        for (TestEntry entry : all) {
            rig.write(entry);
        }
        rig.close();
        return all;
    }

    @Test
    void whatIsReadIsWhatWasWritten() throws Exception {
        List<TestEntry> written = writeSome();
        Found found = Found.in(rig.memory.copy());
        found.checkPrefixOf(written, "all");
        assertEquals(written.size(), found.frames.size());
        assertTrue(found.torn.isEmpty());
        Frame first = found.frames.get(0);
        assertEquals(4, first.firstVersion());
        assertEquals(77, first.fileOffset());
        assertEquals("ä\uD83D\uDE00", found.frames.get(2).parentId());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCutAnywhereLeavesTheFramesBeforeItOrIsDamage(boolean marked) throws Exception {
        List<TestEntry> written = writeSome();
        byte[] whole = rig.memory.bytes(FIRST);
        for (int cut = 0; cut < whole.length; cut++) {
            MemoryDisk disk = rig.memory.copy();
            disk.put(FIRST, Arrays.copyOf(whole, cut));
            if (!marked) {
                disk.delete(MARK);
            }
            Found found = Found.in(disk);
            String what = "cut at " + cut;
            found.checkPrefixOf(written, what);
            assertEquals(marked, found.damaged, what);
            if (!marked) {
                long end = cut < Segment.HEADER ? 0 : Segment.HEADER;
                int frames = 0;
                for (TestEntry entry : written) {
                    if (endOf(entry) <= cut) {
                        end = endOf(entry);
                        frames++;
                    }
                }
                assertEquals(frames, found.frames.size(), what);
                boolean torn = cut > end || cut == 0;
                assertEquals(torn ? 1 : 0, found.torn.size(), what);
                if (torn) {
                    assertEquals(end, found.torn.get(0).offset(), what);
                    int upTo = cut;
                    while (end > 0 && whole[upTo - 1] == 0) {
                        upTo--; // zeros at the end are not kept
                    }
                    assertEquals(upTo - end, found.torn.get(0).length(), what);
                }
                goOn(disk, found.frames.size());
            }
        }
    }

    private static long endOf(TestEntry entry) {
        return Objects.requireNonNull(entry.end()).offset();
    }

    @Test
    @DisplayName("a finished segment that is cut anywhere, at the end of a frame too, is damage")
    void aFinishedSegmentIsCut() throws Exception {
        List<TestEntry> written = new ArrayList<>();
        JournalWriter writer = rig.begin();
        for (int segment = 1; segment <= 3; segment++) {
            for (int i = 0; i < 3; i++) {
                TestEntry entry = TestEntry.events("s" + written.size(), 1, 1 + written.size(), "line " + i);
                written.add(entry);
                rig.write(entry);
            }
            writer.rotate();
        }
        rig.close();
        for (long number = 1; number <= 3; number++) {
            Path file = Segment.file(JournalRig.DIRECTORY, number);
            byte[] whole = rig.memory.bytes(file);
            for (int cut = 0; cut < whole.length; cut++) {
                MemoryDisk disk = rig.memory.copy();
                disk.put(file, Arrays.copyOf(whole, cut));
                StoreDamagedException why = assertThrows(StoreDamagedException.class, () -> JournalRig.read(disk));
                assertTrue(why.getMessage().contains(file.toString()), why.getMessage());
            }
        }
        assertEquals(written.size(), rig.frames().size());
    }

    /** The rest can be appended to and read again. */
    private static void goOn(MemoryDisk disk, int frames) throws Exception {
        JournalRig again = new JournalRig(disk);
        try (again) {
            again.begin();
            again.write(TestEntry.events("new", 1, 100, "line"));
        }
        assertEquals(frames + 1, again.frames().size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFlippedBitIsFound(boolean marked) throws Exception {
        List<TestEntry> written = writeSome();
        byte[] whole = rig.memory.bytes(FIRST);
        long last = endOf(written.get(written.size() - 2));
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            MemoryDisk disk = rig.memory.copy();
            disk.put(FIRST, flipped);
            if (!marked) {
                disk.delete(MARK);
            }
            Found found = Found.in(disk);
            String what = "bit " + bit % 8 + " of byte " + bit / 8;
            found.checkPrefixOf(written, what);
            assertEquals(marked || bit / 8 < last, found.damaged, what);
            assertTrue(found.frames.size() < written.size(), what);
        }
    }

    @Test
    void aFlippedBitOfTheMarkIsHarmless() throws Exception {
        List<TestEntry> written = writeSome();
        byte[] mark = rig.memory.bytes(MARK);
        for (int bit = 0; bit < 8 * mark.length; bit++) {
            byte[] flipped = mark.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            MemoryDisk disk = rig.memory.copy();
            disk.put(MARK, flipped);
            assertEquals(written.size(), JournalRig.read(disk).size());
        }
    }

    @Test
    void blocksThatAreZeroedOrSwappedAreFound() throws Exception {
        rig.begin();
        List<TestEntry> written = new ArrayList<>();
        for (int i = 1; i <= 30; i++) {
            TestEntry entry = TestEntry.events("a", i, i, "line " + i + " x".repeat(20));
            written.add(entry);
            rig.write(entry);
        }
        rig.close();
        byte[] whole = rig.memory.bytes(FIRST);
        int block = 64;
        for (int a = 0; a + block <= whole.length; a += block) {
            for (int b = -block; b < a; b += block) {
                byte[] changed = whole.clone();
                if (b < 0) {
                    Arrays.fill(changed, a, a + block, (byte) 0);
                } else {
                    System.arraycopy(whole, b, changed, a, block);
                    System.arraycopy(whole, a, changed, b, block);
                }
                if (Arrays.equals(whole, changed)) {
                    continue;
                }
                MemoryDisk disk = rig.memory.copy();
                disk.put(FIRST, changed);
                Found found = Found.in(disk);
                found.checkPrefixOf(written, a + " and " + b);
                assertTrue(found.damaged, a + " and " + b);
            }
        }
    }

    @Test
    void aFrameThatStandsAtAnothersPlaceIsDamage() throws Exception {
        rig.begin();
        TestEntry one = TestEntry.events("a", 1, 1, "line 1");
        TestEntry two = TestEntry.events("a", 2, 2, "line 2");
        TestEntry three = TestEntry.events("a", 3, 3, "line 3");
        for (TestEntry entry : List.of(one, two, three)) {
            rig.write(entry);
        }
        byte[] bytes = rig.memory.bytes(FIRST);
        int size = (int) (endOf(three) - endOf(two));
        assertEquals(endOf(two), endOf(one) + size);
        System.arraycopy(bytes, (int) endOf(one), bytes, (int) endOf(two), size);
        MemoryDisk disk = rig.memory.copy();
        disk.put(FIRST, bytes);
        try (JournalReader reader = new JournalReader(disk, JournalRig.DIRECTORY)) {
            assertTrue(one.isIn(reader.next()));
            assertTrue(two.isIn(reader.next()));
            assertThrows(StoreDamagedException.class, reader::next);
        }
    }

    @Test
    void aSegmentThatIsMissingIsDamage() throws Exception {
        rig.begin(JournalRig.segmentsOf(100));
        for (int i = 1; i <= 4; i++) {
            rig.write(TestEntry.events("a", i, i, "x".repeat(100)));
        }
        rig.close();
        for (int missing = 1; missing <= 4; missing++) {
            MemoryDisk disk = rig.memory.copy();
            disk.delete(Segment.file(JournalRig.DIRECTORY, missing));
            int number = missing;
            StoreDamagedException damage =
                    assertThrows(StoreDamagedException.class, () -> JournalRig.read(disk), "segment " + number);
            assertEquals(Segment.file(JournalRig.DIRECTORY, number).toString(), damage.file());
            disk.put(Segment.file(JournalRig.DIRECTORY, missing), new byte[0]);
            assertTrue(Found.in(disk).damaged, "empty segment " + missing);
        }
    }

    @Test
    void theFirstSegmentIsMissingWhenTheMarkAsksForIt() throws Exception {
        JournalWriter journal = rig.begin(JournalRig.segmentsOf(100));
        for (int i = 1; i <= 4; i++) {
            rig.write(TestEntry.events("a", i, i, "x".repeat(100)));
        }
        MemoryDisk old = rig.memory.copy();
        old.delete(FIRST);
        old.put(MARK, oldForm(Objects.requireNonNull(Mark.read(old, JournalRig.DIRECTORY))));
        assertFalse(Found.in(old).damaged, "the older form of the mark does not know the first segment");
        MemoryDisk none = rig.memory.copy();
        none.delete(FIRST);
        none.delete(MARK);
        assertFalse(Found.in(none).damaged, "without a mark nothing is known");

        journal.deleteBefore(3);
        assertFalse(Found.in(rig.memory.copy()).damaged, "deleted as it should be");
        MemoryDisk less = rig.memory.copy();
        less.delete(Segment.file(JournalRig.DIRECTORY, 3));
        StoreDamagedException damage = assertThrows(StoreDamagedException.class, () -> JournalRig.read(less));
        assertEquals(Segment.file(JournalRig.DIRECTORY, 3).toString(), damage.file());
        less.delete(Segment.file(JournalRig.DIRECTORY, 4));
        damage = assertThrows(StoreDamagedException.class, () -> JournalRig.read(less));
        assertEquals(Segment.file(JournalRig.DIRECTORY, 3).toString(), damage.file());
        assertThrows(StoreDamagedException.class, () -> JournalFollower.begin(less, JournalRig.DIRECTORY));
    }

    @Test
    void aMarkOfTheOlderFormIsReadAlsoOverANewerOne() throws Exception {
        Mark known = new Mark(7, 500, 400, 30, 5);
        MemoryDisk disk = new MemoryDisk();
        disk.put(MARK, known.encode().array());
        assertEquals(known, Mark.read(disk, JournalRig.DIRECTORY));
        byte[] old = oldForm(known);
        Mark expected = new Mark(7, 500, 400, 30, 0);
        disk.put(MARK, old);
        assertEquals(expected, Mark.read(disk, JournalRig.DIRECTORY));
        byte[] over = known.encode().array();
        System.arraycopy(old, 0, over, 0, old.length);
        disk.put(MARK, over);
        assertEquals(expected, Mark.read(disk, JournalRig.DIRECTORY));
        disk.put(MARK, Arrays.copyOf(known.encode().array(), old.length));
        assertNull(Mark.read(disk, JournalRig.DIRECTORY), "cut");
    }

    /** In the form that versions wrote before the mark had the first segment. */
    private static byte[] oldForm(Mark mark) {
        ByteBuffer bytes = ByteBuffer.allocate(40);
        bytes.putLong(mark.segment()).putLong(mark.acknowledged()).putLong(mark.flushed());
        bytes.putLong(mark.settled()).put("MRK1".getBytes(StandardCharsets.US_ASCII));
        CRC32C crc = new CRC32C();
        crc.update(bytes.array(), 0, 36);
        return bytes.putInt((int) crc.getValue()).array();
    }

    @Test
    void aSegmentThatWasNotBegunIsTornAndMayFollowATornEnd() throws Exception {
        writeSome();
        rig.close();
        MemoryDisk disk = rig.memory.copy();
        byte[] whole = rig.memory.bytes(FIRST);
        disk.put(FIRST, Arrays.copyOf(whole, whole.length + 5));
        disk.put(Segment.file(JournalRig.DIRECTORY, 2), new byte[] {'R', 'E'});
        Found found = Found.in(disk);
        assertFalse(found.damaged);
        assertEquals(5, found.frames.size());
        assertEquals(2, found.torn.size());
        goOn(disk, 5);
    }

    /** A wrong length costs no memory and is not accepted as a frame. */
    @ParameterizedTest
    @ValueSource(ints = {Integer.MAX_VALUE, Integer.MAX_VALUE - 50, -1, Integer.MIN_VALUE, 1 << 30, 0, 41})
    void absurdLengthsAreNoFrames(int length) throws Exception {
        MemoryDisk disk = new MemoryDisk();
        ByteBuffer bytes = ByteBuffer.allocate(Segment.HEADER + 100);
        bytes.put(Segment.header(1, 0))
                .putInt(Frame.MAGIC)
                .putInt(length)
                .putInt(0)
                .putInt(1);
        bytes.putLong(1).putLong(Segment.HEADER).putLong(0);
        disk.put(FIRST, bytes.array());
        Found found = Found.in(disk);
        assertTrue(found.frames.isEmpty());
        assertEquals(Segment.HEADER, found.torn.get(0).offset());
        assertFalse(found.damaged);
    }

    @Test
    void aFrameLargerThanEveryBufferIsReadWhole() throws Exception {
        rig.begin(JournalRig.segmentsOf(1_000));
        TestEntry large = TestEntry.events("a", 1, 1, "x".repeat(5_000_000), "y".repeat(1_048_576), "z");
        TestEntry next = TestEntry.events("a", 4, 4, "next");
        rig.write(large);
        rig.write(next);
        List<Frame> frames = rig.frames();
        assertTrue(large.isIn(frames.get(0)));
        assertTrue(next.isIn(frames.get(1)));
        byte[] segment = rig.memory.bytes(FIRST);
        segment[3_000_000] ^= 1;
        MemoryDisk disk = rig.memory.copy();
        disk.put(FIRST, segment);
        assertThrows(StoreDamagedException.class, () -> JournalRig.read(disk));
    }

    // ---- power cuts

    /** Several sessions, groups of several entries, small segments, and one write that finds the disk full. */
    private List<TestEntry> writeMuch(JournalRig journal, Durability durability) throws Exception {
        JournalWriter writer = journal.begin(new JournalWriter.Settings(durability, 700, 64 << 20));
        List<TestEntry> written = new ArrayList<>();
        long position = 1;
        for (int round = 1; round <= 12; round++) {
            TestEntry[] group = new TestEntry[3];
            for (int i = 0; i < group.length; i++) {
                group[i] = TestEntry.events("s" + i, round, position++, "round " + round + " y".repeat(30 * i));
            }
            if (round == 6) {
                TestEntry full = TestEntry.events("full", 1, position++, "no room".repeat(50));
                journal.disk.room(40);
                journal.write(full);
                journal.disk.heal();
                assertFalse(full.isDurable());
            }
            written.addAll(List.of(group));
            journal.write(group);
            if (round == 9 && !durability.flushesEachWrite()) {
                writer.flush();
            }
        }
        return written;
    }

    @Test
    void afterAPowerCutAllThatWasToldIsThere() throws Exception {
        List<TestEntry> written = writeMuch(rig, Durability.SYNC);
        Random random = new Random(1);
        int most = 0;
        for (int operations = 0; operations <= rig.memory.operations(); operations++) {
            int told = 0;
            for (TestEntry entry : written) {
                told += rig.durableAt.get(entry) <= operations ? 1 : 0;
            }
            for (int i = 0; i < 20; i++) {
                MemoryDisk left = i == 0
                        ? rig.memory.crashAt(operations)
                        : i == 1 ? rig.memory.killAt(operations, random) : rig.memory.crashAt(operations, random);
                String what = "cut " + i + " at " + operations;
                Found found = Found.in(left);
                assertFalse(found.damaged, what);
                found.checkPrefixOf(written, what);
                assertTrue(found.frames.size() >= told, what + ": " + found.frames.size() + " of " + told);
                most = Math.max(most, found.frames.size() - told);
                if (i < 2) {
                    goOn(left, found.frames.size());
                }
            }
        }
        assertTrue(most > 0, "some cuts leave more than was told");
    }

    @Test
    void afterAPowerCutWhatWasFlushedIsThereAndTheRestIsNoDamage() throws Exception {
        for (Durability durability : List.of(Durability.WRITE, Durability.interval(Duration.ofHours(1)))) {
            JournalRig journal = new JournalRig();
            List<TestEntry> written;
            try (journal) {
                written = writeMuch(journal, durability);
            }
            Random random = new Random(2);
            boolean lost = false;
            for (int operations = 0; operations <= journal.memory.operations(); operations++) {
                int told = 0;
                for (TestEntry entry : written) {
                    told += journal.durableAt.get(entry) <= operations ? 1 : 0;
                }
                assertTrue(JournalRig.read(journal.memory.killAt(operations)).size() >= told, "after a kill");
                for (int i = 0; i < 10; i++) {
                    Found found = Found.in(journal.memory.crashAt(operations, random));
                    String what = durability + ", cut " + i + " at " + operations;
                    assertFalse(found.damaged, what);
                    found.checkPrefixOf(written, what);
                    lost |= found.frames.size() < told;
                }
            }
            assertTrue(lost, "some cuts lose what was told");
        }
    }

    @Test
    void deletedSegmentsDontComeBackWithoutThoseThatFollow() throws Exception {
        JournalWriter journal = rig.begin(JournalRig.segmentsOf(100));
        for (int i = 1; i <= 8; i++) {
            rig.write(TestEntry.events("a", i, i, "x".repeat(100)));
        }
        int before = rig.memory.operations();
        journal.deleteBefore(5);
        journal.close();
        journal.deleteAll();
        Random random = new Random(3);
        for (int operations = before; operations <= rig.memory.operations(); operations++) {
            for (int i = 0; i < 20; i++) {
                MemoryDisk left = rig.memory.crashAt(operations, random);
                Found found = Found.in(left);
                assertFalse(found.damaged, "at " + operations);
                if (!found.frames.isEmpty()) {
                    assertEquals(8, found.frames.get(found.frames.size() - 1).firstVersion());
                }
                long next;
                try (JournalReader reader = new JournalReader(left, JournalRig.DIRECTORY)) {
                    while (reader.next() != null) {
                        // to the end
                    }
                    next = reader.nextNumber();
                }
                assertEquals(9, next, "no number comes twice");
            }
        }
    }
}
