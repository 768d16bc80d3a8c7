package dev.reel;

import dev.reel.internal.OptionMap;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * Options that every store has: clock, ids, bounds, and how events are read and delivered. Immutable.
 *
 * <p>With a fixed clock and fixed ids, the same calls produce the same bytes.
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
     * The defaults: the system clock, random ids, standard bounds, no upcasters, 10 delivery threads per core.
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
     * session-writes}, {@code session-bytes}, {@code store-writes}, {@code store-bytes}. Byte counts may have a unit.
     * The map may also contain the options of {@code JsonlStoreOptions.from}, so that one file configures both; this
     * method ignores those.
     *
     * <pre>{@code
     * StoreOptions options = StoreOptions.from(Map.of("delivery-threads", "8", "event-bytes", "4 MiB"));
     * }</pre>
     *
     * @param options texts by name; an option that is not in the map has the value of {@link #standard()}
     * @return the options
     * @throws InvalidInputException if a name is not the name of an option of either class, or a value is malformed
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
     * Sets the clock, which provides the instants of events, and the time in random ids unless {@link #withIds}
     * replaces them.
     *
     * @param newClock the clock
     * @return a copy
     */
    public StoreOptions withClock(Clock newClock) {
        return new StoreOptions(newClock, givenIds, bounds, upcasters, deliveryThreads, metaFromContext, recorder);
    }

    /**
     * Sets the generator of ids.
     *
     * @param newIds the generator
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
     * Sets the bounds.
     *
     * @param newBounds the bounds
     * @return a copy
     */
    public StoreOptions withBounds(Bounds newBounds) {
        return new StoreOptions(clock, givenIds, newBounds, upcasters, deliveryThreads, metaFromContext, recorder);
    }

    /**
     * Sets the upcasters.
     *
     * @param newUpcasters convert older versions of event types when they are read
     * @return a copy
     */
    public StoreOptions withUpcasters(Upcasters newUpcasters) {
        return new StoreOptions(clock, givenIds, bounds, newUpcasters, deliveryThreads, metaFromContext, recorder);
    }

    /**
     * Sets the number of threads that deliver live events; equally many threads deliver results. A subscriber that
     * blocks occupies one of them. The default is 10 per core.
     *
     * @param threads 1 or more
     * @return a copy
     * @throws InvalidInputException if it is below 1
     */
    public StoreOptions withDeliveryThreads(int threads) {
        if (threads < 1) {
            throw new InvalidInputException("delivery threads must be 1 or more: " + threads);
        }
        return new StoreOptions(clock, givenIds, bounds, upcasters, threads, metaFromContext, recorder);
    }

    /**
     * Sets a function that reads an event's metadata, such as a trace or an actor, from the Reactor context of the
     * subscriber to a write. Members that {@link WriteOptions#withMeta} sets take precedence.
     *
     * @param meta returns a JSON object, or null for none; must not block
     * @return a copy
     */
    public StoreOptions withMetaFromContext(Function<ContextView, @Nullable Json> meta) {
        return new StoreOptions(
                clock, givenIds, bounds, upcasters, deliveryThreads, Objects.requireNonNull(meta, "meta"), recorder);
    }

    /**
     * Sets the recorder, which receives what the store does. The default is {@link Recorder#none()}.
     *
     * @param newRecorder counts and times what happens; one recorder may serve several stores
     * @return a copy
     */
    public StoreOptions withRecorder(Recorder newRecorder) {
        return new StoreOptions(clock, givenIds, bounds, upcasters, deliveryThreads, metaFromContext, newRecorder);
    }

    /**
     * Returns the clock.
     *
     * @return the clock
     */
    public Clock clock() {
        return clock;
    }

    /**
     * Returns the generator of ids.
     *
     * @return the generator
     */
    public IdGenerator ids() {
        return ids;
    }

    /**
     * Returns the bounds.
     *
     * @return the bounds
     */
    public Bounds bounds() {
        return bounds;
    }

    /**
     * Returns the upcasters, which convert older versions of event types when they are read.
     *
     * @return the upcasters
     */
    public Upcasters upcasters() {
        return upcasters;
    }

    /**
     * Returns how many threads deliver live events.
     *
     * @return the number of threads
     */
    public int deliveryThreads() {
        return deliveryThreads;
    }

    /**
     * Returns the function that reads metadata from the Reactor context.
     *
     * @return the function, or null
     */
    public @Nullable Function<ContextView, @Nullable Json> metaFromContext() {
        return metaFromContext;
    }

    /**
     * Returns the recorder.
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
