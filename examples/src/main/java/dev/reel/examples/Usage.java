package dev.reel.examples;

import dev.reel.From;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import java.util.Map;
import java.util.TreeMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A fold of your own: what a session used. It is immutable and knows the place behind the last event that it has seen,
 * so it can be stored, and gone on with.
 *
 * <p>The tokens come from {@code usage} events, which the store knows nothing of:
 *
 * <pre>{@code
 * store.append(id, EventDraft.of("usage", Json.object("input_tokens", 900, "output_tokens", 120)));
 * }</pre>
 *
 * @param messages how many messages were recorded
 * @param toolCalls how often each tool was called
 * @param inputTokens tokens that went in
 * @param outputTokens tokens that came out
 * @param place behind the last event that is counted
 */
public record Usage(
        long messages, Map<String, Integer> toolCalls, long inputTokens, long outputTokens, LogPlace place) {

    /** Of a session of which nothing was seen. */
    public static final Usage NONE = new Usage(0, Map.of(), 0, 0, LogPlace.start());

    /**
     * Up to now: a replay, reduced.
     *
     * @param store the store
     * @param sessionId the session
     * @return what it used; {@link #NONE} where there are no events
     */
    public static Mono<Usage> of(SessionStore store, String sessionId) {
        return store.replay(sessionId, Range.all()).reduce(NONE, Usage::and);
    }

    /**
     * Live: a tail, scanned, from where this one stands. It fails with {@code LogChangedException} when the log is not
     * the one that was counted.
     *
     * @param store the store
     * @param sessionId the session
     * @return this one, then the next after each event
     */
    public Flux<Usage> live(SessionStore store, String sessionId) {
        return store.tail(sessionId, From.after(place)).scan(this, Usage::and);
    }

    /**
     * The fold: pure, so that a replay gives what the live view gave.
     *
     * @param event the next event
     * @return what was used with it
     */
    public Usage and(SessionEvent event) {
        Json data = event.data();
        return switch (event.type()) {
            case "user_message", "assistant_message", "tool_result", "system_message" ->
                new Usage(messages + 1, toolCalls, inputTokens, outputTokens, event.place());
            case "tool_call" -> new Usage(messages, called(data), inputTokens, outputTokens, event.place());
            case "usage" ->
                new Usage(
                        messages,
                        toolCalls,
                        inputTokens + number(data, "input_tokens"),
                        outputTokens + number(data, "output_tokens"),
                        event.place());
            default -> new Usage(messages, toolCalls, inputTokens, outputTokens, event.place());
        };
    }

    /**
     * The price of the tokens.
     *
     * @param perMillionIn of a million tokens that go in
     * @param perMillionOut of a million tokens that come out
     * @return the price in the same currency
     */
    public double cost(double perMillionIn, double perMillionOut) {
        return (inputTokens * perMillionIn + outputTokens * perMillionOut) / 1e6;
    }

    private Map<String, Integer> called(Json data) {
        String name = data.textOf("name");
        Map<String, Integer> more = new TreeMap<>(toolCalls);
        more.merge(name == null ? "?" : name, 1, Integer::sum);
        return Map.copyOf(more);
    }

    /** Whatever was recorded: an event can't be refused any more. */
    private static long number(Json data, String name) {
        Long value = data.longOf(name);
        return value == null ? 0 : value;
    }
}
