package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.AppendUnknownException;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.Session;
import dev.reel.SessionDamagedException;
import dev.reel.SessionQuery;
import dev.reel.SnapshotDraft;
import dev.reel.WriteOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A file is read as a session's file only if it belongs to the session and is unchanged. Otherwise only that session
 * fails, with an error that says so.
 */
class OwnFilesTest {

    private static final String ANOTHER_AGENTS =
            "{\"type\":\"user\",\"text\":\"hello\"}\n{\"type\":\"assistant\",\"text\":\"hi\"}\n";

    private final MemoryDisk disk = new MemoryDisk();

    @BeforeEach
    void twoSessions() {
        OpenRoot root = OpenRoot.on(disk);
        for (int n = 1; n <= 3; n++) {
            append(root, "a", n);
            append(root, "b", n);
        }
        append(root, "good", 1);
        root.close();
    }

    @Test
    @DisplayName("swapped files are read as neither session")
    void swapped() throws Exception {
        byte[] a = disk.bytes(file("a"));
        disk.put(file("a"), disk.bytes(file("b")));
        disk.put(file("b"), a);
        refused("a", "b");
        disk.put(file("b"), disk.bytes(file("a")));
        disk.put(file("a"), a);
        served(Map.of("a", 3, "b", 3));
    }

    @Test
    @DisplayName("a file that was replaced by a longer copy of another session's file is not read")
    void replaced() throws Exception {
        byte[] a = disk.bytes(file("a"));
        OpenRoot root = OpenRoot.on(disk);
        append(root, "b", 4);
        root.close();
        disk.put(file("a"), disk.bytes(file("b")));
        refused("a");
        disk.put(file("a"), a);
        served(Map.of("a", 3, "b", 4));
    }

    @Test
    @DisplayName("an older copy that replaces a session's file is not read")
    void older() throws Exception {
        byte[] old = disk.bytes(file("a"));
        OpenRoot root = OpenRoot.on(disk);
        append(root, "a", 4);
        root.close();
        byte[] whole = disk.bytes(file("a"));
        disk.put(file("a"), old);
        refused("a");
        disk.put(file("a"), whole);
        served(Map.of("a", 4));
    }

    @Test
    @DisplayName("files that are swapped while the store is open are not read as the other session")
    void swappedMeanwhile() throws Exception {
        OpenRoot root = OpenRoot.on(disk);
        byte[] a = disk.bytes(file("a"));
        disk.put(file("a"), disk.bytes(file("b")));
        disk.put(file("b"), a);
        assertThrows(SessionDamagedException.class, () -> count(root, "a"));
        assertThrows(SessionDamagedException.class, () -> count(root, "b"));
        assertEquals(1, count(root, "good"));
        root.close();
    }

    @Test
    @DisplayName("files that are swapped while their sessions are loaded are not read as the other session")
    void swappedWhileLoaded() throws Exception {
        OpenRoot root = OpenRoot.on(disk);
        LogFile a = FileThreads.call("reading", () -> root.root.open("a"));
        byte[] bytes = disk.bytes(file("a"));
        disk.put(file("a"), disk.bytes(file("b")));
        a.forget();
        for (long version = 1; version <= 3; version++) {
            long wanted = version;
            assertThrows(SessionDamagedException.class, () -> FileThreads.call("reading", () -> a.event(wanted)));
        }
        disk.put(file("a"), bytes);
        root.close();
    }

    @Test
    @DisplayName("a session whose file was deleted is reported, at each opening, until it is repaired")
    void deleted() throws Exception {
        disk.delete(file("a"));
        for (int i = 0; i < 2; i++) {
            refused("a");
        }
        assertEquals(List.of("a: the file of this session is gone"), problems());
        RootRepair.Result result = repair(false);
        assertEquals(0, result.repaired());
        assertEquals(List.of(), problems());
        OpenRoot root = OpenRoot.on(disk);
        assertEquals(0, count(root, "a"));
        append(root, "a", 1);
        root.close();
    }

