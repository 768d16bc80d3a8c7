package dev.reel.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** R11: the log is the buffer. Measures how many bytes of heap a slow tail keeps besides it. */
@Tag("proof")
class SlowTailHeapTest {

    private static final int EVENTS = 1_000_000;
    /** How many more events are written while the tail reads the first ones. */
    private static final int MEANWHILE = 100_000;
    /** The version at which the tail first stops, so that nearly all of the log waits for it. */
    private static final int STALLED_AT = 1_000;

    private static final int BATCH = 100;
    private static final long MAX_DIFFERENCE = 1_000_000;

    /** The heap in use while a backlog of all events waits, and after it was read while the writer continued. */
    private record Heap(long behind, long caughtUp) {}

    @Test
    @DisplayName(
            "R11: a tail that requests one at a time of 1,000,000 events, while a writer continues, uses less than 1 MB")
    void oneAtATime(TestReporter reporter) throws Exception {
        // Loads the classes and starts the threads.
        run(true, 20_000, 2_000);
        run(false, 20_000, 2_000);
        for (int round = 1; round <= 2; round++) {
            Heap without = run(false, EVENTS, MEANWHILE);
            Heap with = run(true, EVENTS, MEANWHILE);
            long behind = with.behind() - without.behind();
            long caughtUp = with.caughtUp() - without.caughtUp();
            String result = "without a tail " + without + ", with one " + with + ": " + behind + " and " + caughtUp
                    + " bytes more";
            reporter.publishEntry("round " + round, result);
            assertTrue(Math.abs(behind) < MAX_DIFFERENCE, result);
            assertTrue(Math.abs(caughtUp) < MAX_DIFFERENCE, result);
        }
    }

    private static Heap run(boolean withTail, int events, int meanwhile) throws Exception {
        long before = usedHeap();
        try (SessionStore store = MemorySessionStore.create()) {
            OneAtATime tail = new OneAtATime(events + meanwhile);
            if (withTail) {
                store.tail("s", From.start()).subscribe(tail);
            }
            write(store, 0, events);
            if (withTail) {
                assertTrue(tail.stalled.await(60, TimeUnit.SECONDS));
                assertEquals(STALLED_AT, tail.count);
            }
            long behind = usedHeap() - before;
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> write(store, events, meanwhile));
            if (withTail) {
                tail.goOn();
                assertTrue(tail.done.await(120, TimeUnit.SECONDS), () -> "read " + tail.count);
                assertEquals(events + meanwhile, tail.count);
                assertTrue(tail.inOrder, "each version once, in order");
            }
            writer.get(120, TimeUnit.SECONDS);
            long caughtUp = usedHeap() - before;
            if (withTail) {
                tail.cancel();
            }
            return new Heap(behind, caughtUp);
        }
    }

    private static void write(SessionStore store, int from, int count) {
        for (int n = from; n < from + count; n += BATCH) {
            List<EventDraft> batch = new ArrayList<>();
            for (int i = n; i < n + BATCH; i++) {
                batch.add(EventDraft.of("n", Json.object("n", i)));
            }
            store.append("s", batch).block();
        }
    }

    /** The reachable heap in bytes: collects garbage until nothing more is freed. */
    private static long usedHeap() throws InterruptedException {
        long used = Long.MAX_VALUE;
        for (int stable = 0; stable < 3; ) {
            System.gc();
            long now = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            stable = now < used - 10_000 ? 0 : stable + 1;
            used = Math.min(used, now);
        }
        return used;
    }

    /** Requests one event after the other, stops once in between, and keeps no events. */
    private static final class OneAtATime extends BaseSubscriber<SessionEvent> {

        private final int last;
        private final CountDownLatch stalled = new CountDownLatch(1);
        private final CountDownLatch done = new CountDownLatch(1);
        private volatile int count;
        private volatile boolean inOrder = true;

        OneAtATime(int last) {
            this.last = last;
        }

        void goOn() {
            request(1);
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            request(1);
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // signals come one at a time
        protected void hookOnNext(SessionEvent event) {
            int n = count + 1;
            inOrder &= event.version() == n;
            count = n;
            if (n == STALLED_AT) {
                stalled.countDown();
            } else if (n == last) {
                done.countDown();
            } else {
                request(1);
            }
        }
    }
}
