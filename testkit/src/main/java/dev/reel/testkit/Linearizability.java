package dev.reel.testkit;

import dev.reel.testkit.History.Call;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whether a history of concurrent calls is linearizable: whether there is an order of the calls, one after the other,
 * that keeps before what was before, and in which each call's answer is that of a plain sequential model.
 *
 * <p>The search is that of Wing and Gong with the memory that Lowe added. It takes, of the calls that nothing unanswered
 * is before, one that the model can answer so, and goes on; when none can, it takes the last one back. A set of calls
 * taken, together with the state that they led to, is tried once only. A call without an answer may be taken at any time
 * after it was made, or never.
 *
 * <p>That there is no order is certain; it can take long to find out for many calls at a time, so the search gives up
 * with an {@link IllegalStateException} after so many steps that it would not end.
 */
public final class Linearizability {

    private static final long MOST_STEPS = 20_000_000;

    private Linearizability() {}

    /**
     * What the search found.
     *
     * @param holds whether there is such an order
     * @param order the order that was found; where there is none, the longest beginning of one
     * @param stuck where there is none, the calls of which one had to be next, behind that beginning
     * @param <I> what is asked
     * @param <O> what is answered
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
     * @param model what each call does alone
     * @param history the calls
     * @param <S> the model's state
     * @param <I> what is asked
     * @param <O> what is answered
     * @throws AssertionError when it is not; the message shows how far an order goes
     * @throws IllegalStateException when that can't be found out in reasonable time
     */
    public static <S, I, O> void check(SequentialModel<S, I, O> model, History<I, O> history) {
        Verdict<I, O> verdict = verdict(model, history);
        if (!verdict.holds()) {
            throw new AssertionError(verdict.toString());
        }
    }

    /**
     * Finds out whether a history is linearizable.
     *
     * @param model what each call does alone
     * @param history the calls
     * @param <S> the model's state
     * @param <I> what is asked
     * @param <O> what is answered
     * @return the order, or how far it goes
     * @throws IllegalStateException when that can't be found out in reasonable time
     */
    public static <S, I, O> Verdict<I, O> verdict(SequentialModel<S, I, O> model, History<I, O> history) {
        return new Search<>(model, history.calls()).run();
    }

    /** A call taken: which, and the state before it. */
    private record Taken<S>(int call, S before) {}

    /** The calls taken, and the state that they led to: what is left depends on nothing else. */
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
                            + " calls are too many at a time; split the history, or record less");
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

        /** Takes the first call, from that index on, that may be next and leads to what was not tried; -1 for none. */
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

        /** Whatever was called behind this can't be next: the call that was answered here must come before it. */
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
