package dev.reel.testkit.contract;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The calls of concurrent callers, their results, and their order: a call precedes another if it was answered before
 * the other was made. It is recorded while the callers run, and then checked with {@link Linearizability}.
 *
 * <pre>{@code
 * History<Ask, Answer> history = new History<>();
 * history.record(new Ask("append"), store.append(id, events).map(Answer::of)).block();
 * Linearizability.check(model, history);
 * }</pre>
 *
 * <p>Thread-safe.
 *
 * @param <I> the input of a call
 * @param <O> the result of a call, which may be an error
 */
public final class History<I, O> {

    private final List<Call<I, O>> calls = new ArrayList<>();
    private long time;

    /** Creates an empty history. */
    public History() {}

    /**
     * One call.
     *
     * @param input the input of the call
     * @param output the result; null if there is none, so that the call may have taken effect at any later time, or
     *     never
     * @param called the step of the history at which it was made
     * @param answered the step at which it was answered; {@link Long#MAX_VALUE} if it was not
     * @param <I> the input of a call
     * @param <O> the result of a call
     */
    public record Call<I, O>(I input, @Nullable O output, long called, long answered) {

        @Override
        public String toString() {
            return input + " → " + (output == null ? "?" : output) + " [" + called + ", "
                    + (answered == Long.MAX_VALUE ? "…" : answered) + "]";
        }
    }

    /**
     * Records that a call is made. Must be called directly before the call.
     *
     * @param input the input of the call
     * @return the number of the call, for {@link #answer}
     */
    public synchronized int call(I input) {
        calls.add(new Call<>(input, null, time++, Long.MAX_VALUE));
        return calls.size() - 1;
    }

    /**
     * Records that a call was answered. Must be called directly after the result.
     *
     * @param call the number that {@link #call} returned
     * @param output the result
     */
    public synchronized void answer(int call, O output) {
        Call<I, O> open = calls.get(call);
        if (open.answered() != Long.MAX_VALUE) {
            throw new IllegalStateException("it was answered before: " + open);
        }
        calls.set(call, new Call<>(open.input(), output, open.called(), time++));
    }

    /**
     * Returns a publisher that records the call at subscription, and its result when the value is emitted.
     *
     * @param input the input of the call
     * @param call the call, which emits its result as a value, including errors; a call that ends without a value stays
     *     unanswered
     * @return the recording publisher
     */
    public Mono<O> record(I input, Mono<O> call) {
        return Mono.defer(() -> {
            int id = call(input);
            return call.doOnNext(output -> answer(id, output));
        });
    }

    /**
     * The calls recorded so far.
     *
     * @return the calls, in the order in which they were made
     */
    public synchronized List<Call<I, O>> calls() {
        return List.copyOf(calls);
    }

    /**
     * Splits the history into independent parts, for example by session. A history is linearizable if each part is, and
     * checking the parts is much faster.
     *
     * @param part returns the part to which a call belongs
     * @param <K> the key of a part
     * @return one history per part
     */
    public <K> Map<K, History<I, O>> split(Function<? super I, ? extends K> part) {
        Map<K, History<I, O>> parts = new LinkedHashMap<>();
        for (Call<I, O> call : calls()) {
            History<I, O> own = parts.computeIfAbsent(part.apply(call.input()), key -> new History<>());
            synchronized (own) {
                own.calls.add(call);
                own.time = Math.max(own.time, call.answered() == Long.MAX_VALUE ? call.called() : call.answered()) + 1;
            }
        }
        return parts;
    }
}
