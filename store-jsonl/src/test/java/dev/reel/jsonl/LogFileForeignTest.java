package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.JsonLimits;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that begin with ExAthena's lines, opened in place: the same events as the import reads. */
class LogFileForeignTest {

    @TempDir
    Path directory;

    @Test
    void theSampleReadsAsTheImportReadsIt() throws Exception {
        int files = 0;
        try (Stream<Path> all = Files.list(Lines.SAMPLE)) {
            for (Path path : all.filter(p -> p.toString().endsWith(".jsonl")).toList()) {
                assertSame(Files.readAllBytes(path), path);
                files++;
            }
        }
        assertTrue(files > 0);
    }

    @Test
    void whatIsForgivenReadsAsTheImportReadsIt() throws Exception {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            byte[] bytes = foreign(random);
            Path path = Files.write(directory.resolve("s.jsonl"), bytes);
            assertSame(bytes, path);
        }
    }

    @Test
    void nativeLinesGoOnWithIt() throws Exception {
        for (int seed = 0; seed < 100; seed++) {
            byte[] bytes = foreign(new Random(seed));
            LogFile log = scan(bytes, "s.jsonl", List.of()).log();
            assertEquals(log.version(), log.foreign().events());
            assertEquals(log.version(), log.foreign().unplaced());
            assertEquals(bytes.length > 0 && bytes[bytes.length - 1] != '\n', log.lacksLineFeed());
            assertEquals(bytes.length, log.end());
            log.place(50);
            assertEquals(0, log.foreign().unplaced());
            long version = log.version();
            String text = new String(bytes, StandardCharsets.UTF_8)
                    + (log.lacksLineFeed() ? "\n" : "")
                    + Lines.nativeLine(version + 1, "n1", "more");
            byte[] more = text.getBytes(StandardCharsets.UTF_8);
            LogFile.Scan again = scan(more, "s.jsonl", log.foreign().blocks());
            assertNull(again.torn());
            List<SessionEvent> events = read(again.log());
            assertEquals(version + 1, events.size());
            assertEquals(read(log), events.subList(0, (int) version));
            for (int i = 0; i < version; i++) {
                assertEquals(50 + i, events.get(i).position());
                long v = i + 1;
                assertEquals(v, (long) onFileThread(
                        () -> again.log().versionOf(events.get((int) v - 1).id())));
            }
        }
    }

    @Test
    void positionsComeInBlocksWhereExAthenaWentOn() throws Exception {
        String first = Lines.foreign("a", "1") + Lines.foreign("b", "2");
        LogFile log = scan(utf8(first.stripTrailing()), "s.jsonl", List.of()).log();
        log.place(10);
        String second = first + Lines.foreign("c", "3");
        LogFile more = scan(utf8(second), "s.jsonl", log.foreign().blocks()).log();
        assertEquals(1, more.foreign().unplaced());
        more.place(90);
        assertEquals(
                List.of(10L, 11L, 90L),
                read(more).stream().map(SessionEvent::position).toList());
        assertEquals(2, more.foreign().blocks().size());
        assertThrows(
                SessionDamagedException.class,
                () -> scan(
                        utf8(first.replace("2", "3")), "s.jsonl", more.foreign().blocks()));
        assertThrows(
                SessionDamagedException.class,
                () -> scan(utf8(first), "s.jsonl", more.foreign().blocks()));
        LogFile fork = more.fork("f", 1, List.of());
        assertEquals(1, fork.foreign().events());
        assertEquals(
                List.of(10L), read(fork).stream().map(SessionEvent::position).toList());
    }

    @Test
    void onlyAForkOfTheLastLineLacksItsLineFeed() throws Exception {
        String text = (Lines.foreign("a", "1") + Lines.foreign("b", "2")).stripTrailing();
        LogFile log = scan(utf8(text), "s.jsonl", List.of()).log();
        assertTrue(log.fork("f", 2, List.of()).lacksLineFeed());
        LogFile fork = log.fork("g", 1, List.of());
        assertFalse(fork.lacksLineFeed());
        assertEquals(Lines.foreign("a", "1").length(), fork.end());
    }

    @Test
    void aTornForeignLineIsPassedOverAndATornNativeOneIsCut() throws Exception {
        String whole = Lines.foreign("a", "1");
        LogFile.Scan foreign = scan(utf8(whole + "{\"data\":{\"mess"), "s.jsonl", List.of());
        assertNull(foreign.torn());
        assertEquals(1, foreign.log().version());
        LogFile.Scan torn = scan(utf8(whole + "{\"seq\":2,\"po"), "s.jsonl", List.of());
        assertEquals(whole.length(), torn.torn().offset());
    }

    private void assertSame(byte[] bytes, Path path) throws Exception {
        List<EventDraft> expected = SessionFile.of(path, "s")
                .read()
                .ofType(FileEntry.Event.class)
                .map(FileEntry.Event::event)
                .collectList()
                .block();
        List<SessionEvent> events =
                read(scan(bytes, path.getFileName().toString(), List.of()).log());
        assertEquals(
                expected.stream().map(LogFileForeignTest::text).toList(),
                events.stream()
                        .map(EventDraft::copyOf)
                        .map(LogFileForeignTest::text)
                        .toList());
    }

    private static String text(EventDraft draft) {
        return draft.id() + draft.at() + draft.type() + draft.v() + draft.data() + draft.meta() + draft.extra();
    }

    /** Lines that a person or a crash may leave. */
    private static byte[] foreign(Random random) {
        StringBuilder text = new StringBuilder(random.nextInt(4) == 0 ? "\uFEFF" : "");
        int lines = random.nextInt(12);
        for (int i = 0; i < lines; i++) {
            String id = "f" + random.nextInt(6);
            String content = "c" + random.nextInt(2);
            String line = switch (random.nextInt(9)) {
                case 0 -> "\n";
                case 1 -> "  \t\n";
                case 2 -> "no line\n";
                case 3 -> Lines.anonymous(content);
                case 4 -> Lines.foreign("no id!", content);
                case 5 -> Lines.foreign("f1~2", content);
                case 6 -> "{\"event\":\"x\",\"v\":" + random.nextInt(2) + "}\n";
                default -> Lines.foreign(id, content);
            };
            text.append(random.nextInt(5) == 0 ? line.replace("\n", "\r\n") : line);
        }
        String all = text.toString();
        return utf8(random.nextInt(3) == 0 ? all.stripTrailing() : all);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static LogFile.Scan scan(byte[] bytes, String named, List<ForeignPart.Block> placed) throws IOException {
        EventBlocks blocks = new EventBlocks(new OneFile(bytes), JsonLimits.DEFAULT, Upcasters.none(), 1 << 20);
        return LogFile.scan(blocks, "s", OneFile.PATH, named, placed, -1);
    }

    private static List<SessionEvent> read(LogFile log) throws Exception {
        return onFileThread(() -> {
            List<SessionEvent> events = new ArrayList<>();
            for (long v = 1; v <= log.version(); v++) {
                events.add(log.event(v));
            }
            return events;
        });
    }

    private static <T> T onFileThread(java.util.concurrent.Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        FileThreads.execute(future);
        return future.get();
    }
}
