package dev.reel.internal.engine;

import java.util.List;
import java.util.concurrent.CompletableFuture;
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
 * seconds without a task; so a pool needs no closing. Tasks that are handed over together wait a moment longer for each
 * other ({@link #executeAll}).
 *
 * <p>Threads that call subscribers are {@link NonBlocking}: a {@code block()} on one of them fails at once, with Reactor's
 * own error, instead of taking a thread away from everybody else.
 */
final class Pool {

    private static final int KEEP_ALIVE_SECONDS = 5;
    /** How many threads share tasks that are handed over together. */
    private static final int SHARING = Math.max(2, Runtime.getRuntime().availableProcessors());

    private static final int PATIENCE_MILLIS = 1;

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
     * Runs tasks that may block, and wakes fewer threads for them than if each were handed over by itself: as many threads
     * as there are cores share them, and each time these take longer than {@link #PATIENCE_MILLIS} one more goes on with
     * what is left. Not for a thread that calls subscribers.
     */
    void executeAll(List<? extends Runnable> tasks) {
        if (tasks.size() <= SHARING) {
            tasks.forEach(this::execute);
        } else {
            Several several = new Several(tasks);
            for (int i = 0; i < SHARING; i++) {
                execute(several);
            }
            several.lookLater();
        }
    }

    /** Tasks that some threads share. */
    private final class Several implements Runnable {

        private final List<? extends Runnable> tasks;
        private final AtomicInteger next = new AtomicInteger();
        private int sharing = SHARING;

        Several(List<? extends Runnable> tasks) {
            this.tasks = tasks;
        }

        @Override
        public void run() {
            for (int i = next.getAndIncrement(); i < tasks.size(); i = next.getAndIncrement()) {
                try {
                    tasks.get(i).run();
                } catch (Throwable t) {
                    Failure.drop(t);
                }
            }
        }

        void lookLater() {
            CompletableFuture.delayedExecutor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS, Runnable::run)
                    .execute(this::look);
        }

        /** Those who share the tasks may be blocked, each by the one that it runs. */
        private void look() {
            if (next.get() < tasks.size()) {
                execute(this);
                sharing++;
                if (sharing < threads) {
                    lookLater();
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
