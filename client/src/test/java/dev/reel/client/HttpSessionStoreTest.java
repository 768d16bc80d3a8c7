package dev.reel.client;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.contract.SessionStoreContract;
import java.time.Duration;
import org.junit.jupiter.api.Tag;

/** The contract, through a client and a server, over a memory store. */
@Tag("full")
class HttpSessionStoreTest extends SessionStoreContract {

    @Override
    protected SessionStore open(StoreOptions options) {
        return ServedStore.memory(options);
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
