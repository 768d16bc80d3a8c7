package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.ReelException;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.StoreOptions;
import dev.reel.spi.DerivedIds;
import dev.reel.testkit.CountingIds;
import dev.reel.testkit.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;

/**
 * A model test: a long random sequence of all operations, reads and writes, valid and invalid, on a store and on a
 * simple model. After every step all tables of the store are compared with the model, and with a rebuild from the log.
 * The same seed produces the same walk. Each failure message contains the seed and the last steps.
 *
 * <pre>{@code
 * RandomWalk.seeded(42).withSteps(1_000).over(options -> MyStore.open(place, options));
 * }</pre>
 *
 * <p>To test a durable store, close and reopen it now and then:
 *
 * <pre>{@code
 * RandomWalk.seeded(42)
 *         .withPause((store, options, random) -> {
 *             if (random.nextInt(20) > 0) {
 *                 return store;
 *             }
 *             store.close();
 *             return MyStore.open(place, options);
 *         })
 *         .over(options -> MyStore.open(place, options));
 * }</pre>
 */
public final class RandomWalk {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int REMEMBERED = 12;

    private final long seed;
    private final int steps;
    private final Pause pause;

    /** An action between two steps. */
    public interface Pause {
        /**
         * Runs between two steps, while no call is under way.
         *
         * @param store the store
         * @param options the options with which it was opened; reuse them, so that clock and ids continue
         * @param random the walk's random generator, so that the same seed produces the same pauses
         * @return the store with which to continue, which must contain everything that the given store contained
         */
        SessionStore between(SessionStore store, StoreOptions options, Random random);
    }

    private RandomWalk(long seed, int steps, Pause pause) {
        this.seed = seed;
        this.steps = steps;
        this.pause = pause;
    }

    /**
     * Creates a walk.
     *
     * @param seed the seed of the random generator
     * @return a walk of 300 steps without pauses
     */
    public static RandomWalk seeded(long seed) {
        return new RandomWalk(seed, 300, (store, options, random) -> store);
    }

    /**
     * Sets the number of steps.
     *
     * @param newSteps the number of calls
     * @return a copy
     */
    public RandomWalk withSteps(int newSteps) {
        return new RandomWalk(seed, newSteps, pause);
    }

    /**
     * Sets an action that runs between the steps.
     *
     * @param newPause the action, for example closing and reopening the store
     * @return a copy
     */
    public RandomWalk withPause(Pause newPause) {
        return new RandomWalk(seed, steps, newPause);
    }

    /**
     * Runs the walk on a store and closes the store.
     *
     * @param opener opens a new, empty store
     * @throws AssertionError if the store differs from the model; the message contains the seed
     */
    public void over(Function<StoreOptions, SessionStore> opener) {
        ManualClock clock = ManualClock.at(Instant.parse("2026-04-26T12:34:56.789Z"));
        StoreOptions options = StoreOptions.standard().withClock(clock).withIds(new CountingIds());
        Walk walk = new Walk(opener.apply(options), clock);
        try {
            for (int step = 1; step <= steps; step++) {
                walk.step(step);
                walk.store = pause.between(walk.store, options, walk.random);
            }
            walk.end();
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError(
                    "random walk with -Dreel.seed=" + seed + ": " + failure.getMessage() + "\nlast steps:\n  "
                            + String.join("\n  ", walk.last),
                    failure);
        } finally {
            walk.store.close();
        }
    }

    private final class Walk {

        final Random random = new Random(seed);
        final Deque<String> last = new ArrayDeque<>();
        private final PlainStore model = new PlainStore();
        private final ManualClock clock;
        private final RandomCalls calls;
        private final RandomReads reads;
        SessionStore store;

        Walk(SessionStore store, ManualClock clock) {
            this.store = store;
            this.clock = clock;
            this.calls = new RandomCalls(random, model, clock);
            this.reads = new RandomReads(random, model);
        }

