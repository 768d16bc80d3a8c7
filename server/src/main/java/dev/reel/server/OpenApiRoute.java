package dev.reel.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/**
 * Serves the OpenAPI document, a resource that is read once. Tests compare it with the routes and with real answers.
 */
final class OpenApiRoute {

    static final String PATH = "/v1/openapi.json";

    private final byte[] document = read();

    void addTo(Router router) {
        router.add("GET", PATH, exchange -> exchange.reply(200, Exchange.JSON, document));
    }

    private static byte[] read() {
        try (InputStream in = OpenApiRoute.class.getResourceAsStream("openapi.json")) {
            return Objects.requireNonNull(in, "openapi.json is missing").readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
