package dev.reel.jsonl;

import dev.reel.AppendUnknownException;
import dev.reel.LogPlace;
import dev.reel.ReelException;
import dev.reel.Session;
import dev.reel.SessionDamagedException;
import dev.reel.StoreFailedException;
import dev.reel.StoreFullException;
import dev.reel.StoreStatus;
import dev.reel.internal.engine.Condition;
import dev.reel.internal.engine.Engine;
import dev.reel.internal.engine.NeedsReading;
import dev.reel.internal.engine.Storage;
import dev.reel.internal.engine.StoredFeed;
import dev.reel.internal.engine.StoredLog;
import dev.reel.internal.engine.StoredSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The engine's storage on disk. It passes accepted writes to the journal, and reads events that the engine does not
 * hold in memory. The {@link Folder} moves the events from the journal to the files.
 */
class JsonlStorage implements Storage, JournalWriter.Owner {

    /**
     * For how long a write that found no room marks the store as full. Only the next write tries again, and a caller
     * that checks the status may hold that write back.
     */
    private static final long FULL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Root root;
    private final JournalWriter journal;

    private final Unstored unstored = new Unstored();
    private final Teller teller;

    /** The last entry of each session that is not settled yet. */
    private final ConcurrentHashMap<String, Accepted> unsettled = new ConcurrentHashMap<>();

    /** The purges of each session that were accepted and have not finished, oldest first. */
    private final ConcurrentHashMap<String, List<Erasure>> erasures = new ConcurrentHashMap<>();

    /** Why no purge can finish any more, or null. */
    private volatile @Nullable ReelException failure;

    /** Sessions whose files cannot be written for now, and why. */
    private final Map<String, SessionDamagedException> refusals = new ConcurrentHashMap<>();

    private @Nullable Folder folder;
    private volatile @Nullable Engine engine;

    JsonlStorage(Root root, JournalWriter.Settings settings) throws IOException {
        this.root = root;
        this.journal = root.begin(settings, this);
        this.teller = new Teller(journal::giveUp);
    }

    JournalWriter journal() {
        return journal;
    }

    /** Starts to fold. Called after the engine of this storage is created. */
    void start(Engine itsEngine, Folder itsFolder) {
        engine = itsEngine;
        folder = itsFolder;
        teller.start(itsEngine);
        journal.start();
        itsFolder.start();
    }

    // ---- What the journal asks for

    @Override
    public void reserve(long upTo) throws IOException {
        root.reserve(upTo);
    }

    @Override
    public @Nullable ReelException refusal(String sessionId) {
        if (root.reserve().isGivenUp()) {
            return new StoreFullException(sessionId, null);
        }
        SessionDamagedException why = refusals.get(sessionId);
        return why == null ? null : why.copy();
    }

    @Override
    public boolean makeRoom() throws IOException {
        return root.reserve().giveUp();
    }

    /** Makes a session accept only a purge, until it is {@linkplain #permit permitted} again. */
    void refuse(String sessionId, SessionDamagedException why) {
        refusals.put(sessionId, why);
    }

    boolean isRefused(String sessionId) {
        return refusals.containsKey(sessionId);
    }

    void permit(String sessionId) {
        refusals.remove(sessionId);
    }

    @Override
    public void settled(List<JournalEntry> entries) {
        Teller.again(() -> {
            List<Accepted> durable = durableOf(entries);
            if (!durable.isEmpty()) {
                unstored.add(durable);
            }
        });
        Teller.again(() -> teller.add(entries));
    }

    private static List<Accepted> durableOf(List<JournalEntry> entries) {
        List<Accepted> durable = new ArrayList<>(entries.size());
        for (JournalEntry entry : entries) {
            if (entry.error() == null) {
                durable.add((Accepted) entry);
            }
        }
        return durable;
    }

    @Override
    public void flushed(long nanos, long bytes, int batches) {
        Engine known = engine;
        if (known != null) {
            known.recorder().journalFlushed(nanos, bytes, batches);
        }
    }

    @Override
    public long settledUpTo(List<JournalEntry> entries) {
        Engine known = engine;
        if (known == null) {
            return root.lastPosition();
        }
        for (JournalEntry entry : entries) {
            ((Accepted) entry).batch().written();
        }
        return known.settledUpTo();
    }

