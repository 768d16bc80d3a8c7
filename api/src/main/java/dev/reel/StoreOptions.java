package dev.reel;

import java.time.Clock;
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
    private final IdGenerator ids;
    private final Bounds bounds;
    private final Upcasters upcasters;
    private final int deliveryThreads;
    private final @Nullable Function<ContextView, @Nullable Json> metaFromContext;

    private StoreOptions(
            Clock clock,
            IdGenerator ids,
            Bounds bounds,
            Upcasters upcasters,
            int deliveryThreads,
            @Nullable Function<ContextView, @Nullable Json> metaFromContext) {
        this.clock = clock;
        this.ids = ids;
        this.bounds = bounds;
        this.upcasters = upcasters;
        this.deliveryThreads = deliveryThreads;
        this.metaFromContext = metaFromContext;
    }

    /**
     * The system's time, random ids, standard bounds, no upcasters, ten delivery threads a core.
     *
     * @return the options
     */
    public static StoreOptions standard() {
        Clock clock = Clock.systemUTC();
        return new StoreOptions(
                clock,
                IdGenerator.random(clock),
                Bounds.standard(),
                Upcasters.none(),
                THREADS_PER_CORE * Runtime.getRuntime().availableProcessors(),
                null);
    }

    /**
     * With a clock, for the instants of events, and for ids by default.
     *
     * @param newClock the clock
     * @return a copy, with random ids of that time
     */
    public StoreOptions withClock(Clock newClock) {
        return new StoreOptions(
                newClock, IdGenerator.random(newClock), bounds, upcasters, deliveryThreads, metaFromContext);
    }

    /**
     * With another source of ids.
     *
     * @param newIds the source
     * @return a copy
     */
    public StoreOptions withIds(IdGenerator newIds) {
        return new StoreOptions(clock, newIds, bounds, upcasters, deliveryThreads, metaFromContext);
    }

    /**
     * With other bounds.
     *
     * @param newBounds the bounds
     * @return a copy
     */
    public StoreOptions withBounds(Bounds newBounds) {
        return new StoreOptions(clock, ids, newBounds, upcasters, deliveryThreads, metaFromContext);
    }

    /**
     * With upcasters.
     *
     * @param newUpcasters how older versions of event types are read
     * @return a copy
     */
    public StoreOptions withUpcasters(Upcasters newUpcasters) {
        return new StoreOptions(clock, ids, bounds, newUpcasters, deliveryThreads, metaFromContext);
    }

    /**
     * With another number of threads that deliver live events, and as many that deliver answers. A subscriber that sleeps
     * holds one of them. The default is 10 per core.
     *
     * @param threads 1 or more
     * @return a copy
     * @throws IllegalArgumentException when it is below 1
     */
    public StoreOptions withDeliveryThreads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("delivery takes 1 thread or more: " + threads);
        }
        return new StoreOptions(clock, ids, bounds, upcasters, threads, metaFromContext);
    }

    /**
     * With a source of meta data in the Reactor context of whoever subscribes to a write: a trace, an actor. Members
     * that {@link WriteOptions#withMeta} names win over it.
     *
     * @param meta gives a JSON object, or null for none; must not block
     * @return a copy
     */
    public StoreOptions withMetaFromContext(Function<ContextView, @Nullable Json> meta) {
        return new StoreOptions(clock, ids, bounds, upcasters, deliveryThreads, meta);
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
}