    @Test
    @DisplayName("a session whose file was renamed is reported under both names")
    void renamed() throws Exception {
        disk.put(file("other"), disk.bytes(file("a")));
        disk.delete(file("a"));
        refused("a", "other");
        String copied = "other: its events belong to session a: it is that session's file, or a copy";
        assertEquals(List.of("a: the file of this session is gone", copied), problems());
        disk.put(file("a"), disk.bytes(file("other")));
        refused("other");
        assertTrue(problems().stream().anyMatch(it -> it.startsWith("other: position ")), "a copy is named, too");
        disk.delete(file("other"));
        served(Map.of("a", 3));
    }

    @Test
    @DisplayName("a session that is damaged, or whose file is gone, can be purged completely, and its id is free")
    void purgeDamaged() throws Exception {
        OpenRoot first = OpenRoot.on(disk);
        first.store
                .putSnapshot("a", SnapshotDraft.of(Json.EMPTY_OBJECT).withId("snap"))
                .block(OpenRoot.PATIENCE);
        first.store.putMessage("a", MessageDraft.user("a secret")).block(OpenRoot.PATIENCE);
        first.close();
        byte[] whole = disk.bytes(file("a"));
        for (boolean gone : new boolean[] {true, false}) {
            MemoryDisk copy = disk.copy();
            if (gone) {
                copy.delete(file("a"));
            } else {
                byte[] flipped = whole.clone();
                flipped[whole.length / 2] ^= 4;
                copy.put(file("a"), flipped);
            }
            OpenRoot root = OpenRoot.on(copy);
            assertThrows(SessionDamagedException.class, () -> count(root, "a"));
            assertThrows(
                    SessionDamagedException.class,
                    () -> root.store
                            .purge("a", WriteOptions.none().withExpected(ExpectedVersion.exactly(5)))
                            .block(OpenRoot.PATIENCE),
                    "what can't be compared is not taken for right");
            root.store.purge("a").block(OpenRoot.PATIENCE);
            assertEquals(0, count(root, "a"));
            assertNull(copy.look(file("a")));
            for (Path each : copy.files()) {
                String text = new String(copy.bytes(each), StandardCharsets.ISO_8859_1);
                assertTrue(!text.contains("a secret"), each.toString());
            }
            List<String> left = Objects.requireNonNull(root.store
                    .replayAll(FeedPlace.start(), FeedFilter.all())
                    .filter(event -> event.sessionId().equals("a"))
                    .map(event -> event.type())
                    .collectList()
                    .block(OpenRoot.PATIENCE));
            assertEquals(List.of("session_purged"), left);
            assertEquals(
                    0,
                    root.store
                            .listSessions(SessionQuery.all())
                            .filter(row -> row.id().equals("a"))
                            .count()
                            .block(OpenRoot.PATIENCE));
            root.store
                    .putSnapshot("b", SnapshotDraft.of(Json.EMPTY_OBJECT).withId("snap"))
                    .block(OpenRoot.PATIENCE);
            append(root, "a", 1);
            root.close();
            OpenRoot next = OpenRoot.on(copy);
            assertEquals(1, count(next, "a"));
            next.close();
        }
    }

    @Test
    @DisplayName("another program's file is not written, purged or repaired; a check reports it")
    void anotherPrograms() throws Exception {
        for (String content : List.of(ANOTHER_AGENTS, "\0\0\0\0", "\n", "half a line")) {
            byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
            disk.put(file("notes"), bytes);
            OpenRoot root = OpenRoot.on(disk);
            assertThrows(SessionDamagedException.class, () -> append(root, "notes", 1));
            assertThrows(
                    SessionDamagedException.class,
                    () -> root.store.purge("notes").block(OpenRoot.PATIENCE));
            append(root, "good", 2);
            root.close();
            List<RootProblem> found = new ArrayList<>();
            RootCheck.Result result = RootCheck.run(disk, OpenRoot.PATH, null, found::add);
            assertEquals(0, result.damages());
            assertTrue(found.stream()
                    .anyMatch(it -> it.kind() == RootProblem.Kind.FOREIGN && Objects.equals(it.sessionId(), "notes")));
            repair(true);
            assertArrayEquals(bytes, disk.bytes(file("notes")));
        }
    }

