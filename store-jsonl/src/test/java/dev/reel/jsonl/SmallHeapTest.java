package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.MessageQuery;
import dev.reel.Range;
import dev.reel.SessionStore;
import dev.reel.StoreFailedException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** A file is streamed: it is read in a heap smaller than a third of it. */
class SmallHeapTest {

    private static final int LINES = 60_000;
    private static final int HEAP_MB = 16;
    private static final long SESSION_HEAP_MB = 64;

    @TempDir
    Path directory;

    @Test
    void aFileLargerThanTheHeap() throws IOException, InterruptedException {
        Path file = directory.resolve("s.jsonl");
        String text = "x".repeat(900);
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (int i = 0; i < LINES; i++) {
                out.write(Lines.foreign("e" + i, text));
            }
        }
        assertTrue(Files.size(file) > 3L * HEAP_MB * 1024 * 1024);
        Path said = directory.resolve("said");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + HEAP_MB + "m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Reads.class.getName(),
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the process does not end");
        } finally {
            process.destroyForcibly();
        }
        assertEquals(
                LINES + " events",
                Files.readString(said, StandardCharsets.UTF_8).strip());
    }

    @Test
    @DisplayName("in a heap smaller than a session, each read completes or fails with StoreFailedException")
    void aSessionLargerThanTheHeap() throws IOException, InterruptedException {
        Path root = Files.createDirectories(directory.resolve("root"));
        String text = "x".repeat(900);
        try (BufferedWriter out = Files.newBufferedWriter(root.resolve("s.jsonl"))) {
            for (int i = 0; i < 2 * LINES; i++) {
                out.write(Lines.foreign("e" + i, text));
            }
        }
        assertTrue(Files.size(root.resolve("s.jsonl")) > SESSION_HEAP_MB * 1024 * 1024 * 3 / 2);
        Path said = directory.resolve("said of the session");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + SESSION_HEAP_MB + "m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ReadsASession.class.getName(),
                        root.toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertTrue(process.waitFor(120, TimeUnit.SECONDS), "the process does not end");
        } finally {
            process.destroyForcibly();
        }
        String words = Files.readString(said, StandardCharsets.UTF_8);
        assertTrue(words.contains("whole state: "), words);
        assertTrue(words.contains("last messages: "), words);
        assertTrue(words.strip().endsWith("closed"), words);
        assertFalse(words.contains("Timeout"), words);
    }

    /** Reads a session in ways that need more or less memory, and prints the results. */
    static final class ReadsASession {

        public static void main(String[] args) {
            SessionStore store = JsonlSessionStore.open(Path.of(args[0]));
            say("last messages", store.listMessages("s", MessageQuery.last(5)).count());
            say("whole state", store.state("s").map(state -> state.messages().size()));
            say("events", store.replay("s", Range.all()).count());
            say("last messages", store.listMessages("s", MessageQuery.last(5)).count());
            say(
                    "append",
                    store.append("t", EventDraft.of("note", Json.EMPTY_OBJECT)).map(Commit::version));
            store.closeAsync().block(Duration.ofSeconds(20));
            System.out.println("closed");
            System.exit(0);
        }

        private static void say(String what, Mono<?> read) {
            String outcome = read.<String>map(String::valueOf)
                    .onErrorResume(StoreFailedException.class, error -> Mono.just("failed"))
                    .onErrorResume(error -> Mono.just(error.toString()))
                    .block(Duration.ofSeconds(20));
            System.out.println(what + ": " + outcome);
        }
    }

    /** Counts the events of a file. */
    static final class Reads {
        public static void main(String[] args) {
            long events = SessionFile.of(Path.of(args[0]), "s")
                    .read()
                    .ofType(FileEntry.Event.class)
                    .count()
                    .block();
            System.out.println(events + " events");
        }
    }
}
