package dev.reel.testkit.contract;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.Executable;
import org.reactivestreams.tck.PublisherVerification;
import org.testng.SkipException;
import org.testng.annotations.Test;

/**
 * The rules of the Reactive Streams TCK, each as a separate JUnit test.
 *
 * <pre>{@code
 * @TestFactory
 * Stream<DynamicTest> replayKeepsTheRules() {
 *     return TckRules.of(ReplayVerification::new);
 * }
 * }</pre>
 *
 * <p>The TCK is written for TestNG and reports a rule as skipped if it cannot test the rule, or if the rule does not
 * apply to a kind of publisher. Nothing is skipped here: rules that the TCK calls <em>untested</em> are omitted, and a
 * rule that skips itself fails, unless the caller named it as not applicable.
 */
final class TckRules {

    private TckRules() {}

    /**
     * Returns a test for each rule that the TCK tests.
     *
     * @param verification creates a new verification for each rule
     * @return one test for each rule
     */
    static Stream<DynamicTest> of(Supplier<? extends PublisherVerification<?>> verification) {
        return of(verification, Set.of());
    }

    /**
     * Returns a test for each rule that the TCK tests, some of which do not apply.
     *
     * @param verification creates a new verification for each rule
     * @param notApplicable the TCK's methods that must skip themselves for this publisher
     * @return one test for each rule
     */
    static Stream<DynamicTest> of(
            Supplier<? extends PublisherVerification<?>> verification, Set<String> notApplicable) {
        return Arrays.stream(PublisherVerification.class.getMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .filter(method -> !method.getName().startsWith("untested_"))
                .sorted(Comparator.comparing(Method::getName))
                .map(rule -> DynamicTest.dynamicTest(
                        rule.getName(), run(verification, rule, notApplicable.contains(rule.getName()))));
    }

    private static Executable run(
            Supplier<? extends PublisherVerification<?>> verification, Method rule, boolean mustSkip) {
        return () -> {
            PublisherVerification<?> fresh = verification.get();
            fresh.setUp();
            boolean skipped = false;
            try {
                rule.invoke(fresh);
            } catch (InvocationTargetException e) {
                if (!(e.getCause() instanceof SkipException)) {
                    throw e.getCause();
                }
                skipped = true;
            }
            if (skipped != mustSkip) {
                throw new AssertionError(
                        skipped ? "The TCK skipped this rule." : "This rule applies after all: the TCK ran it.");
            }
        };
    }
}
