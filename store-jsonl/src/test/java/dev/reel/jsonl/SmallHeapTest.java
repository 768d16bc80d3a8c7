package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file is streamed: it is read in a heap that a third of it would not fit into. */
class SmallHeapTest {

    private static final int LINES = 60_000;
    private static final int HEAP_MB = 16;

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
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it does not end");
        } finally {
            process.destroyForcibly();
        }
        assertEquals(
                LINES + " events",
                Files.readString(said, StandardCharsets.UTF_8).strip());
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
