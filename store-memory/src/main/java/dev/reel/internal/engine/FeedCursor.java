package dev.reel.internal.engine;

import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.LogChangedException;
import dev.reel.SessionEvent;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/** A cursor in the feed: a replay if it ends with the events at subscription, otherwise a tail. */
abstract class FeedCursor<T> extends Cursor<T> {

    @SuppressWarnings("rawtypes")
    private static final AtomicLongFieldUpdater<FeedCursor> AT =
            AtomicLongFieldUpdater.newUpdater(FeedCursor.class, "at");

    @SuppressWarnings("rawtypes")
    private static final AtomicLongFieldUpdater<FeedCursor> NOTHING_UP_TO =
            AtomicLongFieldUpdater.newUpdater(FeedCursor.class, "nothingUpTo");

    private final Core store;
    private final FeedFilter filter;
    private final long end;
    /** The position up to which the last n events ({@link FeedFilter#withLast}) are searched; 0 once they are found. */
    private long lastUpTo;

    private FeedLog.View view;
    private int index;
    /** Events read from the stored part of the feed; empty between runs. */
    private List<SessionEvent> stored = List.of();

    private int storedIndex;
    /**
     * The position of the last entry that was emitted or skipped. Set lazily, since other threads only estimate the lag
     * from it.
     */
    private volatile long at;

    /** The position up to which it has found nothing left to emit. */
    private volatile long nothingUpTo;

    /** Whether the start position was not drawn yet at the last check. */
    private boolean missing;

    private FeedCursor(CoreSubscriber<? super T> actual, Core store, FeedPlace place, FeedFilter filter, boolean live) {
        super(actual, store, store.feed().bell(), live);
        FeedLog.View now = store.feed().view();
        long after = place.isNow() ? now.mark() : place.position();
        long drawn = store.feed().lastDrawn();
        missing = after > drawn;
        if (missing && !store.isFollowing()) {
            throw new LogChangedException(null, FeedPlace.of(after), drawn);
        }
        this.store = store;
        this.filter = filter;
        this.view = now;
        this.at = after;
        this.index = view.indexBehind(after);
        store.feedReaders().add(this);
        endsIfTailsAreCompleted();
        long published = Math.min(filter.upTo(), now.mark());
        this.end = isFinite() ? published : filter.upTo();
        this.lastUpTo = filter.last() < Long.MAX_VALUE && after < published ? published : 0;
    }

    @Override
    public String stepName() {
        return isTail() ? "tailAll" : "replayAll";
    }

    abstract T item(SessionEvent event);

    abstract @Nullable T signal(long at, long behind);

    /** Called when an event was skipped; returns a signal that is due because of it, or null. */
    @Nullable
    T passed(long position) {
        return null;
    }

    /** Called when nothing is left to emit up to the mark; returns a signal that is due because of it, or null. */
    @Nullable
    T passedAll(long mark) {
        return null;
    }

    boolean hasTold() {
        return true;
    }

    /** The position of the last entry that was emitted or skipped. */
    final long at() {
        return at;
    }

    final FeedLog.View view() {
        return view;
    }

    /** Called when the last n events are found: they begin after {@link #at}. */
    void skipped() {}

    @Override
    void look() {
        view = store.feed().view();
        if (lastUpTo > 0) {
            AT.lazySet(this, LastOfFeed.find(store.feed(), filter, at, lastUpTo));
            lastUpTo = 0;
            skipped();
        }
        // A purge may rebuild the list, so the index is looked up again by position.
        index = view.indexBehind(at);
    }

    @Override
    void rest() {
        stored = List.of();
        storedIndex = 0;
    }

    @Override
    @Nullable
    T poll() {
        if (isMissing()) {
            return null;
        }
        while (true) {
            T signal = signal(at, behind());
            if (signal != null) {
                return signal;
            }
            Object entry = peek();
            if (entry == null || FeedLog.View.positionOf(entry) > end) {
                NOTHING_UP_TO.lazySet(this, published());
                return passedAll(published());
            }
            take(FeedLog.View.positionOf(entry));
            notStarved();
            if (entry instanceof SessionEvent event && filter.passes(event.sessionId(), event.type())) {
                return item(event);
            }
            T told = passed(at);
            if (told != null) {
                return told;
            }
        }
    }

    private boolean isMissing() {
        missing = missing && at > store.feed().lastDrawn();
        return missing;
    }

