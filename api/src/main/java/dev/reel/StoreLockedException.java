package dev.reel;

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
        super(place + " is open for writing by " + holder + ": close that one first", null, null);
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
