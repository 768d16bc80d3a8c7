package dev.reel.jsonl;

import dev.reel.internal.engine.Engine;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reports settled journal entries to the engine, which publishes them and runs the tasks that were waiting for their sessions.
 *
 * <p><b>Large groups</b> are reported on a thread of their own, because the journal could not begin its next flush meanwhile. A
 * group is reported in parts: its first writers are answered, and write again, while the rest is published.
 *
 * <p><b>Small groups</b> are reported by the thread that adds them, the journal's, if the reporting thread is idle. To wake that
 * thread costs more than to publish a few entries, and with few writers nothing waits for the next flush. This thread is idle
 * only if everything before is reported, so entries are always reported in the order of the journal.
 *
 * <p>Callers wait for these reports, and reporting an entry twice has no effect. So a report that fails for lack of memory is
 * tried again.
 */
final class Teller {

    /** A group of at most this size is published by its caller: waking the thread would take longer. */
    private static final int SMALL = 16;

    /** How many entries are published at once. */
    private static final int PART = 128;

    private static final int TRIES = 100;
    private static final long PAUSE_NANOS = 10_000_000;

    private final Queue<List<JournalEntry>> queue = new ConcurrentLinkedQueue<>();
    private final Thread thread = new Thread(this::run, "reel-teller");
    private final Consumer<Throwable> failed;
    private volatile @Nullable Engine engine;
    private volatile boolean waiting;
    private volatile boolean closing;
    private volatile boolean closed;

    /**
     * @param failed receives an error because of which a report is lost for good
     */
    Teller(Consumer<Throwable> failed) {
        this.failed = failed;
        thread.setDaemon(true);
    }

    void start(Engine itsEngine) {
        engine = itsEngine;
        thread.start();
    }

    /** Adds a group. Groups from one thread are reported in their order. Does not block. */
    void add(List<JournalEntry> group) {
        if (group.size() <= SMALL && waiting && queue.isEmpty()) {
            tell(group);
            return;
        }
        queue.add(group);
        if (waiting) {
            LockSupport.unpark(thread);
        }
        if (closed) {
            tellAll();
        }
    }

    /**
     * Returns after everything that was added is reported. Later groups are reported at once, by the thread that adds
     * them.
     */
    void close() {
        closing = true;
        LockSupport.unpark(thread);
        FileThreads.join(thread);
        closed = true;
        tellAll();
    }

    private void run() {
        while (true) {
            boolean last = closing;
            tellAll();
            if (last) {
                return;
            }
            waiting = true;
            if (queue.isEmpty() && !closing) {
                LockSupport.park(this);
            }
            waiting = false;
        }
    }

    private void tellAll() {
        for (List<JournalEntry> group = queue.poll(); group != null; group = queue.poll()) {
            for (int from = 0; from < group.size(); from += PART) {
                tell(group.subList(from, Math.min(group.size(), from + PART)));
            }
        }
    }

    private void tell(List<JournalEntry> part) {
        Engine known = engine;
        try {
            if (known == null) {
                tellEach(part);
            } else {
                known.together(() -> tellEach(part));
            }
        } catch (Throwable t) {
            failed.accept(t);
        }
    }

    private void tellEach(List<JournalEntry> part) {
        for (JournalEntry entry : part) {
            try {
                again(entry::tell);
            } catch (Throwable t) {
                failed.accept(t); // the other reports go on
            }
        }
    }

    /** Runs a task that may run twice, until it succeeds or further attempts are useless. */
    static void again(Runnable task) {
        for (int left = TRIES; ; left--) {
            try {
                task.run();
                return;
            } catch (Throwable t) {
                if (left == 0) {
                    throw t;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }
}
