package dev.reel.jsonl;

import static dev.reel.jsonl.Lines.anonymous;
import static dev.reel.jsonl.Lines.foreign;
import static dev.reel.jsonl.Lines.fork;
import static dev.reel.jsonl.Lines.nativeLine;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Bounds;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedPlace;
import dev.reel.ForwardingSessionStore;
import dev.reel.Json;
import dev.reel.JsonLimits;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.StoreBusyException;
import dev.reel.StoreOptions;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import dev.reel.memory.MemorySessionStore;
import dev.reel.testkit.FaultyStore;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class JsonlImportTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    private final SessionStore store = MemorySessionStore.create();

    @TempDir
    Path root;

    @AfterEach
    void close() {
        store.close();
    }

    private void file(String name, String content) throws IOException {
        Files.writeString(root.resolve(name), content);
    }

    private static List<String> idsOf(SessionStore store) {
        return store.replay("s", Range.all())
                .map(SessionEvent::id)
                .collectList()
                .block(LONG);
    }

    private ImportResult run() {
        return run(JsonlImport.into(store).withRoot(root));
    }

    private static ImportResult run(JsonlImport it) {
        ImportResult result = it.run().block(LONG);
        assertEquals(0, result.furtherProblems());
        return result;
    }

    /** Sessions, events, messages, replaced, skipped, repeated, problems. */
    private static List<Long> numbers(ImportResult result) {
        return List.of(
                result.sessions(),
                result.events(),
                result.messages(),
                result.replaced(),
                result.skipped(),
                result.repeated(),
                (long) result.problems().size());
    }

    private List<String> ids(String sessionId) {
        return log(sessionId).stream().map(SessionEvent::id).toList();
    }

    private List<SessionEvent> log(String sessionId) {
        return store.replay(sessionId, Range.all()).collectList().block(LONG);
    }

    private Map<String, SessionState> states(SessionStore of) {
        return of.sessionIds()
                .concatMap(of::state)
                .collectMap(SessionState::sessionId)
                .block(LONG);
    }

    @Nested
    class TheSample {

        private final JsonlImport sample = JsonlImport.into(store).withRoot(Lines.SAMPLE);

        @Test
        void isFoundExactly() {
            ImportResult result = run(sample);
            assertEquals(List.of(40L, 2_919L, 2_409L, 0L, 0L, 0L, 0L), numbers(result));
            Map<String, Integer> roles = new HashMap<>();
            for (SessionState state : states(store).values()) {
                for (Message message : state.messages()) {
                    roles.merge(message.role().text(), 1, Integer::sum);
                }
            }
            assertEquals(Map.of("user", 807, "assistant", 1_198, "tool", 391, "system", 13), roles);
            assertEquals(40, store.listSessions(SessionQuery.all()).count().block(LONG));
        }

        @Test
        void keepsWhatTheLinesSay() throws IOException {
            run(sample);
            for (String id : store.sessionIds().collectList().block(LONG)) {
                List<String> lines = Files.readAllLines(Lines.SAMPLE.resolve(id + ".jsonl"));
                List<SessionEvent> log = log(id);
                assertEquals(lines.size(), log.size());
                for (int i = 0; i < lines.size(); i++) {
                    Json line = Json.parse(lines.get(i));
                    SessionEvent event = log.get(i);
                    assertEquals(line.textOf("uuid"), event.id());
                    assertEquals(line.textOf("event"), event.type());
                    assertEquals(line.get("data"), event.data());
                    assertEquals(line.textOf("ts"), event.at().toString());
                }
            }
        }

        @Test
        void twiceIsTheSame() {
            run(sample);
            Map<String, SessionState> once = states(store);
            FeedPlace position = store.position().block(LONG);
            ImportResult again = run(sample);
            assertEquals(List.of(40L, 2_919L, 2_409L, 0L, 0L, 0L, 0L), numbers(again));
            assertEquals(once, states(store));
            assertEquals(position, store.position().block(LONG), "nothing was written");
        }

        @Test
        void givesTheSameInAnotherStore() {
            run(sample);
            try (SessionStore other = MemorySessionStore.create()) {
                run(JsonlImport.into(other).withRoot(Lines.SAMPLE));
                assertEquals(states(store), states(other));
                assertEquals(
                        store.sessionIds().collectList().block(LONG),
                        other.sessionIds().collectList().block(LONG));
            }
        }
    }

    @Nested
    class TheRoot {

        @Test
        void isExAthenasWhereNothingIsSaid() {
            assertEquals(Path.of(".exathena/sessions"), JsonlImport.DEFAULT_ROOT);
            StepVerifier.create(JsonlImport.into(store).run()).verifyError(NoSuchFileException.class);
        }

        @Test
        void thatIsNotThereIsAnError() {
            StepVerifier.create(JsonlImport.into(store)
                            .withRoot(root.resolve("none"))
                            .run())
                    .expectErrorSatisfies(e -> assertTrue(e.getMessage().contains("none"), e::getMessage))
                    .verify();
        }

        @Test
        void thatIsAFileIsAnError() throws IOException {
            file("a.jsonl", foreign("a", "1"));
            StepVerifier.create(JsonlImport.into(store)
                            .withRoot(root.resolve("a.jsonl"))
                            .run())
                    .verifyError(NotDirectoryException.class);
        }

        @Test
        void mayBeEmpty() {
            assertEquals(List.of(0L, 0L, 0L, 0L, 0L, 0L, 0L), numbers(run()));
        }

        @Test
        void onlyItsOwnJsonlFilesAreRead() throws IOException {
            file("a.jsonl", foreign("a", "1"));
            file("b.json", foreign("b", "1"));
            file("c.jsonl.bak", foreign("c", "1"));
            file("d.JSONL", foreign("d", "1"));
            file("README.md", "hello");
            Files.createDirectories(root.resolve("below.jsonl"));
            Files.writeString(root.resolve("below.jsonl").resolve("e.jsonl"), foreign("e", "1"));
            assertEquals(List.of(1L, 1L, 1L, 0L, 0L, 0L, 0L), numbers(run()));
            assertEquals(List.of("a"), store.sessionIds().collectList().block(LONG));
        }

        @Test
        void filesComeByName() throws IOException {
            for (String name : List.of("b", "C", "a", "10", "9")) {
                file(name + ".jsonl", foreign("x", "1"));
            }
            run();
            assertEquals(
                    List.of("10", "9", "C", "a", "b"),
                    store.sessionIds().collectList().block(LONG));
        }

        @Test
        void nothingHappensBeforeSubscription() throws IOException {
            Mono<ImportResult> run = JsonlImport.into(store).withRoot(root).run();
            file("a.jsonl", foreign("a", "1"));
            assertEquals(0, store.sessionIds().count().block(LONG));
            assertEquals(1, run.block(LONG).sessions());
            file("b.jsonl", foreign("a", "1"));
            assertEquals(2, run.block(LONG).sessions(), "each subscription is an import");
        }
    }

    @Nested
    class FileNames {

        @ParameterizedTest
        @ValueSource(
                strings = {"a", "-abc", "with space", "a.b", ".hidden", "ü世🌍", "e\u0301", "a%2Fb", "a.jsonl", "'\"$"})
        void withoutSuffixAreSessionIds(String id) throws IOException {
            file(id + ".jsonl", foreign("a", "1"));
            assertEquals(List.of(1L, 1L, 1L, 0L, 0L, 0L, 0L), numbers(run()));
            assertEquals(List.of(id), store.sessionIds().collectList().block(LONG));
        }

        @Test
        void thatAreNoSessionIdAreProblems() throws IOException {
            file(".jsonl", foreign("a", "1"));
            file("a\u0001.jsonl", foreign("a", "1"));
            file("x".repeat(201) + ".jsonl", foreign("a", "1"));
            file("good.jsonl", foreign("a", "1"));
            ImportResult result = run();
            assertEquals(List.of(1L, 1L, 1L, 0L, 0L, 0L, 3L), numbers(result));
            assertTrue(result.problems().stream()
                    .allMatch(it -> it.line() == 0 && it.reason().contains("session id")));
        }

        @Test
        void thatAreNoUtf8() throws Exception {
            file("good.jsonl", foreign("a", "1"));
            Process touch =
                    new ProcessBuilder("bash", "-c", "echo > \"$1\"/$'\\xff'.jsonl", "-", root.toString()).start();
            assertEquals(0, touch.waitFor());
            ImportResult result = run();
            assertEquals(1, result.sessions());
            assertEquals(1, result.problems().size());
        }

        @Test
        void ofWhatIsNoFile() throws Exception {
            file("good.jsonl", foreign("a", "1"));
            Files.createSymbolicLink(root.resolve("dangling.jsonl"), root.resolve("nowhere"));
            assertEquals(
                    0,
                    new ProcessBuilder("mkfifo", root.resolve("pipe.jsonl").toString())
                            .start()
                            .waitFor());
            ImportResult result = run();
            assertEquals(List.of(1L, 1L, 1L, 0L, 0L, 0L, 2L), numbers(result));
            assertEquals(
                    List.of("dangling.jsonl", "pipe.jsonl"),
                    result.problems().stream().map(ImportProblem::file).toList());
        }
    }

    @Nested
    class WhereTheSessionIsThere {

        private final String file = foreign("a", "1") + foreign("b", "2") + foreign("c", "3");

        @Test
        void aFileThatTheLogContinuesWritesNothing() throws IOException {
            file("s.jsonl", file);
            run();
            store.putMessage("s", MessageDraft.user("done here").withId("m")).block(LONG);
            store.undo("s").block(LONG);
            List<SessionEvent> before = log("s");
            assertEquals(List.of(1L, 3L, 3L, 0L, 0L, 0L, 0L), numbers(run()));
            assertEquals(before, log("s"), "what was done since the last import is not undone");
        }

        @Test
        void ofAFileThatContinuesTheLogOnlyTheRestIsAppended() throws IOException {
            file("s.jsonl", foreign("a", "1"));
            run();
            SessionEvent first = log("s").get(0);
            file("s.jsonl", file);
            assertEquals(List.of(1L, 3L, 3L, 0L, 0L, 0L, 0L), numbers(run()));
            assertEquals(List.of("a", "b", "c"), ids("s"));
            assertEquals(first.position(), log("s").get(0).position(), "it was not written again");
        }

        @Test
        void alsoOfAVeryLongOne() throws IOException {
            StringBuilder content = new StringBuilder();
            for (int i = 0; i < 3_000; i++) {
                content.append(foreign("e" + i, "text"));
                if (i == 1_234) {
                    file("s.jsonl", content.toString());
                    run();
                }
            }
            file("s.jsonl", content.toString());
            ImportResult result = run();
            assertEquals(List.of(1L, 3_000L, 3_000L, 0L, 0L, 0L, 0L), numbers(result));
            assertEquals(3_000, log("s").size());
            assertEquals(List.of(1L, 3_000L, 3_000L, 0L, 0L, 0L, 0L), numbers(run()));
        }

        @Test
        void whereNeitherContinuesTheOtherItIsWrittenAnew() throws IOException {
            file("s.jsonl", file);
            run();
            store.putMessage("s", MessageDraft.user("done here")).block(LONG);
            file("s.jsonl", file + foreign("d", "4"));
            assertEquals(List.of(1L, 4L, 4L, 1L, 0L, 0L, 0L), numbers(run()));
            assertEquals(List.of("a", "b", "c", "d"), ids("s"));
            assertEquals(List.of(1L, 4L, 4L, 0L, 0L, 0L, 0L), numbers(run()), "then they are the same");
        }

        @ParameterizedTest
        @CsvSource({"b,x", "2,x"})
        void idAndContentAreCompared(String old, String changed) throws IOException {
            file("s.jsonl", file);
            run();
            file("s.jsonl", file.replace("\"" + old + "\"", "\"" + changed + "\""));
            assertEquals(1, run().replaced());
            assertEquals(
                    List.of(1L, 2L, 3L),
                    log("s").stream().map(SessionEvent::version).toList());
            assertEquals(0, run().replaced());
        }

        @Test
        void butNeitherInstantNorFormOfTheLine() throws IOException {
            file("s.jsonl", file);
            run();
            file("s.jsonl", file.replace("34:56", "34:57").replace("\n", "\r\n").replace("\":", "\" : "));
            assertEquals(0, run().replaced());
        }

        @Test
        void aClosedOrDeletedSessionToo() throws IOException {
            file("s.jsonl", foreign("a", "1"));
            run();
            store.closeSession("s", Json.NULL).block(LONG);
            assertEquals(0, run().replaced());
            file("s.jsonl", file);
            assertEquals(1, run().replaced());
            store.deleteSession("s").block(LONG);
            assertEquals(0, run().replaced());
            assertNull(store.getSession("s").block(LONG), "a delete is work done here, and is not undone");
        }

        @Test
        void isLeftAloneWhereNothingIsToBeOverwritten() throws IOException {
            file("s.jsonl", foreign("x", "other") + "broken\n");
            file("t.jsonl", file);
            store.putMessage("s", MessageDraft.user("mine").withId("m")).block(LONG);
            List<SessionEvent> before = log("s");
            JsonlImport careful = JsonlImport.into(store).withRoot(root).withOverwrite(false);
            assertEquals(List.of(2L, 4L, 4L, 0L, 1L, 0L, 1L), numbers(run(careful)));
            assertEquals(before, log("s"));
            assertEquals(List.of("a", "b", "c"), ids("t"));
            assertEquals(List.of(2L, 4L, 4L, 0L, 2L, 0L, 1L), numbers(run(careful)));
        }

        @Test
        void aFileWithoutEventsTouchesNothing() throws IOException {
            store.putMessage("s", MessageDraft.user("mine")).block(LONG);
            file("s.jsonl", "broken\n\n");
            assertEquals(List.of(0L, 0L, 0L, 0L, 0L, 0L, 1L), numbers(run()));
            assertEquals(
                    0,
                    run(JsonlImport.into(store).withRoot(root).withOverwrite(false))
                            .skipped());
            assertEquals(1, log("s").size());
        }
    }

    @Nested
    class WhatIsRead {

        @Test
        void filesWithoutSessionStart() throws IOException {
            file("s.jsonl", foreign("a", "1"));
            run();
            Session row = store.getSession("s").block(LONG);
            assertEquals("2026-04-26T12:34:56.789Z", row.createdAt().toString());
        }

        @Test
        void messageIdsAreTheSameEachTime() throws IOException {
            file(
                    "s.jsonl",
                    anonymous("1") + foreign("a", "2") + foreign("a", "3") + foreign("a", "3") + foreign("?", "4"));
            assertEquals(List.of(1L, 4L, 4L, 0L, 0L, 1L, 0L), numbers(run()));
            List<String> messages =
                    store.listMessages("s").map(Message::id).collectList().block(LONG);
            assertEquals(4, Set.copyOf(messages).size());
            assertEquals(List.of(1L, 4L, 4L, 0L, 0L, 1L, 0L), numbers(run()));
            store.purge("s").block(LONG);
            run();
            assertEquals(
                    messages,
                    store.listMessages("s").map(Message::id).collectList().block(LONG));
        }

        @Test
        void whatIsBrokenIsReportedAndAllElseKept() throws IOException {
            file("bad.jsonl", "\n{\"torn\":\n" + "[1]\n");
            file("mixed.jsonl", foreign("a", "1") + "oops\n" + foreign("b", "2") + "{\"data\":{\"mess");
            file("whole.jsonl", foreign("c", "3"));
            ImportResult result = run();
            assertEquals(List.of(2L, 3L, 3L, 0L, 0L, 0L, 4L), numbers(result));
            assertEquals(
                    List.of("bad.jsonl:2", "bad.jsonl:3", "mixed.jsonl:2", "mixed.jsonl:4"),
                    result.problems().stream()
                            .map(it -> it.file() + ":" + it.line())
                            .toList());
            assertTrue(result.problems().stream()
                    .noneMatch(it -> it.reason().isBlank() || it.reason().contains("\n")));
            assertEquals(List.of("a", "b"), ids("mixed"));
            assertNull(store.state("bad").block(LONG));
            assertEquals(numbers(result), numbers(run()));
        }

        @Test
        void turnsForksClosesAndUnknownMembersAsTheyWere() throws IOException {
            file(
                    "s.jsonl",
                    nativeLine(1, "a", "1")
                            + fork(2, 1)
                            + nativeLine(
                                    3,
                                    1,
                                    EventDraft.of("session_turn", Json.object("holder", "h", "epoch", 1))
                                            .withId("t"))
                            + nativeLine(
                                    4,
                                    1,
                                    EventDraft.of("note", Json.EMPTY_OBJECT)
                                            .withExtra(Map.of("x", Json.of(5)))
                                            .withMeta(Json.object("who", "me"))
                                            .withId("n"))
                            + nativeLine(
                                    5,
                                    1,
                                    EventDraft.of("session_close", Json.object("reason", null))
                                            .withId("c")));
            assertEquals(List.of(1L, 5L, 1L, 0L, 0L, 0L, 0L), numbers(run()));
            assertEquals(List.of("a", "fork", "t", "n", "c"), ids("s"));
            SessionEvent note = log("s").get(3);
            assertEquals("5", String.valueOf(note.extra().get("x")));
            assertEquals("{\"who\":\"me\"}", String.valueOf(note.meta()));
            Session row = store.getSession("s").block(LONG);
            assertTrue(row.closed());
            assertEquals("p", row.parentId());
        }

        @Test
        void eachLineIsABatchOfItsOwn() throws IOException {
            file("s.jsonl", foreign("a", "1") + foreign("b", "2") + foreign("c", "3"));
            run();
            for (SessionEvent event : log("s")) {
                String line = StandardCharsets.UTF_8.decode(event.line()).toString();
                assertFalse(line.contains("\"batch\""), line);
            }
        }

        @Test
        void purgedEntriesAreNoEventsOfALog() throws IOException {
            file("s.jsonl", foreign("a", "1") + foreign("p", "x").replace("user_message", "session_purged"));
            assertEquals(List.of(1L, 1L, 1L, 0L, 0L, 0L, 1L), numbers(run()));
        }

        @Test
        void whatTheStoreRefusesIsAProblem() throws IOException {
            StringBuilder content = new StringBuilder();
            for (int i = 0; i < 700; i++) {
                content.append(foreign("e" + i, i % 300 == 123 ? "x".repeat(5_000) : "text"));
            }
            file("s.jsonl", content.toString());
            Bounds small = Bounds.standard().withEventBytes(2_000).withBatchEvents(90);
            try (SessionStore strict =
                    MemorySessionStore.create(StoreOptions.standard().withBounds(small))) {
                ImportResult result = run(JsonlImport.into(strict).withRoot(root));
                assertEquals(
                        List.of(124L, 424L),
                        result.problems().stream().map(ImportProblem::line).toList());
                assertEquals(698, strict.replay("s", Range.all()).count().block(LONG));
            }
        }

        @Test
        @DisplayName(
                "the import and the store keep a line of more than 16 MiB, and neither keeps one of more than 64 MiB")
        void largeLines() throws IOException {
            int filler =
                    JsonLimits.DEFAULT.maxBytes() + 2 - foreign("too-large", "").length();
            try (BufferedWriter out = Files.newBufferedWriter(root.resolve("s.jsonl"))) {
                out.write(foreign("first", "1"));
                out.write(foreign("large", "x".repeat(16 << 20)));
                out.write(foreign("too-large", "x".repeat(filler)));
                out.write(foreign("last", "2"));
            }
            ImportResult result = run(JsonlImport.into(store).withRoot(root));
            assertEquals(
                    List.of(3L),
                    result.problems().stream().map(ImportProblem::line).toList());
            List<String> imported = idsOf(store);
            assertEquals(List.of("first", "large", "last"), imported);
            store.purge("s").block(LONG);
            try (SessionStore inPlace = JsonlSessionStore.open(root)) {
                assertEquals(imported, idsOf(inPlace));
            }
            List<RootProblem> problems = new ArrayList<>();
            RootCheck.of(root).run(problems::add);
            assertEquals(
                    List.of(3L),
                    problems.stream().map(RootProblem::line).toList(),
                    () -> "reading in place tells the same line: " + problems);
        }

        @Test
        void veryManyProblemsAreCounted() throws IOException {
            file("s.jsonl", "x\n".repeat(12_000));
            ImportResult result = JsonlImport.into(store).withRoot(root).run().block(LONG);
            assertEquals(10_000, result.problems().size());
            assertEquals(2_000, result.furtherProblems());
        }
    }

    @Nested
    class WhenTheStoreIsInUse {

        @Test
        void aWriterInBetweenIsSeen() throws IOException {
            file("s.jsonl", foreign("a", "1") + foreign("b", "2"));
            AtomicInteger appends = new AtomicInteger();
            SessionStore raced = new ForwardingSessionStore(store) {
                @Override
                public Mono<Commit> append(String id, List<EventDraft> events, WriteOptions options) {
                    Mono<Commit> append = Mono.defer(() -> store.append(id, events, options));
                    return appends.incrementAndGet() > 2
                            ? append
                            : store.putMessage(id, MessageDraft.user("quick")).then(append);
                }
            };
            ImportResult result = run(JsonlImport.into(raced).withRoot(root));
            assertEquals(List.of("a", "b"), ids("s"));
            assertEquals(List.of(1L, 2L, 2L, 1L, 0L, 0L, 0L), numbers(result));
        }

        @Test
        void aWriterThatIsAlwaysFasterFailsIt() throws IOException {
            file("s.jsonl", foreign("a", "1"));
            SessionStore raced = new ForwardingSessionStore(store) {
                @Override
                public Mono<Commit> append(String id, List<EventDraft> events, WriteOptions options) {
                    return store.putMessage(id, MessageDraft.user("quick"))
                            .then(Mono.defer(() -> store.append(id, events, options)));
                }
            };
            StepVerifier.create(JsonlImport.into(raced).withRoot(root).run())
                    .verifyError(VersionConflictException.class);
        }

        @Test
        void aBusyStoreIsWaitedFor() throws IOException {
            file("s.jsonl", foreign("a", "1"));
            FaultyStore busy = FaultyStore.wrap(store);
            busy.nthAppend(1).failsWith(new StoreBusyException("s", "a test"));
            assertEquals(1, run(JsonlImport.into(busy).withRoot(root)).sessions());
            assertEquals(List.of("a"), ids("s"));
        }

        @Test
        void aStoreThatIsBusyOftenButNotInARowIsWaitedFor() throws IOException {
            int count = 30;
            StringBuilder content = new StringBuilder();
            for (int i = 0; i < count; i++) {
                content.append(foreign("e" + i, "text"));
            }
            file("s.jsonl", content.toString());
            Set<String> refused = new HashSet<>();
            AtomicInteger taken = new AtomicInteger();
            SessionStore busy = new ForwardingSessionStore(store) {
                @Override
                public Mono<Commit> append(String id, List<EventDraft> events, WriteOptions options) {
                    String next = "e" + taken.get();
                    return next.equals(events.get(0).id()) && refused.add(next)
                            ? Mono.error(new StoreBusyException("s", "a test"))
                            : store.append(id, events, options).doOnNext(commit -> taken.incrementAndGet());
                }
            };
            assertEquals(count, run(JsonlImport.into(busy).withRoot(root)).events());
            assertEquals(count, refused.size());
            assertEquals(count, log("s").size());
        }

        @Test
        void anImportThatEndedInTheMiddleGoesOn() throws IOException {
            StringBuilder content = new StringBuilder();
            for (int i = 0; i < 2_000; i++) {
                content.append(foreign("e" + i, "text"));
            }
            file("s.jsonl", content.toString());
            FaultyStore broken = FaultyStore.wrap(store);
            broken.nthAppend(3).failsWith(new IllegalStateException("stop"));
            StepVerifier.create(JsonlImport.into(broken).withRoot(root).run()).verifyError(IllegalStateException.class);
            int half = log("s").size();
            assertTrue(half > 0 && half < 2_000);
            assertEquals(List.of(1L, 2_000L, 2_000L, 0L, 0L, 0L, 0L), numbers(run()));
            assertEquals(2_000, log("s").size());
        }

        @Test
        void cancelEndsIt() throws IOException {
            StringBuilder content = new StringBuilder();
            for (int i = 0; i < 50_000; i++) {
                content.append(foreign("e" + i, "text"));
            }
            file("s.jsonl", content.toString());
            StepVerifier.create(JsonlImport.into(store).withRoot(root).run())
                    .thenAwait(Duration.ofMillis(30))
                    .thenCancel()
                    .verify(LONG);
            run();
            assertEquals(50_000, log("s").size());
        }
    }

    /** Sample files with random damage: whatever they contain, the import reports problems and does not fail. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void damageOfAnyKind(long seed) throws IOException {
        Random random = new Random(seed);
        List<Path> samples;
        try (Stream<Path> files = Files.list(Lines.SAMPLE)) {
            samples = files.sorted().toList();
        }
        String whole = nativeLine(1, "n1", "1")
                + nativeLine(2, 2, "n2", "2")
                + nativeLine(3, "n3", "3")
                + fork(4, 2)
                + nativeLine(5, "n5", "5");
        for (int i = 0; i < 12; i++) {
            byte[] from = random.nextInt(3) == 0
                    ? whole.getBytes(StandardCharsets.UTF_8)
                    : Files.readAllBytes(samples.get(random.nextInt(samples.size())));
            Files.write(root.resolve("f" + i + ".jsonl"), damaged(from, random));
        }
        ImportResult result = JsonlImport.into(store).withRoot(root).run().block(LONG);
        Map<String, SessionState> once = states(store);
        assertEquals(once.size(), result.sessions(), () -> "seed " + seed);
        long events = once.values().stream().mapToLong(SessionState::version).sum();
        assertEquals(events, result.events(), () -> "seed " + seed);
        ImportResult again = JsonlImport.into(store).withRoot(root).run().block(LONG);
        assertEquals(result, again, () -> "seed " + seed);
        assertEquals(once, states(store), () -> "seed " + seed);
    }

    private static byte[] damaged(byte[] content, Random random) {
        byte[] bytes = content.clone();
        for (int n = random.nextInt(6); n >= 0; n--) {
            int at = random.nextInt(bytes.length);
            int to = Math.min(bytes.length, at + random.nextInt(300));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write(bytes, 0, at);
            switch (random.nextInt(7)) {
                case 0 -> out.write(bytes[at] ^ 1 << random.nextInt(8));
                case 1 -> to = at; // nothing
                case 2 -> out.write('\n');
                case 3 -> out.writeBytes(new byte[to - at]);
                case 4 -> { // duplicated
                    out.write(bytes, at, to - at);
                    to = at;
                }
                case 5 -> to = random.nextInt(4) == 0 ? bytes.length : to; // cut out, sometimes up to the end
                default -> {
                    byte[] noise = new byte[to - at];
                    random.nextBytes(noise);
                    out.writeBytes(noise);
                }
            }
            out.write(bytes, to, bytes.length - to);
            bytes = out.size() == 0 ? new byte[] {'\n'} : out.toByteArray();
        }
        return bytes;
    }
}
