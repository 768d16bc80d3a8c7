package dev.reel.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.ForwardingSessionStore;
import dev.reel.Snapshot;
import dev.reel.testkit.contract.RandomWalk;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

@DisplayName("The random walk itself")
class RandomWalkTest {

    @Test
    @DisplayName("R17: a failure names the seed and the last steps")
    void failure() {
        AssertionError failure = assertThrows(
                AssertionError.class,
                () -> RandomWalk.seeded(42)
                        .over(options -> new ForwardingSessionStore(MemorySessionStore.create(options)) {
                            @Override
                            public Flux<Snapshot> listSnapshots(String sessionId) {
                                return super.listSnapshots(sessionId).skip(1);
                            }
                        }));
        String message = String.valueOf(failure.getMessage());
        assertTrue(message.startsWith("random walk with -Dreel.seed=42: listSnapshots "), message);
        assertTrue(message.contains("last steps:"), message);
    }

    @Test
    @DisplayName("R17: the caller gets the store between all steps, and the same seed produces the same walk")
    void pauses() {
        assertEquals(walked(7), walked(7));
        assertEquals(50, walked(8).size());
    }

    @Tag("proof")
    @Test
    @DisplayName("R17, R19, R20: long walks with other seeds than in the contract")
    void longWalks() {
        boolean full = Boolean.getBoolean("reel.full");
        for (long seed = 1_001; seed <= (full ? 3_000 : 1_020); seed++) {
            RandomWalk.seeded(seed).withSteps(full ? 1_000 : 500).over(MemorySessionStore::create);
        }
    }

    private static List<Long> walked(long seed) {
        List<Long> positions = new ArrayList<>();
        RandomWalk.seeded(seed)
                .withSteps(50)
                .withPause((store, options, random) -> {
                    positions.add(
                            Objects.requireNonNull(store.position().block()).position());
                    return store;
                })
                .over(MemorySessionStore::create);
        return positions;
    }
}
