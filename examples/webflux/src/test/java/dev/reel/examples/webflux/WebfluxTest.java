package dev.reel.examples.webflux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.jsonl.JsonlSessionStore;
import dev.reel.server.SessionServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/**
 * Tests the application over real HTTP. Two modules run this class: one with Spring Boot 4 and Jackson 3, one with
 * Spring Boot 3.5 and Jackson 2. Bodies are read as text, so that a mapper of the test can't hide what the
 * application's mapper wrote.
 */
@Timeout(60)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WebfluxTest {

    private static final ParameterizedTypeReference<ServerSentEvent<String>> SSE =
            new ParameterizedTypeReference<>() {};
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static final AtomicInteger SESSIONS = new AtomicInteger();

    @TempDir
    static Path directory;

    private static ConfigurableApplicationContext application;
    private static SessionStore store;
    private static WebClient client;

    /** Each test uses its own session. */
    private final String trip = "trip-" + SESSIONS.incrementAndGet();

    @BeforeAll
    static void start() {
        application = SpringApplication.run(
                WebfluxExample.class,
                "--server.port=0",
                "--reel.port=0",
                "--reel.directory=" + directory,
                "--spring.lifecycle.timeout-per-shutdown-phase=10m",
                "--spring.main.banner-mode=off",
                "--logging.level.root=warn");
        store = application.getBean(SessionStore.class);
        client = WebClient.create(
                "http://localhost:" + application.getEnvironment().getProperty("local.server.port"));
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    @Test
    void aRepeatedPostWritesOneMessage() {
        Message first = Message.fromJson(ok(say(trip, "key-1", "Is there a night train?")));
        Message second = Message.fromJson(ok(say(trip, "key-1", "Is there a night train?")));
        assertEquals(first, second);
        assertEquals(List.of(first), store.listMessages(trip).collectList().block());

        assertProblem(409, say(trip, "key-1", "Something else"));
        assertProblem(400, say(trip, "", "An empty key"));
        assertEquals(1, store.listMessages(trip).count().block());
    }

    /** The whole HTTP API is on a separate port, for the same store. */
    @Test
    void theSessionServerServesTheSameStore() {
        SessionServer server = application.getBean(SessionServer.class);
        Message message = Message.fromJson(ok(say(trip, "key-1", "Is there a night train?")));
        String messages = WebClient.create(server.uri().toString())
                .get()
                .uri("/v1/sessions/" + trip + "/messages")
                .retrieve()
                .bodyToMono(String.class)
                .block(LIMIT);
        assertEquals(Json.of(List.of(message.toJson())), Json.parse(messages));
    }

    @Test
    void rowsAreTheirWireForm() {
        ok(say(trip, "key-1", "Is there a \"night\" train?"));
        ok(say(trip, "key-2", "Ein Zug nach Köln 🚆"));

        List<Message> rows = store.listMessages(trip).collectList().block();
        Json messages = ok(get("/sessions/" + trip + "/messages"));
        assertEquals(Json.of(rows.stream().map(Message::toJson).toList()), messages);
        assertEquals(
                Json.object("role", "user", "content", "Ein Zug nach Köln 🚆"),
                messages.elements().get(1).get("content"));

        Json state = ok(get("/sessions/" + trip));
        assertEquals(store.state(trip).block().toJson(), state);
        assertEquals(2, state.get("messages").elements().size());
        assertEquals(store.head(trip).block().toString(), state.textOf("place"));
    }

    @Test
    void eventsAreTheirWireFormAndKeepDigits() {
        String data = "{\"price\":12345678901234567890.10,\"legs\":[{\"to\":\"Köln\",\"stops\":null}],\"\\\"\":true}";
        store.append(trip, EventDraft.of("booked", Json.parse(data)).withMeta(Json.object("trace", "4bf9")))
                .block();

        ServerSentEvent<String> sent = events(trip, null).blockFirst(LIMIT);
        SessionEvent event = last(trip);
        assertEquals(event.toJson().toString(), sent.data());
        assertTrue(sent.data().contains(data), sent.data());
        assertEquals("booked", sent.event());
        assertEquals(event.place().toString(), sent.id());
    }

    @Test
    void aViewerReceivesHistoryAndThenWhatComes() {
        ok(say(trip, "key-1", "one"));
        ok(say(trip, "key-2", "two"));

        StepVerifier.create(events(trip, null).map(WebfluxTest::text))
                .expectNext("one", "two")
                .then(() -> store.putMessage(trip, MessageDraft.user("three")).subscribe())
                .expectNext("three")
                .thenCancel()
                .verify(LIMIT);
    }

    @Test
    void aViewerThatComesBackReceivesWhatItMissed() {
        for (int i = 1; i <= 3; i++) {
            ok(say(trip, "key-" + i, "message " + i));
        }
        // take(2) cancels the request: the connection is cut after the second event.
        List<ServerSentEvent<String>> seen =
                events(trip, null).take(2).collectList().block(LIMIT);
        for (int i = 4; i <= 6; i++) {
            ok(say(trip, "key-" + i, "message " + i));
        }

        StepVerifier.create(events(trip, seen.get(1).id()).map(WebfluxTest::text))
                .expectNext("message 3", "message 4", "message 5", "message 6")
                .then(() -> store.closeSession(trip, Json.of("done")).subscribe())
                .expectNext("session_close")
                .verifyComplete();
    }

    @Test
    void aPlaceOfAnotherLogIsGone() {
        ok(say(trip, "key-1", "one"));
        String place = last(trip).place().toString();
        store.purge(trip).block();
        ok(say(trip, "key-1", "one"));
        assertEquals(410, status(events(trip, place)));
    }

    @Test
    void rewindsAndForks() {
        String first = ok(say(trip, "key-1", "one")).textOf("id");
        ok(say(trip, "key-2", "two"));

        Json fork = ok(post("/sessions/" + trip + "/fork", "key-3", Json.object("message", first)));
        assertEquals(fork, ok(post("/sessions/" + trip + "/fork", "key-3", Json.object("message", first))));
        Json rewind = ok(post("/sessions/" + trip + "/rewind", "key-4", Json.object("message", first)));
        assertEquals(rewind, ok(post("/sessions/" + trip + "/rewind", "key-4", Json.object("message", first))));

        assertEquals(1, rewind.longOf("cut"));
        assertEquals(trip, fork.textOf("parentId"));
        String forked = fork.textOf("sessionId");
        ok(say(forked, "key-1", "by plane"));
        assertEquals(List.of("one"), texts(trip));
        assertEquals(List.of("one", "by plane"), texts(forked));
        // Parent and fork are tailed independently.
        assertEquals(
                List.of("one", "by plane"),
                events(forked, null)
                        .filter(sent -> sent.event().equals("user_message"))
                        .map(WebfluxTest::text)
                        .take(2)
                        .collectList()
                        .block(LIMIT));
    }

    @Test
    void whatIsMalformedIsA400() {
        String tooLong = "x".repeat(201);
        assertProblem(400, get("/sessions/" + tooLong));
        assertProblem(400, get("/sessions/" + tooLong + "/messages"));
        assertProblem(400, say(tooLong, "key-1", "one"));
        assertProblem(400, post("/sessions/" + trip + "/rewind", "key-1", Json.object("message", "")));
        assertProblem(400, post("/sessions/" + trip + "/rewind", "key-1", Json.EMPTY_OBJECT));
        assertProblem(400, post("/sessions/" + trip + "/messages", "key-1", Json.EMPTY_OBJECT));
        assertProblem(400, post("/sessions/" + trip + "/messages", null, Json.object("text", "no key")));
        assertEquals(400, status(events(trip, "garbage")));
        assertEquals(400, status(events(tooLong, null)));
        assertEquals(0, store.replay(trip, Range.all()).count().block());
    }

    @Test
    void whatIsNotThereIsA404() {
        assertProblem(404, get("/sessions/nobody"));
        assertProblem(404, post("/sessions/nobody/rewind", "key-1", Json.object("message", "m1")));
        assertProblem(404, post("/sessions/nobody/fork", "key-1", Json.object("message", "m1")));
        ok(say(trip, "key-1", "one"));
        assertProblem(404, post("/sessions/" + trip + "/rewind", "key-2", Json.object("message", "m1")));
    }

    @Test
    void aClosedSessionIsA409() {
        ok(say(trip, "key-1", "one"));
        store.closeSession(trip, Json.of("done")).block();
        assertProblem(409, say(trip, "key-2", "two"));
    }

    /** Runs last, since it closes the application that all tests share. */
    @Test
    @Order(Integer.MAX_VALUE)
    void shutdownCompletesOpenStreamsAndClosesTheStore() {
        ok(say(trip, "key-1", "one"));

        // If the stream stayed open, close() would wait for the graceful timeout, which is longer than this test may
        // take.
        StepVerifier.create(events(trip, null).map(WebfluxTest::text))
                .expectNext("one")
                .then(application::close)
                .expectComplete()
                .verify(LIMIT);

        assertFalse(application.isActive());
        // The store is closed, too: another store can lock the directory.
        try (SessionStore reopened = JsonlSessionStore.open(directory)) {
            assertEquals(1, reopened.listMessages(trip).count().block());
        }
    }

    private Mono<ResponseEntity<String>> say(String session, String key, String text) {
        return post("/sessions/" + session + "/messages", key, Json.object("text", text));
    }

    private Mono<ResponseEntity<String>> post(String path, String key, Json body) {
        return client.post()
                .uri(path)
                .headers(headers -> {
                    if (key != null) {
                        headers.set("Idempotency-Key", key);
                    }
                })
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(body.toString())
                .exchangeToMono(response -> response.toEntity(String.class));
    }

    private Mono<ResponseEntity<String>> get(String path) {
        return client.get().uri(path).exchangeToMono(response -> response.toEntity(String.class));
    }

    private Flux<ServerSentEvent<String>> events(String session, String lastEventId) {
        return client.get()
                .uri("/sessions/" + session + "/events")
                .accept(MediaType.TEXT_EVENT_STREAM)
                .headers(headers -> {
                    if (lastEventId != null) {
                        headers.set("Last-Event-ID", lastEventId);
                    }
                })
                .retrieve()
                .bodyToFlux(SSE);
    }

    private static Json ok(Mono<ResponseEntity<String>> call) {
        ResponseEntity<String> response = call.block(LIMIT);
        assertEquals(200, response.getStatusCode().value(), response.getBody());
        assertTrue(MediaType.APPLICATION_JSON.isCompatibleWith(
                response.getHeaders().getContentType()));
        return Json.parse(response.getBody());
    }

    private static void assertProblem(int status, Mono<ResponseEntity<String>> call) {
        ResponseEntity<String> response = call.block(LIMIT);
        assertEquals(status, response.getStatusCode().value(), response.getBody());
        assertEquals(MediaType.APPLICATION_PROBLEM_JSON, response.getHeaders().getContentType());
        assertEquals(status, Json.parse(response.getBody()).longOf("status"));
    }

    private static int status(Flux<ServerSentEvent<String>> refused) {
        return refused.then(Mono.just(200))
                .onErrorResume(
                        WebClientResponseException.class,
                        e -> Mono.just(e.getStatusCode().value()))
                .block(LIMIT);
    }

    /** Returns the text of the message in an event, or the event's type. */
    private static String text(ServerSentEvent<String> sent) {
        Json data = Json.parse(sent.data()).get("data");
        Json message = data.get("message");
        return message == null ? sent.event() : message.textOf("content");
    }

    private List<String> texts(String session) {
        return store.listMessages(session).map(Message::text).collectList().block();
    }

    private SessionEvent last(String session) {
        return store.replay(session, Range.last(1)).blockLast();
    }
}
