package dev.reel.internal.engine;

/**
 * The lifetime of one log under a session id: from the moment the id is free until that log is purged. Readers keep a
 * reference to it and so notice when the log that they read was purged and the id has a new log. A lineage does not
 * change when the log is unloaded and loaded, and does not depend on how the log begins (an append, a fork, or a copy).
 */
final class Lineage {

    private static final long NOT_PURGED = -1;

    private volatile long finalVersion = NOT_PURGED;

    void purged(long version) {
        finalVersion = version;
    }

    boolean isPurged() {
        return finalVersion != NOT_PURGED;
    }

    /** The version at which it was purged. */
    long finalVersion() {
        return finalVersion;
    }
}
