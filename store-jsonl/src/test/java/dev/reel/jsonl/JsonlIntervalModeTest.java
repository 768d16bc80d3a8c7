package dev.reel.jsonl;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.contract.SessionStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** The durable store keeps the contract if it acknowledges writes that are flushed a moment later. */
@Tag("full")
class JsonlIntervalModeTest extends SessionStoreContract {

    @TempDir
    static Path roots;

    @Override
    protected SessionStore open(StoreOptions options) {
        return JsonlSessionStore.open(
                JsonlSessionStoreTest.fresh(roots),
                options,
                JsonlStoreOptions.standard().withDurability(Durability.interval()));
    }
}
