package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.AnchorNotFoundException;
import dev.reel.AppendUnknownException;
import dev.reel.DuplicateEventException;
import dev.reel.ExpectedVersion;
import dev.reel.FeedPlace;
import dev.reel.FencedException;
import dev.reel.IdempotencyConflictException;
import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.LogChangedException;
import dev.reel.MalformedEventException;
import dev.reel.ReelException;
import dev.reel.SessionClosedException;
import dev.reel.SessionDamagedException;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionPurgedException;
import dev.reel.SnapshotIdTakenException;
import dev.reel.StoreBusyException;
import dev.reel.StoreClosedException;
import dev.reel.StoreDamagedException;
import dev.reel.StoreFailedException;
import dev.reel.StoreFullException;
import dev.reel.StoreLockedException;
import dev.reel.StoreReadOnlyException;
import dev.reel.TooLargeException;
import dev.reel.Turn;
import dev.reel.VersionAheadException;
import dev.reel.VersionConflictException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ProblemTest {

    private static final String FILE = "/secret/a.jsonl";
    private static final IOException CAUSE = new IOException(FILE);

    /** Each way to create each exception; if it can contain a file name, it does. */
    static final List<ReelException> ALL = List.of(
            new AnchorNotFoundException("a", Anchor.message("m")),
            new AnchorNotFoundException("a", Anchor.version(9), "why"),
            new AppendUnknownException("a", CAUSE),
            new DuplicateEventException("a", "e", 3),
            new FencedException("a", 1, new Turn("a", "w", 2, "e")),
            new FencedException("a", 1, null),
            new IdempotencyConflictException("a", "e", 3, "k"),
            new IdempotencyConflictException("a", "e", 3, null),
            new LogChangedException(null, FeedPlace.of(7), 3),
            new MalformedEventException("a", "note", "why"),
            new SessionClosedException("a"),
            new SessionDamagedException("a", FILE, 3, 20, FILE),
            SessionDamagedException.unwritable("a", FILE, 3, FILE),
            new SessionNotFoundException("a"),
            new SessionPurgedException("a"),
            new SnapshotIdTakenException("a", "c", "b"),
            new StoreBusyException("a", "too many writes wait"),
            new StoreClosedException(),
            new StoreDamagedException(FILE, 3, 20, FILE),
            StoreDamagedException.newer(FILE, 9, 1),
            StoreDamagedException.derived(FILE, FILE, CAUSE),
            new StoreFailedException("a", ReelException.Outcome.UNKNOWN, CAUSE),
            StoreFailedException.of(null, ReelException.Outcome.NOT_WRITTEN, CAUSE),
            StoreFailedException.unusable(FILE, CAUSE),
            new StoreFullException("a", CAUSE),
            StoreFullException.unusable(FILE, CAUSE),
            new StoreLockedException(FILE, FILE),
            new StoreLockedException(FILE, FILE, Duration.ofSeconds(1)),
            new StoreReadOnlyException(),
            new TooLargeException("a", "an event", 9, 8),
            new VersionAheadException("a", 9, 8),
            new VersionConflictException("a", ExpectedVersion.exactly(3), 4));

    /** The exceptions are found in the sources of all modules, so the test fails if a new one is missing here. */
    private static Set<String> exceptions() throws IOException {
        Pattern type = Pattern.compile("class (\\w+) extends ReelException");
        Set<String> names = new TreeSet<>();
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            // The client creates this one for a lost connection; a server never sends it.
            for (Path module : modules.filter(it -> !it.endsWith("client"))
                    .map(it -> it.resolve("src/main/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(module)) {
                    for (Path file :
                            files.filter(it -> it.toString().endsWith(".java")).toList()) {
                        Matcher found = type.matcher(Files.readString(file));
                        while (found.find()) {
                            names.add(found.group(1));
                        }
                    }
                }
            }
        }
        return names;
    }

    @Test
    @DisplayName("each exception of Reel has its own problem type")
    void types() throws IOException {
        Set<String> known = Problem.types().keySet().stream()
                .map(Class::getSimpleName)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(exceptions(), known);
        assertEquals(known.size(), new HashSet<>(Problem.types().values()).size());
        assertEquals(
                known,
                ALL.stream().map(it -> it.getClass().getSimpleName()).collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    @DisplayName(
            "a problem has type, title, status, detail, category, retryable and outcome; the status is that of the category")
    void members() {
        for (ReelException error : ALL) {
            Problem problem = Problem.of(error, false);
            Json body = problem.body();
            assertEquals(error.category().httpStatus(), problem.status());
            assertEquals(problem.status(), body.longOf("status"));
            assertEquals(Problem.types().get(error.getClass()), body.textOf("type"));
            assertFalse(String.valueOf(body.textOf("title")).isEmpty());
            assertFalse(String.valueOf(body.textOf("detail")).isEmpty());
            assertEquals(
                    error.isRetryable(),
                    Objects.requireNonNull(body.get("retryable")).asBoolean());
            assertEquals(
                    error.category(),
                    ReelException.Category.valueOf(
                            String.valueOf(body.textOf("category")).toUpperCase(Locale.ROOT)));
            assertEquals(
                    error.outcome(),
                    ReelException.Outcome.valueOf(
                            String.valueOf(body.textOf("outcome")).toUpperCase(Locale.ROOT)));
            assertEquals(error.sessionId(), body.textOf("session"));
        }
    }

    @Test
    @DisplayName("no problem contains a file name")
    void files() {
        for (Throwable error : Stream.concat(
                        ALL.stream(),
                        Stream.of(
                                new UncheckedIOException(CAUSE),
                                new IllegalStateException(FILE),
                                new Error(FILE),
                                CAUSE))
                .toList()) {
            assertFalse(Problem.of(error, false).toString().contains("secret"), error.toString());
        }
        assertTrue(
                Problem.of(new SessionNotFoundException("a"), false).toString().contains("session 'a' does not exist"),
                "other messages are passed on");
    }

    @Test
    @DisplayName("a conflict is 412 only for a request with a precondition")
    void preconditions() {
        for (ReelException error : ALL) {
            int expected = error instanceof VersionConflictException
                    ? 412
                    : error.category().httpStatus();
            assertEquals(expected, Problem.of(error, true).status());
        }
    }

    @Test
    @DisplayName("malformed input is 400 with its message; any other error is 500 without")
    void others() {
        Problem invalid = Problem.of(new InvalidInputException("why"), false);
        assertEquals(400, invalid.status());
        assertEquals("why", invalid.body().textOf("detail"));
        Problem internal = Problem.of(new IllegalArgumentException("why"), false);
        assertEquals(500, internal.status());
        assertFalse(internal.body().toString().contains("why"));
        assertNotNull(internal.body().textOf("type"));
    }
}
