package dev.reel.internal.engine;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Thrown on a thread that may read files if the file to read is just being rebuilt. The caller that catches it releases
 * the thread and repeats the call when the rebuild has ended. Code that may throw it must therefore not have had an
 * effect before.
 */
public final class NeedsWaiting extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient CompletableFuture<Void> until;

    /**
     * Creates the signal.
     *
     * @param until completes when the file can be read, or fails with the error to signal
     */
    public NeedsWaiting(CompletableFuture<Void> until) {
        super("repeat the call when the file has been rebuilt", null, false, false);
        this.until = until;
    }

    /** Runs one of the callbacks when the rebuild has ended, on any thread. Neither may block. */
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
