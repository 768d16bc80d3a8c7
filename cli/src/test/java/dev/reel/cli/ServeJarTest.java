package dev.reel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionStore;
import dev.reel.jsonl.JsonlSessionStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
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
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code reel serve} from the jar as a process. Runs only after packaging, when the jar exists. */
@Timeout(180)
@DisabledOnOs(OS.WINDOWS) // a process on Windows has no signal that it could handle
class ServeJarTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** The lines of a stream as they arrive; the last one is {@link #END}. */
    private static final class Lines {

        private static final String END = "(end)";

        private final BlockingQueue<String> queue = new LinkedBlockingQueue<>();

        Lines(InputStream in) {
            Thread reader = new Thread(
                    () -> {
                        try (BufferedReader lines =
                                new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                            lines.lines().forEach(queue::add);
                        } catch (IOException | UncheckedIOException e) {
                            queue.add(String.valueOf(e));
                        } finally {
                            queue.add(END);
                        }
                    },
                    "lines");
            reader.setDaemon(true);
            reader.start();
        }

        /** Returns all lines up to and including the first with that beginning. */
        List<String> until(String beginning) throws InterruptedException {
            List<String> all = new ArrayList<>();
            while (true) {
                String line = queue.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertTrue(line != null, () -> "no '" + beginning + "' was received after " + all);
                all.add(line);
                if (line.startsWith(beginning)) {
                    return all;
                }
                assertTrue(!line.equals(END), () -> "no '" + beginning + "' in " + all);
            }
        }
    }

    /** The process, and the lines that it printed before it served. */
    private final class Server implements AutoCloseable {

        private final Path err = directory.resolve("err");
        private final Process process;
        private final Lines out;
        private final List<String> greeting;
        private final String uri;

        Server(Map<String, String> environment, String... args) throws Exception {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-jar",
                    Path.of("target", "reel.jar").toAbsolutePath().toString(),
                    "serve",
                    "--port",
                    "0"));
            command.addAll(List.of(args));
            ProcessBuilder builder =
                    new ProcessBuilder(command).directory(directory.toFile()).redirectError(err.toFile());
            builder.environment()
                    .keySet()
                    .removeAll(List.of("REEL_STORE", "REEL_TOKEN", "REEL_READ_TOKEN", "JAVA_TOOL_OPTIONS"));
            builder.environment().putAll(environment);
            process = builder.start();
            out = new Lines(process.getInputStream());
            greeting = out.until("stop it");
            uri = greeting.get(0).replaceAll(".* at (http://[^;]+).*", "$1");
        }

        HttpRequest.Builder request(String path) {
            return HttpRequest.newBuilder(URI.create(uri + path)).timeout(PATIENCE);
        }

        Lines follow(String path) throws Exception {
            HttpRequest request =
                    request(path).header("Accept", "text/event-stream").build();
            HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            assertEquals(200, response.statusCode(), path);
            return new Lines(response.body());
        }

        HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }

        /** Sends SIGTERM and waits for the process to end. */
        void terminate() throws Exception {
            process.destroy();
            assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), "the process does not end");
            assertEquals(143, process.exitValue(), "ended by SIGTERM");
            assertEquals(List.of("(end)"), out.until("(end)"), "it prints nothing else");
            assertEquals("", Files.readString(err));
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @Test
    @DisplayName("--demo: a session grows, and SIGTERM ends the streams and then the process")
    void demo() throws Exception {
        // REEL_STORE has no effect here.
        try (Server server = new Server(Map.of("REEL_STORE", "elsewhere"), "--demo")) {
            String curl = "curl -N -H 'Accept: text/event-stream' " + server.uri;
            assertEquals(
                    List.of(
                            "serving a demo in memory at " + server.uri,
                            "see its sessions in a browser: " + server.uri + "/",
                            "follow a session: " + curl + "/v1/sessions/demo-1/events",
                            "follow all sessions: " + curl + "/v1/events",
                            "meters for Prometheus: " + server.uri + "/metrics",
                            "stop it with Ctrl-C"),
                    server.greeting);

            Lines session = server.follow("/v1/sessions/demo-1/events");
            session.until("event: session_start");
            session.until("event: user_message");
            session.until("event: message_delta");
            session.until("event: assistant_message");
            Lines all = server.follow("/v1/events");
            all.until("event: session_start");

            HttpResponse<String> sessions = server.send(server.request("/v1/sessions"));
            assertEquals(200, sessions.statusCode());
            assertTrue(sessions.body().contains("\"id\":\"demo-1\""), sessions::body);
            String meters = server.send(server.request("/metrics")).body();
            assertTrue(meters.contains("\nreel_append_seconds_count{"), meters);
            assertTrue(meters.contains("\nreel_http_streams{store=\"default\"} 2.0\n"), meters);

            server.terminate();
            for (Lines stream : List.of(session, all)) {
                stream.until("event: reel:end");
                assertEquals(
                        "data: {\"reason\":\"shutdown\"}",
                        stream.until("data: ").get(0));
                stream.until(Lines.END);
            }
        }
    }

    @Test
    @DisplayName("--store: events that were appended over HTTP are in the store after SIGTERM")
    void store() throws Exception {
        Path root = directory.resolve("sessions");
        try (Server server = new Server(Map.of(), "--store", root.toString())) {
            assertEquals("serving " + root + " at " + server.uri, server.greeting.get(0));
            HttpResponse<String> answer = server.send(server.request("/v1/sessions/trip/events")
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "{\"event\":\"tool_call\",\"data\":{\"name\":\"timetable\"}}")));
            assertEquals(200, answer.statusCode(), answer::body);
            assertEquals(1, Json.parse(answer.body()).longOf("version"));
            server.terminate();
        }
        try (SessionStore store = JsonlSessionStore.open(root)) {
            assertEquals(
                    List.of(Json.object("name", "timetable")),
                    store.replay("trip", Range.all())
                            .map(event -> event.data())
                            .collectList()
                            .block(PATIENCE));
        }
    }

    @Test
    @DisplayName("with REEL_TOKEN each request needs the token, which is never printed")
    void token() throws Exception {
        String token = "a-token-of-this-test";
        try (Server server = new Server(Map.of("REEL_TOKEN", token), "--demo")) {
            assertEquals(
                    "serving a demo in memory at " + server.uri + "; each request needs a token",
                    server.greeting.get(0));
            assertTrue(
                    server.greeting.stream()
                            .anyMatch(line -> line.contains("-H \"Authorization: Bearer $REEL_TOKEN\"")),
                    server.greeting::toString);
            assertTrue(server.greeting.stream().noneMatch(line -> line.contains(token)));
            assertEquals(401, server.send(server.request("/v1/sessions")).statusCode());
            HttpRequest.Builder withToken = server.request("/v1/sessions").header("Authorization", "Bearer " + token);
            assertEquals(200, server.send(withToken).statusCode());
            server.terminate();
        }
    }
}
