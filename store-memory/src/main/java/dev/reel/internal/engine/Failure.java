package dev.reel.internal.engine;

import dev.reel.ReelException;
import dev.reel.StoreFailedException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * What becomes of a {@link Throwable} that something threw on a thread of the store, or on a caller's thread while it
 * worked for others. Reactor lets errors of the JVM escape; here that would leave a session, the feed or {@code close()}
 * waiting for ever. So everything is caught, and the subscriber that waits gets it as a signal.
 */
final class Failure {

    private Failure() {}

    /**
     * The error to signal. One of the JVM (no memory, no stack left) becomes a {@link StoreFailedException}, since Reactor
     * does not carry such errors as signals.
     */
    static Throwable of(@Nullable String sessionId, Throwable thrown) {
        if (!Exceptions.isJvmFatal(thrown)) {
            return thrown;
        }
        try {
            return StoreFailedException.of(sessionId, ReelException.Outcome.NOT_WRITTEN, thrown);
        } catch (Throwable more) {
            return thrown; // there is no memory for another exception
        }
    }

    /** Reports an error that nobody waits for. Throws nothing. */
    static void drop(Throwable thrown) {
        try {
            Operators.onErrorDropped(thrown, Context.empty());
        } catch (Throwable more) {
            // A hook threw, or there is no memory to report in. No subscriber is left to signal.
        }
    }
}
