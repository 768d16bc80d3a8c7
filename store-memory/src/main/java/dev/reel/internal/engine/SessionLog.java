package dev.reel.internal.engine;

import dev.reel.Change;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.FencedException;
import dev.reel.Json;
import dev.reel.ReelException;
import dev.reel.Session;
import dev.reel.SessionClosedException;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.StoreFailedException;
import dev.reel.Turn;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import dev.reel.spi.Events;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.util.concurrent.Queues;

/**
 * One session: its log as accepted and as published, and the writes on their way from one to the other.
 *
 * <p><b>Work.</b> Everything that changes a session is a task, and one thread at a time does the tasks of a session, in
 * order. A thread that finds the session busy enqueues its task and returns. So accepting takes no lock, and nobody waits.
 * A thread that does others' tasks runs no code of a subscriber (answers go to the pool), and hands the rest to a pool
 * after some.
 *
 * <p><b>Faults.</b> A task may throw anything: the clock, an upcaster, the journal, or the JVM, which has no memory or no
 * stack left. The loop goes on with the next task, and each task names who is told what it threw.
 *
 * <p><b>Two states.</b> Writes are decided against {@link #head}, readers see {@link #published}. A write that appends
 * draws positions, folds its events into a new head, and is then {@link Pending} until the journal says that it is
 * durable. Without a journal it is published at once.
 *
 * <p><b>Answers wait.</b> An answer that rests on events that are still pending (a conflict, a repeat, nothing to do)
 * stands behind them in the same queue. When a batch fails, all that stands behind it fails with it, and the head goes
 * back to what is published.
 *
 * <p><b>Stored sessions.</b> Where the store has a {@link Storage}, a session is loaded when somebody looks at it, and
 * dropped when nobody has for a while and all of it is stored. Whatever has to read a file throws {@link NeedsReading}
 * on threads that must not; a task that does is done again, at its place in the order, on one that may. So a task has no
 * effect before it has read what it needs.
 */
final class SessionLog {

    private static final int TASKS_IN_A_ROW = 256;
    private static final int RETIRED = -1;
    /** So many events of another store are held at most before the log is read anew from where they are stored. */
    private static final int MOST_FOLLOWED = 10_000;

    private final String id;
    private final Engine engine;
    private final Admission admission;
    private final Bell bell = new Bell();
    private final Queue<Task> tasks = Queues.<Task>unboundedMultiproducer().get();
    /** How many tasks are queued or being done; the thread that raises it from 0 does them. */
    private final AtomicInteger turns = new AtomicInteger();

    private final Set<Cursor<?>> cursors = ConcurrentHashMap.newKeySet();
    /** Who holds on to this object beside the engine's map: open cursors, or RETIRED when it left the map. */
    private final AtomicInteger holders = new AtomicInteger();

    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private final @Nullable Storage storage;
    private final Object loading = new Object();
    /** The life of the log, which goes on while it is not loaded. */
    private volatile Lineage lineage;
    /** Both null while the log is not loaded. */
    private volatile @Nullable LogView head;

    private volatile @Nullable LogView published;
    /** The last version that was known before the log was dropped from memory. */
    private volatile long droppedVersion;
    /** Counts what was published, so that a reader can tell whether it has seen the last. */
    private volatile long publications;

    /** Counts how often the log was given up because another store may have another one by now. */
    private volatile long generation;

    private volatile long birth;
    private volatile long lastUse;

    /**
     * A piece of a session's work.
     *
     * @param failed told what the work threw; runs in the work's place among the session's tasks
     */
    private record Task(Runnable work, Consumer<Throwable> failed) {}

