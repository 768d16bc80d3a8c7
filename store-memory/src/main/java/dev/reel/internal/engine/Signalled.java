package dev.reel.internal.engine;

import dev.reel.IdGenerator;
import dev.reel.internal.Call;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
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

    /** What a call named like this returns; see {@link Call}. */
    static <T> Mono<T> mono(String name, @Nullable String sessionId, Supplier<Mono<T>> call) {
        Mono<T> result;
        try {
            result = call.get();
        } catch (NoIdException e) {
            result = Mono.error(Failure.of(null, e.thrown));
        } catch (IllegalArgumentException e) {
            result = Mono.error(e);
        }
        return Call.mono(name, sessionId, result);
    }

    static <T> Flux<T> flux(String name, @Nullable String sessionId, Supplier<Flux<T>> call) {
        Flux<T> result;
        try {
            result = call.get();
        } catch (IllegalArgumentException e) {
            result = Flux.error(e);
        }
        return Call.flux(name, sessionId, result);
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
