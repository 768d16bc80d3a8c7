package dev.reel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.Session;
import dev.reel.SessionDamagedException;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.StoreOptions;
import dev.reel.jsonl.JsonlSessionStore;
import dev.reel.jsonl.JsonlStoreOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands on a store. Each test starts with a new store: a session with a question and an answer. */
class StoreCommandsTest {

    private static final String QUESTION =
            "{\"event\":\"user_message\",\"uuid\":\"e1\",\"data\":{\"id\":\"m1\",\"message\":{\"role\":\"user\",\"content\":\"why?\"}}}\n";
    private static final String ANSWER =
            "{\"event\":\"assistant_message\",\"data\":{\"id\":\"m2\",\"message\":{\"role\":\"assistant\",\"content\":\"so\\nthat\"}}}\n";

    @TempDir
    Path directory;

    private Path root;

    @BeforeEach
    void makeStore() {
        root = directory.resolve("root");
        assertEquals(0, input(QUESTION + ANSWER, "append", "s1").code());
    }

    private Run run(String... args) {
        return input("", args);
    }

    private Run input(String input, String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("--store", root.toString()));
        return Run.withInput(input, all.toArray(String[]::new));
    }

    private static void assertFails(int code, String why, Run run) {
        assertEquals(code, run.code(), run::err);
        assertEquals("", run.out());
        assertTrue(run.err().contains(why), run::err);
        if (code == 1) {
            assertTrue(run.err().startsWith("reel: "), run::err);
            assertEquals(1, run.err().lines().count(), run::err);
        }
    }

    private static String ok(Run run) {
        assertEquals(0, run.code(), run::err);
        assertEquals("", run.err());
        return run.out();
    }

    @Test
    @DisplayName("append prints each commit")
    void append() {
        assertEquals("version 3  e3\n", ok(input("{\"event\":\"x\",\"uuid\":\"e3\"}\n\n", "append", "s1")));
        assertEquals(
                "versions 4 to 5  e5\n",
                ok(input("[{\"event\":\"x\",\"uuid\":\"e4\"},{\"event\":\"y\",\"uuid\":\"e5\"}]", "append", "s1")));
        assertEquals(
                "version 3  e3  (already written)\n", ok(input("{\"event\":\"x\",\"uuid\":\"e3\"}", "append", "s1")));
        Json commit = Json.parse(ok(input("{\"event\":\"z\",\"uuid\":\"e6\"}", "append", "s1", "--json")));
        assertEquals(6, commit.longOf("version"));
        assertEquals("e6", commit.textOf("eventId"));
        assertWireForm(commit, Commit.fromJson(commit).toJson());
    }

    /** A command prints exactly the wire form, under the same names. */
    private static void assertWireForm(Json printed, Json wire) {
        assertEquals(wire.toString(), printed.toString());
    }

    @Test
    @DisplayName(
            "append --expect writes only if the log is at that version; each further line expects the version after the one before")
    void appendExpecting() {
        assertFails(
                1, "is at version 2, expected version 1", input("{\"event\":\"x\"}", "append", "s1", "--expect", "1"));
        assertEquals(
                2,
                ok(input("{\"event\":\"x\"}\n{\"event\":\"y\"}\n", "append", "s1", "--expect", "2"))
                        .lines()
                        .count());
        assertFails(1, "is at version 4", input("{\"event\":\"x\"}", "append", "s1", "--expect", "0"));
        assertFails(
                2,
                "invalid --expect 'two': expected a version, any or some",
                input("", "append", "s1", "--expect", "two"));
        assertEquals(4, ok(run("events", "s1")).lines().count());
    }

    @Test
    @DisplayName(
            "a command on a good session succeeds and prints a note about a damaged one; a command on the damaged one fails")
    void anotherSessionIsDamaged() throws IOException {
        ok(input(QUESTION + ANSWER, "append", "s2"));
        ok(input(QUESTION, "append", "s3"));
        // The acknowledged events can't be written to the session's file, because a directory has taken its place.
        SessionStore store = JsonlSessionStore.open(
                root, StoreOptions.standard(), JsonlStoreOptions.standard().withLag(Duration.ofMinutes(10), 1 << 20));
        for (String session : List.of("s2", "s3")) {
            store.append(session, EventDraft.of("x", Json.EMPTY_OBJECT)).block();
            Files.delete(root.resolve(session + ".jsonl"));
            Files.createDirectory(root.resolve(session + ".jsonl"));
        }
        assertThrows(SessionDamagedException.class, store::close);
        for (String[] command : new String[][] {
            {"append", "s1"},
            {"checkpoint", "s1"},
            {"fork", "s1", "--id", "f"},
            {"rewind", "s1", "1"},
            {"redo", "s1"},
            {"undo", "s1"},
            {"purge", "f", "--yes"}
        }) {
            Run run = input("{\"event\":\"x\"}", command);
            assertEquals(0, run.code(), run::err);
            assertFalse(run.out().isEmpty());
            List<String> notes = run.err().lines().toList();
            assertEquals(2, notes.size(), run::err);
            for (String note : notes) {
                assertTrue(note.startsWith("reel: note about another session: session 's"), note);
            }
        }
        assertFails(1, "session 's2'", input("{\"event\":\"x\"}", "append", "s2"));
    }

    @Test
    @DisplayName("append stops at the first line that can't be appended, names it, and keeps the earlier lines")
    void appendWhatIsNoEvent() {
        Run run = input("{\"event\":\"x\"}\noops\n{\"event\":\"y\"}\n", "append", "s1");
        assertEquals(1, run.code());
        assertTrue(run.err().startsWith("reel: line 2: "), run::err);
        assertEquals(3, ok(run("events", "s1")).lines().count());
        for (String line :
                List.of("1", "{\"data\":{}}", "[]", "{\"event\":\"x\",\"ts\":\"now\"}", "{\"event\":\"reel:x\"}")) {
            assertFails(1, "line 1: ", input(line, "append", "s1"));
        }
    }

    @Test
    @DisplayName("ls lists, and ls --json prints an array of objects with ids")
    void list() {
        assertTrue(ok(run("ls")).contains("why?"), "an untitled session is shown with its first question");
        ok(run("fork", "s1", "--id", "s2", "--title", "Other"));
        Json all = Json.parse(ok(run("ls", "--json")));
        assertEquals(
                List.of("s2", "s1"),
                all.elements().stream().map(it -> it.textOf("id")).toList());
        assertEquals("s1", all.elements().get(0).textOf("parentId"));
        all.elements().forEach(it -> assertWireForm(it, Session.fromJson(it).toJson()));
        assertEquals(
                1, Json.parse(ok(run("ls", "--json", "-n", "1"))).elements().size());
        assertEquals(
                "s2",
                Json.parse(ok(run("ls", "--json", "--forks-of", "s1")))
                        .elements()
                        .get(0)
                        .textOf("id"));
        assertEquals(
                List.of(),
                Json.parse(ok(run("ls", "--json", "--title", "nothing"))).elements());
        assertFails(2, "invalid -n 0: expected 1 or more", run("ls", "-n", "0"));
    }

    @Test
    @DisplayName("ls lists a session that has only custom events, and so no row, in its place")
    void listWithoutRow() {
        assertEquals(
                0,
                input("{\"event\":\"x\"}\n{\"event\":\"y\"}\n", "append", "own").code());
        assertEquals(0, input(QUESTION, "append", "s3").code());
        Json all = Json.parse(ok(run("ls", "--json")));
        assertEquals(
                List.of("s3", "own", "s1"),
                all.elements().stream().map(it -> it.textOf("id")).toList());
        all.elements().forEach(it -> assertWireForm(it, Session.fromJson(it).toJson()));
        assertTrue(Session.fromJson(all.elements().get(0)).position()
                > Session.fromJson(all.elements().get(1)).position());
        String shown = ok(run("ls", "-n", "2"));
        assertTrue(shown.contains("own") && shown.contains("(2 events, no conversation)"), shown);
        assertFalse(shown.contains("s1"), shown);
        assertEquals(
                List.of(), Json.parse(ok(run("ls", "--json", "--title", "x"))).elements());
        ok(run("purge", "s1", "--yes"));
        ok(run("purge", "s3", "--yes"));
        assertTrue(ok(run("ls")).contains("own"), "even if no session has a row");
    }

    @Test
    @DisplayName("ls counts damaged sessions on standard error")
    void listDamaged() throws IOException {
        assertEquals(0, input(QUESTION, "append", "s2").code());
        Path file = root.resolve("s1.jsonl");
        Files.writeString(file, Files.readString(file).replace("so\\n", "xx\\n"));
        for (String[] line : new String[][] {{"ls"}, {"ls", "--json"}}) {
            Run run = run(line);
            assertEquals(0, run.code());
            assertTrue(run.out().contains("s2") && !run.out().contains("s1"), run::out);
            assertEquals("reel: 1 session is damaged, and not listed; reel verify names it\n", run.err());
        }
    }

    @Test
    @DisplayName("show prints the current or an earlier state of a conversation")
    void show() {
        String shown = ok(run("show", "s1"));
        assertTrue(shown.contains("version 2  ·  2 messages"), shown);
        assertTrue(shown.contains("\n  why?\n"), shown);
        assertTrue(shown.contains("\n  so\n  that\n"), shown);
        assertFalse(ok(run("show", "s1", "-n", "1")).contains("why?"));
        assertFalse(ok(run("show", "s1", "--at", "1")).contains("that"));
        ok(run("checkpoint", "s1", "--label", "here"));
        List<Json> lines =
                ok(run("show", "s1", "--json")).lines().map(Json::parse).toList();
        assertEquals(
                List.of(Set.of("session", "version"), Set.of("message"), Set.of("message"), Set.of("snapshot")),
                lines.stream().map(it -> it.members().keySet()).toList());
        assertEquals(3, lines.get(0).longOf("version"));
        Json row = Objects.requireNonNull(lines.get(0).get("session"));
        assertWireForm(row, Session.fromJson(row).toJson());
        Json message = Objects.requireNonNull(lines.get(2).get("message"));
        assertWireForm(message, Message.fromJson(message).toJson());
        Json snapshot = Objects.requireNonNull(lines.get(3).get("snapshot"));
        assertWireForm(snapshot, Snapshot.fromJson(snapshot).toJson());
        assertFails(1, "version 9 does not exist yet", run("show", "s1", "--at", "9"));
    }

    @Test
    @DisplayName("events prints one line per event, within the given versions")
    void events() {
        assertEquals(2, ok(run("events", "s1")).lines().count());
        assertTrue(ok(run("events", "s1", "--after", "1")).contains("so ⏎ that"));
        Json event = Json.parse(ok(run("events", "s1", "--up-to", "1", "--json")));
        assertEquals("e1", event.textOf("uuid"));
        assertEquals("", ok(run("events", "s1", "--type", "nothing")));
    }

    @Test
    @DisplayName("export prints the session's file, byte for byte")
    void export() throws IOException {
        assertEquals(Files.readString(root.resolve("s1.jsonl")), ok(run("export", "s1")));
    }

    @Test
    @DisplayName("export prints ExAthena events in Reel's line format, as its help says")
    void exportForeign() throws IOException {
        String foreign = "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\",\"data\":{}}\n";
        Files.writeString(root.resolve("f.jsonl"), foreign + "\noops\n");
        String exported = ok(run("export", "f"));
        assertEquals(1, exported.lines().count());
        assertTrue(exported.startsWith("{\"seq\":1,") && exported.contains("\"crc\":"), exported);
        String help = ok(Run.here("export", "--help")).replaceAll("\\s+", " ");
        assertTrue(help.contains("An event that ExAthena wrote is printed in Reel's format"), help);
    }

    @Test
    @DisplayName("tail -n prints the last events")
    void tail() {
        assertEquals(2, ok(run("tail", "s1")).lines().count());
        assertTrue(ok(run("tail", "s1", "-n", "1")).strip().startsWith("2  "));
        assertFails(2, "invalid -n 0: expected 1 or more", run("tail", "s1", "-n", "0"));
    }

    @Test
    @DisplayName("tail -f continues until the session is closed")
    void follow() {
        ok(input("{\"event\":\"x\"}", "append", "s1"));
        try (SessionStore store = JsonlSessionStore.open(root)) {
            store.closeSession("s1", Json.EMPTY_OBJECT).block();
        }
        assertEquals(2, ok(run("tail", "s1", "-f", "-n", "2")).lines().count());
    }

    @Test
    @DisplayName("undo, redo, rewind, checkpoint and fork change the session and print the result")
    void timeline() {
        assertEquals("2 messages cut, 0 left  (version 3)\n", ok(run("undo", "s1")));
        assertEquals("Nothing changed: there is no user message.\n", ok(run("undo", "s1")));
        assertEquals("2 messages back, 2 left  (version 4)\n", ok(run("redo", "s1")));
        assertEquals("Nothing changed: there is nothing to redo.\n", ok(run("redo", "s1")));
        String checkpoint = ok(run("checkpoint", "s1", "--message", "m1", "--label", "begin"));
        assertTrue(checkpoint.contains("at message m1"), checkpoint);
        assertTrue(ok(run("checkpoint", "s1", "--message", "m1", "--label", "begin"))
                .contains("already exists"));
        String id = checkpoint.substring(0, checkpoint.indexOf(' '));
        assertEquals("1 message cut, 1 left  (version 6)\n", ok(run("rewind", "s1", "snapshot:" + id)));
        assertEquals(
                "s2  has the first 1 event of s1, and 1 message\n", ok(run("fork", "s1", "--at", "1", "--id", "s2")));
        assertFails(1, "m9", run("rewind", "s1", "message:m9"));
        assertFails(2, "invalid place 'm9': expected message:ID", run("rewind", "s1", "m9"));
    }

    @Test
    @DisplayName("purge asks for confirmation, and purges forks only with --with-forks")
    void purge() throws IOException {
        ok(run("fork", "s1", "--id", "s2"));
        ok(run("fork", "s2", "--id", "s3"));
        for (String answer : List.of("", "n\n", "\n")) {
            Run refused = input(answer, "purge", "s1");
            assertEquals(1, refused.code());
            assertTrue(refused.err().contains("Purge this session permanently? [y/N]"), refused::err);
            assertTrue(refused.err().contains("nothing was purged; answer y, or pass --yes"), refused::err);
        }
        assertTrue(ok(run("purge", "s1", "--with-forks", "--dry-run")).contains("Would purge 3 sessions."));
        assertEquals(3, Json.parse(ok(run("ls", "--json"))).elements().size());
        Run purged = input("y\n", "purge", "s1");
        assertEquals("Purged 1 session.\n", purged.out());
        assertFalse(Files.exists(root.resolve("s1.jsonl")));
        assertEquals("Purged 2 sessions.\n", ok(run("purge", "s2", "--with-forks", "--yes")));
        assertEquals("[]\n", ok(run("ls", "--json")));
        assertFails(1, "session not found: s1", run("purge", "s1", "--yes"));
    }

    @Test
    @DisplayName("purge --unchanged-for purges only sessions that are unchanged for that long")
    void purgeOld() {
        ok(input(QUESTION.replace("\"uuid\"", "\"ts\":\"2020-01-01T00:00:00Z\",\"uuid\""), "append", "old"));
        assertTrue(ok(run("purge", "--unchanged-for", "90d", "--dry-run")).startsWith("old\n"));
        assertEquals("Purged 1 session.\n", ok(run("purge", "--unchanged-for", "90d", "--yes")));
        assertEquals("No session to purge.\n", ok(run("purge", "--unchanged-for", "90d", "--yes")));
        assertFails(2, "No sessions: pass their ids or --unchanged-for TIME", run("purge"));
        assertFails(2, "not both", run("purge", "s1", "--unchanged-for", "90d"));
        assertFails(2, "invalid time 'soon': expected a number and a unit", run("purge", "--unchanged-for", "soon"));
    }

    @Test
    @DisplayName("verify finds damage, reports its place, and exits with 1; repair repairs it and keeps the original")
    void verifyAndRepair() throws IOException {
        ok(input(QUESTION, "append", "s2"));
        assertEquals("2 sessions, 3 events: no damage\n", ok(run("verify")));
        assertEquals("[]\n", ok(run("verify", "--json")));
        Path file = root.resolve("s1.jsonl");
        String before = Files.readString(file);
        Files.writeString(file, before.replace("so\\n", "xx\\n"));
        Run found = run("verify", "--json");
        assertEquals(1, found.code());
        Json problem = Json.parse(found.out()).elements().get(0);
        assertEquals("damage", problem.textOf("kind"));
        assertEquals("s1.jsonl", problem.textOf("file"));
        assertEquals(2, problem.longOf("line"));
        assertEquals(before.indexOf('\n') + 1, problem.longOf("offset"));
        assertEquals("the checksum does not hold", problem.textOf("reason"));
        String place = "damage    s1.jsonl:2 offset " + problem.longOf("offset") + "  the checksum does not hold\n";
        assertTrue(run("verify", "s1").out().startsWith(place), run("verify", "s1")::out);
        assertEquals(0, run("verify", "s2").code());
        assertFails(1, "s1.jsonl", run("show", "s1"));
        assertTrue(ok(run("show", "s2")).contains("why?"), "the other session can be read");
        Run repaired = run("repair");
        assertTrue(repaired.out().contains("Repaired 1 session."), repaired::out);
        assertEquals(0, run("verify").code());
        assertEquals(1, ok(run("events", "s1")).lines().count());
        try (var kept = Files.list(root.resolve(".reel/kept"))) {
            assertEquals(Files.readString(kept.findFirst().orElseThrow()), before.replace("so\\n", "xx\\n"));
        }
        assertEquals("No session file needed repair.\n", ok(run("repair")));
        ok(input(ANSWER, "append", "s1"));
        assertEquals(2, ok(run("events", "s1")).lines().count());
    }

    @Test
    @DisplayName("repair of an imported session that was cut off removes only the incomplete line")
    void repairOfImported() throws IOException {
        ok(run("import", ImportCommandTest.SAMPLE));
        Path file = root.resolve("xZ-zyx9jKkMi0zGvI43Rbw.jsonl");
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 7));
        assertEquals(1, run("verify").code());
        String told = ok(run("repair"));
        assertFalse(told.contains("never acknowledged"), told);
        assertEquals(67, ok(run("events", "xZ-zyx9jKkMi0zGvI43Rbw")).lines().count());
    }

    @Test
    @DisplayName("repair keeps the flushed part of a batch, and reports consecutive equal problems in one line")
    void repairOfABatch() throws IOException {
        String batch = "[" + "{\"event\":\"x\"},".repeat(153) + "{\"event\":\"x\"}]";
        ok(input(batch, "append", "s2"));
        Path file = root.resolve("s2.jsonl");
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 7));
        String told = ok(run("repair"));
        assertTrue(told.contains("its batch is incomplete: of 154 lines 153 are left"), told);
        assertEquals(153, ok(run("events", "s2")).lines().count());
        List<String> lines = Files.readAllLines(file);
        for (int i = 9; i < 20; i++) {
            lines.set(i, "rubbish");
        }
        Files.write(file, lines);
        told = ok(run("repair", "s2"));
        assertTrue(told.contains("s2.jsonl:10 to 20 offset "), told);
        assertTrue(told.contains("versions 21 to 153 are now 10 to 142"), told);
        assertTrue(told.lines().count() < 8, told);
    }

    @Test
    @DisplayName("repair --adopt keeps events that ExAthena appended after Reel's lines")
    void adopt() throws IOException {
        String foreign =
                "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"user_message\",\"uuid\":\"f1\",\"data\":{\"message\":{\"role\":\"user\",\"content\":\"late\"}}}\n";
        Path file = root.resolve("s1.jsonl");
        Files.writeString(file, Files.readString(file) + foreign);
        assertEquals(1, run("verify").code());
        ok(run("repair", "--adopt"));
        assertEquals(0, run("verify").code());
        assertTrue(ok(run("show", "s1")).contains("\n  late\n"));
        assertEquals(3, ok(run("events", "s1")).lines().count());
    }

    @Test
    @DisplayName("repair accepts a file that is shorter than before, or missing")
    void shorter() throws IOException {
        ok(input(QUESTION, "append", "s2"));
        Path file = root.resolve("s1.jsonl");
        String before = Files.readString(file);
        Files.writeString(file, before.substring(0, before.indexOf('\n') + 1));
        Files.delete(root.resolve("s2.jsonl"));
        Run found = run("verify");
        assertEquals(1, found.code());
        assertTrue(found.out().contains("s1.jsonl:2 offset"), found::out);
        assertTrue(found.out().contains("the file of this session is gone"), found::out);
        ok(run("repair"));
        assertEquals("1 session, 1 event: no damage\n", ok(run("verify")));
        assertEquals(1, ok(run("events", "s1")).lines().count());
    }

    @Test
    @DisplayName("verify reports no damage while another process writes")
    void verifyMeanwhile() {
        try (SessionStore store = JsonlSessionStore.open(root)) {
            for (int i = 0; i < 200; i++) {
                store.putMessage("busy" + i % 7, MessageDraft.user("message " + i))
                        .block();
                if (i % 20 == 0) {
                    Run run = run("verify");
                    assertEquals(0, run.code(), run::out);
                }
            }
            assertFails(1, "open", run("repair"));
        }
    }

    @Test
    @DisplayName("stats prints figures")
    void stats() {
        Json all = Json.parse(ok(run("stats", "--json")));
        assertEquals(1, all.longOf("sessions"));
        assertEquals(2, all.longOf("last_position"));
        assertEquals(1, Json.parse(ok(run("stats", "s1", "--json"))).longOf("user_message"));
        assertTrue(ok(run("stats")).contains("session bytes"));
    }

    @Test
    @DisplayName("import keeps the events, a second import adds nothing, and a store is not imported")
    void importInto() {
        Json result = Json.parse(ok(run("import", ImportCommandTest.SAMPLE, "--json")));
        assertEquals(40, result.longOf("sessions"));
        Json listed = Json.parse(ok(run("ls", "--json")));
        assertEquals(41, listed.elements().size());
        assertTrue(listed.elements().stream().allMatch(it -> it.textOf("id") != null));
        ok(run("import", ImportCommandTest.SAMPLE));
        assertEquals(41, Json.parse(ok(run("ls", "--json"))).elements().size());
        assertFails(1, "open it with --store " + root, Run.here("import", root.toString()));
    }

    @Test
    @DisplayName("import of a directory with Reel's lines says to open it with --store")
    void importOfReelsFiles() throws IOException {
        Path copy = Files.createDirectory(directory.resolve("copy"));
        Files.copy(root.resolve("s1.jsonl"), copy.resolve("s1.jsonl"));
        assertFails(1, "open it with --store " + copy, Run.here("import", copy.toString()));
    }

    @Test
    @DisplayName("import shows its progress on a terminal, and erases the bar at the end")
    void progress() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Results out = Results.to(OutputStream.nullOutputStream());
        PrintStream told = new PrintStream(err, true, StandardCharsets.UTF_8);
        Terminal terminal = new Terminal(InputStream.nullInputStream(), out, told, true, false, 100);
        assertEquals(0, Reel.run(terminal, "import", ImportCommandTest.SAMPLE, "--store", root.toString()));
        String shown = err.toString(StandardCharsets.UTF_8);
        assertTrue(shown.contains("\rimporting █") && shown.contains("40 of 40"), shown);
        assertTrue(shown.endsWith(" \r"), "taken away");
    }

    @ParameterizedTest
    @ValueSource(ints = {80, 120, 200})
    @DisplayName("tables and the progress bar are as wide as the terminal")
    void width(int columns) {
        String question = QUESTION.replace("why?", "why ".repeat(100)).replace("e1", "e9");
        assertEquals(0, input(question, "append", "s2").code());
        for (String command : List.of("ls", "events s2", "import " + ImportCommandTest.SAMPLE)) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            PrintStream told = new PrintStream(out, true, StandardCharsets.UTF_8);
            Terminal terminal =
                    new Terminal(InputStream.nullInputStream(), Results.to(out), told, true, false, columns);
            assertEquals(0, Reel.run(terminal, (command + " --store " + root).split(" ")));
            String shown = out.toString(StandardCharsets.UTF_8);
            int widest = shown.lines()
                    .filter(line -> !line.contains(root.toString()) && !line.contains("Read "))
                    .flatMap(line -> Stream.of(line.split("\r")))
                    .mapToInt(Text::columns)
                    .max()
                    .orElseThrow();
            assertTrue(widest <= columns && widest >= columns - 3, command + " " + widest + "\n" + shown);
        }
    }

    @Test
    @DisplayName("the demo runs in a store repeatedly, and does not change a session that is not its own")
    void demo() {
        String first = ok(run("demo"));
        assertTrue(first.contains("✓ each row equals the one that the store serves"), first);
        assertEquals(first, ok(run("demo")));
        ok(run("purge", "fix-login", "--yes"));
        ok(input(QUESTION, "append", "fix-login"));
        assertFails(1, "not the demo's", run("demo"));
        assertEquals(1, ok(run("events", "fix-login")).lines().count());
    }

    /** Accepts this many bytes, then fails. */
    private static OutputStream full(int bytes, String why) {
        return new OutputStream() {
            private int left = bytes;

            @Override
            public void write(int b) throws IOException {
                left--;
                if (left < 0) {
                    throw new IOException(why);
                }
            }
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ls",
                "ls --json",
                "show s1",
                "events s1",
                "tail s1",
                "export s1",
                "verify",
                "repair",
                "stats",
                "undo s1",
                "checkpoint s1",
                "append s1",
                "fork s1",
                "purge s1 --yes",
                "export --help",
                "demo"
            })
    @DisplayName("each command fails if its output can't be written")
    void outputThatCannotBeWritten(String command) {
        String[] line = (command + " --store " + root).split(" ");
        Run lost = Run.into(full(3, "No space left on device"), ANSWER.replace("m2", "m3"), line);
        assertEquals(1, lost.code(), command);
        assertEquals(
                "reel: the output could not be written, and is not complete: No space left on device\n", lost.err());
    }

    @Test
    @DisplayName("output to a pipe that the reader has closed is not an error")
    void closedPipe() {
        for (String command : List.of("export s1", "ls", "verify", "stats")) {
            Run run = Run.into(full(10, "Broken pipe"), "", (command + " --store " + root).split(" "));
            assertEquals(0, run.code(), command);
            assertEquals("", run.err());
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX) // only Linux has the device
    @DisplayName("export to a full device is an error")
    void fullDevice() throws IOException {
        Path device = Path.of("/dev/full");
        assertTrue(Files.isWritable(device), "Linux has this device");
        try (OutputStream out = Files.newOutputStream(device)) {
            Run run = Run.into(out, "", "export", "s1", "--store", root.toString());
            assertEquals(1, run.code());
            assertTrue(run.err().startsWith("reel: the output could not be written"), run::err);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"show", "events", "tail", "export", "verify", "stats", "undo", "checkpoint", "purge"})
    @DisplayName("a missing session is a one-line error")
    void noSession(String command) {
        assertFails(1, "nowhere", run(command, "nowhere"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ls", "show s1", "events s1", "tail s1", "export s1", "undo s1", "verify", "repair", "stats"})
    @DisplayName("a missing store is an error, and is not created; without any store it is wrong usage")
    void noStore(String command) {
        Path nowhere = directory.resolve("nowhere");
        String[] line = (command + " --store " + nowhere).split(" ");
        assertFails(1, "store not found: " + nowhere + " does not exist; pass --store ROOT", Run.here(line));
        assertFalse(Files.exists(nowhere));
        assertFails(2, "No store: pass --store ROOT or set REEL_STORE", Run.here(command.split(" ")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ls",
                "show",
                "events",
                "tail",
                "append",
                "export",
                "fork",
                "rewind",
                "undo",
                "redo",
                "checkpoint",
                "purge",
                "verify",
                "repair",
                "stats",
                "serve"
            })
    @DisplayName("each command has help")
    void help(String command) {
        String help = ok(Run.here(command, "--help"));
        assertTrue(help.contains("Usage: reel " + command), help);
        assertTrue(help.contains("--store"), help);
        assertTrue(ok(Run.here("--help")).contains("\n  " + command + " "), "it is listed");
    }
}