    SessionLog(String id, Engine engine) {
        this.id = id;
        this.engine = engine;
        this.admission = engine.admission().ofSession(engine.bounds());
        this.storage = engine.storage();
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

    /** The position of the first event that it recorded itself; 0 where there is none. */
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
                if (engine.isFollowing() && publications != seen) {
                    // Something came while it was read, and may not be in it.
                    forgetAll();
                }
            }
            return there;
        }
    }

    /** What is published, or null while it is not loaded. */
    @Nullable
    LogView loaded() {
        return published;
    }

    boolean isLoaded() {
        return published != null;
    }

    /** The published version, as far as it is known without reading. */
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

    /** What it is to hold it in memory. */
    long weight() {
        LogView known = published;
        StoredLog log = known == null ? null : known.stored();
        return log == null ? 0 : log.bytes();
    }

    /** Lets go of what is stored; in its turn, among the session's tasks. */
    void unload() {
        execute(() -> {
            LogView known = published;
            if (known != null
                    && known.version() > 0
                    && head == known
                    && pending.isEmpty()
                    && (known.isStored() || engine.isFollowing())) {
                droppedVersion = known.version();
                head = null;
                published = null;
                engine.unloaded(this);
                retireIfUnused();
            }
        });
    }

    /** Some of what was held in memory until now is stored; its own log says how much. */
    void stored() {
        execute(() -> {
            LogView wasHead = head;
            LogView was = published;
            if (was != null && wasHead != null) {
                LogView now = was.withoutStored();
                LogView nowHead = wasHead == was ? now : wasHead.withoutStored();
                now.state(); // which may have to be folded anew, by reading
                nowHead.state();
                published = now;
                head = nowHead;
            }
        });
    }

    // ---- Following another store

    /** Another store has published this; what is in the log already is passed over. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time does the session's tasks
    void follow(List<SessionEvent> events) {
        execute(
                () -> {
                    publications++; // first: whoever is reading the log may miss this
                    LogView was = published;
                    if (was != null) {
                        List<SessionEvent> rest = events.stream()
                                .filter(event -> event.version() > was.version())
                                .toList();
                        if (!rest.isEmpty() && rest.get(0).version() > was.version() + 1) {
                            forgetAll(); // something was missed; who wants to know reads it
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
                    // It is not known what of this was added: whoever wants the log reads it.
                    Failure.drop(error);
                    forgetAll();
                    heard();
                });
    }

    /** What came after this object asked for the session, and before it was in the engine's map, was told to nobody. */
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

    /** The other store's log may be another now, as far as is known here: it is read anew. */
    void followAnew() {
        execute(() -> {
            forgetAll();
            heard();
            retireIfUnused();
        });
    }

    /** The other store has purged the session. */
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

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time does the session's tasks, or loads
    private void forgetAll() {
        generation++;
        droppedVersion = knownVersion();
        published = null;
        head = null;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time does the session's tasks
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

    Engine engine() {
        return engine;
    }

    /**
     * Whether nothing will be published any more: the store is closed, and every write that it has let in is answered. Who
     * asks this before it asks for the number of {@link #publications} does not miss the last one.
     */
    boolean isOver() {
        return engine.isClosed() && admission.isEmpty();
    }

    boolean isStoreClosed() {
        return engine.isClosed();
    }

    // ---- Tasks

    /** Does the work, on this thread if nobody is at work here, else on the thread that is. What it throws is dropped. */
    void execute(Runnable work) {
        execute(work, Failure::drop);
    }

    /** Does a write's work; what that throws is the write's answer, after all that was accepted before is published. */
    void execute(Write<?>.Attempt attempt, Runnable work) {
        execute(work, error -> {
            Throwable answer = Failure.of(id, error);
            try {
                whenSettled(() -> attempt.fail(answer), attempt::fail);
            } catch (Throwable t) {
                attempt.fail(answer);
            }
            retireIfUnused();
        });
    }

    /**
     * Does the work, on this thread if nobody is at work here, else on the thread that is.
     *
     * @param failed told what it threw, on the same thread
     */
    private void execute(Runnable work, Consumer<Throwable> failed) {
        StackRoom.check();
        Task task = new Task(work, failed);
        if (turns.compareAndSet(0, 1)) {
            if (!run(task) || turns.decrementAndGet() == 0) {
                return;
            }
        } else {
            tasks.add(task);
            if (turns.getAndIncrement() != 0) {
                return;
            }
        }
        workOff();
    }

    private void workOff() {
        while (!workOffSome()) {
            try {
                engine.work().execute(this::workOff);
                return;
            } catch (Throwable t) {
                // No thread can be started, so this one goes on.
            }
        }
    }

    /** Does some of the tasks; false when there are more. */
    private boolean workOffSome() {
        for (int i = 0; i < TASKS_IN_A_ROW; i++) {
            Task task = tasks.poll();
            if (task != null && !run(task)) {
                return true;
            }
            if (turns.decrementAndGet() == 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Does a task; false when it has to read, and has gone, with all work of the session, to a thread that may. Throws
     * nothing, whatever the task throws: else the session's other tasks would wait for ever.
     */
    private boolean run(Task task) {
        try {
            try {
                task.work.run();
            } catch (NeedsReading e) {
                Objects.requireNonNull(storage).execute(() -> {
                    if (run(task) && turns.decrementAndGet() != 0) {
                        engine.work().execute(this::workOff);
                    }
                });
                return false;
            }
        } catch (Throwable t) {
            failed(task, t);
        }
        return true;
    }

    private static void failed(Task task, Throwable error) {
        try {
            task.failed.accept(error);
        } catch (Throwable t) {
            Failure.drop(t);
        }
    }

    // ---- Holding on

    /** Holds on to this object; false when it has left the engine's map, and another is to be asked for. */
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

    /** Whether nothing is lost with this object. */
    private boolean isBare() {
        LogView known = head;
        return known == null || known.version() == 0;
    }

    /** A session that has no log in memory and no readers leaves no trace there. */
    void retireIfUnused() {
        if (isBare() && pending.isEmpty() && holders.compareAndSet(0, RETIRED)) {
            engine.forget(this);
        }
    }

    void opened(Cursor<?> cursor) {
        cursors.add(cursor);
    }

    void released(Cursor<?> cursor) {
        cursors.remove(cursor);
        release();
    }

    void wakeAll() {
        cursors.forEach(Cursor::wake);
    }

    Set<Cursor<?>> cursors() {
        return cursors;
    }

    // ---- Accepting

    /** Decides a write against the head. */
    <T> void accept(Write<T>.Attempt attempt) {
        if (!attempt.accept()) {
            attempt.drop();
            return;
        }
        decide(attempt);
    }

    private <T> void decide(Write<T>.Attempt attempt) {
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
            checkExpected(id, seen, recordedExpectation(options));
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
            operation.checkDecided(drafts, engine.bounds(), attempt.meta());
            append(attempt, operation.base(seen), drafts);
        }
    }

    private static ExpectedVersion recordedExpectation(WriteOptions options) {
        return options.expected() == ExpectedVersion.any() ? ExpectedVersion.emptyLog() : options.expected();
    }

    static void checkExpected(String sessionId, LogView seen, ExpectedVersion expected) {
        if (!expected.holds(seen.version(), seen.lastEventId())) {
            throw new VersionConflictException(sessionId, expected, seen.version());
        }
    }

    static void checkTurn(String sessionId, LogView seen, WriteOptions options) {
        if (options.turnEpoch() == 0) {
            return;
        }
        Turn turn = seen.state().turn();
        if (turn == null
                || turn.epoch() != options.turnEpoch()
                || !turn.eventId().equals(options.turnEventId())) {
            throw new FencedException(sessionId, options.turnEpoch(), turn);
        }
    }

    private <T> void append(Write<T>.Attempt attempt, LogView base, List<EventDraft> drafts) {
        Operation<T> operation = attempt.operation();
        FeedLog.Slot slot = engine.feed().draw(drafts.size(), base.lineage());
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
            claimed.forEach(snapshot -> engine.snapshots().release(snapshot, id));
            engine.feed().fail(slot);
            throw t;
        }
        settle(batch);
    }

    private List<SessionEvent> events(LogView base, List<EventDraft> drafts, long firstPosition, @Nullable Json meta) {
        Instant now = engine.now();
        Instant last = base.state().lastAt();
        List<SessionEvent> events = new ArrayList<>(drafts.size());
        for (int i = 0; i < drafts.size(); i++) {
            EventDraft draft = drafts.get(i);
            Instant at = draft.at();
            if (at == null) {
                at = last != null && last.isAfter(now) ? last : now;
            }
            last = at;
            String eventId = draft.id() == null ? engine.ids().eventId() : draft.id();
            events.add(Events.of(
                    id,
                    base.version() + 1 + i,
                    firstPosition + i,
                    eventId,
                    at.truncatedTo(ChronoUnit.MICROS),
                    i == 0 ? drafts.size() : 1,
                    draft.meta() == null && meta != null ? draft.withMeta(meta) : draft,
                    engine.upcasters()));
        }
        return events;
    }

    private void claim(List<SessionEvent> events, boolean recorded, List<String> claimed) {
        for (SessionEvent event : events) {
            for (String snapshot : snapshotIds(event)) {
                if (engine.snapshots().claim(snapshot, id, event.position(), recorded)) {
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
     * Erases the session; decided like any write, and done when that is durable. The head, its rows, and whether it is a
     * repeat may have to be read: that is done before anything else, since the task is then done again.
     */
    void purge(Write<Void>.Attempt attempt, PurgeOperation operation) {
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
        if (engine.wasPurgedBy(id, operation.eventId())) {
            attempt.repeats();
            whenSettled(() -> engine.whenErased(id, () -> attempt.written(null), attempt::fail), attempt::fail);
            return;
        }
        checkExpected(id, seen, operation.options().expected());
        checkTurn(id, seen, operation.options());
        if (seen.version() == 0 && unread == null) {
            whenSettled(() -> attempt.unchanged(null), attempt::fail);
            return;
        }
        seen.state(); // what has to be read is read before anything is done
        FeedLog.Slot slot = engine.feed().draw(1, new Lineage());
        Pending batch;
        try {
            SessionEvent event = Events.of(
                    id,
                    0,
                    slot.first(),
                    operation.eventId(),
                    engine.now(),
                    1,
                    EventDraft.of(new Change.SessionPurged()),
                    engine.upcasters());
            LogView after = LogView.empty(id, storage == null ? null : storage.create(id));
            Runnable answer = () -> engine.whenErased(id, () -> attempt.written(null), attempt::fail);
            batch = new Pending(after, List.of(event), slot, seen, answer, attempt::fail);
            batch.unread = unread;
            pending.add(batch);
        } catch (Throwable t) {
            engine.feed().fail(slot);
            throw t;
        }
        settle(batch);
    }

    /**
     * What is known of a session that can't be read, and can be erased all the same: it may be all that its owner wants.
     *
     * @throws SessionDamagedException where the options ask for what only the log says, or the storage never had it
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

    /** What was accepted and is not published yet: a batch, or an answer that rests on those before it. */
    private final class Pending implements Journal.Batch {

        private final LogView after;
        private final List<SessionEvent> events;
        private final FeedLog.@Nullable Slot slot;
        private final LogView before;
        private final Runnable answer;
        private final Consumer<Throwable> failure;
        private boolean durable;
        /** Of the purge of a log that can't be read: what is known of it without that. */
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

        /** Tells whoever waits for it. */
        void fail(Throwable error) {
            try {
                failure.accept(error);
            } catch (Throwable t) {
                Failure.drop(t);
            }
        }
    }

    /** Does something when all that is accepted now is published; the other when it fails. */
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

    /** Goes on with a batch that was accepted. From here on its outcome is told by the batch alone. */
    private void settle(Pending batch) {
        head = batch.after;
        Journal journal = engine.journal();
        if (journal == null) {
            batch.durable = true;
            publishDurable();
        } else {
            try {
                journal.write(batch);
            } catch (ReelException e) {
                failFrom(batch, e); // it was refused, and nothing of it was written
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

    /** Shows a batch to readers. The steps don't rest on each other: what one throws keeps no other from being done. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time does the session's tasks
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
                    engine.purged(this, old, batch.events.get(0));
                } else {
                    engine.purgedUnread(id, unread);
                }
                birth = 0;
            } else {
                birth = birth == 0 ? batch.events.get(0).position() : birth;
                engine.published(this, old.state(), now.state());
            }
        });
        step(() -> engine.publish(slot, batch.events));
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

    /** Frees the snapshot ids that are in no row any more, published or accepted. */
    private void releaseSnapshots(SessionState before, List<SessionEvent> events) {
        if (events.stream().anyMatch(SessionLog::removesSnapshots)) {
            before.snapshots().forEach(snapshot -> releaseUnlessHeld(snapshot.id()));
            // Put and removed within the batch.
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
            engine.snapshots().release(snapshotId, id);
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
        // What was published meanwhile is the same log; it may hold less of it in memory.
        LogView now = published;
        head = pending.isEmpty() && (now == null || batch.before.version() == now.version()) ? now : batch.before;
        for (Pending one : failed) {
            if (one.slot != null) {
                engine.feed().fail(one.slot);
            }
            step(() -> one.events.forEach(event -> snapshotIds(event).forEach(this::releaseUnlessHeld)));
            one.fail(error);
        }
        step(bell::ring);
        step(this::wakeAll);
    }
}
