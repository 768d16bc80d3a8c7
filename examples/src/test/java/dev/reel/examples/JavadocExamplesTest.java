package dev.reel.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.reel.examples.Snippets.Snippet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The examples in the API's doc comments compile.
 *
 * <p>In the sources of {@code reel-api}, a line with only {@code <pre>{@code} starts Java code, and a line with only
 * {@code <pre>} starts JSON. Any other form fails the test, so no example is skipped.
 */
class JavadocExamplesTest {

    private static final Path API = Snippets.ROOT.resolve("api/src/main/java/dev/reel");

    private static final Pattern ANY_BLOCK = Pattern.compile("<pre\\b|\\{@snippet\\b");
    private static final Pattern JSON_BLOCK = Pattern.compile("<pre>\\n *\\* \\{\"");

    private static final String IMPORTS = """
            import dev.reel.internal.*;
            import dev.reel.spi.*;
            import java.util.concurrent.atomic.LongAdder;
            import java.util.function.BiFunction;
            import reactor.util.retry.Retry;
            """;

    /**
     * The code that an application would have around the examples. The last types stand in for Spring's, with the same
     * signatures.
     */
    private static final String AROUND = """
            static LogPlace place;
            static Json json;
            static Session lastOfThePage;
            static SessionEvent event;
            static SessionEvent recordedEvent;
            static TailSignal signal;
            static SessionState state;
            static Session lastOfThePageBefore;
            static Message oldestShown;
            static Message newestShown;
            static Turn turn;
            static List<EventDraft> events;
            static EventDraft draft;
            static Json results;
            static JsonCodec codec;
            static JsonMapper jsonMapper;
            static Clock clock;
            static Instant departure;
            static String stored;
            static String lastEventId;
            static String textFromTheServer;
            static Server server;
            static OldLibrary oldLibrary;
            static Index index;
            static Log log;
            static IdPlaces.Ids rows;
            static IdPlaces.Ids longer;

            record Booking(String city, Instant departure) {}

            interface Server {
                Mono<Void> stop();
            }

            interface OldLibrary {
                void write(String line);
            }

            interface Index {
                FeedPlace place();
                Mono<Void> add(SessionEvent event, FeedPlace place);
                Mono<Void> forget(String sessionId, FeedPlace place);
            }

            interface Log {
                long version();
                SessionEvent event(long version);
            }

            static native void show(SessionEvent event);
            static native void markAsLive();
            static native void save(String place);
            static native Mono<Void> index(SessionEvent event);
            static native List<EventDraft> decide(SessionState state);

            interface HttpStatusCode {
                static HttpStatusCode valueOf(int code) {
                    return null;
                }
            }

            enum HttpStatus implements HttpStatusCode {
                BAD_REQUEST
            }

            static class ResponseStatusException extends RuntimeException {
                ResponseStatusException(HttpStatusCode status, String reason) {}
                ResponseStatusException(HttpStatusCode status, String reason, Throwable cause) {}
            }

            interface Health {
                static Builder up() {
                    return null;
                }
                static Builder outOfService() {
                    return null;
                }
                interface Builder {
                    Builder withDetail(String key, Object value);
                    Health build();
                }
            }
            """;

    @TempDir
    Path dir;

    @TestFactory
    Stream<DynamicTest> examplesCompile() {
        return sources().stream()
                .flatMap(source -> Snippets.ofComments(source).stream())
                .map(it -> dynamicTest(it.place(), () -> compile(it)));
    }

    @TestFactory
    Stream<DynamicTest> blocksAreJavaOrJson() {
        return sources().stream()
                .map(source -> dynamicTest(Snippets.ROOT.relativize(source).toString(), () -> {
                    String text = Snippets.read(source);
                    long known = Snippets.ofComments(source).size()
                            + JSON_BLOCK.matcher(text).results().count();
                    assertEquals(ANY_BLOCK.matcher(text).results().count(), known);
                }));
    }

    /** The types that a user of a store meets first must have an example above the type. */
    @TestFactory
    Stream<DynamicTest> theMainTypesHaveOne() {
        return Stream.of(
                        "SessionStore",
                        "EventLog",
                        "Feed",
                        "RowTables",
                        "Timeline",
                        "From",
                        "Range",
                        "ExpectedVersion",
                        "WriteOptions",
                        "Change",
                        "Json",
                        "SessionEvent",
                        "SessionState")
                .map(type -> dynamicTest(type, () -> {
                    Path source = API.resolve(type + ".java");
                    int line = lineOfType(source, type);
                    assertTrue(
                            Snippets.ofComments(source).stream().anyMatch(it -> it.line() < line),
                            () -> source + " has no example in the doc of its type");
                }));
    }

    private static int lineOfType(Path source, String type) {
        List<String> lines = Snippets.read(source).lines().toList();
        Pattern declaration = Pattern.compile("public .*\\b(class|interface|record|enum) " + type + "\\b.*");
        for (int i = 0; i < lines.size(); i++) {
            if (declaration.matcher(lines.get(i)).matches()) {
                return i + 1;
            }
        }
        throw new AssertionError(source + " does not declare " + type);
    }

    private static List<Path> sources() {
        try (Stream<Path> files = Files.walk(API)) {
            return files.filter(it -> it.toString().endsWith(".java")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void compile(Snippet snippet) throws IOException {
        // A directory for each compilation: all tests of a factory share one dir.
        Snippets.compile(snippet, IMPORTS, AROUND, Files.createTempDirectory(dir, "snippet"));
    }

    /** A check that finds no example would always pass. */
    @Nested
    class TheTestsBite {

        @Test
        void anExampleThatDoesNotCompile() throws IOException {
            Path source = Files.writeString(dir.resolve("Some.java"), """
                    /**
                     * An example type.
                     *
                     * <pre>{@code
                     * store.tail(id, From.begin());
                     * }</pre>
                     */
                    """);
            List<Snippet> snippets = Snippets.ofComments(source);
            assertEquals(1, snippets.size());
            AssertionError error = assertThrows(AssertionError.class, () -> compile(snippets.get(0)));
            String message = error.getMessage();
            assertTrue(message.contains("Some.java:5 does not compile:\nstore.tail(id, From.begin());"), message);
            assertTrue(message.contains("cannot find symbol"), message);
        }

        @Test
        void aBlockOfAnotherForm() {
            for (String block : List.of(
                    "<pre>{@code Range.all()}</pre>", "<pre>\n * Range.all()\n * </pre>", "<pre class=\"x\">{@code")) {
                assertTrue(ANY_BLOCK.matcher(block).find(), block);
                assertFalse(JSON_BLOCK.matcher(block).find(), block);
            }
        }
    }
}
