package dev.reel.testkit;

import dev.reel.IdGenerator;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Generates counting ids: {@code s1}, {@code m1}, {@code c1}, {@code e1} …, so that a test knows the ids in advance.
 * Thread-safe.
 */
public final class CountingIds implements IdGenerator {

    private final AtomicLong sessions = new AtomicLong();
    private final AtomicLong messages = new AtomicLong();
    private final AtomicLong snapshots = new AtomicLong();
    private final AtomicLong events = new AtomicLong();

    /** Creates a generator that starts at 1. */
    public CountingIds() {}

    @Override
    public String sessionId() {
        return "s" + sessions.incrementAndGet();
    }

    @Override
    public String messageId() {
        return "m" + messages.incrementAndGet();
    }

    @Override
    public String snapshotId() {
        return "c" + snapshots.incrementAndGet();
    }

    @Override
    public String eventId() {
        return "e" + events.incrementAndGet();
    }
}
