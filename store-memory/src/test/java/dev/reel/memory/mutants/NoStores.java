package dev.reel.memory.mutants;

import dev.reel.SessionStore;
import dev.reel.StoreClosedException;
import dev.reel.StoreOptions;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Stores that keep nothing and return the same publisher for every call. */
final class NoStores {

    private NoStores() {}

    /** Completes every call empty. */
    static SessionStore empty(StoreOptions options) {
        return answering(method -> Mono.empty());
    }

    /**
     * Fails every call, except that it can be closed, and that it reports itself closed to the contract's check of all
     * logs after each test. So no test fails only because of that check.
     */
    static SessionStore failing(StoreOptions options) {
        return answering(method -> switch (method.getName()) {
            case "closeAsync" -> Mono.empty();
            case "sessionIds" -> Mono.error(new StoreClosedException());
            default -> Mono.error(new IllegalStateException("this store answers with errors"));
        });
    }

    private static SessionStore answering(Function<Method, Publisher<?>> answer) {
        return (SessionStore) Proxy.newProxyInstance(
                NoStores.class.getClassLoader(), new Class<?>[] {SessionStore.class}, (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() == Object.class) {
                        return objectMethod(proxy, method, arguments);
                    }
                    if (method.getReturnType() == Mono.class) {
                        return Mono.from(answer.apply(method));
                    }
                    return method.getReturnType() == Flux.class ? Flux.from(answer.apply(method)) : null;
                });
    }

    private static @Nullable Object objectMethod(Object proxy, Method method, @Nullable Object[] arguments) {
        return switch (method.getName()) {
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "a store that does nothing";
        };
    }
}
