package dev.reel.micrometer;

import dev.reel.Recorder;
import dev.reel.ReelException;
import dev.reel.SessionStore;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Records what a store does in Micrometer meters, which {@link ReelMeters} lists.
 *
 * <pre>{@code
 * StoreOptions options = StoreOptions.standard()
 *         .withRecorder(MicrometerRecorder.of(registry, "orders"));
 * SessionStore store = JsonlSessionStore.open(Path.of("sessions"), options, JsonlStoreOptions.standard());
 * }</pre>
 *
 * <p>All meters are registered when the recorder is created, so a dashboard shows zeros and not gaps. Two recorders
 * with the same registry and name share their meters. A {@code MeterFilter} of the registry decides whether a timer has
 * percentiles or a histogram.
 *
 * <p>No tag contains the id of a session, so the number of time series is fixed.
 *
 * <p><b>Threads.</b> Safe for use by many threads; a call is a few additions and does not block.
 */
public final class MicrometerRecorder implements Recorder {

    static final String DEFAULT_NAME = "default";

    private final MeterRegistry registry;
    private final Tags store;
    private final Timer append;
    private final DistributionSummary appendedEvents;
    private final DistributionSummary appendedBytes;
    private final Counter repeats;
    private final Counter conflicts;
    private final Map<ReelException.Category, Counter> failures = new EnumMap<>(ReelException.Category.class);
    private final Timer journalFlush;
    private final DistributionSummary flushedBytes;
    private final DistributionSummary flushedBatches;
    private final Counter tailsOpened;
    private final Counter tailsEnded;

    private MicrometerRecorder(MeterRegistry registry, String storeName) {
        this.registry = registry;
        store = Tags.of(ReelMeters.MeterTags.STORE, storeName);
        append = ReelMeters.APPEND.timer(registry, store);
        appendedEvents = ReelMeters.APPENDED_EVENTS.summary(registry, store);
        appendedBytes = ReelMeters.APPENDED_BYTES.summary(registry, store);
        repeats = ReelMeters.REPEATS.counter(registry, store);
        conflicts = ReelMeters.CONFLICTS.counter(registry, store);
        for (ReelException.Category category : ReelException.Category.values()) {
            if (category != ReelException.Category.CONFLICT) {
                failures.put(
                        category,
                        ReelMeters.FAILURES.counter(
                                registry, store.and(ReelMeters.MeterTags.CATEGORY, valueOf(category))));
            }
        }
        journalFlush = ReelMeters.JOURNAL_FLUSH.timer(registry, store);
        flushedBytes = ReelMeters.FLUSHED_BYTES.summary(registry, store);
        flushedBatches = ReelMeters.FLUSHED_BATCHES.summary(registry, store);
        tailsOpened = ReelMeters.TAILS_OPENED.counter(registry, store);
        tailsEnded = ReelMeters.TAILS_ENDED.counter(registry, store);
    }

    /**
     * Creates a recorder for an application that has one store. The tag {@code store} is {@code default}.
     *
     * @param registry where the meters are registered
     * @return the recorder
     */
    public static MicrometerRecorder of(MeterRegistry registry) {
        return of(registry, DEFAULT_NAME);
    }

    /**
     * Creates a recorder for one of several stores.
     *
     * @param registry where the meters are registered
     * @param storeName the value of the tag {@code store}; not blank, one of a small number of values
     * @return the recorder
     * @throws IllegalArgumentException if the name is blank
     */
    public static MicrometerRecorder of(MeterRegistry registry, String storeName) {
        Objects.requireNonNull(registry, "registry");
        return new MicrometerRecorder(registry, checkedName(storeName));
    }

    static String checkedName(String storeName) {
        if (storeName.isBlank()) {
            throw new IllegalArgumentException("the name of a store, for its meters, is blank: pass a name or none");
        }
        return storeName;
    }

    /**
     * Registers the gauges of a store, which read its {@link SessionStore#status}. Call it once, after the store is
     * open. The gauges keep the store reachable until the registry is closed; they show zeros for a closed store.
     *
     * <pre>{@code
     * MicrometerRecorder recorder = MicrometerRecorder.of(registry);
     * SessionStore store = MemorySessionStore.create(StoreOptions.standard().withRecorder(recorder));
     * recorder.watch(store);
     * }</pre>
     *
     * @param watched the store that this recorder belongs to, or a wrapper of it
     */
    public void watch(SessionStore watched) {
        LastStatus last = new LastStatus(watched);
        ReelMeters.ACCEPTING.gauge(registry, store, () -> last.get().isAccepting() ? 1 : 0);
        ReelMeters.OPEN_TAILS.gauge(registry, store, () -> last.get().openTails());
        ReelMeters.TAIL_LAG.gauge(registry, store, () -> last.get().slowestTailLag());
        ReelMeters.HELD_THREADS.gauge(registry, store, () -> last.get().heldThreads());
        ReelMeters.LOADED_SESSIONS.gauge(registry, store, () -> last.get().loadedSessions());
        ReelMeters.LOADED_BYTES.gauge(registry, store, () -> last.get().loadedBytes());
        ReelMeters.REFUSED_SESSIONS.gauge(registry, store, () -> last.get().refusedSessions());
        ReelMeters.UNFOLDED_BYTES.gauge(registry, store, () -> last.get().unfoldedBytes());
    }

    /** The value of the tag {@code category}. */
    static String valueOf(ReelException.Category category) {
        return category.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void eventsAppended(int count, long bytes, long nanos) {
        append.record(nanos, TimeUnit.NANOSECONDS);
        appendedEvents.record(count);
        appendedBytes.record((double) bytes);
    }

    @Override
    public void writeRepeated() {
        repeats.increment();
    }

    @Override
    public void writeConflicted() {
        conflicts.increment();
    }

    @Override
    public void writeFailed(ReelException.Category category) {
        Counter counter = failures.get(category);
        if (counter != null) {
            counter.increment();
        }
    }

    @Override
    public void journalFlushed(long nanos, long bytes, int batches) {
        journalFlush.record(nanos, TimeUnit.NANOSECONDS);
        flushedBytes.record((double) bytes);
        flushedBatches.record(batches);
    }

    @Override
    public void tailOpened() {
        tailsOpened.increment();
    }

    @Override
    public void tailEnded() {
        tailsEnded.increment();
    }
}
