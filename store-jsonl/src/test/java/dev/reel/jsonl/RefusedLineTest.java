package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reel.Bounds;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedPlace;
import dev.reel.Json;
import dev.reel.JsonLimits;
import dev.reel.MalformedEventException;
import dev.reel.Range;
import dev.reel.ReelException;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("R7: an event that does not fit into a line fails alone and is not written")
@Timeout(60)
class RefusedLineTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Nested deeper than a line may be, although the store's own limit accepts it. */
    private static EventDraft tooDeep() {
        int depth = JsonLimits.DEFAULT.maxDepth() + 1;
        JsonLimits limits = new JsonLimits(1 << 20, depth, 1_000);
        String text = "{\"a\":".repeat(depth - 1) + "{}" + "}".repeat(depth - 1);
        return EventDraft.of("note", Json.parse(text.getBytes(StandardCharsets.UTF_8), limits));
    }

    private static Commit append(SessionStore store, String session) {
        return Objects.requireNonNull(
                store.append(session, EventDraft.of("note", Json.EMPTY_OBJECT)).block(PATIENCE));
    }

    @Test
    @DisplayName("other writes continue, in its session and others, and the event is not there after reopening")
    void failsAlone(@TempDir Path root) throws Exception {
        JsonLimits limits = new JsonLimits(JsonLimits.DEFAULT.maxBytes(), JsonLimits.HIGHEST_DEPTH, 1_000);
        StoreOptions options =
                StoreOptions.standard().withBounds(Bounds.standard().withJson(limits));
        try (SessionStore store = JsonlSessionStore.open(root, options, JsonlStoreOptions.standard())) {
            assertEquals(1, append(store, "s").version());
            List<CompletableFuture<Commit>> around = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                around.add(store.append("s", EventDraft.of("note", Json.EMPTY_OBJECT))
                        .toFuture());
                CompletableFuture<Commit> refused = store.append("s", tooDeep()).toFuture();
                around.add(store.append("t", EventDraft.of("note", Json.EMPTY_OBJECT))
                        .toFuture());
                ExecutionException failure =
                        assertThrows(ExecutionException.class, () -> refused.get(20, TimeUnit.SECONDS));
                MalformedEventException malformed = assertInstanceOf(MalformedEventException.class, failure.getCause());
                assertEquals(ReelException.Outcome.NOT_WRITTEN, malformed.outcome());
                assertEquals("s", malformed.sessionId());
            }
            for (CompletableFuture<Commit> write : around) {
                write.get(20, TimeUnit.SECONDS);
            }
            assertEquals(22, append(store, "s").version());
            long mark = append(store, "t").position();
            assertEquals(
                    FeedPlace.of(mark), store.position().block(PATIENCE), "the feed does not stop at its position");
        }
        try (SessionStore store = JsonlSessionStore.open(root, options, JsonlStoreOptions.standard())) {
            assertEquals(22L, store.replay("s", Range.all()).count().block(PATIENCE));
            assertEquals(21L, store.replay("t", Range.all()).count().block(PATIENCE));
        }
    }

    @Test
    @DisplayName("durations of any length are accepted")
    void longDurations(@TempDir Path root) throws Exception {
        Duration ages = Duration.ofSeconds(Long.MAX_VALUE);
        Durability durability = Durability.interval(ages);
        assertEquals("INTERVAL(" + Long.MAX_VALUE + " ms)", durability.toString());
        JsonlStoreOptions options =
                JsonlStoreOptions.standard().withDurability(durability).withLag(ages, 64 << 20);
        try (SessionStore store = JsonlSessionStore.open(root, StoreOptions.standard(), options)) {
            append(store, "s");
            assertEquals(2, append(store, "s").version());
            store.sync().block(PATIENCE);
        }
    }

    @Test
    @DisplayName("R24: a store whose files may lag by only a few bytes works after a purge")
    void smallLag(@TempDir Path root) throws Exception {
        JsonlStoreOptions options = JsonlStoreOptions.standard().withLag(Duration.ofMillis(20), 1);
        try (SessionStore store = JsonlSessionStore.open(root, StoreOptions.standard(), options)) {
            append(store, "s");
            append(store, "t");
            store.purge("t").block(PATIENCE);
            assertEquals(2, append(store, "s").version());
            assertEquals(1, append(store, "t").version());
        }
    }
}
