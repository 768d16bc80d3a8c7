package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.ReelException;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.StoreClosedException;
import dev.reel.StoreFailedException;
import dev.reel.StoreOptions;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The head after a failed batch, and the closing of a store, at moments that the store contract cannot choose. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EngineSettlingTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final HeldStorage storage = new HeldStorage();
    private final Engine engine = Engine.onStorage(StoreOptions.standard(), storage);

    private CompletableFuture<Commit> append(String eventId) {
        return engine.append(
                        "s", List.of(EventDraft.of("note", Json.EMPTY_OBJECT).withId(eventId)))
                .toFuture();
    }

    private static <T> T valueOf(CompletableFuture<T> answer) throws Exception {
        return answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static void assertFails(Class<? extends Throwable> type, CompletableFuture<?> answer) {
        ExecutionException failure = assertThrows(ExecutionException.class, () -> valueOf(answer));
        assertInstanceOf(type, failure.getCause());
    }

    /** Makes the oldest waiting batches durable. */
    private void durable(int count) {
        for (int n = 0; n < count; n++) {
            storage.waiting.remove(0).durable();
        }
    }

    /** Fails the newest batch. */
    private void failLast() {
        storage.waiting
                .remove(storage.waiting.size() - 1)
                .failed(new StoreFailedException("s", ReelException.Outcome.UNKNOWN, new IOException("on purpose")));
    }

    private CompletableFuture<List<String>> tailIds() {
        return engine.tail("s", From.start())
                .map(SessionEvent::id)
                .collectList()
                .toFuture();
    }

    private void assertClosesAndEnds(CompletableFuture<List<String>> tail, String... ids) throws Exception {
        valueOf(engine.closeAsync().toFuture());
        assertEquals(List.of(ids), valueOf(tail), "a tail completes when the store closes");
    }

    @Test
    @DisplayName("after a batch fails, the next write follows the batches that are still pending")
    void theHeadKeepsWhatIsPending() throws Exception {
        CompletableFuture<List<String>> tail = tailIds();
        CompletableFuture<Commit> first = append("e1");
        CompletableFuture<Commit> second = append("e2");
        CompletableFuture<Commit> failed = append("e3");
        failLast();
        CompletableFuture<Commit> next = append("e4");
        durable(3);
        assertEquals(1, valueOf(first).version());
        assertEquals(2, valueOf(second).version());
        assertFails(StoreFailedException.class, failed);
        assertEquals(3, valueOf(next).version());
        assertClosesAndEnds(tail, "e1", "e2", "e4");
    }

    @Test
    @DisplayName(
            "after the only pending batch fails, the head is the published state, so tails end when the store closes")
    void theHeadIsWhatIsPublished() throws Exception {
        CompletableFuture<List<String>> tail = tailIds();
        CompletableFuture<Commit> first = append("e1");
        durable(1);
        valueOf(first);
        CompletableFuture<Commit> failed = append("e2");
        failLast();
        assertFails(StoreFailedException.class, failed);
        assertClosesAndEnds(tail, "e1");
    }

    @Test
    @DisplayName("the same if events are stored, and dropped from memory, while the failing batch is pending")
    void theHeadIsWhatIsPublishedAndStored() throws Exception {
        CompletableFuture<List<String>> tail = tailIds();
        CompletableFuture<Commit> first = append("e1");
        Journal.Batch batch = storage.waiting.get(0);
        durable(1);
        valueOf(first);
        CompletableFuture<Commit> failed = append("e2");
        assertInstanceOf(HeldStorage.Stored.class, batch.stored()).add(batch.events());
        engine.stored(0, List.of("s"), Integer.MAX_VALUE, Long.MAX_VALUE);
        failLast();
        assertFails(StoreFailedException.class, failed);
        assertClosesAndEnds(tail, "e1");
    }

    @Test
    @DisplayName("after a batch fails while events are stored, an unused session is still dropped from memory")
    void theSessionIsUnloadedAfterAFailedBatch() throws Exception {
        CompletableFuture<Commit> first = append("e1");
        Journal.Batch batch = storage.waiting.get(0);
        durable(1);
        valueOf(first);
        SessionLog log = engine.sessions().log("s");
        CompletableFuture<Commit> failed = append("e2");
        assertInstanceOf(HeldStorage.Stored.class, batch.stored()).add(batch.events());
        engine.stored(0, List.of("s"), Integer.MAX_VALUE, Long.MAX_VALUE);
        failLast();
        assertFails(StoreFailedException.class, failed);
        assertTrue(log.isLoaded());
        engine.stored(0, List.of("s"), 0, 0);
        // The published state and the head have to be one object; otherwise a write seems to be pending forever.
        assertFalse(log.isLoaded());
    }

    /** The state of a session that a follower knows without reading its log. */
    private record Known(String id, long birth, long changed) implements StoredSession {

        @Override
        public @Nullable Session row() {
            return null;
        }

        @Override
        public boolean isCurrent() {
            return false;
        }

        @Override
        public Map<String, Long> snapshots() {
            return Map.of();
        }
    }

    @Test
    @DisplayName(
            "R10: a follower's tail emits the events that are published while the follower looks for a missing session")
    void followedWhileItIsLookedFor() throws Exception {
        Engine other = Engine.inMemory(StoreOptions.standard());
        valueOf(other.append("s", EventDraft.of("note", Json.EMPTY_OBJECT)).toFuture());
        List<SessionEvent> events =
                valueOf(other.replay("s", Range.all()).collectList().toFuture());
        Engine follower = Engine.following(StoreOptions.standard(), storage, Duration.ZERO);
        storage.lookUp = () -> {
            storage.lookUp = () -> {};
            Known known = new Known("s", events.get(0).position(), 0);
            storage.followedLog.add(events);
            storage.followed = known;
            follower.news().follow(0, 0, known, events);
        };
        assertEquals(
                events.get(0), valueOf(follower.tail("s", From.start()).next().toFuture()));
    }

    @Test
    @DisplayName("R10: a tail from now, of a log that has to be read, begins at the log's version at subscription")
    void grownWhileItIsRead() throws Exception {
        Engine other = Engine.inMemory(StoreOptions.standard());
        EventDraft note = EventDraft.of("note", Json.EMPTY_OBJECT);
        for (int n = 0; n < 3; n++) {
            valueOf(other.append("s", note).toFuture());
        }
        List<SessionEvent> events =
                valueOf(other.replay("s", Range.all()).collectList().toFuture());
        Known known = new Known("s", events.get(0).position(), 0);
        storage.followedLog.add(events.subList(0, 2));
        storage.followed = known;
        Engine follower = Engine.following(StoreOptions.standard(), storage, Duration.ZERO);
        follower.news().follow(0, 0, known, events.subList(0, 2));
        follower.news().settled(events.get(1).position());
        storage.holdsReads = true;
        CompletableFuture<SessionEvent> now =
                follower.tail("s", From.now()).next().toFuture();
        CompletableFuture<SessionEvent> last =
                follower.tail("s", From.last(1)).next().toFuture();
        storage.followedLog.add(events.subList(2, 3));
        follower.news().follow(0, 0, known, events.subList(2, 3));
        storage.read();
        assertEquals(events.get(2), valueOf(now));
        assertEquals(events.get(1), valueOf(last));
    }

    @Test
    @DisplayName("R25: a follower's feed has no event of an earlier, purged log of a session")
    void followedPurgeOfAnEarlierLife() throws Exception {
        Engine other = Engine.inMemory(StoreOptions.standard());
        EventDraft note = EventDraft.of("note", Json.EMPTY_OBJECT);
        valueOf(other.append("s", note).toFuture());
        SessionEvent first = valueOf(other.replay("s", Range.all()).next().toFuture());
        other.purge("s").block(PATIENCE);
        SessionEvent purged = valueOf(
                other.tailAll(FeedPlace.start(), FeedFilter.all()).next().toFuture());
        storage.followed = new Known("s", purged.position() + 1, 0);
        Engine follower = Engine.following(StoreOptions.standard(), storage, Duration.ZERO);
        follower.news().follow(List.of(first));
        follower.news().follow(List.of(purged));
        follower.news().settled(purged.position());
        assertEquals(
                purged,
                valueOf(follower.tailAll(FeedPlace.start(), FeedFilter.all())
                        .next()
                        .toFuture()));
    }

    @Test
    @DisplayName("a write that finds the store open, and is counted after the store has closed, is rejected")
    void closedWhileAWriteIsAdmitted() throws Exception {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        storage.lookUp = () -> {
            storage.lookUp = () -> {};
            engine.closeAsync().subscribe(nothing -> {}, closed::completeExceptionally, () -> closed.complete(null));
        };
        CompletableFuture<Commit> append = append("e1");
        assertFails(StoreClosedException.class, append);
        valueOf(closed);
        assertTrue(storage.waiting.isEmpty(), "a closed store hands nothing to its journal");
    }

    @Test
    @DisplayName("a write that is admitted before the store closes is written, and closing waits for its answer")
    void closingWaitsForWhatIsAdmitted() throws Exception {
        CompletableFuture<Commit> append = append("e1");
        CompletableFuture<Void> closed = engine.closeAsync().toFuture();
        assertThrows(TimeoutException.class, () -> closed.get(50, TimeUnit.MILLISECONDS), "it waits");
        durable(1);
        assertEquals(1, valueOf(append).version());
        valueOf(closed);
    }

    @Test
    @DisplayName("R13: tails of a closing store wait for a write that is admitted and not decided yet")
    void closedWhileAWriteIsDecided() throws Exception {
        CountDownLatch deciding = new CountDownLatch(1);
        CountDownLatch decided = new CountDownLatch(1);
        AtomicBoolean holds = new AtomicBoolean();
        Clock clock = new HeldClock(() -> {
            if (holds.getAndSet(false)) {
                deciding.countDown();
                decided.await();
            }
        });
        Engine inMemory = Engine.inMemory(StoreOptions.standard().withClock(clock));
        EventDraft note = EventDraft.of("note", Json.EMPTY_OBJECT);
        valueOf(inMemory.append("s", List.of(note)).toFuture());
        CompletableFuture<List<Long>> tail = inMemory.tail("s", From.start())
                .map(SessionEvent::version)
                .collectList()
                .toFuture();
        CompletableFuture<List<Long>> feed = inMemory.tailAll(FeedPlace.start(), FeedFilter.all())
                .map(SessionEvent::version)
                .collectList()
                .toFuture();
        CompletableFuture<List<SessionState>> states =
                inMemory.states("s").collectList().toFuture();
        holds.set(true);
        CompletableFuture<Commit> append = CompletableFuture.supplyAsync(
                () -> inMemory.append("s", List.of(note)).block(PATIENCE), task -> new Thread(task, "writer").start());
        assertTrue(deciding.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        CompletableFuture<Void> closed = inMemory.closeAsync().toFuture();
        assertThrows(TimeoutException.class, () -> tail.get(50, TimeUnit.MILLISECONDS), "the tail waits");
        decided.countDown();
        assertEquals(2, valueOf(append).version());
        valueOf(closed);
        assertEquals(List.of(1L, 2L), valueOf(tail));
        assertEquals(List.of(1L, 2L), valueOf(feed));
        List<SessionState> seen = valueOf(states);
        assertEquals(2, seen.get(seen.size() - 1).version());
    }

    /** The system clock, which runs an action of the test before it returns the time. */
    private static final class HeldClock extends Clock {

        private interface Before {
            void run() throws InterruptedException;
        }

        private final Before before;

        HeldClock(Before before) {
            this.before = before;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            try {
                before.run();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return Instant.now();
        }
    }

    @Test
    @DisplayName("R10: a tail emits an event that is published while the tail reads the log for the first time")
    void publishedDuringTheFirstLook() throws Exception {
        CompletableFuture<Commit> first = append("e1");
        Journal.Batch batch = storage.waiting.get(0);
        durable(1);
        valueOf(first);
        HeldStorage.Stored stored = assertInstanceOf(HeldStorage.Stored.class, batch.stored());
        stored.add(batch.events());
        engine.stored(0, List.of("s"), Integer.MAX_VALUE, Long.MAX_VALUE);
        append("e2");
        stored.read = () -> {
            stored.read = () -> {};
            durable(1);
        };
        CompletableFuture<SessionEvent> next =
                engine.tail("s", From.now()).next().toFuture();
        assertEquals("e2", valueOf(next).id());
    }
}
