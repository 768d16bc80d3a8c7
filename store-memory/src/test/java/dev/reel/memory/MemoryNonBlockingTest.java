package dev.reel.memory;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.contract.NonBlockingContract;

/** The memory store never blocks its callers. */
class MemoryNonBlockingTest extends NonBlockingContract {

    @Override
    protected SessionStore open(StoreOptions options) {
        return MemorySessionStore.create(options);
    }
}
