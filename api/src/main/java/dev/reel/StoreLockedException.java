package dev.reel;

import java.time.Duration;

/**
 * Another store has the directory open for writing. Close that store, or open this one read-only, without a lock.
 */
public final class StoreLockedException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final String holder;

    /**
     * Creates an exception for a locked store.
     *
     * @param place the location that is locked
     * @param holder the process that holds the lock, and since when
     */
    public StoreLockedException(String place, String holder) {
        super(place + " is open for writing by " + holder + "; close it there first", null, null);
        this.holder = holder;
    }

    /**
     * Creates an exception for a store that stayed locked while the caller waited.
     *
     * @param place the location that is locked
     * @param holder the process that holds the lock, and since when
     * @param waited how long the caller waited
     */
    public StoreLockedException(String place, String holder, Duration waited) {
        super(
                place + " is open for writing by " + holder + ", even after waiting for " + waited.toMillis()
                        + " ms; close it there first",
                null,
                null);
        this.holder = holder;
    }

    /**
     * Returns the holder of the lock.
     *
     * @return a text that names the process
     */
    public String holder() {
        return holder;
    }

    @Override
    public Category category() {
        return Category.UNAVAILABLE;
    }
}
