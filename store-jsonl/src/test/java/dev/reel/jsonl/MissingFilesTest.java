package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.StoreDamagedException;
import dev.reel.StoreOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Files of the store's own directory are missing: the root opens with correct contents, or fails with the file's name.
 */
class MissingFilesTest {

    private static final Path OWN = OpenRoot.PATH.resolve(".reel");

    @Test
    @DisplayName("every file of .reel, and every two, deleted after a crash and after a clean close")
    void eachAndEachTwo() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        OpenRoot root = OpenRoot.on(disk);
        write(root, 1);
        root.fold();
        write(root, 2);
        Seen seen = Seen.of(root.store);
        MemoryDisk killed = disk.killAt(disk.operations()).copy();
        root.close();
        List<String> wrong = new ArrayList<>();
        for (boolean closed : new boolean[] {false, true}) {
            MemoryDisk left = closed ? disk : killed;
            List<Path> files =
                    left.files().stream().filter(file -> file.startsWith(OWN)).toList();
            for (int a = 0; a < files.size(); a++) {
                for (int b = a; b < files.size(); b++) {
                    MemoryDisk copy = left.copy();
                    copy.delete(files.get(a));
                    copy.delete(files.get(b));
                    String where = (closed ? "closed" : "killed") + ", without " + files.get(a) + ", " + files.get(b);
                    try {
                        check(
                                copy,
                                seen,
                                List.of(files.get(a).toString(), files.get(b).toString()));
                    } catch (Exception | Error e) {
                        wrong.add(where + ": " + e);
                    }
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    @Test
    @DisplayName("if one of several journal segments is deleted after a crash, opening fails and names it")
    void eachOfSeveralSegments() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        OpenRoot root = OpenRoot.on(disk, Durability.SYNC, 300);
        write(root, 1);
        root.fold();
        List<Path> before = segments(disk);
        write(root, 2);
        Seen seen = Seen.of(root.store);
        MemoryDisk left = disk.killAt(disk.operations()).copy();
        root.close();
        List<Path> segments = segments(left);
        assertTrue(segments.size() > 3, segments.toString());
        assertFalse(segments.contains(Segment.file(OWN.resolve("journal"), 1)), "some were deleted by the store");
        assertTrue(before.size() < segments.size(), before.toString());
        check(left.copy(), seen, List.of());
        for (Path segment : segments) {
            MemoryDisk copy = left.copy();
            copy.delete(segment);
            StoreDamagedException damage =
                    assertThrows(StoreDamagedException.class, () -> OpenRoot.on(copy), "without " + segment);
            assertEquals(segment.toString(), damage.file());
            assertTrue(damage.getMessage().contains("missing"), damage.getMessage());
            List<RootProblem> found = new ArrayList<>();
            RootCheck.run(copy, OpenRoot.PATH, null, found::add);
            assertTrue(
                    found.stream().anyMatch(one -> one.isDamage() && segment.endsWith(one.file())), found.toString());
        }
        MemoryDisk first = left.copy();
        first.delete(segments.get(0));
        StoreDamagedException damage = assertThrows(
                StoreDamagedException.class,
                () -> FollowedRoot.follow(
                        first, OpenRoot.PATH, StoreOptions.standard(), JsonlStoreOptions.standard(), Duration.ZERO));
        assertEquals(segments.get(0).toString(), damage.file());
    }

    private static List<Path> segments(MemoryDisk disk) throws Exception {
        return Segment.list(disk, OWN.resolve("journal")).stream()
                .map(Segment::file)
                .toList();
    }

    private static void check(MemoryDisk disk, Seen seen, List<String> gone) throws Exception {
        OpenRoot root;
        try {
            root = OpenRoot.on(disk);
        } catch (StoreDamagedException e) {
            assertTrue(gone.contains(e.file()), "it names " + e.file());
            assertTrue(e.getMessage().contains("missing"), e.getMessage());
            List<RootProblem> found = new ArrayList<>();
            assertTrue(RootCheck.run(disk, OpenRoot.PATH, null, found::add).damages() > 0, "the check reports it");
            return;
        }
        Seen now = Seen.of(root.store);
        assertEquals(seen.logs(), now.logs());
        assertEquals(seen.feed(), now.feed());
        assertEquals(seen.purges(), now.purges());
        long last = root.store.append("a", note(3)).block(OpenRoot.PATIENCE).position();
        assertTrue(last > seen.last(), "position " + last + " was given before");
        root.close();
    }

    private static void write(OpenRoot root, int time) {
        root.store.putMessage("a", MessageDraft.user("hello " + time)).block(OpenRoot.PATIENCE);
        root.store.append("b", List.of(note(time), note(time))).block(OpenRoot.PATIENCE);
        root.store.fork("b", ForkRequest.whole().withId("b-" + time)).block(OpenRoot.PATIENCE);
        root.store.append("gone", note(time)).block(OpenRoot.PATIENCE);
        if (time == 1) {
            root.store.purge("gone").block(OpenRoot.PATIENCE);
        }
    }

    private static EventDraft note(int time) {
        return EventDraft.of("note", Json.object("time", time));
    }
}
