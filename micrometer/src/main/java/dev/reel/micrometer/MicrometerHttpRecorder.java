package dev.reel.micrometer;

import dev.reel.server.HttpRecorder;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Records what a server does in the Micrometer meters of {@link ReelMeters} whose names begin with {@code reel.http}.
 * Requires {@code reel-server}.
 *
 * <pre>{@code
 * ServerOptions options = ServerOptions.standard()
 *         .withRecorder(MicrometerHttpRecorder.of(registry, "orders"));
 * SessionServer server = SessionServer.start(store, options);
 * }</pre>
 *
 * <p>A timer is registered when the first request with its tags is answered. Create one recorder per registry and name,
 * and pass it to all servers that share the name: the gauges of a second recorder would not be registered.
 *
 * <p>No tag contains an id or a word that a client chose, so the number of time series is bounded: the number of routes
 * times the number of statuses that they return.
 *
 * <p><b>Threads.</b> Safe for use by many threads; a call is a few additions and does not block.
 */
@SuppressWarnings("exports") // only who serves has the server's module
public final class MicrometerHttpRecorder implements HttpRecorder {

    /** The key of a timer. Looking it up is cheaper than creating its tags. */
    private record Key(String method, String route, int status) {}

    private final MeterRegistry registry;
    private final Tags store;
    private final Map<Key, Timer> requests = new ConcurrentHashMap<>();
    private final Counter refused;
    private final AtomicInteger streams = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();

    private MicrometerHttpRecorder(MeterRegistry registry, String storeName) {
        this.registry = registry;
        store = Tags.of(ReelMeters.MeterTags.STORE, storeName);
        refused = ReelMeters.HTTP_REFUSED.counter(registry, store);
        ReelMeters.HTTP_STREAMS.gauge(registry, store, streams::get);
        ReelMeters.HTTP_CONNECTIONS.gauge(registry, store, connections::get);
    }

    /**
     * Creates a recorder for an application that serves one store. The tag {@code store} is {@code default}.
     *
     * @param registry where the meters are registered
     * @return the recorder
     */
    public static MicrometerHttpRecorder of(MeterRegistry registry) {
        return of(registry, MicrometerRecorder.DEFAULT_NAME);
    }

    /**
     * Creates a recorder for the server of one of several stores.
     *
     * @param registry where the meters are registered
     * @param storeName the value of the tag {@code store}; not blank, one of a small number of values
     * @return the recorder
     * @throws IllegalArgumentException if the name is blank
     */
    public static MicrometerHttpRecorder of(MeterRegistry registry, String storeName) {
        Objects.requireNonNull(registry, "registry");
        return new MicrometerHttpRecorder(registry, MicrometerRecorder.checkedName(storeName));
    }

    @Override
    public void requestAnswered(String method, String route, int status, long nanos) {
        requests.computeIfAbsent(new Key(method, route, status), this::timer).record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Key key) {
        Tags tags = store.and(
                ReelMeters.MeterTags.METHOD,
                key.method(),
                ReelMeters.MeterTags.ROUTE,
                key.route(),
                ReelMeters.MeterTags.STATUS,
                key.status() == 0 ? "none" : String.valueOf(key.status()));
        return ReelMeters.HTTP_REQUEST.timer(registry, tags);
    }

    @Override
    public void streamOpened() {
        streams.incrementAndGet();
    }

    @Override
    public void streamEnded() {
        streams.decrementAndGet();
    }

    @Override
    public void connectionOpened() {
        connections.incrementAndGet();
    }

    @Override
    public void connectionClosed() {
        connections.decrementAndGet();
    }

    @Override
    public void connectionRefused() {
        refused.increment();
    }
}
