package dev.reel.engine;

import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.internal.PersistentVector;
import java.util.List;

/**
 * A session at one version: its log and the rows that the log adds up to. Immutable; the head and the published state of
 * a session are two of these, so that publishing is one reference.
 */
final class LogView {

    private static final int MARK_EVERY = 1_024;

    private final Lineage lineage;
    private final PersistentVector<SessionEvent> events;
    private final SessionState state;
    /** The rows at each multiple of MARK_EVERY, so that going back folds no more than that many events. */
    private final PersistentVector<SessionState> marks;

    private LogView(
            Lineage lineage,
            PersistentVector<SessionEvent> events,
            SessionState state,
            PersistentVector<SessionState> marks) {
        this.lineage = lineage;
        this.events = events;
        this.state = state;
        this.marks = marks;
    }

    static LogView empty(String sessionId) {
        return new LogView(
                Lineage.fresh(), PersistentVector.empty(), SessionState.empty(sessionId), PersistentVector.empty());
    }

    Lineage lineage() {
        return lineage;
    }

    PersistentVector<SessionEvent> events() {
        return events;
    }

    SessionState state() {
        return state;
    }

    long version() {
        return events.size();
    }

    SessionEvent event(long version) {
        return events.get((int) version - 1);
    }

    /** The version of the event with that id, or 0. */
    long versionOf(String eventId) {
        return lineage.versionOf(eventId, this);
    }

    /** The log with a batch more, and its rows. */
    LogView plus(List<SessionEvent> batch) {
        PersistentVector<SessionEvent> longer = events;
        PersistentVector<SessionState> moreMarks = marks;
        SessionState rows = state;
        for (SessionEvent event : batch) {
            lineage.note(event.id(), longer.size());
            longer = longer.append(event);
            rows = rows.apply(event);
            if (longer.size() % MARK_EVERY == 0) {
                moreMarks = moreMarks.append(rows);
            }
        }
        return new LogView(lineage, longer, rows, moreMarks);
    }

    /** The rows at an earlier version. */
    SessionState stateAt(long version) {
        if (version == version()) {
            return state;
        }
        int mark = (int) version / MARK_EVERY;
        SessionState rows = mark == 0 ? SessionState.empty(state.sessionId()) : marks.get(mark - 1);
        for (long v = rows.version() + 1; v <= version; v++) {
            rows = rows.apply(event(v));
        }
        return rows;
    }

    /** The first events of this log, as the beginning of another session's. */
    LogView fork(int prefix, String sessionId) {
        PersistentVector<SessionState> sharedMarks = PersistentVector.empty();
        for (int i = 0; i < prefix / MARK_EVERY; i++) {
            sharedMarks = sharedMarks.append(marks.get(i).under(sessionId));
        }
        return new LogView(
                lineage.fork(prefix), events.take(prefix), stateAt(prefix).under(sessionId), sharedMarks);
    }
}
