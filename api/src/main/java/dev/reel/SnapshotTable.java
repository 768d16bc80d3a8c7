package dev.reel;

import dev.reel.internal.HintTable;
import dev.reel.internal.PersistentVector;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The snapshot rows of one state, by first put, with an index by id that all versions of the table share. */
final class SnapshotTable {

    private static final SnapshotTable EMPTY = new SnapshotTable(PersistentVector.empty(), new HintTable());

    private final PersistentVector<Snapshot> rows;
    private final HintTable places;

    private SnapshotTable(PersistentVector<Snapshot> rows, HintTable places) {
        this.rows = rows;
        this.places = places;
    }

    static SnapshotTable empty() {
        return EMPTY;
    }

    List<Snapshot> rows() {
        return Collections.unmodifiableList(rows);
    }

    @Nullable
    Snapshot get(String id) {
        int index = indexOf(id);
        return index < 0 ? null : rows.get(index);
    }

    SnapshotTable put(Snapshot snapshot) {
        int index = indexOf(snapshot.id());
        if (index >= 0) {
            Snapshot again = new Snapshot(
                    snapshot.id(),
                    snapshot.sessionId(),
                    snapshot.messageId(),
                    snapshot.state(),
                    rows.get(index).createdAt());
            return new SnapshotTable(rows.with(index, again), places);
        }
        // Most sessions have no snapshot, so the empty table is one object; a table of its own begins with the first.
        HintTable own = this == EMPTY ? new HintTable() : places;
        own.note(snapshot.id().hashCode(), rows.size());
        return new SnapshotTable(rows.append(snapshot), own);
    }

    /** The same rows under another session. */
    SnapshotTable under(String sessionId) {
        SnapshotTable copy = EMPTY;
        for (Snapshot row : rows) {
            copy = copy.put(new Snapshot(row.id(), sessionId, row.messageId(), row.state(), row.createdAt()));
        }
        return copy;
    }

    private int indexOf(String id) {
        return places.find(
                id.hashCode(),
                place -> place < rows.size() && rows.get(place).id().equals(id));
    }
}
