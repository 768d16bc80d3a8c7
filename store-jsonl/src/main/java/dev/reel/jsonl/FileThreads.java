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
 * The threads that only read files: no subscriber's code runs on them.
 *
 * <p>Reactor cancels a task on an executor <i>service</i> by interrupting it, and an interrupt during a read closes the
 * channel. A plain executor has no task to interrupt, so a cancel only keeps the next task from starting.
 */
final class FileThreads {

    private static final int THREADS = Math.max(2, Runtime.getRuntime().availableProcessors());
    private static final ExecutorService EXECUTOR = executor();

    /**
     * Runs the tasks of one worker in their order, one at a time. Reactor must not see that the executor is a service.
     */
    @SuppressWarnings("UnnecessaryMethodReference")
    static final Scheduler SCHEDULER = Schedulers.fromExecutor(EXECUTOR::execute, true);

    private FileThreads() {}

    static void execute(Runnable task) {
        EXECUTOR.execute(task);
    }

    /**
     * Returns whether the current thread may read files: it is one of these threads, or was created by {@link #thread}.
     */
    static boolean isHere() {
        return Thread.currentThread() instanceof FileThread;
    }

    /** Creates a thread for a task that keeps reading and writing files; does not start it. */
    static Thread thread(String name, Runnable task) {
        return new FileThread(name, task);
    }

    /** Waits for a thread, even if the waiting thread is interrupted. */
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

    /**
     * Runs a task on a thread of its own and waits for it, because an interrupt of the caller's thread would close
     * files.
     */
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
