package dev.reel.jsonl;

import dev.reel.internal.engine.Engine;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the engine what the journal has settled, on a thread of its own: what the engine does then (publishing, and what was
 * waiting for a session) would keep the journal from its next flush.
 *
 * <p>Groups are told one after the other, each in its order, so what is told is in the order of the journal. A large group
 * is told in parts: its first writers are answered, and write again, while the rest is published.
 *
 * <p>Callers wait for what is told, and telling twice does nothing; so where memory is short it is tried again.
 */
final class Teller {

    /** So many entries are published in one go. */
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

    /** @param failed told what keeps somebody from being told for good */
    Teller(Consumer<Throwable> failed) {
        this.failed = failed;
        thread.setDaemon(true);
    }

    void start(Engine itsEngine) {
        engine = itsEngine;
        thread.start();
    }

    /** Takes a group; groups that come from one thread are told in their order. Never blocks. */
    void add(List<JournalEntry> group) {
        queue.add(group);
        if (waiting) {
            LockSupport.unpark(thread);
        }
        if (closed) {
            tellAll();
        }
    }

    /** Returns when all that was added is told. What is added later is told at once, by who adds it. */
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
                failed.accept(t); // the others are told all the same
            }
        }
    }

    /** Does what may be done twice, until it is done or hope is gone. */
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
