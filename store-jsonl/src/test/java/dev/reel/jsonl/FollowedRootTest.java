package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import dev.reel.StoreDamagedException;
import dev.reel.StoreFailedException;
import dev.reel.StoreOptions;
import dev.reel.StoreReadOnlyException;
import dev.reel.internal.engine.Engine;
import dev.reel.internal.engine.EngineSizes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** What a follower of a root sees when its writer starts, stops and fails. */
@Timeout(60)
class FollowedRootTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    Path root;

    private static EventDraft event(long n) {
        return EventDraft.of("n", Json.object("n", n));
    }

    private static List<Long> versions(long to) {
        return LongStream.rangeClosed(1, to).boxed().toList();
    }

    /** All files with their size and contents, except the lock. */
    private Map<String, String> contents() throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                found.put(root.relativize(file).toString(), bytes.length + ":" + Arrays.hashCode(bytes));
            }
        }
        return found;
    }

    @Test
    @DisplayName("a directory that does not exist yet appears as an empty store until a writer creates it")
    void notThereYet() throws Exception {
        for (boolean foreign : new boolean[] {false, true}) {
            Path later = root.resolve("later" + foreign).resolve("deep");
            List<String> seen = Collections.synchronizedList(new ArrayList<>());
            CompletableFuture<Void> all = new CompletableFuture<>();
            int expected = foreign ? 13 : 12;
            try (SessionStore reader = JsonlSessionStore.follow(later)) {
                assertEquals(
                        0,
                        reader.replayAll(FeedPlace.start(), FeedFilter.all())
                                .count()
                                .block(SOON));
                assertFalse(Files.exists(later), "the follower creates nothing");
                reader.tailAll(FeedPlace.start(), FeedFilter.all()).subscribe(event -> {
                    seen.add(event.sessionId());
                    if (seen.size() == expected) {
                        all.complete(null);
                    }
                });
                if (foreign) {
                    Files.createDirectories(later);
                    Files.writeString(later.resolve("f.jsonl"), Lines.foreign("f1", "hello"));
                }
                for (int round = 0; round < 2; round++) {
                    try (SessionStore writer = JsonlSessionStore.open(later)) {
                        for (int n = 0; n < 6; n++) {
                            writer.append("a", event(n)).block(SOON);
                        }
                    }
                }
                all.orTimeout(20, TimeUnit.SECONDS).join();
                assertEquals(12, reader.replay("a", Range.all()).count().block(SOON));
                assertEquals(
                        expected,
                        reader.replayAll(FeedPlace.start(), FeedFilter.all())
                                .count()
                                .block(SOON));
            }
        }
        Path file = Files.writeString(root.resolve("file"), "");
        assertThrows(StoreFailedException.class, () -> JsonlSessionStore.follow(file));
    }

    @Test
    @DisplayName(
            "if the index is damaged or gone, a reader fails, changes nothing, and continues after the writer rebuilt it")
    void damagedIndex() throws Exception {
        try (SessionStore writer = JsonlSessionStore.open(root)) {
            for (int n = 0; n < 20; n++) {
                writer.append("a", event(n)).block(SOON);
            }
        }
        Path spans = root.resolve(".reel/positions");
        Path lives = root.resolve(".reel/lives");
        Map<Path, byte[]> whole = Map.of(spans, Files.readAllBytes(spans), lives, Files.readAllBytes(lives));
        for (String damage : List.of("span", "header", "name", "spans gone", "all gone", "cut")) {
            for (Map.Entry<Path, byte[]> one : whole.entrySet()) {
                Files.write(one.getKey(), one.getValue());
            }
            switch (damage) {
                case "span" -> flip(spans, 5);
                case "header" -> flip(lives, 9);
                case "name" -> flip(lives, Lives.HEADER + 19);
                case "spans gone" -> Files.delete(spans);
                case "cut" -> Files.write(spans, Arrays.copyOf(whole.get(spans), 80));
                default -> {
                    Files.delete(spans);
                    Files.delete(lives);
                }
            }
            Map<String, String> before = contents();
            try (SessionStore reader = JsonlSessionStore.follow(root)) {
                Flux<SessionEvent> feed = reader.replayAll(FeedPlace.start(), FeedFilter.all());
                StoreDamagedException told =
                        assertThrows(StoreDamagedException.class, () -> feed.blockLast(SOON), damage);
                assertEquals(spans.toString(), told.file());
                assertEquals(20, reader.replay("a", Range.all()).count().block(SOON), damage);
                assertEquals(before, contents(), damage);
                try (SessionStore writer = JsonlSessionStore.open(root)) {
                    assertEquals(
                            20,
                            writer.replayAll(FeedPlace.start(), FeedFilter.all())
                                    .count()
                                    .block(SOON),
                            damage);
                    long end = System.nanoTime() + SOON.toNanos();
                    while (true) {
                        try {
                            assertEquals(20, feed.count().block(SOON), damage);
                            break;
                        } catch (StoreDamagedException e) {
                            assertTrue(System.nanoTime() < end, damage);
                            Thread.sleep(20);
                        }
                    }
                }
            }
        }
    }

    private static void flip(Path file, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    @DisplayName("a tail continues while writers are opened, closed and reopened")
    void writersComeAndGo() {
        List<Long> seen = Collections.synchronizedList(new ArrayList<>());
        List<Long> positions = Collections.synchronizedList(new ArrayList<>());
        try (SessionStore reader = JsonlSessionStore.follow(root)) {
            CompletableFuture<Void> all = new CompletableFuture<>();
            Disposable tail = reader.tail("a", From.start()).subscribe(event -> {
                seen.add(event.version());
                if (event.version() == 60) {
                    all.complete(null);
                }
            });
            CompletableFuture<Void> feed = new CompletableFuture<>();
            Disposable tailAll = reader.tailAll(FeedPlace.start(), FeedFilter.all())
                    .subscribe(event -> {
                        positions.add(event.position());
                        if (positions.size() == 120) {
                            feed.complete(null);
                        }
                    });
            for (int round = 0; round < 3; round++) {
                try (SessionStore writer = JsonlSessionStore.open(root)) {
                    for (int n = 0; n < 20; n++) {
                        writer.append("a", event(n)).block(SOON);
                        writer.append("b" + round, event(n)).block(SOON);
                    }
                }
            }
            all.orTimeout(20, TimeUnit.SECONDS).join();
            feed.orTimeout(20, TimeUnit.SECONDS).join();
            tail.dispose();
            tailAll.dispose();
            assertEquals(versions(60), seen);
            assertEquals(positions.stream().sorted().distinct().toList(), positions);
        }
    }

    @Test
    @DisplayName("R14: a follower waits for a place that was just acknowledged; if it never appears, the read fails")
    void placesOnTheirWay() {
        try (SessionStore writer = JsonlSessionStore.open(root);
                SessionStore reader = JsonlSessionStore.follow(root)) {
            for (int n = 0; n < 60; n++) {
                LogPlace place = Objects.requireNonNull(
                                writer.append("a", event(n)).block(SOON))
                        .place();
                // Immediately, so that the follower has usually not seen it yet.
                if (n % 2 == 0) {
                    assertEquals(
                            0, reader.replay("a", Range.after(place)).count().block(SOON));
                } else {
                    assertEquals(
                            0,
                            reader.replayAll(FeedPlace.of(place.position()), FeedFilter.all())
                                    .count()
                                    .block(SOON));
                }
            }
            LogPlace never = LogPlace.of(61, "never", 1_000);
            Flux<SessionEvent> refused = reader.replay("a", Range.after(never));
            assertThrows(LogChangedException.class, () -> refused.blockLast(SOON));
            // The end of a closed session does not hide that either.
            writer.closeSession("a", Json.EMPTY_OBJECT).block(SOON);
            assertThrows(LogChangedException.class, () -> refused.blockLast(SOON));
        }
    }

    @Test
    @DisplayName("R7: while the writer's flush is held, a follower does not see the waiting writes")
    void heldFlush() {
        Path path = root.toAbsolutePath();
        FaultyDisk disk = new FaultyDisk(new RealDisk(path));
        try (SessionStore writer = JsonlSessionStore.onFileThread(
                path,
                () -> JsonlSessionStore.open(
                        disk, path, () -> {}, StoreOptions.standard(), JsonlStoreOptions.standard()))) {
            writer.append("a", event(1)).block(SOON);
            try (SessionStore reader = JsonlSessionStore.follow(root)) {
                assertEquals(1, reader.replay("a", Range.all()).count().block(SOON));
                disk.hold(FaultyDisk.Call.SYNC);
                CompletableFuture<?> held = writer.append("a", event(2)).toFuture();
                CompletableFuture<?> other = writer.append("b", event(1)).toFuture();
                disk.awaitHeld(FaultyDisk.Call.SYNC, 1);
                try (SessionStore late = JsonlSessionStore.follow(root)) {
                    for (SessionStore each : List.of(reader, late)) {
                        assertEquals(1, each.replay("a", Range.all()).count().block(SOON));
                        assertEquals(0, each.replay("b", Range.all()).count().block(SOON));
                        assertEquals(
                                1,
                                each.replayAll(FeedPlace.start(), FeedFilter.all())
                                        .count()
                                        .block(SOON));
                    }
                }
                assertFalse(held.isDone());
                disk.release(FaultyDisk.Call.SYNC);
                held.join();
                other.join();
                assertEquals(2, reader.tail("a", From.start()).take(2).count().block(SOON));
                assertEquals(
                        3,
                        reader.tailAll(FeedPlace.start(), FeedFilter.all())
                                .take(3)
                                .count()
                                .block(SOON));
            }
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("following changes nothing: no lock, no repair, no file, even if a writer was killed")
    void changesNothing() throws Exception {
        Path path = root.toAbsolutePath();
        FaultyDisk disk = new FaultyDisk(new RealDisk(path));
        SessionStore killed = JsonlSessionStore.onFileThread(
                path,
                () -> JsonlSessionStore.open(
                        disk,
                        path,
                        () -> {},
                        StoreOptions.standard(),
                        JsonlStoreOptions.standard().withLag(Duration.ofHours(1), 64 << 20)));
        for (int n = 1; n <= 20; n++) {
            killed.append("a", event(n)).block(SOON);
        }
        killed.fork("a", ForkRequest.whole().withId("b")).block(SOON);
        killed.putMessage("c", MessageDraft.user("hello")).block(SOON);
        // Every later call of the disk fails, as if the process had died.
        for (FaultyDisk.Call call : FaultyDisk.Call.values()) {
            disk.failFrom(call, 1, FaultyDisk.Fault.BROKEN);
        }
        Path segment = Segment.file(path.resolve(RootFiles.OWN).resolve(RootFiles.JOURNAL), 1);
        Files.write(segment, new byte[] {'R', 'F', 'R'}, StandardOpenOption.APPEND);
        Map<String, String> before = contents();
        try (SessionStore reader = JsonlSessionStore.follow(root)) {
            assertEquals(
                    versions(20),
                    reader.replay("a", Range.all())
                            .map(SessionEvent::version)
                            .collectList()
                            .block(SOON));
            assertEquals(21, reader.state("b").block(SOON).version());
            assertEquals(
                    "hello", reader.listMessages("c").blockFirst(SOON).content().textOf("content"));
            assertEquals(
                    22,
                    reader.replayAll(FeedPlace.start(), FeedFilter.all())
                            .count()
                            .block(SOON));
            assertThrows(
                    StoreReadOnlyException.class,
                    () -> reader.append("a", event(21)).block(SOON));
        }
        assertEquals(before, contents());
        assertThrows(RuntimeException.class, killed::close);
    }

    @Test
    @DisplayName("a new session under a purged id is read, even if the purged one began with foreign lines")
    void purgedForeignLines() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        disk.put(OpenRoot.PATH.resolve("old.jsonl"), Lines.foreign("f1", "one").getBytes(StandardCharsets.UTF_8));
        OpenRoot writer = OpenRoot.on(disk);
        Engine engine = JsonlSessionStore.onFileThread(
                OpenRoot.PATH,
                () -> FollowedRoot.follow(
                        disk,
                        OpenRoot.PATH,
                        StoreOptions.standard(),
                        JsonlStoreOptions.standard(),
                        FollowedRoot.ON_ITS_WAY));
        FollowedRoot followed = (FollowedRoot) EngineSizes.storage(engine);
        writer.store.purge("old").block(OpenRoot.PATIENCE);
        writer.store.append("old", event(1)).block(OpenRoot.PATIENCE);
        writer.fold();
        Path file = OpenRoot.PATH.resolve("old.jsonl");
        LogFile log = FileThreads.call("reading", () -> followed.scan("old", file));
        assertEquals(1, log.version());
        assertEquals(0, log.foreign().events());
        engine.closeAsync().block(OpenRoot.PATIENCE);
        writer.close();
    }

    @Test
    @DisplayName("a changed file is recognized, even if it has the same size")
    void anotherFile() {
        Disk.Entry entry = new Disk.Entry(Path.of("/root/a.jsonl"), false, true, 10, 100);
        SessionDamagedException damage = new SessionDamagedException("a", "a.jsonl", 1, 0, "a test");
        FollowedSession session = FollowedSession.damaged("a", entry, damage);
        assertFalse(session.isOther(entry));
        assertTrue(session.isOther(new Disk.Entry(entry.path(), false, true, 11, 100)));
        assertTrue(session.isOther(new Disk.Entry(entry.path(), false, true, 10, 101)));
        assertTrue(session.isOther(new Disk.Entry(Path.of("/root/%61.jsonl"), false, true, 10, 100)));
    }

    @Test
    @DisplayName("a directory that no store has opened is read in place")
    void neverOpened() throws Exception {
        Files.writeString(root.resolve("x.jsonl"), Lines.foreign("e1", "one") + Lines.foreign("e2", "two"));
        Map<String, String> before = contents();
        try (SessionStore reader = JsonlSessionStore.follow(root)) {
            assertEquals(
                    List.of("e1", "e2"),
                    reader.replay("x", Range.all())
                            .map(SessionEvent::id)
                            .collectList()
                            .block(SOON));
            assertEquals(
                    List.of("x"),
                    reader.listSessions(SessionQuery.all())
                            .map(session -> session.id())
                            .collectList()
                            .block(SOON));
        }
        assertEquals(before, contents());
    }
}
