package dev.reel.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Bounds;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ForwardingSessionStore;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.ReelException;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.StoreStatus;
import dev.reel.TooLargeException;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import dev.reel.jsonl.JsonlSessionStore;
import dev.reel.jsonl.JsonlStoreOptions;
import dev.reel.memory.MemorySessionStore;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

@DisplayName("A recorder writes meters")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MicrometerRecorderTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final EventDraft NOTE = EventDraft.of("note", Json.object("n", 1));

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final StoreOptions options = StoreOptions.standard()
            .withBounds(Bounds.standard().withEventBytes(100))
            .withRecorder(MicrometerRecorder.of(registry, "orders"));

    private double count(ReelMeters meter, String... tags) {
        return registry.get(meter.meterName())
                .tags(tags)
                .tag("store", "orders")
                .counter()
                .count();
    }

    private long batches() {
        return registry.get(ReelMeters.APPEND.meterName()).timer().count();
    }

    private double total(ReelMeters meter) {
        return registry.get(meter.meterName()).summary().totalAmount();
    }

    @Test
    @DisplayName("appends, repeats, conflicts, failures and tails are counted")
    void counted() {
        SessionStore store = MemorySessionStore.create(options);
        WriteOptions once = WriteOptions.none().withIdempotencyKey("k");
        store.append("s", List.of(NOTE, NOTE), once).block(PATIENCE);
        store.append("s", NOTE).block(PATIENCE);
        assertEquals(2, batches());
        assertEquals(3, total(ReelMeters.APPENDED_EVENTS));
        assertEquals(21, total(ReelMeters.APPENDED_BYTES));

        store.append("s", List.of(NOTE, NOTE), once).block(PATIENCE);
        assertEquals(1, count(ReelMeters.REPEATS));

        Mono<Commit> late = store.append("s", List.of(NOTE), WriteOptions.expecting(1));
        assertThrows(VersionConflictException.class, () -> late.block(PATIENCE));
        assertEquals(1, count(ReelMeters.CONFLICTS));

        EventDraft large = EventDraft.of("note", Json.object("text", "x".repeat(200)));
        assertThrows(TooLargeException.class, () -> store.append("s", large).block(PATIENCE));
        assertEquals(1, count(ReelMeters.FAILURES, "category", "too_large"));
        assertEquals(0, count(ReelMeters.FAILURES, "category", "failed"));
        assertEquals(2, batches(), "only appends are timed");

        Disposable tail = store.tail("s", From.start()).subscribe();
        assertEquals(1, count(ReelMeters.TAILS_OPENED));
        assertEquals(0, count(ReelMeters.TAILS_ENDED));
        tail.dispose();
        assertEquals(1, count(ReelMeters.TAILS_ENDED));
        store.close();
    }

    @Test
    @DisplayName("the flushes of a durable store are timed, with their bytes and batches")
    void flushes(@TempDir Path root) {
        try (SessionStore store = JsonlSessionStore.open(root, options, JsonlStoreOptions.standard())) {
            store.append("s", NOTE).block(PATIENCE);
            store.append("s", NOTE).block(PATIENCE);
            assertEquals(2, batches());
            assertTrue(
                    registry.get(ReelMeters.JOURNAL_FLUSH.meterName()).timer().count() >= 2);
            assertEquals(2, total(ReelMeters.FLUSHED_BATCHES));
            assertTrue(total(ReelMeters.FLUSHED_BYTES) > total(ReelMeters.APPENDED_BYTES));
        }
    }

    @Test
    @DisplayName("tags are the store's name and an error's category, never a session's id")
    void tags() {
        MicrometerRecorder.of(registry);
        SessionStore store = MemorySessionStore.create(options);
        store.append("session-of-a-test", NOTE).block(PATIENCE);
        List<Tag> tags = registry.getMeters().stream()
                .flatMap(meter -> meter.getId().getTags().stream())
                .distinct()
                .toList();
        assertEquals(
                List.of(
                        Tag.of("category", "failed"),
                        Tag.of("category", "gone"),
                        Tag.of("category", "invalid"),
                        Tag.of("category", "not_found"),
                        Tag.of("category", "too_large"),
                        Tag.of("category", "unavailable"),
                        Tag.of("store", "default"),
                        Tag.of("store", "orders")),
                tags.stream()
                        .sorted((one, other) ->
                                (one.getKey() + one.getValue()).compareTo(other.getKey() + other.getValue()))
                        .toList());
        assertThrows(IllegalArgumentException.class, () -> MicrometerRecorder.of(registry, " "));
        assertEquals(7, ReelException.Category.values().length, "each but CONFLICT has its counter");
        store.close();
    }

    private double gauge(ReelMeters meter) {
        return registry.get(meter.meterName()).tag("store", "orders").gauge().value();
    }

    /** A status is read at most every 100 ms. */
    private void awaitGauge(ReelMeters meter, double value) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (gauge(meter) != value && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        assertEquals(value, gauge(meter), meter.meterName());
    }

    @Test
    @DisplayName("gauges show the store's status: accepting, open tails, their lag, loaded sessions")
    void gauges() throws Exception {
        MicrometerRecorder recorder = MicrometerRecorder.of(registry, "orders");
        SessionStore store = MemorySessionStore.create(StoreOptions.standard().withRecorder(recorder));
        recorder.watch(store);
        assertEquals(1, gauge(ReelMeters.ACCEPTING));
        store.append("s", List.of(NOTE, NOTE, NOTE)).block(PATIENCE);
        BaseSubscriber<Object> slow = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                subscription.request(1);
            }
        };
        store.tail("s", From.start()).subscribe(slow);
        awaitGauge(ReelMeters.OPEN_TAILS, 1);
        awaitGauge(ReelMeters.TAIL_LAG, 2);
        awaitGauge(ReelMeters.LOADED_SESSIONS, 1);
        slow.cancel();
        awaitGauge(ReelMeters.OPEN_TAILS, 0);
        awaitGauge(ReelMeters.TAIL_LAG, 0);
        store.close();
        awaitGauge(ReelMeters.ACCEPTING, 0);
    }

    @Test
    @DisplayName("a status that is not ready is not waited for")
    void statusThatDoesNotCome() {
        SessionStore silent = new ForwardingSessionStore(MemorySessionStore.create()) {
            @Override
            public Mono<StoreStatus> status() {
                return Mono.never();
            }
        };
        MicrometerRecorder.of(registry, "orders").watch(silent);
        assertEquals(0, gauge(ReelMeters.ACCEPTING));
        silent.close();
    }
}
