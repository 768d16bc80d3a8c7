package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.StoreDamagedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class JournalFollowerTest {

    private final JournalRig rig = new JournalRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private JournalFollower follow() throws Exception {
        JournalPlace begin = JournalFollower.begin(rig.memory, JournalRig.DIRECTORY);
        return new JournalFollower(rig.memory, JournalRig.DIRECTORY, begin);
    }

    private static List<Long> positions(JournalFollower follower) throws Exception {
        List<Long> positions = new ArrayList<>();
        for (Frame frame = follower.next(); frame != null; frame = follower.next()) {
            positions.add(frame.firstPosition());
        }
        return positions;
    }

    @Test
    void itShowsWhatIsAcknowledgedAndNothingElse() throws Exception {
        JournalWriter journal = rig.begin();
        try (JournalFollower follower = follow()) {
            assertEquals(List.of(), positions(follower));
            rig.write(TestEntry.events("a", 1, 1, "one"));
            assertEquals(List.of(1L), positions(follower));
            rig.disk.hold(FaultyDisk.Call.SYNC);
            TestEntry two = TestEntry.events("a", 2, 2, "two");
            journal.add(two);
            rig.disk.awaitHeld(FaultyDisk.Call.SYNC, 1);
            assertEquals(2, JournalRig.read(rig.memory.copy()).size(), "it is in the file");
            assertEquals(List.of(), positions(follower));
            try (JournalFollower other = follow()) {
                assertEquals(List.of(1L), positions(other));
            }
            rig.disk.release(FaultyDisk.Call.SYNC);
            assertNull(two.outcome());
            assertEquals(List.of(2L), positions(follower));
            assertEquals(two.end(), follower.place());
        }
    }

    @Test
    void itGoesOnFromAPlaceAndOverSegments() throws Exception {
        rig.begin(JournalRig.segmentsOf(200));
        for (int i = 1; i <= 5; i++) {
            rig.write(TestEntry.events("a", i, i, "x".repeat(100)));
        }
        JournalPlace place;
        try (JournalFollower follower = follow()) {
            assertEquals(1, Objects.requireNonNull(follower.next()).firstPosition());
            assertEquals(2, Objects.requireNonNull(follower.next()).firstPosition());
            place = follower.place();
        }
        try (JournalFollower follower = new JournalFollower(rig.memory, JournalRig.DIRECTORY, place)) {
            assertEquals(List.of(3L, 4L, 5L), positions(follower));
            rig.write(TestEntry.events("a", 6, 6, "x".repeat(100)), TestEntry.events("a", 7, 7, "x"));
            assertEquals(List.of(6L, 7L), positions(follower));
        }
    }

    @Test
    @DisplayName("a finished segment that is cut at the end of a frame is damage")
    void aFinishedSegmentIsCut() throws Exception {
        JournalWriter journal = rig.begin();
        TestEntry one = TestEntry.events("a", 1, 1, "one");
        rig.write(one);
        rig.write(TestEntry.events("b", 1, 2, "two"));
        journal.rotate();
        rig.write(TestEntry.events("c", 1, 3, "three"));
        try (Disk.File first = rig.memory.open(Segment.file(JournalRig.DIRECTORY, 1), Disk.Mode.WRITE)) {
            first.truncate(Objects.requireNonNull(one.end()).offset());
        }
        try (JournalFollower follower = follow()) {
            assertEquals(1, Objects.requireNonNull(follower.next()).firstPosition());
            assertThrows(StoreDamagedException.class, follower::next);
        }
    }

    @Test
    void itIsToldThatItsSegmentIsGone() throws Exception {
        JournalWriter journal = rig.begin(JournalRig.segmentsOf(100));
        rig.write(TestEntry.events("a", 1, 1, "x".repeat(100)));
        try (JournalFollower late = follow();
                JournalFollower open = follow()) {
            assertEquals(List.of(1L), positions(open));
            for (int i = 2; i <= 4; i++) {
                rig.write(TestEntry.events("a", i, i, "x".repeat(100)));
            }
            journal.deleteBefore(3);
            assertThrows(SegmentGoneException.class, late::next);
            assertThrows(SegmentGoneException.class, open::next);
        }
        try (JournalFollower follower = follow();
                JournalFollower early = new JournalFollower(rig.memory, JournalRig.DIRECTORY, new JournalPlace(9, 0))) {
            assertEquals(List.of(3L, 4L), positions(follower));
            assertThrows(SegmentGoneException.class, early::next);
            journal.close();
            journal.deleteAll();
            assertThrows(SegmentGoneException.class, follower::next);
        }
        try (JournalFollower follower = follow()) {
            assertEquals(new JournalPlace(5, 0), follower.place());
            assertEquals(List.of(), positions(follower));
            rig.begin();
            rig.write(TestEntry.behind(new FileEnd(4, 404, false), null, "a", 5, 5, "five"));
            assertEquals(List.of(5L), positions(follower));
        }
    }

    @Test
    void itWaitsWhereAPowerCutTookWhatWasAcknowledged() throws Exception {
        JournalWriter journal = rig.begin(JournalRig.settings(Durability.WRITE));
        TestEntry one = TestEntry.events("a", 1, 1, "one");
        rig.write(one);
        journal.flush();
        rig.write(TestEntry.events("a", 2, 2, "two"));
        MemoryDisk left = rig.memory.copy();
        Path first = Segment.file(JournalRig.DIRECTORY, 1);
        byte[] bytes = left.bytes(first);
        bytes[bytes.length - 10] ^= 1;
        left.put(first, bytes);
        JournalPlace begin = new JournalPlace(1, 0);
        try (JournalFollower follower = new JournalFollower(left, JournalRig.DIRECTORY, begin)) {
            assertEquals(List.of(1L), positions(follower));
            JournalRig next = new JournalRig(left);
            try (next) {
                next.begin();
                next.write(TestEntry.behind(new FileEnd(1, 4, false), null, "a", 2, 3, "instead"));
                assertEquals(List.of(3L), positions(follower));
            }
        }
        bytes[(int) one.end().offset() - 10] ^= 1;
        left.put(first, bytes);
        try (JournalFollower follower = new JournalFollower(left, JournalRig.DIRECTORY, begin)) {
            assertThrows(StoreDamagedException.class, follower::next);
        }
    }

    @Test
    void itFollowsAWriterInStep(@TempDir Path root) throws Exception {
        Path directory = root.resolve("journal");
        List<TestEntry> told = new CopyOnWriteArrayList<>();
        JournalWriter.Owner owner = new JournalWriter.Owner() {
            @Override
            public void reserve(long upTo) {}

            @Override
            public void settled(List<JournalEntry> entries) {
                entries.forEach(entry -> told.add((TestEntry) entry));
                entries.forEach(JournalEntry::tell);
            }

            @Override
            public long settledUpTo(List<JournalEntry> entries) {
                return 0;
            }
        };
        int count = 3_000;
        List<Frame> seen = new ArrayList<>();
        try (JournalWriter journal = new JournalWriter(
                        new RealDisk(root), directory, List.of(), 1, 0, JournalRig.segmentsOf(20_000), owner);
                JournalFollower follower = new JournalFollower(
                        new RealDisk(root), directory, JournalFollower.begin(new RealDisk(root), directory))) {
            journal.start();
            Thread writer = new Thread(() -> {
                for (int i = 1; i <= count; i++) {
                    journal.add(TestEntry.events("s" + i % 7, 1 + (i - 1) / 7, i, "line " + i));
                }
            });
            writer.start();
            while (seen.size() < count) {
                int acknowledged = told.size();
                List<Frame> fresh = new ArrayList<>();
                for (Frame frame = follower.next(); frame != null; frame = follower.next()) {
                    fresh.add(frame);
                }
                seen.addAll(fresh);
                assertTrue(seen.size() >= acknowledged, seen.size() + " of " + acknowledged);
            }
            writer.join();
        }
        for (int i = 0; i < count; i++) {
            assertTrue(told.get(i).isIn(seen.get(i)));
        }
    }
}
