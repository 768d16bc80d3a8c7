package dev.reel.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("A recorder of a server writes meters")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MicrometerHttpRecorderTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MicrometerHttpRecorder recorder = MicrometerHttpRecorder.of(registry, "orders");

    private double gauge(ReelMeters meter) {
        return registry.get(meter.meterName()).tag("store", "orders").gauge().value();
    }

    private Timer timer(String method, String route, String status) {
        return registry.get(ReelMeters.HTTP_REQUEST.meterName())
                .tags("store", "orders", "method", method, "route", route, "status", status)
                .timer();
    }

    @Test
    @DisplayName("requests are timed by method, route and status")
    void requests() {
        recorder.requestAnswered("GET", "/health", 200, 2_000_000);
        recorder.requestAnswered("GET", "/health", 200, 3_000_000);
        recorder.requestAnswered("GET", "/health", 503, 4_000_000);
        recorder.requestAnswered("other", "none", 0, 5_000_000);
        assertEquals(2, timer("GET", "/health", "200").count());
        assertEquals(5, timer("GET", "/health", "200").totalTime(TimeUnit.MILLISECONDS), 0.001);
        assertEquals(4, timer("GET", "/health", "503").totalTime(TimeUnit.MILLISECONDS), 0.001);
        assertEquals(1, timer("other", "none", "none").count());
        assertThrows(IllegalArgumentException.class, () -> MicrometerHttpRecorder.of(registry, " "));
    }

    @Test
    @DisplayName("the gauges count what is open, and not what has ended")
    void gauges() {
        recorder.streamOpened();
        recorder.streamOpened();
        recorder.streamEnded();
        recorder.connectionOpened();
        recorder.connectionOpened();
        recorder.connectionOpened();
        recorder.connectionClosed();
        recorder.connectionRefused();
        assertEquals(
                1,
                registry.get(ReelMeters.HTTP_REFUSED.meterName())
                        .tag("store", "orders")
                        .counter()
                        .count());
        assertEquals(1, gauge(ReelMeters.HTTP_STREAMS));
        assertEquals(2, gauge(ReelMeters.HTTP_CONNECTIONS));
    }

    private static void await(DoubleSupplier value, double expected) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (value.getAsDouble() != expected && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        assertEquals(expected, value.getAsDouble());
    }

    private double requestCount() {
        return registry.find(ReelMeters.HTTP_REQUEST.meterName()).timers().stream()
                .mapToLong(Timer::count)
                .sum();
    }

    @Test
    @DisplayName("a server's requests and open streams have meters, without session ids")
    void server() throws Exception {
        try (SessionStore store = MemorySessionStore.create();
                SessionServer server = SessionServer.start(
                        store, ServerOptions.standard().withPort(0).withRecorder(recorder))) {
            HttpClient client =
                    HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
            URI events = URI.create(server.uri() + "/v1/sessions/session-of-a-test/events");
            client.send(HttpRequest.newBuilder(events).build(), HttpResponse.BodyHandlers.discarding());
            client.send(
                    HttpRequest.newBuilder(URI.create(server.uri() + "/v1/session-of-a-test"))
                            .build(),
                    HttpResponse.BodyHandlers.discarding());
            HttpResponse<InputStream> stream = client.send(
                    HttpRequest.newBuilder(events)
                            .header("Accept", "text/event-stream")
                            .build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            await(this::requestCount, 3);
            assertEquals(2, timer("GET", "/v1/sessions/{session}/events", "200").count());
            assertEquals(1, timer("GET", "none", "404").count());
            assertEquals(1, gauge(ReelMeters.HTTP_STREAMS));
            assertTrue(gauge(ReelMeters.HTTP_CONNECTIONS) >= 1);
            stream.body().close();
            await(() -> gauge(ReelMeters.HTTP_STREAMS), 0);
        }
        await(() -> gauge(ReelMeters.HTTP_CONNECTIONS), 0);
        Set<String> values = registry.getMeters().stream()
                .flatMap(meter -> meter.getId().getTags().stream())
                .map(tag -> tag.getValue())
                .collect(Collectors.toSet());
        assertEquals(Set.of("orders", "GET", "/v1/sessions/{session}/events", "none", "200", "404"), values);
    }
}
