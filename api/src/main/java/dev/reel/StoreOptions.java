package dev.reel;

import dev.reel.internal.OptionMap;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * What every store can be given: time, ids, bounds, and how events are read and delivered. Immutable.
 *
 * <p>With a fixed clock and fixed ids the same calls give the same bytes.
 */
public final class StoreOptions {

    private static final int THREADS_PER_CORE = 10;

    private final Clock clock;
    private final @Nullable IdGenerator givenIds;
    private final IdGenerator ids;
    private final Bounds bounds;
    private final Upcasters upcasters;
    private final int deliveryThreads;
    private final @Nullable Function<ContextView, @Nullable Json> metaFromContext;
    private final Recorder recorder;

    private StoreOptions(
            Clock clock,
            @Nullable IdGenerator givenIds,
            Bounds bounds,
            Upcasters upcasters,
            int deliveryThreads,
            @Nullable Function<ContextView, @Nullable Json> metaFromContext,
            Recorder recorder) {
        this.clock = Objects.requireNonNull(clock, "clock");
        this.givenIds = givenIds;
        this.ids = givenIds == null ? IdGenerator.random(clock) : givenIds;
        this.bounds = Objects.requireNonNull(bounds, "bounds");
        this.upcasters = Objects.requireNonNull(upcasters, "upcasters");
        this.deliveryThreads = deliveryThreads;
        this.metaFromContext = metaFromContext;
        this.recorder = Objects.requireNonNull(recorder, "recorder");
    }

    /**
     * The system's time, random ids, standard bounds, no upcasters, ten delivery threads a core.
     *
     * @return the options
     */
    public static StoreOptions standard() {
        return new StoreOptions(
                Clock.systemUTC(),
                null,
                Bounds.standard(),
                Upcasters.none(),
                THREADS_PER_CORE * Runtime.getRuntime().availableProcessors(),
                null,
                Recorder.none());
    }

    /**
     * Reads options from a configuration: {@code delivery-threads}, {@code event-bytes}, {@code batch-events}, {@code
     * session-writes}, {@code session-bytes}, {@code store-writes}, {@code store-bytes}. Bytes may have a unit. The map may
     * also hold the options of {@code JsonlStoreOptions.from}, so that one file configures both; this method does not read
     * them.
     *
     * <pre>{@code
     * StoreOptions options = StoreOptions.from(Map.of("delivery-threads", "8", "event-bytes", "4 MiB"));
     * }</pre>
     *
     * @param options texts by name; an option that is not in the map has the value of {@link #standard()}
     * @return the options
     * @throws InvalidInputException if a name is in neither list, or a text does not have the form of its option
     */
    public static StoreOptions from(Map<String, String> options) {
        OptionMap map = OptionMap.of(options);
        StoreOptions read = standard();
        Bounds bounds = Bounds.standard();
        Long event = map.read("event-bytes", "a number of bytes up to 2 GiB, like 4 MiB", OptionMap::bytesUpTo2GiB);
        bounds = event == null ? bounds : bounds.withEventBytes(Math.toIntExact(event));
        Integer events = map.number("batch-events");
        bounds = events == null ? bounds : bounds.withBatchEvents(events);
        bounds = bounds.withSessionWrites(
                or(map.number("session-writes"), bounds.sessionWrites()),
                or(map.bytes("session-bytes"), bounds.sessionBytes()));
        bounds = bounds.withStoreWrites(
                or(map.number("store-writes"), bounds.storeWrites()),
                or(map.bytes("store-bytes"), bounds.storeBytes()));
        Integer threads = map.number("delivery-threads");
        return (threads == null ? read : read.withDeliveryThreads(threads)).withBounds(bounds);
    }

    private static <T> T or(@Nullable T given, T standard) {
        return given == null ? standard : given;
    }

    /**
     * With a clock, for the instants of events, and for random ids where no source of ids is given.
     *
     * @param newClock the clock
     * @return a copy
     */
    public StoreOptions withClock(Clock newClock) {
        return new StoreOptions(newClock, givenIds, bounds, upcasters, deliveryThreads, metaFromContext, recorder);
    }

