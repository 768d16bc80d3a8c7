package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.memory.MemorySessionStore;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * ServerOptions.maxStreams: which requests are counted, how a further one is answered, and that each end is counted.
 */
@Timeout(60)
class OpenStreamsTest {

    private static final String EVENTS = "/v1/sessions/a/events";
    private static final String POLL = EVENTS + "?live=long-poll&offset=now";

    private static Served served(UnaryOperator<ServerOptions> change) {
        Served served = Served.of(MemorySessionStore.create(), options -> change.apply(options.withMaxStreams(2)));
        append(served);
        return served;
    }

    private static void append(Served to) {
        to.store.append("a", EventDraft.of("note", Json.EMPTY_OBJECT)).block(Served.PATIENCE);
    }

    private static CompletableFuture<HttpResponse<String>> poll(Served served) {
        return served.client()
                .sendAsync(HttpRequest.newBuilder(served.uri(POLL)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static void await(Served served, int count) throws InterruptedException {
        long end = System.nanoTime() + Served.PATIENCE.toNanos();
        while (served.server.routes().streams().count() != count) {
            assertTrue(
                    System.nanoTime() < end,
                    "open: " + served.server.routes().streams().count());
            Thread.sleep(5);
        }
    }

    private static void assertRefused(Served.Answer answer) {
        assertEquals(503, answer.status(), answer.toString());
        assertEquals("too-many-streams", answer.problem());
        assertEquals("1", answer.header("Retry-After"));
    }

    private static void assertAllRefused(Served served) {
        assertRefused(served.get(EVENTS, "Accept", "text/event-stream"));
        assertRefused(served.get("/v1/events", "Accept", "text/event-stream"));
        assertRefused(served.get(EVENTS + "?live=sse&offset=-1"));
        assertRefused(served.get(POLL));
    }

    @Test
    @DisplayName("a stream beyond the bound gets 503; reads, writes and a poll that need not wait are not counted")
    void bound() throws Exception {
        try (Served served = served(options -> options);
                Sse feed = Sse.open(served, "/v1/events")) {
            Sse session = Sse.open(served, EVENTS);
            session.until("reel:caught-up");
            feed.until("reel:caught-up");
            assertAllRefused(served);
            assertEquals(200, served.get(EVENTS).status());
            assertEquals(200, served.get("/v1/events").status());
            assertEquals(200, served.get(EVENTS + "?live=long-poll&offset=-1").status());
            assertEquals(
                    200, served.send("POST", EVENTS, "{\"event\":\"note\"}").status());
            assertEquals("note", session.next().name(), "the open streams continue");
            session.close();
            await(served, 1);
            try (Sse next = Sse.open(served, EVENTS)) {
                assertEquals(200, next.status());
            }
        }
    }

    @Test
    @DisplayName("a long poll is counted while it waits: until an event, the timeout, or its client disconnects")
    void polls() throws Exception {
        try (Served served = served(options -> options)) {
            CompletableFuture<HttpResponse<String>> one = poll(served);
            CompletableFuture<HttpResponse<String>> two = poll(served);
            await(served, 2);
            assertAllRefused(served);
            append(served);
            assertEquals(200, one.get(20, TimeUnit.SECONDS).statusCode());
            assertEquals(200, two.get(20, TimeUnit.SECONDS).statusCode());
            await(served, 0);
            try (Socket socket = new Socket("127.0.0.1", served.server.address().getPort())) {
                socket.getOutputStream()
                        .write(("GET " + POLL + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                await(served, 1);
            }
            await(served, 0);
        }
        try (Served served = served(options -> options.withLongPoll(Duration.ofMillis(50)))) {
            assertEquals(204, served.get(POLL).status());
            await(served, 0);
        }
    }

    @Test
    @DisplayName("a stream is counted until it ends: by a close, a purge, a shutdown, an error, or up_to")
    void ends() throws Exception {
        try (Served served = served(options -> options)) {
            Sse.open(served, "/v1/events?up_to=1").toTheEnd();
            await(served, 0);
            assertEquals(
                    400,
                    served.get(EVENTS + "?offset=x", "Accept", "text/event-stream")
                            .status());
            assertEquals(
                    410,
                    served.get(EVENTS + "?offset=0000000000000000001.9.other", "Accept", "text/event-stream")
                            .status());
            await(served, 0);
            Sse purged = Sse.open(served, EVENTS);
            purged.until("reel:caught-up");
            await(served, 1);
            served.store.purge("a").block(Served.PATIENCE);
            purged.toTheEnd();
            await(served, 0);
            append(served);
            Sse closed = Sse.open(served, EVENTS);
            Sse feed = Sse.open(served, "/v1/events");
            await(served, 2);
            served.store.closeSession("a", Json.EMPTY_OBJECT).block(Served.PATIENCE);
            closed.toTheEnd();
            await(served, 1);
            served.store.completeTails().block(Served.PATIENCE);
            feed.toTheEnd();
            await(served, 0);
        }
    }

    @Test
    @DisplayName("closing the server ends a long poll at once")
    void closing() throws Exception {
        Served served = served(options -> options);
        CompletableFuture<HttpResponse<String>> waiting = poll(served);
        await(served, 1);
        served.close();
        assertEquals(204, waiting.get(10, TimeUnit.SECONDS).statusCode());
        await(served, 0);
    }

    @Test
    @DisplayName("each end is counted once, even if the subscription fails or is cancelled")
    void counted() {
        OpenStreams streams = new OpenStreams(1, HttpRecorder.none());
        Disposable open = streams.counted(Mono.never()).subscribe();
        assertEquals(1, streams.count());
        for (int i = 0; i < 3; i++) {
            HttpProblem refused = assertThrows(
                    HttpProblem.class, () -> streams.counted(Mono.just(1)).block());
            assertEquals(503, refused.status());
        }
        assertEquals(1, streams.count(), "a refused stream is not counted");
        open.dispose();
        open.dispose();
        assertEquals(0, streams.count());
        assertEquals(1, streams.counted(Mono.just(1)).block());
        assertThrows(
                IllegalStateException.class,
                () -> streams.counted(Mono.error(new IllegalStateException())).block());
        assertThrows(
                IllegalStateException.class,
                () -> streams.counted(Mono.defer(() -> {
                            throw new IllegalStateException();
                        }))
                        .block());
        assertEquals(0, streams.count());
    }
}
