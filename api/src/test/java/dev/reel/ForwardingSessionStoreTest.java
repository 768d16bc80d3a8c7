package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class ForwardingSessionStoreTest {

    private final List<String> asked = new ArrayList<>();
    private final SessionStore delegate = (SessionStore) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {SessionStore.class}, (proxy, method, arguments) -> {
                asked.add(signatureOf(method));
                return method.getReturnType() == Mono.class
                        ? Mono.empty()
                        : method.getReturnType() == Flux.class ? Flux.empty() : null;
            });
    private final SessionStore wrapper = new ForwardingSessionStore(delegate) {};

    @TestFactory
    Stream<DynamicTest> everyFullFormIsForwarded() {
        return methods()
                .filter(method -> Modifier.isAbstract(method.getModifiers()))
                .map(method -> DynamicTest.dynamicTest(signatureOf(method), () -> {
                    asked.clear();
                    call(method);
                    assertEquals(List.of(signatureOf(method)), asked);
                }));
    }

    /** A wrapper can thus override one method to intercept all of its forms. */
    @TestFactory
    Stream<DynamicTest> everyShortFormCallsTheFullOneOfTheWrapper() {
        return methods()
                .filter(method -> !Modifier.isAbstract(method.getModifiers()))
                .map(method -> DynamicTest.dynamicTest(signatureOf(method), () -> {
                    asked.clear();
                    call(method);
                    assertEquals(1, asked.size());
                    assertTrue(fullForms().contains(asked.get(0)), () -> "must call the full form: " + asked);
                }));
    }

    private static final Set<String> WITHOUT_HOOK = Set.of("sync", "status", "completeTails", "closeAsync", "close");

    /** A wrapper can thus act on all writes or all reads in one place. */
    @TestFactory
    Stream<DynamicTest> everyFullFormPassesThroughItsHook() {
        return methods()
                .filter(method -> Modifier.isAbstract(method.getModifiers()))
                .map(method -> DynamicTest.dynamicTest(signatureOf(method), () -> {
                    asked.clear();
                    List<String> hooks = new ArrayList<>();
                    call(method, new Hooked(hooks));
                    String hook = hookOf(method);
                    assertEquals(hook == null ? List.of() : List.of(hook + " " + method.getName()), hooks);
                    assertEquals(
                            hook == null ? List.of(signatureOf(method)) : List.of(),
                            asked,
                            "the hook alone decides whether the wrapped store is called");
                }));
    }

    private static @Nullable String hookOf(Method method) {
        if (WITHOUT_HOOK.contains(method.getName())) {
            return null;
        }
        if (List.of(method.getParameterTypes()).contains(WriteOptions.class)) {
            return "write";
        }
        return method.getReturnType() == Mono.class ? "read" : "readMany";
    }

    /** Records the hooks that are called, and calls no store. */
    private final class Hooked extends ForwardingSessionStore {

        private final List<String> hooks;

        Hooked(List<String> hooks) {
            super(delegate);
            this.hooks = hooks;
        }

        @Override
        protected <T> Mono<T> write(
                String method,
                @Nullable String sessionId,
                WriteOptions options,
                BiFunction<SessionStore, WriteOptions, Mono<T>> write) {
            hooks.add("write " + method);
            return Mono.empty();
        }

        @Override
        protected <T> Mono<T> read(String method, @Nullable String sessionId, Function<SessionStore, Mono<T>> read) {
            hooks.add("read " + method);
            return Mono.empty();
        }

        @Override
        protected <T> Flux<T> readMany(
                String method, @Nullable String sessionId, Function<SessionStore, Flux<T>> read) {
            hooks.add("readMany " + method);
            return Flux.empty();
        }
    }

    @Test
    void aHookGetsTheSessionAndTheOptionsAndCanReplaceThem() {
        WriteOptions given = WriteOptions.none();
        WriteOptions other = given.withIdempotencyKey("k");
        List<@Nullable Object> seen = new ArrayList<>();
        ForwardingSessionStore inner = new ForwardingSessionStore(delegate) {
            @Override
            protected <T> Mono<T> write(
                    String method,
                    @Nullable String sessionId,
                    WriteOptions options,
                    BiFunction<SessionStore, WriteOptions, Mono<T>> write) {
                seen.addAll(Arrays.asList(sessionId, options));
                return super.write(method, sessionId, options, write);
            }
        };
        ForwardingSessionStore outer = new ForwardingSessionStore(inner) {
            @Override
            protected <T> Mono<T> write(
                    String method,
                    @Nullable String sessionId,
                    WriteOptions options,
                    BiFunction<SessionStore, WriteOptions, Mono<T>> write) {
                seen.addAll(Arrays.asList(sessionId, options));
                return write.apply(inner, other);
            }
        };
        outer.undo("s", given);
        outer.createSession(SessionDraft.empty(), given);
        assertEquals(Arrays.asList("s", given, "s", other, null, given, null, other), seen);
        assertEquals(List.of("undo(String, WriteOptions)", "createSession(SessionDraft, WriteOptions)"), asked);
    }

    @Test
    void theStoreDeclaresMethods() {
        assertTrue(fullForms().size() > 30, () -> "only " + fullForms());
    }

    private void call(Method method) throws ReflectiveOperationException {
        call(method, wrapper);
    }

    private static void call(Method method, SessionStore wrapper) throws ReflectiveOperationException {
        Object[] arguments = Arrays.stream(method.getParameterTypes())
                .map(ForwardingSessionStoreTest::anyValue)
                .toArray();
        try {
            method.invoke(wrapper, arguments);
        } catch (InvocationTargetException e) {
            throw new AssertionError(method + " failed", e.getCause());
        }
    }

    /** The arguments that the wrapper must forward: null, except where a short form puts the argument into a list. */
    private static Object anyValue(Class<?> type) {
        return type == long.class ? (Object) 1L : type == EventDraft.class ? EventDraft.of("x", Json.object()) : null;
    }

    private static Stream<Method> methods() {
        return Arrays.stream(SessionStore.class.getMethods()).filter(it -> !Modifier.isStatic(it.getModifiers()));
    }

    private static Set<String> fullForms() {
        return methods()
                .filter(method -> Modifier.isAbstract(method.getModifiers()))
                .map(ForwardingSessionStoreTest::signatureOf)
                .collect(Collectors.toSet());
    }

    private static String signatureOf(Method method) {
        return method.getName()
                + Arrays.stream(method.getParameterTypes())
                        .map(Class::getSimpleName)
                        .collect(Collectors.joining(", ", "(", ")"));
    }
}
