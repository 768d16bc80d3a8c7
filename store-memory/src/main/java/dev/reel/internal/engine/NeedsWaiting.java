package dev.reel.internal.engine;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Thrown on a thread that may read files, where what is to be read is just being made anew. Whoever catches it lets the
 * thread go, and does the same again when that is over; so nothing that may throw it has had an effect before.
 */
public final class NeedsWaiting extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient CompletableFuture<Void> until;

    /**
     * What to wait for.
     *
     * @param until completes when it can be read, or with the error to signal
     */
    public NeedsWaiting(CompletableFuture<Void> until) {
        super("to be done again when what is to be read was made anew", null, false, false);
        this.until = until;
    }

    /** Runs one of them when it is over, on any thread: neither may block. */
    void whenOver(Runnable again, Consumer<Throwable> failed) {
        CompletableFuture<Void> unused = until.whenComplete((nothing, error) -> {
            if (error == null) {
                again.run();
            } else {
                failed.accept(error);
            }
        });
    }
}
