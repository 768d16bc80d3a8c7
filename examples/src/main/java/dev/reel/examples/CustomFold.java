package dev.reel.examples;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The cost of a session, replayed and live: {@link Usage} is the fold. */
public final class CustomFold {

    private CustomFold() {}

    /**
     * Runs the example in memory.
     *
     * @param args none
     */
    public static void main(String[] args) {
        try (SessionStore store = MemorySessionStore.create()) {
            run(store, "trip").doOnNext(System.out::println).blockLast();
        }
    }

    /** Earlier events are replayed, later ones are counted live; both use the same fold. */
    static Flux<String> run(SessionStore store, String id) {
        return work(store, id, 900, 120)
                .then(Mono.defer(() -> Usage.of(store, id)))
                .flatMapMany(soFar -> Flux.merge(
                        soFar.live(store, id),
                        work(store, id, 1_400, 80)
                                .then(store.closeSession(id, Json.NULL))
                                .thenMany(Flux.empty())))
                .map(usage -> "version " + usage.place().version() + ": " + usage.messages() + " messages, "
                        + usage.inputTokens() + " + " + usage.outputTokens() + " tokens, tools " + usage.toolCalls());
    }

    private static Mono<?> work(SessionStore store, String id, int in, int out) {
        return store.putMessage(id, MessageDraft.user("Is there a night train?"))
                .then(store.append(id, EventDraft.of("tool_call", Json.object("name", "timetable"))))
                .then(store.append(id, EventDraft.of("usage", Json.object("input_tokens", in, "output_tokens", out))));
    }
}
