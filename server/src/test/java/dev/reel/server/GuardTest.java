package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.InvalidInputException;
import dev.reel.memory.MemorySessionStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may call, and what a request may cost; in requests as they come from a socket, since clients refuse to send most. */
@Timeout(60)
class GuardTest {

    private static final String READ = "read-token-0123456789";
    private static final String WRITE = "write-token-0123456789";
    private static final String EVENT = "{\"event\":\"note\"}";

    private static Served served(UnaryOperator<ServerOptions> change) {
        return Served.of(MemorySessionStore.create(), change);
    }

    /** What the server answers to these bytes, to the end of the connection. */
    private static String raw(Served served, String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", served.server.address().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            try (InputStream in = socket.getInputStream()) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    private static String get(String host, String more) {
        return "GET /v1/session-ids HTTP/1.1\r\nHost: " + host + "\r\n" + more + "Connection: close\r\n\r\n";
    }

    private static int status(String answer) {
        return answer.isEmpty() ? 0 : Integer.parseInt(answer.substring(9, 12));
    }

    @Test
    @DisplayName("without a token, only the machine's own names for itself are taken as Host")
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
    @DisplayName(
            "a web page of another origin is refused, also with the right Host; one that is named may ask and read")
    void origins() throws IOException {
        try (Served served = served(options -> options.withOrigins("https://app.example"))) {
            assertEquals(403, status(raw(served, get("localhost", "Origin: https://other.example\r\n"))));
            assertEquals(403, status(raw(served, get("localhost", "Origin: null\r\n"))));
            assertEquals(
                    200, status(raw(served, get("localhost:7", "Origin: http://localhost:7\r\n"))), "its own page");
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
    @DisplayName("a body that is not declared as JSON is refused: no form of a web page can write")
    void contentTypes() {
        try (Served served = served(options -> options)) {
            String events = "/v1/sessions/a/events";
            for (String type : List.of(
                    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx")) {
                Served.Answer answer = served.raw("POST", events, EVENT, "Content-Type", type);
                assertEquals(415, answer.status(), type);
            }
            assertEquals(415, served.raw("POST", events, EVENT).status(), "no type");
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
    @DisplayName("with tokens: none or another 401, the one for reading writes nothing, health needs none")
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
    @DisplayName("with a token any Host is taken")
    void hostWithToken() throws IOException {
        try (Served served = served(options -> options.withWriteToken(WRITE))) {
            assertEquals(200, status(raw(served, get("reel.example", "Authorization: Bearer " + WRITE + "\r\n"))));
        }
    }

    @Test
    @DisplayName("an address that others can reach needs a token, or the word that it may be insecure")
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
            assertEquals(413, status(raw(served, chunked)), "it ends before the body does");
            assertEquals("[]", served.get("/v1/session-ids").text());
        }
    }

    @Test
    @DisplayName("a request that does not arrive in time, byte by byte or with a body that stops, ends the connection")
    void slow() throws Exception {
        try (Served served = served(options ->
                options.withRequestTimeout(Duration.ofMillis(300)).withIdleTimeout(Duration.ofMillis(300)))) {
            assertTrue(isClosedWhileWriting(served, "", "GET /v1/session-ids HTTP/1.1\r\nX: "));
            String whole = "GET /v1/session-ids HTTP/1.1\r\nHost: localhost\r\n\r\n";
            assertTrue(isClosedWhileWriting(served, whole, "GET /v1/session-ids HTTP/1.1\r\nX: "), "the next one");
            String post = "POST /v1/sessions/a/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 1000\r\n\r\n{";
            assertTrue(isClosedWhileWriting(served, "", post), "a body that trickles");
        }
    }

    /** Sends a byte each 20 ms, which is never silence. */
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
                } catch (java.net.SocketTimeoutException e) {
                    // Nothing to read yet.
                } catch (IOException e) {
                    return true;
                }
            }
            return false;
        }
    }

    @Test
    @DisplayName("names with line breaks reach no header and no other request")
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

    @Test
    @DisplayName("the health of a store that is closed, and of a server that closes")
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
