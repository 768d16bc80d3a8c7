package dev.reel.engine;

import dev.reel.LogChangedException;
import dev.reel.Place;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionPurgedException;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/**
 * A cursor in one session's log: a replay, when it has an end; else a tail.
 *
 * <p>It belongs to one {@link Lineage}. When the session is purged, it has given everything, or it fails, whatever log
 * the id has by then. A start beyond what is published, but within what is accepted, is waited for, and checked then.
 */
abstract class LogCursor<T> extends Cursor<T> {

    private static final long NO_END = Long.MAX_VALUE;

    private final SessionLog log;
    private Lineage lineage;
    private final Place start;
    private final long end;
    private final Set<String> types;
    private LogView view;
    /** The version of the last event that was given, or passed over. */
    private long at;

    private boolean startChecked;
    private @Nullable LogChangedException changed;

    private LogCursor(
            CoreSubscriber<? super T> actual, SessionLog log, LogView view, Place start, long end, Set<String> types) {
        super(actual, log.delivery(), log.bell());
        this.log = log;
        this.view = view;
        this.lineage = view.lineage();
        this.start = start;
        this.end = end;
        this.types = types;
        this.at = start.version();
        log.opened(this);
        checkStart();
    }

    /** What an event is to the subscriber. */
    abstract T item(SessionEvent event);

    /** What is to be told before the next event. */
    abstract @Nullable T signal(long at, long behind);

    /** Whether everything was told that is due at the end. */
    boolean hasTold() {
        return true;
    }

    final LogView view() {
        return view;
    }

    final Place place() {
        return at == start.version() ? start : view.event(at).place();
    }

    @Override
    void look() {
        LogView published = log.published();
        // A log that was waited for may begin as a fork, with a lineage of its own; only a purge ends one.
        if (!lineage.isPurged()) {
            view = published;
            lineage = published.lineage();
        }
        checkStart();
    }

    private void checkStart() {
        if (startChecked || changed != null) {
            return;
        }
        long version = start.version();
        if (version <= view.version()) {
            startChecked = true;
            String id = start.eventId();
            if (id != null && !view.event(version).id().equals(id)) {
                changed = new LogChangedException(log.id(), start, view.version());
            }
        } else if (lineage.isPurged() || log.head().version() < version && log.published() == view) {
            changed = new LogChangedException(log.id(), start, view.version());
        }
    }

    @Override
    @Nullable
    T poll() {
        if (!startChecked || changed != null || lineage.isPurged()) {
            return null;
        }
        while (true) {
            T signal = signal(at, view.version() - at);
            if (signal != null) {
                return signal;
            }
            if (at >= Math.min(end, view.version())) {
                return null;
            }
            at++;
            notStarved();
            SessionEvent event = view.event(at);
            if (passes(event)) {
                return item(event.under(log.id()));
            }
        }
    }

    private boolean passes(SessionEvent event) {
        return types.isEmpty() || types.contains(event.type());
    }

    /** Begins behind a later version than the place that is checked. */
    final void skipTo(long version) {
        at = version;
    }

    @Override
    boolean hasMore() {
        return (end == NO_END || !startChecked) && log.published() != view && !lineage.isPurged();
    }

    @Override
    @Nullable
    End end(boolean demanded) {
        if (changed != null) {
            return new End(changed);
        }
        if (!startChecked) {
            return log.isStoreClosed() ? End.COMPLETE : null;
        }
        // Demand may be over, but who has been given all that passes need not ask to be told so.
        while (!types.isEmpty() && at < Math.min(end, view.version()) && !passes(view.event(at + 1))) {
            at++;
        }
        if (at >= end) {
            return End.COMPLETE;
        }
        if (lineage.isPurged()) {
            return at == lineage.finalVersion() ? End.COMPLETE : new End(new SessionPurgedException(log.id()));
        }
        boolean all = at == view.version() && hasTold() && log.published() == view;
        if (all && (view.state().closed() || log.isOver())) {
            return End.COMPLETE;
        }
        // The store is gone; who asks for no more can't be waited for, and can resume from its place elsewhere.
        return !demanded && log.isStoreClosed() && end == NO_END ? End.COMPLETE : null;
    }

    @Override
    void released() {
        log.released(this);
    }

    /** A cursor that gives events. */
    static final class Events extends LogCursor<SessionEvent> {

        private Events(
                CoreSubscriber<? super SessionEvent> actual,
                SessionLog log,
                LogView view,
                Place start,
                long end,
                Set<String> types) {
            super(actual, log, view, start, end, types);
        }

        static Events tail(CoreSubscriber<? super SessionEvent> actual, SessionLog log, LogView view, Place start) {
            return new Events(actual, log, view, start, NO_END, Set.of());
        }

        static Events replay(CoreSubscriber<? super SessionEvent> actual, SessionLog log, LogView view, Range range) {
            // Versions alone are of any log, and beyond it there is nothing; a place must be one of this log.
            String id = range.afterEventId();
            long after = id == null ? Math.min(range.after(), view.version()) : range.after();
            long end = Math.max(after, Math.min(range.upTo(), view.version()));
            Place start = id == null ? placeIn(view, after) : Place.inLog(after, id);
            Events events = new Events(actual, log, view, start, end, range.types());
            if (range.last() != Long.MAX_VALUE) {
                events.skipTo(beginOfLast(view, range, after, end));
            }
            return events;
        }

        /** The version behind which the last n begin. */
        private static long beginOfLast(LogView view, Range range, long after, long end) {
            long version = Math.min(end, view.version());
            for (long left = range.last(); version > after && left > 0; version--) {
                if (range.types().isEmpty()
                        || range.types().contains(view.event(version).type())) {
                    left--;
                }
            }
            return Math.max(version, after);
        }

        @Override
        SessionEvent item(SessionEvent event) {
            return event;
        }

        @Override
        @Nullable
        SessionEvent signal(long at, long behind) {
            return null;
        }
    }

    /** A tail that tells where it stands. */
    static final class Signals extends LogCursor<TailSignal> {

        private final Standing standing;

        Signals(
                CoreSubscriber<? super TailSignal> actual,
                SessionLog log,
                LogView view,
                Place start,
                TailOptions options) {
            super(actual, log, view, start, NO_END, Set.of());
            this.standing = new Standing(options, Math.max(view.version(), start.version()));
        }

        @Override
        TailSignal item(SessionEvent event) {
            return new TailSignal.Recorded(event, event.place());
        }

        @Override
        @Nullable
        TailSignal signal(long at, long behind) {
            return standing.due(at, place(), behind, view().version(), wasStarved());
        }

        @Override
        boolean hasTold() {
            return standing.isCaughtUp();
        }

        @Override
        void quiet() {
            standing.quiet(this::wake);
        }

        @Override
        void stirred() {
            standing.stir();
        }

        @Override
        void released() {
            standing.stir();
            super.released();
        }
    }

    /** The place behind a version of a view. */
    static Place placeIn(LogView view, long version) {
        return version == 0 || version > view.version()
                ? Place.start()
                : view.event(version).place();
    }
}
