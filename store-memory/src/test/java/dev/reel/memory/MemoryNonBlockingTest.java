package dev.reel.memory;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.NonBlockingContract;

/** The store in memory never blocks whoever calls it. */
class MemoryNonBlockingTest extends NonBlockingContract {

    @Override
    protected SessionStore open(StoreOptions options) {
        return MemorySessionStore.create(options);
    }
}
