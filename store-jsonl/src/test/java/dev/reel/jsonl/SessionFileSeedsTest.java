package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The seeds of {@link SessionFileFuzzTest}, and the files that it has found: the rule holds for each of them, in each
 * build.
 */
class SessionFileSeedsTest {

    @TestFactory
    List<DynamicTest> seeds() throws Exception {
        Path directory = Path.of(
                Objects.requireNonNull(SessionFileSeedsTest.class.getResource("SessionFileFuzzTestInputs/session"))
                        .toURI());
        try (Stream<Path> files = Files.list(directory)) {
            List<DynamicTest> tests = files.sorted()
                    .map(file -> DynamicTest.dynamicTest(
                            String.valueOf(file.getFileName()), () -> AnySessionFile.check(Files.readAllBytes(file))))
                    .toList();
            assertTrue(tests.size() > 9, "the seeds exist");
            return tests;
        }
    }
}
