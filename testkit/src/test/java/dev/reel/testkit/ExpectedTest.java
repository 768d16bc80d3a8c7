package dev.reel.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Message;
import dev.reel.Role;
import dev.reel.SessionEvent;
import dev.reel.TailSignal;
import dev.reel.Upcasters;
import dev.reel.spi.Events;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class ExpectedTest {

    private static final Instant AT = Instant.parse("2026-04-26T12:34:56.789Z");

    private final SessionEvent hi = event(1, SessionScenario.said(Role.USER, "m1", "hi"));
    private final SessionEvent hello = event(2, SessionScenario.said(Role.ASSISTANT, "hello"));
    private final SessionEvent call = event(3, EventDraft.of("tool_call", Json.object("name", "grep")));
    private final Flux<SessionEvent> events = Flux.just(hi, hello, call);
    private final Flux<TailSignal> signals = Flux.just(
            new TailSignal.Started(LogPlace.start()),
            new TailSignal.Recorded(hi, hi.place()),
            new TailSignal.Recorded(hello, hello.place()),
            new TailSignal.CaughtUp(hello.place()),
            new TailSignal.Recorded(call, call.place()),
            new TailSignal.Idle(call.place()),
            new TailSignal.FellBehind(call.place(), 2_000));

    @Test
    void eventsInAPlainStepVerifier() {
        StepVerifier.create(events)
                .assertNext(Expected.userMessage("hi").withMessageId("m1"))
                .expectNextMatches(Expected.assistantMessage("hello"))
                .consumeNextWith(Expected.custom("tool_call", Json.object("name", "grep")))
                .verifyComplete();
    }

    @Test
    void signalsInOrder() {
        Expected.inOrder(
                        StepVerifier.create(signals),
                        Expected.started(),
                        Expected.anyEvents(2),
                        Expected.caughtUp(2),
                        Expected.custom("tool_call").atVersion(3),
                        Expected.idle(),
                        Expected.fellBehind())
                .expectComplete()
                .verify(Duration.ofSeconds(5));
    }

    @Test
    void aWholeLog() {
        StepVerifier.create(events)
                .recordWith(ArrayList::new)
                .expectNextCount(3)
                .consumeRecordedWith(Expected.log(Expected.userMessage(), Expected.anyEvents(2)))
                .verifyComplete();
    }

    @Test
    void aFailureInAStepVerifierSaysWhatWasExpectedAndWhatCame() {
        AssertionError error = assertThrows(
                AssertionError.class,
                () -> StepVerifier.create(events)
                        .assertNext(Expected.toolResult("42"))
                        .thenCancel()
                        .verify());
        assertTrue(
                error.getMessage()
                        .contains("expected tool result \"42\", got user_message \"hi\" (version 1, event id e1)"),
                error.getMessage());
    }

    @Test
    void aFailureInALogShowsTheLog() {
        Expected expected = Expected.log(Expected.userMessage("hi"), Expected.anyEvents(3));
        assertEquals("""
                element 4: expected event, got the end
                all elements:
                  1. user_message "hi" (version 1, event id e1)
                  2. assistant_message "hello" (version 2, event id e2)
                  3. tool_call {"name":"grep"} (version 3, event id e3)""", faultOf(expected, List.of(hi, hello, call)));
        assertEquals(
                "element 1: expected the end, got user_message \"hi\" (version 1, event id e1)\nall elements:\n"
                        + "  1. user_message \"hi\" (version 1, event id e1)",
                faultOf(Expected.log(), List.of(hi)));
    }

    @Test
    void eachRefinementIsPartOfTheFailure() {
        assertEquals(
                "expected user message \"hi\" at version 7, got user_message \"hi\" (version 1, event id e1)",
                faultOf(Expected.userMessage("hi").atVersion(7), hi));
        assertEquals(
                "expected user message with message id m2, got user_message \"hi\" (version 1, event id e1)",
                faultOf(Expected.userMessage().withMessageId("m2"), hi));
        assertEquals(
                "expected event without meta, got signal CaughtUp at " + hi.place(),
                faultOf(
                        Expected.anyEvent().where("without meta", it -> it.meta() == null),
                        new TailSignal.CaughtUp(hi.place())));
    }

    @Test
    void toolResultsInTheFormOfAgents() {
        Json results = Json.of(List.of(Json.object("tool_call_id", "c1", "content", "42")));
        SessionEvent result = event(
                1,
                EventDraft.of(
                        "tool_result",
                        Json.object("message", Json.object("role", "tool", "content", "", "tool_results", results))));
        assertTrue(Expected.toolResult("42").test(result));
        assertFalse(Expected.toolResult("43").test(result));
        assertTrue(Expected.toolResult().test(result));
    }

    @Test
    void deltasAndCheckpoints() {
        SessionEvent delta = event(
                1, EventDraft.of("message_delta", Json.object("id", "m1", "role", "assistant", "n", 0, "text", "He")));
        assertTrue(Expected.messageDelta("He").withMessageId("m1").test(delta));
        assertFalse(Expected.messageDelta("llo").test(delta));
        assertFalse(Expected.assistantMessage().test(delta));
        SessionEvent checkpoint = event(
                1,
                EventDraft.of(
                        "checkpoint",
                        Json.object("id", "c1", "message_id", "m1", "state", Json.object("label", "before"))));
        assertTrue(Expected.checkpoint("before").test(checkpoint));
        assertFalse(Expected.checkpoint("after").test(checkpoint));
    }

    @Test
    void messageRows() {
        Message row = new Message("m1", "s1", 4, Role.USER, Json.object("role", "user", "content", "hi"), AT, false);
        assertTrue(Expected.userMessage("hi").withMessageId("m1").atVersion(4).test(row));
        assertEquals(
                "expected user message \"ho\", got user message \"hi\" (row m1, seq 4)",
                faultOf(Expected.userMessage("ho"), row));
    }

    @Test
    void whatStandsForSeveralIsNotTakenForOne() {
        assertThrows(IllegalStateException.class, () -> Expected.anyEvents(3).test(hi));
        assertThrows(IllegalStateException.class, () -> Expected.anyEvents(3).accept(hi));
    }

    @Test
    void aListedTypeIsNotCustom() {
        assertThrows(IllegalArgumentException.class, () -> Expected.custom("user_message"));
        assertThrows(IllegalArgumentException.class, () -> Expected.anyEvents(0));
    }

    private static String faultOf(Expected expected, Object actual) {
        assertFalse(expected.test(actual));
        return assertThrows(AssertionError.class, () -> expected.accept(actual)).getMessage();
    }

    private static SessionEvent event(long version, EventDraft draft) {
        return Events.of("s1", version, version, "e" + version, AT, 1, draft, Upcasters.none());
    }
}
