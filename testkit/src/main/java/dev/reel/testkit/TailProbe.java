package dev.reel.testkit;

import dev.reel.SessionEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * A subscriber with a name, which keeps what it got. It requests without bound; to test demand, use a StepVerifier.
 *
 * <pre>{@code
 * try (TailProbe console = TailProbe.of("console", store.tail(id, From.start()))) {
 *     store.append(id, EventDraft.of("tick", Json.object("n", 1))).block();
 *     console.await(1); // or it says how far it got, and whether its tail ended
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
     * Subscribes.
     *
     * @param name what it is called when somebody waits for it
     * @param tail what it reads: a tail, a replay, or something made of one
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
     * What it is called.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * What it got so far.
     *
     * @return the events; a copy
     */
    public synchronized List<SessionEvent> events() {
        return List.copyOf(events);
    }

    /**
     * How far it got.
     *
     * @return the version of its last event, 0 for none
     */
    public synchronized long version() {
        return events.isEmpty() ? 0 : events.get(events.size() - 1).version();
    }

    /**
     * Whether its tail is over.
     *
     * @return whether it completed or failed
     */
    public synchronized boolean isDone() {
        return end != null;
    }

    /**
     * Why its tail failed.
     *
     * @return the error, or null
     */
    public synchronized @Nullable Throwable error() {
        return error;
    }

    /** How its tail ended, in words; null while it goes on. */
    synchronized @Nullable String end() {
        return end;
    }

    /**
     * Waits until it has a version, up to 10 seconds; see {@link Followers}.
     *
     * @param version the version
     * @return what it got
     * @throws AssertionError when it does not come
     */
    public List<SessionEvent> await(long version) {
        Followers.of(this).await(version);
        return events();
    }

    /**
     * Waits until it has a version.
     *
     * @param version the version
     * @param patience how long
     * @return what it got
     * @throws AssertionError when it does not come
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
