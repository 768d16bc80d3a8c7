package dev.reel.jsonl;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.contract.RandomWalk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract's random walk over a store that is closed and reopened several times and keeps almost nothing in memory.
 */
class ReopenedWalkTest {

    private static final List<Durability> MODES =
            List.of(Durability.SYNC, Durability.WRITE, Durability.interval(Duration.ofMillis(5)));

    @TempDir
    Path roots;

    @Test
    @DisplayName("R17: all tables are the fold of the log, even after reopening and if read back from files")
    void fewWalks() {
        for (long seed = 1; seed <= 3; seed++) {
            walk(seed, 150);
        }
    }

    @Tag("proof")
    @Test
    @DisplayName("R17: the same with more and longer walks")
    void manyWalks() {
        boolean full = Boolean.getBoolean("reel.full");
        for (long seed = 101; seed <= (full ? 400 : 110); seed++) {
            walk(seed, full ? 500 : 300);
        }
    }

    private void walk(long seed, int steps) {
        JsonlStoreOptions small = JsonlStoreOptions.standard()
                .withDurability(MODES.get((int) (seed % MODES.size())))
                .withLag(Duration.ofMillis(30), 10_000)
                .withLoaded(1, 1)
                .withCache(20_000);
        Map<SessionStore, Path> places = new HashMap<>();
        RandomWalk.seeded(seed)
                .withSteps(steps)
                .withPause((store, options, random) -> {
                    if (random.nextInt(12) > 0) {
                        return store;
                    }
                    Path root = places.remove(store);
                    store.close();
                    return open(root, options, small, places);
                })
                .over(options -> open(JsonlSessionStoreTest.fresh(roots), options, small, places));
        new ArrayList<>(places.keySet()).forEach(SessionStore::close);
    }

    private static SessionStore open(
            Path root, StoreOptions options, JsonlStoreOptions jsonl, Map<SessionStore, Path> places) {
        SessionStore store = JsonlSessionStore.open(root, options, jsonl);
        places.put(store, root);
        return store;
    }
}
