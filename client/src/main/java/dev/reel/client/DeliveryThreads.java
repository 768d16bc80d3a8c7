package dev.reel.client;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.scheduler.NonBlocking;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The threads that call subscribers. No subscriber runs on an event loop, where it would delay other connections.
 * Tails, reads and answers to writes have separate threads, so a subscriber that blocks a thread of the tails does not
 * delay a write.
 *
 * <p>All threads of a kind take tasks from one queue; a subscriber that sleeps occupies one of them. An idle thread
 * ends after some seconds, so nothing has to be closed. The threads are {@link NonBlocking}, like those of a store:
 * {@code block()} fails on them.
 */
final class DeliveryThreads {

    private static final int KEEP_ALIVE_SECONDS = 5;

    private final Scheduler tails;
    private final Scheduler reads;
    private final Scheduler answers;

    DeliveryThreads(int threads) {
        tails = scheduler("reel-client-tails", threads);
        reads = scheduler("reel-client-reads", threads);
        answers = scheduler("reel-client-answers", threads);
    }

    Scheduler tails() {
        return tails;
    }

    Scheduler reads() {
        return reads;
    }

    Scheduler answers() {
        return answers;
    }

    private static Scheduler scheduler(String name, int threads) {
        AtomicInteger count = new AtomicInteger();
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                threads,
                threads,
                KEEP_ALIVE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(), // bounded: each stream or call has at most one task in it
                task -> new SubscriberThread(task, name + "-" + count.incrementAndGet()));
        executor.allowCoreThreadTimeOut(true);
        return Schedulers.fromExecutor(executor);
    }

    private static final class SubscriberThread extends Thread implements NonBlocking {

        SubscriberThread(Runnable task, String name) {
            super(task, name);
            setDaemon(true);
        }
    }
}
