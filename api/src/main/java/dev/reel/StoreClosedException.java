package dev.reel;

/** The store was closed before the call. Nothing was written. */
public final class StoreClosedException extends ReelException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public StoreClosedException() {
        super("the store is closed; open it again to continue", null, null);
    }

    @Override
    public Category category() {
        return Category.UNAVAILABLE;
    }
}
