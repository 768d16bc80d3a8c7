package dev.reel.client;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.jsonl.Durability;
import dev.reel.jsonl.JsonlSessionStore;
import dev.reel.jsonl.JsonlStoreOptions;
import dev.reel.testkit.contract.SessionStoreContract;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** The contract, through a client and a server, over a durable store. */
@Tag("full")
class HttpJsonlSessionStoreTest extends SessionStoreContract {

    private static final AtomicInteger COUNT = new AtomicInteger();

    @TempDir
    static Path roots;

    @Override
    protected SessionStore open(StoreOptions options) {
        return ServedStore.over(
                JsonlSessionStore.open(
                        roots.resolve("root" + COUNT.incrementAndGet()),
                        options,
                        JsonlStoreOptions.standard().withDurability(Durability.WRITE)),
                options);
    }

    @Override
    protected boolean isRemote() {
        return true;
    }

    /** A call over a connection takes longer than one in memory. */
    @Override
    protected Duration patience() {
        return Duration.ofSeconds(60);
    }
}
