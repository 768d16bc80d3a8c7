package dev.reel.examples.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.JsonCodec;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionStore;
import dev.reel.jsonl.JsonlSessionStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Tests a codec over the mapper that Spring Boot configured, and the Jackson module that reads Reel's types. Two modules
 * run this class: one with Spring Boot 4 and {@code reel-jackson3}, one with Spring Boot 3.5 and {@code reel-jackson2}.
 * The names of the classes are the only difference between them, so they are looked up by name here.
 */
@Timeout(60)
class CodecTest {

    private static final boolean IS_JACKSON_3 = isPresent("dev.reel.jackson3.Jackson3Codec");
    private static final String MODULE = IS_JACKSON_3 ? "dev.reel.jackson3.ReelModule" : "dev.reel.jackson2.ReelModule";
    private static final String CODEC =
            IS_JACKSON_3 ? "dev.reel.jackson3.Jackson3Codec" : "dev.reel.jackson2.Jackson2Codec";
    private static final String MAPPER =
            IS_JACKSON_3 ? "tools.jackson.databind.json.JsonMapper" : "com.fasterxml.jackson.databind.ObjectMapper";

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final UUID NUMBER = UUID.fromString("0b4f7c1e-6f5a-4f0b-9d57-0f2c6a3f9f11");

    /** A type of the application. */
    record Booking(UUID bookingNumber, String trainName, Instant leavesAt) {}

    @TempDir
    Path directory;

    private ConfigurableApplicationContext application;
    private WebClient client;

    @BeforeEach
    void start() {
        SpringApplication boot = new SpringApplication(Application.class);
        boot.addInitializers(context -> ((GenericApplicationContext) context).registerBean(type(MODULE)));
        application = boot.run(
                "--server.port=0",
                "--test.directory=" + directory,
                "--spring.jackson.property-naming-strategy=SNAKE_CASE",
                "--spring.main.banner-mode=off",
                "--logging.level.root=warn");
        client = WebClient.create(
                "http://localhost:" + application.getEnvironment().getProperty("local.server.port"));
    }

    @AfterEach
    void stop() {
        application.close();
    }

    @Test
    @DisplayName("an application's own type is stored and read with the mapper that Spring Boot configured")
    void ownTypes() {
        String sent =
                "{\"booking_number\":\"%s\",\"train_name\":\"Köln 🚆\",\"leaves_at\":\"2026-12-01T22:04:53.250Z\"}"
                        .formatted(NUMBER);
        Commit commit = Commit.fromJson(post("/bookings/trip", sent));
        assertEquals(1, commit.version());

        SessionStore store = application.getBean(SessionStore.class);
        Json stored = store.replay("trip", Range.all()).blockLast(LIMIT).data();
        assertEquals("Köln 🚆", stored.textOf("train_name"));
        assertEquals(NUMBER.toString(), stored.textOf("booking_number"));
        Booking booking = stored.as(Booking.class, application.getBean(JsonCodec.class));
        assertEquals(new Booking(NUMBER, "Köln 🚆", Instant.parse("2026-12-01T22:04:53.25Z")), booking);

        assertEquals(Json.parse("[" + sent + "]"), get("/bookings/trip"));
    }

    @Test
    @DisplayName("a controller reads a type of Reel from a request's body")
    void typesOfReel() {
        SessionStore store = application.getBean(SessionStore.class);
        Message message = store.putMessage("trip", MessageDraft.user("Is there a night train?"))
                .block(LIMIT);
        assertEquals(message.toJson(), post("/copies/other", message.toJson().toString()));
        assertEquals(
                message.content(),
                store.getMessage("other", message.id()).block(LIMIT).content());

        WebClientResponseException malformed =
                assertThrows(WebClientResponseException.class, () -> post("/copies/other", "{\"id\":7}"));
        assertEquals(400, malformed.getStatusCode().value());
    }

    private Json post(String path, String body) {
        return Json.parse(client.post()
                .uri(path)
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(body)
                .retrieve()
                .bodyToMono(String.class)
                .block(LIMIT));
    }

    private Json get(String path) {
        return Json.parse(
                client.get().uri(path).retrieve().bodyToMono(String.class).block(LIMIT));
    }

    private static boolean isPresent(String name) {
        try {
            type(name);
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private static Class<?> type(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    @EnableAutoConfiguration
    @Import(Bookings.class)
    static class Application {

        @Bean
        static SessionStore sessionStore(@Value("${test.directory}") String directory) {
            return JsonlSessionStore.open(Path.of(directory));
        }

        /** The same as {@code Jackson3Codec.of(mapper)}, or with 2. */
        @Bean
        static JsonCodec jsonCodec(BeanFactory beans) throws ReflectiveOperationException {
            Object mapper = beans.getBean(type(MAPPER));
            return (JsonCodec) type(CODEC).getMethod("of", type(MAPPER)).invoke(null, mapper);
        }
    }

    @RestController
    static class Bookings {

        private final SessionStore store;
        private final JsonCodec codec;

        Bookings(SessionStore store, JsonCodec codec) {
            this.store = store;
            this.codec = codec;
        }

        @PostMapping("/bookings/{id}")
        Mono<Commit> book(@PathVariable String id, @RequestBody Booking booking) {
            return store.append(id, EventDraft.of("booked", Json.from(booking, codec)));
        }

        @GetMapping("/bookings/{id}")
        Flux<Booking> bookings(@PathVariable String id) {
            return store.replay(id, Range.all()).map(event -> event.data().as(Booking.class, codec));
        }

        @PostMapping("/copies/{id}")
        Mono<Message> copy(@PathVariable String id, @RequestBody Message message) {
            return store.putMessage(
                            id,
                            MessageDraft.of(message.role(), message.content()).withId(message.id()))
                    .thenReturn(message);
        }
    }
}
