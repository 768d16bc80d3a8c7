package dev.reel.examples.webflux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the application as a separate process, with each JDK that is installed next to this one. */
@Timeout(120)
class OtherJdkTest {

    private static final int OLDEST = 17;
    private static final Pattern STARTED = Pattern.compile("Netty started on port (\\d+)");

    @TempDir
    private Path directory;

    static Stream<Path> jdks() throws IOException {
        Path own = Path.of(System.getProperty("java.home")).toRealPath();
        List<Path> found = new ArrayList<>(List.of(own));
        try (Stream<Path> beside = Files.list(own.resolveSibling("."))) {
            beside.filter(it -> Files.isExecutable(it.resolve("bin/java")) && !Files.isSymbolicLink(it))
                    .filter(it -> !it.getFileName().equals(own.getFileName()) && versionOf(it) >= OLDEST)
                    .forEach(found::add);
        }
        return found.stream();
    }

    /** Returns the feature version in a JDK's {@code release} file; 0 if there is none. */
    private static int versionOf(Path jdk) {
        try {
            Matcher version =
                    Pattern.compile("JAVA_VERSION=\"(\\d+)").matcher(Files.readString(jdk.resolve("release")));
            return version.find() ? Integer.parseInt(version.group(1)) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    @ParameterizedTest
    @MethodSource("jdks")
    @DisplayName("the context starts, and a message is stored and returned as JSON")
    void startsAndAnswers(Path jdk) throws Exception {
        Path output = directory.resolve("output.txt");
        Process process = new ProcessBuilder(
                        jdk.resolve("bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        WebfluxExample.class.getName(),
                        "--server.port=0",
                        "--reel.port=0",
                        "--reel.directory=" + directory.resolve("sessions"))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            URI messages = URI.create("http://localhost:" + port(process, output) + "/sessions/trip/messages");
            HttpClient client = HttpClient.newHttpClient();
            HttpResponse<String> put = client.send(
                    HttpRequest.newBuilder(messages)
                            .timeout(Duration.ofSeconds(30))
                            .header("Content-Type", "application/json")
                            .header("Idempotency-Key", "one")
                            .POST(HttpRequest.BodyPublishers.ofString("{\"text\":\"Is there a night train?\"}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertEquals(200, put.statusCode(), put::body);
            HttpResponse<String> got = client.send(
                    HttpRequest.newBuilder(messages)
                            .timeout(Duration.ofSeconds(30))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertTrue(
                    got.body().contains("\"content\":{\"role\":\"user\",\"content\":\"Is there a night train?\"}"),
                    got::body);
        } finally {
            process.destroy();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the process does not end");
        }
    }

    private static String port(Process process, Path output) throws IOException, InterruptedException {
        String said = "";
        while (process.isAlive()) {
            said = Files.readString(output, StandardCharsets.UTF_8);
            Matcher started = STARTED.matcher(said);
            if (started.find()) {
                return started.group(1);
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        throw new AssertionError("the process has ended: " + said);
    }
}
