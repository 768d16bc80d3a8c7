package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class JsonlStoreOptionsTest {

    private static final long MIB = 1 << 20;

    @Test
    @DisplayName("the defaults grow with the heap size, up to a bound")
    void defaults() {
        JsonlStoreOptions small = JsonlStoreOptions.forHeapOf(64 * MIB);
        assertEquals(8 * MIB, small.loadedBytes());
        assertEquals(4 * MIB, small.cacheBytes());
        assertEquals(4 * MIB, small.lagBytes());
        assertEquals(1_024, small.loadedSessions());
        JsonlStoreOptions large = JsonlStoreOptions.forHeapOf(64 << 10 << 20);
        assertTrue(large.loadedBytes() > 0);
        JsonlStoreOptions huge = JsonlStoreOptions.forHeapOf(Long.MAX_VALUE);
        assertEquals(256 * MIB, huge.loadedBytes());
        assertEquals(64 * MIB, huge.cacheBytes());
        assertEquals(64 * MIB, huge.lagBytes());
        assertEquals(10_000, huge.loadedSessions());
        JsonlStoreOptions tiny = JsonlStoreOptions.forHeapOf(1);
        assertEquals(MIB, tiny.loadedBytes());
        assertEquals(16, tiny.loadedSessions());
    }

    @Test
    @DisplayName("if files may lag by only 32 bytes, a purge and later writes complete")
    void smallestLag(@TempDir Path root) {
        JsonlStoreOptions small = JsonlStoreOptions.standard().withLoaded(1, 1).withLag(Duration.ofMillis(1), 32);
        Duration soon = Duration.ofSeconds(30);
        EventDraft draft = EventDraft.of("x", Json.EMPTY_OBJECT);
        SessionStore store = JsonlSessionStore.open(root, StoreOptions.standard(), small);
        for (int i = 0; i < 5; i++) {
            store.append("c", List.of(draft, draft, draft)).block(soon);
            store.append("n", List.of(draft, draft, draft)).block(soon);
            store.append("other" + i, draft).block(soon);
            store.purge("n").block(soon);
            store.append("n", draft).block(soon);
            store.purge("n").block(soon);
        }
        assertEquals(15, store.replay("c", Range.all()).count().block(soon));
        store.closeAsync().block(soon);
    }

    @Test
    @DisplayName("options are read from a configuration; an unknown name or a malformed value is rejected")
    void configured() {
        JsonlStoreOptions standard = JsonlStoreOptions.standard();
        assertEquals(standard, JsonlStoreOptions.from(Map.of()));
        assertEquals(
                standard.withDurability(Durability.interval(Duration.ofMillis(100)))
                        .withLag(Duration.ofSeconds(2), 16 * MIB)
                        .withLoaded(50, standard.loadedBytes())
                        .withCache(4_096)
                        .withWaitForLock(Duration.ofSeconds(30)),
                JsonlStoreOptions.from(Map.of(
                        "durability", "interval 100 ms",
                        "lag-time", "PT2S",
                        "lag-bytes", "16 MiB",
                        "loaded-sessions", "50",
                        "cache-bytes", "4096",
                        "wait-for-lock", "30 s")));
        assertEquals(Durability.SYNC, durability("sync"));
        assertEquals(Durability.WRITE, durability("write"));
        assertEquals(Durability.interval(), durability("interval"));
        for (Map<String, String> wrong : List.of(
                Map.of("fsync", "true"),
                Map.of("durability", "often"),
                Map.of("durability", "interval 0 s"),
                Map.of("lag-time", "2"),
                Map.of("lag-bytes", "0"),
                Map.of("wait-for-lock", "PT-1S"),
                Map.of("loaded-sessions", "-1"))) {
            assertThrows(InvalidInputException.class, () -> JsonlStoreOptions.from(wrong), wrong::toString);
        }
    }

    @Test
    @DisplayName("one map holds the options of both classes; each rejects a misspelt name")
    void oneMap() {
        Map<String, String> common = Map.of(
                "delivery-threads", "3",
                "event-bytes", "4 MiB",
                "batch-events", "7",
                "session-writes", "5",
                "session-bytes", "1 MiB",
                "store-writes", "9",
                "store-bytes", "2 MiB");
        Map<String, String> own = Map.of(
                "durability", "write",
                "lag-time", "2 s",
                "lag-bytes", "16 MiB",
                "loaded-sessions", "50",
                "loaded-bytes", "8 MiB",
                "cache-bytes", "4096",
                "wait-for-lock", "30 s");
        Map<String, String> both = new HashMap<>(common);
        both.putAll(own);
        assertEquals(StoreOptions.from(common).bounds(), StoreOptions.from(both).bounds());
        assertEquals(3, StoreOptions.from(both).deliveryThreads());
        assertEquals(JsonlStoreOptions.from(own), JsonlStoreOptions.from(both));

        both.put("loaded-session", "50");
        for (Executable read : List.<Executable>of(() -> StoreOptions.from(both), () -> JsonlStoreOptions.from(both))) {
            String message = assertThrows(InvalidInputException.class, read).getMessage();
            assertTrue(
                    message.startsWith("unknown option 'loaded-session': expected one of delivery-threads, "), message);
            assertTrue(message.contains(", loaded-sessions, "), message);
        }
    }

    private static Durability durability(String text) {
        return JsonlStoreOptions.from(Map.of("durability", text)).durability();
    }

    @Test
    @DisplayName("a null argument throws immediately")
    @SuppressWarnings("NullAway")
    void nulls() {
        JsonlStoreOptions options = JsonlStoreOptions.standard();
        assertThrows(NullPointerException.class, () -> options.withDurability(null));
        assertThrows(NullPointerException.class, () -> options.withLag(null, 1));
        assertThrows(NullPointerException.class, () -> options.withWaitForLock(null));
        assertThrows(NullPointerException.class, () -> JsonlImport.into(null));
        assertThrows(NullPointerException.class, () -> SessionFile.of(null, "s"));
    }

    @Test
    @DisplayName("options are equal if their values are equal, and toString() shows them")
    void values() {
        JsonlStoreOptions standard = JsonlStoreOptions.standard();
        List<JsonlStoreOptions> others = List.of(
                standard.withDurability(Durability.WRITE),
                standard.withLag(Duration.ofMillis(1), standard.lagBytes()),
                standard.withLag(standard.lagTime(), 7),
                standard.withLoaded(7, standard.loadedBytes()),
                standard.withLoaded(standard.loadedSessions(), 7),
                standard.withCache(7),
                standard.withWaitForLock(Duration.ofMillis(7)));
        for (JsonlStoreOptions other : others) {
            assertNotEquals(standard, other);
            assertNotEquals(standard.toString(), other.toString());
        }
        assertEquals(standard.withCache(7).hashCode(), others.get(5).hashCode());
        assertTrue(standard.withCache(7).toString().contains("cacheBytes=7"));
    }
}
