package dev.reel.internal.engine;

/**
 * The life of one log under a session id, from the moment when the id is free to the purge of what is written there.
 * Readers hold on to it: when the id begins another life, what they were reading is over. It stays the same while the log
 * is unloaded and loaded, and whatever the log begins with: an append, a fork, or a copy.
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
