package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.ForwardingSessionStore;
import dev.reel.InvalidInputException;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreStatus;
import dev.reel.memory.MemorySessionStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Who may call, and what a request may cost. Requests are sent through sockets, because HTTP clients refuse to send
 * most of them.
 */
@Timeout(60)
class GuardTest {

    private static final String READ = "read-token-0123456789";
    private static final String WRITE = "write-token-0123456789";
    private static final String EVENT = "{\"event\":\"note\"}";

    private static Served served(UnaryOperator<ServerOptions> change) {
        return Served.of(MemorySessionStore.create(), change);
    }

    /** Sends these bytes and returns everything that the server answers until the connection ends. */
    private static String raw(Served served, String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", served.server.address().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return answer(socket);
        }
    }

    /**
     * Returns everything that the server sends. A server that refuses a request closes the connection without reading
     * the rest of it, and the system may then send a reset after the answer. The bytes before the reset are the answer;
     * if there are none, the test fails with the reset.
     */
    private static String answer(Socket socket) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] part = new byte[8192];
        try (InputStream in = socket.getInputStream()) {
            for (int n = in.read(part); n >= 0; n = in.read(part)) {
                all.write(part, 0, n);
            }
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (SocketException reset) {
            if (all.size() == 0) {
                throw reset;
            }
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    private static String get(String host, String more) {
        return "GET /v1/session-ids HTTP/1.1\r\nHost: " + host + "\r\n" + more + "Connection: close\r\n\r\n";
    }

    private static int status(String answer) {
        return answer.isEmpty() ? 0 : Integer.parseInt(answer.substring(9, 12));
    }

    @Test
    @DisplayName("without a token, Host must be a loopback name or address")
    void rebinding() throws IOException {
        try (Served served = served(options -> options)) {
            for (String host : List.of("localhost", "localhost:7070", "127.0.0.1:1", "[::1]:80", "LOCALHOST")) {
                assertEquals(200, status(raw(served, get(host, ""))), host);
            }
            for (String host : List.of(
                    "attacker.example",
                    "127.0.0.1.attacker.example",
                    "localhost.attacker.example:7070",
                    "10.0.0.1",
                    "")) {
                assertEquals(421, status(raw(served, get(host, ""))), host);
            }
            assertEquals(400, status(raw(served, "GET /v1/session-ids HTTP/1.1\r\nConnection: close\r\n\r\n")));
            assertEquals(400, status(raw(served, get("localhost", "Host: attacker.example\r\n"))));
        }
    }

    @Test
    @DisplayName("a web page of another origin is refused, even with the right Host; a listed origin may ask and read")
    void origins() throws IOException {
        try (Served served = served(options -> options.withOrigins("https://app.example"))) {
            assertEquals(403, status(raw(served, get("localhost", "Origin: https://other.example\r\n"))));
            assertEquals(403, status(raw(served, get("localhost", "Origin: null\r\n"))));
            assertEquals(
                    200,
                    status(raw(served, get("localhost:7", "Origin: http://localhost:7\r\n"))),
                    "the server's own page");
            assertEquals(403, status(raw(served, get("localhost:7", "Origin: http://localhost:8\r\n"))));
            String named = raw(served, get("localhost", "Origin: https://app.example\r\n"));
            assertTrue(named.toLowerCase().contains("access-control-allow-origin: https://app.example"), named);
            String asks =
                    "OPTIONS /v1/session-ids HTTP/1.1\r\nHost: localhost\r\nAccess-Control-Request-Method: PUT\r\n"
                            + "Connection: close\r\nOrigin: ";
            assertEquals(204, status(raw(served, asks + "https://app.example\r\n\r\n")));
            assertEquals(403, status(raw(served, asks + "https://other.example\r\n\r\n")));
        }
        try (Served served = served(options -> options)) {
            String none = raw(served, get("localhost", "Origin: http://localhost\r\n"));
            assertFalse(none.toLowerCase().contains("access-control"), none);
        }
    }

    @Test
    @DisplayName("an origin that no browser would send is refused by the options")
    void malformedOrigins() {
        for (String origin : List.of(
                "https://app.example",
                "http://localhost:5173",
                "http://127.0.0.1:8080",
                "https://[::1]:8443",
                "https://xn--bcher-kva.example",
                "http://app.example:443",
                "capacitor://localhost")) {
            assertEquals(
                    Set.of(origin), ServerOptions.standard().withOrigins(origin).origins());
        }
        for (String origin : List.of(
                "",
                "*",
                "null",
                "app.example",
                "https://",
                "https://*",
                "https://*.example",
                "https://app.example/",
                "https://app.example/path",
                "https://app.example?x",
                "https://app.example#x",
                "https://user@app.example",
                "https://app.example:",
                "https://app.example:0",
                "https://app.example:65536",
                "https://app.example:443",
                "http://app.example:80",
                "https://App.example",
                "HTTPS://app.example",
                "https://bücher.example",
                " https://app.example",
                "https://app.example\n",
                "https://one.example,https://two.example")) {
            assertThrows(
                    InvalidInputException.class,
                    () -> ServerOptions.standard().withOrigins("https://first.example", origin),
                    origin);
        }
    }

    @Test
    @DisplayName("each answer tells browsers not to embed it in a foreign page, and not to guess its type")
    void embedding() {
        try (Served served = served(options -> options.withMaxStreams(1))) {
            try (Sse stream = Sse.open(served, "/v1/events")) {
                assertEquals("nosniff", stream.header("X-Content-Type-Options"));
                assertEquals("same-origin", stream.header("Cross-Origin-Resource-Policy"));
            }
            for (Served.Answer answer : List.of(
                    served.get("/v1/session-ids"),
                    served.get("/v1/sessions/a/events"),
                    served.get("/none"),
                    served.get("/health"),
                    served.get("/v1/session-ids", "Origin", "https://other.example"))) {
                assertEquals("nosniff", answer.header("X-Content-Type-Options"), answer.toString());
                assertEquals("same-origin", answer.header("Cross-Origin-Resource-Policy"), answer.toString());
            }
        }
    }

    @Test
    @DisplayName("a body that is not declared as JSON is refused, so an HTML form cannot write")
    void contentTypes() {
        try (Served served = served(options -> options)) {
            String events = "/v1/sessions/a/events";
            for (String type : List.of(
                    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx")) {
                Served.Answer answer = served.raw("POST", events, EVENT, "Content-Type", type);
                assertEquals(415, answer.status(), type);
            }
            assertEquals(415, served.raw("POST", events, EVENT).status(), "no content type");
            assertEquals(
                    415,
                    served.raw("POST", events, EVENT, "Content-Type", "application/json", "Content-Encoding", "gzip")
                            .status());
            assertEquals(
                    200,
                    served.raw("POST", events, EVENT, "Content-Type", "Application/JSON; charset=utf-8")
                            .status());
        }
    }

    @Test
    @DisplayName("with tokens: a missing or wrong one is 401, the read token can't write, health needs none")
    void tokens() {
        try (Served served = served(options -> options.withReadToken(READ).withWriteToken(WRITE))) {
            String events = "/v1/sessions/a/events";
            for (String wrong : List.of("", "Basic " + WRITE, "Bearer", "Bearer x", "Bearer " + WRITE + "x", WRITE)) {
                Served.Answer answer =
                        wrong.isEmpty() ? served.get(events) : served.get(events, "Authorization", wrong);
                assertEquals(401, answer.status(), wrong);
                assertEquals("Bearer", answer.header("www-authenticate"));
                assertFalse(answer.text().contains(WRITE));
            }
            assertEquals(
                    200, served.get(events, "Authorization", "Bearer " + READ).status());
            assertEquals(
                    200, served.get(events, "Authorization", "bearer " + WRITE).status());
            for (String method : List.of("POST", "PUT", "PATCH", "DELETE")) {
                String path = method.equals("POST") ? events : "/v1/sessions/a";
                Served.Answer answer = served.send(
                        method, path, method.equals("DELETE") ? null : "{}", "Authorization", "Bearer " + READ);
                assertEquals(403, answer.status(), method);
                assertEquals("read-only-token", answer.problem());
            }
            assertEquals(
                    200,
                    served.send("POST", events, EVENT, "Authorization", "Bearer " + WRITE)
                            .status());
            assertEquals(200, served.get("/health/live").status());
            assertEquals(200, served.get("/health/ready").status());
        }
    }

    @Test
    @DisplayName("with a token, any Host is accepted")
    void hostWithToken() throws IOException {
        try (Served served = served(options -> options.withWriteToken(WRITE))) {
            assertEquals(200, status(raw(served, get("reel.example", "Authorization: Bearer " + WRITE + "\r\n"))));
        }
    }

    @Test
    @DisplayName("an address that other machines can reach needs a token or withInsecure")
    void otherAddresses() {
        try (var store = MemorySessionStore.create()) {
            ServerOptions open = ServerOptions.standard().withHost("0.0.0.0").withPort(0);
            assertThrows(InvalidInputException.class, () -> SessionServer.start(store, open));
            SessionServer.start(store, open.withInsecure()).close();
            SessionServer.start(store, open.withReadToken(READ)).close();
        }
        assertThrows(InvalidInputException.class, () -> ServerOptions.standard().withReadToken("short"));
        assertFalse(ServerOptions.standard().withReadToken(READ).toString().contains(READ));
    }

    @Test
    @DisplayName("a request line, headers or a body beyond the bounds are refused; the body is not read to its end")
    void tooLong() throws IOException {
        try (Served served = served(options -> options.withMaxBodyBytes(2_000).withMaxHeaderBytes(2_000))) {
            String long3 = "x".repeat(3_000);
            assertEquals(414, status(raw(served, get("localhost", "").replace("session-ids", long3))));
            assertEquals(431, status(raw(served, get("localhost", "X-Long: " + long3 + "\r\n"))));
            Served.Answer body = served.send("POST", "/v1/sessions/a/events", "{\"event\":\"" + long3 + "\"}");
            assertEquals(413, body.status());
            assertEquals("body-too-large", body.problem());
            String chunked =
                    "POST /v1/sessions/a/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n" + "bb8\r\n" + long3 + "\r\n";
            assertEquals(413, status(raw(served, chunked)), "the connection ends before the body does");
            assertEquals("[]", served.get("/v1/session-ids").text());
        }
    }

    @Test
    @DisplayName(
            "a request that does not arrive in time, because of slow bytes or a body that stops, ends the connection")
    void slow() throws Exception {
        try (Served served = served(options ->
                options.withRequestTimeout(Duration.ofMillis(300)).withIdleTimeout(Duration.ofMillis(300)))) {
            assertTrue(isClosedWhileWriting(served, "", "GET /v1/session-ids HTTP/1.1\r\nX: "));
            String whole = "GET /v1/session-ids HTTP/1.1\r\nHost: localhost\r\n\r\n";
            assertTrue(isClosedWhileWriting(served, whole, "GET /v1/session-ids HTTP/1.1\r\nX: "), "the next request");
            String post = "POST /v1/sessions/a/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 1000\r\n\r\n{";
            assertTrue(isClosedWhileWriting(served, "", post), "a body that arrives byte by byte");
        }
    }

    /** Sends a byte every 20 ms, so the connection is never idle. */
    private static boolean isClosedWhileWriting(Served served, String whole, String begin) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", served.server.address().getPort())) {
            socket.setSoTimeout(20);
            socket.getOutputStream().write((whole + begin).getBytes(StandardCharsets.US_ASCII));
            byte[] answer = new byte[1_000];
            long end = System.nanoTime() + Served.PATIENCE.toNanos();
            while (System.nanoTime() < end) {
                try {
                    socket.getOutputStream().write(' ');
                    socket.getOutputStream().flush();
                    if (socket.getInputStream().read(answer) < 0) {
                        return true;
                    }
                } catch (SocketTimeoutException e) {
                    // Nothing to read yet.
                } catch (IOException e) {
                    return true;
                }
            }
            return false;
        }
    }

    @Test
    @DisplayName("an id with line breaks changes neither a header nor another request")
    void injection() throws IOException {
        try (Served served = served(options -> options)) {
            String id = "a%0d%0aSet-Cookie:%20x";
            String answer = raw(served, get("localhost", "").replace("session-ids", "sessions/" + id + "/events"));
            assertEquals(400, status(answer));
            assertFalse(answer.contains("\r\nSet-Cookie"), answer);
            String smuggled =
                    "POST /v1/sessions/a/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Content-Length: 16\r\nContent-Length: 40\r\n\r\n" + EVENT
                            + "GET /v1/session-ids HTTP/1.1\r\n\r\n";
            assertEquals(400, status(raw(served, smuggled)), "two lengths");
            assertEquals("[]", served.get("/v1/session-ids").text());
        }
    }

    private static final String POST =
            "POST /v1/sessions/a/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

    @Test
    @DisplayName("a request with two lengths is refused, and the bytes after it are not read as a request")
    void smuggling() throws IOException {
        String other = "DELETE /v1/sessions/b?purge=true HTTP/1.1\r\nHost: localhost\r\n\r\n";
        String chunks = "10\r\n" + EVENT + "\r\n0\r\n\r\n";
        try (Served served = served(options -> options)) {
            served.send("POST", "/v1/sessions/b/events", EVENT);
            for (String request : List.of(
                    "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + chunks,
                    "Content-Length: " + (chunks + other).length() + "\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
                    "Transfer-Encoding: xchunked\r\nContent-Length: 16\r\n\r\n" + EVENT,
                    "Transfer-Encoding: identity\r\nContent-Length: 16\r\n\r\n" + EVENT,
                    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + chunks,
                    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
                    "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunks,
                    "Transfer-Encoding : chunked\r\nContent-Length: 16\r\n\r\n" + EVENT,
                    "Transfer-Encoding: \u000bchunked\r\nContent-Length: 16\r\n\r\n" + EVENT,
                    "Transfer-Encoding: chunked\r\n\r\n0x10\r\n" + EVENT + "\r\n0\r\n\r\n",
                    "Transfer-Encoding: chunked\r\n\r\n10;x\n" + EVENT + "\r\n0\r\n\r\n",
                    "Content-Length: 16\r\nContent-Length: 40\r\n\r\n" + EVENT,
                    "Content-Length: 16, 16\r\n\r\n" + EVENT,
                    "Content-Length: +16\r\n\r\n" + EVENT,
                    "Content-Length: 0x10\r\n\r\n" + EVENT)) {
                String answer = raw(served, POST + request + other);
                assertEquals(400, status(answer), request);
                assertEquals(answer.indexOf("HTTP/1.1"), answer.lastIndexOf("HTTP/1.1"), "one answer: " + answer);
            }
            assertEquals(
                    400, status(raw(served, POST.replace("\r\n", "\n") + "Content-Length: 16\n\n" + EVENT + other)));
            // The body of a request that was refused early is read as a body, not as the next request.
            String refused = POST.replace("application/json", "text/plain") + "Content-Length: " + other.length()
                    + "\r\n\r\n" + other;
            try (Socket socket = new Socket("127.0.0.1", served.server.address().getPort())) {
                socket.setSoTimeout(20_000);
                socket.getOutputStream().write(refused.getBytes(StandardCharsets.ISO_8859_1));
                StringBuilder problem = new StringBuilder();
                for (int next = 0; next >= 0 && next != '}'; ) {
                    next = socket.getInputStream().read();
                    problem.append((char) next);
                }
                assertEquals(415, status(problem.toString()));
                socket.getOutputStream().write(get("localhost", "").getBytes(StandardCharsets.ISO_8859_1));
                assertEquals(200, status(answer(socket)));
            }
            assertEquals("[\"b\"]", served.get("/v1/session-ids").text(), "nothing was written or erased");
        }
    }

    @Test
    @DisplayName("a path with .. matches no route, and an id that contains .. is only compared, never opened as a file")
    void traversal() throws IOException {
        List<String> asked = new CopyOnWriteArrayList<>();
        SessionStore recording = new ForwardingSessionStore(MemorySessionStore.create()) {
            @Override
            public Flux<SessionEvent> replay(String sessionId, Range range) {
                asked.add(sessionId);
                return super.replay(sessionId, range);
            }
        };
        try (Served served = Served.of(recording, options -> options)) {
            for (String path : List.of(
                    "/v1/sessions/../../etc/passwd/events",
                    "/v1/../v1/session-ids",
                    "/../../../etc/passwd",
                    "//etc/passwd",
                    "/v1/sessions/a/..",
                    "/v1/sessions/a/events/../../../etc/passwd",
                    "/%2e%2e/%2e%2e/etc/passwd",
                    "/v1/openapi.json/../../module-info.class",
                    "/dev/reel/server/openapi.json",
                    "http://localhost/../etc/passwd",
                    "/v1/sessions/a\\..\\..\\etc/events/x")) {
                String answer = raw(served, get("localhost", "").replace("/v1/session-ids", path));
                assertEquals(404, status(answer), path);
                assertTrue(answer.contains("no-route"), answer);
            }
            for (String id : List.of("..%2f..%2fetc%2fpasswd", "%2e%2e", "..", "%2Fetc%2Fpasswd", "..%5c..%5cx")) {
                String answer = raw(served, get("localhost", "").replace("session-ids", "sessions/" + id + "/events"));
                assertEquals(200, status(answer), id);
                assertTrue(answer.contains("[]"), answer);
            }
            assertEquals(
                    List.of("../../etc/passwd", "..", "/etc/passwd", "..\\..\\x"),
                    asked.stream().distinct().toList());
        }
    }

    @Test
    @DisplayName("a failed request is logged in one line of bounded length, whatever its path is")
    void logLines() throws IOException {
        String line = Exchange.described(
                "GET", "/v1/sessions/a%0d%0aERROR%20x/events?types=\r\nFATAL y\u2028\u0085\u001b[2J");
        assertEquals("GET /v1/sessions/a%0d%0aERROR%20x/events?types=??FATAL y???[2J failed", line);
        assertTrue(Exchange.described("GET", "/" + "x".repeat(100_000)).length() < 600);
        try (Served served = served(options -> options)) {
            for (String raw : List.of("a\rb", "a\nb", "a\u0000b", "a\u000bb", "a\u0085b", "a\u001b[2Jb")) {
                String answer = raw(served, get("localhost", "").replace("session-ids", "sessions/" + raw + "/events"));
                assertEquals(400, status(answer), Percent.encode(raw));
            }
        }
    }

    @Test
    @DisplayName("a body that is deeply nested or not UTF-8 is malformed")
    void hostileBodies() throws IOException {
        try (Served served = served(options -> options)) {
            String deep = "[".repeat(100_000);
            Served.Answer answer = served.send("POST", "/v1/sessions/a/events", deep);
            assertEquals(400, answer.status());
            assertEquals("invalid-input", answer.problem());
            String wrong = POST + "Connection: close\r\nContent-Length: 18\r\n\r\n{\"event\":\"no\u00ff\u00fete\"}";
            assertEquals(400, status(raw(served, wrong)));
            assertEquals("[]", served.get("/v1/session-ids").text());
        }
    }

    @Test
    @DisplayName("the health of a store has its state, and no reason that names files")
    void healthNamesNoFiles() {
        SessionStore full = new ForwardingSessionStore(MemorySessionStore.create()) {
            @Override
            public Mono<StoreStatus> status() {
                return super.status()
                        .map(now -> StoreStatus.fromJson(now.toJson()
                                .with("state", "full")
                                .with("reason", "/srv/secret/root can't be opened for writing")));
            }
        };
        try (Served served = Served.of(full, options -> options.withWriteToken(WRITE))) {
            Served.Answer health = served.get("/health");
            assertEquals(503, health.status());
            assertFalse(health.text().contains("/srv"), health.text());
            StoreStatus status = StoreStatus.fromJson(health.json());
            assertEquals(StoreStatus.State.FULL, status.state());
            assertEquals("the store is full; the server's log has the details", status.reason());
        }
    }

    @Test
    @DisplayName("the health of a closed store, and of a closing server")
    void health() {
        try (Served served = served(options -> options)) {
            Served.Answer health = served.get("/health");
            assertEquals(200, health.status());
            assertEquals("accepting", health.json().textOf("state"));
            served.store.close();
            assertEquals(503, served.get("/health/ready").status());
            assertEquals(200, served.get("/health/live").status());
            assertEquals("store-closed", served.get("/v1/session-ids").problem());
            assertNull(served.get("/health").problem());
        }
    }
}
