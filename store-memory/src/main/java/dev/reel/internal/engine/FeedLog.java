package dev.reel.internal.engine;

import dev.reel.SessionEvent;
import dev.reel.internal.PersistentVector;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.util.concurrent.Queues;

/**
 * The feed: the events of all sessions in one order.
 *
 * <p><b>Positions</b> are drawn when a write is accepted, by linking a {@link Slot} after the last one. One
 * compare-and-set both assigns the positions and fixes the order. A slot is pending until its batch is published or has
 * failed.
 *
 * <p><b>Visibility.</b> Readers see the feed up to the mark. A thread that settles a slot moves the mark forward over
 * all settled slots and stops at the first pending one. Readers therefore see events in position order, and no event
 * appears below a position that a reader has reached. Sessions do not wait for each other; only the feed waits. One
 * thread at a time moves the mark; the others leave their work to it.
 *
 * <p><b>Purge.</b> The events of a purged session are replaced by their bare positions. When more than 1/8 of the
 * entries are bare positions, the list is rebuilt without them. They cost at most 20 bytes per 7 remaining entries.
 *
 * <p><b>Stored positions.</b> If the store has a {@link Storage}, the list holds only the entries after the mark of its
 * {@link StoredFeed}.
 */
final class FeedLog {

    private final @Nullable Storage storage;
    private final AtomicReference<Slot> last;
    private final AtomicInteger work = new AtomicInteger();
    private final Queue<List<SessionEvent>> removals =
            Queues.<List<SessionEvent>>unboundedMultiproducer().get();
    private final Bell bell = new Bell();
    /** The newest slot that the mark has passed; changed only by the thread that moves the mark. */
    private volatile Slot passed;

    private int removed;
    private volatile long storedUpTo;
    private volatile View view;

    /** Batches of the followed store that this feed does not show yet, by the position of their first event. */
    private final ConcurrentSkipListMap<Long, List<SessionEvent>> followed = new ConcurrentSkipListMap<>();

    private final Queue<Erased> erased = Queues.<Erased>unboundedMultiproducer().get();
    private volatile long settledUpTo;

    private record Erased(String sessionId, long before) {}

    /** Creates a feed that continues after the stored positions. */
    FeedLog(@Nullable Storage storage) {
        this.storage = storage;
        long lastPosition = storage == null ? 0 : storage.lastPosition();
        Slot start = new Slot(0, new Lineage());
        start.first = lastPosition + 1;
        start.state = State.FAILED;
        passed = start;
        last = new AtomicReference<>(start);
        storedUpTo = lastPosition;
        view = new View(PersistentVector.empty(), lastPosition, lastPosition);
    }

    private enum State {
        PENDING,
        PUBLISHED,
        FAILED
    }

    /** The positions of one batch. */
    static final class Slot {

        private final int count;
        private final Lineage lineage;
        private long first = 1;
        private volatile State state = State.PENDING;
        private List<SessionEvent> events = List.of();
        private volatile @Nullable Slot next;
        /** Whether the journal is writing it; used only by the journal's thread. */
        private boolean written;

        private Slot(int count, Lineage lineage) {
            this.count = count;
            this.lineage = lineage;
        }

        long first() {
            return first;
        }

        /** For {@link #settledUpTo}: counts these positions as settled, since only this batch can use them. */
        void written() {
            written = true;
        }

        long last() {
            return first + count - 1;
        }
    }

    /** The feed as readers see it at one moment. */
    static final class View {

        private final PersistentVector<Object> entries;
        private final long storedUpTo;
        private final long mark;

        private View(PersistentVector<Object> entries, long storedUpTo, long mark) {
            this.entries = entries;
            this.storedUpTo = storedUpTo;
            this.mark = mark;
        }

        /** The position after which the entries begin; entries up to it are stored. */
        long storedUpTo() {
            return storedUpTo;
        }

        /** In position order: events, or the positions ({@code Long}) of purged ones. */
        PersistentVector<Object> entries() {
            return entries;
        }

        /** The last position that the feed may emit. */
        long mark() {
            return mark;
        }