    /** How many entries up to the end are not emitted yet; an upper bound while it reads stored entries. */
    private long behind() {
        Object next = peek();
        if (next == null || FeedLog.View.positionOf(next) > end) {
            return 0;
        }
        return at < view.storedUpTo() ? published() - at : (long) view.indexBehind(end) - index;
    }

    /** The last position that it may emit now. */
    final long published() {
        return Math.min(view.mark(), end);
    }

    /** The next entry, or null. */
    private @Nullable Object peek() {
        if (at < view.storedUpTo()) {
            if (storedIndex == stored.size()) {
                stored = store.feed().storedAfter(at);
                storedIndex = 0;
            }
            if (storedIndex < stored.size()) {
                return stored.get(storedIndex);
            }
        }
        return index < view.entries().size() ? view.entries().get(index) : null;
    }

    private void take(long position) {
        if (storedIndex < stored.size()) {
            storedIndex++;
            if (position >= view.storedUpTo()) {
                // The events read from storage may overlap the entries in memory.
                index = view.indexBehind(position);
            }
        } else {
            index++;
        }
        AT.lazySet(this, position);
    }

    @Override
    public long lag() {
        return Math.max(0, Math.min(end, store.feed().view().mark()) - Math.max(at, nothingUpTo));
    }

    @Override
    boolean hasMore() {
        return view.mark() < end && store.feed().view() != view;
    }

    @Override
    @Nullable
    End end(boolean demanded) {
        if (isMissing()) {
            long drawn = store.feed().lastDrawn();
            return isPatient() ? null : new End(new LogChangedException(null, FeedPlace.of(at), drawn));
        }
        Object next = peek();
        boolean nothing = next == null || FeedLog.View.positionOf(next) > end;
        if (nothing) {
            NOTHING_UP_TO.lazySet(this, published());
        }
        boolean all = nothing && hasTold();
        if (all && (view.mark() >= end || at >= end)) {
            return End.COMPLETE;
        }
        // In this order: once the store has answered all writes, every drawn position is settled or about to be.
        boolean over = store.isOver();
        if (all && over && store.feed().view() == view && store.feed().lastDrawn() == view.mark()) {
            return End.COMPLETE;
        }
        return !demanded && store.isClosed() ? End.COMPLETE : null;
    }

    @Override
    void released() {
        store.feedReaders().remove(this);
    }

    /** A cursor that emits events. */
    static final class Events extends FeedCursor<SessionEvent> {

        Events(
                CoreSubscriber<? super SessionEvent> actual,
                Core store,
                FeedPlace after,
                FeedFilter filter,
                boolean live) {
            super(actual, store, after, filter, live);
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
    static final class Signals extends FeedCursor<TailSignal> {

        private static final int PASSED_EVERY = 1_000;

        private final Standing standing;
        private int dropped;
        private long toldUpTo;

        Signals(
                CoreSubscriber<? super TailSignal> actual,
                Core store,
                FeedPlace after,
                FeedFilter filter,
                TailOptions options) {
            super(actual, store, after, filter, true);
            this.standing = new Standing(options, Math.min(Math.max(at(), view().mark()), filter.upTo()));
            this.toldUpTo = at();
        }

        @Override
        public String stepName() {
            return "tailAllSignals";
        }

        @Override
        void skipped() {
            toldUpTo = at();
        }

        @Override
        TailSignal item(SessionEvent event) {
            dropped = 0;
            toldUpTo = event.position();
            return new TailSignal.Recorded(event, FeedPlace.of(event.position()));
        }

        @Override
        @Nullable
        TailSignal signal(long at, long behind) {
            // First report the skipped events, then that the end is reached.
            if (behind == 0 && dropped > 0) {
                return null;
            }
            return standing.due(at, FeedPlace.of(toldUpTo), behind, published(), wasStarved());
        }

        @Override
        @Nullable
        TailSignal passed(long position) {
            dropped++;
            return dropped < PASSED_EVERY ? null : tell(position);
        }

        @Override
        @Nullable
        TailSignal passedAll(long mark) {
            return dropped == 0 ? null : tell(mark);
        }

        private TailSignal tell(long position) {
            dropped = 0;
            toldUpTo = position;
            return new TailSignal.Passed(FeedPlace.of(position));
        }

        @Override
        boolean hasTold() {
            return standing.isCaughtUp() && dropped == 0;
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
}
