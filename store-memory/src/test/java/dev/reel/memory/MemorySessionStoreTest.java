package dev.reel.memory;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.contract.SessionStoreContract;

/** The memory store fulfils the contract. */
class MemorySessionStoreTest extends SessionStoreContract {

    @Override
    protected SessionStore open(StoreOptions options) {
        return MemorySessionStore.create(options);
    }
}
