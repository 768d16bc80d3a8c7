package dev.reel.jsonl;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.contract.SessionStoreContract;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** The durable store keeps the contract with almost nothing in memory, so that all reads are read from files. */
@Tag("full")
class JsonlSmallMemoryTest extends SessionStoreContract {

    @TempDir
    static Path roots;

    @Override
    protected SessionStore open(StoreOptions options) {
        return JsonlSessionStore.open(
                JsonlSessionStoreTest.fresh(roots),
                options,
                JsonlStoreOptions.standard()
                        .withDurability(Durability.WRITE)
                        .withLag(Duration.ofMillis(20), 10_000)
                        .withLoaded(1, 1)
                        .withCache(10_000));
    }
}