    // ---- From the engine into the journal

    @Override
    public void write(Batch batch) {
        Accepted entry = Accepted.of(batch, this, unsettled.get(batch.sessionId()));
        unsettled.put(batch.sessionId(), entry);
        Erasure erasure = entry.erasure();
        if (erasure != null) {
            erasures.merge(batch.sessionId(), List.of(erasure), JsonlStorage::joined);
            ReelException why = failure;
            if (why != null) {
                erasure.failed(why);
            }
        }
        journal.add(entry);
    }

    private static List<Erasure> joined(List<Erasure> some, List<Erasure> more) {
        List<Erasure> all = new ArrayList<>(some);
        all.addAll(more);
        return List.copyOf(all);
    }

    /** Requests a round of the folder, because a caller waits for it. */
    void hurry() {
        if (folder != null) {
            folder.hurry();
        }
    }

    boolean isErasing() {
        return !erasures.isEmpty();
    }

    /** Records that an entry is durable, before this is reported. */
    void settled(Accepted entry) {
        unsettled.remove(entry.sessionId(), entry);
    }

    /** Records that an entry failed, before this is reported. */
    void failed(Accepted entry) {
        unsettled.remove(entry.sessionId(), entry);
        Erasure erasure = entry.erasure();
        if (erasure != null) {
            drop(erasure);
        }
    }

    private void drop(Erasure over) {
        erasures.computeIfPresent(over.sessionId(), (id, all) -> {
            List<Erasure> rest = all.stream().filter(one -> one != over).toList();
            return rest.isEmpty() ? null : rest;
        });
    }

    /** Returns the entries that are durable and not yet in files. */
    Unstored unstored() {
        return unstored;
    }

    /** Reports that a purge is done, so that its id can be reused. */
    void erased(Erasure erasure) {
        drop(erasure);
        erasure.done();
    }

    /** Tells the callers that wait for this purge that it is delayed. It is still retried. */
    static void eraseLater(Erasure erasure, Throwable why) {
        erasure.late(new AppendUnknownException(erasure.sessionId(), why));
    }

    /** Tells the callers that wait for any purge that it is delayed. The purges are still retried. */
    void eraseLater(Throwable why) {
        erasures.forEach((id, all) -> all.forEach(erasure -> erasure.late(new AppendUnknownException(id, why))));
    }

    /** Reports that no purge will be done any more. */
    void eraseNoMore(ReelException why) {
        failure = why;
        erasures.values().forEach(all -> all.forEach(erasure -> erasure.failed(why)));
    }

    @Nullable
    Engine engine() {
        return engine;
    }

    /** Returns the number of per-session map entries in memory. For tests. */
    int heldPerSession() {
        return unstored.size() + unsettled.size() + erasures.size() + journal.knownEnds() + refusals.size();
    }

    // ---- What the engine asks for

    @Override
    public boolean mayRead() {
        return FileThreads.isHere();
    }

    @Override
    public void execute(Runnable task) {
        FileThreads.execute(task);
    }

    @Override
    public Iterable<? extends StoredSession> sessions() {
        return () -> root.catalogue().entries().values().stream()
                .map(entry -> (StoredSession) new Listed(entry, false))
                .iterator();
    }

    @Override
    public @Nullable StoredSession session(String sessionId) {
        if (erasures.containsKey(sessionId)) {
            return null;
        }
        Catalogue.Entry entry = root.catalogue().entries().get(sessionId);
        if (entry != null) {
            return new Listed(entry, !root.damaged().contains(sessionId));
        }
        return root.damaged().contains(sessionId) ? new Damaged(sessionId) : null;
    }

    @Override
    public StoredLog open(String sessionId) {
        if (!FileThreads.isHere()) {
            throw NeedsReading.SIGNAL;
        }
        return root.open(sessionId);
    }

    @Override
    public boolean mayPurgeUnread(String sessionId) {
        return root.knows(sessionId);
    }

    @Override
    public StoredLog create(String sessionId) {
        return LogFile.empty(
                root.blocks(), sessionId, root.path().resolve(root.names().pathOf(sessionId)));
    }

    @Override
    public StoredFeed feed() {
        return root.positions();
    }

