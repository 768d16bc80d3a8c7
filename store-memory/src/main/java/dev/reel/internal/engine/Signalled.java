package dev.reel.internal.engine;

import dev.reel.IdGenerator;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What a call finds wrong when it is made becomes the signal of its publisher: an argument that is not of its form, which
 * may come from data, and ids of new things, of which the generator throws. Only a null throws at the caller.
 */
final class Signalled implements IdGenerator {

    private final IdGenerator generator;

    Signalled(IdGenerator generator) {
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

    static <T> Mono<T> mono(Supplier<Mono<T>> call) {
        try {
            return call.get();
        } catch (NoIdException e) {
            return Mono.error(Failure.of(null, e.thrown));
        } catch (IllegalArgumentException e) {
            return Mono.error(e);
        }
    }

    static <T> Flux<T> flux(Supplier<Flux<T>> call) {
        try {
            return call.get();
        } catch (IllegalArgumentException e) {
            return Flux.error(e);
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
