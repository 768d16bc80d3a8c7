package dev.reel.testkit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What concurrent callers asked of a store, what they were answered, and what was before what: a call is before another
 * when its answer came before the other was made. Recorded while they run, then checked with {@link Linearizability}.
 *
 * <pre>{@code
 * History<Ask, Answer> history = new History<>();
 * history.record(new Ask("append"), store.append(id, events).map(Answer::of)).block();
 * Linearizability.check(model, history);
 * }</pre>
 *
 * <p>Safe for use by many threads.
 *
 * @param <I> what is asked
 * @param <O> what is answered, errors too
 */
public final class History<I, O> {

    private final List<Call<I, O>> calls = new ArrayList<>();
    private long time;

    /** An empty history. */
    public History() {}

    /**
     * One call.
     *
     * @param input what was asked
     * @param output what was answered; null when no answer came, so that it may have taken effect at any time since, or
     *     never
     * @param called when it was made, in steps of the history
     * @param answered when it was answered; {@link Long#MAX_VALUE} when it was not
     * @param <I> what is asked
     * @param <O> what is answered
     */
    public record Call<I, O>(I input, @Nullable O output, long called, long answered) {

        @Override
        public String toString() {
            return input + " → " + (output == null ? "?" : output) + " [" + called + ", "
                    + (answered == Long.MAX_VALUE ? "…" : answered) + "]";
        }
    }

    /**
     * Notes that a call is made. To be called right before it is.
     *
     * @param input what is asked
     * @return the call, for {@link #answer}
     */
    public synchronized int call(I input) {
        calls.add(new Call<>(input, null, time++, Long.MAX_VALUE));
        return calls.size() - 1;
    }

    /**
     * Notes that a call was answered. To be called right after it was.
     *
     * @param call what {@link #call} gave
     * @param output the answer
     */
    public synchronized void answer(int call, O output) {
        Call<I, O> open = calls.get(call);
        if (open.answered() != Long.MAX_VALUE) {
            throw new IllegalStateException("it was answered before: " + open);
        }
        calls.set(call, new Call<>(open.input(), output, open.called(), time++));
    }

    /**
     * A call that records itself when it is subscribed to, and when it gives its value.
     *
     * @param input what is asked
     * @param call the call, with its answer as a value, errors too; one that ends without a value stays open
     * @return the same
     */
    public Mono<O> record(I input, Mono<O> call) {
        return Mono.defer(() -> {
            int id = call(input);
            return call.doOnNext(output -> answer(id, output));
        });
    }

    /**
     * What was recorded so far.
     *
     * @return the calls, in the order in which they were made
     */
    public synchronized List<Call<I, O>> calls() {
        return List.copyOf(calls);
    }

    /**
     * The histories of parts that don't depend on each other, sessions for example. A history is linearizable when each
     * part is, and checking the parts is much faster.
     *
     * @param part the part to which a call belongs
     * @param <K> what names a part
     * @return a history for each part
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
