package dev.reel;

import dev.reel.internal.IdPlaces;
import dev.reel.internal.PersistentVector;
import java.util.AbstractList;
import java.util.Collections;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * The snapshot rows of one state, in the order in which they were first put, with an index by id. Forks share rows and
 * show them under their own id.
 */
final class SnapshotTable implements IdPlaces.Ids {

    private static final SnapshotTable EMPTY = new SnapshotTable(PersistentVector.empty(), IdPlaces.empty());

    private final PersistentVector<Snapshot> rows;
    private final IdPlaces places;

    private SnapshotTable(PersistentVector<Snapshot> rows, IdPlaces places) {
        this.rows = rows;
        this.places = places;
    }

    static SnapshotTable empty() {
        return EMPTY;
    }

    @Override
    public String id(int place) {
        return rows.get(place).id();
    }

    List<Snapshot> view(String sessionId) {
        return Collections.unmodifiableList(new View(rows, sessionId));
    }

    @Nullable
    Snapshot get(String id, String sessionId) {
        int place = places.find(id, this);
        return place == IdPlaces.NONE ? null : under(rows.get(place), sessionId);
    }

    SnapshotTable put(Snapshot snapshot) {
        int place = places.find(snapshot.id(), this);
        if (place == IdPlaces.NONE) {
            return new SnapshotTable(rows.append(snapshot), places.append(snapshot.id(), this));
        }
        Snapshot again = new Snapshot(
                snapshot.id(),
                snapshot.sessionId(),
                snapshot.messageId(),
                snapshot.state(),
                rows.get(place).createdAt());
        return new SnapshotTable(rows.with(place, again), places);
    }

    /** The same rows; the result keeps no later row alive. */
    SnapshotTable trimmed() {
        return this == EMPTY ? this : new SnapshotTable(rows.take(rows.size()), places);
    }

    private static Snapshot under(Snapshot row, String sessionId) {
        return row.sessionId().equals(sessionId)
                ? row
                : new Snapshot(row.id(), sessionId, row.messageId(), row.state(), row.createdAt());
    }

    private static final class View extends AbstractList<Snapshot> implements RandomAccess {

        private final PersistentVector<Snapshot> rows;
        private final String sessionId;

        View(PersistentVector<Snapshot> rows, String sessionId) {
            this.rows = rows;
            this.sessionId = sessionId;
        }

        @Override
        public int size() {
            return rows.size();
        }

        @Override
        public Snapshot get(int index) {
            return under(rows.get(index), sessionId);
        }
    }
}
