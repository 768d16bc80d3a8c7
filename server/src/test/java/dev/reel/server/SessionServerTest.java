package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.ForwardingSessionStore;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.memory.MemorySessionStore;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

@Timeout(60)
class SessionServerTest {

    private static final char[] PASSWORD = "password".toCharArray();

    @TempDir
    Path files;

    /** Creates a key and its certificate with the JDK's keytool. */
    private KeyStore keys() throws Exception {
        Path store = files.resolve("keys.p12");
        Process made = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "reel",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost,ip:127.0.0.1",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "password",
                        "-storetype",
                        "PKCS12")
                .redirectErrorStream(true)
                .start();
        assertTrue(made.waitFor(30, TimeUnit.SECONDS));
        assertEquals(0, made.exitValue());
        return KeyStore.getInstance(store.toFile(), PASSWORD);
    }

    private Path pem(String name, byte[] der) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return Files.writeString(
                files.resolve(name.replace(' ', '-')),
                "-----BEGIN " + name + "-----\n" + text + "\n-----END " + name + "-----\n");
    }

    @Test
    @DisplayName("with a certificate and a key in PEM files it serves HTTPS")
    void tls() throws Exception {
        KeyStore keys = keys();
        Path key = pem("PRIVATE KEY", keys.getKey("reel", PASSWORD).getEncoded());
        Path certificate = pem("CERTIFICATE", keys.getCertificate("reel").getEncoded());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("reel", keys.getCertificate("reel"));
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        HttpClient client = HttpClient.newBuilder().sslContext(context).build();
        try (Served served = Served.of(MemorySessionStore.create(), options -> options.withTls(certificate, key))) {
            assertEquals("https", served.server.uri().getScheme());
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(served.uri("/v1/session-ids")).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertEquals("[]", answer.body());
            assertThrows(
                    IOException.class,
                    () -> client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                            + served.server.address().getPort() + "/v1/session-ids"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString()));
        }
    }

    @Test
    @DisplayName("closing accepts no new connection, and finishes the answers that are under way")
    void gracefulClosing() throws Exception {
        Sinks.One<String> answer = Sinks.one();
        CountDownLatch asked = new CountDownLatch(1);
        SessionStore slow = new ForwardingSessionStore(MemorySessionStore.create()) {
            @Override
            public Flux<String> sessionIds() {
                return answer.asMono().flux().doOnSubscribe(it -> asked.countDown());
            }
        };
        try (slow) {
            SessionServer server =
                    SessionServer.start(slow, ServerOptions.standard().withPort(0));
            HttpClient client = HttpClient.newHttpClient();
            URI ids = URI.create(server.uri() + "/v1/session-ids");
            CompletableFuture<HttpResponse<String>> underWay =
                    client.sendAsync(HttpRequest.newBuilder(ids).build(), HttpResponse.BodyHandlers.ofString());
            assertTrue(asked.await(20, TimeUnit.SECONDS));
            CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
            refusesNewConnections(ids);
            answer.tryEmitValue("late").orThrow();
            assertEquals("[\"late\"]", underWay.get(20, TimeUnit.SECONDS).body());
            closed.get(20, TimeUnit.SECONDS);
            server.onClosed().block(Duration.ofSeconds(20));
        }
    }

    @Test
    @DisplayName("closing ends a stream with the reason, so its client reconnects; tails of the store itself continue")
    void endsStreams() throws Exception {
        try (SessionStore store = MemorySessionStore.create()) {
            store.append("a", EventDraft.of("note", Json.EMPTY_OBJECT)).block(Served.PATIENCE);
            CompletableFuture<Void> own = new CompletableFuture<>();
            store.tail("a", From.start()).subscribe(event -> {}, own::completeExceptionally, () -> own.complete(null));
            SessionServer server =
                    SessionServer.start(store, ServerOptions.standard().withPort(0));
            HttpResponse<Stream<String>> stream = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(server.uri() + "/v1/sessions/a/events"))
                                    .header("Accept", "text/event-stream")
                                    .build(),
                            HttpResponse.BodyHandlers.ofLines());
            CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
            List<String> lines = stream.body().toList();
            assertEquals("data: {\"reason\":\"shutdown\"}", lines.get(lines.size() - 2), lines.toString());
            closed.get(20, TimeUnit.SECONDS);
            assertFalse(own.isDone());
        }
    }

    private static void refusesNewConnections(URI uri) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() < end) {
            try {
                HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(uri)
                                        .timeout(Duration.ofMillis(200))
                                        .build(),
                                HttpResponse.BodyHandlers.discarding());
            } catch (ConnectException e) {
                return;
            } catch (IOException e) {
                Thread.sleep(5); // the connection was accepted before the server closed, and is not answered
            }
        }
        throw new AssertionError("the server still accepts connections");
    }

    @Test
    @DisplayName("an answer that never ends delays closing only up to the bound")
    void boundedClosing() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        SessionStore never = new ForwardingSessionStore(MemorySessionStore.create()) {
            @Override
            public Flux<String> sessionIds() {
                return Flux.<String>never().doOnSubscribe(it -> asked.countDown());
            }
        };
        try (never) {
            Served served = Served.of(never, options -> options.withShutdownTimeout(Duration.ofMillis(200)));
            CompletableFuture<HttpResponse<String>> underWay = served.client()
                    .sendAsync(
                            HttpRequest.newBuilder(served.uri("/v1/session-ids"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertTrue(asked.await(20, TimeUnit.SECONDS));
            served.server.close();
            assertThrows(Exception.class, () -> underWay.get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    @DisplayName("the routes work in a server that the application already has")
    void mounted() throws Exception {
        try (SessionStore store = MemorySessionStore.create()) {
            SessionRoutes sessions = SessionRoutes.of(store, ServerOptions.standard());
            DisposableServer server = HttpServer.create()
                    .port(0)
                    .host("127.0.0.1")
                    .route(routes -> routes.get(
                                    "/hello", (request, response) -> response.sendString(Mono.just("hello")))
                            .route(request -> request.uri().startsWith("/v1/"), sessions))
                    .bindNow();
            try {
                String base = "http://127.0.0.1:" + server.port();
                HttpClient client = HttpClient.newHttpClient();
                assertEquals(
                        "hello",
                        client.send(
                                        HttpRequest.newBuilder(URI.create(base + "/hello"))
                                                .build(),
                                        HttpResponse.BodyHandlers.ofString())
                                .body());
                client.send(
                        HttpRequest.newBuilder(URI.create(base + "/v1/sessions/a/events"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(
                                        Json.object("event", "note").toString(), StandardCharsets.UTF_8))
                                .build(),
                        HttpResponse.BodyHandlers.discarding());
                SessionEvent event = store.replay("a", Range.all()).blockFirst(Duration.ofSeconds(20));
                assertEquals(EventDraft.of("note", Json.EMPTY_OBJECT).type(), event.type());
            } finally {
                server.disposeNow();
            }
        }
    }

    @Test
    @DisplayName(
            "a server has a thread that only accepts connections; closing it ends its threads, also if it can't start")
    void threads() throws InterruptedException {
        Set<Thread> before = threadsOfServers();
        SessionStore store = MemorySessionStore.create();
        try (SessionServer server =
                SessionServer.start(store, ServerOptions.standard().withPort(0))) {
            assertEquals(200, status(server));
            List<String> names = threadsOfServers().stream()
                    .filter(thread -> !before.contains(thread))
                    .map(Thread::getName)
                    .toList();
            assertEquals(
                    1, names.stream().filter(name -> name.contains("select")).count(), names.toString());
            ServerOptions taken =
                    ServerOptions.standard().withPort(server.address().getPort());
            assertThrows(RuntimeException.class, () -> SessionServer.start(store, taken));
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!before.containsAll(threadsOfServers()) && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        Set<Thread> left = threadsOfServers();
        left.removeAll(before);
        assertEquals(Set.of(), left);
    }

    @Test
    @DisplayName(
            "a second close, also one as soon as the server has stopped listening, leaves the answers under way alone")
    void closeTwice() throws Exception {
        Sinks.One<String> answer = Sinks.one();
        CountDownLatch asked = new CountDownLatch(1);
        SessionStore slow = new ForwardingSessionStore(MemorySessionStore.create()) {
            @Override
            public Flux<String> sessionIds() {
                return answer.asMono().flux().doOnSubscribe(subscribed -> asked.countDown());
            }
        };
        SessionServer server =
                SessionServer.start(slow, ServerOptions.standard().withPort(0));
        CompletableFuture<HttpResponse<String>> response = HttpClient.newHttpClient()
                .sendAsync(
                        HttpRequest.newBuilder(server.uri().resolve("/v1/session-ids"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertTrue(asked.await(20, TimeUnit.SECONDS));
        CompletableFuture<Void> stopped =
                server.onClosed().doFinally(end -> server.close()).toFuture();
        CompletableFuture<Void> first = CompletableFuture.runAsync(server::close);
        stopped.get(20, TimeUnit.SECONDS);
        server.close();
        answer.tryEmitValue("s").orThrow();
        assertEquals(200, response.get(20, TimeUnit.SECONDS).statusCode());
        first.get(20, TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("a server can be closed on a thread that may not block, and on an interrupted one")
    void closeAnywhere() throws Exception {
        SessionStore store = MemorySessionStore.create();
        SessionServer one = SessionServer.start(store, ServerOptions.standard().withPort(0));
        Mono.fromRunnable(one::close)
                .subscribeOn(Schedulers.parallel())
                .toFuture()
                .get(20, TimeUnit.SECONDS);
        SessionServer two = SessionServer.start(store, ServerOptions.standard().withPort(0));
        CompletableFuture.runAsync(() -> {
                    Thread.currentThread().interrupt();
                    two.close();
                    assertTrue(Thread.interrupted());
                })
                .get(20, TimeUnit.SECONDS);
    }

    private static int status(SessionServer server) {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(server.uri().resolve("/health/live"))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Set<Thread> threadsOfServers() {
        Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
        threads.removeIf(thread -> !thread.getName().startsWith("reel-http"));
        return threads;
    }
}
