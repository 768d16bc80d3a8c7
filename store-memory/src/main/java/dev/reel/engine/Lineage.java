package dev.reel.engine;

/**
 * The life of one log under a session id, from its first event to its purge. Readers hold on to it: when the id begins
 * another life, what they were reading is over.
 */
final class Lineage {

    private static final long NOT_PURGED = -1;

    /** How many events were inherited from a parent; the rest is recorded here. */
    private final long inherited;

    private volatile long finalVersion = NOT_PURGED;

    private Lineage(long inherited) {
        this.inherited = inherited;
    }

    /** Of a log that begins empty. */
    static Lineage fresh() {
        return new Lineage(0);
    }

    /** Of a log that begins with a prefix of another. */
    static Lineage ofFork(long inherited) {
        return new Lineage(inherited);
    }

    long inherited() {
        return inherited;
    }

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
