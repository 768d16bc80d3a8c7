package dev.reel.memory;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.internal.engine.Engine;

/**
 * The store in memory: everything of {@link SessionStore}, for as long as the process lives. For tests, for sessions that
 * need no longer life, and as the measure of every other store.
 *
 * <pre>{@code
 * try (SessionStore store = MemorySessionStore.create()) {
 *     store.putMessage("s1", MessageDraft.user("hello")).block();
 * }
 * }</pre>
 *
 * <p>Answers and history come on the thread that subscribes or requests, or on the store's pool; live events on the pool.
 */
public final class MemorySessionStore {

    private MemorySessionStore() {}

    /**
     * An empty store with {@link StoreOptions#standard()}.
     *
     * @return the store; closing it ends its tails
     */
    public static SessionStore create() {
        return create(StoreOptions.standard());
    }

    /**
     * An empty store.
     *
     * @param options clock, ids, bounds and the rest
     * @return the store; closing it ends its tails
     */
    public static SessionStore create(StoreOptions options) {
        return Engine.inMemory(options);
    }
}
