package dev.reel.internal.engine;

import dev.reel.LogPlace;
import dev.reel.SessionState;
import dev.reel.spi.States;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/** Emits a session's rows as they change. It always emits the newest state, and no state twice. */
final class StatesCursor extends SessionCursor<SessionState> {

    private static final long NOTHING = -1;

    private volatile long given = NOTHING;
    /** The place of the last state that was emitted. */
    private LogPlace place = LogPlace.start();
    /** That state, kept for long logs so that only the later events have to be folded. */
    private @Nullable SessionState last;

    StatesCursor(CoreSubscriber<? super SessionState> actual, SessionLog log) {
        super(actual, log, true);
        endsIfTailsAreCompleted();
    }

    @Override
    public String stepName() {
        return "states(" + log().id() + ")";
    }

    @Override
    LogPlace place() {
        return place;
    }

    @Override
    @Nullable
    SessionState poll() {
        LogView now = view();
        if (now == null || given == now.version() || isPurged() || isFinite() && given != NOTHING) {
            return null;
        }
        SessionState rows = now.state();
        if (States.isLean(rows)) {
            SessionState from = last;
            rows = from == null ? now.wholeAt(now.version()) : now.fold(from, now.version());
            last = rows;
        }
        given = now.version();
        place = rows.place();
        return rows;
    }

    @Override
    public long lag() {
        return given == NOTHING || isPurged() ? 0 : Math.max(0, log().knownVersion() - given);
    }

    @Override
    boolean hasMore() {
        return isStale() && !isPurged() && !isFinite();
    }

    @Override
    @Nullable
    End end(boolean demanded) {
        End over = endOfLog(given);
        if (over != null) {
            return over;
        }
        if (isFinite() && given != NOTHING) {
            return End.COMPLETE;
        }
        LogView now = view();
        if (now != null && given == now.version() && isAtTheEnd(now)) {
            return End.COMPLETE;
        }
        return !demanded && log().isStoreClosed() ? End.COMPLETE : null;
    }
}
