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
    /** Those that call subscribers and have not ended. */
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

    /** A pool that calls subscribers. */
    static Pool forSubscribers(String name, int threads) {
        AtomicInteger count = new AtomicInteger();
        Set<SubscriberThread> running = ConcurrentHashMap.newKeySet();
        return new Pool(
                threads, running, task -> new SubscriberThread(task, name + "-" + count.incrementAndGet(), running));
    }

    /** A pool that does work of the store, and calls no subscriber. */
    static Pool forWork(String name, int threads) {
        AtomicInteger count = new AtomicInteger();
        return new Pool(threads, Set.of(), task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Runs the task on a thread of the pool. What the task throws is reported as dropped; the thread goes on. */
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

    /** How many threads that call subscribers have run the same task for longer than this. From any thread. */
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

    /** All threads are busy. The executor checks, as for any task in its queue, that there is a thread to take it. */
    private void queue(Runnable task) {
        executor.execute(new PoolQueue.Waiting(task));
    }

    private static final class SubscriberThread extends Thread implements NonBlocking {

        private static final long IDLE = 0;

        private static final AtomicLongFieldUpdater<SubscriberThread> SINCE =
                AtomicLongFieldUpdater.newUpdater(SubscriberThread.class, "since");

        /** When the present task began; set lazily, since it is looked at seldom and a task begins often. */
        private volatile long since;

        SubscriberThread(Runnable task, String name, Set<SubscriberThread> running) {
            super(() -> listed(running, task), name);
            setDaemon(true);
        }

        /** No override of {@code run()}: a tool that instruments threads would see each thread begin twice. */
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
