package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.testkit.contract.History.Call;
import dev.reel.testkit.contract.Linearizability.Verdict;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The checker accepts and rejects known examples of a register and of a queue. */
class LinearizabilityTest {

    /** {@code w3} writes 3, {@code r} reads, {@code c1:2} replaces 1 by 2. */
    private static final SequentialModel<Integer, String, String> REGISTER = new SequentialModel<>() {
        @Override
        public Integer initial() {
            return 0;
        }

        @Override
        public Optional<Integer> step(Integer state, String input, String output) {
            if (input.startsWith("w")) {
                return Optional.of(Integer.valueOf(input.substring(1)));
            }
            if (input.startsWith("c")) {
                String[] parts = input.substring(1).split(":");
                boolean swaps = state == Integer.parseInt(parts[0]);
                int after = swaps ? Integer.parseInt(parts[1]) : state;
                return output == null || output.equals(swaps ? "yes" : "no") ? Optional.of(after) : Optional.empty();
            }
            return output == null || output.equals(String.valueOf(state)) ? Optional.of(state) : Optional.empty();
        }
    };

    /**
     * Builds a history from texts. Each names a caller and its call or result, in order: {@code "A w1"}, {@code "A
     * ok"}.
     */
    private static History<String, String> history(String... steps) {
        History<String, String> history = new History<>();
        Map<String, Integer> open = new java.util.HashMap<>();
        for (String step : steps) {
            String caller = step.substring(0, 1);
            String what = step.substring(2);
            Integer call = open.remove(caller);
            if (call == null) {
                open.put(caller, history.call(what));
            } else {
                history.answer(call, what);
            }
        }
        return history;
    }

    private static Verdict<String, String> verdict(String... steps) {
        return Linearizability.verdict(REGISTER, history(steps));
    }

    @Test
    void nothingIsLinearizable() {
        assertTrue(verdict().holds());
    }

    @Test
    void oneAfterTheOther() {
        assertTrue(verdict("A w1", "A ok", "A r", "A 1", "B w2", "B ok", "A r", "A 2")
                .holds());
        assertFalse(verdict("A w1", "A ok", "A r", "A 0").holds(), "a stale read");
        assertFalse(verdict("A w1", "A ok", "A r", "A 7").holds(), "a value that nobody wrote");
    }

    @Test
    void callsAtTheSameTimeMayTakeEffectInAnyOrder() {
        assertTrue(verdict("A w1", "B r", "B 0", "A ok").holds());
        assertTrue(verdict("A w1", "B r", "B 1", "A ok").holds());
        assertTrue(verdict("A w1", "B w2", "C r", "C 2", "C r", "C 1", "A ok", "B ok")
                .holds());
    }

    @Test
    void whatWasSeenIsNotUnseen() {
        assertFalse(verdict("A w1", "B r", "B 1", "B r", "B 0", "A ok").holds());
        assertFalse(verdict("A w1", "B w2", "C r", "C 2", "C r", "C 1", "C r", "C 2", "A ok", "B ok")
                .holds());
    }

    @Test
    void oneWinner() {
        assertTrue(verdict("A c0:1", "B c0:2", "A yes", "B no", "A r", "A 1").holds());
        assertFalse(verdict("A c0:1", "B c0:2", "A yes", "B yes").holds(), "both won");
        assertFalse(verdict("A c0:1", "B c0:2", "A no", "B no").holds(), "none won");
    }

    @Test
    void aCallWithoutAnAnswerTookEffectOrDidNot() {
        assertTrue(verdict("A w1", "B r", "B 0", "B r", "B 1").holds());
        assertTrue(verdict("A w1", "B r", "B 0", "B r", "B 0").holds());
        assertFalse(verdict("A w1", "B r", "B 1", "B r", "B 0").holds());
        assertFalse(verdict("B r", "B 1", "A w1").holds(), "not before it was made");
        assertTrue(verdict("A c0:1", "B r", "B 1").holds());
    }

