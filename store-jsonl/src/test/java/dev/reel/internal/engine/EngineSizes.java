package dev.reel.internal.engine;

import dev.reel.SessionStore;

/** Reads how much an engine holds in memory. */
public final class EngineSizes {

    private EngineSizes() {}

    /** Returns the number of per-session map entries in memory. */
    public static int heldPerSession(SessionStore store) {
        Engine engine = (Engine) store;
        return engine.sessions().size()
                + engine.core().snapshots().size()
                + engine.core().feed().view().entries().size();
    }

    /** Returns the bytes that purges take in the engine, without the storage. */
    public static long purgeBytes(SessionStore store) {
        return ((Engine) store).core().purgeBytes();
    }

    /** Returns the position of the newest accepted write, even if the feed does not show it yet. */
    public static long lastDrawn(SessionStore store) {
        return ((Engine) store).core().feed().lastDrawn();
    }

    /** Returns the storage of the engine's sessions. */
    public static Storage storage(SessionStore store) {
        return ((Engine) store).core().storage();
    }
}
