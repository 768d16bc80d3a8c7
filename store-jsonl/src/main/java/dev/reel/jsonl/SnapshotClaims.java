package dev.reel.jsonl;

import dev.reel.Change;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.Snapshot;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The position from which a session holds each of its snapshot ids, determined while its events are folded. */
final class SnapshotClaims {

    private final Map<String, Long> claims = new HashMap<>();

    /** Records an event and the rows after it. */
    void see(SessionEvent event, SessionState rows) {
        if (event.change() instanceof Change.PutSnapshot || event.change() instanceof Change.SessionFork) {
            claims.keySet().removeIf(id -> rows.snapshot(id) == null);
            for (Snapshot snapshot : rows.snapshots()) {
                claims.putIfAbsent(snapshot.id(), event.position());
            }
        }
    }

    /**
     * Returns the claims of the rows' snapshots. An id that no recorded event put is held from the session's birth.
     */
    Map<String, Long> of(SessionState rows, long birth) {
        Map<String, Long> held = new LinkedHashMap<>();
        for (Snapshot snapshot : rows.snapshots()) {
            held.put(snapshot.id(), claims.getOrDefault(snapshot.id(), birth));
        }
        return held;
    }
}
