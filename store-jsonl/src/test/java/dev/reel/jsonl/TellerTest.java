package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.ReelException;
import dev.reel.StoreOptions;
import dev.reel.internal.engine.Engine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TellerTest {

    /** An entry that cannot be reported. */
    private static final class Broken extends JournalEntry {

        Broken() {
            super(Frame.Kind.EVENTS, "a", 1, 1, List.of(new byte[] {'x'}), null, null, null);
        }

        @Override
        FileEnd sessionEnd() {
            return FileEnd.EMPTY;
        }

        @Override
        void durable() {
            throw new IllegalStateException("a test");
        }

        @Override
        void failed(ReelException why) {
            durable();
        }
    }

    @Test
    @DisplayName("if an entry can't be reported, the entries after it still are")
    void others() {
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        Teller teller = new Teller(failures::add);
        TestEntry next = TestEntry.events("b", 1, 2, "line");
        teller.add(List.of(new Broken(), next));
        teller.close();
        assertTrue(next.isTold());
        assertEquals(
                List.of("a test"), failures.stream().map(Throwable::getMessage).toList());
    }

    /** An entry that keeps the thread by which it was reported. */
    private static final class Noted extends JournalEntry {

        private final List<String> threads;
        private final Runnable first;

        Noted(List<String> threads, Runnable first) {
            super(Frame.Kind.EVENTS, "a", 1, 1, List.of(new byte[] {'x'}), null, null, null);
            this.threads = threads;
            this.first = first;
        }

        @Override
        FileEnd sessionEnd() {
            return FileEnd.EMPTY;
        }

        @Override
        void durable() {
            first.run();
            threads.add(Thread.currentThread().getName());
        }

        @Override
        void failed(ReelException why) {
            durable();
        }
    }

    @Test
    @DisplayName(
            "a small group is reported by its caller if the thread is idle, and otherwise after the groups before it")
    void smallGroups() throws Exception {
        try (Engine engine = Engine.inMemory(StoreOptions.standard())) {
            Teller teller = new Teller(error -> {});
            teller.start(engine);
            List<String> threads = new CopyOnWriteArrayList<>();
            String caller = Thread.currentThread().getName();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (!threads.contains(caller)) {
                assertTrue(System.nanoTime() < deadline, "no small group was reported by its caller");
                // The thread becomes idle only if nothing is added for a moment.
                LockSupport.parkNanos(1_000_000);
                teller.add(List.of(new Noted(threads, () -> {})));
            }

            CountDownLatch reached = new CountDownLatch(1);
            CountDownLatch released = new CountDownLatch(1);
            List<String> large = new CopyOnWriteArrayList<>();
            List<JournalEntry> entries = new ArrayList<>();
            entries.add(new Noted(large, () -> {
                reached.countDown();
                await(released);
            }));
            for (int n = 0; n < 16; n++) {
                entries.add(new Noted(large, () -> {}));
            }
            teller.add(entries);
            await(reached);
            List<String> small = new CopyOnWriteArrayList<>();
            List<Integer> before = new CopyOnWriteArrayList<>();
            teller.add(List.of(new Noted(small, () -> before.add(large.size()))));
            assertEquals(List.of(), small);
            released.countDown();
            teller.close();
            assertEquals(List.of(17), before);
            assertEquals(Collections.nCopies(17, "reel-teller"), large);
            assertEquals(List.of("reel-teller"), small);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
