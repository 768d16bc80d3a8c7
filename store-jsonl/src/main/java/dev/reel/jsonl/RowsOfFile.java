package dev.reel.jsonl;

import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.spi.States;
import java.util.Map;

/**
 * The fold of the events of a session's file.
 *
 * @param state lean rows
 * @param birth the position of the first event that the session recorded itself, 0 if there is none
 * @param snapshots the session's snapshot ids, each with the position of the event that claimed it
 */
record RowsOfFile(SessionState state, long birth, Map<String, Long> snapshots) {

    /** Reads the log from its beginning to its end. */
    static RowsOfFile of(LogFile log) {
        SessionState rows = States.lean(log.sessionId());
        SnapshotClaims claims = new SnapshotClaims();
        long birth = 0;
        for (long v = 1; v <= log.version(); v++) {
            SessionEvent event = log.event(v);
            if (v == log.inherited() + 1) {
                birth = event.position();
            }
            rows = rows.apply(event);
            claims.see(event, rows);
        }
        return new RowsOfFile(rows, birth, claims.of(rows, birth));
    }
}
