package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.internal.engine.Engine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** What other callers see during a purge, and what is on the disk at the moment when it completes. */
class PurgeOrderTest {

    private static final String SECRET = "Kx4-of-the-purged-session";
    private static final Path FILE = OpenRoot.PATH.resolve("s.jsonl");
    private static final Path JOURNAL = OpenRoot.PATH.resolve(RootFiles.OWN).resolve(RootFiles.JOURNAL);
    private static final long SECONDS = OpenRoot.PATIENCE.toSeconds();

    private final MemoryDisk memory = new MemoryDisk();
    private final FaultyDisk disk = new FaultyDisk(memory);

    @AfterEach
    void release() {
        for (FaultyDisk.Call call : FaultyDisk.Call.values()) {
            disk.release(call);
        }
    }

    @Test
    @DisplayName("the feed is read without an error right before a purge deletes the file")
    void feedBeforeTheFileGoes() throws Exception {
        OpenRoot root = opened();
        disk.hold(FaultyDisk.Call.DELETE);
        CompletableFuture<Void> purge = purge(root);
        disk.awaitHeld(FaultyDisk.Call.DELETE, 1);
        assertTrue(memory.files().contains(FILE), "the file is there");
        assertEquals(List.of("other"), feed(root), "purged events are no longer in the feed");
        disk.release(FaultyDisk.Call.DELETE);
        purge.get(SECONDS, TimeUnit.SECONDS);
        assertEquals(List.of("other"), feed(root));
        root.close();
    }

    @Test
    @DisplayName("the feed is read without an error after a purge deleted the file and before it completes")
    void feedBehindTheFile() throws Exception {
        OpenRoot root = opened();
        disk.hold(FaultyDisk.Call.DELETE);
        CompletableFuture<Void> purge = purge(root);
        disk.awaitHeld(FaultyDisk.Call.DELETE, 1);
        disk.hold(FaultyDisk.Call.SYNC_DIRECTORY);
        disk.release(FaultyDisk.Call.DELETE);
        disk.awaitHeld(FaultyDisk.Call.SYNC_DIRECTORY, 1);
        assertFalse(memory.files().contains(FILE), "the file is gone");
        assertFalse(purge.isDone());
        assertEquals(List.of("other"), feed(root), "purged events are no longer in the feed");
        disk.release(FaultyDisk.Call.SYNC_DIRECTORY);
        purge.get(SECONDS, TimeUnit.SECONDS);
        assertEquals(List.of("other"), feed(root));
        root.close();
    }

    @Test
    @DisplayName(
            "a purge completes after no segment has the session, even if later events of others are in its segment")
    void answeredWhenTheSegmentIsGone() throws Exception {
        opened().close();
        OpenRoot root = OpenRoot.on(disk, Durability.SYNC, 2_000);
        for (String session : List.of("s", "other")) {
            assertEquals(1, root.store.replay(session, Range.all()).count().block(OpenRoot.PATIENCE));
        }
        // The folder's round is held, while the journal receives the entries for the next one.
        disk.hold(FaultyDisk.Call.SIZE);
        append(root, "third", "the first of the round that is held");
        root.storage.hurry();
        disk.awaitHeld(FaultyDisk.Call.SIZE, 1);
        long first = root.storage.journal().written().segment();
        while (root.storage.journal().written().segment() == first) {
            append(root, "other", "fills the segment");
        }
        append(root, "s", SECRET);
        List<Path> before = memory.files().stream()
                .filter(file -> file.startsWith(JOURNAL) && !file.endsWith(Mark.file(JOURNAL)))
                .sorted()
                .toList();
        assertTrue(before.size() > 1, "several segments");
        Path last = before.get(before.size() - 1);
        assertEquals(List.of(FILE, last), withSecret(), "the session's file, and the last segment");
        CompletableFuture<Void> purge = purge(root);
        Engine engine = Objects.requireNonNull(root.storage.engine());
        await(() -> root.storage.unstored().upTo(engine.mark()).stream()
                .anyMatch(entry -> entry.kind() == Frame.Kind.PURGE));
        disk.hold(FaultyDisk.Call.DELETE);
        disk.release(FaultyDisk.Call.SIZE);
        disk.awaitHeld(FaultyDisk.Call.DELETE, 1);
        // In the same segment, after the session and its purge; the current round has not seen it.
        append(root, "other", "in the same segment");
        letGo(FILE);
        for (Path older : before.subList(0, before.size() - 1)) {
            letGo(older);
        }
        assertEquals(List.of(last), withSecret(), "the segment is still there");
        assertThrows(
                TimeoutException.class,
                () -> purge.get(200, TimeUnit.MILLISECONDS),
                "it is answered while a segment has what is purged");
        disk.awaitHeld(FaultyDisk.Call.DELETE, 1);
        disk.release(FaultyDisk.Call.DELETE);
        purge.get(SECONDS, TimeUnit.SECONDS);
        assertEquals(List.of(), withSecret(), "files that contain purged bytes");
        root.close();
    }

    /** Lets this file be deleted, and holds the next deletion. */
    private void letGo(Path file) throws Exception {
        disk.awaitHeld(FaultyDisk.Call.DELETE, 1);
        assertTrue(memory.files().contains(file), file + " is not deleted yet");
        disk.releaseHeld(FaultyDisk.Call.DELETE);
        await(() -> !memory.files().contains(file));
    }

    private static void await(BooleanSupplier condition) throws Exception {
        long end = System.nanoTime() + OpenRoot.PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "within " + OpenRoot.PATIENCE);
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /** Two sessions with one event each, in their files and not in memory. */
    private OpenRoot opened() {
        OpenRoot first = OpenRoot.on(disk);
        append(first, "s", SECRET);
        append(first, "other", "another one");
        first.close();
        return OpenRoot.on(disk);
    }

    private static CompletableFuture<Void> purge(OpenRoot root) {
        return Mono.from(root.store.purge("s")).then().toFuture();
    }

    /** The sessions with events in the feed, without purges. */
    private static List<String> feed(OpenRoot root) {
        List<SessionEvent> events = Objects.requireNonNull(root.store
                .replayAll(FeedPlace.start(), FeedFilter.all())
                .collectList()
                .block(OpenRoot.PATIENCE));
        return events.stream()
                .filter(event -> event.version() > 0)
                .map(SessionEvent::sessionId)
                .toList();
    }

    private List<Path> withSecret() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path file : memory.files()) {
            if (new String(memory.bytes(file), StandardCharsets.ISO_8859_1).contains(SECRET)) {
                found.add(file);
            }
        }
        found.sort(Comparator.comparing(file -> file.startsWith(JOURNAL)));
        return found;
    }

    private static void append(OpenRoot root, String session, String text) {
        root.store
                .append(session, EventDraft.of("note", Json.object("text", text)))
                .block(OpenRoot.PATIENCE);
    }
}
