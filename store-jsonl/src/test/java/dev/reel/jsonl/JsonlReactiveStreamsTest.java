package dev.reel.jsonl;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.contract.ReactiveStreamsContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The durable store's publishers keep the rules of Reactive Streams. */
class JsonlReactiveStreamsTest extends ReactiveStreamsContract {

    @TempDir
    static Path roots;

    @Override
    protected SessionStore open(StoreOptions options) {
        return JsonlSessionStore.open(JsonlSessionStoreTest.fresh(roots), options, JsonlStoreOptions.standard());
    }
}
