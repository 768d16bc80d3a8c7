package dev.reel.jsonl;

import dev.reel.StoreOptions;
import dev.reel.testkit.contract.DurableSessionStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The durable store keeps everything when it is closed and opened again between the calls. */
class RestartedStoreTest extends DurableSessionStoreContract {

    /** Without waiting for flushes, which is faster; what is closed is on the disk in every mode. */
    private static final JsonlStoreOptions JSONL = JsonlStoreOptions.standard().withDurability(Durability.WRITE);

    @TempDir
    static Path roots;

    @Override
    protected Place place(StoreOptions options) {
        Path root = JsonlSessionStoreTest.fresh(roots);
        return () -> JsonlSessionStore.open(root, options, JSONL);
    }
}
