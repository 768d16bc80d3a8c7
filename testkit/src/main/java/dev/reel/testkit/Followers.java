package dev.reel.testkit;

import dev.reel.SessionState;
import dev.reel.SessionStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits until several named followers of a session have reached a version, and reports those that have not. A follower
 * is anything that has a version: a {@link TailProbe}, or your own projection.
 *
 * <pre>{@code
 * Followers.of(console)
 *         .with("token counter", counter::version)
 *         .withPatience(Duration.ofSeconds(5))
 *         .awaitPublished(store, id);
 * }</pre>
 *
 * <pre>
 * 1 of 2 followers did not reach version 12 within PT5S:
 *   console: at version 12
 *   token counter: at version 7, 5 behind
 * </pre>
 *
 * <p>Immutable. Waiting blocks the thread of the test and polls every few milliseconds. It ends early if a probe's tail
 * has ended before the version.
 */
public final class Followers {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long PAUSE_MILLIS = 2;

    private final List<Follower> followers;
    private final Duration patience;

    private record Follower(String name, LongSupplier version, Supplier<@Nullable String> end) {}

    private Followers(List<Follower> followers, Duration patience) {
        this.followers = followers;
        this.patience = patience;
    }

    /**
     * Returns the followers for some probes.
     *
     * @param probes the probes
     * @return the followers
     */
    public static Followers of(TailProbe... probes) {
        Followers all = new Followers(List.of(), PATIENCE);
        for (TailProbe probe : probes) {
            all = all.and(new Follower(probe.name(), probe::version, probe::end));
        }
        return all;
    }

    /**
     * Adds a follower.
     *
     * @param name its name in a failure message
     * @param version returns the version that it has reached
     * @return the followers
     */
    public Followers with(String name, LongSupplier version) {
        return and(new Follower(name, version, () -> null));
    }

    /**
     * Sets the maximal waiting time; the default is 10 seconds.
     *
     * @param newPatience how long to wait
     * @return the followers
     */
    public Followers withPatience(Duration newPatience) {
        return new Followers(followers, newPatience);
    }

    private Followers and(Follower follower) {
        List<Follower> more = new ArrayList<>(followers);
        more.add(follower);
        return new Followers(List.copyOf(more), patience);
    }

    /**
     * Waits until all followers have reached the version that is published now.
     *
     * @param store the store
     * @param sessionId the session
     * @throws AssertionError if a follower does not reach it; the message names the followers that lag
     */
    public void awaitPublished(SessionStore store, String sessionId) {
        SessionState state = store.state(sessionId).block(patience);
        await(state == null ? 0 : state.version());
    }

    /**
     * Waits until all followers have reached a version.
     *
     * @param version the version
     * @throws AssertionError if a follower does not reach it; the message names the followers that lag
     */
    public void await(long version) {
        long start = System.nanoTime();
        while (!allReached(version)) {
            boolean tooLong = System.nanoTime() - start > patience.toNanos();
            if (tooLong || oneEndedBefore(version)) {
                if (allReached(version)) {
                    return;
                }
                throw new AssertionError(report(version, tooLong));
            }
            pause();
        }
    }

    private boolean allReached(long version) {
        return followers.stream().allMatch(it -> it.version().getAsLong() >= version);
    }

    private boolean oneEndedBefore(long version) {
        return followers.stream()
                .anyMatch(it -> it.end().get() != null && it.version().getAsLong() < version);
    }

    private String report(long version, boolean tooLong) {
        StringBuilder lines = new StringBuilder();
        int behind = 0;
        for (Follower follower : followers) {
            long at = follower.version().getAsLong();
            String end = follower.end().get();
            lines.append("\n  ").append(follower.name()).append(": at version ").append(at);
            if (at < version) {
                behind++;
                lines.append(", ").append(version - at).append(" behind");
            }
            if (end != null) {
                lines.append("; ").append(end);
            }
        }
        return behind + " of " + followers.size() + (followers.size() == 1 ? " follower" : " followers")
                + (tooLong
                        ? " did not reach version " + version + " within " + patience
                        : " cannot reach version " + version)
                + ":" + lines;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting", e);
        }
    }
}
