package dev.reel;

import java.time.Duration;

/** Another store has the place open for writing. Close that one, or read without a lock. */
public final class StoreLockedException extends ReelException {

    private static final long serialVersionUID = 1L;

    private final String holder;

    /**
     * A locked place.
     *
     * @param place what is locked
     * @param holder who has it: a process, and since when
     */
    public StoreLockedException(String place, String holder) {
        super(place + " is open for writing by " + holder + "; close it there first", null, null);
        this.holder = holder;
    }

    /**
     * A locked place, after a wait for it.
     *
     * @param place what is locked
     * @param holder who has it: a process, and since when
     * @param waited how long the caller waited for it
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
     * Who has it.
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
