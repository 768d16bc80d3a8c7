package dev.reel.micrometer;

import dev.reel.SessionStore;
import dev.reel.StoreStatus;
import org.jspecify.annotations.Nullable;

/**
 * Holds a store's status for several gauges. One scrape reads all of them, and computing a status visits every session
 * in memory, so it is computed at most every 100 ms. The thread of a scrape never waits: if the status is not ready at
 * once, the gauges show the previous one until it is.
 */
final class LastStatus {

    private static final long FRESH_NANOS = 100_000_000;

    private static final StoreStatus NONE =
            new StoreStatus(StoreStatus.State.CLOSED, "its status is not known yet", 0, 0, 0, 0, 0, 0, 0);

    private final SessionStore store;
    private volatile StoreStatus last = NONE;
    private @Nullable Long readAt;

    LastStatus(SessionStore store) {
        this.store = store;
    }

    synchronized StoreStatus get() {
        long now = System.nanoTime();
        Long then = readAt;
        if (then == null || now - then >= FRESH_NANOS) {
            readAt = now;
            store.status().subscribe(status -> last = status);
        }
        return last;
    }
}
