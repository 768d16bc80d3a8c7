package dev.reel.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
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
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A small application of a user's, compiled and run in processes of their own, on the module path and on the class path, with
 * nothing there but what Reel needs: no Jackson annotations, no databind. On each JDK that is installed beside this one.
 */
@Timeout(300)
class ApplicationTest {

    /** What each path entry of ours has in it: our modules' classes or jars, and what they need. */
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

    /** The feature version that a JDK's {@code release} file names; 0 where there is none. */
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

    private static String path() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("test-classes") && !entry.contains("-tests."))
                .filter(entry -> NEEDED.stream().anyMatch(entry.replace(File.separatorChar, '/')::contains))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String source(String name) {
        return Objects.requireNonNull(ApplicationTest.class.getResource("/application/" + name), name)
                .getPath();
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

    private static List<String> expected(String module) {
        return List.of(
                "{\"role\":\"user\",\"content\":\"kept\"}",
                "{\"role\":\"user\",\"content\":\"held\"}",
                "module: " + module);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("jdks")
    @DisplayName("an application runs on the module path")
    void onTheModulePath(Path jdk) throws Exception {
        Path classes = directory.resolve("modular");
        run(
                jdk,
                "javac",
                List.of(
                        "--module-path",
                        path(),
                        "-d",
                        classes.toString(),
                        source("module-info.java"),
                        source("Application.java")));
        List<String> printed = run(
                jdk,
                "java",
                List.of(
                        "--module-path",
                        path() + File.pathSeparator + classes,
                        "--module",
                        "application/application.Application",
                        directory.resolve("root").toString()));
        assertEquals(expected("dev.reel"), printed);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("jdks")
    @DisplayName("an application runs on the class path")
    void onTheClassPath(Path jdk) throws Exception {
        Path classes = directory.resolve("classes");
        run(jdk, "javac", List.of("--class-path", path(), "-d", classes.toString(), source("Application.java")));
        List<String> printed = run(
                jdk,
                "java",
                List.of(
                        "--class-path",
                        path() + File.pathSeparator + classes,
                        "application.Application",
                        directory.resolve("root").toString()));
        assertEquals(expected("null"), printed);
    }
}
