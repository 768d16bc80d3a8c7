package dev.reel.internal.engine;

import dev.reel.Bounds;
import dev.reel.StoreBusyException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Limits the unanswered writes of one session or of the store, by number and by bytes. */
final class Admission {

    private final String what;
    private final long maxWrites;
    private final long maxBytes;
    private final @Nullable Admission parent;
    private final AtomicLong writes = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    private Admission(String what, long maxWrites, long maxBytes, @Nullable Admission parent) {
        this.what = what;
        this.maxWrites = maxWrites;
        this.maxBytes = maxBytes;
        this.parent = parent;
    }

    static Admission ofStore(Bounds bounds) {
        return new Admission("the store", bounds.storeWrites(), bounds.storeBytes(), null);
    }

    Admission ofSession(Bounds bounds) {
        return new Admission("the session", bounds.sessionWrites(), bounds.sessionBytes(), this);
    }

    /** Admits a write. A write is admitted regardless of its size if it is the only one. */
    void enter(String sessionId, long size) {
        if (parent != null) {
            parent.enter(sessionId, size);
        }
        long count = writes.incrementAndGet();
        long sum = bytes.addAndGet(size);
        if (count > maxWrites || sum > maxBytes && count > 1) {
            leave(size);
            throw new StoreBusyException(
                    sessionId,
                    what + " has " + (count - 1) + " unanswered writes of " + (sum - size) + " bytes, at most "
                            + maxWrites + " of " + maxBytes);
        }
    }

    void leave(long size) {
        writes.decrementAndGet();
        bytes.addAndGet(-size);
        if (parent != null) {
            parent.leave(size);
        }
    }

    boolean isEmpty() {
        return writes.get() == 0;
    }
}
