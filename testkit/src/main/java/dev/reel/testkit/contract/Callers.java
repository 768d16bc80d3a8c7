package dev.reel.testkit.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Threads that call a store at the same time. */
final class Callers implements AutoCloseable {

    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "caller");
        thread.setDaemon(true);
        return thread;
    });

    /** The work of one caller, which may throw. */
    interface Work {
        void run() throws Exception;
    }

    /** The work that was started. */
    static final class Running {
        private final List<Future<?>> futures = new ArrayList<>();

        /** Waits for all callers and throws the first failure. */
        void await() {
            try {
                for (Future<?> future : futures) {
                    future.get(ContractGroup.patience().toSeconds() * 2, TimeUnit.SECONDS);
                }
            } catch (ExecutionException e) {
                throw new AssertionError("a caller failed: " + e.getCause(), e.getCause());
            } catch (InterruptedException | TimeoutException e) {
                throw new AssertionError("the callers did not finish in time", e);
            }
        }

        boolean isDone() {
            return futures.stream().allMatch(Future::isDone);
        }
    }

    /** Starts each work on its own thread, as simultaneously as possible. */
    Running start(List<Work> works) {
        CyclicBarrier barrier = new CyclicBarrier(works.size());
        Running running = new Running();
        for (Work work : works) {
            Callable<Boolean> task = () -> {
                barrier.await(ContractGroup.patience().toSeconds(), TimeUnit.SECONDS);
                work.run();
                return true;
            };
            running.futures.add(threads.submit(task));
        }
        return running;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
