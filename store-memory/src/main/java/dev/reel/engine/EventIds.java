package dev.reel.engine;

import dev.reel.SessionEvent;
import dev.reel.internal.IdMap;
import dev.reel.internal.PersistentVector;
import java.util.List;

/**
 * Where the events that a log holds in memory stand, by their ids. Immutable: each view of a log, and each fork, has the
 * index of its own events and keeps no other id alive.
 */
final class EventIds {

    /**
     * The index is kept at each multiple of this, so that a prefix adds no more than that many ids to one that is there.
     * Two versions of a trie that are so far apart share little, so closer marks cost more memory than they are worth.
     */
    static final int MARK_EVERY = 1 << 14;

    private static final EventIds EMPTY = new EventIds(0, IdMap.empty(), PersistentVector.empty());

    private final int count;
    private final IdMap indexes;
    private final PersistentVector<IdMap> marks;

    private EventIds(int count, IdMap indexes, PersistentVector<IdMap> marks) {
        this.count = count;
        this.indexes = indexes;
        this.marks = marks;
    }

    static EventIds empty() {
        return EMPTY;
    }

    EventIds plus(String eventId) {
        IdMap more = indexes.with(eventId, count);
        return new EventIds(count + 1, more, (count + 1) % MARK_EVERY == 0 ? marks.append(more) : marks);
    }

    /**
     * The index of the first events.
     *
     * @param prefix how many
     * @param events those that this is the index of
     */
    EventIds take(int prefix, List<SessionEvent> events) {
        if (prefix == count) {
            return new EventIds(count, indexes, marks.take(marks.size()));
        }
        int mark = prefix / MARK_EVERY;
        EventIds shorter =
                new EventIds(mark * MARK_EVERY, mark == 0 ? IdMap.empty() : marks.get(mark - 1), marks.take(mark));
        for (int i = shorter.count; i < prefix; i++) {
            shorter = shorter.plus(events.get(i).id());
        }
        return shorter;
    }

    /** The index of the event with that id, or {@link IdMap#NONE}. */
    int find(String eventId) {
        return indexes.find(eventId);
    }
}
