package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.ForwardingSessionStore;
import dev.reel.Json;
import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;

/**
 * What a recorder receives: each request once, with the template of its route; and that a recorder cannot break the
 * server.
 */
@Timeout(60)
class HttpRecorderTest {

    private static final String EVENTS = "/v1/sessions/a/events";
    private static final String EVENTS_ROUTE = "/v1/sessions/{session}/events";
    private static final String TOKEN = "write-token-0123456789";

    /** Everything that was recorded. With several connections, its order is not the order of the requests. */
    private static final class Told implements HttpRecorder {

        private final List<String> requests = new CopyOnWriteArrayList<>();
        private final List<Long> times = new CopyOnWriteArrayList<>();
        private final AtomicInteger streamsOpened = new AtomicInteger();
        private final AtomicInteger streamsEnded = new AtomicInteger();
        private final AtomicInteger connectionsOpened = new AtomicInteger();
        private final AtomicInteger connectionsClosed = new AtomicInteger();

        @Override
        public void requestAnswered(String method, String route, int status, long nanos) {
            times.add(nanos);
            requests.add(method + " " + route + " " + status);
        }

        @Override
        public void streamOpened() {
            streamsOpened.incrementAndGet();
        }

        @Override
        public void streamEnded() {
            streamsEnded.incrementAndGet();
        }

        @Override
        public void connectionOpened() {
            connectionsOpened.incrementAndGet();
        }

        @Override
        public void connectionClosed() {
            connectionsClosed.incrementAndGet();
        }

        /** A request is recorded after its answer is sent, so its client may see the answer first. */
        void awaitRequests(String... expected) throws InterruptedException {
            await(() -> requests.size() >= expected.length, () -> requests.toString());
            assertEquals(List.of(expected), requests);
        }
    }

    private final Told told = new Told();

