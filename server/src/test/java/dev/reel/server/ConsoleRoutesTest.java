package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.memory.MemorySessionStore;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The page at {@code /} and its files. */
@Timeout(60)
class ConsoleRoutesTest {

    private static final String TOKEN = "write-token-0123456789";
    private static final Path SOURCES = Path.of("src/main/resources/dev/reel/server/console");

    private static Served served(UnaryOperator<ServerOptions> change) {
        return Served.of(MemorySessionStore.create(), change);
    }

    private static Served console() {
        return served(ServerOptions::withConsole);
    }

    private static String pathOf(String name) {
        return name.equals("index.html") ? "/" : "/console/" + name;
    }

    @Test
    @DisplayName("each file of the directory is served with its bytes, type and policy; HEAD has no body")
    void files() throws IOException {
        Set<String> names;
        try (Stream<Path> files = Files.list(SOURCES)) {
            names = files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
        assertEquals(names, new TreeSet<>(ConsoleRoutes.NAMES));
        try (Served served = console()) {
            for (String name : names) {
                Served.Answer answer = served.get(pathOf(name));
                assertEquals(200, answer.status(), name);
                assertArrayEquals(
                        Files.readAllBytes(SOURCES.resolve(name)),
                        answer.response().body(),
                        name);
                assertEquals(typeOf(name), answer.header("content-type"));
                assertEquals("nosniff", answer.header("x-content-type-options"));
                assertEquals("no-cache", answer.header("cache-control"));
                assertEquals("no-referrer", answer.header("referrer-policy"));
                assertPolicy(String.valueOf(answer.header("content-security-policy")));
                Served.Answer head = served.send("HEAD", pathOf(name), null);
                assertEquals(200, head.status());
                assertEquals(0, head.response().body().length);
                assertEquals(answer.header("content-length"), head.header("content-length"));
                assertEquals(answer.header("etag"), head.header("etag"));
            }
        }
    }

    private static String typeOf(String name) {
        return switch (name.substring(name.lastIndexOf('.'))) {
            case ".html" -> "text/html; charset=utf-8";
            case ".css" -> "text/css; charset=utf-8";
            case ".svg" -> "image/svg+xml";
            default -> "text/javascript; charset=utf-8";
        };
    }

    private static void assertPolicy(String policy) {
        List<String> parts = List.of(policy.split("; "));
        assertTrue(
                parts.containsAll(List.of(
                        "default-src 'none'",
                        "script-src 'self'",
                        "style-src 'self'",
                        "connect-src 'self'",
                        "img-src 'self'",
                        "base-uri 'none'",
                        "form-action 'none'",
                        "frame-ancestors 'none'",
                        "require-trusted-types-for 'script'")),
                policy);
        assertFalse(policy.contains("unsafe") || policy.contains("*") || policy.contains("http"), policy);
    }

    @Test
    @DisplayName("a browser that already has a file gets 304")
    void tags() {
        try (Served served = console()) {
            String tag = String.valueOf(served.get("/").header("etag"));
            Served.Answer again = served.get("/", "If-None-Match", tag);
            assertEquals(304, again.status());
            assertEquals(0, again.response().body().length);
            assertEquals(
                    200, served.get("/console/app.js", "If-None-Match", tag).status());
        }
    }

    @Test
    @DisplayName("only known names are files, in any spelling of the path; only GET and HEAD are allowed")
    void others() throws IOException {
        try (Served served = console()) {
            for (String path : List.of(
                    "/console",
                    "/console/",
                    "/index.html",
                    "/console/index.html",
                    "/console/nothing.js",
                    "/console/APP.JS",
                    "/console/app.js/",
                    "/console/app.js/x",
                    "/console//app.js",
                    "//",
                    "/console/%61pp.js",
                    "/console/app.js%00.css",
                    "/console/..%2fopenapi.json",
                    "/console/%2e%2e/openapi.json",
                    "/console/..%5copenapi.json")) {
                assertEquals(404, served.get(path).status(), path);
            }
            for (String path : List.of("/console/../openapi.json", "/../../etc/passwd", "/console/./app.js")) {
                assertEquals("404", statusOf(served, path), path);
            }
            for (String method : List.of("POST", "PUT", "PATCH", "DELETE")) {
                Served.Answer answer = served.send(method, "/", "{}");
                assertEquals(405, answer.status(), method);
                assertEquals("GET, HEAD", answer.header("allow"));
            }
            assertEquals(400, served.get("/?name=x").status());
        }
    }

    /** Sends the path exactly as written here; the JDK's client would normalize it. */
    private static String statusOf(Served served, String path) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", served.server.address().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).substring(9, 12);
        }
    }

    @Test
    @DisplayName(
            "if tokens are set, the files need none and everything else does; another host and a foreign page are refused")
    void guard() throws IOException {
        try (Served served = served(options -> options.withConsole().withWriteToken(TOKEN))) {
            ConsoleRoutes.NAMES.forEach(
                    name -> assertEquals(200, served.get(pathOf(name)).status(), name));
            for (String path : List.of("/v1/sessions", "/console/x", "/console/index.html", "/console/", "/metrics")) {
                assertEquals(401, served.get(path).status(), path);
            }
            assertEquals(
                    403, served.get("/", "Origin", "https://attacker.example").status());
        }
        try (Served served = console();
                Socket socket = new Socket("127.0.0.1", served.server.address().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertEquals(
                    "421",
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).substring(9, 12));
        }
    }

    @Test
    @DisplayName("without the option there is no console, and every route still needs the token")
    void off() {
        assertFalse(ServerOptions.standard().hasConsole());
        assertTrue(ServerOptions.standard().withConsole().hasConsole());
        try (Served served = served(options -> options)) {
            assertEquals(404, served.get("/").status());
            assertEquals(404, served.get("/console/app.js").status());
            assertNull(served.get("/").header("content-security-policy"));
        }
        try (Served served = served(options -> options.withWriteToken(TOKEN))) {
            assertEquals(401, served.get("/").status());
            assertEquals(401, served.get("/console/app.js").status());
        }
    }

    private static final Pattern IMPORT = Pattern.compile("from '\\./([^']+)'");
    private static final Pattern MARKUP = Pattern.compile(
            "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(|new Function|DOMParser|srcdoc");

    @Test
    @DisplayName("no file loads anything from elsewhere or parses text as markup; each import is a file")
    void sources() throws IOException {
        for (String name : ConsoleRoutes.NAMES) {
            String text = Files.readString(SOURCES.resolve(name));
            assertFalse(MARKUP.matcher(text).find(), name);
            assertFalse(text.replace("http://www.w3.org/2000/svg", "").contains("://"), name);
            for (MatchResult each : IMPORT.matcher(text).results().toList()) {
                assertTrue(ConsoleRoutes.NAMES.contains(each.group(1)), name + " imports " + each.group(1));
            }
            assertFalse(name.endsWith(".html") && text.contains("style="), "the policy forbids style attributes");
        }
    }

    @Test
    @DisplayName("the page lists all its scripts, so a browser loads them at once instead of import by import")
    void preloads() throws IOException {
        String page = Files.readString(SOURCES.resolve("index.html"));
        for (String name : ConsoleRoutes.NAMES) {
            if (name.endsWith(".js") && !name.equals("app.js")) {
                assertTrue(page.contains("<link rel=\"modulepreload\" href=\"/console/" + name + "\">"), name);
            }
        }
    }
}
