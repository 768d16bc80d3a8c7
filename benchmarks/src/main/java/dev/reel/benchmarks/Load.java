package dev.reel.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What a subject has to do while it is measured. */
final class Load {

    private static final long WARM_UP_MILLIS = 1_000;

    private Load() {}

    /**
     * What was measured.
     *
     * @param perSecond appends that were answered
     * @param cpuMicros of the process, for each
     */
    record Rate(double perSecond, double cpuMicros) {}

    /** How many appends are answered, with one writer a session, each of which begins again when it is answered. */
    static Rate rate(Subject subject, int sessions, double seconds) throws InterruptedException {
        Writers writers = new Writers(subject, sessions);
        for (int session = 0; session < sessions; session++) {
            writers.append(session);
        }
        Thread.sleep(WARM_UP_MILLIS);
        long before = writers.answered.sum();
        long began = System.nanoTime();
        long cpu = cpuNanos();
        Thread.sleep((long) (seconds * 1_000));
        long count = writers.answered.sum() - before;
        double took = (System.nanoTime() - began) / 1e9;
        double cpuMicros = (cpuNanos() - cpu) / 1e3 / Math.max(1, count);
        writers.stop();
        return new Rate(count / took, cpuMicros);
    }

    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }

    private static final class Writers {

        private final Subject subject;
        private final LongAdder answered = new LongAdder();
        private final Phaser working = new Phaser(1);
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private final Subject.Answer[] answers;
        private volatile boolean over;

        Writers(Subject subject, int sessions) {
            this.subject = subject;
            this.answers = new Subject.Answer[sessions];
            for (int i = 0; i < sessions; i++) {
                int session = i;
                working.register();
                answers[i] = new Subject.Answer() {
                    @Override
                    public void durable() {
                        answered.increment();
                        if (over) {
                            working.arriveAndDeregister();
                        } else {
                            append(session);
                        }
                    }

                    @Override
                    public void failed(Throwable why) {
                        failure.compareAndSet(null, why);
                        working.arriveAndDeregister();
                    }
                };
            }
        }

        void append(int session) {
            subject.append(session, answers[session]);
        }

        void stop() {
            over = true;
            working.arriveAndAwaitAdvance();
            Throwable why = failure.get();
            if (why != null) {
                throw new IllegalStateException("an append failed", why);
            }
        }
    }

    /** How long appends take when some threads append and wait, each in its own session; in nanoseconds, sorted. */
    static long[] latencies(Subject subject, int threads, double seconds) throws Exception {
        long begin = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WARM_UP_MILLIS);
        long end = begin + (long) (seconds * 1e9);
        List<CompletableFuture<long[]>> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int session = i;
            CompletableFuture<long[]> measured = new CompletableFuture<>();
            all.add(measured);
            Thread thread = new Thread(() -> {
                try {
                    measured.complete(latencies(subject, session, begin, end));
                } catch (Throwable t) {
                    measured.completeExceptionally(t);
                }
            });
            thread.start();
        }
        long[] sorted =
                all.stream().flatMapToLong(one -> Arrays.stream(one.join())).toArray();
        Arrays.sort(sorted);
        return sorted;
    }

    private static long[] latencies(Subject subject, int session, long begin, long end) {
        long[] taken = new long[1 << 16];
        int count = 0;
        for (long now = System.nanoTime(); now - end < 0; ) {
            CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
            subject.append(session, new Subject.Answer() {
                @Override
                public void durable() {
                    done.complete(null);
                }

                @Override
                public void failed(Throwable why) {
                    done.completeExceptionally(why);
                }
            });
            done.join();
            long then = System.nanoTime();
            if (now - begin >= 0) {
                if (count == taken.length) {
                    taken = Arrays.copyOf(taken, count * 2);
                }
                taken[count++] = then - now;
            }
            now = then;
        }
        return Arrays.copyOf(taken, count);
    }
}
