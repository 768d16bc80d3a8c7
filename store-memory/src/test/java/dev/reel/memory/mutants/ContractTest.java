package dev.reel.memory.mutants;

import dev.reel.testkit.contract.DurableSessionStoreContract;
import dev.reel.testkit.contract.HeldFlushContract;
import dev.reel.testkit.contract.NonBlockingContract;
import dev.reel.testkit.contract.ReactiveStreamsContract;
import dev.reel.testkit.contract.SessionStoreContract;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.discovery.DiscoverySelectors;

/**
 * A test of a contract that the testkit publishes: one method, which may run several times.
 *
 * @param place class and method, as {@code AppendContract#contiguous}
 * @param title its display name without the rules
 * @param rules the rules with which its display name begins, for example {@code R2}
 */
record ContractTest(Class<?> contract, String place, String title, List<String> rules, DiscoverySelector selector) {

    /** The beginning of a display name: one or more rules. */
    private static final Pattern RULES = Pattern.compile("((?:R\\d+(?:, )?)+): ");

    /** The contracts, and the test classes that run them on the store under test. */
    private static final Map<Class<?>, Class<?>> SUBJECTS = new LinkedHashMap<>();

    static {
        SUBJECTS.put(SessionStoreContract.class, ContractRun.Subject.class);
        SUBJECTS.put(DurableSessionStoreContract.class, ContractRun.DurableSubject.class);
        SUBJECTS.put(HeldFlushContract.class, ContractRun.HeldSubject.class);
        SUBJECTS.put(ReactiveStreamsContract.class, ContractRun.ReactiveStreamsSubject.class);
        SUBJECTS.put(NonBlockingContract.class, ContractRun.NonBlockingSubject.class);
    }

    static Set<Class<?>> contracts() {
        return SUBJECTS.keySet();
    }

    /** Returns all tests of all contracts, by contract, class and method. */
    static List<ContractTest> all() {
        return contracts().stream().flatMap(contract -> all(contract).stream()).toList();
    }

    /** Returns the test with the given class and method. */
    static ContractTest at(String place) {
        return all().stream()
                .filter(test -> test.place().equals(place))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the contract has no test " + place));
    }

    /** Returns all tests of a contract, by class and method. */
    static List<ContractTest> all(Class<?> contract) {
        Class<?> subject = SUBJECTS.get(contract);
        Stream<ContractTest> nested = Arrays.stream(contract.getDeclaredClasses())
                .filter(type -> type.isAnnotationPresent(Nested.class))
                .flatMap(type -> methods(type).stream()
                        .map(method -> of(
                                contract,
                                method,
                                DiscoverySelectors.selectNestedMethod(List.of(subject), type, method))));
        Stream<ContractTest> own = methods(contract).stream()
                .map(method -> of(contract, method, DiscoverySelectors.selectMethod(subject, method)));
        return Stream.concat(own, nested)
                .sorted(Comparator.comparing(ContractTest::place))
                .toList();
    }

    /** Returns the selector of a whole contract. */
    static DiscoverySelector wholeOf(Class<?> contract) {
        return DiscoverySelectors.selectClass(SUBJECTS.get(contract));
    }

    private static List<Method> methods(Class<?> type) {
        return ReflectionSupport.findMethods(
                type, method -> AnnotationSupport.isAnnotated(method, Testable.class), HierarchyTraversalMode.TOP_DOWN);
    }

    private static ContractTest of(Class<?> contract, Method method, DiscoverySelector selector) {
        String name = nameOf(method);
        Matcher rules = RULES.matcher(name);
        return rules.lookingAt()
                ? new ContractTest(
                        contract,
                        placeOf(method),
                        name.substring(rules.end()),
                        List.of(rules.group(1).split(", ")),
                        selector)
                : new ContractTest(contract, placeOf(method), name, List.of(), selector);
    }

    static String placeOf(Method method) {
        return method.getDeclaringClass().getSimpleName() + "#" + method.getName();
    }

    /** Returns the display name in the source of a test. */
    private static String nameOf(Method method) {
        DisplayName name = method.getAnnotation(DisplayName.class);
        if (name != null) {
            return name.value();
        }
        ParameterizedTest parameterized = method.getAnnotation(ParameterizedTest.class);
        return parameterized == null ? method.getName() : parameterized.name();
    }

    @Override
    public String toString() {
        return place;
    }
}
