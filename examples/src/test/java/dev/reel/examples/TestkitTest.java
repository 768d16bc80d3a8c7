package dev.reel.examples;

import static dev.reel.testkit.Expected.event;
import static dev.reel.testkit.Expected.messageDelta;
import static dev.reel.testkit.Expected.userMessage;
import static dev.reel.testkit.SessionScenario.said;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reel.Anchor;
import dev.reel.AnchorNotFoundException;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.FencedException;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.Role;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.Turn;
import dev.reel.WriteOptions;
import dev.reel.jsonl.JsonlImport;
import dev.reel.memory.MemorySessionStore;
import dev.reel.testkit.CountingIds;
import dev.reel.testkit.FaultyStore;
import dev.reel.testkit.Followers;
import dev.reel.testkit.ManualClock;
import dev.reel.testkit.RecordedSession;
import dev.reel.testkit.SessionScenario;
import dev.reel.testkit.TailProbe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** One example for each part of the testkit that helps with your own tests. */
class TestkitTest {

    private final ManualClock clock = ManualClock.at(Instant.parse("2026-04-26T12:00:00Z"));
    private final SessionStore store =
            MemorySessionStore.create(StoreOptions.standard().withClock(clock).withIds(new CountingIds()));

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void aClockThatStandsAndIdsThatCount() {
        store.putMessage("s", MessageDraft.user("hi")).block();
        clock.advance(Duration.ofSeconds(2));
        store.append("s", EventDraft.of("tick", Json.object("n", 1))).block();
        assertEquals(
                List.of("e1 12:00:00", "e2 12:00:02"),
                store.replay("s", Range.all())
                        .map(it -> it.id() + " " + it.at().toString().substring(11, 19))
                        .collectList()
                        .block());
        assertEquals("m1", store.listMessages("s").blockFirst().id());
    }

    @Test
    void givenWhenThen() {
        SessionScenario.in(store, "s")
                .given(said(Role.USER, "m1", "hi"), said(Role.ASSISTANT, "hello"))
                .when(it -> it.undo("s"))
                .then(event("messages_truncate"))
                .thenState(state -> assertEquals(List.of(), state.messages()))
                .when(it -> it.redo("s"))
                .then(event("messages_restore"))
                .when(it -> it.rewind("s", Anchor.message("m9")))
                .thenFails(AnchorNotFoundException.class)
                .thenNothing();
    }

    @Test
    void givenWhatOnlyTheStoreCanMake() {
        SessionScenario scenario = SessionScenario.in(store, "s")
                .given(it -> it.takeTurn("s", "first"))
                .given(it -> it.takeTurn("s", "second"));
        Turn first = new Turn("s", "first", 1, "e1");
        scenario.when(it -> it.appendToMessage(
                        "s", MessageDelta.of("m1", 0, "He"), WriteOptions.none().withTurn(first)))
                .thenFails(
                        FencedException.class,
                        e -> assertEquals("second", e.current().holder()))
                .thenNothing()
                .when(it -> it.appendToMessage("s", MessageDelta.of("m1", 0, "He")))
                .then(messageDelta("He"))
                .thenAnswers(answers -> assertEquals(1, answers.size()));
    }

    @Test
    void aScenarioThatFailsSaysWhatHappened() {
        SessionScenario.Outcome outcome =
                SessionScenario.in(store, "s").given(said(Role.USER, "hi")).when(it -> it.undo("s"));
        assertEquals(
                "expected FencedException, got no error, and these were appended: [messages_truncate {\"after\":null}"
                        + " (version 2, event id e2)]",
                assertThrows(AssertionError.class, () -> outcome.thenFails(FencedException.class))
                        .getMessage());
    }

    @Test
    void aRecordedSessionIsWrittenAsItWas() {
        RecordedSession trip = RecordedSession.fromClassPath("sessions/trip.jsonl");
        SessionScenario.in(store, "copy")
                .given(trip)
                .when(it -> trip.into(it, "copy"))
                .thenNothing();
        assertEquals(
                trip.events().stream().map(SessionEvent::id).toList(),
                store.replay("copy", Range.all())
                        .map(SessionEvent::id)
                        .collectList()
                        .block());
        assertEquals(
                trip.state().messages().size(),
                store.listMessages("copy").count().block());
    }

