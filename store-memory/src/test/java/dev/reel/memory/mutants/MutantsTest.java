package dev.reel.memory.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.memory.MemorySessionStore;
import dev.reel.memory.mutants.ContractRun.Outcome;
import dev.reel.testkit.contract.HeldFlushContract;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests the contract itself: each store with one seeded bug fails the test for that bug, and a store without a bug
 * passes the same tests.
 */
class MutantsTest {

    static List<Mutant> mutants() {
        return Mutant.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    @DisplayName("a store with one bug is caught by its test")
    void isCaught(Mutant mutant) {
        ContractTest test = ContractTest.at(mutant.test());
        assertTrue(test.rules().contains(mutant.rule()), () -> test + " is no test of " + mutant.rule());
        mustFail(test, mutant::open, mutant.does());
    }

    private static void mustFail(ContractTest test, Function<StoreOptions, SessionStore> store, String does) {
        List<Outcome> outcomes = ContractRun.untilItFails(test, store);
        assertTrue(
                outcomes.stream().anyMatch(Outcome::failedItself),
                () -> test + " did not notice a store that " + does + ": " + outcomes);
    }

    @Test
    @DisplayName("a store without a bug passes all these tests")
    void theHealthyStorePasses() {
        List<ContractTest> tests = Mutant.all().stream()
                .map(Mutant::test)
                .distinct()
                .map(ContractTest::at)
                // These need a journal that can be held; HeldFlushTest runs them.
                .filter(test -> test.contract() != HeldFlushContract.class)
                .toList();
        List<Outcome> outcomes = ContractRun.some(tests, MemorySessionStore::create);
        assertEquals(
                List.of(),
                outcomes.stream()
                        .filter(outcome -> outcome.end() != Outcome.End.PASSED)
                        .toList());
        assertEquals(
                tests.stream().map(ContractTest::place).collect(Collectors.toSet()),
                outcomes.stream().map(Outcome::place).collect(Collectors.toSet()),
                "each test was run");
    }

    @Test
    @DisplayName("a seeded bug without effect is noticed")
    void noBug() {
        ContractTest test = ContractTest.at(Mutant.all().get(0).test());
        AssertionError error =
                assertThrows(AssertionError.class, () -> mustFail(test, Healthy::new, "does everything right"));
        assertTrue(
                String.valueOf(error.getMessage())
                        .contains(test + " did not notice a store that does everything right"),
                error::getMessage);
    }

    private static final class Healthy extends Broken {
        Healthy(StoreOptions options) {
            super(options);
        }
    }

    @Test
    @DisplayName("each rule has a bug, and each bug has its own name")
    void everyRuleIsBroken() {
        List<Mutant> all = Mutant.all();
        assertEquals(
                new TreeSet<>(
                        IntStream.rangeClosed(1, 25).mapToObj(n -> "R" + n).toList()),
                all.stream().map(Mutant::rule).collect(Collectors.toCollection(TreeSet::new)));
        Set<String> names = all.stream().map(Mutant::name).collect(Collectors.toSet());
        assertEquals(all.size(), names.size(), "two bugs have one name");
    }
}
