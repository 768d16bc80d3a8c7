package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.ReelException;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.StoreFailedException;
import dev.reel.StoreFullException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Faults of the real file system: a full one, and system calls that fail. A separate process writes; then its root is
 * opened without the fault and must contain everything that was acknowledged. {@code .ci/real-faults} creates the file
 * system, and runs it.
 */
@Tag("real")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class RealFaultsTest {

    private static final int WRITES = 400;

    @TempDir
    Path directory;

    @Test
    @DisplayName("on a full file system writes fail as full, reads work, writes work again with room; nothing is lost")
    void fullFileSystem(TestReporter reporter) throws Exception {
        Path root = Path.of(Objects.requireNonNull(System.getProperty("reel.real.tmpfs"), "what .ci/real-faults sets"));
        Path ballast = root.resolve("ballast");
        // More than half: without the limit, events that are in the journal but not in files always have room.
        Files.write(ballast, new byte[9_000_000]);
        Said said = run(root.resolve("root"), 4_000, List.of());
        assertTrue(said.full > 0, "it became full: " + said);
        assertEquals(0, said.failed, said.toString());
        Files.delete(ballast);
        reporter.publishEntry(said + ", " + check(root.resolve("root"), said));
    }

    @Test
    @DisplayName("after a failed flush the store stops writing, and no acknowledged write is lost")
    void failedFlush(TestReporter reporter) throws Exception {
        for (int nth : new int[] {20, 60, 150}) {
            Said said = injected("fdatasync,fsync", "EIO", nth + "+", root("flush-" + nth));
            assertTrue(said.failed > 0, said.toString());
            reporter.publishEntry(said + ", " + check(root("flush-" + nth), said));
        }
    }

    @Test
    @DisplayName("writes that find no room fail as full, later ones work, and nothing is lost")
    void noRoom(TestReporter reporter) throws Exception {
        for (String reason : List.of("ENOSPC", "EDQUOT", "EFBIG")) {
            Said said = injected("pwrite64", reason, "100..118", root(reason));
            assertTrue(said.full > 0, said.toString());
            assertEquals(0, said.failed, said.toString());
            assertTrue(said.acknowledgedAfterFull > 0, said.toString());
            reporter.publishEntry(said + ", " + check(root(reason), said));
        }
    }

    @Test
    @DisplayName("while no file can be opened, some sessions fail, and nothing is lost")
    void noDescriptors(TestReporter reporter) throws Exception {
        // The JVM itself opens some hundred files at its start.
        Said said = injected("openat", "EMFILE", "900..940", root("descriptors"));
        reporter.publishEntry(said + ", " + check(root("descriptors"), said));
    }

    private Path root(String name) {
        return directory.resolve(name);
    }

    private Said injected(String calls, String error, String when, Path root) throws Exception {
        return run(
                root,
                100,
                List.of(
                        "strace",
                        "-f",
                        "-qq",
                        "-o",
                        "/dev/null",
                        "-e",
                        "trace=" + calls,
                        "-e",
                        "inject=" + calls + ":error=" + error + ":when=" + when));
    }

    private Said run(Path root, int size, List<String> around) throws Exception {
        List<String> command = new ArrayList<>(around);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx128m", "-cp", System.getProperty("java.class.path"), Writer.class.getName()));
        command.addAll(List.of(root.toString(), String.valueOf(size)));
        Path out = directory.resolve("out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "it ends");
        Said said = new Said();
        for (String line : Files.readAllLines(out)) {
            said.take(line);
        }
        assertTrue(said.ended, "the process ended: " + Files.readString(out));
        return said;
    }

    /** Opens the root without a fault; returns how many acknowledged events it has, which must be all. */
    private static String check(Path root, Said said) {
        int found = 0;
        try (JsonlSessionStore store = JsonlSessionStore.open(root)) {
            for (Map.Entry<String, TreeMap<Long, String>> session : said.acknowledged.entrySet()) {
                List<SessionEvent> events = Objects.requireNonNull(store.replay(session.getKey(), Range.all())
                        .collectList()
                        .block());
                for (Map.Entry<Long, String> event : session.getValue().entrySet()) {
                    assertTrue(events.size() >= event.getKey(), session.getKey() + " lacks version " + event.getKey());
                    assertEquals(
                            event.getValue(),
                            events.get(Math.toIntExact(event.getKey() - 1)).id());
                    found++;
                }
            }
            store.append("after", EventDraft.of("n", Json.EMPTY_OBJECT)).block();
        }
        return found + " acknowledged events are there";
    }

    /** The output of the process. */
    private static final class Said {

        private final Map<String, TreeMap<Long, String>> acknowledged = new HashMap<>();
        private int full;
        private int failed;
        private int refused;
        private int acknowledgedAfterFull;
        private boolean ended;

        void take(String line) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "a" -> {
                    acknowledged
                            .computeIfAbsent(words[1], it -> new TreeMap<>())
                            .put(Long.parseLong(words[2]), words[3]);
                    acknowledgedAfterFull += full > 0 ? 1 : 0;
                }
                case "full" -> full++;
                case "failed" -> failed++;
                case "refused" -> refused++;
                case "end" -> ended = true;
                default -> {}
            }
        }

        @Override
        public String toString() {
            return full + " full, " + failed + " failed, " + refused + " refused";
        }
    }

    /** Writes to some sessions, and prints the results. */
    static final class Writer {

        private Writer() {}

        public static void main(String[] args) throws IOException, InterruptedException {
            String text = "x".repeat(Integer.parseInt(args[1]));
            int writes = args[1].length() > 3 ? 4_000 : WRITES;
            try (JsonlSessionStore store = JsonlSessionStore.open(Path.of(args[0]))) {
                int fullInARow = 0;
                for (int i = 0; i < writes && fullInARow < 30; i++) {
                    String id = "s" + i % 7;
                    try {
                        Commit commit =
                                Objects.requireNonNull(store.append(id, EventDraft.of("n", Json.object("text", text)))
                                        .block());
                        System.out.println("a " + id + " " + commit.version() + " " + commit.eventId());
                        fullInARow = 0;
                    } catch (StoreFullException e) {
                        System.out.println("full");
                        fullInARow++;
                        TimeUnit.MILLISECONDS.sleep(20);
                    } catch (StoreFailedException e) {
                        System.out.println("failed");
                        break;
                    } catch (SessionDamagedException e) {
                        System.out.println("refused");
                    }
                }
            } catch (ReelException e) {
                System.out.println("closing: " + e.getMessage());
            }
            System.out.println("end");
        }
    }
}