    @Test
    void theSampleIsReadWholeAndWritten() throws IOException {
        List<RecordedSession> sample;
        try (var files = Files.list(Path.of("../samples/exathena-sessions"))) {
            sample = files.map(RecordedSession::fromFile).toList();
        }
        assertEquals(40, sample.size());
        Flux.fromIterable(sample).concatMap(it -> it.into(store)).blockLast();
        assertEquals(
                2_919,
                store.replayAll(FeedPlace.start(), FeedFilter.all()).count().block());
        assertEquals(
                2_409,
                store.sessionIds()
                        .flatMap(it -> store.listMessages(it).count())
                        .reduce(0L, Long::sum)
                        .block());
    }

    /** Two readers of one format: the strict one of the tests, and the lenient one of the import. */
    @Test
    void aFileOfFewWordsIsReadAsTheImportReadsIt(@TempDir Path dir) throws IOException {
        String line = "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\",\"data\":{\"n\":%d}%s}%n";
        Path file = dir.resolve("s.jsonl");
        Files.writeString(
                file,
                "\uFEFF" + line.formatted(1, "") + line.formatted(1, "").replace("\n", "\r\n") + "\n"
                        + line.formatted(1, ",\"uuid\":\"u\"").repeat(2)
                        + line.formatted(2, ",\"uuid\":\"u\"").repeat(2)
                        + line.formatted(3, ",\"uuid\":\"u\"")
                        + line.formatted(4, ",\"uuid\":\"not an id\""));
        JsonlImport.into(store).withRoot(dir).run().block();
        assertEquals(
                store.replay("s", Range.all()).collectList().block(),
                RecordedSession.fromFile(file).events());
    }

    @Test
    void aLongSessionThatForkedComesBackWhole() {
        store.putMessage("s", MessageDraft.user("hi")).block();
        Flux.range(1, 2_500)
                .concatMap(n -> store.append("s", EventDraft.of("tick", Json.object("n", n))))
                .blockLast();
        store.fork("s", ForkRequest.whole().withId("f")).block();
        store.append("f", EventDraft.of("tick", Json.object("n", 0))).block();
        List<SessionEvent> events = store.replay("f", Range.all()).collectList().block();
        String lines = events.stream()
                .map(it -> StandardCharsets.UTF_8.decode(it.line()).toString())
                .collect(Collectors.joining("\n"));
        try (SessionStore other = MemorySessionStore.create()) {
            RecordedSession.of("f", lines).into(other).block();
            assertEquals(events, other.replay("f", Range.all()).collectList().block());
        }
    }

    @Test
    void waitsThatNameWhoLags() {
        AtomicLong indexed = new AtomicLong();
        try (TailProbe console = TailProbe.of("console", store.tail("s", From.start()))) {
            store.append("s", said(Role.USER, "hi")).block();
            store.append("s", said(Role.ASSISTANT, "hello")).block();
            Followers.of(console).awaitPublished(store, "s");
            userMessage("hi").accept(console.events().get(0));

            Followers all = Followers.of(console).with("indexer", indexed::get).withPatience(Duration.ofMillis(20));
            assertEquals(
                    """
                    1 of 2 followers did not reach version 2 within PT0.02S:
                      console: at version 2
                      indexer: at version 0, 2 behind""",
                    assertThrows(AssertionError.class, () -> all.awaitPublished(store, "s"))
                            .getMessage());
        }
    }

    @Test
    void aTailThatBreaksIsGoneOnWith() {
        RecordedSession.fromClassPath("sessions/trip.jsonl").into(store).block();
        FaultyStore faulty = FaultyStore.wrap(store);
        faulty.nthRead(1).breaksAfter(2, new IOException("connection reset"));
        SessionEvent[] last = new SessionEvent[1];
        Flux<SessionEvent> whole = Flux.defer(
                        () -> faulty.tail("trip", last[0] == null ? From.start() : From.after(last[0])))
                .doOnNext(it -> last[0] = it)
                .retry(1)
                .take(6);
        StepVerifier.create(whole.map(SessionEvent::version))
                .expectNext(1L, 2L, 3L, 4L, 5L, 6L)
                .verifyComplete();
    }

    @Test
    void aWriteWhoseAnswerIsLostIsAskedForAgain() {
        FaultyStore faulty = FaultyStore.wrap(store);
        faulty.nthAppend(1).losesItsAnswer();
        StepVerifier.create(faulty.append("s", said(Role.USER, "hi")).retry(1))
                .expectNextMatches(commit -> commit.version() == 1)
                .verifyComplete();
        assertEquals(1, store.replay("s", Range.all()).count().block());
    }
}