    @Test
    @DisplayName("another program's lines after a session's own are kept; the session fails until it is repaired")
    void appendedAfterClosing() throws Exception {
        byte[] a = disk.bytes(file("a"));
        String others = "{\"type\":\"user\",\"text\":\"hello\"}\n";
        disk.put(file("a"), (new String(a, StandardCharsets.UTF_8) + others).getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < 2; i++) {
            refused("a");
        }
        assertEquals(1, problems().size());
        RootRepair.Result result = repair(false);
        assertArrayEquals(a, disk.bytes(file("a")));
        assertTrue(new String(disk.bytes(result.originals().get(0)), StandardCharsets.UTF_8).endsWith(others));
        served(Map.of("a", 3));
    }

    @Test
    @DisplayName("repair writes a session's held events to its file, and leaves out or adopts the lines at their place")
    void repairsWhatIsHeld() throws Exception {
        for (boolean adopt : new boolean[] {false, true}) {
            MemoryDisk left = between(Lines.foreign("x1", "another program's"));
            OpenRoot root = OpenRoot.on(left);
            assertThrows(SessionDamagedException.class, () -> append(root, "a", 9));
            assertThrows(SessionDamagedException.class, root::close);
            assertNotNull(left.look(new Held(left, OpenRoot.PATH).of(file("a"))));
            List<RootProblem> found = new ArrayList<>();
            assertTrue(RootCheck.run(left, OpenRoot.PATH, null, found::add).damages() > 0);
            RootRepair.run(left, OpenRoot.PATH, Clock.systemUTC(), null, adopt, action -> {});
            assertEquals(0, RootCheck.run(left, OpenRoot.PATH, null, found::add).damages());
            assertNull(left.look(new Held(left, OpenRoot.PATH).of(file("a"))));
            OpenRoot next = OpenRoot.on(left);
            assertEquals(adopt ? 6 : 5, count(next, "a"));
            List<String> types = Objects.requireNonNull(next.store
                    .replay("a", Range.all())
                    .map(event -> event.type())
                    .collectList()
                    .block(OpenRoot.PATIENCE));
            assertEquals(adopt ? "user_message" : "n", types.get(types.size() - 1));
            append(next, "a", 9);
            next.close();
        }
    }

    @Test
    @DisplayName(
            "remains of a crash at the place of a session's lines are kept before they are overwritten; zeros are not")
    void keepsWhatItWritesOver() throws Exception {
        for (String rest : List.of("{\"seq\":4,\"po#", "\0".repeat(10))) {
            MemoryDisk left = between(rest);
            OpenRoot root = OpenRoot.on(left);
            assertEquals(5, count(root, "a"));
            root.close();
            List<String> kept = new ArrayList<>();
            for (Path each : new Kept(left, OpenRoot.PATH).of(file("a"))) {
                kept.add(new String(left.bytes(each), StandardCharsets.UTF_8));
            }
            assertEquals(rest.startsWith("\0") ? List.of() : List.of(rest), kept);
        }
    }

    @Test
    @DisplayName("a fork of another program's lines that were changed meanwhile counts as damaged")
    void forkOfChangedLines() throws Exception {
        String lines = Lines.foreign("f1", "one") + Lines.foreign("f2", "two") + Lines.foreign("f3", "three");
        disk.put(file("old"), lines.getBytes(StandardCharsets.UTF_8));
        OpenRoot root = OpenRoot.on(disk);
        assertEquals(3, count(root, "old"));
        disk.put(file("old"), lines.replace("one", "ONE").getBytes(StandardCharsets.UTF_8));
        root.store.fork("old", ForkRequest.at(Anchor.version(2)).withId("fork")).block(OpenRoot.PATIENCE);
        root.close();
        OpenRoot next = OpenRoot.on(disk);
        assertThrows(SessionDamagedException.class, () -> count(next, "old"));
        assertThrows(SessionDamagedException.class, () -> count(next, "fork"));
        assertEquals(3, count(next, "a"));
        next.close();
    }

