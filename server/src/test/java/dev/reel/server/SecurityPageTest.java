package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Each threat in docs/security.md names a test, and each named test exists. */
class SecurityPageTest {

    private static final Pattern ROW =
            Pattern.compile("^\\| (?!threat |---)(.*) \\| (.*) \\| (.*) \\|$", Pattern.MULTILINE);
    private static final Pattern NAME = Pattern.compile("`(\\w+(?:Test|Contract))(?:\\.(\\w+))?`");

    /** The sources of the tests, by class. The page also names tests, and a contract, of other modules. */
    private static final List<Path> SOURCES = List.of(
            Path.of("src/test/java"),
            Path.of("../store-jsonl/src/test/java"),
            Path.of("../testkit/src/main/java"),
            Path.of("../browser-tests/src/test/java"));

    private static Path source(String type) throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path root : SOURCES) {
            try (Stream<Path> files = Files.walk(root)) {
                files.filter(file -> file.endsWith(type + ".java")).forEach(found::add);
            }
        }
        assertEquals(1, found.size(), type + ": " + found);
        return found.get(0);
    }

    @Test
    @DisplayName("each row of the table names a test, and each named test exists")
    void tests() throws IOException {
        String page = Files.readString(Path.of("../docs/security.md"));
        List<MatchResult> rows = ROW.matcher(page).results().toList();
        assertTrue(rows.size() >= 20, "rows: " + rows.size());
        for (MatchResult row : rows) {
            List<MatchResult> names = NAME.matcher(row.group(3)).results().toList();
            assertTrue(!names.isEmpty(), "no test: " + row.group());
            assertEquals(row.group(3).chars().filter(c -> c == '`').count(), 2L * names.size(), row.group(3));
            for (MatchResult name : names) {
                String text = Files.readString(source(name.group(1)));
                if (name.group(2) != null) {
                    // Matches the annotation and then the name, with no end of a method between them.
                    Pattern method = Pattern.compile(
                            "@Test(?:(?!@Test|\\n    })[\\s\\S])*?\\n    void " + name.group(2) + "\\(");
                    assertTrue(method.matcher(text).find(), "no test " + name.group());
                }
            }
        }
    }
}
