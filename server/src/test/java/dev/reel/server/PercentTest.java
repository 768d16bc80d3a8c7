package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PercentTest {

    @Test
    @DisplayName("encoded text has only unreserved characters, and decodes to the original")
    void roundTrip() {
        for (String text : List.of("", "abc-._~", "a b+c", "ü/../%2F?#&=", "世🌍", "\0\n\"\\")) {
            String encoded = Percent.encode(text);
            assertTrue(encoded.matches("[A-Za-z0-9._~%-]*"), encoded);
            assertEquals(text, Percent.decode("it", encoded));
        }
        assertEquals("%F0%9F%8C%8D%2F%25", Percent.encode("🌍/%"));
        assertEquals("ü+", Percent.decode("it", "%c3%BC+"));
        assertEquals("%2F", Percent.decode("it", "%252F"), "decoded once");
    }

    @Test
    @DisplayName(
            "malformed escapes, raw characters and bytes that are not UTF-8 are refused; the message names the part")
    void malformed() {
        for (String text : List.of(
                "%",
                "a%",
                "%7",
                "%7g",
                "%g7",
                "%%41",
                "%-1",
                "%+1",
                "a b",
                "ü",
                "\n",
                "%FF",
                "%C3",
                "%C0%AF",
                "%ED%A0%80")) {
            HttpProblem problem = assertThrows(HttpProblem.class, () -> Percent.decode("the id", text), text);
            assertEquals(400, problem.status());
            assertTrue(String.valueOf(problem.getMessage()).startsWith("the id "), text);
        }
    }
}
