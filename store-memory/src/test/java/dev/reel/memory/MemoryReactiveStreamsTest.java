package dev.reel.memory;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.ReactiveStreamsContract;

/** What the store in memory streams keeps the rules of Reactive Streams. */
class MemoryReactiveStreamsTest extends ReactiveStreamsContract {

    @Override
    protected SessionStore open(StoreOptions options) {
        return MemorySessionStore.create(options);
    }
}
