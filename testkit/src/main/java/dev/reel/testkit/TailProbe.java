package dev.reel.testkit;

import dev.reel.SessionEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * A named subscriber that keeps the events it receives. Its demand is unbounded; to test demand, use a StepVerifier.
 *
 * <pre>{@code
 * try (TailProbe console = TailProbe.of("console", store.tail(id, From.start()))) {
 *     store.append(id, EventDraft.of("tick", Json.object("n", 1))).block();
 *     console.await(1); // fails with the reached version and how the tail ended
 * }
 * }</pre>
 */
public final class TailProbe implements AutoCloseable {

    private final String name;
    private final List<SessionEvent> events = new ArrayList<>();
    private @Nullable String end;
    private @Nullable Throwable error;
    private final Disposable subscription;

    private TailProbe(String name, Flux<SessionEvent> tail) {
        this.name = name;
        this.subscription = tail.subscribe(this::got, this::failed, this::completed);
    }

    /**
     * Subscribes to a tail.
     *
     * @param name its name in failure messages
     * @param tail a tail, a replay, or a flux derived from one
     * @return the probe
     */
    public static TailProbe of(String name, Flux<SessionEvent> tail) {
        return new TailProbe(name, tail);
    }

    private synchronized void got(SessionEvent event) {
        events.add(event);
    }

    private synchronized void failed(Throwable failure) {
        error = failure;
        end = "its tail failed: " + failure;
    }

    private synchronized void completed() {
        end = "its tail completed";
    }

    /**
     * The name of the probe.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * The events received so far.
     *
     * @return the events; a copy
     */
    public synchronized List<SessionEvent> events() {
        return List.copyOf(events);
    }

    /**
     * The version that it has reached.
     *
     * @return the version of its last event, or 0 if it has none
     */
    public synchronized long version() {
        return events.isEmpty() ? 0 : events.get(events.size() - 1).version();
    }

    /**
     * Whether its tail has ended.
     *
     * @return whether it completed or failed
     */
    public synchronized boolean isDone() {
        return end != null;
    }

    /**
     * The error with which its tail failed.
     *
     * @return the error, or null
     */
    public synchronized @Nullable Throwable error() {
        return error;
    }

    /** How its tail ended, in words; null if it has not ended. */
    synchronized @Nullable String end() {
        return end;
    }

    /**
     * Waits up to 10 seconds until it has reached a version; see {@link Followers}.
     *
     * @param version the version
     * @return the events received so far
     * @throws AssertionError if it does not reach the version in time
     */
    public List<SessionEvent> await(long version) {
        Followers.of(this).await(version);
        return events();
    }

    /**
     * Waits until it has reached a version.
     *
     * @param version the version
     * @param patience the maximal waiting time
     * @return the events received so far
     * @throws AssertionError if it does not reach the version in time
     */
    public List<SessionEvent> await(long version, Duration patience) {
        Followers.of(this).withPatience(patience).await(version);
        return events();
    }

    /** Cancels its subscription. */
    @Override
    public void close() {
        subscription.dispose();
    }

    @Override
    public String toString() {
        return name + " at version " + version();
    }
}
