package dev.reel.engine;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;

/**
 * Threads of the engine. There are three pools: on one, subscribers hear of live events; on another, of answers that others'
 * threads came to, so that tails that block keep no writer waiting; on the third, where no code of a subscriber runs,
 * sessions get done what is left to do.
 *
 * <p>Any idle thread takes the next task, so a subscriber that blocks holds one thread and nobody else waits while there
 * are others. Handing over a task takes no lock that could make a writer wait, which is why this is a {@link
 * ForkJoinPool}: the queue of a usual executor parks writers that meet.
 */
final class Pool {

    private static final int KEEP_ALIVE_SECONDS = 5;

    private final ForkJoinPool pool;

    Pool(String name, int threads) {
        // Tasks in the order of their coming (async mode); threads only while there is work. Where all block, the last
        // one just does (full -> true): it would be thrown out of its wait.
        pool = new ForkJoinPool(
                threads,
                of -> new PoolThread(name, of),
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

    private static final class PoolThread extends ForkJoinWorkerThread {
        PoolThread(String name, ForkJoinPool pool) {
            super(pool);
            setName(name + "-" + getPoolIndex());
            setDaemon(true);
        }
    }
}
