package dev.reel.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.reel.examples.Snippets.Snippet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The code that people read first compiles and runs. */
class ReadmeTest {

    private static final Path README = Snippets.ROOT.resolve("README.md");
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:|#)([^)#\\s]+)(#[^)]*)?\\)");

    @TempDir
    Path dir;

    @TestFactory
    Stream<DynamicTest> whatStandsInAPageCompiles() {
        return Snippets.pages().stream()
                .flatMap(page -> Snippets.ofPage(page, "java").stream())
                .filter(it -> !it.isMarked("run") && !it.isMarked("imports"))
                .map(it -> dynamicTest(it.place(), () -> Snippets.compile(it, freshDir())));
    }

    @TestFactory
    Stream<DynamicTest> whatIsMarkedRuns() {
        return Snippets.pages().stream()
                .filter(page -> !marked(page, false).isEmpty())
                .map(page -> dynamicTest(
                        page.getFileName().toString(),
                        () -> Snippets.run(marked(page, false), importsOf(page), freshDir())));
    }

    @TestFactory
    Stream<DynamicTest> testsThatAreMarkedPass() {
        return Snippets.pages().stream()
                .flatMap(page -> marked(page, true).stream())
                .map(it -> dynamicTest(it.place(), () -> assertTrue(Snippets.runTests(it, freshDir()) > 0)));
    }

    /** The types that users meet first, and the types for their tests. */
    @TestFactory
    Stream<DynamicTest> theExamplesOfTheTestkitsDocCompile() {
        return Stream.of("Expected", "FaultyStore", "Followers", "RecordedSession", "SessionScenario", "TailProbe")
                .map(it -> Snippets.ROOT.resolve("testkit/src/main/java/dev/reel/testkit/" + it + ".java"))
                .flatMap(source -> {
                    List<Snippet> snippets = Snippets.ofComments(source);
                    assertFalse(snippets.isEmpty(), () -> source + " has no example");
                    return snippets.stream();
                })
                .map(it -> dynamicTest(it.place(), () -> Snippets.compile(it, freshDir())));
    }

    @TestFactory
    Stream<DynamicTest> linksLeadSomewhere() {
        return Snippets.pages().stream()
                .map(page -> dynamicTest(
                        Snippets.ROOT.relativize(page).toString(),
                        () -> LINK.matcher(Snippets.read(page))
                                .results()
                                .map(link -> link.group(1))
                                .forEach(link -> assertTrue(
                                        Files.exists(page.resolveSibling(link).normalize()),
                                        () -> "nothing at " + link))));
    }

    @Test
    void theVersionIsTheOneThatIsBuilt() {
        String pom = Snippets.read(Snippets.ROOT.resolve("pom.xml"));
        String version =
                pom.replaceAll("(?s).*?<artifactId>reel-parent</artifactId>\\s*<version>(.*?)</version>.*", "$1");
        List<String> named = Pattern.compile("<version>(.*?)</version>")
                .matcher(Snippets.read(README))
                .results()
                .map(it -> it.group(1))
                .distinct()
                .toList();
        assertEquals(List.of(version), named);
    }

    private static List<Snippet> marked(Path page, boolean tests) {
        return Snippets.ofPage(page, "java").stream()
                .filter(it -> it.isMarked("run") && it.isWholeClasses() == tests)
                .toList();
    }

    private static String importsOf(Path page) {
        return Snippets.ofPage(page, "java").stream()
                .filter(it -> it.isMarked("imports"))
                .map(Snippet::code)
                .collect(Collectors.joining());
    }

    /** A directory for each compilation: all tests of a factory share one dir. */
    private Path freshDir() throws Exception {
        return Files.createTempDirectory(dir, "snippet");
    }

    /** A check that finds no code would always pass. */
    @Nested
    class TheTestsBite {

        @Test
        void theReadmeHasAllThatItPromises() {
            assertTrue(marked(README, false).size() >= 5);
            assertEquals(1, marked(README, true).size());
            assertTrue(marked(README, true).get(0).hasImports());
        }

        @Test
        void codeThatDoesNotCompile() {
            Snippet snippet = new Snippet(README, 1, "java", "", "store.rewindd(id);\n");
            AssertionError error = assertThrows(AssertionError.class, () -> Snippets.compile(snippet, freshDir()));
            assertTrue(
                    error.getMessage().contains("README.md:1 does not compile:\nstore.rewindd(id);"),
                    error.getMessage());
        }

        @Test
        void codeThatFails() {
            Snippet snippet = new Snippet(README, 1, "java", "run", "assertEquals(1, 2);\n");
            assertThrows(AssertionError.class, () -> Snippets.run(List.of(snippet), importsOf(README), freshDir()));
        }

        @Test
        void anImportThatThePageDoesNotShow() {
            Snippet story = new Snippet(README, 1, "java", "run", "new ArrayList<String>();\n");
            assertDoesNotCompile(() -> Snippets.run(List.of(story), importsOf(README), freshDir()));
            Snippet test = new Snippet(
                    README, 1, "java", "run", "import java.util.List;\nclass ATest {\n    ArrayList<String> it;\n}\n");
            assertDoesNotCompile(() -> Snippets.runTests(test, freshDir()));
        }

        private static void assertDoesNotCompile(Executable use) {
            String message = assertThrows(AssertionError.class, use).getMessage();
            assertTrue(message.contains("README.md:1 does not compile:"), message);
        }

        @Test
        void aTestThatFails() {
            Snippet snippet = new Snippet(
                    README, 1, "java", "run", "class ATest {\n    @Test\n    void no() {\n        fail();\n    }\n}\n");
            assertThrows(AssertionError.class, () -> Snippets.runTests(snippet, freshDir()));
        }
    }
}