    @Test
    void theHistoryOfWingAndGong() {
        // Herlihy and Wing's queue example as a register of sums: q(x) in, q(y) in, y out before x out is fine only
        // while both went in at the same time.
        SequentialModel<List<String>, String, String> queue = new SequentialModel<>() {
            @Override
            public List<String> initial() {
                return List.of();
            }

            @Override
            public Optional<List<String>> step(List<String> state, String input, String output) {
                if (input.startsWith("+")) {
                    List<String> longer = new java.util.ArrayList<>(state);
                    longer.add(input.substring(1));
                    return Optional.of(List.copyOf(longer));
                }
                return state.isEmpty() || !state.get(0).equals(output)
                        ? Optional.empty()
                        : Optional.of(state.subList(1, state.size()));
            }
        };
        assertTrue(Linearizability.verdict(queue, history("A +x", "B +y", "A ok", "B ok", "A -", "A y", "B -", "B x"))
                .holds());
        assertFalse(Linearizability.verdict(queue, history("A +x", "A ok", "B +y", "B ok", "A -", "A y", "B -", "B x"))
                .holds());
        assertFalse(Linearizability.verdict(queue, history("A +x", "A ok", "A -", "B -", "A x", "B x"))
                .holds());
    }

    @Test
    void theVerdictTellsHowFarItGoes() {
        Verdict<String, String> verdict = verdict("A w1", "A ok", "A w2", "A ok", "B r", "B 1");
        assertEquals(
                List.of("w1", "w2"), verdict.order().stream().map(Call::input).toList());
        assertEquals(List.of("r"), verdict.stuck().stream().map(Call::input).toList());
        AssertionError error = assertThrows(
                AssertionError.class, () -> Linearizability.check(REGISTER, history("A w1", "A ok", "B r", "B 0")));
        assertTrue(error.getMessage().startsWith("not linearizable"), error.getMessage());
        assertTrue(error.getMessage().contains("r → 0 [2, 3]"), error.getMessage());
        assertEquals(
                List.of("w1", "r"),
                verdict("B r", "A w1", "A ok", "B 1").order().stream()
                        .map(Call::input)
                        .toList());
    }

    @Test
    void partsAreHistoriesOfTheirOwn() {
        History<String, String> both = history("A w1", "B w2", "A ok", "B ok", "A r", "A 1");
        assertFalse(Linearizability.verdict(REGISTER, history("B w2", "B ok", "A w1", "A ok", "A r", "A 2"))
                .holds());
        Map<String, History<String, String>> parts = both.split(input -> input.equals("w2") ? "other" : "own");
        assertEquals(2, parts.get("own").calls().size());
        parts.values().forEach(part -> Linearizability.check(REGISTER, part));
        assertEquals(1, parts.get("other").call("r"), "and can be gone on with");
    }

    @Test
    void anAnswerComesOnce() {
        History<String, String> history = history("A w1", "A ok");
        assertThrows(IllegalStateException.class, () -> history.answer(0, "again"));
    }

    @Test
    void recordsACallWhenItIsSubscribedTo() {
        History<String, String> history = new History<>();
        Mono<String> call = history.record("r", Mono.just("0"));
        assertEquals(0, history.calls().size());
        assertEquals("0", call.block());
        history.record("w1", Mono.empty()).block();
        assertEquals("r → 0 [0, 1]", history.calls().get(0).toString());
        assertEquals("w1 → ? [2, …]", history.calls().get(1).toString());
        Linearizability.check(REGISTER, history);
    }

    /** Concurrent callers of a correct register, and of one that loses writes. */
    @Test
    void aRegisterUnderThreads() {
        for (int round = 0; round < 20; round++) {
            AtomicInteger register = new AtomicInteger();
            History<String, String> history = new History<>();
            Random random = new Random(round);
            Flux.range(0, 4)
                    .flatMap(thread -> Flux.range(1, 25)
                            .concatMap(n -> {
                                int value = random.nextInt(5);
                                return switch (random.nextInt(3)) {
                                    case 0 ->
                                        history.record("w" + value, Mono.fromCallable(() -> {
                                            register.set(value);
                                            return "ok";
                                        }));
                                    case 1 -> history.record("r", Mono.fromCallable(() -> "" + register.get()));
                                    default ->
                                        history.record(
                                                "c0:" + value,
                                                Mono.fromCallable(
                                                        () -> register.compareAndSet(0, value) ? "yes" : "no"));
                                };
                            })
                            .subscribeOn(Schedulers.boundedElastic()))
                    .blockLast();
            assertEquals(100, history.calls().size());
            Linearizability.check(REGISTER, history);
            history.record("r", Mono.just("9")).block();
            assertFalse(Linearizability.verdict(REGISTER, history).holds());
        }
    }
}
