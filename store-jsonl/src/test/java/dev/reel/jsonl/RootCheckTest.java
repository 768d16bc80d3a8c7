package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionStore;
import dev.reel.SnapshotDraft;
import dev.reel.StoreDamagedException;
import dev.reel.StoreLockedException;
import dev.reel.StoreOptions;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The check of a root, and its repair")
class RootCheckTest {

    private static final String FOREIGN =
            "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"user_message\",\"uuid\":\"f%d\",\"data\":{\"message\":1}}\n";

    @TempDir
    Path root;

    private List<RootProblem> check() throws IOException {
        List<RootProblem> found = new ArrayList<>();
        RootCheck.Result result = RootCheck.of(root).run(found::add);
        assertEquals(found.stream().filter(RootProblem::isDamage).count(), result.damages());
        assertEquals(found.size(), result.damages() + result.others());
        return found;
    }

    private RootProblem only() throws IOException {
        List<RootProblem> found = check();
        assertEquals(1, found.size(), found::toString);
        return found.get(0);
    }

    private RootRepair.Result repair() throws IOException {
        return RootRepair.of(root).run(action -> {});
    }

    private void write(String... sessions) {
        try (SessionStore store = JsonlSessionStore.open(root)) {
            for (String session : sessions) {
                store.putMessage(session, MessageDraft.user("hi")).block();
            }
        }
    }