    private static void await(BooleanSupplier condition, Supplier<String> state) throws InterruptedException {
        long end = System.nanoTime() + Served.PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, state);
            Thread.sleep(5);
        }
    }

    private Served served(SessionStore store) {
        return Served.of(store, options -> options.withRecorder(told));
    }

    private Served served() {
        Served served = served(MemorySessionStore.create());
        served.store.append("a", EventDraft.of("note", Json.EMPTY_OBJECT)).block(Served.PATIENCE);
        return served;
    }

    @Test
    @DisplayName("each request is recorded once, with its method, the template of its route, and its status")
    void requests() throws Exception {
        try (Served served = served()) {
            List<String> expected = new ArrayList<>();
            served.get(EVENTS);
            expected.add("GET " + EVENTS_ROUTE + " 200");
            told.awaitRequests(expected.toArray(String[]::new));
            served.send("POST", EVENTS, "{\"event\":\"note\"}");
            expected.add("POST " + EVENTS_ROUTE + " 200");
            told.awaitRequests(expected.toArray(String[]::new));
            served.get("/v1/sessions/none");
            expected.add("GET /v1/sessions/{session} 404");
            told.awaitRequests(expected.toArray(String[]::new));
            served.get(EVENTS + "?unknown=1");
            expected.add("GET " + EVENTS_ROUTE + " 400");
            told.awaitRequests(expected.toArray(String[]::new));
            served.send("DELETE", "/v1/sessions/a?purge=true", null);
            expected.add("DELETE /v1/sessions/{session} 204");
            told.awaitRequests(expected.toArray(String[]::new));
            served.get("/v1/nothing/here");
            expected.add("GET none 404");
            told.awaitRequests(expected.toArray(String[]::new));
            served.send("BREW", EVENTS, null);
            expected.add("other none 405");
            told.awaitRequests(expected.toArray(String[]::new));
            served.get("/v1/session-ids", "Origin", "https://other.example");
            expected.add("GET none 403");
            told.awaitRequests(expected.toArray(String[]::new));
            assertTrue(told.times.stream().allMatch(nanos -> nanos > 0), () -> told.times.toString());
        }
        try (Served served = Served.of(
                MemorySessionStore.create(),
                options -> options.withRecorder(told).withWriteToken(TOKEN).withOrigins("https://app.example"))) {
            told.requests.clear();
            served.get(EVENTS);
            told.awaitRequests("GET none 401");
            served.send("OPTIONS", EVENTS, null, "Origin", "https://app.example");
            told.awaitRequests("GET none 401", "OPTIONS none 204");
        }
    }

    @Test
    @DisplayName("a stream is recorded when it opens, and not again when it ends; its opening and its end are counted")
    void streams() throws Exception {
        try (Served served = served()) {
            Sse stream = Sse.open(served, EVENTS);
            stream.until("reel:caught-up");
            told.awaitRequests("GET " + EVENTS_ROUTE + " 200");
            assertEquals(1, told.streamsOpened.get());
            assertEquals(0, told.streamsEnded.get());
            stream.close();
            await(() -> told.streamsEnded.get() == 1, () -> "the stream has not ended");
            served.get("/health/live");
            told.awaitRequests("GET " + EVENTS_ROUTE + " 200", "GET /health/live 200");
            served.get(EVENTS + "?offset=x", "Accept", "text/event-stream");
            told.awaitRequests("GET " + EVENTS_ROUTE + " 200", "GET /health/live 200", "GET " + EVENTS_ROUTE + " 400");
            assertEquals(told.streamsOpened.get(), told.streamsEnded.get(), "one that fails at once has ended, too");
        }
    }

    @Test
    @DisplayName("a long poll is recorded when it is answered, without the time that it waited")
    void longPoll() throws Exception {
        try (Served served = served()) {
            served.get("/health/live");
            told.awaitRequests("GET /health/live 200");
            long sentAt = System.nanoTime();
            CompletableFuture<HttpResponse<String>> poll = served.client()
                    .sendAsync(
                            HttpRequest.newBuilder(served.uri(EVENTS + "?live=long-poll&offset=now"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            await(() -> told.streamsOpened.get() == 1, () -> "the long poll does not wait");
            long untilItWaited = System.nanoTime() - sentAt;
            Thread.sleep(300);
            assertEquals(1, told.requests.size(), told.requests.toString());
            served.store.append("a", EventDraft.of("note", Json.EMPTY_OBJECT)).block(Served.PATIENCE);
            assertEquals(200, poll.get(20, TimeUnit.SECONDS).statusCode());
            told.awaitRequests("GET /health/live 200", "GET " + EVENTS_ROUTE + " 200");
            assertTrue(told.times.get(1) <= untilItWaited, told.times.get(1) + " of " + untilItWaited);
            assertEquals(1, told.streamsEnded.get());
        }
    }

    @Test
    @DisplayName(
            "a request whose client disconnects before the answer has no status; a broken answer has its sent status")
    void broken() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        SessionStore never = new ForwardingSessionStore(MemorySessionStore.create()) {
            @Override
            public Flux<String> sessionIds() {
                return Flux.<String>never().doOnSubscribe(it -> asked.countDown());
            }
        };
        try (Served served = served(never)) {
            try (Socket socket = new Socket("127.0.0.1", served.server.address().getPort())) {
                socket.getOutputStream()
                        .write("GET /v1/session-ids HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                assertTrue(asked.await(20, TimeUnit.SECONDS));
            }
            told.awaitRequests("GET /v1/session-ids 0");
        }
        told.requests.clear();
        SessionStore failing = new ForwardingSessionStore(MemorySessionStore.create()) {
            @Override
            public Flux<String> sessionIds() {
                return Flux.just("a").concatWith(Flux.error(new IllegalStateException("a test")));
            }
        };
        try (Served served = served(failing)) {
            AssertionError error = assertThrows(AssertionError.class, () -> served.get("/v1/session-ids"));
            assertTrue(error.getCause() instanceof IOException, error.toString());
            told.awaitRequests("GET /v1/session-ids 200");
        }
    }

    @Test
    @DisplayName("connections are recorded when they open and when they close")
    void connections() throws Exception {
        try (Served served = served()) {
            try (Socket one = new Socket("127.0.0.1", served.server.address().getPort());
                    Socket other =
                            new Socket("127.0.0.1", served.server.address().getPort())) {
                assertTrue(one.isConnected() && other.isConnected());
                await(() -> told.connectionsOpened.get() == 2, () -> "opened: " + told.connectionsOpened);
                assertEquals(0, told.connectionsClosed.get());
            }
            await(() -> told.connectionsClosed.get() == 2, () -> "closed: " + told.connectionsClosed);
        }
    }

    @Test
    @DisplayName(
            "a recorder that throws leaves no request unanswered and no stream open; its first exception is reported")
    void throwing() throws Exception {
        List<Throwable> dropped = new CopyOnWriteArrayList<>();
        Hooks.onErrorDropped(error -> {
            if (error instanceof AssertionError) {
                dropped.add(error);
            }
            throw new IllegalStateException("a hook that throws, too");
        });
        HttpRecorder throwing = new HttpRecorder() {
            @Override
            public void requestAnswered(String method, String route, int status, long nanos) {
                throw new AssertionError("a test");
            }

            @Override
            public void streamOpened() {
                throw new AssertionError("a test");
            }

            @Override
            public void streamEnded() {
                throw new AssertionError("a test");
            }

            @Override
            public void connectionOpened() {
                throw new AssertionError("a test");
            }

            @Override
            public void connectionClosed() {
                throw new AssertionError("a test");
            }

            @Override
            public void connectionRefused() {
                throw new AssertionError("a test");
            }
        };
        try (Served served = Served.of(
                MemorySessionStore.create(),
                options -> options.withRecorder(throwing).withMaxStreams(1))) {
            for (int i = 0; i < 3; i++) {
                assertEquals(
                        200, served.send("POST", EVENTS, "{\"event\":\"note\"}").status());
                assertEquals(404, served.get("/none").status());
                Sse stream = Sse.open(served, EVENTS);
                stream.until("reel:caught-up");
                stream.close();
                await(() -> served.server.routes().streams().count() == 0, () -> "a stream is still counted");
            }
        } finally {
            Hooks.resetOnErrorDropped();
        }
        assertEquals(1, dropped.size(), dropped.toString());
    }
}
