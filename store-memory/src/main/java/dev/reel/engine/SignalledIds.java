package dev.reel.engine;

import dev.reel.IdGenerator;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/**
 * Ids of new things, asked for when a write is called. A generator that throws must not throw at the caller: its error
 * becomes the signal of the write ({@link #signalled}).
 */
final class SignalledIds implements IdGenerator {

    private final IdGenerator generator;

    SignalledIds(IdGenerator generator) {
        this.generator = generator;
    }

    private static final class NoIdException extends RuntimeException {

        private static final long serialVersionUID = 1L;
        private final Throwable thrown;

        NoIdException(Throwable thrown) {
            super("the id generator failed", thrown, false, false);
            this.thrown = thrown;
        }
    }

    /** Makes a write; its signal is an error where the generator fails. */
    static <T> Mono<T> signalled(Supplier<Mono<T>> write) {
        try {
            return write.get();
        } catch (NoIdException e) {
            return Mono.error(Failure.of(null, e.thrown));
        }
    }

    @Override
    public String sessionId() {
        return ask(generator::sessionId);
    }

    @Override
    public String messageId() {
        return ask(generator::messageId);
    }

    @Override
    public String snapshotId() {
        return ask(generator::snapshotId);
    }

    @Override
    public String eventId() {
        return ask(generator::eventId);
    }

    private static String ask(Supplier<String> id) {
        try {
            return id.get();
        } catch (Throwable t) {
            throw new NoIdException(t);
        }
    }
}
