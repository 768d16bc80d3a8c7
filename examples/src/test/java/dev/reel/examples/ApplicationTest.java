package dev.reel.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Small applications, like a user's, compiled and run as separate processes: on the module path and on the class path,
 * with each JDK that is installed next to this one. The first has only the dependencies of the stores: no Jackson
 * annotations, no databind. The second has all artifacts for applications but the server and the client, with their
 * dependencies. The third has the server and the client.
 */
@Timeout(300)
class ApplicationTest {

    /** The contents of each of our path entries: our modules' classes or jars, and their dependencies. */
    private static final List<String> NEEDED = List.of(
            "/api/target/",
            "/store-memory/target/",
            "/store-jsonl/target/",
            "reel-api",
            "reel-store-memory",
            "reel-store-jsonl",
            "/reactor-core/",
            "/reactive-streams/",
            "/jspecify/",
            "/tools/jackson/core/jackson-core/",
            "/caffeine/");

    private static final List<String> NEEDED_BY_ALL = List.of(
            "/jackson2/target/",
            "/jackson3/target/",
            "/micrometer/target/",
            "/testkit/target/",
            "reel-jackson2",
            "reel-jackson3",
            "reel-micrometer",
            "reel-testkit",
            "/com/fasterxml/jackson/core/",
            "/tools/jackson/core/",
            "/io/micrometer/",
            "/HdrHistogram/",
            "/reactor-test/",
            "/junit-jupiter-api/",
            "/junit-jupiter-params/",
            "/junit-platform-commons/",
            "/opentest4j/",
            "/apiguardian-api/");

    private static final List<String> NEEDED_TO_SERVE = List.of(
            "/server/target/",
            "/client/target/",
            "reel-server",
            "reel-client",
            "/io/netty/",
            "/io/projectreactor/netty/");

    /** Newer JDKs print a warning if a library such as Netty's epoll transport is loaded. */
    private static final String NO_NATIVE_TRANSPORT = "-Dio.netty.transport.noNative=true";

    private static final int OLDEST = 17;

    @TempDir
    private Path directory;

    static Stream<Path> jdks() throws IOException {
        Path own = Path.of(System.getProperty("java.home"));
        List<Path> found = new ArrayList<>(List.of(own));
        try (Stream<Path> beside = Files.list(own.resolveSibling("."))) {
            beside.filter(it -> Files.isExecutable(it.resolve("bin/javac")))
                    .filter(it -> !isSame(it, own) && !Files.isSymbolicLink(it))
                    .filter(it -> versionOf(it) >= OLDEST)
                    .forEach(found::add);
        }
        return found.stream();
    }

    private static boolean isSame(Path one, Path other) {
        try {
            return Files.isSameFile(one, other);
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns the feature version in a JDK's {@code release} file; 0 if there is none. */
    private static int versionOf(Path jdk) {
        try {
            return Files.readAllLines(jdk.resolve("release")).stream()
                    .filter(line -> line.startsWith("JAVA_VERSION=\""))
                    .map(line -> line.replaceAll("[^0-9.]", "").split("[.]")[0])
                    .mapToInt(Integer::parseInt)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    private static String path(Application application) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("test-classes") && !entry.contains("-tests."))
                .filter(entry -> application.needed.stream().anyMatch(entry.replace(File.separatorChar, '/')::contains))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(ApplicationTest.class.getResource(name), name)
                .toURI());
    }

    private List<String> run(Path jdk, String tool, List<String> args) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(jdk.resolve("bin").resolve(tool).toString()));
        command.addAll(args);
        Path output = Files.createTempFile(directory, tool, ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertTrue(process.waitFor(120, TimeUnit.SECONDS), () -> "still running: " + command);
        List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
        assertEquals(0, process.exitValue(), () -> command + "\n" + String.join("\n", lines));
        return lines;
    }

    /** An application: its sources, the artifacts on its path, and its expected output. */
    private enum Application {
        STORES(
                "application",
                "Application",
                NEEDED,
                "dev.reel",
                "{\"role\":\"user\",\"content\":\"kept\"}",
                "{\"role\":\"user\",\"content\":\"held\"}"),
        ALL(
                "extended",
                "Extended",
                Stream.concat(NEEDED.stream(), NEEDED_BY_ALL.stream()).toList(),
                "dev.reel.testkit",
                "jackson2: Booking[to=Madrid, seats=2]",
                "jackson3: Booking[to=Madrid, seats=2]",
                "read: true true",
                "events: 3",
                "recorded: A trip to Madrid"),
        SERVED(
                "served",
                "Served",
                Stream.concat(NEEDED.stream(), NEEDED_TO_SERVE.stream()).toList(),
                "dev.reel.server",
                "followed: {\"to\":\"Madrid\"}");

        private final String module;
        private final String main;
        private final List<String> needed;
        private final String reelModule;
        private final List<String> printed;

        Application(String module, String main, List<String> needed, String reelModule, String... printed) {
            this.module = module;
            this.main = main;
            this.needed = needed;
            this.reelModule = reelModule;
            this.printed = List.of(printed);
        }

        String source(String name) throws URISyntaxException {
            return resource("/" + module + "/" + name).toString();
        }

        List<String> expected(String moduleName) {
            List<String> lines = new ArrayList<>(printed);
            lines.add("module: " + moduleName);
            return lines;
        }
    }

    static Stream<Arguments> applications() throws IOException {
        return jdks().flatMap(jdk -> Arrays.stream(Application.values()).map(it -> Arguments.of(it, jdk)));
    }

    /** The classes, and a resource next to them. */
    private Path withResource(Path classes) throws Exception {
        Path sessions = Files.createDirectories(classes.resolve("sessions"));
        Files.copy(resource("/sessions/trip.jsonl"), sessions.resolve("trip.jsonl"));
        return classes;
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("applications")
    @DisplayName("an application runs on the module path")
    void onTheModulePath(Application application, Path jdk) throws Exception {
        Path classes = directory.resolve("modular");
        run(
                jdk,
                "javac",
                List.of(
                        "--module-path",
                        path(application),
                        "-d",
                        classes.toString(),
                        application.source("module-info.java"),
                        application.source(application.main + ".java")));
        List<String> printed = run(
                jdk,
                "java",
                List.of(
                        NO_NATIVE_TRANSPORT,
                        "--module-path",
                        path(application) + File.pathSeparator + withResource(classes),
                        "--module",
                        application.module + "/" + application.module + "." + application.main,
                        directory.resolve("root").toString()));
        assertEquals(application.expected(application.reelModule), printed);
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("applications")
    @DisplayName("an application runs on the class path")
    void onTheClassPath(Application application, Path jdk) throws Exception {
        Path classes = directory.resolve("classes");
        run(
                jdk,
                "javac",
                List.of(
                        "--class-path",
                        path(application),
                        "-d",
                        classes.toString(),
                        application.source(application.main + ".java")));
        List<String> printed = run(
                jdk,
                "java",
                List.of(
                        NO_NATIVE_TRANSPORT,
                        "--class-path",
                        path(application) + File.pathSeparator + withResource(classes),
                        application.module + "." + application.main,
                        directory.resolve("root").toString()));
        assertEquals(application.expected("null"), printed);
    }
}
