package dev.reel.internal.engine;

import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a {@link Pool}. An offer succeeds if a thread waits for a task, and gives it to that thread; else the
 * executor starts a thread, or, if it may start no more, offers the task again as {@link Waiting}, which always succeeds. No
 * method here takes a lock.
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