        void step(int number) {
            clock.advance(Duration.ofMillis(random.nextInt(2_000) - 200L));
            RandomCall call = calls.next();
            if (last.size() == REMEMBERED) {
                last.remove();
            }
            last.add(number + ": " + call);
            Publisher<?> write = once(call);
            Object first = perform(call, write);
            if (random.nextInt(6) == 0) {
                again(call, write, first, "the same write subscribed to again");
            }
            boolean written = !(first instanceof Throwable) && (call.purges || !call.events.isEmpty());
            if (written && call.idempotencyKey != null) {
                again(call, once(call), first, "called again with the same idempotency key");
            }
            compare();
            reads.look(store);
        }

        /** Returns the publisher of a call, or an error publisher if the call threw. */
        private Publisher<?> once(RandomCall call) {
            try {
                return call.method.on(store);
            } catch (RuntimeException e) {
                return Flux.error(e);
            }
        }

        private @Nullable Object perform(RandomCall call, Publisher<?> write) {
            PlainRows before = model.rows(call.session);
            Object result = result(write);
            if (result instanceof Throwable failure) {
                boolean right =
                        call.failures.contains(failure.getClass()) || call.openFailures.contains(failure.getClass());
                if (!right) {
                    throw new AssertionError(
                            call + "\nfails with " + failure + "\nexpected " + expectation(call), failure);
                }
                assertEquals(ReelException.Outcome.NOT_WRITTEN, ((ReelException) failure).outcome());
                return result;
            }
            assertTrue(call.failures.isEmpty(), () -> call + "\ngives " + result + "\nexpected " + expectation(call));
            List<SessionEvent> events = call.purges ? purged(call) : appended(call);
            RandomCall.Outcome outcome = new RandomCall.Outcome(events, before, model.rows(call.session));
            assertEquals(call.answer.apply(outcome), result, () -> "answer of " + call);
            return result;
        }

        private static String expectation(RandomCall call) {
            return call.failures.isEmpty() ? "success" : call.failures.toString();
        }

        private static @Nullable Object result(Publisher<?> write) {
            try {
                return Flux.from(write).blockLast(PATIENCE);
            } catch (RuntimeException e) {
                Throwable actual = Exceptions.unwrap(e);
                if (!(actual instanceof ReelException)) {
                    throw new AssertionError("not an exception of the contract: " + actual, actual);
                }
                return actual;
            }
        }

        private List<SessionEvent> purged(RandomCall call) {
            if (model.version(call.session) == 0) {
                return List.of();
            }
            SessionEvent purged = Objects.requireNonNull(store.tailAll(FeedPlace.of(model.position()), FeedFilter.all())
                    .blockFirst(PATIENCE));
            assertEquals("session_purged", purged.type());
            assertEquals(call.session, purged.sessionId());
            model.purge(call.session, purged.position());
            return List.of(purged);
        }

        /** Checks that the appended events are the predicted ones, adds them to the model, and returns them. */
        private List<SessionEvent> appended(RandomCall call) {
            if (call.parent != null) {
                model.inherit(call.parent, call.parentVersion, call.session);
            }
            long before = model.version(call.session);
            List<SessionEvent> events =
                    Objects.requireNonNull(store.replay(call.session, Range.between(before, Long.MAX_VALUE))
                            .collectList()
                            .block(PATIENCE));
            assertEquals(
                    call.events.stream().map(RandomCall.Planned::type).toList(),
                    events.stream().map(SessionEvent::type).toList(),
                    () -> "events of " + call);
            Instant next = model.next(call.session, clock.instant());
            long position = model.position();
            for (int i = 0; i < events.size(); i++) {
                RandomCall.Planned planned = call.events.get(i);
                SessionEvent event = events.get(i);
                assertEquals(before + i + 1, event.version(), "version");
                assertEquals(normal(planned.data()), normal(event.data()), "data");
                Instant at = planned.at() == null ? next : planned.at();
                assertEquals(at, event.at(), () -> "instant of " + event);
                String id = planned.id() != null || call.idempotencyKey == null
                        ? planned.id()
                        : DerivedIds.ofEvent(call.session, call.idempotencyKey, i);
                assertEquals(id == null ? event.id() : id, event.id(), "event id");
                assertTrue(event.position() > position, () -> "position of " + event);
                position = event.position();
                // The next instant is neither before this one nor before the clock's.
                next = at.isAfter(clock.instant()) ? at : clock.instant();
            }
            if (!events.isEmpty()) {
                model.append(call.session, events);
            }
            return events;
        }