        /** The index of the first entry after a position. */
        int indexBehind(long position) {
            int low = 0;
            int high = entries.size();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (positionOf(entries.get(middle)) <= position) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        static long positionOf(Object entry) {
            return entry instanceof SessionEvent event ? event.position() : (Long) entry;
        }
    }

    View view() {
        return view;
    }

    Bell bell() {
        return bell;
    }

    /**
     * Returns the first event of a published batch, even if readers do not see it yet.
     *
     * @param position its position
     * @return the event; null if the batch is not published, or the event was purged
     */
    @Nullable
    SessionEvent published(long position) {
        while (true) {
            View seen = view;
            if (position <= seen.mark()) {
                int index = seen.indexBehind(position) - 1;
                return index >= 0
                                && seen.entries().get(index) instanceof SessionEvent event
                                && event.position() == position
                        ? event
                        : null;
            }
            List<SessionEvent> events = List.of();
            for (Slot slot = passed; slot != null && slot.first <= position; slot = slot.next) {
                if (slot.first == position && slot.state == State.PUBLISHED) {
                    events = slot.events;
                }
            }
            if (!events.isEmpty()) {
                return events.get(0);
            }
            if (view == seen) {
                return null; // otherwise the mark may have passed it meanwhile
            }
        }
    }

    /** The number of bare positions in the list, for tests. */
    int removed() {
        return removed;
    }

    /** The last position that was drawn. */
    long lastDrawn() {
        return Math.max(last.get().last(), view.mark());
    }

    /**
     * The position up to which the feed would be settled if all written batches were published. Only for the thread
     * that calls {@link Slot#written}.
     */
    long settledUpTo() {
        Slot newest = passed;
        for (Slot slot = newest.next; slot != null && (slot.written || slot.state != State.PENDING); slot = slot.next) {
            newest = slot;
        }
        return newest.last();
    }

    // ---- Following another store

    /** Adds a batch that the followed store has published, with its positions in that store. */
    void follow(List<SessionEvent> events) {
        followed.put(events.get(0).position(), events);
    }

    /**
     * Records that the followed store's feed is settled up to a position: each event up to it was passed to {@link
     * #follow}, or is stored.
     */
    void settle(long upTo) {
        settledUpTo = upTo;
        work();
    }

    /** Removes the events that a session recorded before its purge. */
    void erase(String sessionId, long before) {
        erased.add(new Erased(sessionId, before));
        work();
    }

    /** Returns the next stored events after a position, or an empty list if there are no more. */
    List<SessionEvent> storedAfter(long position) {
        return storage == null ? List.of() : storage.feed().after(position);
    }

    /** Draws the positions of a batch. */
    Slot draw(int count, Lineage lineage) {
        Slot slot = new Slot(count, lineage);
        while (true) {
            Slot before = last.get();
            slot.first = before.last() + 1;
            if (last.compareAndSet(before, slot)) {
                before.next = slot;
                return slot;
            }
        }
    }

    /**
     * Records that a batch is published. Readers see it after the mark is moved, by {@link #show} or another change.
     */
    void publish(Slot slot, List<SessionEvent> events) {
        slot.events = events;
        slot.state = State.PUBLISHED;
    }

    /** Moves the mark over the published slots. */
    void show() {
        work();
    }

    void fail(Slot slot) {
        slot.state = State.FAILED;
        work();
    }

    /** Removes a purged log's own events. The log's lineage must be marked as purged before. */
    void remove(List<SessionEvent> events) {
        removals.add(events);
        work();
    }

    /** Drops the entries that are stored by now. */
    void stored(long upTo) {
        storedUpTo = upTo;
        work();
    }

    private void work() {
        if (work.getAndIncrement() != 0) {
            return;
        }
        int missed = 1;
        do {
            try {
                workOff();
            } catch (Throwable t) {
                again(t);
            }
            missed = work.addAndGet(-missed);
        } while (missed != 0);
    }

