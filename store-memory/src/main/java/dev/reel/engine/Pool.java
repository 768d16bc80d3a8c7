package dev.reel.engine;

import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.scheduler.NonBlocking;

/**
 * Threads of the engine. There are three pools: one delivers live events to subscribers, one delivers answers, so that
 * tails that block keep no writer waiting, and one does the work of sessions, where no code of a subscriber runs.
 *
 * <p>All threads of a pool share one queue, so a subscriber that sleeps holds one thread, and nobody else waits while
 * another thread is free or can be started. Handing over a task takes no lock, except that of the executor while it starts
 * a thread, so a writer is not parked ({@link PoolQueue}). A thread is started when none is idle, and ends after some
 * seconds without a task; so a pool needs no closing.
 *
 * <p>Threads that call subscribers are {@link NonBlocking}: a {@code block()} on one of them fails at once, with Reactor's
 * own error, instead of taking a thread away from everybody else.
 */
final class Pool {

    private static final int KEEP_ALIVE_SECONDS = 5;

    private final ThreadPoolExecutor executor;
    private final int threads;

    private Pool(int threads, ThreadFactory factory) {
        this.threads = threads;
        executor = new ThreadPoolExecutor(
                0,
                threads,
                KEEP_ALIVE_SECONDS,
                TimeUnit.SECONDS,
                new PoolQueue(),
                factory,
                (task, full) -> queue(task));
    }

    /** A pool that calls subscribers. */
    static Pool forSubscribers(String name, int threads) {
        AtomicInteger count = new AtomicInteger();
        return new Pool(threads, task -> new SubscriberThread(task, name + "-" + count.incrementAndGet()));
    }

    /** A pool that does work of the store, and calls no subscriber. */
    static Pool forWork(String name, int threads) {
        AtomicInteger count = new AtomicInteger();
        return new Pool(threads, task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Runs the task on a thread of the pool. What the task throws is reported as dropped; the thread goes on. */
    void execute(Runnable task) {
        Runnable guarded = () -> {
            try {
                task.run();
            } catch (Throwable t) {
                Failure.drop(t);
            }
        };
        try {
            executor.execute(guarded);
        } catch (OutOfMemoryError e) {
            queue(guarded); // no thread can be started: one of those that run takes it
        }
    }

    /**
     * Runs tasks that may block, as if each were handed over by itself, but wakes fewer threads for them: a thread that
     * takes one hands the rest on before it begins, so that another goes on where it blocks, and then takes what is left.
     */
    void executeAll(List<? extends Runnable> tasks) {
        if (!tasks.isEmpty()) {
            execute(new Several(tasks));
        }
    }

    /** Tasks that some threads share. */
    private final class Several implements Runnable {

        private final List<? extends Runnable> tasks;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger sharing = new AtomicInteger();

        Several(List<? extends Runnable> tasks) {
            this.tasks = tasks;
        }

        @Override
        public void run() {
            if (next.get() < tasks.size() - 1 && sharing.incrementAndGet() < threads) {
                try {
                    execute(this);
                } catch (Throwable t) {
                    Failure.drop(t); // this thread does all of them then
                }
            }
            for (int i = next.getAndIncrement(); i < tasks.size(); i = next.getAndIncrement()) {
                try {
                    tasks.get(i).run();
                } catch (Throwable t) {
                    Failure.drop(t);
                }
            }
        }
    }

    /** All threads are busy. The executor checks, as for any task in its queue, that there is a thread to take it. */
    private void queue(Runnable task) {
        executor.execute(new PoolQueue.Waiting(task));
    }

    private static final class SubscriberThread extends Thread implements NonBlocking {

        SubscriberThread(Runnable task, String name) {
            super(task, name);
            setDaemon(true);
        }
    }
}
