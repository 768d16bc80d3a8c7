package dev.reel.engine;

import dev.reel.SessionPurgedException;
import dev.reel.SessionState;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/** The live view of a session's rows: always the newest state, never one again. */
final class StatesCursor extends Cursor<SessionState> {

    private final SessionLog log;
    private Lineage lineage;
    private LogView view;
    private @Nullable LogView given;

    StatesCursor(CoreSubscriber<? super SessionState> actual, SessionLog log, LogView view) {
        super(actual, log.delivery(), log.bell());
        this.log = log;
        this.view = view;
        this.lineage = view.lineage();
        log.opened(this);
    }

    @Override
    void look() {
        LogView published = log.published();
        if (!lineage.isPurged()) {
            view = published;
            lineage = published.lineage();
        }
    }

    @Override
    @Nullable
    SessionState poll() {
        if (given == view || lineage.isPurged()) {
            return null;
        }
        given = view;
        return view.state();
    }

    @Override
    boolean hasMore() {
        return log.published() != view && !lineage.isPurged();
    }

    @Override
    @Nullable
    End end(boolean demanded) {
        if (lineage.isPurged()) {
            boolean all = given != null && given.version() == lineage.finalVersion();
            return all ? End.COMPLETE : new End(new SessionPurgedException(log.id()));
        }
        boolean all = given == log.published();
        if (all && (view.state().closed() || log.isOver())) {
            return End.COMPLETE;
        }
        return !demanded && log.isStoreClosed() ? End.COMPLETE : null;
    }

    @Override
    void released() {
        log.released(this);
    }
}
