package dev.reel.jsonl;

import static dev.reel.jsonl.Lines.anonymous;
import static dev.reel.jsonl.Lines.foreign;
import static dev.reel.jsonl.Lines.fork;
import static dev.reel.jsonl.Lines.nativeLine;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Ids;
import dev.reel.JsonLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class SessionFileTest {

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void name() {
        path = directory.resolve("s.jsonl");
    }

    private List<FileEntry> read(String content) throws IOException {
        return read(content.getBytes(StandardCharsets.UTF_8));
    }

    private List<FileEntry> read(byte[] content) throws IOException {
        Files.write(path, content);
        return read();
    }

    private List<FileEntry> read() {
        return SessionFile.of(path, "s").read().collectList().block(Duration.ofSeconds(30));
    }

    private static List<String> ids(List<FileEntry> entries) {
        return events(entries).map(it -> it.event().id()).toList();
    }

    private static Stream<FileEntry.Event> events(List<FileEntry> entries) {
        return entries.stream().filter(FileEntry.Event.class::isInstance).map(FileEntry.Event.class::cast);
    }

    private static List<String> problems(List<FileEntry> entries) {
        return entries.stream()
                .filter(FileEntry.Problem.class::isInstance)
                .map(it -> it.line() + ": " + ((FileEntry.Problem) it).reason())
                .toList();
    }

    private static List<String> repeated(List<FileEntry> entries) {
        return entries.stream()
                .filter(FileEntry.Repeated.class::isInstance)
                .map(it -> it.line() + ": " + ((FileEntry.Repeated) it).id())
                .toList();
    }

    /** Checks that there is exactly one problem, its line and a word of its reason, and how many events are kept. */
    private static void assertProblem(List<FileEntry> entries, long line, String word, int kept) {
        List<String> problems = problems(entries);
        assertEquals(1, problems.size(), problems::toString);
        assertTrue(
                problems.get(0).startsWith(line + ": ") && problems.get(0).contains(word), problems.get(0)::toString);
        assertEquals(kept, events(entries).count());
    }

    @Nested
    class WhatIsFine {

        @Test
        void aFileOfExAthenas() {
            Path sample = Lines.SAMPLE.resolve("8tj2n82Gh1_Kvtum3lIWtw.jsonl");
            List<FileEntry> entries = SessionFile.of(sample, "8tj2n82Gh1_Kvtum3lIWtw")
                    .read()
                    .collectList()
                    .block(Duration.ofSeconds(30));
            assertEquals(15, events(entries).count());
            assertEquals(15, entries.size());
            assertEquals(
                    "session_start",
                    events(entries).findFirst().orElseThrow().event().type());
        }

        @Test
        void anEmptyFile() throws IOException {
            assertEquals(List.of(), read(""));
        }

        @ParameterizedTest
        @ValueSource(strings = {"\n", "\n\n\n", "\r\n", " \t \n\r\n", "\uFEFF", "\uFEFF\n"})
        void aFileOfBlankLines(String content) throws IOException {
            assertEquals(List.of(), read(content));
        }

        @Test
        void blankLinesBetween() throws IOException {
            List<FileEntry> entries = read("\n" + foreign("a", "1") + "\n \t\n\r\n" + foreign("b", "2") + "\n");
            assertEquals(List.of("a", "b"), ids(entries));
            assertEquals(List.of(2L, 6L), entries.stream().map(FileEntry::line).toList());
            assertEquals(
                    List.of(1L, 2L),
                    events(entries).map(FileEntry.Event::version).toList());
        }

        @Test
        void veryManyBlankLines() throws IOException {
            assertEquals(List.of("a", "b"), ids(read(foreign("a", "1") + "\n".repeat(3_000_000) + foreign("b", "2"))));
        }

        @Test
        void carriageReturns() throws IOException {
            String crlf = (foreign("a", "1") + foreign("b", "2") + nativeLine(3, "c", "3")).replace("\n", "\r\n");
            List<FileEntry> entries = read(crlf);
            assertEquals(List.of("a", "b", "c"), ids(entries));
            assertEquals(List.of(), problems(entries));
        }

        @Test
        void aByteOrderMark() throws IOException {
            assertEquals(List.of("a"), ids(read("\uFEFF" + foreign("a", "1"))));
            assertEquals(List.of("a"), ids(read("\uFEFF" + nativeLine(1, "a", "1"))));
        }

        @Test
        void aMissingLastLineFeed() throws IOException {
            assertEquals(
                    List.of("a", "b"),
                    ids(read(foreign("a", "1") + foreign("b", "2").strip())));
            assertEquals(
                    List.of("a", "b"),
                    ids(read(foreign("a", "1") + nativeLine(2, "b", "2").strip())));
        }

        @Test
        void aFileWithoutSessionStart() throws IOException {
            assertEquals(List.of("a"), ids(read(foreign("a", "1"))));
        }

        @Test
        void whereEachLineBegins() throws IOException {
            String first = foreign("a", "ü");
            List<FileEntry> entries = read("\n" + first + foreign("b", "2"));
            assertEquals(
                    List.of(1L, 1L + first.getBytes(StandardCharsets.UTF_8).length),
                    entries.stream().map(FileEntry::offset).toList());
        }

        @Test
        void nativeLinesAfterForeignOnes() throws IOException {
            List<FileEntry> entries = read(foreign("a", "1") + nativeLine(2, "b", "2") + nativeLine(3, "c", "3"));
            assertEquals(List.of("a", "b", "c"), ids(entries));
            assertEquals(List.of(), problems(entries));
            assertEquals(
                    List.of(0L, 102L, 103L),
                    events(entries).map(FileEntry.Event::position).toList());
            assertEquals(
                    List.of(false, true, true),
                    events(entries).map(FileEntry.Event::isNative).toList());
        }

        @Test
        void whatStandsInALineIsKept() throws IOException {
            var event = events(read("{\"ts\":\"2026-04-26T14:00:00.5+02:00\",\"x\":[1],\"event\":\"note\",\"v\":3,"
                            + "\"uuid\":\"a\",\"data\":{\"n\":1.50},\"meta\":{\"who\":\"me\"}}"))
                    .findFirst()
                    .orElseThrow()
                    .event();
            assertEquals("2026-04-26T12:00:00.500Z", event.at().toString());
            assertEquals("{\"n\":1.50}", event.data().toString());
            assertEquals("{\"who\":\"me\"}", String.valueOf(event.meta()));
            assertEquals(3, event.v());
            assertEquals("[1]", event.extra().get("x").toString());
        }
    }

    @Nested
    class Uuids {

        @Test
        void aMissingOneIsDerived() throws IOException {
            String content = anonymous("1") + anonymous("1");
            List<String> first = ids(read(content));
            assertEquals(2, Set.copyOf(first).size(), "the same content in another line is another event");
            assertTrue(first.stream().allMatch(id -> Ids.isEventId(id) && id.length() == 22));
            assertEquals(first, ids(read(content)), "each time the same");
            assertEquals(first, ids(read(content.replace("\n", "\r\n"))), "however lines end");
            path = directory.resolve("other.jsonl");
            assertNotEquals(first, ids(read(content)), "another file is another event");
        }

        @ParameterizedTest
        @ValueSource(strings = {"\"\"", "\"a b\"", "5", "null", "{}", "\"ü\"", "\"a\\u0000b\""})
        void aMalformedOneIsDerived(String uuid) throws IOException {
            List<FileEntry> entries = read(foreign("@", "1").replace("\"@\"", uuid));
            assertEquals(List.of(), problems(entries));
            assertEquals(22, ids(entries).get(0).length());
        }

        @Test
        void oneThatIsTooLongIsDerived() throws IOException {
            assertEquals(22, ids(read(foreign("x".repeat(101), "1"))).get(0).length());
            assertEquals(
                    "x".repeat(100), ids(read(foreign("x".repeat(100), "1"))).get(0));
        }

        @Test
        void repeatedWithTheSameContentIsSkipped() throws IOException {
            List<FileEntry> entries = read(foreign("a", "1") + foreign("b", "2") + foreign("a", "1"));
            assertEquals(List.of("a", "b"), ids(entries));
            assertEquals(List.of("3: a"), repeated(entries));
        }

        @Test
        void theSameContentIsTheSameValue() throws IOException {
            String line =
                    "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\",\"uuid\":\"a\",\"data\":{\"n\":1,\"m\":2}}\n";
            String other = "{\"ts\":\"2027-01-01T00:00:00Z\",\"event\":\"x\",\"uuid\":\"a\",\"meta\":{\"k\":1},"
                    + "\"data\":{\"m\":2.0, \"n\":1e0}}\n";
            assertEquals(List.of("2: a"), repeated(read(line + other)));
        }

        @Test
        void repeatedWithOtherContentGetsANumber() throws IOException {
            List<FileEntry> entries = read(foreign("a", "1")
                    + foreign("a", "2")
                    + foreign("a", "3")
                    + foreign("a", "2")
                    + foreign("a~2", "4")
                    + foreign("a", "5"));
            assertEquals(List.of("a", "a~2", "a~3", "a~2~2", "a~4"), ids(entries));
            assertEquals(List.of("4: a"), repeated(entries));
        }

        @Test
        void aNumberThatIsTakenIsLeftOut() throws IOException {
            assertEquals(
                    List.of("a", "a~2", "a~3"), ids(read(foreign("a", "1") + foreign("a~2", "2") + foreign("a", "3"))));
        }

        @Test
        void aNumberThatWouldMakeItTooLong() throws IOException {
            String id = "x".repeat(99);
            List<String> ids = ids(read(foreign(id, "1") + foreign(id, "2") + foreign(id, "3")));
            assertEquals(3, Set.copyOf(ids).size());
            assertTrue(ids.stream().allMatch(Ids::isEventId));
        }

        @Test
        void veryManyOfOne() throws IOException {
            StringBuilder content = new StringBuilder();
            for (int i = 0; i < 20_000; i++) {
                content.append(foreign("a", "" + i));
            }
            content.append(foreign("a", "19999"));
            List<FileEntry> entries = read(content.toString());
            assertEquals(20_000, Set.copyOf(ids(entries)).size());
            assertEquals(1, repeated(entries).size());
        }

        @Test
        void inNativeLinesToo() throws IOException {
            List<FileEntry> entries = read(nativeLine(1, "a", "1") + nativeLine(1, "a", "1") + nativeLine(2, "a", "2"));
            assertEquals(List.of("a", "a~2"), ids(entries));
            assertEquals(List.of("2: a"), repeated(entries));
            assertEquals(List.of(), problems(entries));
        }
    }

    @Nested
    class WhatIsAProblem {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{",
                    "{}",
                    "[]",
                    "null",
                    "5",
                    "\"text\"",
                    "hello",
                    "{\"event\":\"x\"}",
                    "{\"ts\":\"2026-04-26T12:00:00Z\"}",
                    "{\"ts\":\"yesterday\",\"event\":\"x\"}",
                    "{\"ts\":\"2026-04-26T12:00:00\",\"event\":\"x\"}",
                    "{\"ts\":1777200000,\"event\":\"x\"}",
                    "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"\"}",
                    "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"reel:x\"}",
                    "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\",\"data\":[]}",
                    "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\",\"data\":null}",
                    "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\",\"meta\":1}",
                    "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\",\"v\":0}",
                    "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\",\"v\":1.5}",
                    "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\",\"seq\":1}",
                    "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\",\"crc\":\"00000000\"}",
                    "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\"} {}",
                    "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\",\"event\":\"y\"}",
                    "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\",\"data\":{\"a\":NaN}}",
                    "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"session_purged\"}",
                    "{\"seq\":2,\"pos\":1,\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\",\"uuid\":\"a\",\"data\":{}}",
                })
        void aLineThatIsNoEvent(String line) throws IOException {
            assertProblem(read(foreign("a", "1") + line + "\n" + foreign("b", "2")), 2, "", 2);
        }

        @Test
        void bytesThatAreNoUtf8() throws IOException {
            byte[] content = (foreign("a", "@") + foreign("b", "2")).getBytes(StandardCharsets.UTF_8);
            content[new String(content, StandardCharsets.UTF_8).indexOf('@')] = (byte) 0xC0;
            assertProblem(read(content), 1, "", 1);
        }

        @Test
        void bytesThatAreZero() throws IOException {
            assertProblem(read(foreign("a", "1") + "\0".repeat(5_000) + "\n" + foreign("b", "2")), 2, "", 2);
        }

        @Test
        void utf16() throws IOException {
            byte[] content = (foreign("a", "1") + foreign("b", "2")).getBytes(StandardCharsets.UTF_16);
            List<FileEntry> entries = read(content);
            assertEquals(0, events(entries).count());
            assertFalse(problems(entries).isEmpty());
        }

        @Test
        void aTornLastLine() throws IOException {
            String last = foreign("b", "2");
            for (int cut = 1; cut < last.length() - 1; cut++) {
                assertProblem(read(foreign("a", "1") + last.substring(0, cut)), 2, "torn", 1);
            }
        }

        @Test
        void deepNesting() throws IOException {
            String deep = "[".repeat(100_000) + "]".repeat(100_000);
            String line = "{\"ts\":\"2026-04-26T12:00:00Z\",\"event\":\"x\",\"data\":{\"a\":" + deep + "}}\n";
            assertProblem(read(line + foreign("b", "2")), 1, "", 1);
        }

        @Test
        void aLineThatIsTooLong() throws IOException {
            Files.writeString(path, foreign("a", "1") + foreign("b", "x".repeat(300_000)) + foreign("c", "3"));
            List<FileEntry> entries = SessionFile.of(path, "s")
                    .withLimits(new JsonLimits(100_000, 100, 100))
                    .read()
                    .collectList()
                    .block(Duration.ofSeconds(30));
            assertProblem(entries, 2, "longer than the 100000 bytes", 2);
        }

        @Test
        void onlyThatLineIsTooLong() throws IOException {
            String line = foreign("a", "1");
            Files.writeString(path, line + line.replace("1", "12") + line);
            List<FileEntry> entries = SessionFile.of(path, "s")
                    .withLimits(new JsonLimits(line.length() - 1, 100, 100))
                    .read()
                    .collectList()
                    .block(Duration.ofSeconds(30));
            assertEquals(1, problems(entries).size());
            assertEquals(1, events(entries).count());
            assertEquals(1, repeated(entries).size());
        }
    }

    @Nested
    class NativeLines {

        @Test
        void everyFlippedBitIsFound() throws IOException {
            byte[] before = (foreign("a", "1") + nativeLine(2, "b", "2")).getBytes(StandardCharsets.UTF_8);
            String after = nativeLine(4, "d", "4");
            byte[] line = nativeLine(3, "c", "3").getBytes(StandardCharsets.UTF_8);
            for (int bit = 0; bit < 8 * (line.length - 1); bit++) {
                byte[] flipped = line.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                java.io.ByteArrayOutputStream content = new java.io.ByteArrayOutputStream();
                content.write(before);
                content.write(flipped);
                content.write(after.getBytes(StandardCharsets.UTF_8));
                List<FileEntry> entries = read(content.toByteArray());
                assertEquals(List.of("a", "b", "d"), ids(entries), "bit " + bit);
                assertFalse(problems(entries).isEmpty(), "bit " + bit);
            }
        }

        @Test
        void noWayBackToForeignOnes() throws IOException {
            List<FileEntry> entries = read(nativeLine(1, "a", "1") + foreign("b", "2") + nativeLine(2, "c", "3"));
            assertProblem(entries, 2, "foreign", 2);
        }

        @Test
        void alsoNotBehindOneThatIsDamaged() throws IOException {
            String damaged = nativeLine(1, "a", "1").replace("user", "User");
            List<FileEntry> entries = read(damaged + foreign("b", "2"));
            assertEquals(2, problems(entries).size());
            assertEquals(0, events(entries).count());
        }

        @Test
        void aGapInTheVersions() throws IOException {
            assertProblem(read(nativeLine(1, "a", "1") + nativeLine(4, "b", "2") + nativeLine(5, "c", "3")), 2, "4", 3);
            assertProblem(read(foreign("a", "1") + nativeLine(1, "b", "2") + nativeLine(2, "c", "3")), 2, "1", 3);
        }

        @Test
        void aGapThatADamagedLineLeaves() throws IOException {
            String damaged = nativeLine(2, "b", "2").replace("user", "User");
            assertProblem(read(nativeLine(1, "a", "1") + damaged + nativeLine(3, "c", "3")), 2, "checksum", 2);
        }

        @Test
        void aTornLastLine() throws IOException {
            String last = nativeLine(2, "b", "2");
            for (int cut = 1; cut < last.length() - 1; cut++) {
                assertProblem(read(nativeLine(1, "a", "1") + last.substring(0, cut)), 2, "torn", 1);
            }
        }
    }

    @Nested
    class Batches {

        private final String first = nativeLine(1, "a", "1");
        private final String batch = nativeLine(2, 3, "b", "2") + nativeLine(3, "c", "3") + nativeLine(4, "d", "4");

        @Test
        void wholeOnes() throws IOException {
            assertEquals(List.of("a", "b", "c", "d"), ids(read(first + batch)));
            assertEquals(List.of("a", "b", "c", "d"), ids(read(first + batch.stripTrailing())));
            List<FileEntry> more = read(first + batch + nativeLine(5, 2, "e", "5") + nativeLine(6, "f", "6"));
            assertEquals(6, ids(more).size());
            assertEquals(List.of(), problems(more));
        }

        @Test
        void noEventOfATornOneIsTaken() throws IOException {
            for (int cut = 1; cut < batch.length() - 1; cut++) {
                assertProblem(read(first + batch.substring(0, cut)), 2, "torn", 1);
            }
        }

        @Test
        void onlyTheEndOfTheFileTearsOne() throws IOException {
            String cut = batch.substring(0, batch.lastIndexOf("{\"seq\":4"));
            List<FileEntry> entries = read(first + cut + nativeLine(4, 2, "e", "5") + nativeLine(5, "f", "6"));
            assertEquals(List.of("a", "b", "c", "e", "f"), ids(entries));
            List<FileEntry> torn = read(first + batch + nativeLine(5, 2, "e", "5"));
            assertProblem(torn, 5, "torn: the file has 1 of the 2 lines", 4);
        }

        @Test
        void aForkEndsOne() throws IOException {
            List<FileEntry> entries = read(first + nativeLine(2, 50, "b", "2") + fork(3, 1) + nativeLine(4, "d", "4"));
            assertEquals(List.of("a", "b", "fork", "d"), ids(entries));
            assertEquals(List.of(), problems(entries));
        }

        @Test
        void aForksOwnMayBeTorn() throws IOException {
            assertProblem(read(first + nativeLine(2, 50, "b", "2") + fork(3, 2)), 3, "torn", 2);
        }

        @Test
        void textInTheDataEndsNoBatch() throws IOException {
            String text = "x,\\\"batch\\\":7,\\\"event\\\":\\\"session_fork\\\",";
            assertProblem(read(first + nativeLine(2, 3, "b", "2") + nativeLine(3, "c", text)), 2, "torn", 1);
        }

        @Test
        void manyLargeOnes() throws IOException {
            StringBuilder content = new StringBuilder();
            for (int i = 1; i <= 5_000; i++) {
                content.append(nativeLine(i, i % 1_000 == 1 ? 1_000 : 1, "e" + i, "text"));
            }
            assertEquals(5_000, ids(read(content.toString())).size());
            assertEquals(
                    4_000,
                    ids(read(content.substring(0, content.length() - 20))).size());
        }
    }

    @Nested
    class Reactive {

        private Flux<FileEntry> many() throws IOException {
            Files.writeString(
                    path,
                    IntStream.range(0, 5_000)
                            .mapToObj(i -> foreign("e" + i, "text"))
                            .collect(java.util.stream.Collectors.joining()));
            return SessionFile.of(path, "s").read();
        }

        @Test
        void nothingBeforeSubscription() throws IOException {
            Flux<FileEntry> read = SessionFile.of(path, "s").read();
            Files.writeString(path, foreign("a", "1"));
            StepVerifier.create(read).expectNextCount(1).verifyComplete();
        }

        @Test
        void eachSubscriptionReadsAnew() throws IOException {
            Flux<FileEntry> read = many();
            assertEquals(ids(read.collectList().block()), ids(read.collectList().block()));
        }

        @Test
        void noMoreThanWasRequested() throws IOException {
            StepVerifier.create(many(), 0)
                    .expectSubscription()
                    .expectNoEvent(Duration.ofMillis(50))
                    .thenRequest(1)
                    .expectNextCount(1)
                    .expectNoEvent(Duration.ofMillis(50))
                    .thenRequest(998)
                    .expectNextCount(998)
                    .expectNoEvent(Duration.ofMillis(50))
                    .thenRequest(Long.MAX_VALUE)
                    .expectNextCount(4_001)
                    .verifyComplete();
        }

        @Test
        void aFileThatIsNotThere() {
            StepVerifier.create(SessionFile.of(path, "s").read()).verifyError(NoSuchFileException.class);
        }

        @Test
        void aDirectory() {
            StepVerifier.create(SessionFile.of(directory, "s").read()).verifyError(IOException.class);
        }

        @Test
        void subscribersDoNotRunOnFileThreads() throws IOException {
            Set<String> threads = ConcurrentHashMap.newKeySet();
            many().doOnNext(it -> threads.add(Thread.currentThread().getName())).blockLast();
            assertTrue(threads.stream().noneMatch(it -> it.startsWith("reel-file")), threads::toString);
        }

        /** A cancel that closes a channel during a read would make another read fail, or print a stack trace. */
        @Test
        void cancelAnywhere() throws Exception {
            Flux<FileEntry> read = many();
            Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
            AtomicLong uncaught = new AtomicLong();
            Thread.setDefaultUncaughtExceptionHandler((thread, error) -> uncaught.incrementAndGet());
            try {
                CountDownLatch cancelled = new CountDownLatch(60);
                for (int i = 0; i < 60; i++) {
                    int taken = i * 83;
                    read.take(taken).doFinally(it -> cancelled.countDown()).subscribe();
                }
                cancelled.await();
                assertEquals(5_000, read.count().block());
                assertEquals(0, uncaught.get());
            } finally {
                Thread.setDefaultUncaughtExceptionHandler(before);
            }
        }

        @Test
        void filesAreClosed() throws Exception {
            Path open = Path.of("/proc/self/fd");
            Flux<FileEntry> read = many();
            for (int i = 0; i < 10; i++) {
                read.take(10).blockLast();
                read.blockLast();
            }
            if (Files.isDirectory(open)) {
                Thread.sleep(200);
                try (Stream<Path> files = Files.list(open)) {
                    assertEquals(
                            0,
                            files.filter(it -> it.toFile().getAbsolutePath().contains(".jsonl"))
                                    .count());
                }
            }
        }
    }
}
