package dev.reel.jsonl;

import dev.reel.Change;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.Snapshot;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the events of a session's file add up to.
 *
 * @param state lean rows
 * @param birth the position of the first event that the session recorded itself, 0 where it has none
 * @param snapshots the snapshot ids that it holds, with the position of the event that claimed each
 */
record RowsOfFile(SessionState state, long birth, Map<String, Long> snapshots) {

    /** Reads the log from its beginning to its end. */
    static RowsOfFile of(LogFile log) {
        SessionState rows = SessionState.lean(log.sessionId());
        Map<String, Long> claims = new HashMap<>();
        long birth = 0;
        for (long v = 1; v <= log.version(); v++) {
            SessionEvent event = log.event(v);
            if (v == log.inherited() + 1) {
                birth = event.position();
            }
            rows = rows.apply(event);
            if (event.change() instanceof Change.PutSnapshot || event.change() instanceof Change.SessionFork) {
                SessionState now = rows;
                claims.keySet().removeIf(id -> now.snapshot(id) == null);
                for (Snapshot snapshot : rows.snapshots()) {
                    claims.putIfAbsent(snapshot.id(), event.position());
                }
            }
        }
        Map<String, Long> snapshots = new LinkedHashMap<>();
        for (Snapshot snapshot : rows.snapshots()) {
            snapshots.put(snapshot.id(), claims.getOrDefault(snapshot.id(), birth));
        }
        return new RowsOfFile(rows, birth, snapshots);
    }
}
