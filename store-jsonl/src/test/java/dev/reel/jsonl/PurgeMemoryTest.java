package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionDamagedException;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.WriteOptions;
import dev.reel.internal.engine.Engine;
import dev.reel.internal.engine.EngineSizes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

@DisplayName("R25: a purged session costs at most 32 bytes of heap")
@Timeout(120)
class PurgeMemoryTest {

    private static final int SESSIONS = 400;

    private final MemoryDisk disk = new MemoryDisk();

    private static WriteOptions id(int i) {
        return WriteOptions.none().withIdempotencyKey("purge " + i);
    }

    private static void write(JsonlSessionStore store, String id) {
        store.putSession(id, SessionDraft.empty()).block(OpenRoot.PATIENCE);
        store.putMessage(id, MessageDraft.user("hello").withId("m")).block(OpenRoot.PATIENCE);
        store.putSnapshot(id, SnapshotDraft.of(Json.EMPTY_OBJECT)).block(OpenRoot.PATIENCE);
        store.append(id, List.of(EventDraft.of("n", Json.EMPTY_OBJECT))).block(OpenRoot.PATIENCE);
    }

    private static void purgeMany(JsonlSessionStore store) {
        for (int i = 0; i < SESSIONS; i++) {
            String id = "s" + i;
            write(store, id);
            if (i % 20 == 0) {
                store.fork(id, ForkRequest.whole().withId("fork" + i)).block(OpenRoot.PATIENCE);
                store.purge("fork" + i, id(i)).block(OpenRoot.PATIENCE);
            }
            store.purge(id, id(i)).block(OpenRoot.PATIENCE);
        }
    }

    private static int purges() {
        return SESSIONS + SESSIONS / 20;
    }

