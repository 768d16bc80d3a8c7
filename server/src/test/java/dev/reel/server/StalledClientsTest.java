package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Json;
import dev.reel.memory.MemorySessionStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;

/** Very many clients stop reading from a server with little memory. */
@Tag("proof")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class StalledClientsTest {

    private static final int STALLED = 1_000;
    private static final int BATCHES = 200;
    private static final int BATCH = 100;
    private static final int EVENTS = BATCHES * BATCH;
    private static final int EVENT_BYTES = 1_000;
    private static final int PATIENCE_MILLIS = 60_000;
    private static final String PATH = "/v1/sessions/a/events";

    private final List<Socket> sockets = new ArrayList<>();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Process server;
    private final BufferedReader said;
    private final int port;

    StalledClientsTest() throws IOException {
        server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Serving.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        said = server.inputReader(StandardCharsets.UTF_8);
        port = Integer.parseInt(said.readLine());
    }

    @AfterEach
    void close() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        server.destroyForcibly().waitFor();
    }

    /**
     * The process of the server. It prints its port; for each line of input, it prints how many bytes of heap are in
     * use.
     */
    static final class Serving {

        public static void main(String[] args) throws IOException {
            SessionServer server = SessionServer.start(
                    MemorySessionStore.create(), ServerOptions.standard().withPort(0));
            System.out.println(server.address().getPort());
            while (true) {
                int read = System.in.read();
                if (read < 0) {
                    System.exit(0);
                }
                System.gc();
                Runtime runtime = Runtime.getRuntime();
                System.out.println(runtime.totalMemory() - runtime.freeMemory());
            }
        }
    }

    private long heap() throws IOException {
        server.getOutputStream().write('\n');
        server.getOutputStream().flush();
        return Long.parseLong(said.readLine());
    }

    /** A stream that is not read yet. */
    private Socket request() throws IOException {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.setReceiveBufferSize(4_096);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.getOutputStream()
                .write(("GET " + PATH + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static BufferedReader lines(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Reads until it has the events after one version, up to another, each once. */
    private static void expect(BufferedReader stream, long after, long upTo) throws IOException {
        long last = after;
        while (last < upTo) {
            String line = Objects.requireNonNull(stream.readLine(), "the stream has ended");
            if (line.startsWith("data: {\"seq\":")) {
                assertEquals(last + 1, Json.parse(line.substring(6)).longOf("seq"));
                last++;
            }
        }
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
    }

    private Json awaitStatus(Predicate<Json> wanted) throws Exception {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (true) {
            Json status = Json.parse(send(to("/health")).body());
            if (wanted.test(status)) {
                return status;
            }
            assertTrue(System.nanoTime() < end, status::toString);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static long number(Json status, String name) {
        return Objects.requireNonNull(status.longOf(name), name);
    }

    @Test
    @DisplayName(
            "1,000 clients that stop reading, each 20 MB behind, fit into a small heap; another one gets each event"
                    + " at once, and one that continues to read gets all")
    void stalled(TestReporter reporter) throws Exception {
        Socket first = request();
        for (int i = 1; i < STALLED; i++) {
            request();
        }
        BufferedReader fast = lines(request());
        awaitStatus(status -> number(status, "openTails") == STALLED + 1);
        long before = heap();
        String event = "{\"event\":\"note\",\"data\":{\"text\":\"" + "x".repeat(EVENT_BYTES) + "\"}}";
        String batch = "[" + (event + ",").repeat(BATCH - 1) + event + "]";
        for (int i = 0; i < BATCHES; i++) {
            HttpResponse<String> answer = send(to(PATH).header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(batch)));
            assertEquals(200, answer.statusCode(), answer::body);
            expect(fast, (long) i * BATCH, (long) (i + 1) * BATCH);
        }
        Json status = awaitStatus(all -> number(all, "openTails") == STALLED + 1);
        assertTrue(number(status, "slowestTailLag") > EVENTS / 2, () -> "the clients should be stalled: " + status);
        long behind = heap();
        expect(lines(first), 0, EVENTS);
        for (Socket socket : sockets) {
            socket.close();
        }
        awaitStatus(all -> number(all, "openTails") == 0);
        long after = heap();
        reporter.publishEntry("heap before, with stalled clients, and after they disconnected: " + before + ", "
                + behind + ", " + after);
        // The memory of the log itself is included in both figures.
        assertTrue(
                behind - after < (long) STALLED * 64 * 1_024,
                () -> "stalled clients take " + (behind - after) + " bytes of " + behind);
    }
}
