package dev.reel.internal.engine;

import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The task queue of a {@link Pool}. An offer succeeds if an idle thread waits for a task, and passes the task to that
 * thread. Otherwise the executor starts a thread, or, if it has the maximal number of threads, offers the task again as
 * {@link Waiting}, which always succeeds. No method here takes a lock.
 *
 * <p>The method in which idle threads wait is overridden so that {@link EngineBlockHoundIntegration} can name it.
 */
final class PoolQueue extends LinkedTransferQueue<Runnable> {

    private static final long serialVersionUID = 1L;

    /** A task that found all threads busy. */
    record Waiting(Runnable task) implements Runnable {

        @Override
        public void run() {
            task.run();
        }
    }

    @Override
    public boolean offer(Runnable task) {
        return task instanceof Waiting ? super.offer(task) : tryTransfer(task);
    }

    @Override
    public @Nullable Runnable poll(long timeout, TimeUnit unit) throws InterruptedException {
        return super.poll(timeout, unit);
    }
}
