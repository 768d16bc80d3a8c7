package dev.reel.client;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Builds the paths of requests, each part percent-encoded. */
final class Paths {

    private final StringBuilder path = new StringBuilder("/v1");
    private char next = '?';

    private Paths() {}

    /** A path that starts with {@code /v1}, followed by these literal segments of the API. */
    static Paths of(String words) {
        Paths paths = new Paths();
        paths.path.append(words);
        return paths;
    }

    static Paths session(String sessionId) {
        return of("/sessions/").id(sessionId);
    }

    Paths id(String id) {
        path.append(encoded(id));
        return this;
    }

    Paths then(String words) {
        path.append(words);
        return this;
    }

    Paths with(String name, @Nullable Object value) {
        if (value != null) {
            path.append(next).append(name).append('=').append(encoded(value.toString()));
            next = '&';
        }
        return this;
    }

    /** A list of values, separated by commas. A comma inside a value is encoded. */
    Paths withList(String name, Iterable<String> values) {
        StringBuilder list = new StringBuilder();
        for (String value : values) {
            list.append(list.length() == 0 ? "" : ",").append(encoded(value));
        }
        if (list.length() > 0) {
            path.append(next).append(name).append('=').append(list);
            next = '&';
        }
        return this;
    }

    /** Encodes a text for use in a path, in a query and in a header. */
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
    }

    static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
