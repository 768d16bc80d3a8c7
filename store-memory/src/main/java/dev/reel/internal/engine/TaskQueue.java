package dev.reel.internal.engine;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.util.concurrent.Queues;

/**
 * The tasks of one session. One thread at a time runs them, in order. A thread that finds the queue busy adds its task and
 * returns, so no thread takes a lock or waits. After {@value #TASKS_IN_A_ROW} tasks a thread passes the remaining ones to
 * a pool.
 *
 * <p><b>Faults.</b> A task may throw anything, because the clock, an upcaster or the journal fails, or because the JVM
 * has no memory or stack left. The queue then continues with the next task.
 *
 * <p><b>Reading.</b> A task that has to read a file throws {@link NeedsReading} on a thread that must not read. It is then
 * run again on a thread that may, and no other task runs in between. A task must therefore read everything it needs
 * before it has an effect.
 */
final class TaskQueue {

    private static final int TASKS_IN_A_ROW = 256;

    /**
     * A task.
     *
     * @param failed receives the error that the work threw; runs in the task's place in the order
     */
    private record Task(Runnable work, Consumer<Throwable> failed) {}

    private final Pool pool;
    private final @Nullable Storage storage;
    private final Queue<Task> tasks = Queues.<Task>unboundedMultiproducer().get();
    /** How many tasks are queued or running; the thread that raises it from 0 runs them. */
    private final AtomicInteger turns = new AtomicInteger();

    /**
     * An empty queue.
     *
     * @param pool runs the tasks that no caller's thread runs
     * @param storage has the threads that may read, if there is one
     */
    TaskQueue(Pool pool, @Nullable Storage storage) {
        this.pool = pool;
        this.storage = storage;
    }

    /**
     * Runs the work on this thread if no task is running. Otherwise the thread that runs the current task runs it later.
     *
     * @param failed receives the error that the work threw, on the same thread
     */
    void execute(Runnable work, Consumer<Throwable> failed) {
        StackRoom.check();
        Task task = new Task(work, failed);
        if (turns.compareAndSet(0, 1)) {
            if (!run(task) || turns.decrementAndGet() == 0) {
                return;
            }
        } else {
            tasks.add(task);
            if (turns.getAndIncrement() != 0) {
                return;
            }
        }
        workOff();
    }

    private void workOff() {
        while (!workOffSome()) {
            try {
                pool.execute(this::workOff);
                return;
            } catch (Throwable t) {
                // No thread can be started, so this thread continues.
            }
        }
    }

    /** Runs up to {@value #TASKS_IN_A_ROW} tasks. Returns false if more tasks are left for another thread. */
    private boolean workOffSome() {
        for (int i = 0; i < TASKS_IN_A_ROW; i++) {
            Task task = tasks.poll();
            if (task != null && !run(task)) {
                return true;
            }
            if (turns.decrementAndGet() == 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Runs a task. Returns false if the task has to read a file; the task, and with it all work of the queue, is then
     * moved to a thread that may read. Never throws, because the other tasks would then never run.
     */
    private boolean run(Task task) {
        try {
            try {
                task.work.run();
            } catch (NeedsReading e) {
                Objects.requireNonNull(storage).execute(() -> {
                    if (run(task) && turns.decrementAndGet() != 0) {
                        pool.execute(this::workOff);
                    }
                });
                return false;
            }
        } catch (Throwable t) {
            failed(task, t);
        }
        return true;
    }

    private static void failed(Task task, Throwable error) {
        try {
            task.failed.accept(error);
        } catch (Throwable t) {
            Failure.drop(t);
        }
    }
}
