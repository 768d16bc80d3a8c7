package dev.reel.memory;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.SessionStoreContract;

/** The store in memory holds the contract. */
class MemorySessionStoreTest extends SessionStoreContract {

    @Override
    protected SessionStore open(StoreOptions options) {
        return MemorySessionStore.create(options);
    }
}
