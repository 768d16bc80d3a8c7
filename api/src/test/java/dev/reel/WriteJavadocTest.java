package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The Javadoc of the writes states what a second subscription does, and uses one name for the idempotency key. */
class WriteJavadocTest {

    private static final Path SOURCES = Path.of("src", "main", "java", "dev", "reel");
    private static final Pattern WRITE = Pattern.compile(
            "/\\*\\*((?:(?!/\\*\\*).)*?)\\*/\\s+Mono<\\w+> (\\w+)\\([^)]*WriteOptions options\\);", Pattern.DOTALL);

    @Test
    @DisplayName("the first paragraph of each write states that the Mono is one write, and what repeat() does")
    void repeats() throws IOException {
        int writes = 0;
        for (String type : List.of("EventLog", "RowTables", "Timeline")) {
            String source = Files.readString(SOURCES.resolve(type + ".java"));
            for (Matcher write = WRITE.matcher(source); write.find(); writes++) {
                String first = write.group(1).replaceAll("\\s+\\*\\s", " ").split("<p>|@param")[0];
                assertTrue(first.contains("The {@code Mono} is one write"), write.group(2));
                assertTrue(first.contains("{@code repeat()}"), write.group(2));
            }
        }
        assertEquals(19, writes);
    }

    @Test
    @DisplayName("the idempotency key has one name")
    void oneWord() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertFalse(
                        Pattern.compile("\\bwrite ?ids?\\b", Pattern.CASE_INSENSITIVE)
                                .matcher(Files.readString(file))
                                .find(),
                        file::toString);
            }
        }
    }
}
