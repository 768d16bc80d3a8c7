package dev.reel.memory.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.memory.mutants.ContractRun.Outcome;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A store that does nothing, and one whose calls all fail, fail every test of every contract. */
class NoStoresTest {

    static Set<Class<?>> contracts() {
        return ContractTest.contracts();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("contracts")
    @DisplayName("a store that completes every call empty fails every test")
    void empty(Class<?> contract) {
        failsEveryTest(contract, NoStores::empty);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("contracts")
    @DisplayName("a store that fails every call fails every test")
    void failing(Class<?> contract) {
        failsEveryTest(contract, NoStores::failing);
    }

    private static void failsEveryTest(Class<?> contract, Function<StoreOptions, SessionStore> store) {
        List<Outcome> outcomes = ContractRun.all(contract, store);
        assertEquals(
                List.of(),
                outcomes.stream().filter(outcome -> !outcome.failedItself()).toList());
        assertEquals(
                ContractTest.all(contract).stream().map(ContractTest::place).collect(Collectors.toSet()),
                outcomes.stream().map(Outcome::place).collect(Collectors.toSet()),
                "each test was run");
    }
}
