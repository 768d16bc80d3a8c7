package dev.reel.jsonl;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.contract.NonBlockingContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The durable store never blocks the calling thread. */
class JsonlNonBlockingTest extends NonBlockingContract {

    @TempDir
    static Path roots;

    @Override
    protected SessionStore open(StoreOptions options) {
        return JsonlSessionStore.open(JsonlSessionStoreTest.fresh(roots), options, JsonlStoreOptions.standard());
    }
}
