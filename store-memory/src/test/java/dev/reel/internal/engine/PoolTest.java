package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.scheduler.Schedulers;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PoolTest {

    private static final int SECONDS = 20;

    @Test
    @DisplayName("tasks that find all threads busy run in order when a thread is free")
    void busy() throws Exception {
        Pool pool = Pool.forWork("test", 1);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1_000);
        List<Integer> order = new ArrayList<>();
        pool.execute(() -> await(release));
        for (int n = 0; n < 1_000; n++) {
            int number = n;
            pool.execute(() -> {
                order.add(number);
                done.countDown();
            });
        }
        assertEquals(1_000, done.getCount());
        release.countDown();
        assertTrue(done.await(SECONDS, TimeUnit.SECONDS));
        assertEquals(IntStream.range(0, 1_000).boxed().toList(), order);
    }

    @Test
    @DisplayName("a thread that one subscriber task holds is counted until the task ends; working threads are not")
    void held() throws Exception {
        Pool pool = Pool.forSubscribers("test", 2);
        Pool working = Pool.forWork("test", 2);
        CountDownLatch release = new CountDownLatch(1);
        pool.execute(() -> await(release));
        working.execute(() -> await(release));
        while (pool.heldLongerThan(1_000_000) != 1) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        assertEquals(0, pool.heldLongerThan(TimeUnit.HOURS.toNanos(1)));
        assertEquals(0, working.heldLongerThan(0));
        release.countDown();
        while (pool.heldLongerThan(0) != 0) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Test
    @DisplayName("if one thread is not asleep, tasks continue, in each of many trials")
    void sleepers() throws Exception {
        Pool pool = Pool.forWork("test", 4);
        for (int trial = 0; trial < 200; trial++) {
            CountDownLatch release = new CountDownLatch(1);
            CountDownLatch asleep = new CountDownLatch(3);
            CountDownLatch done = new CountDownLatch(50);
            for (int n = 0; n < 3; n++) {
                pool.execute(() -> {
                    asleep.countDown();
                    await(release);
                });
            }
            assertTrue(asleep.await(SECONDS, TimeUnit.SECONDS), "trial " + trial);
            for (int n = 0; n < 50; n++) {
                pool.execute(done::countDown);
            }
            assertTrue(done.await(SECONDS, TimeUnit.SECONDS), "trial " + trial);
            release.countDown();
        }
    }

    @Test
    @DisplayName("a task that throws ends no thread, whatever it throws")
    void throwing() throws Exception {
        Pool pool = Pool.forWork("test", 1);
        CountDownLatch done = new CountDownLatch(1);
        pool.execute(() -> {
            throw new IllegalStateException("on purpose");
        });
        pool.execute(() -> {
            throw new StackOverflowError("on purpose");
        });
        pool.execute(done::countDown);
        assertTrue(done.await(SECONDS, TimeUnit.SECONDS));
    }

    @Test
    @DisplayName("Reactor rejects blocking on threads that call subscribers, and allows it on threads for work")
    void nonBlocking() throws Exception {
        assertTrue(isNonBlocking(Pool.forSubscribers("test", 1)));
        assertFalse(isNonBlocking(Pool.forWork("test", 1)));
    }

    private static boolean isNonBlocking(Pool pool) throws Exception {
        boolean[] found = new boolean[1];
        CountDownLatch done = new CountDownLatch(1);
        pool.execute(() -> {
            found[0] = Schedulers.isInNonBlockingThread();
            done.countDown();
        });
        assertTrue(done.await(SECONDS, TimeUnit.SECONDS));
        return found[0];
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
