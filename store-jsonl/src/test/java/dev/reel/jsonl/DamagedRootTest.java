package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.SessionDamagedException;
import dev.reel.SessionDraft;
import dev.reel.StoreDamagedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A root with a file that another program changed: the damage is detected and named, or has no effect. No wrong event
 * or row is returned, and sessions with undamaged files are not affected.
 */
class DamagedRootTest {

    private static final boolean FULL = Boolean.getBoolean("reel.full");

    @Test
    @DisplayName("a flipped bit in any file of a root is detected, or has no effect")
    void someFlips() throws Exception {
        flips(60);
        blocks(30);
    }

    @Test
    @Tag("proof")
    @DisplayName("flipped bits in all files of a root are detected, or have no effect")
    void manyFlips() throws Exception {
        flips(FULL ? Integer.MAX_VALUE : 900);
    }

    @Test
    @Tag("proof")
    @DisplayName("zeroed, truncated or swapped bytes in any file of a root are detected, or have no effect")
    void manyBlocks() throws Exception {
        blocks(FULL ? 20_000 : 300);
    }

    /** A root, its expected contents, and whether its journal has events that are not in files. */
    private record Sample(String name, MemoryDisk disk, Seen seen) {}

    private static List<Sample> samples() throws Exception {
        MemoryDisk disk = RootScript.disk();
        OpenRoot root = OpenRoot.on(disk, Durability.SYNC, 1_500);
        write(root, 1);
        root.fold();
        write(root, 2);
        Seen killed = Seen.of(root.store);
        MemoryDisk left = disk.killAt(disk.operations()).copy();
        root.close();
        return List.of(new Sample("killed", left, killed), new Sample("closed", disk.copy(), killed));
    }

    private static void write(OpenRoot root, int time) {
        root.store
                .putSession("a", SessionDraft.empty().withTitle("title " + time))
                .block(OpenRoot.PATIENCE);
        root.store.append("a", List.of(note(time), note(time), note(time))).block(OpenRoot.PATIENCE);
        root.store.putMessage("b", MessageDraft.user("hello " + time)).block(OpenRoot.PATIENCE);
        root.store.append("old", note(time)).block(OpenRoot.PATIENCE);
        root.store.fork("old", ForkRequest.whole().withId("old-" + time)).block(OpenRoot.PATIENCE);
        root.store.append("gone", note(time)).block(OpenRoot.PATIENCE);
        if (time == 1) {
            root.store.purge("gone").block(OpenRoot.PATIENCE);
        }
        root.store.append("c", List.of(note(time), note(time))).block(OpenRoot.PATIENCE);
    }

    private static EventDraft note(int time) {
        return EventDraft.of("note", Json.object("time", time));
    }

    private static void flips(int most) throws Exception {
        for (Sample sample : samples()) {
            List<Path> files = sample.disk.files();
            for (Path file : files) {
                byte[] bytes = sample.disk.bytes(file);
                int bits = bytes.length * 8;
                int count = Math.min(bits, Math.max(3, most / files.size()));
                Random random = new Random(file.hashCode());
                for (int i = 0; i < count; i++) {
                    int bit = count == bits ? i : random.nextInt(bits);
                    byte[] flipped = bytes.clone();
                    flipped[bit / 8] ^= (byte) (1 << bit % 8);
                    check(sample, file, flipped, "bit " + bit + " flipped");
                }
            }
        }
    }

    private static void blocks(int most) throws Exception {
        for (Sample sample : samples()) {
            List<Path> files = sample.disk.files();
            for (int round = 0; round < most; round++) {
                Random random = new Random(round);
                Path file = files.get(round % files.size());
                byte[] bytes = sample.disk.bytes(file);
                int block = List.of(8, 40, 64, 512).get(random.nextInt(4));
                int a = random.nextInt(bytes.length / block + 1) * block;
                int b = random.nextInt(bytes.length / block + 1) * block;
                byte[] broken = bytes.clone();
                int kind = random.nextInt(3);
                if (kind == 0) {
                    Arrays.fill(broken, a, Math.min(bytes.length, a + block), (byte) 0);
                } else if (kind == 1) {
                    broken = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
                } else {
                    int size = Math.min(block, bytes.length - Math.max(a, b));
                    System.arraycopy(bytes, a, broken, b, size);
                    System.arraycopy(bytes, b, broken, a, size);
                }
                String what = List.of("zeroed", "cut", "swapped").get(kind);
                check(sample, file, broken, what + ", seed " + round);
            }
        }
    }

    private static void check(Sample sample, Path file, byte[] content, String what) throws Exception {
        MemoryDisk disk = sample.disk.copy();
        disk.put(file, content);
        String where = sample.name + ", " + file + ", " + what;
        try {
            OpenRoot root;
            try {
                root = OpenRoot.on(disk);
            } catch (StoreDamagedException e) {
                assertEquals(file.toString(), e.file());
                assertTrue(isTruth(file), "opening fails, although nothing is lost: " + e);
                return;
            }
            // If a read finds the index damaged, it waits until the index is rebuilt.
            Seen seen = Seen.of(root.store, List.of("a", "b", "c", "old", "old-1", "old-2", "gone"));
            assertRight(sample, file, seen);
            for (String id : sample.seen.logs().keySet()) {
                if (!seen.damaged().containsKey(id)) {
                    root.store.append(id, note(3)).block(OpenRoot.PATIENCE);
                }
            }
            close(root, seen);
        } catch (Exception | Error e) {
            throw new AssertionError(where + ": " + e.getMessage(), e);
        }
    }

    /** Closing names a session whose events are held because its file is damaged. */
    private static void close(OpenRoot root, Seen seen) {
        try {
            root.close();
        } catch (SessionDamagedException e) {
            assertTrue(seen.damaged().containsKey(e.sessionId()), e::getMessage);
        }
    }

    private static boolean isTruth(Path file) {
        String name = file.toString();
        return name.contains("journal") || name.contains("ledger");
    }

    private static void assertRight(Sample sample, Path file, Seen seen) {
        boolean isSession = file.getParent().equals(OpenRoot.PATH);
        boolean isSegment = file.toString().contains("/journal/0");
        for (Map.Entry<String, List<String>> log : sample.seen.logs().entrySet()) {
            String id = log.getKey();
            // A fork that is only in the journal begins with the changed bytes of its parent's file.
            boolean its = isSession
                    && (id + ".jsonl").startsWith(file.getFileName().toString().replace(".jsonl", ""));
            SessionDamagedException damage = seen.damaged().get(id);
            if (damage != null) {
                assertTrue(its, id + " is damaged, and nothing was done to it: " + damage);
                assertEquals(OpenRoot.PATH.resolve(id + ".jsonl").toString(), damage.file());
            } else if (isSegment) {
                List<String> left = seen.log(id);
                assertEquals(log.getValue().subList(0, left.size()), left, "the log of " + id);
            } else {
                assertEquals(log.getValue(), seen.log(id), "the log of " + id);
            }
        }
        List<String> more = new ArrayList<>(seen.logs().keySet());
        more.removeAll(sample.seen.logs().keySet());
        assertEquals(List.of(), more, "sessions that were never written");
        if (seen.damaged().isEmpty()) {
            assertEquals(sample.seen.purges(), seen.purges());
        }
    }
}