    private static void awaitNone(String of, IntSupplier held) throws InterruptedException {
        long end = System.nanoTime() + OpenRoot.PATIENCE.toNanos();
        while (held.getAsInt() != 0 && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        assertEquals(0, held.getAsInt(), of);
    }

    private static void assertNothingLeft(OpenRoot root) throws InterruptedException {
        root.fold();
        Engine engine = Objects.requireNonNull(root.storage.engine());
        awaitNone("the root", root.root::heldPerSession);
        awaitNone("the storage and the journal", root.storage::heldPerSession);
        awaitNone("the engine", () -> EngineSizes.heldPerSession(engine));
        assertEquals(0, EngineSizes.purgeBytes(engine));
        long bytes = root.root.ledger().purgeBytes() + root.root.positions().lifeBytes();
        assertTrue(bytes <= (12 << 10) + 32L * purges(), bytes + " bytes");
    }

    @Test
    @DisplayName("no map keeps an entry of a purged session, in the store that purged it and in the next one")
    void nothingLeft() throws Exception {
        OpenRoot root = OpenRoot.on(disk);
        purgeMany(root.store);
        assertNothingLeft(root);
        long before = Objects.requireNonNull(root.store.position().block(OpenRoot.PATIENCE))
                .position();
        for (int i = 0; i < SESSIONS; i += 7) {
            root.store.purge("s" + i, id(i)).block(OpenRoot.PATIENCE);
        }
        assertEquals(FeedPlace.of(before), root.store.position().block(OpenRoot.PATIENCE), "these are repeats");
        MemoryDisk left = disk.crashAt(disk.operations());
        root.close();

        OpenRoot next = OpenRoot.on(left);
        assertNothingLeft(next);
        for (int i = 0; i < SESSIONS; i += 7) {
            write(next.store, "s" + i);
        }
        long anew = Objects.requireNonNull(next.store.position().block(OpenRoot.PATIENCE))
                .position();
        for (int i = 0; i < SESSIONS; i += 7) {
            next.store.purge("s" + i, id(i)).block(OpenRoot.PATIENCE);
        }
        assertEquals(
                FeedPlace.of(anew),
                next.store.position().block(OpenRoot.PATIENCE),
                "these are repeats, in another life");
        List<SessionEvent> purges = Objects.requireNonNull(next.store
                .replayAll(FeedPlace.start(), FeedFilter.all())
                .filter(event -> event.version() == 0)
                .collectList()
                .block(OpenRoot.PATIENCE));
        assertEquals(purges(), purges.size());
        next.close();
    }

    @Test
    @DisplayName("a purge whose file cannot be deleted yet is recognized by its idempotency key")
    void notYetErased() throws Exception {
        FaultyDisk faulty = new FaultyDisk(disk);
        OpenRoot root = OpenRoot.on(faulty);
        write(root.store, "s");
        root.fold();
        faulty.failFrom(FaultyDisk.Call.DELETE, 1, FaultyDisk.Fault.BROKEN);
        List<Throwable> answers = new ArrayList<>();
        root.store.purge("s", id(1)).onErrorComplete(answers::add).block(OpenRoot.PATIENCE);
        assertEquals(1, answers.size());
        assertThrows(SessionDamagedException.class, () -> write(root.store, "s"), "its file is still there");
        long after = Objects.requireNonNull(root.store.position().block(OpenRoot.PATIENCE))
                .position();
        root.store.purge("s", id(1)).onErrorComplete(answers::add).block(OpenRoot.PATIENCE);
        assertEquals(2, answers.size(), "it waits for the same purge");
        assertEquals(FeedPlace.of(after), root.store.position().block(OpenRoot.PATIENCE));
        faulty.heal();
        root.store.purge("s", id(1)).block(OpenRoot.PATIENCE);
        assertEquals(FeedPlace.of(after), root.store.position().block(OpenRoot.PATIENCE));
        write(root.store, "s");
        root.close();
    }

    @Test
    @DisplayName("a purge that is repeated before it is in the ledger does not delete what was written since")
    void repeatedAtOnce() {
        OpenRoot root = OpenRoot.on(disk);
        for (int i = 0; i < 50; i++) {
            write(root.store, "s");
            Mono<Void> purge = root.store.purge("s", id(i)).cache();
            purge.subscribe();
            Mono<Commit> append = root.store
                    .append("s", List.of(EventDraft.of("n", Json.EMPTY_OBJECT)))
                    .cache();
            append.subscribe();
            root.store.purge("s", id(i)).block(OpenRoot.PATIENCE);
            purge.block(OpenRoot.PATIENCE);
            append.block(OpenRoot.PATIENCE);
            assertEquals(1, root.store.replay("s", Range.all()).count().block(OpenRoot.PATIENCE));
            root.store.purge("s").block(OpenRoot.PATIENCE);
        }
        root.close();
    }

    @Test
    @DisplayName("a follower keeps nothing of purged sessions")
    void follower() throws Exception {
        OpenRoot root = OpenRoot.on(disk);
        write(root.store, "first");
        root.fold();
        Engine engine = JsonlSessionStore.onFileThread(
                OpenRoot.PATH,
                () -> FollowedRoot.follow(
                        disk,
                        OpenRoot.PATH,
                        StoreOptions.standard(),
                        JsonlStoreOptions.standard(),
                        FollowedRoot.ON_ITS_WAY));
        FollowedRoot followed = (FollowedRoot) EngineSizes.storage(engine);
        assertEquals(1, engine.getMessage("first", "m").flux().count().block(OpenRoot.PATIENCE));
        assertTrue(EngineSizes.heldPerSession(engine) > 0, "it is loaded");
        purgeMany(root.store);
        root.store.purge("first").block(OpenRoot.PATIENCE);
        root.fold();
        long position = Objects.requireNonNull(root.store.position().block(OpenRoot.PATIENCE))
                .position();
        awaitNone("behind", () -> (int)
                (position - Objects.requireNonNull(engine.position().block()).position()));
        awaitNone("the followed root", followed::heldPerSession);
        for (int i = 0; i < SESSIONS; i++) {
            assertEquals(0, engine.getMessage("s" + i, "m").flux().count().block(OpenRoot.PATIENCE));
        }
        awaitNone("the engine", () -> EngineSizes.heldPerSession(engine));
        engine.closeAsync().block(OpenRoot.PATIENCE);
        root.close();
    }

    @Test
    @DisplayName("a follower that reads a purge in the journal forgets the positions of the session's foreign lines")
    void followerOfForeignLines() throws Exception {
        disk.put(OpenRoot.PATH.resolve("old.jsonl"), Lines.foreign("f1", "one").getBytes(StandardCharsets.UTF_8));
        Engine engine = JsonlSessionStore.onFileThread(
                OpenRoot.PATH,
                () -> FollowedRoot.follow(
                        disk,
                        OpenRoot.PATH,
                        StoreOptions.standard(),
                        JsonlStoreOptions.standard(),
                        FollowedRoot.ON_ITS_WAY));
        FollowedRoot followed = (FollowedRoot) EngineSizes.storage(engine);
        assertEquals(2, followed.heldPerSession(), "the session, and the place of its line");
        FaultyDisk writing = new FaultyDisk(disk);
        OpenRoot root = OpenRoot.on(writing);
        write(root.store, "first");
        awaitNone(
                "the message",
                () -> 1
                        - (int) (long)
                                engine.getMessage("first", "m").flux().count().block(OpenRoot.PATIENCE));
        writing.hold(FaultyDisk.Call.DELETE); // so the journal has the purge until it is read
        Mono<Void> purge = root.store.purge("old").cache();
        purge.subscribe();
        awaitNone(
                "the session",
                () -> engine.sessionIds().collectList().block(OpenRoot.PATIENCE).contains("old") ? 1 : 0);
        writing.release(FaultyDisk.Call.DELETE);
        purge.block(OpenRoot.PATIENCE);
        root.store.purge("first").block(OpenRoot.PATIENCE);
        awaitNone("the followed root", followed::heldPerSession);
        engine.closeAsync().block(OpenRoot.PATIENCE);
        root.close();
    }
}
