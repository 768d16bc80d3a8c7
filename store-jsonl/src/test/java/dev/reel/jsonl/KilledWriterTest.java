package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;

/** A writing process is killed repeatedly, while another one follows its root. */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class KilledWriterTest {

    /** How many rounds use the same root. */
    private static final int ROUNDS_OF_A_ROOT = 10;

    @TempDir
    Path directory;

    @Test
    @DisplayName("R7: acknowledged writes of a killed process are kept, whole; a follower sees each once, in order")
    void fewKills(TestReporter reporter) throws Exception {
        reporter.publishEntry(kill(2, 1));
    }

    @Tag("proof")
    @Test
    @DisplayName("R7: the same, 40 times; 200 at full size")
    void manyKills(TestReporter reporter) throws Exception {
        reporter.publishEntry(kill(Boolean.getBoolean("reel.full") ? 200 : 40, 1_000));
    }

    private String kill(int rounds, long firstSeed) throws Exception {
        long acknowledged = 0;
        List<Long> delays = new ArrayList<>();
        for (int round = 0; round < rounds; round += ROUNDS_OF_A_ROOT) {
            Path root = Files.createTempDirectory(directory, "root");
            int count = Math.min(ROUNDS_OF_A_ROOT, rounds - round);
            try (Root of = new Root(root)) {
                for (int i = 0; i < count; i++) {
                    of.round(firstSeed + round + i);
                }
                acknowledged += of.said.acknowledged;
                delays.addAll(of.delays());
            }
        }
        Collections.sort(delays);
        return rounds + " kills, " + acknowledged + " writes acknowledged; a follower saw an event "
                + (delays.isEmpty()
                        ? "never in time to tell"
                        : delays.get(delays.size() / 2) + " ms (median), " + delays.get(delays.size() * 99 / 100)
                                + " ms (99 %), " + delays.get(delays.size() - 1)
                                + " ms (most) after it was acknowledged");
    }

    /** The output of a writer's processes. */
    private static final class Said {

        private final Map<String, TreeMap<Long, String>> ids = new ConcurrentHashMap<>();
        private final Map<Long, Long> at = new ConcurrentHashMap<>();
        private final Set<String> purging = ConcurrentHashMap.newKeySet();
        private long highest;
        private long acknowledged;

        void take(String line) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "a" -> {
                    acknowledged++;
                    TreeMap<Long, String> known = ids.computeIfAbsent(words[1], it -> new TreeMap<>());
                    known.put(Long.parseLong(words[2]), words[3]);
                    highest = Math.max(highest, Long.parseLong(words[4]));
                    at.put(Long.parseLong(words[4]), Long.parseLong(words[5]));
                }
                case "f" -> {
                    acknowledged++;
                    long version = Long.parseLong(words[3]);
                    TreeMap<Long, String> inherited = new TreeMap<>(
                            ids.getOrDefault(words[2], new TreeMap<>()).headMap(version, true));
                    ids.put(words[1], inherited);
                }
                case "p" -> purging.add(words[1]);
                case "d" -> {
                    acknowledged++;
                    ids.remove(words[1]);
                    purging.remove(words[1]);
                }
                default -> {}
            }
        }
    }

    /** A root with one follower, while writers are started and killed. */
    private static final class Root implements AutoCloseable {

        private final Path path;
        private final Said said = new Said();
        private final SessionStore follower;
        private final Disposable tail;
        private final List<SessionEvent> followed = Collections.synchronizedList(new ArrayList<>());
        private final Map<Long, Long> seenAt = new ConcurrentHashMap<>();
        private final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());

        Root(Path path) {
            this.path = path;
            follower = JsonlSessionStore.follow(path);
            tail = follower.tailAll(FeedPlace.start(), FeedFilter.all())
                    .subscribe(
                            event -> {
                                seenAt.put(event.position(), System.currentTimeMillis());
                                followed.add(event);
                            },
                            failures::add);
        }

        List<Long> delays() {
            List<Long> delays = new ArrayList<>();
            said.at.forEach((position, at) -> {
                Long seen = seenAt.get(position);
                if (seen != null) {
                    delays.add(seen - at);
                }
            });
            return delays;
        }

        void round(long seed) throws Exception {
            String name = "seed " + seed;
            Random random = new Random(seed);
            boolean kill = random.nextInt(8) > 0;
            write(seed, random.nextInt(2) == 0 ? "SYNC" : "WRITE", random.nextInt(500), kill);
            Map<String, String> before = contents();
            try (SessionStore reader = JsonlSessionStore.follow(path)) {
                check(name + ", followed with no writer there", reader);
            }
            assertEquals(before, contents(), name + ": following changes nothing");
            try (SessionStore store = JsonlSessionStore.open(path)) {
                check(name + ", opened again", store);
                Set<String> purgedMaybe = Set.copyOf(said.purging);
                for (String session : purgedMaybe) {
                    // The result was lost: the write is done, or it is not.
                    if (Boolean.FALSE.equals(store.state(session).hasElement().block())) {
                        said.ids.remove(session);
                    }
                    said.purging.remove(session);
                }
                long position = Objects.requireNonNull(store.append("after", EventDraft.of("n", Json.object()))
                                .block())
                        .position();
                assertTrue(position > said.highest, name + ": position " + position + " is given twice");
                said.highest = position;
                awaitFollower(name, position);
                checkFollowed(name, store);
            }
            assertEquals(List.of(), failures, name);
        }

        /** The follower received each event once, in order; some are of sessions that were purged since. */
        private void checkFollowed(String name, SessionStore store) {
            List<SessionEvent> there = store.replayAll(FeedPlace.start(), FeedFilter.all())
                    .collectList()
                    .block();
            Map<Long, SessionEvent> given = new TreeMap<>();
            long last = 0;
            for (SessionEvent event : List.copyOf(followed)) {
                assertTrue(event.position() > last, name + ": the follower's order at " + event);
                last = event.position();
                given.put(event.position(), event);
            }
            for (SessionEvent event : there) {
                assertEquals(event, given.get(event.position()), name + ": followed at " + event.position());
            }
        }

        private void awaitFollower(String name, long position) throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (followed.isEmpty() || followed.get(followed.size() - 1).position() < position) {
                assertEquals(List.of(), failures, name);
                assertTrue(System.nanoTime() < end, name + ": the follower is at " + followed.size() + " events");
                TimeUnit.MILLISECONDS.sleep(1);
            }
        }

        private void write(long seed, String mode, int millis, boolean kill) throws Exception {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xshare:auto",
                            "-cp",
                            System.getProperty("java.class.path"),
                            LoadedWriter.class.getName(),
                            path.toString(),
                            Long.toString(seed),
                            mode)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
                assertEquals("ready", out.readLine());
                Thread killer = new Thread(() -> {
                    try {
                        TimeUnit.MILLISECONDS.sleep(millis);
                        if (kill) {
                            process.toHandle().destroyForcibly(); // its output can still be read
                        } else {
                            process.getOutputStream().close();
                        }
                    } catch (InterruptedException | IOException e) {
                        failures.add(e);
                    }
                });
                killer.start();
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    said.take(line);
                }
                killer.join();
            } finally {
                process.destroyForcibly().waitFor();
            }
        }

        private Map<String, String> contents() throws IOException {
            Map<String, String> found = new TreeMap<>();
            try (Stream<Path> files = Files.walk(path)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    found.put(path.relativize(file).toString(), Arrays.hashCode(Files.readAllBytes(file)) + "");
                }
            }
            return found;
        }

        private void check(String name, SessionStore store) {
            said.ids.forEach((session, ids) -> {
                if (ids.isEmpty() || said.purging.contains(session)) {
                    return;
                }
                List<SessionEvent> log =
                        store.replay(session, Range.all()).collectList().block();
                assertTrue(log.size() >= ids.lastKey(), () -> name + ": " + session + " lacks what was acknowledged");
                ids.forEach((version, id) -> assertEquals(
                        id, log.get((int) (version - 1)).id(), () -> name + ": " + session + "@" + version));
                checkBatches(name, log);
                SessionState rows = SessionState.empty(session);
                for (SessionEvent event : log) {
                    rows = rows.apply(event);
                }
                assertEquals(rows, store.state(session).block(), () -> name + ": the rows of " + session);
            });
            List<SessionEvent> feed = store.replayAll(FeedPlace.start(), FeedFilter.all())
                    .collectList()
                    .block();
            Map<String, Set<Long>> versions = new HashMap<>();
            long last = 0;
            for (SessionEvent event : feed) {
                assertTrue(event.position() > last, name + ": the feed's order at " + event);
                last = event.position();
                assertTrue(
                        event.version() == 0
                                || versions.computeIfAbsent(event.sessionId(), it -> new HashSet<>())
                                        .add(event.version()),
                        name + ": twice " + event);
            }
        }

        private static void checkBatches(String name, List<SessionEvent> log) {
            long expected = 0;
            long size = 0;
            for (SessionEvent event : log) {
                if (event.type().equals("part")) {
                    assertEquals(expected, event.data().longOf("i"), () -> name + ": a batch is not whole at " + event);
                    size = Objects.requireNonNull(event.data().longOf("of"));
                    expected = (expected + 1) % size;
                } else if (!event.type().equals("session_fork")) {
                    assertEquals(0, expected, () -> name + ": a batch is not whole before " + event);
                }
            }
            assertEquals(0, expected, () -> name + ": a batch is not whole at the end of " + log.size() + " events");
        }

        @Override
        public void close() {
            tail.dispose();
            follower.close();
        }
    }
}
