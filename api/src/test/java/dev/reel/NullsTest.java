package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.spi.Events;
import dev.reel.spi.LineCodec;
import dev.reel.spi.States;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Passes null to each parameter of {@code dev.reel} and {@code dev.reel.spi} that is not marked {@code @Nullable}, one
 * at a time: of static methods, of public constructors, and of the methods of values.
 *
 * <p>Left out on purpose: {@code equals}, which accepts null; the constructors of exceptions, because one that throws
 * would hide the error that it should report; and the methods of interfaces and of {@link ForwardingSessionStore},
 * which behave as their implementations do. The contract tests pass nulls to the methods of a store.
 */
@DisplayName("R23: a null argument throws at the call")
class NullsTest {

    private static final Json OBJECT = Json.EMPTY_OBJECT;
    private static final LogPlace PLACE = LogPlace.of(1, "e", 1);
    private static final Message MESSAGE = new Message("m", "s", 0, Role.USER, OBJECT, Instant.EPOCH, false);
    private static final Snapshot SNAPSHOT = new Snapshot("p", "s", "m", OBJECT, Instant.EPOCH);
    private static final SessionEvent EVENT =
            SessionEvent.of("s", 1, 1, "e", Instant.EPOCH, 1, EventDraft.of("note", OBJECT), Upcasters.none());
    private static final Session SESSION =
            new Session("s", null, null, null, null, Instant.EPOCH, Instant.EPOCH, OBJECT, false, 1);

    /** The values of the other parameters, and the objects on which methods are called. */
    private static final Map<Class<?>, Object> SAMPLES = Map.ofEntries(
            sample(boolean.class, true),
            sample(int.class, 1),
            sample(long.class, 1L),
            sample(String.class, "x"),
            sample(byte[].class, new byte[] {'{', '}'}),
            sample(Instant.class, Instant.EPOCH),
            sample(Clock.class, Clock.systemUTC()),
            sample(Class.class, String.class),
            sample(List.class, List.of()),
            sample(Map.class, Map.of()),
            sample(Throwable.class, new IllegalStateException("sample")),
            sample(Function.class, Function.identity()),
            sample(UnaryOperator.class, UnaryOperator.identity()),
            sample(Bounds.class, Bounds.standard()),
            sample(CheckpointRequest.class, CheckpointRequest.atLastMessage()),
            sample(EventDraft.class, EventDraft.of("note", OBJECT)),
            sample(FeedFilter.class, FeedFilter.all()),
            sample(ForkRequest.class, ForkRequest.whole()),
            sample(Json.class, OBJECT),
            sample(JsonCodec.class, new NoCodec()),
            sample(JsonLimits.class, JsonLimits.DEFAULT),
            sample(ListCursor.class, ListCursor.after(SESSION)),
            sample(LineCodec.class, LineCodec.standard()),
            sample(LogPlace.class, PLACE),
            sample(LongFunction.class, (LongFunction<Object>) version -> EVENT),
            sample(Message.class, MESSAGE),
            sample(MessageDraft.class, MessageDraft.user("x")),
            sample(MessageQuery.class, MessageQuery.all()),
            sample(Place.class, PLACE),
            sample(Range.class, Range.all()),
            sample(ReelException.Outcome.class, ReelException.Outcome.UNKNOWN),
            sample(Role.class, Role.USER),
            sample(Session.class, SESSION),
            sample(SessionDraft.class, SessionDraft.empty()),
            sample(SessionEvent.class, EVENT),
            sample(SessionPatch.class, SessionPatch.empty()),
            sample(SessionQuery.class, SessionQuery.all()),
            sample(SessionState.class, SessionState.empty("s")),
            sample(Snapshot.class, SNAPSHOT),
            sample(SnapshotDraft.class, SnapshotDraft.of(OBJECT)),
            sample(StoreOptions.class, StoreOptions.standard()),
            sample(StoreStatus.State.class, StoreStatus.State.ACCEPTING),
            sample(TailOptions.class, TailOptions.standard()),
            sample(Upcasters.class, Upcasters.none()),
            sample(WriteOptions.class, WriteOptions.none()));

    private static <T> Map.Entry<Class<?>, Object> sample(Class<T> type, T value) {
        return Map.entry(type, value);
    }

    @Test
    @DisplayName(
            "every factory, constructor and method of a value rejects null for every parameter that is not @Nullable")
    void nulls() throws IOException, URISyntaxException {
        List<Class<?>> classes = publicClasses();
        assertTrue(
                classes.containsAll(List.of(Change.PutMessage.class, LineCodec.class, Events.class, States.class)),
                "the classes of the packages were not found");

        List<String> faults = classes.stream()
                .flatMap(NullsTest::executables)
                .flatMap(NullsTest::spots)
                .map(Spot::fault)
                .flatMap(Stream::ofNullable)
                .sorted()
                .toList();

        assertEquals(List.of(), faults, () -> "\n" + String.join("\n", faults) + "\n");
    }