    @Test
    @DisplayName("repair does not report a purged session as gone")
    void repairsBesideAPurge() throws Exception {
        FaultyDisk faulty = new FaultyDisk(disk);
        OpenRoot root = OpenRoot.on(faulty);
        faulty.failFrom(FaultyDisk.Call.DELETE, 1, FaultyDisk.Fault.BROKEN);
        assertThrows(AppendUnknownException.class, () -> root.store.purge("a").block(OpenRoot.PATIENCE));
        MemoryDisk killed = disk.killAt(disk.operations());
        faulty.heal();
        root.close();
        List<RootRepair.Action> actions = new ArrayList<>();
        RootRepair.run(killed, OpenRoot.PATH, Clock.systemUTC(), null, false, actions::add);
        assertEquals(List.of(), actions);
        assertNull(killed.look(file("a")));
    }

    @Test
    @DisplayName("positions of foreign files follow the time of their last events, not their names")
    void foreignByTime() throws Exception {
        MemoryDisk foreign = new MemoryDisk();
        Map<String, Integer> days = new TreeMap<>(Map.of("a", 21, "b", 9, "c", 30, "d", 1));
        for (Map.Entry<String, Integer> one : days.entrySet()) {
            String day = String.format("2026-04-%02dT", one.getValue());
            String lines = Lines.foreign(one.getKey() + 1, "first")
                    + Lines.foreign(one.getKey() + 2, "last").replace("2026-04-26T", day);
            foreign.put(file(one.getKey()), lines.getBytes(StandardCharsets.UTF_8));
        }
        OpenRoot root = OpenRoot.on(foreign);
        assertEquals(2, count(root, "a"));
        assertNotNull(root.store.getSession("a").block(OpenRoot.PATIENCE));
        String listed = Objects.requireNonNull(root.store
                .listSessions(SessionQuery.all())
                .map(Session::id)
                .collect(Collectors.joining())
                .block(OpenRoot.PATIENCE));
        assertEquals("cabd", listed);
        root.close();
    }

    // ---- Helpers

    /**
     * A disk after a crash with two events of "a" in the journal. Another program then wrote to the session's file.
     */
    private MemoryDisk between(String others) throws IOException {
        MemoryDisk copy = disk.copy();
        OpenRoot root = OpenRoot.on(copy);
        append(root, "a", 4);
        append(root, "a", 5);
        MemoryDisk left = copy.killAt(copy.operations());
        root.close();
        left.put(
                file("a"),
                (new String(left.bytes(file("a")), StandardCharsets.UTF_8) + others).getBytes(StandardCharsets.UTF_8));
        return left;
    }

    /** Reads and writes of these sessions fail, all others work, and a check reports them as damaged. */
    private void refused(String... ids) throws Exception {
        OpenRoot root = OpenRoot.on(disk);
        for (String id : ids) {
            SessionDamagedException why = assertThrows(SessionDamagedException.class, () -> count(root, id), id);
            assertTrue(why.getMessage().contains(id + ".jsonl"), why.getMessage());
            assertThrows(SessionDamagedException.class, () -> append(root, id, 9), id);
        }
        long before = count(root, "good");
        append(root, "good", 9);
        assertEquals(before + 1, count(root, "good"));
        root.close();
    }

    private void served(Map<String, Integer> counts) throws Exception {
        OpenRoot root = OpenRoot.on(disk);
        for (Map.Entry<String, Integer> one : counts.entrySet()) {
            assertEquals(one.getValue().longValue(), count(root, one.getKey()), one.getKey());
        }
        root.close();
        assertEquals(List.of(), problems());
    }

    private List<String> problems() throws IOException {
        List<String> problems = new ArrayList<>();
        RootCheck.run(disk, OpenRoot.PATH, null, found -> problems.add(found.sessionId() + ": " + found.reason()));
        return problems;
    }

    private RootRepair.Result repair(boolean adopt) throws IOException {
        return RootRepair.run(disk, OpenRoot.PATH, Clock.systemUTC(), null, adopt, action -> {});
    }

    private static Path file(String id) {
        return OpenRoot.PATH.resolve(id + ".jsonl");
    }

    private static void append(OpenRoot root, String id, int n) {
        root.store.append(id, EventDraft.of("n", Json.object("n", n))).block(OpenRoot.PATIENCE);
    }

    private static long count(OpenRoot root, String id) {
        return Objects.requireNonNull(root.store.replay(id, Range.all()).count().block(OpenRoot.PATIENCE));
    }
}
