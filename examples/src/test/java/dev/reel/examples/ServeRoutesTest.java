package dev.reel.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServeRoutesTest {

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static HttpRequest.Builder request(ServeRoutes service, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.port() + path))
                .timeout(Duration.ofSeconds(30));
    }

    private HttpResponse<String> get(ServeRoutes service, String path) throws Exception {
        return client.send(request(service, path).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void theServiceHasItsOwnRoutesAndThoseOfTheSessions() throws Exception {
        try (SessionStore store = MemorySessionStore.create();
                ServeRoutes service = ServeRoutes.start(store, 0)) {
            assertEquals("hello", get(service, "/hello").body());
            assertEquals(404, get(service, "/elsewhere").statusCode());

            HttpRequest put = request(service, "/v1/sessions/trip/messages/m1")
                    .header("Content-Type", "application/json")
                    .PUT(HttpRequest.BodyPublishers.ofString(
                            "{\"role\":\"user\",\"text\":\"Is there a night train?\"}"))
                    .build();
            HttpResponse<String> message = client.send(put, HttpResponse.BodyHandlers.ofString());
            assertEquals(200, message.statusCode(), message::body);
            assertEquals(store.listMessages("trip").blockFirst().toJson(), Json.parse(message.body()));
        }
    }

    @Test
    void closingTheServiceEndsTheStreamsOfItsClients() throws Exception {
        try (SessionStore store = MemorySessionStore.create()) {
            store.putMessage("trip", MessageDraft.user("Is there a night train?"))
                    .block();
            HttpResponse<InputStream> stream;
            try (ServeRoutes service = ServeRoutes.start(store, 0)) {
                HttpRequest follow = request(service, "/v1/sessions/trip/events")
                        .header("Accept", "text/event-stream")
                        .build();
                stream = client.send(follow, HttpResponse.BodyHandlers.ofInputStream());
                assertEquals(200, stream.statusCode());
            }
            String all = new String(stream.body().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(all.endsWith("event: reel:end\ndata: {\"reason\":\"shutdown\"}\n\n"), all);
        }
    }
}
