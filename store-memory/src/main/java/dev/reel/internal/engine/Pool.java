package dev.reel.internal.engine;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import reactor.core.scheduler.NonBlocking;

/**
 * A thread pool of the engine. There are three: one delivers live events to subscribers; one delivers results, so that
 * blocking tails delay no writer; and one runs the tasks of sessions and never a subscriber's code.
 *
 * <p>All threads of a pool share one queue, so a sleeping subscriber occupies one thread, and no other task waits while
 * another thread is free or can be started. Passing a task takes no lock, except the executor's while it starts a
 * thread, so a writer is not parked ({@link PoolQueue}). A thread is started when none is idle, and ends after {@value
 * #KEEP_ALIVE_SECONDS} seconds without a task, so a pool need not be closed. Tasks that are passed together share fewer
 * threads ({@link #executeAll}).
 *
 * <p>Threads that call subscribers are {@link NonBlocking}: a {@code block()} on one of them fails immediately with
 * Reactor's own error instead of occupying the thread.
 */
final class Pool {

    private static final int KEEP_ALIVE_SECONDS = 5;
    /** How many threads share tasks that are passed together. */
    private static final int SHARING = Math.max(2, Runtime.getRuntime().availableProcessors());

    private static final int PATIENCE_MILLIS = 1;

    private final ThreadPoolExecutor executor;
    private final int threads;
    /** The running threads that call subscribers. */
    private final Set<SubscriberThread> subscriberThreads;

    private Pool(int threads, Set<SubscriberThread> subscriberThreads, ThreadFactory factory) {
        this.threads = threads;
        this.subscriberThreads = subscriberThreads;
        executor = new ThreadPoolExecutor(
                0,
                threads,
                KEEP_ALIVE_SECONDS,
                TimeUnit.SECONDS,
                new PoolQueue(),
                factory,
                (task, full) -> queue(task));
    }

    /** Creates a pool that calls subscribers. */
    static Pool forSubscribers(String name, int threads) {
        AtomicInteger count = new AtomicInteger();
        Set<SubscriberThread> running = ConcurrentHashMap.newKeySet();
        return new Pool(
                threads, running, task -> new SubscriberThread(task, name + "-" + count.incrementAndGet(), running));
    }

    /** Creates a pool that runs the store's work and calls no subscriber. */
    static Pool forWork(String name, int threads) {
        AtomicInteger count = new AtomicInteger();
        return new Pool(threads, Set.of(), task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Runs the task on a thread of the pool. An error of the task is reported as dropped, and the thread continues. */
    void execute(Runnable task) {
        Runnable guarded = () -> {
            SubscriberThread here = Thread.currentThread() instanceof SubscriberThread thread ? thread : null;
            if (here != null) {
                here.began(System.nanoTime());
            }
            try {
                task.run();
            } catch (Throwable t) {
                Failure.drop(t);
            } finally {
                if (here != null) {
                    here.ended();
                }
            }
        };
        try {
            executor.execute(guarded);
        } catch (OutOfMemoryError e) {
            queue(guarded); // no thread can be started: a running one will execute it
        }
    }

    /**
     * Runs tasks that may block, and wakes fewer threads than {@link #execute} would for each of them. At first as many
     * threads as there are cores share the tasks (at least 2). As long as tasks are left, one more thread joins after
     * each {@value #PATIENCE_MILLIS} ms. Must not be called on a thread that calls subscribers.
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

    /** Tasks that several threads share. */
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

        /** Adds a thread if tasks are left, since the sharing threads may all be blocked by their current tasks. */
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

    /** Counts the threads that call subscribers and have run the same task for longer than this. From any thread. */
    int heldLongerThan(long nanos) {
        long now = System.nanoTime();
        int held = 0;
        for (SubscriberThread thread : subscriberThreads) {
            long since = thread.since;
            if (since != SubscriberThread.IDLE && now - since > nanos) {
                held++;
            }
        }
        return held;
    }

    /**
     * Queues a task because all threads are busy. The executor makes sure, as for any queued task, that a thread will
     * run it.
     */
    private void queue(Runnable task) {
        executor.execute(new PoolQueue.Waiting(task));
    }

    private static final class SubscriberThread extends Thread implements NonBlocking {

        private static final long IDLE = 0;

        private static final AtomicLongFieldUpdater<SubscriberThread> SINCE =
                AtomicLongFieldUpdater.newUpdater(SubscriberThread.class, "since");

        /** The start time of the current task. Set lazily, since tasks start often and it is read rarely. */
        private volatile long since;

        SubscriberThread(Runnable task, String name, Set<SubscriberThread> running) {
            super(() -> listed(running, task), name);
            setDaemon(true);
        }

        /**
         * Does not override {@code run()}, because a tool that instruments threads would see each thread start twice.
         */
        private static void listed(Set<SubscriberThread> running, Runnable task) {
            SubscriberThread here = (SubscriberThread) Thread.currentThread();
            running.add(here);
            try {
                task.run();
            } finally {
                running.remove(here);
            }
        }

        void began(long now) {
            SINCE.lazySet(this, now == IDLE ? 1 : now);
        }

        void ended() {
            SINCE.lazySet(this, IDLE);
        }
    }
}
