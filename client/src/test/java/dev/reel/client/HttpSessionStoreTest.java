package dev.reel.client;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.SessionStoreContract;

/** The contract, through a client and a server, over a memory store. */
class HttpSessionStoreTest extends SessionStoreContract {

    @Override
    protected SessionStore open(StoreOptions options) {
        return ServedStore.memory(options);
    }
}
