package dev.reel.internal.engine;

import dev.reel.Change;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.Json;
import dev.reel.ReelException;
import dev.reel.Session;
import dev.reel.SessionClosedException;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.StoreFailedException;
import dev.reel.WriteOptions;
import dev.reel.spi.Events;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One session: its accepted log, its published log, and the writes that are accepted but not yet published.
 *
 * <p><b>Tasks.</b> Every change of a session is a task of its {@link TaskQueue}: one thread at a time runs them, in order.
 * A thread that runs tasks of other callers never runs a subscriber's code: answers go to a pool. Each task defines who
 * is notified of its error.
 *
 * <p><b>Two states.</b> Writes are decided against {@link #head}; readers see {@link #published}. A write that appends
 * draws positions, folds its events into a new head, and is {@link Pending} until the journal reports it durable.
 * Without a journal it is published immediately.
 *
 * <p><b>Answers wait.</b> A result that depends on pending events (a version conflict, a repeated write, a no-op) waits
 * in the same queue, after these events. If a batch fails, every later entry of the queue fails too, and the head is
 * reset to the log before that batch.
 *
 * <p><b>Stored sessions.</b> If the store has a {@link Storage}, a session is loaded when it is first accessed, and
 * dropped from memory when it has not been used for a while and all its events are stored. A task that has to read a file
 * may run twice, so it must read everything it needs before it has an effect.
 */
final class SessionLog {

    private static final int RETIRED = -1;
    /** How many events of another store are held in memory before the log is dropped, to be read from storage again. */
    private static final int MOST_FOLLOWED = 10_000;

    private final String id;
    private final Core core;
    /** Removes this object from the map of sessions. */
    private final Consumer<SessionLog> forget;

    private final Admission admission;
    private final Bell bell = new Bell();
    private final TaskQueue tasks;

    private final Set<Reader> readers = ConcurrentHashMap.newKeySet();
    /** How many cursors and writes hold this object besides the map of sessions; RETIRED once it has left the map. */
    private final AtomicInteger holders = new AtomicInteger();

    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private final @Nullable Storage storage;
    private final Object loading = new Object();
    /** The lineage of the current log; unloading the log does not change it. */
    private volatile Lineage lineage;
    /** Both null while the log is not loaded. */
    private volatile @Nullable LogView head;

    private volatile @Nullable LogView published;
    /** The published version when the log was dropped from memory. */
    private volatile long droppedVersion;
    /** Counts the publications, so that a reader can detect that it has not seen the last one. */
    private volatile long publications;

    /** Counts how often the log was dropped because it may differ from the log of the store that is followed. */
    private volatile long generation;

    private volatile long birth;
    private volatile long lastUse;

    SessionLog(String id, Core core, Consumer<SessionLog> forget) {
        this.id = id;
        this.core = core;
        this.forget = forget;
        this.admission = core.admission().ofSession(core.bounds());
        this.storage = core.storage();
        this.tasks = new TaskQueue(core.work(), storage);
        StoredSession known = storage == null ? null : storage.session(id);
        if (known == null) {
            LogView empty = LogView.empty(id, storage == null ? null : storage.create(id));
            lineage = empty.lineage();
            published = empty;
            head = empty;
        } else {
            lineage = new Lineage();
            birth = known.birth();
        }
    }

    String id() {
        return id;
    }

    LogView head() {
        LogView known = head;
        return known == null ? load() : known;
    }

    LogView published() {
        LogView known = published;
        return known == null ? load() : known;
    }

    Lineage lineage() {
        return lineage;
    }

    long publications() {
        return publications;
    }

    long generation() {
        return generation;
    }

    /** The position of the first event that the session itself recorded, or 0 if there is none. */
    long birth() {
        return birth;
    }

    @Nullable
    Session row() {
        LogView known = published;
        SessionState rows = known == null ? null : known.folded();
        if (rows != null) {
            return rows.session();
        }
        StoredSession there = storage == null ? null : storage.session(id);
        return there == null || !there.isCurrent() ? published().state().session() : there.row();
    }

    // ---- Loading

    private LogView load() {
        Storage known = Objects.requireNonNull(storage);
        if (!known.mayRead()) {
            throw NeedsReading.SIGNAL;
        }
        synchronized (loading) {
            LogView there = published;
            if (there == null) {
                long seen = publications;
                StoredLog log = known.open(id);
                there = LogView.of(id, log, lineage);
                head = there;
                published = there;
                if (core.isFollowing() && publications != seen) {
                    // An event was published during the read, and may be missing from what was read.
                    forgetAll();
                }
            }
            return there;
        }
    }

    /** The published log, or null while it is not loaded. */
    @Nullable
    LogView loaded() {
        return published;
    }

    boolean isLoaded() {
        return published != null;
    }

    /** The published version, or the last known one while the log is not loaded. Never reads. */
    long knownVersion() {
        LogView known = published;
        return known == null ? droppedVersion : known.version();
    }

    void used(long now) {
        lastUse = now;
    }

    long lastUse() {
        return lastUse;
    }

    /** The estimated heap cost of the loaded log, in bytes. */
    long weight() {
        LogView known = published;
        StoredLog log = known == null ? null : known.stored();
        return log == null ? 0 : log.bytes();
    }

    /**
     * Drops the log from memory if all its events are stored. Runs as a task of the session, so it never races with a
     * write.
     */
    void unload() {
        execute(() -> {
            LogView known = published;
            if (known != null
                    && known.version() > 0
                    && head == known
                    && pending.isEmpty()
                    && (known.isStored() || core.isFollowing())) {
                droppedVersion = known.version();
                head = null;
                published = null;
                unlisted();
                retireIfUnused();
            }
        });
    }

    /** Drops those events from memory that are stored by now, according to {@link StoredLog#version}. */
    void stored() {
        execute(() -> {
            LogView wasHead = head;
            LogView was = published;
            if (was != null && wasHead != null) {
                LogView now = was.withoutStored();
                LogView nowHead = wasHead == was ? now : wasHead.withoutStored();
                now.state(); // may have to fold the rows again, which may read a file
                nowHead.state();
                published = now;
                head = nowHead;
            }
        });
    }

    // ---- Following another store

    /** Adds events that another store has published; ignores those that the log already contains. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time runs the session's tasks
    void follow(List<SessionEvent> events) {
        tasks.execute(
                () -> {
                    publications++; // first, since a load that is under way may miss these events
                    LogView was = published;
                    if (was != null) {
                        List<SessionEvent> rest = events.stream()
                                .filter(event -> event.version() > was.version())
                                .toList();
                        if (!rest.isEmpty() && rest.get(0).version() > was.version() + 1) {
                            forgetAll(); // some events are missing; the next access reads them
                        } else if (!rest.isEmpty()) {
                            LogView now = was.plus(rest);
                            published = now;
                            head = now;
                            if (now.held() > MOST_FOLLOWED) {
                                forgetAll();
                            }
                        }
                    }
                    heard();
                },
                error -> {
                    // Some of the events may have been added: drop the log, and let the next access read it.
                    Failure.drop(error);
                    forgetAll();
                    heard();
                });
    }

    /**
     * Checks again whether the session is stored. Events that were reported after this object asked the storage, and
     * before the object was in the map of sessions, did not reach it.
     */
    void lookAgain() {
        if (isEmpty() && Objects.requireNonNull(storage).session(id) != null) {
            execute(() -> {
                if (isEmpty()) {
                    forgetAll();
                    heard();
                }
            });
        }
    }

    private boolean isEmpty() {
        LogView known = published;
        return known != null && known.version() == 0;
    }

    /** Drops the log because the other store may have a different one; the next access reads it again. */
    void followAnew() {
        execute(() -> {
            forgetAll();
            heard();
            retireIfUnused();
        });
    }

    /** Ends the lineage because the other store has purged the session. */
    void followPurge(long finalVersion) {
        execute(() -> {
            LogView was = published;
            lineage.purged(was == null ? finalVersion : was.version());
            lineage = new Lineage();
            forgetAll();
            heard();
            wakeAll();
            retireIfUnused();
        });
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time runs the session's tasks, or loads
    private void forgetAll() {
        generation++;
        droppedVersion = knownVersion();
        published = null;
        head = null;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time runs the session's tasks
    private void heard() {
        publications++;
        bell.ring();
    }

    Admission admission() {
        return admission;
    }

    Bell bell() {
        return bell;
    }

    Core core() {
        return core;
    }

    /**
     * Whether nothing can be published any more: the store is closed, and every admitted write is answered. Call this
     * before reading {@link #publications}; then the count includes the last publication.
     */
    boolean isOver() {
        return core.isClosed() && admission.isEmpty();
    }

    boolean isStoreClosed() {
        return core.isClosed();
    }

    // ---- Tasks

    /** Runs the work as a task of the session. An error is dropped. */
    void execute(Runnable work) {
        tasks.execute(work, Failure::drop);
    }

    /**
     * Runs the work of a write. If it throws, the write fails with that error after all earlier writes are published.
     */
    void execute(WriteAttempt<?> attempt, Runnable work) {
        tasks.execute(work, error -> {
            Throwable answer = Failure.of(id, error);
            try {
                whenSettled(() -> attempt.fail(answer), attempt::fail);
            } catch (Throwable t) {
                attempt.fail(answer);
            }
            retireIfUnused();
        });
    }

    // ---- Holding on

    /**
     * Prevents this object from leaving the map of sessions. Returns false if it has left; then ask for a new one.
     */
    boolean hold() {
        while (true) {
            int count = holders.get();
            if (count == RETIRED) {
                return false;
            }
            if (holders.compareAndSet(count, count + 1)) {
                return true;
            }
        }
    }

    void release() {
        if (holders.decrementAndGet() == 0 && isBare()) {
            execute(this::retireIfUnused);
        }
    }

    boolean isRetired() {
        return holders.get() == RETIRED;
    }

    /** Whether dropping this object loses nothing: the log is empty or not loaded. */
    private boolean isBare() {
        LogView known = head;
        return known == null || known.version() == 0;
    }

    /** Removes this object from the map of sessions if it has no log in memory, no readers and no pending writes. */
    void retireIfUnused() {
        if (isBare() && pending.isEmpty() && holders.compareAndSet(0, RETIRED)) {
            forget.accept(this);
        }
    }

    void opened(Reader reader) {
        readers.add(reader);
    }

    void released(Reader reader) {
        readers.remove(reader);
        release();
    }

    void wakeAll() {
        readers.forEach(Reader::wake);
    }

    Set<Reader> readers() {
        return readers;
    }

    /** The index no longer holds the row of this log, which was dropped from memory. */
    void unlisted() {
        StoredSession stored = storage == null ? null : storage.session(id);
        if (stored != null) {
            core.index().dropped(this, stored);
        }
    }

    // ---- Accepting

    /** Decides a write against the accepted log. */
    <T> void accept(WriteAttempt<T> attempt) {
        if (!attempt.accept()) {
            attempt.drop();
            return;
        }
        decide(attempt);
    }

    private <T> void decide(WriteAttempt<T> attempt) {
        Operation<T> operation = attempt.operation();
        LogView seen = head();
        Commit known = operation.repeated(seen);
        if (known != null) {
            T answer = operation.written(
                    seen.stateAt(known.firstVersion() - 1),
                    seen.stateAt(known.version()),
                    seen.event(known.firstVersion()),
                    known);
            attempt.repeats();
            whenSettled(() -> attempt.written(answer), attempt::fail);
            return;
        }
        WriteOptions options = operation.options();
        if (options.isRecorded()) {
            seen.checkExpected(recordedExpectation(options));
        } else {
            operation.checkOptions(seen);
            if (seen.isClosed() && !operation.findsClosed()) {
                throw new SessionClosedException(id);
            }
        }
        List<EventDraft> drafts = operation.decide(seen);
        if (drafts.isEmpty()) {
            T answer = operation.unchanged(seen);
            whenSettled(() -> attempt.unchanged(answer), attempt::fail);
        } else {
            operation.checkDecided(drafts, core.bounds(), attempt.meta());
            append(attempt, operation.base(seen), drafts);
        }
    }

    private static ExpectedVersion recordedExpectation(WriteOptions options) {
        return options.expected() == ExpectedVersion.any() ? ExpectedVersion.emptyLog() : options.expected();
    }

    private <T> void append(WriteAttempt<T> attempt, LogView base, List<EventDraft> drafts) {
        Operation<T> operation = attempt.operation();
        FeedLog.Slot slot = core.feed().draw(drafts.size(), base.lineage());
        List<String> claimed = new ArrayList<>(0);
        Pending batch;
        try {
            List<SessionEvent> events = events(base, drafts, slot.first(), attempt.meta());
            claim(events, operation.options().isRecorded(), claimed);
            LogView after = base.plus(events);
            Commit commit = Operation.commit(after, base.version() + 1, after.version(), false);
            LogView before = head();
            T answer = operation.written(base.state(), after.state(), events.get(0), commit);
            attempt.appends(drafts);
            batch = new Pending(after, events, slot, before, () -> attempt.written(answer), attempt::fail);
            pending.add(batch);
        } catch (Throwable t) {
            claimed.forEach(snapshot -> core.snapshots().release(snapshot, id));
            core.feed().fail(slot);
            throw t;
        }
        settle(batch);
    }

    private List<SessionEvent> events(LogView base, List<EventDraft> drafts, long firstPosition, @Nullable Json meta) {
        Instant now = core.now();
        Instant last = base.state().lastAt();
        List<SessionEvent> events = new ArrayList<>(drafts.size());
        for (int i = 0; i < drafts.size(); i++) {
            EventDraft draft = drafts.get(i);
            Instant at = draft.at();
            if (at == null) {
                at = last != null && last.isAfter(now) ? last : now;
            }
            last = at;
            String eventId = draft.id() == null ? core.ids().eventId() : draft.id();
            events.add(Events.of(
                    id,
                    base.version() + 1 + i,
                    firstPosition + i,
                    eventId,
                    at.truncatedTo(ChronoUnit.MICROS),
                    i == 0 ? drafts.size() : 1,
                    draft.meta() == null && meta != null ? draft.withMeta(meta) : draft,
                    core.upcasters()));
        }
        return events;
    }

    private void claim(List<SessionEvent> events, boolean recorded, List<String> claimed) {
        for (SessionEvent event : events) {
            for (String snapshot : snapshotIds(event)) {
                if (core.snapshots().claim(snapshot, id, event.position(), recorded)) {
                    claimed.add(snapshot);
                }
            }
        }
    }

    static Iterable<String> snapshotIds(SessionEvent event) {
        Change change = event.change();
        if (change instanceof Change.PutSnapshot put) {
            return List.of(put.id() == null ? event.id() : put.id());
        }
        return change instanceof Change.SessionFork fork ? fork.snapshots().values() : List.of();
    }

    /**
     * Purges the session. The purge is decided like any write, and takes effect when it is durable. The head, its rows
     * and the known purges may have to be read, in which case this task runs again; so they are read before anything is
     * changed.
     */
    void purge(WriteAttempt<Void> attempt, PurgeOperation operation) {
        if (!attempt.accept()) {
            attempt.drop();
            return;
        }
        StoredSession unread = null;
        LogView seen;
        try {
            seen = head();
        } catch (SessionDamagedException e) {
            unread = purgeable(operation.options(), e);
            seen = LogView.of(id, Objects.requireNonNull(storage).create(id), lineage);
        }
        if (core.wasPurgedBy(id, operation.eventId())) {
            attempt.repeats();
            whenSettled(() -> core.whenErased(id, () -> attempt.written(null), attempt::fail), attempt::fail);
            return;
        }
        seen.checkExpected(operation.options().expected());
        seen.checkTurn(operation.options());
        if (seen.version() == 0 && unread == null) {
            whenSettled(() -> attempt.unchanged(null), attempt::fail);
            return;
        }
        seen.state(); // reads what it needs before anything is changed
        FeedLog.Slot slot = core.feed().draw(1, new Lineage());
        Pending batch;
        try {
            SessionEvent event = Events.of(
                    id,
                    0,
                    slot.first(),
                    operation.eventId(),
                    core.now(),
                    1,
                    EventDraft.of(new Change.SessionPurged()),
                    core.upcasters());
            LogView after = LogView.empty(id, storage == null ? null : storage.create(id));
            Runnable answer = () -> core.whenErased(id, () -> attempt.written(null), attempt::fail);
            batch = new Pending(after, List.of(event), slot, seen, answer, attempt::fail);
            batch.unread = unread;
            pending.add(batch);
        } catch (Throwable t) {
            core.feed().fail(slot);
            throw t;
        }
        settle(batch);
    }

    /**
     * Returns the stored state of a session whose log cannot be read, if the session may be purged anyway.
     *
     * @throws SessionDamagedException if the options depend on the log's contents, or the storage does not allow the
     *     purge
     */
    private StoredSession purgeable(WriteOptions options, SessionDamagedException damage) {
        Storage known = Objects.requireNonNull(storage);
        StoredSession there = known.mayPurgeUnread(id) ? known.session(id) : null;
        if (there == null || options.expected() != ExpectedVersion.any() || options.turnEpoch() != 0) {
            throw damage;
        }
        return there;
    }

    // ---- From accepted to published

    /** A batch that is accepted but not published, or an answer that depends on the batches before it. */
    private final class Pending implements Journal.Batch {

        private final LogView after;
        private final List<SessionEvent> events;
        private final FeedLog.@Nullable Slot slot;
        private final LogView before;
        private final Runnable answer;
        private final Consumer<Throwable> failure;
        private boolean durable;
        /** If this purges a log that cannot be read: the stored state of the session. Otherwise null. */
        private @Nullable StoredSession unread;

        Pending(
                LogView after,
                List<SessionEvent> events,
                FeedLog.@Nullable Slot slot,
                LogView before,
                Runnable answer,
                Consumer<Throwable> failure) {
            this.after = after;
            this.events = events;
            this.slot = slot;
            this.before = before;
            this.answer = answer;
            this.failure = failure;
        }

        @Override
        public String sessionId() {
            return id;
        }

        @Override
        public List<SessionEvent> events() {
            return events;
        }

        @Override
        public SessionState rows() {
            return after.state();
        }

        @Override
        public @Nullable StoredLog stored() {
            return after.stored();
        }

        @Override
        public void written() {
            if (slot != null) {
                slot.written();
            }
        }

        @Override
        public void durable() {
            execute(() -> {
                durable = true;
                publishDurable();
            });
        }

        @Override
        public void failed(ReelException error) {
            execute(() -> failFrom(this, error));
        }

        /** Notifies the write of its failure. */
        void fail(Throwable error) {
            try {
                failure.accept(error);
            } catch (Throwable t) {
                Failure.drop(t);
            }
        }
    }

    /** Runs {@code answer} when everything accepted so far is published, or {@code failure} if some of it fails. */
    void whenSettled(Runnable answer, Consumer<Throwable> failure) {
        if (pending.isEmpty()) {
            answer.run();
        } else {
            LogView now = head();
            Pending rest = new Pending(now, List.of(), null, now, answer, failure);
            rest.durable = true;
            pending.add(rest);
        }
    }

    /** Passes an accepted batch to the journal, or publishes it. From here on only the batch reports its outcome. */
    private void settle(Pending batch) {
        head = batch.after;
        Journal journal = core.journal();
        if (journal == null) {
            batch.durable = true;
            publishDurable();
        } else {
            try {
                journal.write(batch);
            } catch (ReelException e) {
                failFrom(batch, e); // the journal rejected it, and wrote nothing of it
            } catch (Throwable t) {
                failFrom(batch, new StoreFailedException(id, ReelException.Outcome.UNKNOWN, t));
            }
        }
    }

    private void publishDurable() {
        for (Pending first = pending.peek(); first != null && first.durable; first = pending.peek()) {
            pending.remove();
            if (first.slot != null) {
                publish(first, first.slot);
            }
            try {
                first.answer.run();
            } catch (Throwable t) {
                first.fail(Failure.of(id, t));
            }
        }
    }

    /** Makes a batch visible to readers. The steps are independent: if one throws, the others still run. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time runs the session's tasks
    private void publish(Pending batch, FeedLog.Slot slot) {
        StoredSession unread = batch.unread;
        LogView old = unread == null ? published() : batch.before;
        LogView now = batch.after;
        boolean purge = now.lineage() != old.lineage() && now.version() == 0;
        if (purge) {
            old.lineage().purged(old.version());
        }
        lineage = now.lineage();
        published = now;
        publications++;
        step(() -> {
            if (purge) {
                if (unread == null) {
                    core.purged(old, birth, batch.events.get(0));
                } else {
                    core.purgedUnread(id, unread);
                }
                birth = 0;
            } else {
                birth = birth == 0 ? batch.events.get(0).position() : birth;
                core.index().published(this, id, birth, old.state(), now.state());
            }
        });
        step(() -> core.publish(slot, batch.events));
        if (purge) {
            step(this::wakeAll);
        }
        step(() -> releaseSnapshots(old.state(), batch.events));
        step(bell::ring);
    }

    private static void step(Runnable step) {
        try {
            step.run();
        } catch (Throwable t) {
            Failure.drop(t);
        }
    }

    /** Frees the snapshot ids that no published or accepted row uses any more. */
    private void releaseSnapshots(SessionState before, List<SessionEvent> events) {
        if (events.stream().anyMatch(SessionLog::removesSnapshots)) {
            before.snapshots().forEach(snapshot -> releaseUnlessHeld(snapshot.id()));
            // A snapshot may be put and removed within the batch.
            events.forEach(event -> snapshotIds(event).forEach(this::releaseUnlessHeld));
        }
    }

    static boolean removesSnapshots(SessionEvent event) {
        return switch (event.change().kind()) {
            case SNAPSHOTS_CLEAR, SESSION_DELETE, SESSION_FORK, SESSION_PURGED -> true;
            default -> false;
        };
    }

    private void releaseUnlessHeld(String snapshotId) {
        boolean held = published().state().snapshot(snapshotId) != null
                || head().state().snapshot(snapshotId) != null
                || pending.stream().anyMatch(one -> one.after.state().snapshot(snapshotId) != null);
        if (!held) {
            core.snapshots().release(snapshotId, id);
        }
    }

    private void failFrom(Pending batch, ReelException error) {
        if (!pending.contains(batch)) {
            return;
        }
        List<Pending> failed = new ArrayList<>();
        while (pending.peekLast() != batch) {
            failed.add(0, pending.removeLast());
        }
        failed.add(0, pending.removeLast());
        // If the published log has the same version, prefer it: it may hold fewer events in memory.
        LogView now = published;
        head = pending.isEmpty() && (now == null || batch.before.version() == now.version()) ? now : batch.before;
        for (Pending one : failed) {
            if (one.slot != null) {
                core.feed().fail(one.slot);
            }
            step(() -> one.events.forEach(event -> snapshotIds(event).forEach(this::releaseUnlessHeld)));
            one.fail(error);
        }
        step(bell::ring);
        step(this::wakeAll);
    }
}
