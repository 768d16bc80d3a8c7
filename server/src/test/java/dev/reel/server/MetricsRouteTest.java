package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.reel.Json;
import dev.reel.memory.MemorySessionStore;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.scheduler.NonBlocking;

/** {@code GET /metrics}: the text of the source that the options name. */
@Timeout(60)
class MetricsRouteTest {

    private static final String TEXT = "# HELP größe x\ngröße 1.0\n";
    private static final String READ = "read-token-0123456789";

    private static Served served(UnaryOperator<ServerOptions> change) {
        return Served.of(MemorySessionStore.create(), change);
    }

    @Test
    @DisplayName(
            "the source's text is sent unchanged, as UTF-8 with Prometheus' content type; the source runs on a thread that may block")
    void text() {
        AtomicReference<Thread> asked = new AtomicReference<>();
        try (Served served = served(options -> options.withMetrics(() -> {
            asked.set(Thread.currentThread());
            return TEXT;
        }))) {
            Served.Answer answer = served.get("/metrics");
            assertEquals(200, answer.status());
            assertEquals("text/plain; version=0.0.4; charset=utf-8", answer.header("content-type"));
            assertEquals(TEXT, answer.text());
            assertFalse(asked.get() instanceof NonBlocking, asked.get().getName());
            assertFalse(
                    asked.get().getName().startsWith("reel-http"), asked.get().getName());
            assertEquals(400, served.get("/metrics?name=x").status());
            assertEquals(405, served.send("POST", "/metrics", "{}").status());
            assertEquals(421, answerTo(served, "attacker.example"), "another host");
        }
    }

    /** Returns the status of a request that names another host, which the JDK's client refuses to send. */
    private static int answerTo(Served served, String host) {
        try (Socket socket = new Socket("127.0.0.1", served.server.address().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write(("GET /metrics HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return Integer.parseInt(answer.substring(9, 12));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("if tokens are set the route needs one; the read token is enough")
    void token() {
        try (Served served = served(options -> options.withMetrics(() -> TEXT).withReadToken(READ))) {
            assertEquals(401, served.get("/metrics").status());
            assertEquals(
                    TEXT,
                    served.get("/metrics", "Authorization", "Bearer " + READ).text());
        }
    }

    @Test
    @DisplayName("without a source the answer is a problem; a source that throws or returns null is a server error")
    void problems() {
        try (Served served = served(options -> options)) {
            Served.Answer none = served.get("/metrics");
            assertEquals(404, none.status());
            assertEquals("no-metrics", none.problem());
            Json content = served.get(OpenApiRoute.PATH).json();
            for (String name : new String[] {"paths", "/metrics", "get", "responses", "200", "content", "text/plain"}) {
                content = content.get(name);
                assertNotNull(content, name);
            }
        }
        try (Served served = served(options -> options.withMetrics(() -> {
            throw new IllegalStateException("the file of a test");
        }))) {
            Served.Answer answer = served.get("/metrics");
            assertEquals(500, answer.status());
            assertFalse(answer.text().contains("file of a test"), answer.text());
        }
        try (Served served = served(options -> options.withMetrics(() -> null))) {
            assertEquals(500, served.get("/metrics").status());
        }
    }
}
