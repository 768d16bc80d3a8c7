package dev.reel;

import dev.reel.internal.IdPlaces;
import dev.reel.internal.PersistentVector;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The message rows of one state, by seq, with an index by id.
 *
 * <p>Rows that were cut are restored only together with the table that contained them, which has its own index.
 */
final class MessageTable implements IdPlaces.Ids {

    private static final MessageTable EMPTY = new MessageTable(PersistentVector.empty(), IdPlaces.empty());

    private final PersistentVector<MessageRow> rows;
    private final IdPlaces places;

    private MessageTable(PersistentVector<MessageRow> rows, IdPlaces places) {
        this.rows = rows;
        this.places = places;
    }

    static MessageTable empty() {
        return EMPTY;
    }

    int size() {
        return rows.size();
    }

    MessageRow get(int index) {
        return rows.get(index);
    }

    /** The index of the message, or -1. */
    int indexOf(String id) {
        return places.find(id, this);
    }

    @Override
    public String id(int place) {
        return rows.get(place).id();
    }

    /** The maximum cost of a look-up of the message, see {@link IdPlaces#steps}. */
    int steps(String id) {
        return places.steps(id);
    }

    /** The index of the first message with a greater seq. */
    int firstAfter(long seq) {
        int low = 0;
        int high = rows.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (rows.get(middle).seq() <= seq) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    MessageTable append(MessageRow row) {
        return new MessageTable(rows.append(row), places.append(row.id(), this));
    }

    MessageTable with(int index, MessageRow row) {
        return new MessageTable(rows.with(index, row), places);
    }

    /** The first rows. The result keeps no later row alive. */
    MessageTable take(int count) {
        return count == 0 ? EMPTY : new MessageTable(rows.take(count), places.take(count));
    }

    /** The same rows, to be retained for long; call {@link #indexed} before using them. */
    MessageTable kept() {
        return new MessageTable(rows.take(rows.size()), places.largest());
    }

    /** The same rows with a complete index. */
    MessageTable indexed() {
        IdPlaces all = places;
        while (all.size() < rows.size()) {
            all = all.append(rows.get(all.size()).id(), this);
        }
        return all == places ? this : new MessageTable(rows, all);
    }

    List<Message> view(String sessionId, int from, @Nullable LongFunction<SessionEvent> events) {
        return new View(rows, sessionId, from, events);
    }

    private static final class View extends AbstractList<Message> implements RandomAccess {

        private final PersistentVector<MessageRow> rows;
        private final String sessionId;
        private final int from;
        private final @Nullable LongFunction<SessionEvent> events;

        View(
                PersistentVector<MessageRow> rows,
                String sessionId,
                int from,
                @Nullable LongFunction<SessionEvent> events) {
            this.rows = rows;
            this.sessionId = sessionId;
            this.from = from;
            this.events = events;
        }

        @Override
        public int size() {
            return rows.size() - from;
        }

        @Override
        public Message get(int index) {
            return rows.get(from + index).message(sessionId, events);
        }
    }
}