    /**
     * Each step removes its task from the queue, or passes the slots, only when it is done; a step that throws is
     * retried.
     */
    private void workOff() {
        moveMark();
        for (List<SessionEvent> events = removals.peek(); events != null; events = removals.peek()) {
            blankOut(events);
            removals.poll();
        }
        for (Erased one = erased.peek(); one != null; one = erased.peek()) {
            blankOut(one);
            erased.poll();
        }
        dropStored();
    }

    /** Retries once, since memory may have been short. If that fails too, the next change retries. */
    private void again(Throwable thrown) {
        Failure.drop(thrown);
        try {
            workOff();
        } catch (Throwable t) {
            Failure.drop(t);
        }
    }

    private void moveMark() {
        PersistentVector<Object> entries = view.entries();
        Slot before = passed;
        Slot newest = before;
        for (Slot slot = newest.next; slot != null && slot.state != State.PENDING; slot = slot.next) {
            if (slot.state == State.PUBLISHED && !slot.lineage.isPurged()) {
                for (SessionEvent event : slot.events) {
                    entries = entries.append(event);
                }
            }
            newest = slot;
        }
        long mark = newest.last();
        if (settledUpTo > view.mark()) {
            mark = settledUpTo;
            for (List<SessionEvent> events :
                    followed.subMap(view.mark(), false, mark, true).values()) {
                for (SessionEvent event : events) {
                    entries = entries.append(event);
                }
            }
        }
        if (mark > view.mark()) {
            // Events of the followed store that were missed are stored, so a view with this mark must read them from
            // there.
            long stored = settledUpTo == mark ? Math.max(view.storedUpTo(), Math.min(storedUpTo, mark)) : 0;
            View next = new View(entries, view.storedUpTo(), mark);
            view = stored > view.storedUpTo() ? behind(stored, next) : next;
            passed = newest;
            followed.headMap(mark, true).clear();
            for (Slot slot = before; slot != newest; ) {
                slot = Objects.requireNonNull(slot.next);
                slot.events = List.of();
            }
            bell.ring();
        }
    }

    private void blankOut(Erased erasedNow) {
        String id = erasedNow.sessionId();
        followed.headMap(erasedNow.before(), false).values().removeIf(events -> isRecordedBy(id, events.get(0)));
        List<SessionEvent> events = new ArrayList<>();
        for (Object entry : view.entries()) {
            if (entry instanceof SessionEvent event
                    && event.position() < erasedNow.before()
                    && isRecordedBy(id, event)) {
                events.add(event);
            }
        }
        blankOut(events);
    }

    /** Whether the session recorded the event; false for the {@code session_purged} events of its earlier purges. */
    private static boolean isRecordedBy(String sessionId, SessionEvent event) {
        return event.version() > 0 && event.sessionId().equals(sessionId);
    }

    private void blankOut(List<SessionEvent> events) {
        PersistentVector<Object> entries = view.entries();
        for (SessionEvent event : events) {
            int index = view.indexBehind(event.position()) - 1; // replacing an entry moves no index
            if (index >= 0
                    && entries.get(index) instanceof SessionEvent found
                    && found.position() == event.position()) {
                entries = entries.with(index, event.position());
                removed++;
            }
        }
        if (removed > entries.size() / 8) {
            PersistentVector<Object> kept = PersistentVector.empty();
            for (Object entry : entries) {
                if (entry instanceof SessionEvent) {
                    kept = kept.append(entry);
                }
            }
            entries = kept;
            removed = 0;
        }
        view = new View(entries, view.storedUpTo(), view.mark());
    }

    private void dropStored() {
        long upTo = Math.min(storedUpTo, view.mark());
        if (upTo > view.storedUpTo()) {
            view = behind(upTo, view);
        }
    }

    /** Returns the view without the entries up to a stored position. */
    private View behind(long upTo, View all) {
        PersistentVector<Object> rest = PersistentVector.empty();
        for (Object entry :
                all.entries().subList(all.indexBehind(upTo), all.entries().size())) {
            rest = rest.append(entry);
        }
        removed = (int) rest.stream().filter(entry -> entry instanceof Long).count();
        return new View(rest, upTo, all.mark());
    }
}
