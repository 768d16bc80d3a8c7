package dev.reel.examples;

import dev.reel.From;
import dev.reel.Json;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.SessionStore;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.memory.MemorySessionStore;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Two viewers of one session: one starts at the beginning, the other at the current end. Each reads the log at its own
 * pace, and delays neither the writer nor the other viewer.
 */
public final class LiveTail {

    private LiveTail() {}

    /**
     * Runs the example in memory. It ends by itself, because a tail completes when its session is closed.
     *
     * @param args none
     */
    public static void main(String[] args) {
        try (SessionStore store = MemorySessionStore.create()) {
            run(store, "trip", Duration.ofMillis(150))
                    .doOnNext(System.out::println)
                    .blockLast();
        }
    }

    /**
     * The agent starts after both viewers have started: every event that is acknowledged after {@code Started} is
     * delivered.
     */
    static Flux<String> run(SessionStore store, String id, Duration pause) {
        Mono<?> history = store.putMessage(id, MessageDraft.user("Is there a night train?"));
        return history.thenMany(Flux.defer(() -> Flux.merge(
                watch(store, id, "console", From.start()),
                watch(store, id, "phone", From.now()),
                agent(store, id, pause).thenMany(Flux.empty()))));
    }

    private static Flux<String> watch(SessionStore store, String id, String name, From from) {
        return store.tailSignals(id, from, TailOptions.standard()).map(signal -> name + " " + told(signal));
    }

    /**
     * An answer that is streamed part by part, and then written as a whole. A late viewer also receives every part
     * once.
     */
    private static Mono<?> agent(SessionStore store, String id, Duration pause) {
        return Flux.just("There is ", "one ", "at 21:25.")
                .delayElements(pause)
                .index()
                .concatMap(part -> store.appendToMessage(id, MessageDelta.of("answer", part.getT1(), part.getT2())))
                .then(Mono.defer(() -> store.putMessage(
                        id, MessageDraft.assistant("There is one at 21:25.").withId("answer"))))
                .then(store.closeSession(id, Json.of("done")));
    }

    private static String told(TailSignal signal) {
        if (signal instanceof TailSignal.Recorded recorded) {
            return recorded.event().version() + " " + recorded.event().type();
        }
        return signal instanceof TailSignal.CaughtUp caughtUp
                ? "caught up at " + caughtUp.version()
                : signal.getClass().getSimpleName();
    }
}