    private static List<Class<?>> publicClasses() throws IOException, URISyntaxException {
        Path root = Path.of(SessionStore.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        return Stream.concat(
                        publicClasses(root, SessionStore.class.getPackageName()),
                        publicClasses(root, LineCodec.class.getPackageName()))
                .toList();
    }

    private static Stream<Class<?>> publicClasses(Path root, String packageName) throws IOException {
        try (Stream<Path> files = Files.list(root.resolve(packageName.replace('.', '/')))) {
            return files
                    .map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".class") && !file.equals("package-info.class"))
                    .<Class<?>>map(
                            file -> classOf(packageName + "." + file.substring(0, file.length() - ".class".length())))
                    .filter(NullsTest::isPublic)
                    .toList()
                    .stream();
        }
    }

    private static Class<?> classOf(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isPublic(Class<?> type) {
        return Modifier.isPublic(type.getModifiers())
                && (type.getDeclaringClass() == null || isPublic(type.getDeclaringClass()));
    }

    private static Stream<Executable> executables(Class<?> type) {
        Stream<Executable> methods = Arrays.stream(type.getDeclaredMethods())
                .filter(method -> Modifier.isStatic(method.getModifiers()) || isOfValue(method))
                .map(method -> method);
        Stream<Executable> constructors = Stream.of(type.getDeclaredConstructors())
                .filter(constructor -> !Throwable.class.isAssignableFrom(type))
                .filter(constructor -> !Modifier.isAbstract(type.getModifiers()))
                .map(constructor -> constructor);
        return Stream.concat(methods, constructors)
                .filter(executable -> Modifier.isPublic(executable.getModifiers()) && !executable.isSynthetic());
    }

    private static boolean isOfValue(Method method) {
        Class<?> type = method.getDeclaringClass();
        return !type.isInterface()
                && !SessionStore.class.isAssignableFrom(type)
                && !method.getName().equals("equals");
    }

    private static Stream<Spot> spots(Executable executable) {
        Parameter[] parameters = executable.getParameters();
        return IntStream.range(0, parameters.length)
                .filter(i -> !parameters[i].getType().isPrimitive() && !isNullable(parameters[i]))
                .mapToObj(i -> new Spot(executable, i));
    }

    private static boolean isNullable(Parameter parameter) {
        return parameter.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    /** Passed together with a null, so that it is never called. */
    private static final class NoCodec implements JsonCodec {

        @Override
        public Json write(@Nullable Object value) {
            throw new AssertionError("must not be called: write " + value);
        }

        @Override
        public <T> T read(Json json, Class<T> type) {
            throw new AssertionError("must not be called: read " + type);
        }
    }

    /** A parameter that must not be null. */
    private record Spot(Executable executable, int index) {

        /** What goes wrong if it is null. */
        @Nullable
        String fault() {
            List<String> missing = missingSamples();
            if (!missing.isEmpty()) {
                return this + ": no sample of " + missing;
            }
            try {
                call();
                return this + ": accepted";
            } catch (InvocationTargetException e) {
                Throwable thrown = e.getCause();
                return thrown instanceof NullPointerException && thrown.getMessage() != null
                        ? null
                        : this + ": " + thrown;
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(toString(), e);
            }
        }

        private List<String> missingSamples() {
            Stream<Class<?>> others = IntStream.range(0, executable.getParameterCount())
                    .filter(i -> i != index && !isNullable(executable.getParameters()[i]))
                    .mapToObj(i -> executable.getParameterTypes()[i]);
            Stream<Class<?>> receiver =
                    Modifier.isStatic(executable.getModifiers()) || executable instanceof Constructor
                            ? Stream.of()
                            : Stream.of(executable.getDeclaringClass());
            return Stream.concat(others, receiver)
                    .filter(type -> !SAMPLES.containsKey(type))
                    .map(Class::getSimpleName)
                    .toList();
        }

        private void call() throws ReflectiveOperationException {
            @Nullable Object[] arguments = new Object[executable.getParameterCount()];
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = i == index ? null : SAMPLES.get(executable.getParameterTypes()[i]);
            }
            if (executable instanceof Method method) {
                method.invoke(SAMPLES.get(method.getDeclaringClass()), arguments);
            } else {
                ((Constructor<?>) executable).newInstance(arguments);
            }
        }

        @Override
        public String toString() {
            String types = Arrays.stream(executable.getParameterTypes())
                    .map(Class::getSimpleName)
                    .collect(Collectors.joining(", ", "(", ")"));
            String name = executable instanceof Method ? "." + executable.getName() : "";
            return executable.getDeclaringClass().getName() + name + types + ", parameter " + (index + 1);
        }
    }
}
