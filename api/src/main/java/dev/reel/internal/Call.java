package dev.reel.internal;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Names the publisher that a method of a store returns after the call, so that a timeout, a {@code checkpoint()} or a
 * trace shows {@code tail(chat-7)} instead of a class name. The named publisher passes Reactor's assembly hooks once.
 *
 * <p>The name is that of an operator step, not the {@link Scannable.Attr#NAME} that {@code name(…)} sets: metrics use
 * that one as their name, and must not contain session ids.
 */
public final class Call {

    private Call() {}

    /**
     * Names a {@code Mono}.
     *
     * @param <T> the type of the elements
     * @param name the method's name
     * @param sessionId the session of the call, or null
     * @param source the publisher to name
     * @return the source, with the name
     */
    public static <T> Mono<T> mono(String name, @Nullable String sessionId, Mono<T> source) {
        return One.of(name, sessionId, source);
    }

    /**
     * Names a {@code Flux}.
     *
     * @param <T> the type of the elements
     * @param name the method's name
     * @param sessionId the session of the call, or null
     * @param source the publisher to name
     * @return the source, with the name
     */
    public static <T> Flux<T> flux(String name, @Nullable String sessionId, Flux<T> source) {
        return Many.of(name, sessionId, source);
    }

    private static String named(String name, @Nullable String sessionId) {
        return sessionId == null ? name : name + "(" + sessionId + ")";
    }

    private static @Nullable Object scanned(Scannable.Attr<?> key, Publisher<?> source) {
        return key == Scannable.Attr.PARENT ? source : null;
    }

    private static final class One<T> extends Mono<T> implements Scannable {

        private final String name;
        private final @Nullable String sessionId;
        private final Mono<T> source;

        private One(String name, @Nullable String sessionId, Mono<T> source) {
            this.name = name;
            this.sessionId = sessionId;
            this.source = source;
        }

        static <T> Mono<T> of(String name, @Nullable String sessionId, Mono<T> source) {
            return onAssembly(new One<>(name, sessionId, source));
        }

        @Override
        public void subscribe(CoreSubscriber<? super T> actual) {
            source.subscribe(actual);
        }

        @Override
        @SuppressWarnings("rawtypes")
        public @Nullable Object scanUnsafe(Attr key) {
            return scanned(key, source);
        }

        @Override
        public String stepName() {
            return named(name, sessionId);
        }

        @Override
        public String toString() {
            return stepName();
        }
    }

    private static final class Many<T> extends Flux<T> implements Scannable {

        private final String name;
        private final @Nullable String sessionId;
        private final Flux<T> source;

        private Many(String name, @Nullable String sessionId, Flux<T> source) {
            this.name = name;
            this.sessionId = sessionId;
            this.source = source;
        }

        static <T> Flux<T> of(String name, @Nullable String sessionId, Flux<T> source) {
            return onAssembly(new Many<>(name, sessionId, source));
        }

        @Override
        public void subscribe(CoreSubscriber<? super T> actual) {
            source.subscribe(actual);
        }

        @Override
        @SuppressWarnings("rawtypes")
        public @Nullable Object scanUnsafe(Attr key) {
            return scanned(key, source);
        }

        @Override
        public String stepName() {
            return named(name, sessionId);
        }

        @Override
        public String toString() {
            return stepName();
        }
    }
}
