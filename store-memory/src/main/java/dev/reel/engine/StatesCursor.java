package dev.reel.engine;

import dev.reel.SessionPurgedException;
import dev.reel.SessionState;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/** The live view of a session's rows: always the newest state, never one again. */
final class StatesCursor extends Cursor<SessionState> {

    private static final long NOTHING = -1;

    private final SessionLog log;
    private Lineage lineage;
    private @Nullable LogView view;
    private long seen;
    private long given = NOTHING;
    /** The last state that was given, to go on from where reading all of the log would be long. */
    private @Nullable SessionState last;

    StatesCursor(CoreSubscriber<? super SessionState> actual, SessionLog log) {
        super(actual, log.engine(), log.bell(), true);
        this.log = log;
        this.lineage = log.lineage();
        log.opened(this);
    }

    @Override
    void look() {
        seen = log.publications();
        if (!lineage.isPurged()) {
            LogView now = log.published();
            view = now;
            lineage = now.lineage();
        }
    }

    @Override
    void rest() {
        view = null;
    }

    @Override
    @Nullable
    SessionState poll() {
        LogView now = view;
        if (now == null || given == now.version() || lineage.isPurged()) {
            return null;
        }
        SessionState rows = now.state();
        if (rows.isLean()) {
            SessionState from = last;
            rows = from == null ? now.wholeAt(now.version()) : now.fold(from, now.version());
            last = rows;
        }
        given = now.version();
        return rows;
    }

    @Override
    boolean hasMore() {
        return log.publications() != seen && !lineage.isPurged();
    }

    @Override
    @Nullable
    End end(boolean demanded) {
        if (lineage.isPurged()) {
            return given == lineage.finalVersion() ? End.COMPLETE : new End(new SessionPurgedException(log.id()));
        }
        LogView now = view;
        if (now != null && given == now.version() && log.publications() == seen && (now.isClosed() || log.isOver())) {
            return End.COMPLETE;
        }
        return !demanded && log.isStoreClosed() ? End.COMPLETE : null;
    }

    @Override
    void released() {
        log.released(this);
    }
}
