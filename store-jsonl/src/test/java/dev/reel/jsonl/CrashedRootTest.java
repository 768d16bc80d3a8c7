package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A root after a crash at any disk operation: acknowledged writes are there, and the store continues to work. */
class CrashedRootTest {

    private static final long SMALL_SEGMENTS = 2_000;
    private static final boolean FULL = Boolean.getBoolean("reel.full");

    @Test
    @DisplayName("acknowledged writes survive a power cut, and so do later ones")
    void someCrashes() throws Exception {
        RecordedRun run = RecordedRun.of(Durability.SYNC, SMALL_SEGMENTS);
        powerCuts(run, 23, 1);
        kills(run, 61);
        cutsOfRecovery(run, 150, 61);
    }

    @Test
    @DisplayName(
            "a power cut at any moment of an opening keeps the journal's events, even after the journal is deleted")
    void broughtIntoFiles() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        OpenRoot root = OpenRoot.on(disk, Durability.SYNC, SMALL_SEGMENTS);
        for (int i = 0; i < 8; i++) {
            append(root, i % 2 == 0 ? "a" : "b", 4);
        }
        assertTrue(root.storage.journal().segments().size() > 2, "some segments");
        Seen written = Seen.of(root.store);
        int from = disk.operations();
        MemoryDisk killed = disk.killAt(from);
        root.close();
        OpenRoot opened = OpenRoot.on(killed);
        opened.close();
        int operations = killed.operations();
        for (int at = from; at <= operations; at++) {
            for (int i = 0; i < 5; i++) {
                MemoryDisk left = i == 0 ? killed.crashAt(at) : killed.crashAt(at, new Random(at * 10L + i));
                String where = "crash at " + at + " of " + operations + ", seed " + i;
                try {
                    OpenRoot next = OpenRoot.on(left);
                    assertTrue(Seen.of(next.store).isSame(written), "its contents differ");
                    next.close();
                } catch (Exception | Error e) {
                    throw new AssertionError(where + ": " + e.getMessage(), e);
                }
            }
        }
    }

    @Test
    @DisplayName("another program's lines that were read survive a power cut")
    void othersLines() throws Exception {
        MemoryDisk disk = RootScript.disk();
        byte[] more = Lines.foreign("f4", "four").getBytes(StandardCharsets.UTF_8);
        try (Disk.File file = disk.open(OpenRoot.PATH.resolve("old.jsonl"), Disk.Mode.WRITE)) {
            long size = file.size();
            file.writeFully(ByteBuffer.wrap(new byte[] {'\n'}), size);
            file.writeFully(ByteBuffer.wrap(more), size + 1); // no flush follows
        }
        OpenRoot root = OpenRoot.on(disk);
        Seen served = Seen.of(root.store);
        assertEquals(4, served.log("old").size());
        MemoryDisk left = disk.crashAt(disk.operations());
        root.close();
        OpenRoot next = OpenRoot.on(left);
        assertTrue(Seen.of(next.store).isSame(served), "its contents differ");
        next.close();
    }

    @Test
    @DisplayName("an opening after a crash keeps the index of positions and does not rebuild it")
    void indexGoesOn() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        OpenRoot root = OpenRoot.on(disk);
        append(root, "a", 1);
        root.close();
        root = OpenRoot.on(disk);
        append(root, "a", 3);
        int life = root.root.lifeOf("a");
        MemoryDisk killed = disk.killAt(disk.operations());
        root.close();
        OpenRoot next = OpenRoot.on(killed);
        assertEquals(life, next.root.lifeOf("a"), "a new index has new numbers");
        next.close();
    }

    @Test
    @Tag("proof")
    @DisplayName("a power cut after any operation loses no acknowledged write")
    void everyPowerCut() throws Exception {
        powerCuts(RecordedRun.of(Durability.SYNC, SMALL_SEGMENTS), 1, FULL ? 20 : 2);
        powerCuts(RecordedRun.of(Durability.SYNC, 64 << 20), FULL ? 1 : 7, FULL ? 20 : 1);
    }

    @Test
    @Tag("proof")
    @DisplayName("a process killed at any operation loses no acknowledged write, in any mode")
    void everyKill() throws Exception {
        for (Durability mode : List.of(Durability.SYNC, Durability.WRITE, Durability.interval())) {
            kills(RecordedRun.of(mode, SMALL_SEGMENTS), FULL ? 1 : 5);
        }
    }

    @Test
    @Tag("proof")
    @DisplayName("if writes are acknowledged before their flush, a power cut keeps the writes before a sync")
    void everyPowerCutOfWhatIsNotFlushed() throws Exception {
        powerCuts(RecordedRun.of(Durability.WRITE, SMALL_SEGMENTS), FULL ? 1 : 3, FULL ? 20 : 2);
        powerCuts(RecordedRun.of(Durability.interval(), 64 << 20), FULL ? 1 : 7, FULL ? 20 : 2);
    }

    @Test
    @Tag("proof")
    @DisplayName("a power cut during recovery loses nothing either")
    void everyCutOfRecovery() throws Exception {
        cutsOfRecovery(RecordedRun.of(Durability.SYNC, SMALL_SEGMENTS), FULL ? 3 : 29, FULL ? 1 : 7);
    }

    private static void powerCuts(RecordedRun run, int stride, int seeds) throws Exception {
        for (int at = 0; at <= run.disk.operations(); at += stride) {
            recover(run, at, run.disk.crashAt(at), "all lost that may be", true);
            for (int i = 0; i < seeds; i++) {
                long seed = at * 1_000L + i;
                recover(run, at, run.disk.crashAt(at, new Random(seed)), "seed " + seed, true);
            }
        }
    }

    private static void kills(RecordedRun run, int stride) throws Exception {
        for (int at = 0; at <= run.disk.operations(); at += stride) {
            recover(run, at, run.disk.killAt(at), "killed after it", false);
            recover(run, at, run.disk.killAt(at, new Random(at)), "killed in the next, seed " + at, false);
        }
    }

    private static void cutsOfRecovery(RecordedRun run, int stride, int innerStride) throws Exception {
        for (int at = 0; at <= run.disk.operations(); at += stride) {
            MemoryDisk left = run.disk.crashAt(at, new Random(at));
            OpenRoot.on(left).close();
            for (int inner = 0; inner <= left.operations(); inner += innerStride) {
                long seed = at * 10_000L + inner;
                MemoryDisk again = left.crashAt(inner, new Random(seed));
                recover(run, at, again, "seed " + at + ", recovery at " + inner + ", seed " + seed, true);
            }
        }
    }

    private static void recover(RecordedRun run, int at, MemoryDisk left, String how, boolean powerCut) {
        int place = run.placeAt(at);
        RecordedRun.Place reached = run.places.get(place);
        try {
            OpenRoot root = OpenRoot.on(left);
            Seen seen = Seen.of(root.store);
            int found = run.find(seen, powerCut ? reached.kept() : place, place);
            assertTrue(
                    found >= 0,
                    () -> "it shows " + seen.brief() + ", not " + reached.seen().brief());
            long highest = Math.max(seen.last(), reached.seen().last());
            Seen more = goOn(root, highest);
            root.close();
            root = OpenRoot.on(left);
            assertTrue(Seen.of(root.store).isSame(more), "after reopening, its contents differ");
            root.close();
        } catch (Exception | Error e) {
            throw new AssertionError(
                    "crash at operation " + at + ", " + how + ", after " + reached.step() + ": " + e.getMessage(), e);
        }
    }

    /** Appends one batch. */
    private static void append(OpenRoot root, String id, int count) {
        List<EventDraft> batch =
                Collections.nCopies(count, EventDraft.of("note", Json.object("text", "x".repeat(200))));
        root.store.append(id, batch).block(OpenRoot.PATIENCE);
    }

    /** Writes to all sessions; no position is used twice. */
    private static Seen goOn(OpenRoot root, long highest) {
        List<String> ids = new ArrayList<>(new TreeSet<>(Seen.list(root.store.sessionIds())));
        ids.add("new");
        long last = highest;
        for (String id : ids) {
            Commit commit = Objects.requireNonNull(root.store
                    .append(id, EventDraft.of("note", Json.object("after", "the crash")))
                    .block(OpenRoot.PATIENCE));
            long position = commit.position();
            assertTrue(position > last, "position " + position + " was given before: " + last);
            last = position;
        }
        return Seen.of(root.store);
    }
}
