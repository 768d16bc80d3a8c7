package dev.reel.engine;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;

/**
 * The pool on which subscribers hear of live events, and of answers that others' threads came to.
 *
 * <p>Any idle thread takes the next task, so a subscriber that blocks holds one thread and nobody else waits while there
 * are others. Handing over a task takes no lock that could make a writer wait, which is why this is a {@link
 * ForkJoinPool}: the queue of a usual executor parks writers that meet.
 */
final class Delivery {

    private static final int KEEP_ALIVE_SECONDS = 5;

    private final ForkJoinPool pool;

    Delivery(int threads) {
        // Tasks in the order of their coming (async mode); threads only while there is work. Where all block, the last
        // one just does (full -> true): it would be thrown out of its wait.
        pool = new ForkJoinPool(
                threads,
                Delivery::thread,
                null,
                true,
                0,
                threads,
                1,
                full -> true,
                KEEP_ALIVE_SECONDS,
                TimeUnit.SECONDS);
    }

    void execute(Runnable task) {
        pool.execute(task);
    }

    private static ForkJoinWorkerThread thread(ForkJoinPool pool) {
        ForkJoinWorkerThread thread = new DeliveryThread(pool);
        thread.setName("reel-delivery-" + thread.getPoolIndex());
        return thread;
    }

    private static final class DeliveryThread extends ForkJoinWorkerThread {
        DeliveryThread(ForkJoinPool pool) {
            super(pool);
            setDaemon(true);
        }
    }
}
