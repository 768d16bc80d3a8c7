package dev.reel.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Change;
import dev.reel.SessionEvent;
import dev.reel.examples.Snippets.Snippet;
import dev.reel.testkit.RecordedSession;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The lines that the page on the format shows are valid lines of that format. */
class JsonlFormatTest {

    private static final Path PAGE = Snippets.ROOT.resolve("docs/jsonl-format.md");

    private final List<Snippet> sessions = Snippets.ofPage(PAGE, "jsonl");

    @Test
    void aWholeSession() {
        RecordedSession session = read(0);
        assertEquals(9, session.events().size());
        assertEquals("There is one at 21:25.", session.state().messages().get(1).text());
        assertEquals("train found", session.state().snapshots().get(0).state().textOf("label"));
        assertEquals(
                sessions.get(0).code(),
                session.events().stream()
                        .map(it -> StandardCharsets.UTF_8.decode(it.line()) + "\n")
                        .reduce("", String::concat));
    }

    @Test
    void aSessionThatExAthenaBegan() {
        assertEquals(
                List.of(1L, 2L, 3L),
                read(1).events().stream().map(SessionEvent::version).toList());
        assertEquals(
                "Is there a night train?", read(1).state().messages().get(0).text());
        assertEquals(2, sessions.size());
    }

    @Test
    void everyListedEventIsInTheTable() {
        String page = Snippets.read(PAGE);
        Arrays.stream(Change.Kind.values())
                .filter(Change.Kind::isListed)
                .forEach(kind -> assertTrue(page.contains("`" + kind.type() + "`"), kind::type));
    }

    private RecordedSession read(int n) {
        return RecordedSession.of("trip", sessions.get(n).code());
    }
}
