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
 * All sessions' events in one order.
 *
 * <p><b>Positions</b> are drawn at acceptance, by linking a {@link Slot} behind the last one: one compare-and-set both
 * gives the position and fixes the order. A slot is pending until its batch is published or has failed.
 *
 * <p><b>Visibility.</b> Whoever settles a slot moves the mark over all settled slots from the oldest on, and stops at
 * the first that is pending. So what readers see of the feed grows in position order, and once a reader has a position,
 * nothing below it comes later; sessions don't wait for each other, only the feed does. One thread at a time moves the
 * mark; others leave their work to it.
 *
 * <p><b>Purge.</b> A purged session's events are replaced by their bare positions, and the list is made anew when more
 * than 1/8 of it is such positions: at most 20 bytes per 7 entries that stay.
 *
 * <p><b>Stored positions.</b> Where the store has a {@link Storage}, the list holds only what lies behind the mark of its
 * {@link StoredFeed}.
 */
final class FeedLog {

    private final @Nullable Storage storage;
    private final AtomicReference<Slot> last;
    private final AtomicInteger work = new AtomicInteger();
    private final Queue<List<SessionEvent>> removals =
            Queues.<List<SessionEvent>>unboundedMultiproducer().get();
    private final Bell bell = new Bell();
    /** The newest slot that the mark has passed; changed by the thread that does the work. */
    private volatile Slot passed;

    private int removed;
    private volatile long storedUpTo;
    private volatile View view;

    /** What another store's journal has and this feed does not show yet, by the position of the first of each batch. */
    private final ConcurrentSkipListMap<Long, List<SessionEvent>> followed = new ConcurrentSkipListMap<>();

    private final Queue<Erased> erased = Queues.<Erased>unboundedMultiproducer().get();
    private volatile long settledUpTo;

    private record Erased(String sessionId, long before) {}

    /** A feed that goes on behind what is stored. */
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
        /** Whether the journal has written it; known to the journal's thread only. */
        private boolean written;

        private Slot(int count, Lineage lineage) {
            this.count = count;
            this.lineage = lineage;
        }

        long first() {
            return first;
        }

        /** For {@link #settledUpTo}: nothing comes to these positions any more but this batch. */
        void written() {
            written = true;
        }

        long last() {
            return first + count - 1;
        }
    }

    /** What readers see at one moment. */
    static final class View {

        private final PersistentVector<Object> entries;
        private final long storedUpTo;
        private final long mark;

        private View(PersistentVector<Object> entries, long storedUpTo, long mark) {
            this.entries = entries;
            this.storedUpTo = storedUpTo;
            this.mark = mark;
        }

        /** The position behind which the entries begin; those before are stored. */
        long storedUpTo() {
            return storedUpTo;
        }

        /** In position order: events, or the positions ({@code Long}) of purged ones. */
        PersistentVector<Object> entries() {
            return entries;
        }

        /** The last position that the feed may give. */
        long mark() {
            return mark;
        }

        /** The index of the first entry behind a position. */
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
     * A published batch's first event, maybe one that readers don't see yet.
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
                return null; // else the mark may have passed it meanwhile
            }
        }
    }

    /** How many bare positions the list has, for tests. */
    int removed() {
        return removed;
    }

    /** The last position that was given out. */
    long lastDrawn() {
        return Math.max(last.get().last(), view.mark());
    }

    /** Up to where the feed would be settled, if what is written were published; for the thread that says what is. */
    long settledUpTo() {
        Slot newest = passed;
        for (Slot slot = newest.next; slot != null && (slot.written || slot.state != State.PENDING); slot = slot.next) {
            newest = slot;
        }
        return newest.last();
    }

    // ---- Following another store

    /** Takes a batch that another store has published, with the positions that it has there. */
    void follow(List<SessionEvent> events) {
        followed.put(events.get(0).position(), events);
    }

    /** The other store's feed is settled up to there: what it has was given to {@link #follow}, or is stored. */
    void settle(long upTo) {
        settledUpTo = upTo;
        work();
    }

    /** Takes out what a session recorded in front of its purge. */
    void erase(String sessionId, long before) {
        erased.add(new Erased(sessionId, before));
        work();
    }

    /** The next events behind a position, of those that are stored; none where there are no more. */
    List<SessionEvent> storedAfter(long position) {
        return storage == null ? List.of() : storage.feed().after(position);
    }

    /** Draws positions for a batch of a log. */
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

    /** A batch is published; readers see it when the mark is moved, by {@link #show} or by what comes next. */
    void publish(Slot slot, List<SessionEvent> events) {
        slot.events = events;
        slot.state = State.PUBLISHED;
    }

    /** Moves the mark over what is published. */
    void show() {
        work();
    }

    void fail(Slot slot) {
        slot.state = State.FAILED;
        work();
    }

    /** Takes a purged log's own events out; the log's lineage says already that it is purged. */
    void remove(List<SessionEvent> events) {
        removals.add(events);
        work();
    }

    /** Lets go of what is stored by now. */
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

    /** Each step takes its task out of the queue, or off the slots, when it is done: what throws is done again. */
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

    /** Memory may have been short: once more now, and with the next change if that fails too. */
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
            // What was missed of another store is stored: nobody may see this mark without that.
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

    /** But for what its earlier purges left. */
    private static boolean isRecordedBy(String sessionId, SessionEvent event) {
        return event.version() > 0 && event.sessionId().equals(sessionId);
    }

    private void blankOut(List<SessionEvent> events) {
        PersistentVector<Object> entries = view.entries();
        for (SessionEvent event : events) {
            int index = view.indexBehind(event.position()) - 1; // blanking moves no index
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

    /** The view without what is stored up to there. */
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
