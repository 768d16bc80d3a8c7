package dev.reel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportCommandTest {

    static final String SAMPLE = Path.of("..", "samples", "exathena-sessions").toString();

    private static final String LINE = "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"user_message\",\"uuid\":\"a\","
            + "\"data\":{\"message\":{\"role\":\"user\",\"content\":\"hi\"}}}\n";

    @TempDir
    Path directory;

    private void damage() throws IOException {
        Files.writeString(directory.resolve("a.jsonl"), LINE + LINE + "oops\n");
        Files.writeString(directory.resolve("b\u001B[31m.jsonl"), LINE);
    }

    @Test
    void theSampleAsJson() {
        Run run = Run.here("import", SAMPLE, "--json");
        assertEquals(0, run.code());
        assertEquals("", run.err());
        assertEquals(
                Json.parse("{\"sessions\":40,\"events\":2919,\"messages\":2409,\"replaced\":0,\"skipped\":0,"
                        + "\"repeated\":0,\"problems\":[],\"further_problems\":0}"),
                Json.parse(run.out()));
    }

    @Test
    void theSampleForAPerson() {
        Run run = Run.here("import", SAMPLE);
        assertEquals(0, run.code());
        assertTrue(run.out().contains("40 sessions with 2,919 events and 2,409 messages"), run::out);
        assertFalse(run.out().contains("problem"), run::out);
    }

    @Test
    void problemsAloneChangeNoExitCode() throws IOException {
        damage();
        Run run = Run.here("import", "--json", directory.toString());
        assertEquals(0, run.code());
        Json result = Json.parse(run.out());
        assertEquals(1, result.longOf("sessions"));
        assertEquals(1, result.longOf("events"));
        assertEquals(1, result.longOf("repeated"));
        // Files are imported in the order of their last events; files without events come first.
        List<Json> problems = result.get("problems").elements().stream()
                .sorted(Comparator.comparing(problem -> problem.textOf("file")))
                .toList();
        assertEquals(2, problems.size());
        assertEquals("a.jsonl", problems.get(0).textOf("file"));
        assertEquals(3, problems.get(0).longOf("line"));
        assertFalse(problems.get(0).textOf("reason").isBlank());
        assertEquals(0, problems.get(1).longOf("line"), "the problem is about the whole file");
    }

    @Test
    void problemsForAPerson() throws IOException {
        damage();
        Run run = Run.here("import", directory.toString());
        assertEquals(0, run.code());
        assertTrue(run.out().contains("2 problems"), run::out);
        assertTrue(run.out().contains("a.jsonl:3"), run::out);
        assertTrue(run.out().contains("1 repeated"), run::out);
        assertFalse(run.out().contains("\u001B"), "a file name contains no control sequence for the terminal");
    }

    @Test
    void eachKindOfProblemIsToldOnce() throws IOException {
        Files.writeString(
                directory.resolve("a.jsonl"), LINE + "oops\n".repeat(1_000) + "{\"type\":\"user\"}\n".repeat(30));
        Run run = Run.here("import", directory.toString());
        assertEquals(0, run.code());
        assertTrue(run.out().contains("1,030 problems; everything else is kept"), run::out);
        assertTrue(run.out().contains("a.jsonl:2 and 999 more  "), run::out);
        assertTrue(run.out().contains("a.jsonl:1002 and 29 more  'event' must be present"), run::out);
        assertEquals(5, run.out().lines().count(), run::out);
    }

    @Test
    void filesOfAnotherAgentAreAnErrorThatPointsToAppend() throws IOException {
        Files.writeString(
                directory.resolve("a.jsonl"),
                "{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":\"hi\"}}\n".repeat(3));
        Run run = Run.here("import", directory.toString());
        assertEquals(1, run.code());
        assertTrue(run.out().contains("a.jsonl:1 and 2 more  'event' must be present"), run::out);
        assertFalse(run.out().contains("kept"), run::out);
        assertEquals(1, run.err().lines().count(), run::err);
        assertTrue(run.err().startsWith("reel: nothing was imported from " + directory), run::err);
        assertTrue(run.err().contains("another program's format") && run.err().contains("reel append"), run::err);
        Run asJson = Run.here("import", "--json", directory.toString());
        assertEquals(1, asJson.code());
        assertEquals(3, Json.parse(asJson.out()).get("problems").elements().size());

        Files.writeString(directory.resolve("a.jsonl"), "oops\n");
        run = Run.here("import", directory.toString());
        assertEquals(1, run.code());
        assertFalse(run.err().contains("append"), run::err);
    }

    @Test
    void aDirectoryWithoutSessions() {
        Run run = Run.here("import", directory.toString());
        assertEquals(0, run.code());
        assertTrue(run.out().contains("no file named *.jsonl"), run::out);
    }

    @Test
    void aDirectoryThatIsNotThereIsAnError() {
        for (String[] line : List.of(
                new String[] {"import", "nowhere"},
                new String[] {"import", "nowhere", "--json"},
                new String[] {"import"},
                new String[] {"import", "pom.xml"})) {
            Run run = Run.here(line);
            assertEquals(1, run.code());
            assertEquals("", run.out());
            assertTrue(run.err().startsWith("reel: ") && run.err().contains("directory"), run::err);
            assertEquals(1, run.err().lines().count(), run::err);
        }
    }

    @Test
    void aNameThatBeginsWithADash() throws IOException {
        Run run = Run.here("import", "--json", "--", "-nowhere");
        assertEquals(1, run.code());
        assertTrue(run.err().contains("-nowhere"), run::err);
        Files.writeString(directory.resolve("-abc.jsonl"), LINE);
        assertEquals(
                1,
                Json.parse(Run.here("import", "--json", directory.toString()).out())
                        .longOf("sessions"));
    }
}
