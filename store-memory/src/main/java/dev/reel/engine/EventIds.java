package dev.reel.engine;

import dev.reel.internal.HintTable;
import java.util.function.IntPredicate;

/** Hints where the events of a log stand by their ids; shared by all views of the log, and of its forks. */
final class EventIds {

    /** Forks of forks share their ancestors' tables; from here on they are joined into one. */
    private static final int MAX_TABLES = 8;

    /** The last table is this log's own. */
    private final HintTable[] tables;

    private EventIds(HintTable... tables) {
        this.tables = tables;
    }

    static EventIds empty() {
        return new EventIds(new HintTable());
    }

    EventIds fork() {
        if (tables.length < MAX_TABLES) {
            HintTable[] more = new HintTable[tables.length + 1];
            System.arraycopy(tables, 0, more, 0, tables.length);
            more[tables.length] = new HintTable();
            return new EventIds(more);
        }
        HintTable joined = tables[0].copy();
        for (int i = 1; i < tables.length; i++) {
            joined.noteAll(tables[i]);
        }
        return new EventIds(joined);
    }

    void note(String eventId, int index) {
        tables[tables.length - 1].note(eventId.hashCode(), index);
    }

    /** The index of the event with that id, of those that pass the test, or {@link HintTable#NONE}. */
    int find(String eventId, IntPredicate isIt) {
        int hash = eventId.hashCode();
        for (int i = tables.length - 1; i >= 0; i--) {
            int index = tables[i].find(hash, isIt);
            if (index != HintTable.NONE) {
                return index;
            }
        }
        return HintTable.NONE;
    }
}