    private void append(String file, String text) throws IOException {
        Files.writeString(root.resolve(file), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** Every file with its contents and its modification time. */
    private TreeMap<String, String> allFiles() throws IOException {
        TreeMap<String, String> all = new TreeMap<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                all.put(file.toString(), attributes.lastModifiedTime() + " " + Files.readString(file));
                return FileVisitResult.CONTINUE;
            }
        });
        return all;
    }

    @Test
    @DisplayName("changes nothing, and can read a directory that no store ever opened")
    void changesNothing() throws IOException {
        append("a.jsonl", FOREIGN.formatted(1) + "oops\n");
        TreeMap<String, String> before = allFiles();
        RootProblem passed = only();
        assertEquals(RootProblem.Kind.PASSED, passed.kind());
        assertEquals(2, passed.line());
        assertEquals(before, allFiles());
        assertThrows(
                NoSuchFileException.class,
                () -> RootCheck.of(root.resolve("nowhere")).run(it -> {}));
    }

    @Test
    @DisplayName("checks only the requested session")
    void oneSession() throws IOException {
        write("a", "b");
        append("a.jsonl", FOREIGN.formatted(1));
        assertEquals(0, RootCheck.of(root).withSession("b").run(it -> {}).damages());
        assertEquals(1, RootCheck.of(root).withSession("a").run(it -> {}).damages());
        assertEquals(0, RootCheck.of(root).withSession("c").run(it -> {}).sessions());
    }

    @Test
    @DisplayName("reports a torn end, not as damage")
    void torn() throws IOException {
        write("a");
        append("a.jsonl", "{\"seq\":2,\"pos\"");
        RootProblem torn = only();
        assertEquals(RootProblem.Kind.TORN, torn.kind());
        assertEquals(2, torn.line());
        assertEquals(0, repair().repaired(), "the next opening cuts it");
    }

    @Test
    @DisplayName("reports a limited number of problems of a session, and how many more there are")
    void manyProblems() throws IOException {
        append("a.jsonl", FOREIGN.formatted(1) + "oops\n".repeat(10_005));
        List<RootProblem> found = check();
        assertEquals(10_001, found.size());
        assertEquals("there are 5 more problems", found.get(10_000).reason());
    }

    @Test
    @DisplayName("reports an event that changes no row, not as damage")
    void nonsense() throws IOException {
        try (SessionStore store = JsonlSessionStore.open(root)) {
            store.append("a", EventDraft.of("messages_restore", Json.EMPTY_OBJECT))
                    .block();
        }
        assertEquals(RootProblem.Kind.NONSENSE, only().kind());
    }

    @Test
    @DisplayName("reports positions that were assigned twice")
    void positionsTwice() throws IOException {
        write("a", "b");
        Files.copy(root.resolve("b.jsonl"), root.resolve("c.jsonl"));
        RootProblem twice = only();
        assertEquals(RootProblem.Kind.DISPUTED, twice.kind());
        assertEquals("c.jsonl", twice.file());
        assertEquals(1, twice.line());
    }

    @Test
    @DisplayName(
            "does not report inherited positions of a fork as assigned twice, whether the journal is folded or not")
    void forks() throws IOException {
        try (SessionStore store = slow()) {
            store.putMessage("a", MessageDraft.user("hi")).block();
            store.fork("a", ForkRequest.whole().withId("b")).block();
            store.fork("b", ForkRequest.whole().withId("c")).block();
            store.putMessage("c", MessageDraft.user("ho")).block();
            assertEquals(List.of(), check());
            store.purge("a").block();
            assertEquals(List.of(), check());
        }
        assertEquals(List.of(), check());
    }

    @Test
    @DisplayName("reports faults of catalogue and index, not as damage; the next opening rebuilds them")
    void derived() throws Exception {
        write("a", "b", "c");
        Long events;
        try (SessionStore store = JsonlSessionStore.open(root)) {
            store.fork("a", ForkRequest.whole().withId("f")).block();
            store.putMessage("f", MessageDraft.user("hi")).block();
            store.purge("c").block();
            events =
                    store.replayAll(FeedPlace.start(), FeedFilter.all()).count().block();
        }
        assertEquals(List.of(), check());
        Path own = root.resolve(".reel");
        for (String name : List.of("positions", "lives", "catalogue")) {
            byte[] whole = Files.readAllBytes(own.resolve(name));
            for (int at = 0; at < whole.length; at += 1 + whole.length / 40) {
                byte[] flipped = whole.clone();
                flipped[at] ^= 1;
                Files.write(own.resolve(name), flipped);
                List<RootProblem> found = check();
                String where = name + ", byte " + at;
                assertFalse(found.isEmpty(), where);
                for (RootProblem problem : found) {
                    assertEquals(RootProblem.Kind.DERIVED, problem.kind(), where);
                    assertTrue(problem.file().startsWith(".reel/"), problem.file());
                }
            }
            Files.write(own.resolve(name), whole);
        }
        byte[] spans = Files.readAllBytes(own.resolve("positions"));
        Files.write(own.resolve("positions"), Arrays.copyOf(spans, spans.length - Span.SIZE));
        assertEquals(".reel/positions", only().file());
        assertEquals(0, repair().repaired());
        try (SessionStore store = JsonlSessionStore.open(root)) {
            assertEquals(
                    events,
                    store.replayAll(FeedPlace.start(), FeedFilter.all()).count().block());
        }
        assertEquals(List.of(), check());
    }

    @Test
    @DisplayName("reports snapshot ids that two sessions hold")
    void snapshots() throws IOException {
        try (SessionStore store = JsonlSessionStore.open(root)) {
            store.putSnapshot("a", SnapshotDraft.of(Json.EMPTY_OBJECT).withId("x"))
                    .block();
        }
        append(
                "b.jsonl",
                FOREIGN.formatted(1)
                        .replace("user_message", "checkpoint")
                        .replace("{\"message\":1}", "{\"id\":\"x\",\"state\":1}"));
        RootProblem twice = only();
        assertEquals(RootProblem.Kind.DISPUTED, twice.kind());
        assertTrue(twice.reason().contains("the snapshot id x is also held by session a"), twice.reason());
    }

    @Test
    @DisplayName("reports two files of one session, names that differ only in case, and files of no session")
    void names() throws IOException {
        append("a.jsonl", FOREIGN.formatted(1));
        append("A.jsonl", FOREIGN.formatted(1));
        append("ü.jsonl", FOREIGN.formatted(1));
        append("%C3%BC.jsonl", FOREIGN.formatted(1));
        Files.createSymbolicLink(root.resolve("link.jsonl"), root.resolve("a.jsonl"));
        List<RootProblem.Kind> kinds = check().stream().map(RootProblem::kind).toList();
        assertEquals(List.of(RootProblem.Kind.ALIKE, RootProblem.Kind.PASSED, RootProblem.Kind.DAMAGE), kinds);
    }

    @Test
    @DisplayName("finds damage to the journal and to the ledger, which a repair of session files does not fix")
    void journalAndLedger() throws IOException {
        write("a");
        Path ledger = root.resolve(".reel/ledger.jsonl");
        byte[] bytes = Files.readAllBytes(ledger);
        bytes[10] ^= 1;
        Files.write(ledger, bytes);
        RootProblem damage = only();
        assertTrue(damage.isDamage());
        assertEquals(".reel/ledger.jsonl", damage.file());
        assertEquals(1, damage.line());
        assertThrows(StoreDamagedException.class, this::repair);
        bytes[10] ^= 1;
        Files.write(ledger, bytes);
        try (SessionStore store = slow()) {
            store.putMessage("a", MessageDraft.user("ho")).block();
            store.putMessage("a", MessageDraft.user("ho")).block();
            Path segment = Files.list(root.resolve(".reel/journal"))
                    .filter(it -> it.getFileName().toString().startsWith("0"))
                    .findFirst()
                    .orElseThrow();
            byte[] journal = Files.readAllBytes(segment);
            journal[100] ^= 1;
            Files.write(segment, journal);
            List<RootProblem> found = check();
            assertTrue(found.get(0).isDamage() && found.get(0).file().startsWith(".reel/journal/"), found::toString);
            journal[100] ^= 1;
            Files.write(segment, journal);
        }
    }

    @Test
    @DisplayName("sees events that are only in the journal; a repair fails while a store has the root open")
    void unfolded() throws IOException {
        write("a");
        try (SessionStore store = slow()) {
            store.putMessage("a", MessageDraft.user("ho")).block();
            store.putMessage("b", MessageDraft.user("ho")).block();
            List<RootProblem> found = new ArrayList<>();
            RootCheck.Result result = RootCheck.of(root).run(found::add);
            assertEquals(List.of(), found);
            assertEquals(2, result.sessions());
            assertEquals(3, result.events());
            // Folded lines are written over existing bytes, whatever these are.
            append("b.jsonl", "half");
            append("a.jsonl", "half");
            assertEquals(List.of(), check());
            assertThrows(StoreLockedException.class, this::repair);
        }
    }

    /** A disk on which something happens before its first listing, or before its first file access. */
    private Disk before(String call, Path path, Runnable happens) {
        Disk disk = new RealDisk(root);
        AtomicBoolean happened = new AtomicBoolean();
        return (Disk) Proxy.newProxyInstance(
                Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, args) -> {
                    if (method.getName().equals(call) && args[0].equals(path) && !happened.getAndSet(true)) {
                        CompletableFuture.runAsync(happens).join();
                    }
                    try {
                        return method.invoke(disk, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @ParameterizedTest
    @CsvSource({"list,.,false", "list,.,true", "open,b.jsonl,false", "open,b.jsonl,true"})
    @DisplayName("finds no damage if a session is purged meanwhile, whether it is written again or not")
    void purgedMeanwhile(String call, String path, boolean anew) throws IOException {
        write("a", "b", "b", "b", "c");
        try (SessionStore store = JsonlSessionStore.open(root)) {
            Disk disk = before(call, root.resolve(path).normalize(), () -> {
                store.purge("b").block();
                if (anew) {
                    store.putMessage("b", MessageDraft.user("hi")).block();
                }
                store.sync().block();
            });
            List<RootProblem> found = new ArrayList<>();
            FileThreads.call("test", () -> RootCheck.run(disk, root, null, found::add));
            assertEquals(List.of(), found);
        }
    }

    @Test
    @DisplayName("finds no damage while a writer continuously purges and rewrites sessions")
    void besideAWriterThatPurges() throws Exception {
        write("a");
        AtomicBoolean done = new AtomicBoolean();
        try (SessionStore store = JsonlSessionStore.open(root)) {
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                for (int i = 0; !done.get(); i++) {
                    String id = "s" + i % 5;
                    for (int n = i % 3; n >= 0; n--) {
                        store.putMessage(id, MessageDraft.user("message " + i)).block();
                    }
                    String fork = id + "-fork" + i % 2;
                    if (store.getSession(fork).block() != null) {
                        store.purge(fork).block();
                    }
                    store.fork(id, ForkRequest.whole().withId(fork)).block();
                    store.purge(id).block();
                }
            });
            try {
                long end = System.nanoTime() + 3_000_000_000L;
                while (System.nanoTime() < end) {
                    List<RootProblem> found = check();
                    assertEquals(
                            List.of(),
                            found.stream().filter(RootProblem::isDamage).toList());
                }
            } finally {
                done.set(true);
                writing.get(60, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    @DisplayName("after a repair the feed, rows and positions are right, even for foreign lines that changed")
    void repairForeign() throws IOException {
        append("a.jsonl", FOREIGN.formatted(1) + FOREIGN.formatted(2) + FOREIGN.formatted(3));
        write("a", "b");
        Path file = root.resolve("a.jsonl");
        Files.writeString(file, Files.readString(file).replace(FOREIGN.formatted(2), ""));
        assertTrue(check().stream().anyMatch(RootProblem::isDamage));
        assertEquals(1, repair().repaired());
        assertEquals(List.of(), check());
        for (int i = 0; i < 2; i++) {
            try (SessionStore store = JsonlSessionStore.open(root)) {
                assertEquals(3, store.replay("a", Range.all()).count().block());
                List<Long> feed = store.replayAll(FeedPlace.start(), FeedFilter.all())
                        .map(it -> it.position())
                        .collectList()
                        .block();
                assertEquals(4, feed.size());
                assertEquals(feed.stream().distinct().sorted().toList(), feed);
            }
        }
    }

    @Test
    @DisplayName("repair writes the journal's events to the files first, and they are not written again later")
    void repairAfterACrash() throws IOException {
        Path copy = Files.createDirectory(root.resolveSibling(root.getFileName() + "-copy"));
        try (SessionStore store = slow()) {
            store.putMessage("a", MessageDraft.user("one")).block();
            store.putMessage("b", MessageDraft.user("two")).block();
            copyTo(copy);
        }
        Path before = root;
        root = copy;
        append("a.jsonl", "x");
        assertEquals(List.of(), check().stream().filter(RootProblem::isDamage).toList());
        append("c.jsonl", FOREIGN.formatted(1) + "{\"seq\":2}\n");
        assertEquals(1, repair().repaired());
        assertEquals(List.of(), check());
        try (SessionStore store = JsonlSessionStore.open(root)) {
            assertEquals(1, store.replay("a", Range.all()).count().block());
            assertEquals(1, store.replay("c", Range.all()).count().block());
        }
        root = before;
    }

    private void copyTo(Path copy) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Path to = copy.resolve(root.relativize(file).toString());
                Files.createDirectories(to.getParent());
                Files.copy(file, to);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** A store that does not fold before it is closed. */
    private SessionStore slow() {
        return JsonlSessionStore.open(
                root, StoreOptions.standard(), JsonlStoreOptions.standard().withLag(Duration.ofHours(1), 64L << 20));
    }
}