    /**
     * With another source of ids.
     *
     * @param newIds the source
     * @return a copy
     */
    public StoreOptions withIds(IdGenerator newIds) {
        return new StoreOptions(
                clock,
                Objects.requireNonNull(newIds, "ids"),
                bounds,
                upcasters,
                deliveryThreads,
                metaFromContext,
                recorder);
    }

    /**
     * With other bounds.
     *
     * @param newBounds the bounds
     * @return a copy
     */
    public StoreOptions withBounds(Bounds newBounds) {
        return new StoreOptions(clock, givenIds, newBounds, upcasters, deliveryThreads, metaFromContext, recorder);
    }

    /**
     * With upcasters.
     *
     * @param newUpcasters how older versions of event types are read
     * @return a copy
     */
    public StoreOptions withUpcasters(Upcasters newUpcasters) {
        return new StoreOptions(clock, givenIds, bounds, newUpcasters, deliveryThreads, metaFromContext, recorder);
    }

    /**
     * With another number of threads that deliver live events, and as many that deliver answers. A subscriber that sleeps
     * holds one of them. The default is 10 per core.
     *
     * @param threads 1 or more
     * @return a copy
     * @throws InvalidInputException when it is below 1
     */
    public StoreOptions withDeliveryThreads(int threads) {
        if (threads < 1) {
            throw new InvalidInputException("delivery requires 1 thread or more: " + threads);
        }
        return new StoreOptions(clock, givenIds, bounds, upcasters, threads, metaFromContext, recorder);
    }

    /**
     * With a source of meta data in the Reactor context of whoever subscribes to a write: a trace, an actor. Members
     * that {@link WriteOptions#withMeta} names win over it.
     *
     * @param meta gives a JSON object, or null for none; must not block
     * @return a copy
     */
    public StoreOptions withMetaFromContext(Function<ContextView, @Nullable Json> meta) {
        return new StoreOptions(
                clock, givenIds, bounds, upcasters, deliveryThreads, Objects.requireNonNull(meta, "meta"), recorder);
    }

    /**
     * With a recorder, which receives what the store does. The default is {@link Recorder#none()}.
     *
     * @param newRecorder what counts and times; one recorder may serve several stores
     * @return a copy
     */
    public StoreOptions withRecorder(Recorder newRecorder) {
        return new StoreOptions(clock, givenIds, bounds, upcasters, deliveryThreads, metaFromContext, newRecorder);
    }

    /**
     * The clock.
     *
     * @return the clock
     */
    public Clock clock() {
        return clock;
    }

    /**
     * The source of ids.
     *
     * @return the source
     */
    public IdGenerator ids() {
        return ids;
    }

    /**
     * The bounds.
     *
     * @return the bounds
     */
    public Bounds bounds() {
        return bounds;
    }

    /**
     * How older versions of event types are read.
     *
     * @return the upcasters
     */
    public Upcasters upcasters() {
        return upcasters;
    }

    /**
     * Threads that deliver live events.
     *
     * @return how many
     */
    public int deliveryThreads() {
        return deliveryThreads;
    }

    /**
     * The source of meta data.
     *
     * @return the source, or null
     */
    public @Nullable Function<ContextView, @Nullable Json> metaFromContext() {
        return metaFromContext;
    }

    /**
     * What receives what the store does.
     *
     * @return the recorder
     */
    public Recorder recorder() {
        return recorder;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StoreOptions that
                && clock.equals(that.clock)
                && Objects.equals(givenIds, that.givenIds)
                && bounds.equals(that.bounds)
                && upcasters.equals(that.upcasters)
                && deliveryThreads == that.deliveryThreads
                && Objects.equals(metaFromContext, that.metaFromContext)
                && recorder.equals(that.recorder);
    }

    @Override
    public int hashCode() {
        return Objects.hash(clock, givenIds, bounds, upcasters, deliveryThreads, metaFromContext, recorder);
    }

    @Override
    public String toString() {
        return Members.of(this)
                .add("clock", clock)
                .add("ids", givenIds)
                .add("bounds", bounds)
                .add("upcasters", upcasters)
                .add("deliveryThreads", deliveryThreads)
                .add("metaFromContext", metaFromContext)
                .add("recorder", recorder == Recorder.none() ? null : recorder)
                .toString();
    }
}
