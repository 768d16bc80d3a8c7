package dev.reel.internal.engine;

import dev.reel.Bounds;
import dev.reel.IdGenerator;
import dev.reel.Json;
import dev.reel.Recorder;
import dev.reel.ReelException;
import dev.reel.SessionEvent;
import dev.reel.StoreClosedException;
import dev.reel.StoreOptions;
import dev.reel.Upcasters;
import dev.reel.WriteOptions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.ContextView;

/**
 * What all parts of the engine share: clock, ids and bounds, the pools, the feed and the indexes, and whether the store is
 * open. It knows no session's log and no call of the API.
 */
final class Core {

    private final StoreOptions options;
    private final Recorder recorder;
    private final @Nullable Journal journal;
    private final @Nullable Storage storage;
    private final Pool delivery;
    private final Pool answers;
    private final Pool work;
    private final Admission admission;
    private final FeedLog feed;
    private final SnapshotIndex snapshots = new SnapshotIndex();
    private final SessionIndex index = new SessionIndex();
    /** Finds purges in the feed; null if the store has a storage, which records purges itself. */
    private final @Nullable PurgeTable purges;

    private final Set<Reader> feedReaders = ConcurrentHashMap.newKeySet();
    private final Sinks.Empty<Void> idle = Sinks.empty();
    private final boolean following;
    /** How long a follower waits for a place that it does not have yet; zero if this store does not follow another. */
    private final Duration onItsWay;

    private volatile boolean closed;
    /** Whether a tail that is opened from now on ends with the events published at that time. */
    private volatile boolean tailsCompleted;

    /**
     * Creates it for an open store.
     *
     * @param followed how long a follower waits for a place; null if the store does not follow another
     */
    Core(StoreOptions options, @Nullable Journal journal, @Nullable Storage storage, @Nullable Duration followed) {
        this.options = options;
        this.recorder = GuardedRecorder.of(options.recorder());
        this.following = followed != null;
        this.onItsWay = followed == null ? Duration.ZERO : followed;
        this.journal = journal;
        this.storage = storage;
        this.purges = storage == null ? new PurgeTable() : null;
        this.feed = new FeedLog(storage);
        this.delivery = Pool.forSubscribers("reel-delivery", options.deliveryThreads());
        this.answers = Pool.forSubscribers("reel-answer", options.deliveryThreads());
        this.work = Pool.forWork("reel-work", Math.max(2, Runtime.getRuntime().availableProcessors()));
        this.admission = Admission.ofStore(options.bounds());
    }

    // ---- Open or closed

    boolean isClosed() {
        return closed;
    }

    void checkOpen() {
        if (closed) {
            throw new StoreClosedException();
        }
    }

    /** Accepts no more calls. Returns false if the store was closed before. */
    boolean close() {
        boolean first = !closed;
        closed = true;
        return first;
    }

    /** Whether no event can be accepted any more: the store is closed, and every admitted write is answered. */
    boolean isOver() {
        return closed && admission.isEmpty();
    }

    void tellWhenIdle() {
        if (isOver()) {
            idle.tryEmitEmpty();
            feedReaders.forEach(Reader::wake);
        }
    }

    /** Completes when the store is {@linkplain #isOver over}. */
    Mono<Void> idle() {
        return idle.asMono();
    }

    boolean areTailsCompleted() {
        return tailsCompleted;
    }

    void completeTails() {
        tailsCompleted = true;
    }

    // ---- Options

    Instant now() {
        return options.clock().instant().truncatedTo(ChronoUnit.MICROS);
    }

    IdGenerator ids() {
        return options.ids();
    }

    Bounds bounds() {
        return options.bounds();
    }

    Upcasters upcasters() {
        return options.upcasters();
    }

    Recorder recorder() {
        return recorder;
    }

    /** Whether a recorder is set; if not, times are not measured. */
    boolean isRecording() {
        return recorder != Recorder.none();
    }

    boolean isFollowing() {
        return following;
    }

    Duration onItsWay() {
        return onItsWay;
    }

