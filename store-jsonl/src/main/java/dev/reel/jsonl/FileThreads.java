package dev.reel.jsonl;

import dev.reel.ReelException;
import dev.reel.StoreFailedException;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The threads that read files, and do nothing else: no code of a subscriber runs on them.
 *
 * <p>Reactor cancels what it scheduled on an executor <i>service</i> by interrupting it, and an interrupt in the middle
 * of a read closes the channel. A plain executor has no task to interrupt, so a cancel only keeps the next one from
 * starting.
 */
final class FileThreads {

    private static final int THREADS = Math.max(2, Runtime.getRuntime().availableProcessors());
    private static final ExecutorService EXECUTOR = executor();

    /** Runs the tasks of one worker in their order, one at a time. It must not see that the executor is a service. */
    @SuppressWarnings("UnnecessaryMethodReference")
    static final Scheduler SCHEDULER = Schedulers.fromExecutor(EXECUTOR::execute, true);

    private FileThreads() {}

    static void execute(Runnable task) {
        EXECUTOR.execute(task);
    }

    /** Whether this thread may read files: it is one of these, or was made by {@link #thread}. */
    static boolean isHere() {
        return Thread.currentThread() instanceof FileThread;
    }

    /** A thread of its own for something that goes on reading and writing files; not started. */
    static Thread thread(String name, Runnable task) {
        return new FileThread(name, task);
    }

    /** Waits for a thread, whoever interrupts the one that waits. */
    static void join(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Does something on a thread of its own, and waits for it: an interrupt of the caller would close files. */
    static <T> T call(String name, Callable<T> task) throws IOException {
        CompletableFuture<T> done = new CompletableFuture<>();
        thread(name, () -> {
                    try {
                        done.complete(task.call());
                    } catch (Throwable t) {
                        done.completeExceptionally(t);
                    }
                })
                .start();
        try {
            return done.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error fatal) {
                throw StoreFailedException.of(null, ReelException.Outcome.NOT_WRITTEN, fatal);
            }
            throw e.getCause() instanceof RuntimeException known ? known : e;
        }
    }

    private static ExecutorService executor() {
        AtomicInteger count = new AtomicInteger();
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> thread("reel-file-" + count.incrementAndGet(), task));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    private static final class FileThread extends Thread {

        FileThread(String name, Runnable task) {
            super(task, name);
            setDaemon(true);
        }
    }
}
