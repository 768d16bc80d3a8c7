package dev.reel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TextTest {

    @Test
    void numbers() {
        assertEquals("2,919 events", Text.count(2_919, "event"));
        assertEquals("1 event", Text.count(1, "event"));
        assertEquals("0 events", Text.count(0, "event"));
    }

    @Test
    void oneLineThatNoTerminalObeys() {
        assertEquals("a b c", Text.oneLine(" a\n\tb\r\n  c "));
        assertEquals("\uFFFD[31mred\uFFFD", Text.oneLine("\u001B[31mred\u0007"));
        assertEquals("a\uFFFDb", Text.oneLine("a\u202Eb"), "nor a change of the text's direction");
        assertEquals("世🌍", Text.oneLine("世🌍"));
    }

    @Test
    void columns() {
        assertEquals(5, Text.columns("aü世e\u0301".substring(0, 3)) + 1);
        assertEquals("世 ", Text.fit("世", 3));
        assertEquals("世…", Text.fit("世界世界", 3));
        assertEquals("ab…", Text.cut("abcd", 3));
        assertEquals("abc", Text.cut("abc", 3));
        assertEquals("  1", Text.right("1", 3));
    }

    @Test
    void widthOfATerminal() {
        assertEquals(120, Terminal.widthOf(Map.of("COLUMNS", "120"), () -> "24 90\n"));
        assertEquals(90, Terminal.widthOf(Map.of(), () -> "24 90\n"));
        assertEquals(90, Terminal.widthOf(Map.of("COLUMNS", "wide"), () -> "24 90\n"));
        assertEquals(80, Terminal.widthOf(Map.of("COLUMNS", "20"), () -> ""));
        assertEquals(200, Terminal.widthOf(Map.of("COLUMNS", "900"), () -> ""));
        assertEquals(80, Terminal.widthOf(Map.of(), () -> ""), "the width is unknown");
        assertEquals(80, Terminal.widthOf(Map.of(), () -> "0 0\n"));
    }
}
