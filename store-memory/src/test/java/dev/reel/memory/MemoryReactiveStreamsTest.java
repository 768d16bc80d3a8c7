package dev.reel.memory;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.testkit.contract.ReactiveStreamsContract;

/** The streams of the memory store comply with Reactive Streams. */
class MemoryReactiveStreamsTest extends ReactiveStreamsContract {

    @Override
    protected SessionStore open(StoreOptions options) {
        return MemorySessionStore.create(options);
    }
}
