package dev.reel.internal.engine;

import dev.reel.SessionStore;

/** What an engine holds in memory. */
public final class EngineSizes {

    private EngineSizes() {}

    /** How much it holds per session, in entries of its maps. */
    public static int heldPerSession(SessionStore store) {
        Engine engine = (Engine) store;
        return engine.heldSessions()
                + engine.snapshots().size()
                + engine.feed().view().entries().size();
    }

    /** The bytes that purges take beside the storage. */
    public static long purgeBytes(SessionStore store) {
        return ((Engine) store).purgeBytes();
    }

    /** The position of the newest write that was accepted, whether or not its feed shows it yet. */
    public static long lastDrawn(SessionStore store) {
        return ((Engine) store).feed().lastDrawn();
    }

    /** Where its sessions are stored. */
    public static Storage storage(SessionStore store) {
        return ((Engine) store).storage();
    }
}