    @Override
    public long lastPosition() {
        return root.lastPosition();
    }

    @Override
    public boolean wasPurged(String sessionId, String eventId) {
        for (Erasure erasure : erasures.getOrDefault(sessionId, List.of())) {
            if (erasure.event().id().equals(eventId)) {
                return true;
            }
        }
        // Checked after the map: a purge is in the ledger before it is removed from the map.
        if (!root.ledger().mayHavePurged(sessionId, eventId)) {
            return false;
        }
        if (!FileThreads.isHere()) {
            throw NeedsReading.SIGNAL;
        }
        try {
            return root.ledger().wasPurged(sessionId, eventId);
        } catch (IOException e) {
            throw new UncheckedIOException("the ledger can't be read", e);
        }
    }

    @Override
    public void whenErased(String sessionId, Runnable done, Consumer<ReelException> failure) {
        Erasure last = null;
        for (Erasure erasure : erasures.getOrDefault(sessionId, List.of())) {
            last = erasure.isDurable() ? erasure : last;
        }
        if (last == null) {
            done.run();
        } else {
            last.whenDone(done, failure);
        }
    }

    @Override
    public Condition condition() {
        Set<String> refused = new HashSet<>(root.damaged());
        refused.addAll(refusals.keySet());
        Throwable stopped = journal.failure();
        StoreStatus.State state = StoreStatus.State.ACCEPTING;
        String reason = null;
        if (stopped != null) {
            state = StoreStatus.State.STOPPED;
            reason = "writing to " + root.path() + " has stopped: " + stopped.getMessage()
                    + "; fix the cause, then open the store again";
        } else if (root.reserve().isGivenUp() || journal.isFull(FULL_NANOS)) {
            state = StoreStatus.State.FULL;
            reason = "the disk of " + root.path() + " is full";
        }
        return new Condition(state, reason, journal.unfolded(), refused.size());
    }

    @Override
    public Mono<Void> sync() {
        return Mono.fromFuture(journal::sync);
    }

    @Override
    public Mono<Void> close() {
        return Mono.create(sink -> {
            Thread closing = FileThreads.thread("reel-close", () -> {
                try {
                    try {
                        journal.close();
                        teller.close();
                        if (folder != null) {
                            folder.close();
                            root.giveBack();
                        }
                    } finally {
                        root.close();
                    }
                    if (folder != null) {
                        folder.checkAllInFiles();
                    }
                    sink.success();
                } catch (Throwable t) {
                    sink.error(unclosed(t));
                }
            });
            closing.start();
        });
    }

    private ReelException unclosed(Throwable why) {
        if (why instanceof ReelException known) {
            return known;
        }
        if (why instanceof Error fatal) {
            return StoreFailedException.of(null, ReelException.Outcome.NOT_WRITTEN, fatal);
        }
        for (Throwable cause = why; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException io && FullDisk.isReasonOf(io)) {
                return StoreFullException.unusable(
                        root.path() + " is closed, but some events are not in the session files", why);
            }
        }
        return StoreFailedException.unusable(
                root.path() + " is closed: " + why.getMessage() + "; fix the cause, then open it again", why);
    }

    /**
     * A session from the catalogue.
     *
     * @param sound whether its file is known not to be damaged
     */
    private record Listed(Catalogue.Entry entry, boolean sound) implements StoredSession {

        @Override
        public @Nullable LogPlace last() {
            return sound ? entry.last() : null;
        }

        @Override
        public String id() {
            return entry.id();
        }

        @Override
        public long birth() {
            return entry.birth();
        }

        @Override
        public long changed() {
            return entry.changed();
        }

        @Override
        public @Nullable Session row() {
            return entry.row();
        }

        @Override
        public Map<String, Long> snapshots() {
            return entry.snapshots();
        }
    }

    /** A session whose file is damaged, and of which nothing else is known. */
    private record Damaged(String id) implements StoredSession {

        @Override
        public long birth() {
            return 0;
        }

        @Override
        public long changed() {
            return 0;
        }

        @Override
        public @Nullable Session row() {
            return null;
        }

        @Override
        public Map<String, Long> snapshots() {
            return Map.of();
        }
    }
}
