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
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

    @Test
    void theStoreDeclaresMethods() {
        assertTrue(fullForms().size() > 30, () -> "only " + fullForms());
    }

    private void call(Method method) throws ReflectiveOperationException {
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
