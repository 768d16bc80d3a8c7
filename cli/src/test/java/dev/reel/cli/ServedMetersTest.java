package dev.reel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.SessionStore;
import dev.reel.jsonl.JsonlSessionStore;
import dev.reel.jsonl.JsonlStoreOptions;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The meters of {@code reel serve} at {@code /metrics}. {@link ServeJarTest} reads them from the process. */
@Timeout(60)
class ServedMetersTest {

    @TempDir
    Path directory;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private String metrics(SessionServer server) throws Exception {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(URI.create(server.uri() + "/metrics")).build(),
                HttpResponse.BodyHandlers.ofString());
        assertEquals(200, answer.statusCode());
        assertEquals(
                "text/plain; version=0.0.4; charset=utf-8",
                answer.headers().firstValue("content-type").orElse(""));
        return answer.body();
    }

    @Test
    @DisplayName("after a write: its append, the flushes of the journal, the gauges, and the time of the request")
    void afterWrite() throws Exception {
        ServedMeters meters = new ServedMeters();
        try (SessionStore store = JsonlSessionStore.open(
                        directory.resolve("sessions"), meters.storeOptions(), JsonlStoreOptions.standard());
                SessionServer server = SessionServer.start(
                        store, meters.of(store, ServerOptions.standard().withPort(0)))) {
            assertTrue(metrics(server).contains("\nreel_append_seconds_count{store=\"default\"} 0\n"));
            HttpRequest write = HttpRequest.newBuilder(URI.create(server.uri() + "/v1/sessions/of-a-test/events"))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("{\"event\":\"note\"}"))
                    .build();
            assertEquals(
                    200,
                    client.send(write, HttpResponse.BodyHandlers.discarding()).statusCode());
            String timed = "reel_http_request_seconds_count{method=\"POST\",route=\"/v1/sessions/{session}/events\","
                    + "status=\"200\",store=\"default\"} 1\n";
            String text = metrics(server);
            // The client can receive the answer before its time is recorded.
            for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
                    !text.contains(timed) && System.nanoTime() < end; ) {
                TimeUnit.MILLISECONDS.sleep(5);
                text = metrics(server);
            }
            for (String line : List.of(
                    timed,
                    "\nreel_append_seconds_count{store=\"default\"} 1\n",
                    "\nreel_append_events_sum{store=\"default\"} 1.0\n",
                    "\nreel_http_connections{store=\"default\"} 1.0\n",
                    "\nreel_session_loaded_sessions{store=\"default\"} ")) {
                assertTrue(text.contains(line), line + " in " + text);
            }
            assertFalse(text.contains("of-a-test"), text);
        }
    }
}
