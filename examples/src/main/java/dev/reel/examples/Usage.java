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
 * A custom fold: what a session used. It is immutable and knows the place of the last event that it has counted, so it
 * can be stored and continued later.
 *
 * <p>The tokens come from {@code usage} events, a custom type that the store does not interpret:
 *
 * <pre>{@code
 * store.append(id, EventDraft.of("usage", Json.object("input_tokens", 900, "output_tokens", 120)));
 * }</pre>
 *
 * @param messages the number of recorded messages
 * @param toolCalls the number of calls per tool
 * @param inputTokens the number of input tokens
 * @param outputTokens the number of output tokens
 * @param place the place of the last event that is counted
 */
public record Usage(
        long messages, Map<String, Integer> toolCalls, long inputTokens, long outputTokens, LogPlace place) {

    /** The usage of a session before its first event. */
    public static final Usage NONE = new Usage(0, Map.of(), 0, 0, LogPlace.start());

    /**
     * Returns the usage up to now: a replay, reduced.
     *
     * @param store the store
     * @param sessionId the session
     * @return the usage; {@link #NONE} if there are no events
     */
    public static Mono<Usage> of(SessionStore store, String sessionId) {
        return store.replay(sessionId, Range.all()).reduce(NONE, Usage::and);
    }

    /**
     * Follows the usage: a tail after this usage's place, scanned. Fails with {@code LogChangedException} if the log is
     * not the one that was counted.
     *
     * @param store the store
     * @param sessionId the session
     * @return this usage, then the next one after each event
     */
    public Flux<Usage> live(SessionStore store, String sessionId) {
        return store.tail(sessionId, From.after(place)).scan(this, Usage::and);
    }

    /**
     * The fold. It is pure, so a replay computes the same as the live view.
     *
     * @param event the next event
     * @return the usage including the event
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
     * Returns the price of the tokens.
     *
     * @param perMillionIn the price of a million input tokens
     * @param perMillionOut the price of a million output tokens
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

    /** Returns 0 if the value is missing or not a number: a recorded event can no longer be refused. */
    private static long number(Json data, String name) {
        Long value = data.longOf(name);
        return value == null ? 0 : value;
    }
}
