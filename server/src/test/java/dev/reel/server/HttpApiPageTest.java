package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.LogPlace;
import dev.reel.ReelException;
import dev.reel.memory.MemorySessionStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Compares the routes, parameters and problems in docs/http-api.md with those of the server, and runs its examples. */
class HttpApiPageTest {

    private static final Pattern ROUTE =
            Pattern.compile("^\\| `([A-Z]+)` \\| `(/[^`]*)` \\| ([^|]*)\\|", Pattern.MULTILINE);
    private static final Pattern ERROR =
            Pattern.compile("^\\| `([a-z-]+)` \\| (\\d{3}) \\| [^|]*\\| ([^|]*)\\|$", Pattern.MULTILINE);
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern BLOCK = Pattern.compile("^```console\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern ARGUMENT = Pattern.compile("'([^']*)'|(\\S+)");
    private static final Pattern OWN_PROBLEM =
            Pattern.compile("new HttpProblem\\(\\s*(\\d{3}),\\s*\"([a-z-]+)\"", Pattern.MULTILINE);

    /** Members that the page describes once for all problems. */
    private static final Set<String> COMMON =
            Set.of("type", "title", "status", "detail", "category", "retryable", "outcome", "session");

    private final String page = read(Path.of("..", "docs", "http-api.md"));

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Set<String> codes(String cell) {
        return CODE.matcher(cell).results().map(it -> it.group(1)).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    @DisplayName("the page has exactly the server's routes, with their parameters")
    void routes() {
        Map<String, Set<String>> shown = new TreeMap<>();
        for (MatchResult row : ROUTE.matcher(page).results().toList()) {
            String route = row.group(1) + " " + row.group(2);
            assertFalse(shown.containsKey(route), "there twice: " + route);
            shown.put(route, codes(row.group(3)));
        }
        Map<String, Set<String>> served = new TreeMap<>();
        for (Router.Route route : SessionRoutes.of(MemorySessionStore.create(), ServerOptions.standard())
                .router()
                .routes()) {
            served.put(route.method() + " " + route.template(), new TreeSet<>(route.parameters()));
        }
        assertEquals(lines(served), lines(shown));
    }

    private static String lines(Map<String, ?> map) {
        return map.entrySet().stream().map(String::valueOf).collect(Collectors.joining("\n"));
    }

    @Test
    @DisplayName("the page has exactly the server's problem types, with their statuses and members")
    void errors() throws IOException {
        Map<String, String> shown = new TreeMap<>();
        for (MatchResult row : ERROR.matcher(page).results().toList()) {
            shown.put(row.group(1), row.group(2) + " " + codes(row.group(3)));
        }
        Map<String, String> known = new TreeMap<>();
        Map<String, Set<String>> members = new TreeMap<>();
        for (ReelException error : ProblemTest.ALL) {
            Problem problem = Problem.of(error, false);
            String type = String.valueOf(problem.body().textOf("type")).substring(Problem.TYPES.length());
            Set<String> own = members.computeIfAbsent(type, it -> new TreeSet<>());
            own.addAll(problem.body().members().keySet());
            own.removeAll(COMMON);
            known.put(type, problem.status() + " " + own);
        }
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
            for (Path source : sources.filter(Files::isRegularFile).toList()) {
                for (MatchResult own :
                        OWN_PROBLEM.matcher(read(source)).results().toList()) {
                    known.put(own.group(2), own.group(1) + " []");
                }
            }
        }
        // The only problem of the server itself that has members.
        Set<String> beyond = new TreeSet<>(LiveRoutes.beyondHead("a", LogPlace.start(), LogPlace.start())
                .members()
                .keySet());
        beyond.removeAll(COMMON);
        known.put("beyond-head", "416 " + beyond);
        known.put("invalid-input", "400 [category]");
        known.put("internal", "500 [category]");
        assertEquals(lines(known), lines(shown));
    }

    @Test
    @DisplayName("the examples, in order, are answered as the page shows")
    void examples() {
        int examples = 0;
        try (Served served = Served.memory()) {
            for (Matcher block = BLOCK.matcher(page); block.find(); ) {
                for (String example : block.group(1).split("(?m)^\\$ ")) {
                    if (!example.isEmpty()) {
                        examples++;
                        play(served, example);
                    }
                }
            }
        }
        assertTrue(examples >= 12, "there were " + examples);
    }

    /** The options of curl that the page uses. */
    private static void play(Served served, String example) {
        String command = example.lines().findFirst().orElseThrow();
        List<String> words = ARGUMENT.matcher(command)
                .results()
                .map(it -> it.group(1) == null ? it.group(2) : it.group(1))
                .toList();
        assertEquals("curl", words.get(0), command);
        String method = null;
        String url = "";
        String body = null;
        boolean head = false;
        List<String> headers = new ArrayList<>();
        for (int i = 1; i < words.size(); i++) {
            switch (words.get(i)) {
                case "-s" -> {}
                case "-i" -> head = true;
                case "-X" -> method = words.get(++i);
                case "--json" -> body = words.get(++i);
                case "-H" -> headers.addAll(List.of(words.get(++i).split(": ", 2)));
                default -> url = words.get(i);
            }
        }
        assertTrue(url.startsWith("localhost:7070/"), command);
        Served.Answer answer = served.send(
                method != null ? method : body == null ? "GET" : "POST",
                url.substring(url.indexOf('/')),
                body,
                headers.toArray(String[]::new));
        String shown = example.substring(command.length() + 1).stripTrailing();
        if (head) {
            int blank = shown.indexOf("\n\n");
            assertHead(command, shown.substring(0, blank), answer);
            shown = shown.substring(blank + 2);
        } else {
            assertTrue(answer.status() < 300, command + ": " + answer);
        }
        assertEquals(shape(shown), shape(answer.text()), command);
    }

    /** The headers that the page shows. */
    private static void assertHead(String command, String head, Served.Answer answer) {
        List<String> lines = head.lines().toList();
        assertEquals(answer.status(), Integer.parseInt(lines.get(0).split(" ")[1]), command);
        for (String line : lines.subList(1, lines.size())) {
            String[] header = line.split(": ", 2);
            assertEquals(shape(header[1]), shape(answer.header(header[0])), command + ": " + line);
        }
    }

    /** Instants, generated ids and checksums differ in each run. */
    private static String shape(@Nullable String text) {
        return String.valueOf(text)
                .replaceAll("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z", "INSTANT")
                .replaceAll("(\\d{19}\\.\\d+\\.)[\\w-]+", "$1ID")
                .replaceAll("\"(uuid|eventId|crc)\":\"[\\w-]+\"", "\"$1\":ID");
    }
}
