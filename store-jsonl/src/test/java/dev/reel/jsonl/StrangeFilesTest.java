package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionDamagedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** Other objects in the place of a session's file, and the number of files that a process may have open. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class StrangeFilesTest {

    @TempDir
    Path directory;

    @Test
    @DisplayName("if a link or a directory is in the place of its file, a session fails and acknowledges nothing")
    void noRegularFile() throws Exception {
        Path root = Files.createDirectory(directory.resolve("root"));
        Path outside = Files.writeString(directory.resolve("outside.jsonl"), Lines.foreign("x1", "not ours"));
        Files.createSymbolicLink(root.resolve("linked.jsonl"), outside);
        Files.createSymbolicLink(root.resolve("nowhere.jsonl"), directory.resolve("nothing"));
        Files.createDirectory(root.resolve("directory.jsonl"));
        for (int i = 0; i < 2; i++) {
            try (JsonlSessionStore store = JsonlSessionStore.open(root)) {
                for (String id : List.of("linked", "nowhere", "directory")) {
                    assertThrows(SessionDamagedException.class, () -> append(store, id), id);
                    assertThrows(
                            SessionDamagedException.class,
                            () -> store.replay(id, Range.all()).blockLast(),
                            id);
                }
                append(store, "other");
            }
        }
        assertEquals(Lines.foreign("x1", "not ours"), Files.readString(outside));
    }

    @Test
    @DisplayName("a link that is created while the store is open is not followed by writes")
    void linkedMeanwhile() throws Exception {
        Path root = directory.resolve("root");
        Path outside = Files.writeString(directory.resolve("outside.jsonl"), "");
        JsonlSessionStore store = JsonlSessionStore.open(root);
        Files.createSymbolicLink(root.resolve("linked.jsonl"), outside);
        append(store, "linked");
        append(store, "other");
        assertThrows(SessionDamagedException.class, store::close);
        assertEquals("", Files.readString(outside));
        Files.delete(root.resolve("linked.jsonl"));
        try (JsonlSessionStore next = JsonlSessionStore.open(root)) {
            assertEquals(1, next.replay("linked", Range.all()).count().block());
            assertEquals(1, next.replay("other", Range.all()).count().block());
        }
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC}) // Windows has no limit for a process to set
    @DisplayName("1,000 sessions work in a process that may have 128 files open, and it can reopen the root")
    void fewOpenFiles() throws Exception {
        Path root = directory.resolve("root");
        for (int i = 1; i <= 2; i++) {
            assertEquals("2000 events, closed", run(root, 1_000), "time " + i);
        }
        try (JsonlSessionStore store = JsonlSessionStore.open(root)) {
            assertEquals(4, store.replay("s999", Range.all()).count().block());
        }
    }

    private String run(Path root, int sessions) throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -n 128 && exec \"$@\"", "sh"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-cp", System.getProperty("java.class.path"), ManySessions.class.getName()));
        command.addAll(List.of(root.toString(), String.valueOf(sessions)));
        Path out = directory.resolve("out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        process.waitFor();
        return Files.readString(out).strip();
    }

    /** Writes to many sessions at once, reads them and closes: in a separate process. */
    static final class ManySessions {

        private ManySessions() {}

        public static void main(String[] args) {
            int sessions = Integer.parseInt(args[1]);
            long events;
            try (JsonlSessionStore store = JsonlSessionStore.open(Path.of(args[0]))) {
                for (int i = 0; i < 2; i++) {
                    Flux.range(0, sessions)
                            .flatMap(n -> store.append("s" + n, EventDraft.of("n", Json.object("n", n))), 64)
                            .blockLast();
                }
                events = Flux.range(0, sessions)
                        .flatMap(n -> store.replay("s" + n, Range.last(2)), 16)
                        .count()
                        .blockOptional()
                        .orElseThrow();
            }
            System.out.println(events + " events, closed");
        }
    }

    private static void append(JsonlSessionStore store, String id) {
        store.append(id, EventDraft.of("n", Json.EMPTY_OBJECT)).block();
    }
}