        /** Normalizes data in which an absent member means the same as null or empty. */
        private static Json normal(Json data) {
            Json normal = data;
            for (String name : List.of("message_id", "snapshots")) {
                Json value = normal.get(name);
                if (value != null && (value.isNull() || value.equals(Json.EMPTY_OBJECT))) {
                    normal = normal.without(name);
                }
            }
            return normal;
        }

        /** R6: all subscriptions of a write perform the same write, and a failed write is decided again. */
        private void again(RandomCall call, Publisher<?> write, @Nullable Object first, String how) {
            Object second = result(write);
            if (first instanceof Throwable) {
                assertEquals(first.getClass(), second == null ? null : second.getClass(), () -> how + ": " + call);
            } else {
                assertEquals(plain(first), plain(second), () -> how + ": " + call);
            }
        }

        /** Returns a result without the flag that marks a repeat. */
        private static @Nullable Object plain(@Nullable Object answer) {
            return answer instanceof Commit commit
                    ? new Commit(
                            commit.sessionId(),
                            commit.firstVersion(),
                            commit.version(),
                            commit.eventId(),
                            commit.position(),
                            commit.at(),
                            false)
                    : answer;
        }

        /** Compares every table with the model and with a rebuild from the log. */
        private void compare() {
            for (String session : RandomWords.SESSIONS) {
                compare(session);
            }
            assertEquals(model.sessionIds(), list(store.sessionIds()), "sessionIds");
            assertEquals(model.list(SessionQuery.all()), list(store.listSessions(SessionQuery.all())), "listSessions");
            // Positions may have gaps: the feed also passes the position of a failed write.
            assertTrue(feedReaches(model.position()), "position of the feed");
            for (int i = 0; i < RandomWords.SNAPSHOTS; i++) {
                String id = "c" + i;
                List<String> holders = model.holders(id);
                Snapshot held = holders.isEmpty()
                        ? null
                        : Objects.requireNonNull(
                                        model.rows(holders.get(0)).snapshots.get(id))
                                .row();
                assertEquals(held, store.getSnapshot(id).block(PATIENCE), () -> "getSnapshot " + id);
            }
        }

        /** Waits for the feed, which may show an event a moment after the result of its write. */
        private boolean feedReaches(long position) {
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (Objects.requireNonNull(store.position().block(PATIENCE)).position() < position) {
                if (System.nanoTime() > end) {
                    return false;
                }
                Thread.onSpinWait();
            }
            return true;
        }

        private void compare(String session) {
            PlainRows rows = model.rows(session);
            assertEquals(rows.session, store.getSession(session).block(PATIENCE), () -> "getSession " + session);
            assertEquals(rows.messageRows(), list(store.listMessages(session)), () -> "listMessages " + session);
            assertEquals(rows.snapshotRows(), list(store.listSnapshots(session)), () -> "listSnapshots " + session);
            List<SessionEvent> log = list(store.replay(session, Range.all()));
            assertEquals(model.log(session), log, () -> "log of " + session);
            SessionState state = store.state(session).block(PATIENCE);
            assertEquals(rows.version == 0, state == null, () -> "state of " + session);
            if (state != null) {
                SessionState rebuilt = SessionState.empty(session);
                for (SessionEvent event : log) {
                    rebuilt = rebuilt.apply(event);
                }
                assertEquals(rebuilt, state, () -> "rebuild of " + session);
                RandomReads.assertSame(rows, state);
            }
        }

        void end() {
            List<PlainStore.Entry> feed = list(store.replayAll(FeedPlace.start(), FeedFilter.all())).stream()
                    .map(event ->
                            new PlainStore.Entry(event.sessionId(), event.version(), event.type(), event.position()))
                    .toList();
            assertEquals(new ArrayList<>(model.feed()), feed, "feed");
            for (String session : RandomWords.SESSIONS) {
                for (long version = 0; version <= model.version(session); version++) {
                    RandomReads.assertSame(
                            model.rows(session, version),
                            Objects.requireNonNull(store.asOf(session, version).block(PATIENCE)));
                }
            }
        }

        private <T> List<T> list(Flux<T> flux) {
            return Objects.requireNonNull(flux.collectList().block(PATIENCE));
        }
    }
}
