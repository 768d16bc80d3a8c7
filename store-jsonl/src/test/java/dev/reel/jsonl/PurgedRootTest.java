package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.AppendUnknownException;
import dev.reel.EventDraft;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.ReelException;
import dev.reel.SessionDraft;
import dev.reel.WriteOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A purge that is interrupted, or of which a call fails: after it was durably accepted, no byte of the session remains.
 */
class PurgedRootTest {

    private static final boolean FULL = Boolean.getBoolean("reel.full");
    /** In the inherited events of forks. */
    private static final String SHARED = "Kx4-in-what-forks-inherit";

    private static final String SECRET = RootScript.SECRET;
    private static final Path LEDGER = OpenRoot.PATH.resolve(".reel/ledger.jsonl");

    @Test
    @DisplayName("after a crash during a purge, no byte of the session is left when the purge is done")
    void someCrashes() throws Exception {
        crashes(23, 1);
    }

    @Test
    @Tag("proof")
    @DisplayName("after a crash at any operation of a purge, no byte of the session is left when it is done")
    void everyCrash() throws Exception {
        crashes(FULL ? 1 : 2, FULL ? 50 : 2);
    }

    @Test
    @DisplayName("if a call of a purge fails, no byte of the session is left when the purge is done")
    void someFailures() throws Exception {
        failures(61);
    }

    @Test
    @Tag("proof")
    @DisplayName("if any call of a purge fails, no byte of the session is left when it is done")
    void everyFailure() throws Exception {
        failures(FULL ? 1 : 5);
    }

    @Test
    @DisplayName("a purge that cannot delete a file fails and says so; the store closes, and the next one completes it")
    void cannotDelete() throws Exception {
        MemoryDisk memory = before();
        FaultyDisk disk = new FaultyDisk(memory);
        OpenRoot root = OpenRoot.on(disk, Durability.SYNC, 2_000);
        write(root, true);
        disk.failFrom(FaultyDisk.Call.DELETE, 1, FaultyDisk.Fault.BROKEN);
        WriteOptions purge = WriteOptions.none().withIdempotencyKey("purge 1");
        assertThrows(
                AppendUnknownException.class, () -> root.store.purge("s", purge).block(OpenRoot.PATIENCE));
        assertEquals(0, root.store.replay("s", Range.all()).count().block(OpenRoot.PATIENCE));
        assertThrows(
                AppendUnknownException.class, () -> root.store.purge("s", purge).block(OpenRoot.PATIENCE));
        assertThrows(Exception.class, root::close);
        disk.heal();
        OpenRoot next = OpenRoot.on(disk, Durability.SYNC, 2_000);
        next.store.purge("s", purge).block(OpenRoot.PATIENCE);
        assertNowhere(memory, "opened again");
        next.close();
    }

    @Test
    @DisplayName("a purge completes or fails even if any flush fails, and the store can be closed")
    void cannotFlush() throws Exception {
        MemoryDisk whole = before();
        FaultyDisk counted = new FaultyDisk(whole.crashAt(whole.operations()));
        OpenRoot counting = OpenRoot.on(counted, Durability.SYNC, 2_000);
        write(counting, true);
        int before = counted.calls(FaultyDisk.Call.SYNC);
        counting.store.purge("s").block(OpenRoot.PATIENCE);
        int flushes = counted.calls(FaultyDisk.Call.SYNC) - before;
        counting.close();
        assertTrue(flushes > 1, "a purge flushes");
        for (int nth = 1; nth <= flushes; nth++) {
            FaultyDisk disk = new FaultyDisk(whole.crashAt(whole.operations()));
            OpenRoot root = OpenRoot.on(disk, Durability.SYNC, 2_000);
            write(root, true);
            disk.failAt(FaultyDisk.Call.SYNC, nth, FaultyDisk.Fault.BROKEN);
            try {
                root.store.purge("s").block(OpenRoot.PATIENCE);
            } catch (ReelException e) {
                assertEquals(ReelException.Outcome.UNKNOWN, e.outcome(), "flush " + nth);
            }
            try {
                root.close();
            } catch (RuntimeException e) {
                // It may report events that are not folded; this test only requires that it returns.
            }
        }
    }

    @Test
    @DisplayName("a power cut while an opening completes a purge deletes nothing of the session's forks")
    void cutsOfOpening() throws Exception {
        MemoryDisk disk = before();
        OpenRoot root = OpenRoot.on(disk, Durability.SYNC, 2_000);
        write(root, false);
        int at = disk.operations();
        root.store.purge("s").block(OpenRoot.PATIENCE);
        root.close();
        while (!isPurged(disk.killAt(at))) {
            at++; // the first moment at which only the journal has it
        }
        MemoryDisk killed = disk.killAt(at);
        OpenRoot.on(killed).close();
        for (int inner = at; inner <= killed.operations(); inner++) {
            assertWhole(killed.crashAt(inner), false, "cut at " + inner + ", opened at " + at);
        }
    }

    private static boolean isPurged(MemoryDisk disk) {
        OpenRoot root = OpenRoot.on(disk);
        boolean purged = Seen.of(root.store).purges().containsValue("s");
        root.close();
        return purged;
    }

