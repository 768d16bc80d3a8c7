package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** R12: on which threads subscribers are called, and what they may do there. */
abstract class DeliveryContract extends ContractGroup {

    DeliveryContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    /** Runs work on another thread and waits for it. */
    private static <T> T elsewhere(Callable<T> work) {
        try {
            return CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return work.call();
                                } catch (Exception e) {
                                    throw new IllegalStateException(e);
                                }
                            },
                            command -> new Thread(command, "elsewhere").start())
                    .get(patience().toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("the call did not finish in time", e);
        }
    }

    @Test
    @DisplayName("R12: live events are emitted on threads of the store, never on the writer's or the subscriber's")
    void liveOnThePool() {
        append("s", custom("a", 1));
        Set<Thread> writers = new HashSet<>(List.of(Thread.currentThread()));
        Probe<SessionEvent> tail = Probe.of(store().tail("s", From.now()));
        Probe<SessionEvent> feed = Probe.of(store().tailAll(get(store().position()), FeedFilter.all()));
        for (int n = 0; n < 50; n++) {
            append("s", custom("a", n));
            elsewhere(() -> {
                synchronized (writers) {
                    writers.add(Thread.currentThread());
                }
                return append("s", custom("b", 0));
            });
        }
        tail.await(100);
        feed.await(100);
        assertFalse(tail.threads().stream().anyMatch(writers::contains), "tail: " + tail.threads());
        assertFalse(feed.threads().stream().anyMatch(writers::contains), "feed: " + feed.threads());
    }

    @Test
    @DisplayName("R12: subscribe returns although events keep coming")
    void subscribeReturns() {
        appendMany("s", 3);
        int enough = 20_000;
        AtomicBoolean returned = new AtomicBoolean();
        AtomicInteger seen = new AtomicInteger();
        Probe<SessionEvent> probe = Probe.of(store().tail("s", From.start()), event -> {
            // Until subscribe has returned, there is always one more event to emit.
            if (!returned.get() && seen.incrementAndGet() < enough) {
                append("s", custom("more", seen.get()));
            }
        });
        returned.set(true);
        assertTrue(seen.get() < enough, "subscribe returned only after the last event");
        gaveTheLog(probe);
    }

    @Test
    @DisplayName("R12: request returns although events keep coming")
    void requestReturns() {
        appendMany("s", 3);
        int enough = 20_000;
        AtomicBoolean returned = new AtomicBoolean();
        AtomicInteger seen = new AtomicInteger();
        Probe<SessionEvent> probe = Probe.requesting(0, store().tail("s", From.start()), event -> {
            if (!returned.get() && seen.incrementAndGet() < enough) {
                append("s", custom("more", seen.get()));
            }
        });
        probe.request(Long.MAX_VALUE);
        returned.set(true);
        assertTrue(seen.get() < enough, "request returned only after the last event");
        gaveTheLog(probe);
    }

    private void gaveTheLog(Probe<SessionEvent> probe) {
        List<SessionEvent> events =
                probe.await((int) append("s", custom("last", 0)).version());
        assertEquals(range(1, events.size()), versionsOf(events));
    }

    @Test
    @DisplayName("R12: a subscriber can write to the session that it tails, and wait for the result")
    void writesToItsOwnSession() {
        append("s", custom("ping", 0));
        Probe<SessionEvent> probe = Probe.of(store().tail("s", From.start()), event -> {
            if (event.type().equals("ping")) {
                append("s", custom("pong", 0));
            }
        });
        for (int n = 1; n < 10; n++) {
            append("s", custom("ping", n));
        }
        List<SessionEvent> events = probe.await(20);
        assertEquals(range(1, 20), versionsOf(events));
        assertEquals(10, events.stream().filter(e -> e.type().equals("pong")).count());
    }

    @Test
    @DisplayName("R12: a subscriber can wait on its thread for writes and reads of any session")
    void waitsForOtherSessions() {
        Probe<SessionEvent> probe = Probe.of(store().tail("s", From.start()), event -> {
            Commit written = append("t", custom("copy", (int) event.version()));
            assertEquals(
                    written.version(), all(store().replay("t", Range.all())).size());
        });
        Probe<SessionEvent> copies = Probe.of(store().tail("t", From.start()));
        for (int n = 0; n < 10; n++) {
            append("s", custom("a", n));
        }
        assertEquals(range(1, 10), versionsOf(probe.await(10)));
        assertEquals(range(1, 10), versionsOf(copies.await(10)));
    }

    @Test
    @DisplayName("R12: no lock is held while a subscriber of a tail, a replay, the feed or an answer is called")
    void noLockIsHeld() {
        append("s", custom("a", 1));
        List<Integer> done = new ArrayList<>();
        Runnable everything = () -> {
            elsewhere(() -> append("s", custom("from elsewhere", 0)));
            elsewhere(() -> append("t", custom("from elsewhere", 0)));
            elsewhere(() -> log("s"));
            elsewhere(() -> get(store().state("s")));
            elsewhere(() -> Probe.of(store().tail("s", From.start())).await(2));
            elsewhere(() -> get(store().position()).position());
            synchronized (done) {
                done.add(done.size());
            }
        };
        get(store().replay("s", Range.all()).doOnNext(e -> everything.run()).collectList());
        get(store().tail("s", From.last(1)).doOnNext(e -> everything.run()).next());
        get(store().replayAll(FeedPlace.start(), FeedFilter.all())
                .take(1)
                .doOnNext(e -> everything.run())
                .collectList());
        get(store().append("s", customs(1)).doOnNext(c -> everything.run()));
        get(store().state("s").doOnNext(c -> everything.run()));
        Flux<SessionEvent> live = store().tail("s", From.now()).take(1).doOnNext(e -> everything.run());
        CompletableFuture<List<SessionEvent>> heard = live.collectList().toFuture();
        append("s", custom("a", 2));
        assertEquals(1, get(Mono.fromFuture(heard)).size());
        assertEquals(6, done.size());
    }

    @Test
    @DisplayName("R12: with one blocking subscriber fewer than threads, 100 others receive everything")
    void blockersHoldOneThreadEach() throws Exception {
        int threads = 4;
        SessionStore store = open(options.withDeliveryThreads(threads));
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(threads - 1);
        try {
            List<Probe<SessionEvent>> blockers = tails(store, threads - 1, event -> block(blocked, release));
            List<Probe<SessionEvent>> others = tails(store, 100, event -> {});
            get(store.append("s", customs(1)));
            assertTrue(blocked.await(patience().toSeconds(), TimeUnit.SECONDS), "blockers are called");
            for (int n = 0; n < 50; n++) {
                get(store.append("s", customs(2)));
            }
            for (Probe<SessionEvent> other : others) {
                assertEquals(range(1, 101), versionsOf(other.await(101)));
            }
            assertEquals(1, blockers.get(0).items().size());
            release.countDown();
            for (Probe<SessionEvent> blocker : blockers) {
                assertEquals(range(1, 101), versionsOf(blocker.await(101)));
            }
        } finally {
            release.countDown();
        }
    }

    @Test
    @DisplayName("R12: with as many blocking subscribers as threads, tails wait and writers do not; nothing is lost")
    void writersNeverWait() throws Exception {
        int threads = 2;
        SessionStore store = open(options.withDeliveryThreads(threads));
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(threads);
        try {
            List<Probe<SessionEvent>> probes = tails(store, threads + 3, event -> blockInSomeWay(blocked, release));
            get(store.append("s", customs(1)));
            assertTrue(blocked.await(patience().toSeconds(), TimeUnit.SECONDS), "blockers are called");
            for (int n = 0; n < 200; n++) {
                get(store.append("s", customs(1)));
                get(store.append("t" + n, customs(1)));
            }
            assertEquals(201, all(store.replay("s", Range.all())).size(), "readers do not wait either");
            release.countDown();
            for (Probe<SessionEvent> probe : probes) {
                assertEquals(range(1, 201), versionsOf(probe.await(201)));
            }
        } finally {
            release.countDown();
        }
    }

    @Test
    @DisplayName("R12: a subscriber that blocks in history occupies only the requesting thread")
    void blockingInHistory() throws Exception {
        append("s", custom("a", 1));
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(1);
        AtomicReference<@Nullable Probe<SessionEvent>> made = new AtomicReference<>();
        Thread subscriber = new Thread(
                () -> made.set(Probe.of(store().tail("s", From.start()), event -> block(blocked, release))),
                "subscriber");
        subscriber.start();
        try {
            assertTrue(blocked.await(patience().toSeconds(), TimeUnit.SECONDS), "history is emitted");
            Probe<SessionEvent> other = Probe.of(store().tail("s", From.start()));
            appendMany("s", 3);
            assertEquals(range(1, 4), versionsOf(other.await(4)));
        } finally {
            release.countDown();
        }
        subscriber.join(patience().toMillis());
        Probe<SessionEvent> probe = made.get();
        assertTrue(probe != null, "subscribe returned");
        assertEquals(range(1, 4), versionsOf(probe.await(4)));
    }

    private static List<Probe<SessionEvent>> tails(SessionStore store, int count, Consumer<SessionEvent> each) {
        List<Probe<SessionEvent>> probes = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            probes.add(Probe.of(store.tail("s", From.start()), each));
        }
        return probes;
    }

    /** Blocks in one of several ways, since pools handle some kinds of waiting specially. */
    private static void blockInSomeWay(CountDownLatch blocked, CountDownLatch until) {
        CompletableFuture<Boolean> released = new CompletableFuture<>();
        BlockingQueue<Boolean> queue = new LinkedBlockingQueue<>();
        Thread releaser = new Thread(() -> {
            block(blocked, until);
            released.complete(true);
            queue.add(true);
        });
        releaser.setDaemon(true);
        releaser.start();
        assertTrue(released.join());
        try {
            assertTrue(queue.take());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void block(CountDownLatch blocked, CountDownLatch until) {
        blocked.countDown();
        try {
            // Longer than any test waits for something that must not depend on this.
            assertTrue(until.await(10 * patience().toMillis(), TimeUnit.MILLISECONDS), "released");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    @DisplayName(
            "R12: block() on a thread of the store fails immediately, in the callback of a write and of a live event")
    void blockFailsAtOnce() {
        Thread here = Thread.currentThread();
        Probe<Object> live = Probe.of(store().tail("s", From.now())
                .map(event -> refused(() -> store().append("other", customs(1)).block())));
        Mono<Object> answer = store().append("s", customs(1))
                .map(commit -> Thread.currentThread() == here
                        ? "on the thread that subscribed"
                        : refused(() -> store().append("other", customs(1)).block()));
        assertTrue(get(answer) instanceof String);
        assertEquals("refused", live.await(1).get(0));
        assertEquals(
                "the way to do it",
                get(store().append("s", customs(1))
                        .flatMap(commit -> store().position())
                        .publishOn(Schedulers.boundedElastic())
                        .map(position -> {
                            store().append("other", customs(1)).block();
                            return "the way to do it";
                        })));
    }

    private static Object refused(Supplier<@Nullable Commit> blocking) {
        try {
            return "it gave " + blocking.get();
        } catch (IllegalStateException e) {
            return "refused";
        }
    }

    @Test
    @DisplayName("R12: with one sleeping callback fewer than threads, other calls have results, repeatedly")
    void sleepersHoldOneThreadEach() throws Exception {
        int threads = 4;
        SessionStore store = open(options.withDeliveryThreads(threads));
        for (int trial = 0; trial < 20; trial++) {
            CountDownLatch release = new CountDownLatch(1);
            CountDownLatch blocked = new CountDownLatch(threads - 1);
            try {
                for (int n = 0; n < threads - 1; n++) {
                    subscribeElsewhere(store.append("s" + n, customs(1)), commit -> block(blocked, release));
                }
                assertTrue(
                        blocked.await(patience().toSeconds(), TimeUnit.SECONDS),
                        "the sleeping subscribers have results");
                List<Mono<Commit>> others = new ArrayList<>();
                for (int n = 0; n < 50; n++) {
                    others.add(store.append("other" + n, customs(1)));
                }
                assertEquals(50, all(Flux.merge(others)).size());
            } finally {
                release.countDown();
            }
        }
    }

    @Test
    @DisplayName(
            "R12: with as many sleeping callbacks as threads, writes are still accepted, made durable and published")
    void sleepersStopNoWriter() throws Exception {
        int threads = 2;
        SessionStore store = open(options.withDeliveryThreads(threads));
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(threads);
        try {
            for (int n = 0; n < threads; n++) {
                subscribeElsewhere(store.append("s" + n, customs(1)), commit -> block(blocked, release));
            }
            assertTrue(
                    blocked.await(patience().toSeconds(), TimeUnit.SECONDS), "the sleeping subscribers have results");
            CountDownLatch answered = new CountDownLatch(20);
            for (int n = 0; n < 20; n++) {
                store.append("t", customs(1)).subscribe(commit -> answered.countDown());
            }
            awaitPublished(store, "t", 20);
            release.countDown();
            assertTrue(answered.await(patience().toSeconds(), TimeUnit.SECONDS), "then the results are emitted");
        } finally {
            release.countDown();
        }
    }

    /** Subscribes on a new thread, since a memory store may emit the result on the subscribing thread. */
    private static <T> void subscribeElsewhere(Mono<T> mono, Consumer<T> answered) {
        Thread thread = new Thread(() -> mono.subscribe(answered), "subscriber");
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits until a version is published. The state is in memory, so it is emitted on this thread. */
    private static void awaitPublished(SessionStore store, String session, long version) {
        long deadline = System.nanoTime() + patience().toNanos();
        AtomicReference<@Nullable Long> seen = new AtomicReference<>();
        do {
            store.replay(session, Range.all()).count().subscribe(seen::set);
            Thread.onSpinWait();
        } while (!Long.valueOf(version).equals(seen.get()) && System.nanoTime() < deadline);
        assertEquals(version, seen.get());
    }

    @Test
    @DisplayName("R12: a subscriber that writes again in its callback, thousands of times, does not overflow the stack")
    void writesInItsAnswer() throws Exception {
        int depth = 3_000;
        CountDownLatch done = new CountDownLatch(1);
        Thread thread = new Thread(null, () -> again(depth, done), "small stack", 256 << 10);
        thread.setDaemon(true);
        thread.start();
        assertTrue(done.await(patience().toSeconds(), TimeUnit.SECONDS), "all have results");
        assertEquals(depth + 1, append("s", custom("last", 0)).version());
    }

    private void again(int left, CountDownLatch done) {
        if (left == 0) {
            done.countDown();
        } else {
            store().append("s", custom("a", left)).subscribe(commit -> again(left - 1, done));
        }
    }

    @Test
    @DisplayName("R12: a chain of thousands of writes, each after the previous one, does not overflow the stack")
    void chain() {
        int length = 3_000;
        Mono<?> all = Mono.empty();
        for (int n = 1; n <= length; n++) {
            all = all.then(store().append("s", custom("a", n)));
        }
        maybe(all);
        assertEquals(length + 1, append("s", custom("last", 0)).version());
    }

    @Test
    @DisplayName("R12: a callback that waits on its thread for the result of another write gets it, at any depth")
    void waitsInItsAnswer() {
        AtomicInteger depth = new AtomicInteger();
        // Each level may occupy a thread.
        waitDeeper(open(options.withDeliveryThreads(64)), depth, 40);
        assertEquals(40, depth.get());
    }

    private static void waitDeeper(SessionStore store, AtomicInteger depth, int left) {
        if (left > 0) {
            get(store.append("s" + left, customs(1)).doOnNext(commit -> {
                depth.incrementAndGet();
                waitDeeper(store, depth, left - 1);
            }));
        }
    }
}
