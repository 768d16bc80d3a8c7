package dev.reel.internal.engine;

import static dev.reel.spi.Events.under;

import dev.reel.From;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/**
 * A cursor in one session's log: a replay if it has an end, otherwise a tail.
 *
 * <p>If the start place is accepted but not published yet, the cursor waits for its publication and then checks it.
 */
abstract class LogCursor<T> extends SessionCursor<T> {

    private static final long NO_END = Long.MAX_VALUE;

    @SuppressWarnings("rawtypes")
    private static final AtomicLongFieldUpdater<LogCursor> AT =
            AtomicLongFieldUpdater.newUpdater(LogCursor.class, "at");

    private final Set<String> types;

    /** The range to emit; null until the first look, which resolves relative bounds. */
    private volatile @Nullable Span span;

    /**
     * The version of the last event that was emitted or skipped. Set lazily, since other threads only estimate the lag
     * from it.
     */
    private volatile long at;

    /** The id of that event; null if no event was emitted or skipped yet. */
    private @Nullable String atId;

    private long atPosition;

    private boolean startChecked;

    /**
     * A part of a log.
     *
     * @param start the requested start place
     * @param after the version after which it begins, usually that of the start
     * @param end the last version
     */
    record Span(LogPlace start, long after, long end) {

        static Span tail(LogPlace start) {
            return new Span(start, start.version(), NO_END);
        }
    }

    private LogCursor(CoreSubscriber<? super T> actual, SessionLog log, Set<String> types, boolean live) {
        super(actual, log, live);
        this.types = types;
        endsIfTailsAreCompleted();
    }

    /** Returns the range to emit, given the log at the first look. */
    abstract Span resolve(LogView view);

    /** Converts an event to the item that is emitted. */
    abstract T item(SessionEvent event);

    /** Returns a signal that is due before the next event, or null. */
    abstract @Nullable T signal(long at, long behind);

    /** Whether all signals that are due at the end were emitted. */
    boolean hasTold() {
        return true;
    }

    /** The last version that it may emit now. */
    final long published() {
        return Math.min(span().end(), Objects.requireNonNull(view()).version());
    }

    private Span span() {
        return Objects.requireNonNull(span);
    }

    @Override
    final LogPlace place() {
        return atId == null ? span().start() : LogPlace.of(at, atId, atPosition);
    }

    @Override
    public long lag() {
        Span known = span;
        return known == null || isPurged() ? 0 : Math.max(0, Math.min(known.end(), log().knownVersion()) - at);
    }

    @Override
    void begun(LogView first) {
        Span resolved = resolve(first);
        if (isFinite() && resolved.end() == NO_END) {
            resolved = new Span(
                    resolved.start(), resolved.after(), Math.max(resolved.after(), versionAtSubscription(first)));
        }
        AT.lazySet(this, resolved.after());
        span = resolved;
    }

    @Override
    void looked() {
        LogView now = view();
        if (startChecked || isChanged() || now == null) {
            return;
        }
        LogPlace start = span().start();
        if (has(now, start)) {
            found();
            startChecked = true;
        } else if (start.version() <= now.version()
                ? !isPatient()
                : log().head().version() < start.version() && !isStale() && !isPatient()) {
            change(start, now);
        }
    }

    @Override
    @Nullable
    T poll() {
        LogView now = view();
        if (!startChecked || isChanged() || now == null || isPurged()) {
            return null;
        }
        while (true) {
            long last = Math.min(span().end(), now.version());
            T signal = signal(at, last - at);
            if (signal != null) {
                return signal;
            }
            if (at >= last) {
                return null;
            }
            SessionEvent event = now.event(at + 1);
            passBy(event);
            notStarved();
            if (passes(event)) {
                return item(under(event, log().id()));
            }
        }
    }

    private void passBy(SessionEvent event) {
        AT.lazySet(this, event.version());
        atId = event.id();
        atPosition = event.position();
    }

    private boolean passes(SessionEvent event) {
        return types.isEmpty() || types.contains(event.type());
    }

    @Override
    boolean hasMore() {
        return (span().end() == NO_END || !startChecked) && isStale() && !isPurged();
    }

    @Override
    @Nullable
    End end(boolean demanded) {
        LogView now = view();
        if (!startChecked) {
            return endUnchecked(now);
        }
        long end = span().end();
        // Skip the events that the filter rejects even without demand: a subscriber that has received all matching
        // events is completed without another request.
        while (!types.isEmpty() && now != null && at < Math.min(end, now.version())) {
            SessionEvent event = now.event(at + 1);
            if (passes(event)) {
                break;
            }
            passBy(event);
        }
        if (at >= end && hasTold()) {
            return End.COMPLETE;
        }
        End over = endOfLog(at);
        if (over != null) {
            return over;
        }
        if (now != null && at == now.version() && hasTold() && isAtTheEnd(now)) {
            return End.COMPLETE;
        }
        // The store is closed: do not wait for a subscriber without demand. It can resume from its place later.
        return !demanded && log().isStoreClosed() && end == NO_END ? End.COMPLETE : null;
    }

