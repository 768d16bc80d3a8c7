package dev.reel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemoCommandTest {

    private static final Run FIRST = Run.here("demo");

    @Test
    void itEndsByItself() {
        assertEquals(0, FIRST.code(), FIRST::err);
        assertEquals("", FIRST.err());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "40 sessions, 2,919 events, 2,409 messages, 0 problems",
                "store.listSessions",
                "CBMXuJYmzYuWnJGDxrVCow     154    43         64    21",
                "store.tail",
                "2 messages cut, 4 left",
                "2 messages back, 6 left",
                "fix-login-2 has the first 11 events of fix-login",
                "store.asOf",
                "folded 2,949 events of 42 logs into 42 sessions, 2,421 messages and 1 snapshot",
                "✓ each row equals the one that the store serves",
                "./reel import DIR"
            })
    void itShows(String text) {
        assertTrue(FIRST.out().contains(text), FIRST::out);
    }

    @Test
    void itFitsInAHundredColumns() {
        FIRST.out().lines().forEach(line -> assertTrue(Text.columns(line) <= 100, line));
        assertTrue(FIRST.out().lines().count() < 100);
    }

    @ParameterizedTest
    @ValueSource(ints = {80, 81, 99, 120, 200})
    void itFitsInTheTerminal(int columns) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Results stream = Results.to(out);
        Terminal terminal = new Terminal(InputStream.nullInputStream(), stream, stream, true, true, columns);
        assertEquals(0, Reel.run(terminal, "demo", "--fast"));
        String shown = out.toString(StandardCharsets.UTF_8).replaceAll("\u001B\\[[0-9]+m", "");
        shown.lines().forEach(line -> assertTrue(Text.columns(line) <= columns, line));
        assertTrue(shown.lines().anyMatch(line -> line.startsWith("━━") && Text.columns(line) == columns - 2), shown);
        assertEquals(
                FIRST.out().contains("folded 2,949 events of 42 logs"),
                shown.replaceAll("\\s+", " ").contains("folded 2,949 events of 42 logs"));
    }

    @RepeatedTest(5)
    void itIsTheSameEachTime() {
        assertEquals(FIRST.out(), Run.here("demo", "--fast").out());
    }

    @Test
    void onATerminalItIsInColourAndForReaders() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Results stream = Results.to(out);
        long begin = System.nanoTime();
        assertEquals(
                0,
                Reel.run(
                        new Terminal(InputStream.nullInputStream(), stream, stream, true, true, 100),
                        "demo",
                        "--fast"));
        assertTrue(Duration.ofNanos(System.nanoTime() - begin).compareTo(Duration.ofSeconds(15)) < 0, "fast");
        String shown = out.toString(StandardCharsets.UTF_8);
        assertTrue(shown.contains("\u001B["), shown);
        assertEquals(FIRST.out(), shown.replaceAll("\u001B\\[[0-9]+m", "").replaceAll(" +\n", "\n"));
        assertFalse(FIRST.out().contains("\u001B"));
    }
}
