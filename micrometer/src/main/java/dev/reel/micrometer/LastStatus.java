package dev.reel.micrometer;

import dev.reel.SessionStore;
import dev.reel.StoreStatus;
import org.jspecify.annotations.Nullable;

/**
 * A store's status for several gauges: one scrape reads them all, and a status costs a walk through the sessions in memory, so
 * it is read at most every 100 ms. A status that does not come at once is shown when it has come: the thread of a scrape does
 * not wait.
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