    /** Returns how the cursor ends while the start place is not checked. */
    private @Nullable End endUnchecked(@Nullable LogView now) {
        LogPlace start = span().start();
        if (!isChanged() && isPurged() && start.version() > finalVersion()) {
            return new End(new LogChangedException(log().id(), start, finalVersion()));
        }
        End over = endOfLog(start.version());
        if (over != null) {
            return over;
        }
        // A closed session does not end the cursor here: the place may follow later, or may not belong to this log.
        return now != null && isAtTheLastEnd() ? End.COMPLETE : null;
    }

    /** A cursor that emits events. */
    static final class Events extends LogCursor<SessionEvent> {

        private final BiFunction<LogView, LongSupplier, Span> resolver;

        private Events(
                CoreSubscriber<? super SessionEvent> actual,
                SessionLog log,
                Set<String> types,
                boolean live,
                BiFunction<LogView, LongSupplier, Span> resolver) {
            super(actual, log, types, live);
            this.resolver = resolver;
        }

        static Events tail(CoreSubscriber<? super SessionEvent> actual, SessionLog log, From from) {
            return new Events(actual, log, Set.of(), true, (view, version) -> Span.tail(placeOf(from, view, version)));
        }

        static Events replay(CoreSubscriber<? super SessionEvent> actual, SessionLog log, Range range) {
            return new Events(actual, log, range.types(), false, (view, version) -> span(view, range));
        }

        private static Span span(LogView view, Range range) {
            // A bare version is valid for any log and is limited to its last version; a place must belong to this log.
            LogPlace place = range.afterPlace();
            long after = place == null ? Math.min(range.after(), view.version()) : range.after();
            long end = Math.max(after, Math.min(range.upTo(), view.version()));
            LogPlace start = place == null ? placeIn(view, after) : place;
            long begin = range.last() == Long.MAX_VALUE ? start.version() : beginOfLast(view, range, after, end);
            return new Span(start, begin, end);
        }

        /** Returns the version after which the last n matching events begin. */
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
        public String stepName() {
            return (isTail() ? "tail(" : "replay(") + log().id() + ")";
        }

        @Override
        Span resolve(LogView view) {
            return resolver.apply(view, () -> versionAtSubscription(view));
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

    /** A tail that also emits signals about its progress. */
    static final class Signals extends LogCursor<TailSignal> {

        private final From from;
        private final TailOptions options;
        private @Nullable Standing standing;

        Signals(CoreSubscriber<? super TailSignal> actual, SessionLog log, From from, TailOptions options) {
            super(actual, log, Set.of(), true);
            this.from = from;
            this.options = options;
        }

        @Override
        public String stepName() {
            return "tailSignals(" + log().id() + ")";
        }

        @Override
        Span resolve(LogView view) {
            return Span.tail(placeOf(from, view, () -> versionAtSubscription(view)));
        }

        @Override
        void begun(LogView first) {
            super.begun(first);
            standing = new Standing(options, Math.max(first.version(), place().version()));
        }

        private Standing standing() {
            return Objects.requireNonNull(standing);
        }

        @Override
        TailSignal item(SessionEvent event) {
            return new TailSignal.Recorded(event, event.place());
        }

        @Override
        @Nullable
        TailSignal signal(long at, long behind) {
            return standing().due(at, place(), behind, published(), wasStarved());
        }

        @Override
        boolean hasTold() {
            return standing().isCaughtUp();
        }

        @Override
        void quiet() {
            standing().quiet(this::wake);
        }

        @Override
        void stirred() {
            if (standing != null) {
                standing.stir();
            }
        }

        @Override
        void released() {
            stirred();
            super.released();
        }
    }

    /**
     * Returns the place after which a tail begins.
     *
     * @param versionAtSubscription returns the version that the log had at subscription
     */
    private static LogPlace placeOf(From from, LogView view, LongSupplier versionAtSubscription) {
        if (from instanceof From.After after) {
            return after.place();
        }
        long version = versionAtSubscription.getAsLong();
        long back = from instanceof From.Last last ? Math.min(last.count(), version) : 0;
        return placeIn(view, version - back);
    }

    /** Returns the place of a version in a view. */
    private static LogPlace placeIn(LogView view, long version) {
        return version == 0 || version > view.version()
                ? LogPlace.start()
                : view.event(version).place();
    }
}
