package dev.reel.server;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import reactor.core.publisher.Mono;

/**
 * The console: a page and its files, which are resources that are read once. Each file has its own route, so a
 * request's path never names a resource.
 */
final class ConsoleRoutes {

    static final String PAGE = "/";

    /** The prefix of the paths of the page's files. */
    static final String BELOW = "/console/";

    /** The page may load only its own files and call only its own server; no text of a session can run as a script. */
    static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'";

    private static final String INDEX = "index.html";

    /** The contents of a jar can't be listed, so the names are listed here. A test compares them with the directory. */
    static final List<String> NAMES = List.of(
            INDEX,
            "console.css",
            "icon.svg",
            "actions.js",
            "api.js",
            "app.js",
            "conversation.js",
            "dialogs.js",
            "dom.js",
            "events.js",
            "fold.js",
            "list.js",
            "message.js",
            "router.js",
            "session.js",
            "sessions.js",
            "shared.js",
            "status.js",
            "text.js",
            "timeline.js");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");

    /** One file. */
    private static final class File {

        private final String type;
        private final byte[] body;
        /** Its ETag, in quotes. */
        private final String tag;

        private File(String type, byte[] body) {
            this.type = type;
            this.body = body;
            this.tag = tagOf(body);
        }
    }

    private final Map<String, File> files = new LinkedHashMap<>();

    ConsoleRoutes() {
        NAMES.forEach(name -> files.put(path(name), read(name)));
    }

    private static String path(String name) {
        return name.equals(INDEX) ? PAGE : BELOW + name;
    }

    /** Returns whether the path is that of the page or of one of its files. */
    static boolean isFile(String path) {
        return path.equals(PAGE)
                || path.startsWith(BELOW) && !path.endsWith(INDEX) && NAMES.contains(path.substring(BELOW.length()));
    }

    void addTo(Router router) {
        files.forEach((path, file) -> {
            router.add("GET", path, exchange -> answer(exchange, file));
            router.add("HEAD", path, exchange -> answer(exchange, file));
        });
    }

    private static Mono<Void> answer(Exchange exchange, File file) {
        exchange.header(HttpHeaderNames.ETAG, file.tag);
        // A browser revalidates each file on each load, so all files are of the same version.
        exchange.header(HttpHeaderNames.CACHE_CONTROL, "no-cache");
        exchange.header("Content-Security-Policy", POLICY);
        exchange.header("Cross-Origin-Opener-Policy", "same-origin");
        exchange.header("Referrer-Policy", "no-referrer");
        exchange.header("X-Frame-Options", "DENY");
        return file.tag.equals(exchange.header(HttpHeaderNames.IF_NONE_MATCH))
                ? exchange.reply(304)
                : exchange.reply(200, file.type, file.body);
    }

    private static File read(String name) {
        try (InputStream in = ConsoleRoutes.class.getResourceAsStream("console/" + name)) {
            byte[] body = Objects.requireNonNull(in, name + " is missing").readAllBytes();
            String type = Objects.requireNonNull(TYPES.get(name.substring(name.lastIndexOf('.') + 1)), name);
            return new File(type, body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String tagOf(byte[] body) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(body);
            return "\"" + Base64.getUrlEncoder().withoutPadding().encodeToString(digest) + "\"";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
