package dev.reel.examples;

import static dev.reel.testkit.Expected.assistantMessage;
import static dev.reel.testkit.Expected.caughtUp;
import static dev.reel.testkit.Expected.custom;
import static dev.reel.testkit.Expected.event;
import static dev.reel.testkit.Expected.inOrder;
import static dev.reel.testkit.Expected.started;
import static dev.reel.testkit.Expected.toolResult;
import static dev.reel.testkit.Expected.userMessage;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.From;
import dev.reel.SessionStore;
import dev.reel.TailOptions;
import dev.reel.memory.MemorySessionStore;
import dev.reel.testkit.RecordedSession;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

/** Tests your code against a recorded session: record it once, and every test run uses it. */
class ReplayTest {

    private final RecordedSession trip = RecordedSession.fromClassPath("sessions/trip.jsonl");

    /** Without a store: a fold accepts events from any source. */
    @Test
    void theFoldCountsWhatWasUsed() {
        StepVerifier.create(trip.flux().reduce(Usage.NONE, Usage::and))
                .assertNext(usage -> {
                    assertEquals(3, usage.messages());
                    assertEquals(Map.of("timetable", 1), usage.toolCalls());
                    assertEquals(900, usage.inputTokens());
                })
                .verifyComplete();
    }

    /** With a store: your code reads from it as in production. */
    @Test
    void aViewerSeesWhatHappened() {
        try (SessionStore store = MemorySessionStore.create()) {
            trip.into(store).block();
            inOrder(
                            StepVerifier.create(store.tailSignals("trip", From.start(), TailOptions.standard())),
                            started(),
                            event("session_start"),
                            userMessage("Find me a night train from Lisbon to Madrid."),
                            custom("tool_call"),
                            toolResult("21:25 Lisboa Oriente"),
                            custom("usage"),
                            assistantMessage("There is one at 21:25 from Lisboa Oriente."),
                            caughtUp(6))
                    .thenCancel()
                    .verify(Duration.ofSeconds(5));
        }
    }

    /** At the original pace, in virtual time: the tool took a second and a half. */
    @Test
    void theAnswerTookFiveSeconds() {
        StepVerifier.withVirtualTime(() -> trip.atRecordedPace().filter(assistantMessage()))
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(4_999))
                .thenAwait(Duration.ofMillis(1))
                .expectNextCount(1)
                .verifyComplete();
    }
}
