package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.ReelException;
import dev.reel.ReelException.Outcome;
import dev.reel.SessionDamagedException;
import dev.reel.StoreClosedException;
import dev.reel.StoreFailedException;
import dev.reel.StoreFullException;
import dev.reel.jsonl.FaultyDisk.Call;
import dev.reel.jsonl.FaultyDisk.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class JournalWriterTest {

    private static final Path FIRST = Segment.file(JournalRig.DIRECTORY, 1);

    private final JournalRig rig = new JournalRig();

    @AfterEach
    void close() {
        rig.close();
    }

    // ---- one flush for many

    @Test
    void nothingIsToldBeforeTheFlushAndManySessionsShareOne() throws Exception {
        JournalWriter journal = rig.begin();
        rig.write(TestEntry.events("a", 1, 1, "one"));
        int flushes = rig.disk.calls(Call.SYNC);
        Mark before = Mark.read(rig.memory, JournalRig.DIRECTORY);

        rig.disk.hold(Call.SYNC);
        TestEntry first = TestEntry.events("a", 2, 2, "two");
        journal.add(first);
        rig.disk.awaitHeld(Call.SYNC, 1);
        List<TestEntry> others = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            TestEntry other = TestEntry.events("session " + i, 1, 3 + i, "line " + i);
            others.add(other);
            journal.add(other);
        }
        Thread.sleep(50);
        assertFalse(first.isTold());
        assertEquals(1, rig.settled.size());
        assertEquals(before, Mark.read(rig.memory, JournalRig.DIRECTORY), "the mark moves after the flush");

        rig.disk.release(Call.SYNC);
        assertNull(first.outcome());
        for (TestEntry other : others) {
            assertNull(other.outcome());
        }
        assertEquals(flushes + 2, rig.disk.calls(Call.SYNC));
        long end = rig.settled.get(1_001).end().offset();
        assertEquals(new Mark(1, end, end, 1_002, 1), Mark.read(rig.memory, JournalRig.DIRECTORY));
        assertEquals(others, rig.settled.subList(2, rig.settled.size()), "in their order");
        List<Frame> frames = rig.frames();
        assertEquals(1_002, frames.size());
        for (int i = 0; i < frames.size(); i++) {
            assertTrue(rig.settled.get(i).isIn(frames.get(i)));
            assertEquals(rig.settled.get(i).end(), frames.get(i).end());
            assertEquals(rig.settled.get(i).journalOffset(), frames.get(i).bytesOffset());
        }
    }

    @Test
    void placesInFilesFollowEachOther() throws Exception {
        rig.begin();
        TestEntry one = TestEntry.behind(new FileEnd(7, 100, true), null, "a", 8, 1, "abc", "de");
        TestEntry two = TestEntry.events(one, "a", 10, 3, "f");
        TestEntry other = TestEntry.events("b", 1, 4, "g");
        TestEntry fork = TestEntry.fork("c", "a", new FileEnd(10, 110, false), 5, "forked");
        TestEntry more = TestEntry.events(fork, "c", 12, 6, "more");
        rig.write(one, two, other, fork, more);

        assertEquals(101, one.fileOffset(), "after the line feed that was missing");
        assertEquals(108, two.fileOffset());
        assertEquals(0, other.fileOffset());
        assertEquals(110, fork.fileOffset());
        assertEquals(117, more.fileOffset());
        List<Frame> frames = rig.frames();
        assertEquals(100, frames.get(0).fileOffset());
        assertEquals('\n', frames.get(0).bytes().get(0));
        assertEquals(one.journalOffset(), frames.get(0).bytesOffset() + 1);
        assertEquals(108, frames.get(1).fileOffset());
        assertEquals("a", frames.get(3).parentId());
        assertEquals(10, frames.get(3).inherited());
        assertEquals(110, frames.get(3).fileOffset());

        TestEntry purge = TestEntry.purge(null, "c", 7);
        TestEntry anew = TestEntry.events(purge, "c", 1, 8, "anew");
        rig.write(purge, anew);
        assertEquals(0, anew.fileOffset());
        assertEquals(Frame.Kind.PURGE, rig.frames().get(5).kind());
    }

    @Test
    void positionsAreReservedAheadInBlocks() throws Exception {
        rig.begin();
        rig.write(TestEntry.events("a", 1, 1, "one"));
        rig.write(TestEntry.events("a", 2, 2, "two", "three"));
        rig.write(TestEntry.events("a", 4, 1_000_001, "four"));
        rig.write(TestEntry.events("a", 5, 1_000_002, "five"));
        assertEquals(List.of(1_000_001L, 2_000_002L), rig.reserved);
    }

    // ---- failures

    @Test
    void aWriteWithoutRoomIsUndoneAndLaterOnesSucceed() throws Exception {
        JournalWriter journal = rig.begin();
        TestEntry one = TestEntry.events("a", 1, 1, "one");
        rig.write(one);
        byte[] before = Arrays.copyOf(
                rig.memory.bytes(FIRST), (int) Objects.requireNonNull(one.end()).offset());

        rig.disk.hold(Call.WRITE);
        rig.disk.failAt(Call.WRITE, 1, Fault.HALF_FULL);
        TestEntry full = TestEntry.events("a", 2, 2, "two ".repeat(100));
        journal.add(full);
        rig.disk.awaitHeld(Call.WRITE, 1);
        TestEntry rests = TestEntry.events(full, "a", 3, 3, "three");
        TestEntry restsOnThat = TestEntry.events(rests, "a", 4, 4, "four");
        TestEntry other = TestEntry.events("b", 1, 5, "other");
        journal.add(rests);
        journal.add(restsOnThat);
        journal.add(other);
        rig.disk.release(Call.WRITE);

        StoreFullException why = assertInstanceOf(StoreFullException.class, full.outcome());
        assertEquals(Outcome.NOT_WRITTEN, why.outcome());
        assertEquals("a", why.sessionId());
        assertNotNull(rests.outcome());
        assertNotNull(restsOnThat.outcome());
        assertNull(other.outcome());
        assertNull(journal.failure());
        TestEntry again = TestEntry.events("a", 2, 6, "two again");
        rig.write(again);
        assertNull(again.outcome());
        assertEquals(4, again.fileOffset());
        byte[] after = rig.memory.bytes(FIRST);
        assertArrayEquals(before, Arrays.copyOf(after, before.length));
        assertEquals(
                List.of(1L, 5L, 6L),
                rig.frames().stream().map(Frame::firstPosition).toList());
        // undone bytes cannot reappear, even if the power fails immediately
        assertEquals(
                3, JournalRig.read(rig.memory.crashAt(rig.memory.operations())).size());
    }

    @Test
    void whatIsUndoneIsUndoneOnTheDisk() throws Exception {
        rig.begin();
        rig.write(TestEntry.events("a", 1, 1, "one"));
        rig.disk.failAt(Call.WRITE, 2, Fault.FULL); // the mark's
        TestEntry full = TestEntry.events("a", 2, 2, "two");
        rig.write(full);
        assertInstanceOf(StoreFullException.class, full.outcome());
        assertEquals(1, rig.frames().size());
        assertEquals(
                1, JournalRig.read(rig.memory.crashAt(rig.memory.operations())).size());
    }

    @Test
    void whatRestsOnAPurgeThatFailedIsNotWrittenThoughItsVersionFits() throws Exception {
        JournalWriter journal = rig.begin();
        rig.write(TestEntry.events("a", 1, 1, "1", "2", "3", "4"));
        rig.disk.hold(Call.WRITE);
        rig.disk.failAt(Call.WRITE, 1, Fault.FULL);
        TestEntry purge = TestEntry.purge(null, "a", 5);
        journal.add(purge);
        rig.disk.awaitHeld(Call.WRITE, 1);
        TestEntry anew = TestEntry.events(purge, "a", 1, 6, "1", "2", "3", "4");
        TestEntry fifth = TestEntry.events(anew, "a", 5, 10, "5");
        journal.add(anew);
        journal.add(fifth);
        rig.disk.release(Call.WRITE);
        assertInstanceOf(StoreFullException.class, purge.outcome());
        assertNotNull(anew.outcome());
        assertNotNull(fifth.outcome());
        assertEquals(1, rig.frames().size());
    }

    @Test
    void whatDoesNotFollowIsNotWritten() throws Exception {
        rig.begin();
        TestEntry gap = TestEntry.events("a", 2, 1, "two");
        TestEntry fork = TestEntry.fork("b", "a", new FileEnd(3, 30, false), 3, "forked");
        rig.write(gap, TestEntry.events("b", 1, 2, "one"), fork);
        assertEquals(Outcome.NOT_WRITTEN, failure(gap).outcome());
        assertEquals(Outcome.NOT_WRITTEN, failure(fork).outcome());
        assertEquals(1, rig.frames().size());
    }

    @Test
    void aFailedFlushStopsWritingForGood() throws Exception {
        JournalWriter journal = rig.begin();
        rig.write(TestEntry.events("a", 1, 1, "one"));
        rig.disk.hold(Call.SYNC);
        rig.disk.failAt(Call.SYNC, 1, Fault.FULL);
        TestEntry lost = TestEntry.events("a", 2, 2, "two");
        journal.add(lost);
        rig.disk.awaitHeld(Call.SYNC, 1);
        TestEntry rests = TestEntry.events(lost, "a", 3, 3, "three");
        TestEntry waited = TestEntry.events("b", 1, 4, "one");
        journal.add(rests);
        journal.add(waited);
        rig.disk.release(Call.SYNC);

        assertEquals(Outcome.UNKNOWN, failure(lost).outcome());
        rests.outcome();
        assertEquals(Outcome.NOT_WRITTEN, failure(waited).outcome());
        assertNotNull(journal.failure());
        int calls = rig.disk.calls();
        TestEntry later = TestEntry.events("c", 1, 5, "one");
        rig.write(later);
        assertEquals(Outcome.NOT_WRITTEN, failure(later).outcome());
        assertThrows(StoreFailedException.class, journal::rotate);
        assertTrue(journal.sync().handle((done, why) -> why != null).get(30, TimeUnit.SECONDS));
        assertEquals(calls, rig.disk.calls(), "the files are not touched again");
    }

    private static StoreFailedException failure(TestEntry entry) throws Exception {
        return assertInstanceOf(StoreFailedException.class, entry.outcome());
    }

    @Test
    void aBrokenWriteStopsWritingForGood() throws Exception {
        JournalWriter journal = rig.begin();
        rig.write(TestEntry.events("a", 1, 1, "one"));
        rig.disk.failAt(Call.WRITE, 1, Fault.BROKEN);
        TestEntry broken = TestEntry.events("a", 2, 2, "two");
        TestEntry later = TestEntry.events("b", 1, 3, "one");
        rig.write(broken);
        rig.write(later);
        assertEquals(Outcome.UNKNOWN, failure(broken).outcome());
        assertEquals(Outcome.NOT_WRITTEN, failure(later).outcome());
        assertNotNull(journal.failure());
    }

    @ParameterizedTest
    @EnumSource(names = {"TRUNCATE", "SYNC"})
    void aWriteThatCantBeUndoneStopsWritingForGood(Call call) throws Exception {
        JournalWriter journal = rig.begin();
        rig.write(TestEntry.events("a", 1, 1, "one"));
        rig.disk.failAt(Call.WRITE, 1, Fault.HALF_FULL);
        rig.disk.failAt(call, 1, Fault.FULL);
        TestEntry full = TestEntry.events("a", 2, 2, "two");
        rig.write(full);
        assertEquals(Outcome.UNKNOWN, failure(full).outcome());
        assertNotNull(journal.failure());
    }

    @Test
    void positionsThatCantBeReservedAreNotWritten() throws Exception {
        JournalWriter journal = rig.begin();
        rig.reserving = Fault.FULL.exception();
        TestEntry full = TestEntry.events("a", 1, 1, "one");
        rig.write(full);
        assertInstanceOf(StoreFullException.class, full.outcome());
        assertNull(journal.failure());
        rig.reserving = null;
        rig.write(TestEntry.events("a", 1, 2, "one"));

        rig.reserving = new FailedFlushException("ledger", Fault.FULL.exception());
        TestEntry failed = TestEntry.events("a", 2, 3_000_000, "two");
        rig.write(failed);
        assertEquals(Outcome.NOT_WRITTEN, failure(failed).outcome());
        assertNotNull(journal.failure());
        assertEquals(1, rig.frames().size());
    }

    @Test
    void aSessionThatCantBeWrittenFailsAlone() throws Exception {
        rig.begin();
        ReelException damage = new SessionDamagedException("a", "a.jsonl", 1, 0, "as the test wants it");
        TestEntry damaged = TestEntry.behind(damage, "a", 3, 1, "x");
        TestEntry rests = TestEntry.events(damaged, "a", 4, 2, "x");
        TestEntry other = TestEntry.events("b", 1, 3, "one");
        rig.write(damaged, rests, other);
        assertSame(damage, damaged.outcome());
        assertSame(damage, rests.outcome());
        assertNull(other.outcome());
    }

    // ---- segments

    @Test
    void segmentsFollowEachOtherAndAreDeletedFromTheFront() throws Exception {
        JournalWriter journal = rig.begin(JournalRig.segmentsOf(1_000));
        for (int i = 1; i <= 20; i++) {
            rig.write(TestEntry.events("a", i, i, "x".repeat(150)));
        }
        TestEntry large = TestEntry.events("b", 1, 21, "y".repeat(3 << 20));
        rig.write(large, TestEntry.events("c", 1, 22, "z"));
        List<Long> segments = journal.segments();
        assertTrue(segments.size() > 4, segments.toString());
        assertEquals(22, rig.frames().size());
        for (long segment : segments) {
            long size = rig.memory.bytes(Segment.file(JournalRig.DIRECTORY, segment)).length;
            assertTrue(size <= 1_200 || segment == large.end().segment(), segment + " has " + size);
        }

        journal.deleteBefore(3);
        assertEquals(segments.subList(2, segments.size()), journal.segments());
        assertEquals(3, rig.frames().get(0).segment());
        journal.deleteBefore(Long.MAX_VALUE);
        assertEquals(List.of(segments.get(segments.size() - 1)), journal.segments(), "the last one stays");
        assertThrows(IllegalStateException.class, journal::deleteAll);
        journal.close();
        journal.deleteAll();
        assertEquals(0, rig.frames().size());
        assertEquals(
                0, JournalRig.read(rig.memory.crashAt(rig.memory.operations())).size());

        JournalRig again = new JournalRig(rig.memory.copy());
        try (again) {
            JournalWriter next = again.begin();
            again.write(TestEntry.events("a", 1, 30, "x"));
            assertEquals(List.of(segments.get(segments.size() - 1) + 1), next.segments(), "no number is used twice");
        }
    }

    @Test
    void aSegmentIsBegunWhenSomebodyAsks() throws Exception {
        JournalWriter journal = rig.begin();
        rig.write(TestEntry.events("a", 1, 1, "one"));
        assertEquals(2, journal.rotate());
        assertEquals(2, journal.rotate(), "not when it is empty");
        rig.write(TestEntry.events("a", 2, 2, "two"));
        assertEquals(List.of(1L, 2L), journal.segments());
        journal.deleteBefore(2);
        assertEquals(List.of(2L), rig.frames().stream().map(Frame::segment).toList());
    }

    @Test
    void theMarkPassesOverASegmentBeforeThatIsDeleted() throws Exception {
        JournalWriter journal = rig.begin(JournalRig.segmentsOf(100));
        for (int i = 1; i <= 4; i++) {
            rig.write(TestEntry.events("a", i, i, "x".repeat(100)));
        }
        assertEquals(1, first());
        journal.deleteBefore(3);
        assertEquals(3, first());
        int before = rig.disk.calls(Call.SYNC);
        journal.deleteBefore(3);
        assertEquals(before, rig.disk.calls(Call.SYNC), "nothing is deleted");
        rig.write(TestEntry.events("a", 5, 5, "more"));
        assertEquals(3, first());

        rig.disk.hold(Call.SYNC);
        Thread folder = new Thread(() -> {
            try {
                journal.deleteBefore(4);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        folder.start();
        rig.disk.awaitHeld(Call.SYNC, 1);
        assertTrue(rig.memory.files().contains(Segment.file(JournalRig.DIRECTORY, 3)), "not before the flush");
        rig.disk.release(Call.SYNC);
        folder.join();
        assertFalse(rig.memory.files().contains(Segment.file(JournalRig.DIRECTORY, 3)));
        journal.close();
        journal.deleteAll();
        assertEquals(6, first(), "none is needed");
        rig.begin();
        assertEquals(6, first());
    }

    private long first() throws IOException {
        return Objects.requireNonNull(Mark.read(rig.memory, JournalRig.DIRECTORY))
                .first();
    }

    @Test
    void aFailedFlushOfTheMarkStopsWritingAndIsNotRetried() throws Exception {
        JournalWriter journal = rig.begin(JournalRig.segmentsOf(100));
        for (int i = 1; i <= 3; i++) {
            rig.write(TestEntry.events("a", i, i, "x".repeat(100)));
        }
        rig.disk.failAt(Call.SYNC, 1, Fault.BROKEN);
        assertThrows(StoreFailedException.class, () -> journal.deleteBefore(3));
        assertInstanceOf(FailedFlushException.class, journal.failure());
        rig.disk.heal();
        int flushes = rig.disk.calls(Call.SYNC);
        assertThrows(StoreFailedException.class, () -> journal.deleteBefore(3));
        assertEquals(flushes, rig.disk.calls(Call.SYNC));
        TestEntry late = TestEntry.events("a", 4, 4, "late");
        rig.write(late);
        assertInstanceOf(StoreFailedException.class, late.outcome());
        assertEquals(List.of(1L, 2L, 3L), journal.segments());
        assertEquals(3, rig.frames().size());
    }

    @Test
    void withoutRoomForTheMarkNothingIsDeletedAndItIsTriedAgain() throws Exception {
        JournalWriter journal = rig.begin(JournalRig.segmentsOf(100));
        rig.write(TestEntry.events("a", 1, 1, "x".repeat(100)));
        rig.write(TestEntry.events("a", 2, 2, "x".repeat(100)));
        rig.disk.failAt(Call.WRITE, 1, Fault.FULL);
        assertThrows(IOException.class, () -> journal.deleteBefore(2));
        assertEquals(2, rig.frames().size());
        rig.disk.heal();
        journal.deleteBefore(2);
        assertEquals(1, rig.frames().size());
    }

    @Test
    void aSegmentWithoutRoomForItsHeaderIsBegunAgain() throws Exception {
        JournalWriter journal = rig.begin(JournalRig.segmentsOf(200));
        rig.write(TestEntry.events("a", 1, 1, "x".repeat(100)));
        rig.disk.failAt(Call.WRITE, 1, Fault.HALF_FULL);
        TestEntry full = TestEntry.events("a", 2, 2, "x".repeat(100));
        rig.write(full);
        assertInstanceOf(StoreFullException.class, full.outcome());
        assertEquals(List.of(1L), journal.segments());
        TestEntry small = TestEntry.events("b", 1, 3, "x");
        rig.write(small);
        assertNull(small.outcome());
        rig.write(TestEntry.events("a", 2, 4, "x".repeat(100)));
        assertEquals(3, rig.frames().size());
        assertNull(journal.failure());
    }

    @Test
    void aReopenedJournalGoesOnInASegmentOfItsOwn() throws Exception {
        rig.begin();
        rig.write(TestEntry.events("a", 1, 1, "one"));
        rig.close();
        JournalWriter journal = rig.begin();
        TestEntry two = TestEntry.behind(new FileEnd(1, 4, false), null, "a", 2, 2, "two");
        rig.write(two);
        assertEquals(2, two.end().segment());
        assertEquals(List.of(1L, 2L), journal.segments());
        assertEquals(2, rig.frames().size());
    }

    // ---- not flushed at once

    @Test
    void writtenIsAcknowledgedAndFlushedWhenSomebodyAsks() throws Exception {
        JournalWriter journal = rig.begin(JournalRig.settings(Durability.WRITE));
        rig.write(TestEntry.events("a", 1, 1, "one"));
        int flushes = rig.disk.calls(Call.SYNC);
        TestEntry two = TestEntry.events("a", 2, 2, "two");
        rig.write(two);
        assertEquals(flushes, rig.disk.calls(Call.SYNC));
        assertTrue(journal.flushed().compareTo(two.end()) < 0);
        Mark mark = Mark.read(rig.memory, JournalRig.DIRECTORY);
        assertEquals(new Mark(1, two.end().offset(), Segment.HEADER, 2, 1), mark);

        journal.sync().get(30, TimeUnit.SECONDS);
        assertEquals(two.end(), journal.flushed());
        assertEquals(
                2, JournalRig.read(rig.memory.crashAt(rig.memory.operations())).size());
        flushes = rig.disk.calls(Call.SYNC);
        journal.flush();
        journal.sync().get(30, TimeUnit.SECONDS);
        assertEquals(flushes, rig.disk.calls(Call.SYNC), "nothing is left to flush");
        TestEntry three = TestEntry.events("a", 3, 3, "three");
        rig.write(three);
        journal.flush();
        assertEquals(three.end(), journal.flushed());
        assertEquals(
                three.end().offset(),
                Mark.read(rig.memory, JournalRig.DIRECTORY).flushed());
    }

    @Test
    void writtenIsFlushedAfterAnInterval() throws Exception {
        JournalWriter journal = rig.begin(JournalRig.every(Duration.ofMillis(20)));
        for (int i = 1; i <= 3; i++) {
            TestEntry entry = TestEntry.events("a", i, i, "line");
            rig.write(entry);
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                while (journal.flushed().compareTo(entry.end()) < 0) {
                    Thread.sleep(5);
                }
            });
        }
    }

    @Test
    void aFlushThatFailsBehindTheAnswerStopsWriting() throws Exception {
        JournalWriter journal = rig.begin(JournalRig.every(Duration.ofMillis(20)));
        rig.write(TestEntry.events("a", 1, 1, "one"));
        journal.flush();
        rig.disk.failAt(Call.SYNC, 1, Fault.BROKEN);
        rig.write(TestEntry.events("a", 2, 2, "two"));
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            while (journal.failure() == null) {
                Thread.sleep(5);
            }
        });
        TestEntry later = TestEntry.events("a", 3, 3, "three");
        rig.write(later);
        assertEquals(Outcome.NOT_WRITTEN, failure(later).outcome());
        assertThrows(ReelException.class, journal::flush);
    }

    // ---- bounds, and the end

    @Test
    void itWaitsForTheFolderWhenItIsTooFarAhead() throws Exception {
        JournalWriter journal = rig.begin(new JournalWriter.Settings(Durability.WRITE, 64 << 20, 1_000));
        TestEntry first = TestEntry.events("a", 1, 1, "x".repeat(2_000));
        rig.write(first);
        TestEntry second = TestEntry.events("a", 2, 2, "two");
        journal.add(second);
        Thread.sleep(50);
        assertFalse(second.isTold());
        journal.flush();
        assertEquals(first.end(), journal.flushed(), "the folder needs this to catch up");
        assertFalse(second.isTold());
        journal.folded(first.end());
        assertNull(second.outcome());

        TestEntry third = TestEntry.events("b", 1, 3, "x".repeat(2_000));
        TestEntry fourth = TestEntry.events("b", 2, 4, "four");
        rig.write(third);
        journal.add(fourth);
        journal.close();
        assertNull(fourth.outcome(), "closing does not wait for the folder");
    }

    @Test
    void closingWritesWhatWasAddedAndRefusesTheRest() throws Exception {
        JournalWriter journal = rig.begin(JournalRig.settings(Durability.WRITE));
        List<TestEntry> entries = new ArrayList<>();
        for (int i = 1; i <= 500; i++) {
            TestEntry entry = TestEntry.events("a", i, i, "line " + i);
            entries.add(entry);
            journal.add(entry);
        }
        journal.close();
        for (TestEntry entry : entries) {
            assertTrue(entry.isDurable());
        }
        assertEquals(
                500,
                JournalRig.read(rig.memory.crashAt(rig.memory.operations())).size());
        TestEntry late = TestEntry.events("a", 501, 501, "late");
        journal.add(late);
        assertInstanceOf(StoreClosedException.class, late.outcome());
    }

    @Test
    void everyCallThatFailsOnceLosesNothingAcknowledged() throws Exception {
        for (Durability durability : List.of(Durability.SYNC, Durability.WRITE)) {
            for (Fault fault : Fault.values()) {
                for (int nth = 1; ; nth++) {
                    if (!survives(durability, fault, nth)) {
                        assertTrue(nth > 20, "calls were made: " + nth);
                        break;
                    }
                }
            }
        }
    }

    /** Returns whether there was such a call. */
    private static boolean survives(Durability durability, Fault fault, int nth) throws Exception {
        String what = durability + ", " + fault + " at call " + nth;
        JournalRig rig = new JournalRig();
        boolean begun = false;
        boolean due;
        try (rig) {
            rig.disk.failAt(nth, fault);
            JournalWriter journal = rig.begin(new JournalWriter.Settings(durability, 300, 64 << 20));
            begun = true;
            long version = 1;
            for (int i = 1; i <= 8; i++) {
                TestEntry entry = TestEntry.events("a", version, i, "line " + i + " x".repeat(40));
                rig.write(entry);
                ReelException why = entry.outcome();
                version += why == null ? 1 : 0;
                if (i == 5) {
                    try {
                        journal.flush();
                    } catch (ReelException e) {
                        assertNotNull(journal.failure(), what);
                    }
                }
            }
        } catch (IOException e) {
            assertFalse(begun, what + ": " + e);
        } finally {
            due = rig.disk.calls() >= nth;
        }
        List<TestEntry> durable =
                rig.settled.stream().filter(TestEntry::isDurable).toList();
        List<Frame> frames = rig.frames();
        assertTrue(frames.size() >= durable.size(), what);
        for (int i = 0; i < durable.size(); i++) {
            assertTrue(durable.get(i).isIn(frames.get(i)), what);
        }
        for (TestEntry entry : rig.settled) {
            boolean unwritten = entry.error() != null && entry.error().outcome() == Outcome.NOT_WRITTEN;
            assertFalse(unwritten && frames.stream().anyMatch(entry::isIn), what + ": " + entry);
        }
        return due;
    }
}
