package dev.reel.client;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.scheduler.NonBlocking;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The threads that call subscribers, so that none of them runs on an event loop, where it would hold up other connections.
 * Tails, reads and answers to writes have threads of their own: whoever waits in a tail keeps no write waiting.
 *
 * <p>All threads of a kind take tasks from one queue; a subscriber that sleeps holds one of them. They end after some seconds
 * without a task, so nothing needs closing. They are {@link NonBlocking}, as a store's are: a {@code block()} on one fails.
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
                new LinkedBlockingQueue<>(), // a stream or a call has one task in it
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