    private static void crashes(int stride, int seeds) throws Exception {
        for (boolean folded : new boolean[] {true, false}) {
            MemoryDisk disk = before();
            OpenRoot root = OpenRoot.on(disk, Durability.SYNC, 2_000);
            write(root, folded);
            int began = disk.operations();
            root.store.purge("s").block(OpenRoot.PATIENCE);
            int acknowledged = disk.operations();
            assertNowhere(disk, "acknowledged");
            root.close();
            for (int at = began; at <= disk.operations(); at += stride) {
                for (int i = 0; i <= seeds; i++) {
                    long seed = at * 1_000L + i;
                    MemoryDisk left = i == 0 ? disk.crashAt(at) : disk.crashAt(at, new Random(seed));
                    String where = "crash at " + at + " of " + began + " to " + acknowledged + ", seed " + seed
                            + ", folded before: " + folded;
                    if (at >= acknowledged) {
                        assertNowhere(left, where);
                    }
                    assertWhole(left, at >= acknowledged, where);
                }
                assertWhole(disk.killAt(at), at >= acknowledged, "killed at " + at + ", folded before: " + folded);
            }
        }
    }

    private static void failures(int stride) throws Exception {
        for (FaultyDisk.Fault fault : FaultyDisk.Fault.values()) {
            boolean failed = true;
            for (int nth = 1 + fault.ordinal(); failed; nth += stride) {
                MemoryDisk memory = before();
                FaultyDisk disk = new FaultyDisk(memory);
                OpenRoot root = OpenRoot.on(disk, Durability.SYNC, 2_000);
                write(root, nth % 2 == 0);
                int began = disk.calls();
                disk.failAt(nth, fault);
                boolean purged = false;
                String where = fault + " at call " + nth;
                try {
                    root.store.purge("s").block(OpenRoot.PATIENCE);
                    purged = true;
                    failed = disk.calls() - began >= nth;
                    assertNowhere(memory, where);
                    assertNowhere(memory.crash(new Random(nth)), where);
                } catch (ReelException | UncheckedIOException e) {
                    where += ": " + Seen.outcome(e);
                }
                try {
                    root.close();
                } catch (RuntimeException e) {
                    where += ", closing: " + e;
                }
                disk.heal();
                assertWhole(memory.crash(new Random(nth)), purged, where);
                assertWhole(memory, purged, where);
            }
        }
    }

    /** A root with data of the session in every possible place. */
    private static MemoryDisk before() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        OpenRoot root = OpenRoot.on(disk);
        root.store.putSession("s", SessionDraft.empty().withTitle("begins")).block(OpenRoot.PATIENCE);
        root.store.append("s", note(SHARED)).block(OpenRoot.PATIENCE);
        root.store.append("other", note("another one")).block(OpenRoot.PATIENCE);
        root.store.fork("s", ForkRequest.whole().withId("early")).block(OpenRoot.PATIENCE);
        root.store.append("s", note(SECRET)).block(OpenRoot.PATIENCE);
        root.close();
        // Parts of the session and of the journal that recovery cut off before.
        Path kept = OpenRoot.PATH.resolve(".reel/kept");
        disk.put(kept.resolve("s.jsonl.torn-17"), SECRET.getBytes(StandardCharsets.UTF_8));
        disk.put(kept.resolve("s.jsonl.torn-17.2"), SECRET.getBytes(StandardCharsets.UTF_8));
        disk.put(kept.resolve("s.jsonl.original-0"), SECRET.getBytes(StandardCharsets.UTF_8));
        disk.put(kept.resolve(".reel/journal/0000000000000001.torn-64"), SECRET.getBytes(StandardCharsets.UTF_8));
        return disk.copy();
    }

    private static void write(OpenRoot root, boolean fold) throws Exception {
        root.store.append("s", List.of(note(SECRET + 1), note(SECRET + 2))).block(OpenRoot.PATIENCE);
        root.store.putSession("s", SessionDraft.empty().withTitle(SECRET)).block(OpenRoot.PATIENCE);
        root.store
                .fork("s", ForkRequest.at(Anchor.version(2)).withId("late").withTitle("late"))
                .block(OpenRoot.PATIENCE);
        root.store.append("late", note("goes on")).block(OpenRoot.PATIENCE);
        if (fold) {
            root.fold();
        }
    }

    private static EventDraft note(String text) {
        return EventDraft.of("note", Json.object("text", text));
    }

    /**
     * Whether it is purged or not, it is so completely after the root was opened and closed; forks keep their events.
     */
    private static void assertWhole(MemoryDisk disk, boolean purged, String where) {
        try {
            boolean onRecord = new String(disk.bytes(LEDGER), StandardCharsets.UTF_8).contains("\"session\":\"s\"");
            OpenRoot root = OpenRoot.on(disk);
            Seen seen = Seen.of(root.store);
            boolean isPurged = seen.purges().containsValue("s");
            assertTrue(isPurged || !purged && !onRecord, "it is not purged");
            assertEquals(isPurged ? 0 : 6, seen.log("s").size(), "events of the session");
            assertEquals(3, seen.log("early").size());
            assertEquals(4, seen.log("late").size());
            assertNotNull(root.store.getSession("late").block(OpenRoot.PATIENCE));
            root.close();
            if (isPurged) {
                assertNowhere(disk, "opened and closed");
            }
            root = OpenRoot.on(disk);
            assertTrue(Seen.of(root.store).isSame(seen), "opened again, it shows something else");
            if (!isPurged) {
                root.store.purge("s").block(OpenRoot.PATIENCE);
                assertNowhere(disk, "purged again");
            }
            root.close();
        } catch (Exception | Error e) {
            throw new AssertionError(where + ": " + e.getMessage(), e);
        }
    }

    private static void assertNowhere(MemoryDisk disk, String where) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : disk.files()) {
            String text = new String(disk.bytes(file), StandardCharsets.ISO_8859_1);
            boolean ofFork = Arrays.asList("early.jsonl", "late.jsonl").contains(String.valueOf(file.getFileName()));
            if (text.contains(SECRET) || text.contains(SHARED) && !ofFork) {
                found.add(file.toString());
            }
        }
        assertEquals(List.of(), found, where + ": files that have something of what was purged");
    }
}
