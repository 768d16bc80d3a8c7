package dev.reel.internal.engine;

import dev.reel.IdGenerator;
import dev.reel.internal.Call;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Turns errors that a call finds before it is subscribed to into error signals of its publisher: an invalid argument,
 * which may come from data, and an exception of the id generator. Only a null argument throws at the caller.
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

    /** Returns the publisher of a call with this name; see {@link Call}. */
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
