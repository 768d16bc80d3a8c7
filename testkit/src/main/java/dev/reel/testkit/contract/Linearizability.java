package dev.reel.testkit.contract;

import dev.reel.testkit.contract.History.Call;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Checks whether a history of concurrent calls is linearizable: whether the calls can be put in one sequence that keeps
 * the order of calls that did not overlap, and in which a sequential model returns the recorded results.
 *
 * <p>The search is the algorithm of Wing and Gong with the cache that Lowe added. In each step it takes a call that may
 * be next (every call that was answered before it was made is taken already) and whose result the model can return. If
 * there is none, it undoes the last call. Each set of taken calls, together with the resulting state, is tried once. A
 * call without a result may be taken at any time after it was made, or never.
 *
 * <p>If no sequence exists, the search proves it. That can take very long if many calls overlap, so it fails with an
 * {@link IllegalStateException} after a bounded number of steps.
 */
public final class Linearizability {

    private static final long MOST_STEPS = 20_000_000;

    private Linearizability() {}

    /**
     * The result of the search.
     *
     * @param holds whether the history is linearizable
     * @param order the sequence that was found; if there is none, the longest prefix that was found
     * @param stuck if there is none, the calls of which one would have to follow that prefix
     * @param <I> the input of a call
     * @param <O> the result of a call
     */
    public record Verdict<I, O>(boolean holds, List<Call<I, O>> order, List<Call<I, O>> stuck) {

        @Override
        public String toString() {
            if (holds) {
                return "linearizable: " + order;
            }
            StringBuilder text = new StringBuilder("not linearizable. The longest order that explains the answers is");
            order.forEach(call -> text.append("\n  ").append(call));
            text.append("\nand none of these can be next:");
            stuck.forEach(call -> text.append("\n  ").append(call));
            return text.toString();
        }
    }

    /**
     * Asserts that a history is linearizable.
     *
     * @param model the sequential model
     * @param history the calls
     * @param <S> the model's state
     * @param <I> the input of a call
     * @param <O> the result of a call
     * @throws AssertionError if it is not; the message shows the longest prefix that was found
     * @throws IllegalStateException if the search exceeds its number of steps
     */
    public static <S, I, O> void check(SequentialModel<S, I, O> model, History<I, O> history) {
        Verdict<I, O> verdict = verdict(model, history);
        if (!verdict.holds()) {
            throw new AssertionError(verdict.toString());
        }
    }

    /**
     * Searches a sequence for a history.
     *
     * @param model the sequential model
     * @param history the calls
     * @param <S> the model's state
     * @param <I> the input of a call
     * @param <O> the result of a call
     * @return the sequence, or the longest prefix that was found
     * @throws IllegalStateException if the search exceeds its number of steps
     */
    public static <S, I, O> Verdict<I, O> verdict(SequentialModel<S, I, O> model, History<I, O> history) {
        return new Search<>(model, history.calls()).run();
    }

    /** A call that was taken, and the state before it. */
    private record Taken<S>(int call, S before) {}

    /** A set of taken calls and the resulting state; the rest of the search depends on nothing else. */
    private record Reached<S>(BitSet taken, S state) {}

    private static final class Search<S, I, O> {

        private final SequentialModel<S, I, O> model;
        private final List<Call<I, O>> calls;
        private final int answered;
        private final BitSet taken = new BitSet();
        private final List<Taken<S>> order = new ArrayList<>();
        private final Set<Reached<S>> reached = new HashSet<>();
        private List<Call<I, O>> longest = List.of();
        private List<Call<I, O>> stuck = List.of();
        private int answeredTaken;
        private S state;

        Search(SequentialModel<S, I, O> model, List<Call<I, O>> calls) {
            this.model = model;
            this.calls = calls.stream()
                    .sorted(Comparator.comparingLong(Call::called))
                    .toList();
            this.answered = (int) calls.stream().filter(Search::isAnswered).count();
            this.state = model.initial();
        }

        private static boolean isAnswered(Call<?, ?> call) {
            return call.answered() != Long.MAX_VALUE;
        }

        Verdict<I, O> run() {
            int from = 0;
            for (long steps = 0; answeredTaken < answered; steps++) {
                if (steps > MOST_STEPS) {
                    throw new IllegalStateException("undecided after " + steps + " steps: " + calls.size()
                            + " calls overlap too much; split the history, or record fewer calls");
                }
                int next = takeNext(from);
                if (next >= 0) {
                    from = 0;
                    continue;
                }
                noteHowFar();
                if (order.isEmpty()) {
                    return new Verdict<>(false, longest, stuck);
                }
                from = takeBack() + 1;
            }
            return new Verdict<>(true, inOrder(), List.of());
        }

        /**
         * Takes the first call from an index on that may be next and leads to a set and state that was not tried.
         * Returns -1 if there is none.
         */
        private int takeNext(int from) {
            long firstAnswer = firstAnswer();
            for (int i = from; i < calls.size() && calls.get(i).called() < firstAnswer; i++) {
                if (taken.get(i)) {
                    continue;
                }
                Call<I, O> call = calls.get(i);
                Optional<S> after = model.step(state, call.input(), call.output());
                if (after.isPresent() && isNew(i, after.get())) {
                    take(i, after.get());
                    return i;
                }
            }
            return -1;
        }

        /** The time of the first result of a call that is not taken. A call that was made later cannot be next. */
        private long firstAnswer() {
            long first = Long.MAX_VALUE;
            for (int i = taken.nextClearBit(0); i < calls.size(); i = taken.nextClearBit(i + 1)) {
                if (calls.get(i).called() > first) {
                    break;
                }
                first = Math.min(first, calls.get(i).answered());
            }
            return first;
        }

        private boolean isNew(int call, S after) {
            BitSet with = (BitSet) taken.clone();
            with.set(call);
            return reached.add(new Reached<>(with, after));
        }

        private void take(int call, S after) {
            order.add(new Taken<>(call, state));
            taken.set(call);
            answeredTaken += isAnswered(calls.get(call)) ? 1 : 0;
            state = after;
        }

        private int takeBack() {
            Taken<S> last = order.remove(order.size() - 1);
            taken.clear(last.call());
            answeredTaken -= isAnswered(calls.get(last.call())) ? 1 : 0;
            state = last.before();
            return last.call();
        }

        private void noteHowFar() {
            if (order.size() >= longest.size()) {
                longest = inOrder();
                long firstAnswer = firstAnswer();
                stuck = new ArrayList<>();
                for (int i = taken.nextClearBit(0); i < calls.size(); i = taken.nextClearBit(i + 1)) {
                    if (calls.get(i).called() < firstAnswer) {
                        stuck.add(calls.get(i));
                    }
                }
            }
        }

        private List<Call<I, O>> inOrder() {
            return order.stream().map(one -> calls.get(one.call())).toList();
        }
    }
}
