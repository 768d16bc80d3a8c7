package dev.reel.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import dev.reel.spi.Events;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

class FollowersTest {

    private final Flux<SessionEvent> events = Flux.range(1, 5)
            .map(n -> Events.of(
                    "s1",
                    n,
                    n,
                    "e" + n,
                    Instant.EPOCH,
                    1,
                    EventDraft.of("tick", Json.object("n", n)),
                    Upcasters.none()));

    @Test
    void waitsUntilAllAreThere() {
        try (TailProbe late = TailProbe.of(
                        "late", events.delaySequence(Duration.ofMillis(30)).concatWith(Flux.never()));
                TailProbe early = TailProbe.of("early", events)) {
            Followers.of(late, early).with("mine", () -> 7).await(5);
            assertEquals(5, late.version());
            assertEquals(5, late.await(5).size());
        }
    }

    @Test
    void namesWhoLags() {
        Sinks.Many<SessionEvent> live = Sinks.many().unicast().onBackpressureBuffer();
        try (TailProbe console = TailProbe.of("console", live.asFlux());
                TailProbe indexer = TailProbe.of("indexer", events.concatWith(Flux.never()))) {
            Followers all =
                    Followers.of(console, indexer).with("counter", () -> 3).withPatience(Duration.ofMillis(20));
            assertEquals(
                    """
                    2 of 3 followers did not reach version 5 within PT0.02S:
                      console: at version 0, 5 behind
                      indexer: at version 5
                      counter: at version 3, 2 behind""", assertThrows(AssertionError.class, () -> all.await(5)).getMessage());
        }
    }

    @Test
    void doesNotWaitForWhoeverIsGone() {
        long start = System.nanoTime();
        try (TailProbe probe = TailProbe.of(
                "viewer", events.take(2).concatWith(Flux.error(new IllegalStateException("connection reset"))))) {
            assertEquals(
                    """
                    1 of 1 follower cannot reach version 5:
                      viewer: at version 2, 3 behind; its tail failed: java.lang.IllegalStateException: connection reset""",
                    assertThrows(AssertionError.class, () -> probe.await(5)).getMessage());
            assertTrue(probe.isDone());
            assertEquals("connection reset", probe.error().getMessage());
        }
        assertTrue(System.nanoTime() - start < Duration.ofSeconds(5).toNanos());
    }
}
