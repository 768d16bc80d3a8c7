package dev.reel.engine;

import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a {@link Pool}. An offer succeeds if a thread waits for a task, and gives it to that thread; else the
 * executor starts a thread, or, if it may start no more, puts the task into the queue. No method here takes a lock.
 *
 * <p>The method in which idle threads wait is overridden so that {@link EngineBlockHoundIntegration} can name it.
 */
final class PoolQueue extends LinkedTransferQueue<Runnable> {

    private static final long serialVersionUID = 1L;

    @Override
    public boolean offer(Runnable task) {
        return tryTransfer(task);
    }

    /** Puts a task into the queue, whether a thread waits or not. */
    void enqueue(Runnable task) {
        // Not add or put: in some JDKs these call offer, which is another method here.
        super.offer(task);
    }

    @Override
    public @Nullable Runnable poll(long timeout, TimeUnit unit) throws InterruptedException {
        return super.poll(timeout, unit);
    }
}
