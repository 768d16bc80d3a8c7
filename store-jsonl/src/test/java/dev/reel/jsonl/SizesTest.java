package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.MessageQuery;
import dev.reel.Range;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.Upcasters;
import dev.reel.spi.Events;
import dev.reel.spi.LineCodec;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** The cost of large roots and long sessions: each is opened in a separate process, whose heap is the bound. */
@Tag("proof")
class SizesTest {

    private static final boolean FULL = Boolean.getBoolean("reel.full");
    private static final Instant AT = Instant.parse("2026-04-26T12:34:56.789Z");

    @TempDir
    Path directory;

    @Test
    @DisplayName("a known root of very many sessions is opened without reading the session files")
    void manySessions(TestReporter reporter) throws Exception {
        int sessions = FULL ? 100_000 : 10_000;
        Path root = Files.createDirectory(directory.resolve("root"));
        for (int s = 0; s < sessions; s++) {
            write(root.resolve("session-" + s + ".jsonl"), 20, 60, 20L * s);
        }
        reporter.publishEntry(run(1_000, ManySessions.class, root, sessions));
        reporter.publishEntry(run(1_000, ManySessions.class, root, sessions));
    }

    @Test
    @DisplayName("a session of 1,000,000 events is opened by a process with less than 150 MB of heap")
    void manyEvents(TestReporter reporter) throws Exception {
        Path root = Files.createDirectory(directory.resolve("root"));
        write(root.resolve("s.jsonl"), 1_000_000, 200, 0);
        reporter.publishEntry(run(150, ManyEvents.class, root, 1_000_000));
    }

    @Test
    @DisplayName("a session four times as large as the heap is replayed, and its messages listed")
    void manyBytes(TestReporter reporter) throws Exception {
        Path root = Files.createDirectory(directory.resolve("root"));
        int events = FULL ? 100_000 : 25_000;
        write(root.resolve("s.jsonl"), events, 10_000, 0);
        reporter.publishEntry(run(FULL ? 256 : 64, ManyBytes.class, root, events));
    }

    /** A session file of messages, as this version writes it. */
    private static void write(Path file, int events, int text, long positionsUpTo) throws IOException {
        LineCodec codec = LineCodec.standard();
        String content = "x".repeat(text);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            for (int v = 1; v <= events; v++) {
                out.write(codec.encode(Events.of(
                        "s",
                        v,
                        positionsUpTo + v,
                        "e" + v,
                        AT,
                        1,
                        EventDraft.of(
                                "user_message",
                                Json.object("id", "m" + v, "message", Json.object("content", content + v))),
                        Upcasters.none())));
                out.write('\n');
            }
        }
    }

    /** The output of the process, which must exit normally. */
    private String run(int heapMegabytes, Class<?> main, Path root, int count) throws Exception {
        Path said = Files.createTempFile(directory, "said", "");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + heapMegabytes + "m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName(),
                        root.toString(),
                        Integer.toString(count))
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertTrue(process.waitFor(10, TimeUnit.MINUTES), "the process does not end");
        } finally {
            process.destroyForcibly();
        }
        String result = Files.readString(said, StandardCharsets.UTF_8).strip();
        assertEquals(0, process.exitValue(), result);
        return result;
    }

    private static JsonlSessionStore open(String root) {
        return JsonlSessionStore.open(
                Path.of(root),
                StoreOptions.standard(),
                JsonlStoreOptions.standard().withCache(16 << 20));
    }

    private static void check(boolean right, Object found) {
        if (!right) {
            throw new AssertionError("found " + found);
        }
    }

    private static long usedMegabytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
    }

    /** Opens a root of many sessions, and reads some. */
    static final class ManySessions {
        public static void main(String[] args) {
            int sessions = Integer.parseInt(args[1]);
            long begin = System.nanoTime();
            try (SessionStore store = open(args[0])) {
                long opened = System.nanoTime();
                long used = usedMegabytes();
                long last = Objects.requireNonNull(store.position().block()).position();
                check(last == 20L * sessions, last);
                long listed = Objects.requireNonNull(
                        store.listSessions(SessionQuery.all()).count().block());
                check(listed == sessions, listed);
                long events = Objects.requireNonNull(store.replay("session-" + sessions / 2, Range.all())
                        .count()
                        .block());
                check(events == 20, events);
                System.out.println(sessions + " sessions: opened in " + (opened - begin) / 1_000_000 + " ms, " + used
                        + " MB of heap");
            }
        }
    }

    /** Opens a session of many events, reads rows, writes, and tails from the end. */
    static final class ManyEvents {
        public static void main(String[] args) {
            int events = Integer.parseInt(args[1]);
            try (SessionStore store = open(args[0])) {
                long begin = System.nanoTime();
                check(
                        "m7"
                                .equals(Objects.requireNonNull(
                                                store.getMessage("s", "m7").block())
                                        .id()),
                        "no m7");
                long loaded = System.nanoTime();
                long used = usedMegabytes();
                check(
                        store.listMessages("s", MessageQuery.all().withLast(3))
                                .map(message -> message.id())
                                .collectList()
                                .block()
                                .equals(List.of("m" + (events - 2), "m" + (events - 1), "m" + events)),
                        "other messages");
                long version = Objects.requireNonNull(store.append("s", EventDraft.of("n", Json.object()))
                                .block())
                        .version();
                check(version == events + 1, version);
                check(store.tail("s", From.last(1)).blockFirst().version() == version, "another end");
                System.out.println(
                        events + " events: loaded in " + (loaded - begin) / 1_000_000 + " ms, " + used + " MB of heap");
            }
        }
    }

    /** Replays a session that is larger than the heap. */
    static final class ManyBytes {
        public static void main(String[] args) {
            int events = Integer.parseInt(args[1]);
            try (SessionStore store = open(args[0])) {
                long begin = System.nanoTime();
                long[] bytes = new long[1];
                long count = Objects.requireNonNull(store.replay("s", Range.all())
                        .doOnNext(event -> bytes[0] += event.line().remaining())
                        .count()
                        .block());
                long replayed = System.nanoTime();
                check(count == events, count);
                long rows = Objects.requireNonNull(
                        store.listMessages("s", MessageQuery.all()).count().block());
                check(rows == events, rows);
                System.out.println((bytes[0] >> 20) + " MB replayed in " + (replayed - begin) / 1_000_000 + " ms");
            }
        }
    }
}
