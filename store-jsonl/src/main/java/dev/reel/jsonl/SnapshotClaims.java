package dev.reel.jsonl;

import dev.reel.Change;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.Snapshot;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** From which position on a session holds the ids of its snapshots; found while its events are folded. */
final class SnapshotClaims {

    private final Map<String, Long> claims = new HashMap<>();

    /** An event, and the rows behind it. */
    void see(SessionEvent event, SessionState rows) {
        if (event.change() instanceof Change.PutSnapshot || event.change() instanceof Change.SessionFork) {
            claims.keySet().removeIf(id -> rows.snapshot(id) == null);
            for (Snapshot snapshot : rows.snapshots()) {
                claims.putIfAbsent(snapshot.id(), event.position());
            }
        }
    }

    /** Those of the rows; whatever nobody saw being put is held from birth. */
    Map<String, Long> of(SessionState rows, long birth) {
        Map<String, Long> held = new LinkedHashMap<>();
        for (Snapshot snapshot : rows.snapshots()) {
            held.put(snapshot.id(), claims.getOrDefault(snapshot.id(), birth));
        }
        return held;
    }
}
