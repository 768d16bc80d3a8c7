package dev.reel.engine;

import dev.reel.internal.HintTable;

/**
 * The life of one log under a session id, from its first event to its purge. Readers hold on to it: when the id begins
 * another life, what they were reading is over.
 */
final class Lineage {

    /** Forks of forks share their ancestors' tables; from here on they are joined into one. */
    private static final int MAX_TABLES = 8;

    private static final long NOT_PURGED = -1;

    /** How many events were inherited from a parent; the rest is recorded here. */
    private final int inherited;

    /** Hints where event ids stand; the last table is this log's own. */
    private final HintTable[] ids;

    private volatile long finalVersion = NOT_PURGED;

    private Lineage(int inherited, HintTable[] ids) {
        this.inherited = inherited;
        this.ids = ids;
    }

    /** Of a log that begins empty. */
    static Lineage fresh() {
        return new Lineage(0, new HintTable[] {new HintTable()});
    }

    /** Of a log that begins with a prefix of this one. */
    Lineage fork(int prefix) {
        if (ids.length < MAX_TABLES) {
            HintTable[] tables = new HintTable[ids.length + 1];
            System.arraycopy(ids, 0, tables, 0, ids.length);
            tables[ids.length] = new HintTable();
            return new Lineage(prefix, tables);
        }
        HintTable joined = ids[0].copy();
        for (int i = 1; i < ids.length; i++) {
            joined.noteAll(ids[i]);
        }
        return new Lineage(prefix, new HintTable[] {joined});
    }

    int inherited() {
        return inherited;
    }

    void note(String eventId, int index) {
        ids[ids.length - 1].note(eventId.hashCode(), index);
    }

    /** The version of the event with that id in a view of this log, or 0. */
    long versionOf(String eventId, LogView view) {
        int hash = eventId.hashCode();
        for (int i = ids.length - 1; i >= 0; i--) {
            int index = ids[i].find(
                    hash,
                    place -> place < view.events().size()
                            && view.events().get(place).id().equals(eventId));
            if (index != HintTable.NONE) {
                return index + 1L;
            }
        }
        return 0;
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
