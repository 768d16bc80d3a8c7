package dev.reel.server;

import dev.reel.Json;
import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A memory store behind a server, with a client that shares no code with the server. */
final class Served implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(20);

    final SessionStore store;
    final SessionServer server;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Served(SessionStore store, ServerOptions options) {
        this.store = store;
        this.server = SessionServer.start(store, options);
    }

    static Served memory() {
        return of(MemorySessionStore.create(), options -> options);
    }

    static Served of(SessionStore store, UnaryOperator<ServerOptions> change) {
        return new Served(store, change.apply(ServerOptions.standard().withPort(0)));
    }

    /** An answer of the server. */
    record Answer(HttpResponse<byte[]> response) {

        int status() {
            return response.statusCode();
        }

        @Nullable
        String header(String name) {
            return response.headers().firstValue(name).orElse(null);
        }

        String text() {
            return new String(response.body(), StandardCharsets.UTF_8);
        }

        Json json() {
            return Json.parse(response.body());
        }

        /** Returns the last part of the problem's type; null if the answer is not a problem. */
        @Nullable
        String problem() {
            String type = "application/problem+json".equals(header("content-type")) ? json().textOf("type") : null;
            return type == null ? null : type.substring(Problem.TYPES.length());
        }

        @Override
        public String toString() {
            return status() + " " + response.headers().map() + " " + text();
        }
    }

    URI uri(String path) {
        return URI.create(server.uri() + path);
    }

    HttpClient client() {
        return client;
    }

    Answer get(String path, String... headers) {
        return send("GET", path, null, headers);
    }

    /** Sends the body in chunks, so no header has its length. */
    Answer sendUnsized(String method, String path, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        HttpRequest request = HttpRequest.newBuilder(uri(path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes)))
                .build();
        try {
            return new Answer(client.send(request, HttpResponse.BodyHandlers.ofByteArray()));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(method + " " + path, e);
        }
    }

    /** @param headers names and values in turn: name, value, name, value … */
    Answer send(String method, String path, @Nullable String body, String... headers) {
        if (body == null) {
            return raw(method, path, null, headers);
        }
        List<String> all = new ArrayList<>(List.of("Content-Type", "application/json"));
        all.addAll(List.of(headers));
        return raw(method, path, body, all.toArray(String[]::new));
    }

    /** Sends only the given headers. */
    Answer raw(String method, String path, @Nullable String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .timeout(PATIENCE)
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        try {
            return new Answer(client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(method + " " + path, e);
        }
    }

    @Override
    public void close() {
        server.close();
        store.close();
    }
}
