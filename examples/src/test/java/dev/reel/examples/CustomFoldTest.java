package dev.reel.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.LogChangedException;
import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

class CustomFoldTest {

    @Test
    void whatIsCountedLiveIsWhatAReplayGives() {
        try (SessionStore store = MemorySessionStore.create()) {
            CustomFold.run(store, "trip").blockLast();
            Usage replayed = Usage.of(store, "trip").block();
            assertEquals(
                    replayed,
                    Usage.NONE.live(store, "trip").blockLast(),
                    "the session is closed, so the tail completes, and its last value is the sum");
            assertEquals(2, replayed.messages());
            assertEquals(Map.of("timetable", 2), replayed.toolCalls());
            assertEquals(2_300, replayed.inputTokens());
            assertEquals(0.0099, replayed.cost(3, 15), 1e-9);
        }
    }

    @Test
    void aStoredCountDoesNotGoOnWithAnotherLog() {
        try (SessionStore store = MemorySessionStore.create()) {
            EventDraft used = EventDraft.of("usage", Json.object("input_tokens", 1));
            store.append("trip", used).block();
            Usage stored = Usage.of(store, "trip").block();
            store.purge("trip")
                    .then(store.append("trip", used.withId("another")))
                    .block();
            StepVerifier.create(stored.live(store, "trip")).expectNext(stored).verifyError(LogChangedException.class);
        }
    }

    @Test
    void runs() {
        CustomFold.main(new String[0]);
    }
}
