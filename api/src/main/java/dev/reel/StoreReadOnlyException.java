package dev.reel;

/** A write to a store that only reads what another store writes. Nothing was written. */
public final class StoreReadOnlyException extends ReelException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public StoreReadOnlyException() {
        super(
                "this store is read-only: it follows a store that another one writes; nothing was written; write with the"
                        + " store that is open for writing",
                null,
                null);
    }

    @Override
    public Category category() {
        return Category.UNAVAILABLE;
    }
}
