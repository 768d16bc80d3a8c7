package dev.reel.memory;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.internal.engine.Engine;

/**
 * A session store that keeps everything in memory until the process ends. It implements all of {@link SessionStore}.
 * Use it for tests and for sessions that need not outlive the process. It is the reference for the other stores.
 *
 * <pre>{@code
 * try (SessionStore store = MemorySessionStore.create()) {
 *     store.putMessage("s1", MessageDraft.user("hello")).block();
 * }
 * }</pre>
 *
 * <p>Results and history are emitted on the thread that subscribes or requests, or on a pool of the store; live events
 * are emitted on a pool.
 */
public final class MemorySessionStore {

    private MemorySessionStore() {}

    /**
     * Creates an empty store with {@link StoreOptions#standard()}.
     *
     * @return the store; closing it ends its tails
     */
    public static SessionStore create() {
        return create(StoreOptions.standard());
    }

    /**
     * Creates an empty store.
     *
     * @param options clock, ids, bounds and the rest
     * @return the store; closing it ends its tails
     */
    public static SessionStore create(StoreOptions options) {
        return Engine.inMemory(options);
    }
}
