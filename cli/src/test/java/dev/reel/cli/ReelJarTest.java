package dev.reel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the jar as a separate process. Runs only after packaging, when the jar exists. */
class ReelJarTest {

    private static final List<String> TERMINAL = List.of("-Dreel.terminal=true");

    @TempDir
    Path directory;

    private Run run(String... args) throws Exception {
        return Run.jar(directory, Map.of(), List.of(), args);
    }

    @Test
    void theDemoRunsFromAnywhereAndWithoutColour() throws Exception {
        Run run = run("demo");
        assertEquals(0, run.code(), run::err);
        assertTrue(run.out().contains("✓ each row equals the one that the store serves"), run::out);
        assertFalse(run.out().contains("\u001B"));
        assertEquals("", run.err());
        try (var files = Files.list(directory)) {
            assertEquals(0, files.count(), "it leaves no files");
        }
    }

    @Test
    void colourOnATerminalUnlessSomebodyMinds() throws Exception {
        assertTrue(Run.jar(directory, Map.of("TERM", "xterm"), TERMINAL, "--help")
                .out()
                .contains("\u001B"));
        Map<String, String> minds = Map.of("TERM", "xterm", "NO_COLOR", "1");
        assertFalse(Run.jar(directory, minds, TERMINAL, "--help").out().contains("\u001B"));
        assertFalse(Run.jar(directory, Map.of("TERM", "dumb"), TERMINAL, "--help")
                .out()
                .contains("\u001B"));
    }

    @Test
    void importsAsJson() throws Exception {
        Run run =
                run("import", Path.of(ImportCommandTest.SAMPLE).toAbsolutePath().toString(), "--json");
        assertEquals(0, run.code());
        assertEquals(2_409, Json.parse(run.out()).longOf("messages"));
        assertEquals("", run.err());
    }

    @Test
    void importsFromWhereExAthenaKeepsItsSessions() throws Exception {
        Files.createDirectories(directory.resolve(".exathena/sessions"));
        Files.writeString(
                directory.resolve(".exathena/sessions/a.jsonl"), "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\"}");
        assertEquals(1, Json.parse(run("import", "--json").out()).longOf("sessions"));
    }

    @Test
    void namesInAnyLocale() throws Exception {
        Files.writeString(directory.resolve("ü世.jsonl"), "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\"}\n!\n");
        for (String locale : List.of("C", "C.UTF-8")) {
            Run run = Run.jar(directory, Map.of("LC_ALL", locale), List.of(), "import", ".", "--json");
            Json result = Json.parse(run.out());
            assertEquals(1, result.longOf("sessions"), locale);
            assertEquals("ü世.jsonl", result.get("problems").elements().get(0).textOf("file"), locale);
        }
    }

    @Test
    void exitCodes() throws Exception {
        assertEquals(0, run("--help").code());
        assertEquals(2, run("nothing").code());
        Run missing = run("import", "nowhere");
        assertEquals(1, missing.code());
        assertEquals("reel: directory nowhere does not exist\n", missing.err());
        assertTrue(run("--version").out().matches("reel [0-9].*\n"));
    }
}
