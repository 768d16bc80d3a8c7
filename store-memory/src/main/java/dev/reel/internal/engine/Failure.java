package dev.reel.internal.engine;

import dev.reel.ReelException;
import dev.reel.StoreFailedException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Handles a {@link Throwable} that was thrown on a thread of the store, or on a caller's thread while it worked for
 * other callers. Reactor lets errors of the JVM escape; here that would leave a session, the feed or {@code close()}
 * waiting forever. So every throwable is caught, and signalled to the subscriber that waits.
 */
final class Failure {

    private Failure() {}

    /**
     * Returns the error to signal. An error of the JVM (no memory, no stack left) becomes a {@link
     * StoreFailedException}, since Reactor does not carry such errors as signals.
     */
    static Throwable of(@Nullable String sessionId, Throwable thrown) {
        if (!Exceptions.isJvmFatal(thrown)) {
            return thrown;
        }
        try {
            return StoreFailedException.of(sessionId, ReelException.Outcome.NOT_WRITTEN, thrown);
        } catch (Throwable more) {
            return thrown; // no memory is left for another exception
        }
    }

    /** Reports an error for which no subscriber waits. Never throws. */
    static void drop(Throwable thrown) {
        try {
            Operators.onErrorDropped(thrown, Context.empty());
        } catch (Throwable more) {
            // A hook threw, or there is no memory to report in. No subscriber is left to signal.
        }
    }
}
