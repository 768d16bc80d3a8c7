package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The zeros that the journal writes in advance, so that a flush need not change the size of its file. */
class JournalSpareTest {

    private final JournalRig rig = new JournalRig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    @DisplayName("small groups are written into the spare bytes, and the size of the file stays")
    void sizeStays() throws Exception {
        rig.begin();
        rig.write(TestEntry.events("a", 1, 1, "one"));
        int size = bytes(1).length;
        TestEntry two = TestEntry.events("a", 2, 2, "two");
        rig.write(two);
        assertEquals(size, bytes(1).length);
        assertTrue(endOf(two) < size, "nothing is spare");
        assertEquals(2, rig.frames().size());
    }

    @Test
    @DisplayName("a group that is larger than the spare bytes adds none")
    void largeGroup() throws Exception {
        rig.begin();
        TestEntry large = TestEntry.events("a", 1, 1, "x".repeat(rig.disk.spare()));
        rig.write(large);
        assertEquals(endOf(large), bytes(1).length);
    }

    @Test
    @DisplayName("without a flush for each write there are no spare bytes")
    void notFlushed() throws Exception {
        rig.begin(JournalRig.settings(Durability.WRITE));
        TestEntry one = TestEntry.events("a", 1, 1, "one");
        rig.write(one);
        assertEquals(endOf(one), bytes(1).length);
    }

    @Test
    @DisplayName("a finished segment has no spare bytes, before the next one exists and after a power cut")
    void finished() throws Exception {
        JournalWriter journal = rig.begin();
        TestEntry one = TestEntry.events("a", 1, 1, "one");
        rig.write(one);
        int before = rig.memory.operations();
        journal.rotate();
        for (int at = before; at <= rig.memory.operations(); at++) {
            MemoryDisk left = rig.memory.crashAt(at);
            if (left.look(Segment.file(JournalRig.DIRECTORY, 2)) != null) {
                assertEquals(endOf(one), left.bytes(Segment.file(JournalRig.DIRECTORY, 1)).length, "cut at " + at);
            }
            assertEquals(1, JournalRig.read(left).size());
        }
        TestEntry two = TestEntry.events("a", 2, 2, "two");
        rig.write(two);
        assertTrue(endOf(two) < bytes(2).length, "the next segment has spare bytes too");
        rig.close();
        assertEquals(endOf(two), bytes(2).length, "closed");
    }

    @Test
    @DisplayName("spare bytes at the end are no torn end to keep, wherever the file is cut off")
    void afterACrash() throws Exception {
        rig.begin();
        TestEntry one = TestEntry.events("a", 1, 1, "one");
        rig.write(one);
        byte[] whole = bytes(1);
        assertTrue(endOf(one) < whole.length);
        for (int cut = (int) endOf(one); cut <= whole.length; cut++) {
            MemoryDisk left = rig.memory.copy();
            left.put(Segment.file(JournalRig.DIRECTORY, 1), Arrays.copyOf(whole, cut));
            JournalReader.TornEnd end = tornEnd(left);
            assertEquals(0, end == null ? 0 : end.length(), "cut at " + cut);
            JournalRig again = new JournalRig(left);
            try (again) {
                again.begin();
                again.write(TestEntry.events("b", 1, 2, "next"));
            }
            assertEquals(2, again.frames().size());
        }
    }

    @Test
    @DisplayName("a torn frame in the spare bytes is kept without the zeros after it")
    void tornInSpare() throws Exception {
        rig.begin();
        TestEntry one = TestEntry.events("a", 1, 1, "one");
        rig.write(one);
        for (int at = (int) endOf(one); at < bytes(1).length; at++) {
            byte[] torn = bytes(1);
            torn[at] = 'R';
            MemoryDisk left = rig.memory.copy();
            left.put(Segment.file(JournalRig.DIRECTORY, 1), torn);
            JournalReader.TornEnd end = Objects.requireNonNull(tornEnd(left));
            assertEquals(endOf(one), end.offset());
            assertEquals(at + 1, end.offset() + end.length());
        }
    }

    @Test
    @DisplayName("a disk that has room for the group but not for spare bytes accepts the write, and gets the room back")
    void noRoom() throws Exception {
        rig.begin();
        rig.write(TestEntry.events("a", 1, 1, "x".repeat(rig.disk.spare() - 200)));
        TestEntry two = TestEntry.events("a", 2, 2, "y".repeat(650));
        rig.disk.capacity(rig.memory.used() + 200);
        rig.write(two);
        assertNull(two.outcome());
        assertEquals(endOf(two), bytes(1).length);
        TestEntry full = TestEntry.events("a", 3, 3, "z".repeat(900));
        rig.write(full);
        assertNotNull(full.outcome());
        rig.disk.heal();
        TestEntry again = TestEntry.events("a", 3, 4, "again");
        rig.write(again);
        assertTrue(endOf(again) < bytes(1).length, "spare bytes follow again");
        assertEquals(
                List.of(1L, 2L, 4L),
                rig.frames().stream().map(Frame::firstPosition).toList());
    }

    private byte[] bytes(long segment) throws IOException {
        return rig.memory.bytes(Segment.file(JournalRig.DIRECTORY, segment));
    }

    private static long endOf(TestEntry entry) {
        return Objects.requireNonNull(entry.end()).offset();
    }

    private static JournalReader.@Nullable TornEnd tornEnd(Disk disk) throws IOException {
        try (JournalReader reader = new JournalReader(disk, JournalRig.DIRECTORY)) {
            while (reader.next() != null) {
                // to the end
            }
            return reader.tornEnds().isEmpty() ? null : reader.tornEnds().get(0);
        }
    }
}