    /**
     * Returns the metadata for a write's events. Recorded events get none from the context, since they come from
     * elsewhere.
     */
    @Nullable
    Json metaOf(WriteOptions write, ContextView context) {
        Function<ContextView, @Nullable Json> source = options.metaFromContext();
        Json found = source == null || write.isRecorded() ? null : source.apply(context);
        Json given = write.meta();
        if (given == null || found == null) {
            return given == null ? found : given;
        }
        Json merged = found;
        for (Map.Entry<String, Json> member : given.members().entrySet()) {
            merged = merged.with(member.getKey(), member.getValue());
        }
        return merged;
    }

    // ---- Parts

    Admission admission() {
        return admission;
    }

    @Nullable
    Journal journal() {
        return journal;
    }

    @Nullable
    Storage storage() {
        return storage;
    }

    SnapshotIndex snapshots() {
        return snapshots;
    }

    SessionIndex index() {
        return index;
    }

    FeedLog feed() {
        return feed;
    }

    Set<Reader> feedReaders() {
        return feedReaders;
    }

    /** The pool that delivers live events. */
    Pool delivery() {
        return delivery;
    }

    /** The pool that delivers the results of writes and reads. */
    Pool answers() {
        return answers;
    }

    /** The pool that runs those session tasks that no caller's thread runs. */
    Pool work() {
        return work;
    }

    /** Runs a task on a thread that may read files. */
    void read(Runnable task) {
        Objects.requireNonNull(storage).execute(task);
    }

    /** The bytes that purges occupy in memory, not counting the feed's entries; for tests. */
    long purgeBytes() {
        return purges == null ? 0 : purges.heapBytes();
    }

    // ---- What was published

    /** Runs a task that reports several batches. The feed shows all of them at once, and their answers go to the pool together. */
    void together(Runnable telling) {
        AnswerGroup group = AnswerGroup.begin();
        try {
            telling.run();
        } finally {
            AnswerGroup.end();
            // Must happen before any write is answered, and before a closing store counts these writes as answered.
            feed.show();
            giveAll(group.ended());
        }
    }

    private void giveAll(List<AnswerGroup.Answer> given) {
        try {
            answers.executeAll(given);
        } catch (OutOfMemoryError e) {
            answers.executeAll(given); // tried once more, since the answers would be lost otherwise
        }
    }

    /** Publishes a batch in the feed: at once, or together with the other batches of {@link #together}. */
    void publish(FeedLog.Slot slot, List<SessionEvent> events) {
        feed.publish(slot, events);
        if (AnswerGroup.current() == null) {
            feed.show();
        }
    }

    /** Called when a session was purged. Removes it from the index and its own events from the feed. */
    void purged(LogView old, long birth, SessionEvent event) {
        index.purged(old.state(), birth);
        if (purges != null) {
            purges.add(event.sessionId(), event.id(), event.position(), 0);
        }
        feed.remove(old.ownHeld());
    }

    /** Called when a session was purged whose log cannot be read. */
    void purgedUnread(String sessionId, StoredSession known) {
        index.purged(known.changed(), known.birth());
        snapshots.releaseAll(sessionId);
    }

    /**
     * Whether a purge with this event id was accepted. Called by the session's tasks.
     *
     * @throws NeedsReading if a file has to be read to answer, and this thread must not
     */
    boolean wasPurgedBy(String sessionId, String eventId) {
        if (storage != null) {
            return storage.wasPurged(sessionId, eventId);
        }
        for (PurgeTable.Entry entry : Objects.requireNonNull(purges).find(sessionId, eventId)) {
            SessionEvent event = feed.published(entry.position());
            if (event != null && event.id().equals(eventId) && event.sessionId().equals(sessionId)) {
                return true;
            }
        }
        return false;
    }

    /** Calls back when no byte of the session's purged logs is left on disk. */
    void whenErased(String sessionId, Runnable done, Consumer<ReelException> failure) {
        if (storage == null) {
            done.run();
        } else {
            storage.whenErased(sessionId, done, failure);
        }
    }
}
