package dev.reel.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import dev.reel.spi.Events;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.test.StepVerifier;

class RecordedSessionTest {

    private static final Instant AT = Instant.parse("2026-04-26T12:34:56.789Z");
    private static final String FOREIGN =
            "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"%s\",\"data\":{\"n\":%d},\"uuid\":\"%s\"}\n";

    private final RecordedSession trip = RecordedSession.fromClassPath("sessions/trip.jsonl");

    @Test
    void readsForeignLinesInOrder() {
        assertEquals("trip", trip.sessionId());
        Expected.log(
                        Expected.event("session_start").atVersion(1),
                        Expected.userMessage("Find me a night train from Lisbon to Madrid."),
                        Expected.custom("tool_call"),
                        Expected.toolResult("21:25 Lisboa Oriente"),
                        Expected.assistantMessage().withMessageId("trip-5").atVersion(5))
                .accept(trip.events());
        assertEquals(3, trip.state().messages().size());
        assertEquals("A trip", trip.state().session().title());
    }

    @Test
    void readsNativeLinesAsTheyWereWritten(@TempDir Path dir) throws IOException {
        List<SessionEvent> written = List.of(native_(1, "a"), native_(2, "b"));
        Path file = dir.resolve("s1.jsonl");
        Files.writeString(file, line(written.get(0)) + "\n" + line(written.get(1)) + "\n");
        assertEquals(written, RecordedSession.fromFile(file).events());
    }

    @Test
    void readsForeignLinesAndThenNativeOnes() {
        String lines = FOREIGN.formatted("x", 1, "u1") + line(native_(2, "b"));
        assertEquals(
                List.of("u1", "b"),
                RecordedSession.of("s1", lines).events().stream()
                        .map(SessionEvent::id)
                        .toList());
    }

    @Test
    void anIdThatIsThereTwiceIsOneEventOrGetsANumber() {
        String lines = FOREIGN.formatted("x", 1, "u").repeat(2)
                + FOREIGN.formatted("x", 2, "u").repeat(2);
        assertEquals(
                List.of("u", "u~2"),
                RecordedSession.of("s1", lines).events().stream()
                        .map(SessionEvent::id)
                        .toList());
    }

    @Test
    void aMissingIdIsTheSameEachTime() {
        String line = "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\"}\n";
        assertEquals(
                RecordedSession.of("s1", line + line).events(),
                RecordedSession.of("s1", line + line).events());
        assertEquals(2, RecordedSession.of("s1", line + line).events().size());
    }

    @Test
    void anErrorNamesFileAndLine(@TempDir Path dir) throws IOException {
        Path file = dir.resolve("s1.jsonl");
        Files.writeString(file, FOREIGN.formatted("x", 1, "u") + "\n{\"ts\":\n");
        String message = assertThrows(IllegalArgumentException.class, () -> RecordedSession.fromFile(file))
                .getMessage();
        assertTrue(message.startsWith(file + ", line 3: "), message);
    }

    @Test
    void aForeignLineBehindANativeOneIsAnError() {
        String lines = line(native_(1, "a")) + "\n" + FOREIGN.formatted("x", 1, "u");
        String message = assertThrows(IllegalArgumentException.class, () -> RecordedSession.of("s1", lines))
                .getMessage();
        assertTrue(message.startsWith("s1.jsonl, line 2: "), message);
    }

    @Test
    void aGapIsAnError() {
        String lines = line(native_(1, "a")) + "\n" + line(native_(3, "c"));
        assertEquals(
                "s1.jsonl, line 2: seq 3, expected 2",
                assertThrows(IllegalArgumentException.class, () -> RecordedSession.of("s1", lines))
                        .getMessage());
    }

    @Test
    void whatIsNotThereIsNamed() {
        String message = assertThrows(UncheckedIOException.class, () -> RecordedSession.fromClassPath("none.jsonl"))
                .getMessage();
        assertEquals(
                "cannot read recorded session none.jsonl: not on the class path, or in a directory that its module does not"
                        + " open",
                message);
    }

    @Test
    void anEmptyFileIsNoSession() {
        assertThrows(IllegalArgumentException.class, () -> RecordedSession.of("s1", "\n \n"));
    }

    @Test
    void atOnce() {
        StepVerifier.create(trip.flux()).expectNextSequence(trip.events()).verifyComplete();
    }

    @Test
    void atItsRecordedPace() {
        StepVerifier.withVirtualTime(trip::atRecordedPace)
                .expectSubscription()
                .assertNext(Expected.event("session_start"))
                .assertNext(Expected.userMessage())
                .expectNoEvent(Duration.ofMillis(1_999))
                .thenAwait(Duration.ofMillis(1))
                .assertNext(Expected.custom("tool_call"))
                .expectNoEvent(Duration.ofMillis(1_499))
                .thenAwait(Duration.ofMillis(1))
                .assertNext(Expected.toolResult())
                .thenAwait(Duration.ofMillis(1_500))
                .assertNext(Expected.assistantMessage())
                .verifyComplete();
    }

    @Test
    void atItsRecordedPaceButWithoutTheLunch() {
        StepVerifier.withVirtualTime(() -> trip.atRecordedPace(Duration.ofMillis(10)))
                .thenAwait(Duration.ofMillis(30))
                .expectNextCount(5)
                .verifyComplete();
    }

    private static SessionEvent native_(long version, String id) {
        return Events.of(
                "s1", version, version + 10, id, AT, 1, EventDraft.of("x", Json.object("n", 1)), Upcasters.none());
    }

    private static String line(SessionEvent event) {
        return StandardCharsets.UTF_8.decode(event.line()).toString();
    }
}
