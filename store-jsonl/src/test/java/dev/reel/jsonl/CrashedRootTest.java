package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A root after a crash at any operation of the disk: what was acknowledged is there, and the store goes on. */
class CrashedRootTest {

    private static final long SMALL_SEGMENTS = 2_000;

    @Test
    @DisplayName("a power cut at any operation loses nothing that was acknowledged")
    void powerCuts() throws Exception {
        RecordedRun run = RecordedRun.of(Durability.SYNC, SMALL_SEGMENTS);
        System.out.println(run.disk.operations() + " operations");
        long t = System.nanoTime();
        int n = 0;
        for (int at = 0; at <= run.disk.operations(); at += Integer.getInteger("stride", 7)) {
            for (int seed = 0; seed < Integer.getInteger("seeds", 3); seed++) {
                recover(run, at, seed == 0 ? run.disk.crashAt(at) : run.disk.crashAt(at, new Random(seed * 10_000L + at)), "seed " + seed, true);
                n++;
            }
        }
        System.out.println(n + " in " + (System.nanoTime() - t) / 1_000_000 + " threads " + Thread.activeCount());
    }

    private static void recover(RecordedRun run, int at, MemoryDisk left, String how, boolean power) throws Exception {
        int place = run.placeAt(at);
        String where = "crash at " + at + " (" + how + "), behind " + run.places.get(place).step();
        try {
            OpenRoot root = OpenRoot.on(left, Durability.SYNC, SMALL_SEGMENTS);
            Seen seen = Seen.of(root.store);
            int from = power ? run.places.get(place).kept() : place;
            if (run.find(seen, from, place) < 0) {
                throw new AssertionError("shows " + seen.brief() + ", not what was acknowledged: " + run.places.get(place).seen().brief());
            }
            long highest = Math.max(seen.last(), run.places.get(place).seen().last());
            Commit commit = Objects.requireNonNull(root.store
                    .append("a", EventDraft.of("note", Json.object("after", "the crash")))
                    .block(OpenRoot.PATIENCE));
            assertTrue(commit.position() > highest, commit + " was given before: " + highest);
            Seen more = Seen.of(root.store);
            root.close();
            root = OpenRoot.on(left, Durability.SYNC, SMALL_SEGMENTS);
            assertTrue(Seen.of(root.store).isSame(more), "after a clean close");
            root.close();
        } catch (Exception | Error e) {
            throw new AssertionError(where + ": " + e.getMessage(), e);
        }
    }
}
