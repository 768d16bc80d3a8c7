package dev.reel.server;

import dev.reel.InvalidInputException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a server listens, who may call it, and its bounds. Immutable.
 *
 * <pre>{@code
 * ServerOptions options = ServerOptions.standard()
 *         .withHost("0.0.0.0")
 *         .withWriteToken(System.getenv("REEL_TOKEN"))
 *         .withTls(Path.of("cert.pem"), Path.of("key.pem"));
 * }</pre>
 *
 * <p>The defaults are safe: without a token, the server serves only its own machine; see {@link #withHost}.
 */
public final class ServerOptions {

    private static final int MIN_TOKEN = 16;
    private static final Pattern ORIGIN = Pattern.compile(
            "(?<scheme>[a-z][a-z0-9+.-]*)://(?:[a-z0-9._-]+|\\[[0-9a-f:.]+])(?::(?<port>[1-9][0-9]{0,4}))?");
    private static final ServerOptions STANDARD = new ServerOptions(new Values());

    /** The current settings. Each {@code with} method copies them before it changes one, so the others are kept. */
    private static final class Values implements Cloneable {

        private String host = "127.0.0.1";
        private int port = 7070;
        private @Nullable String readToken;
        private @Nullable String writeToken;
        private boolean insecure;
        private Set<String> origins = Set.of();
        private @Nullable Tls tls;
        private long maxBodyBytes = 8 << 20;
        private int maxHeaderBytes = 16 << 10;
        private int maxStreams = 10_000;
        private int maxConnections = 12_000;
        private Duration requestTimeout = Duration.ofSeconds(30);
        private Duration idleTimeout = Duration.ofMinutes(2);
        private Duration heartbeat = Duration.ofSeconds(15);
        private Duration longPoll = Duration.ofSeconds(20);
        private Duration shutdownTimeout = Duration.ofSeconds(20);
        private HttpRecorder recorder = HttpRecorder.none();
        private @Nullable Supplier<String> metrics;
        private boolean console;

        @Override
        protected Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /**
     * The files for TLS, in PEM.
     *
     * @param certificates the server's certificate, then those that signed it
     * @param key its private key, in PKCS#8
     */
    record Tls(Path certificates, Path key) {}

    private final Values values;

    private ServerOptions(Values values) {
        this.values = values;
    }

    /**
     * Returns the default options: host 127.0.0.1 and port 7070, no token, no TLS; bodies of up to 8 MiB, headers of up
     * to 16 KiB; 10,000 open streams on 12,000 connections; 30 seconds for a request to arrive, 2 minutes for a
     * connection without a request; a heartbeat every 15 seconds; long polls of up to 20 seconds; 20 seconds for a
     * shutdown.
     *
     * @return these options
     */
    public static ServerOptions standard() {
        return STANDARD;
    }

    private interface Change {
        void of(Values values);
    }

    private ServerOptions with(Change change) {
        Values copy = values.clone();
        change.of(copy);
        return new ServerOptions(copy);
    }

    private static Duration within(String what, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new InvalidInputException(what + " must be " + least + " to " + most + ": " + value);
        }
        return value;
    }

    private static long within(String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw new InvalidInputException(what + " must be " + least + " to " + most + ": " + value);
        }
        return value;
    }

    /**
     * Sets the address to listen at. The default is 127.0.0.1. An address that is not a loopback address needs a token,
     * or {@link #withInsecure}; otherwise the server does not start.
     *
     * @param host a name or an address of this machine
     * @return a copy
     */
    public ServerOptions withHost(String host) {
        Objects.requireNonNull(host, "host");
        return with(copy -> copy.host = host);
    }

    /**
     * Sets the port to listen at. The default is 7070.
     *
     * @param port 0 to 65,535; 0 chooses a free port
     * @return a copy
     * @throws InvalidInputException if it is out of range
     */
    public ServerOptions withPort(int port) {
        within("a port", port, 0, 65_535);
        return with(copy -> copy.port = port);
    }

    /**
     * Sets the token for callers that may only read. After that, each request needs a token.
     *
     * @param token 16 characters or more, hard to guess
     * @return a copy
     * @throws InvalidInputException if it is shorter, or has a blank or a character that is not visible ASCII
     */
    public ServerOptions withReadToken(String token) {
        checkToken(token);
        return with(copy -> copy.readToken = token);
    }

    /**
     * Sets the token for callers that may read and write. After that, each request needs a token.
     *
     * @param token 16 characters or more, hard to guess
     * @return a copy
     * @throws InvalidInputException if it is shorter, or has a blank or a character that is not visible ASCII
     */
    public ServerOptions withWriteToken(String token) {
        checkToken(token);
        return with(copy -> copy.writeToken = token);
    }

    /** The message does not contain the token. */
    private static void checkToken(String token) {
        if (token.length() < MIN_TOKEN || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new InvalidInputException(
                    "a token must be " + MIN_TOKEN + " or more visible ASCII characters without blanks");
        }
    }

    /**
     * Accepts requests without a token from any machine. For a server that is protected in another way.
     *
     * @return a copy
     */
    public ServerOptions withInsecure() {
        return with(copy -> copy.insecure = true);
    }

    /**
     * Sets the origins of other web pages that may use the server (CORS). The default is none.
     *
     * @param origins origins such as {@code https://example.org} or {@code http://localhost:5173}, as browsers send
     *     them: a scheme, a host in lower case, and a port unless it is the scheme's default; no path and no {@code *}
     * @return a copy
     * @throws InvalidInputException if one does not have this form, so that no browser would send it
     */
    public ServerOptions withOrigins(String... origins) {
        Set<String> named = Set.copyOf(Arrays.asList(origins));
        named.forEach(ServerOptions::checkOrigin);
        return with(copy -> copy.origins = named);
    }

    private static void checkOrigin(String origin) {
        Matcher parts = ORIGIN.matcher(origin);
        boolean isOrigin = parts.matches();
        if (isOrigin && parts.group("port") != null) {
            int port = Integer.parseInt(parts.group("port"));
            boolean isOwn = "http".equals(parts.group("scheme")) && port == 80
                    || "https".equals(parts.group("scheme")) && port == 443;
            isOrigin = port <= 65_535 && !isOwn;
        }
        if (!isOrigin) {
            throw new InvalidInputException(
                    "'" + origin + "' is not an origin as browsers send it; expected one such as https://example.org");
        }
    }

    /**
     * Serves HTTPS.
     *
     * @param certificates a PEM file: the server's certificate, then those that signed it
     * @param key a PEM file: its private key in PKCS#8, without a password
     * @return a copy
     */
    public ServerOptions withTls(Path certificates, Path key) {
        Tls files = new Tls(Objects.requireNonNull(certificates, "certificates"), Objects.requireNonNull(key, "key"));
        return with(copy -> copy.tls = files);
    }

    /**
     * Sets the largest size of a request's body; a longer one is answered with 413. The default is 8 MiB.
     *
     * @param bytes 1 KiB to 1 GiB
     * @return a copy
     * @throws InvalidInputException if it is out of range
     */
    public ServerOptions withMaxBodyBytes(long bytes) {
        within("the bound of a body", bytes, 1 << 10, 1 << 30);
        return with(copy -> copy.maxBodyBytes = bytes);
    }

    /**
     * Sets the largest size of a request's line, and of its headers; a longer one is answered with 414 or 431. The
     * default is 16 KiB.
     *
     * @param bytes 1 KiB to 1 MiB
     * @return a copy
     * @throws InvalidInputException if it is out of range
     */
    public ServerOptions withMaxHeaderBytes(int bytes) {
        within("the bound of headers", bytes, 1 << 10, 1 << 20);
        return with(copy -> copy.maxHeaderBytes = bytes);
    }

    /**
     * Sets how many streams can be open at the same time: server-sent events, and requests that wait for an event. A
     * further one is answered with 503. The default is 10,000.
     *
     * @param streams 1 or more
     * @return a copy
     * @throws InvalidInputException if it is less than 1
     */
    public ServerOptions withMaxStreams(int streams) {
        within("the bound of streams", streams, 1, Integer.MAX_VALUE);
        return with(copy -> copy.maxStreams = streams);
    }

    /**
     * Sets how many connections can be open at the same time. A further one is closed as soon as it is accepted,
     * without an answer. Each open stream has a connection, so choose more than {@link #withMaxStreams}: other requests
     * need connections too. The system's limit of open files must be higher. The default is 12,000.
     *
     * @param connections 1 or more
     * @return a copy
     * @throws InvalidInputException if it is less than 1
     */
    public ServerOptions withMaxConnections(int connections) {
        within("the bound of connections", connections, 1, Integer.MAX_VALUE);
        return with(copy -> copy.maxConnections = connections);
    }

    /**
     * Sets how long a request's headers and body may take to arrive; after that, the connection is closed. The default
     * is 30 seconds.
     *
     * @param timeout 10 milliseconds to 1 hour
     * @return a copy
     * @throws InvalidInputException if it is out of range
     */
    public ServerOptions withRequestTimeout(Duration timeout) {
        within("the time for a request", timeout, Duration.ofMillis(10), Duration.ofHours(1));
        return with(copy -> copy.requestTimeout = timeout);
    }

    /**
     * Sets how long a connection may stay open without a request. The default is 2 minutes.
     *
     * @param timeout 10 milliseconds to 1 hour
     * @return a copy
     * @throws InvalidInputException if it is out of range
     */
    public ServerOptions withIdleTimeout(Duration timeout) {
        within("the time without a request", timeout, Duration.ofMillis(10), Duration.ofHours(1));
        return with(copy -> copy.idleTimeout = timeout);
    }

    /**
     * Sets how long a stream sends nothing before it sends a comment, so that each side notices when the other has
     * disconnected. The comment is sent after one to one and a half intervals. The default is 15 seconds.
     *
     * @param interval 10 milliseconds to 1 hour
     * @return a copy
     * @throws InvalidInputException if it is out of range
     */
    public ServerOptions withHeartbeat(Duration interval) {
        within("a heartbeat", interval, Duration.ofMillis(10), Duration.ofHours(1));
        return with(copy -> copy.heartbeat = interval);
    }

    /**
     * Sets how long a request with {@code live=long-poll} waits for an event. The default is 20 seconds.
     *
     * @param bound 10 milliseconds to 10 minutes
     * @return a copy
     * @throws InvalidInputException if it is out of range
     */
    public ServerOptions withLongPoll(Duration bound) {
        within("the bound of a long poll", bound, Duration.ofMillis(10), Duration.ofMinutes(10));
        return with(copy -> copy.longPoll = bound);
    }

    /**
     * Sets how long closing waits for the answers that are under way before it closes their connections. The default is
     * 20 seconds.
     *
     * @param timeout 10 milliseconds to 1 hour
     * @return a copy
     * @throws InvalidInputException if it is out of range
     */
    public ServerOptions withShutdownTimeout(Duration timeout) {
        within("the time for a shutdown", timeout, Duration.ofMillis(10), Duration.ofHours(1));
        return with(copy -> copy.shutdownTimeout = timeout);
    }

    /**
     * Sets the recorder that counts and times what the server does. The default is {@link HttpRecorder#none()}.
     *
     * @param recorder the recorder; one recorder may serve several servers
     * @return a copy
     */
    public ServerOptions withRecorder(HttpRecorder recorder) {
        Objects.requireNonNull(recorder, "recorder");
        return with(copy -> copy.recorder = recorder);
    }

    /**
     * Serves meters at {@code GET /metrics}, for Prometheus. Without a source that route is answered with 404. If
     * tokens are set, it needs one, like every route except health.
     *
     * <pre>{@code
     * PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
     * ServerOptions options = ServerOptions.standard()
     *         .withRecorder(MicrometerHttpRecorder.of(registry))
     *         .withMetrics(registry::scrape);
     * }</pre>
     *
     * @param source returns the meters, in the text format 0.0.4 of Prometheus. It is called once per request, possibly
     *     by several threads at the same time, and may block. If it throws, the request is answered with 500
     * @return a copy
     */
    public ServerOptions withMetrics(Supplier<String> source) {
        Objects.requireNonNull(source, "source");
        return with(copy -> copy.metrics = source);
    }

    /**
     * Serves the console at {@code /}: a page that shows the sessions in a browser. The page and its files need no
     * token, since they hold no data. The page asks for a token if the server requires one.
     *
     * <pre>{@code
     * SessionServer server = SessionServer.start(store, ServerOptions.standard().withConsole());
     * System.out.println("open " + server.uri());
     * }</pre>
     *
     * @return a copy
     */
    public ServerOptions withConsole() {
        return with(copy -> copy.console = true);
    }

    /**
     * Returns the host to listen at.
     *
     * @return the host
     */
    public String host() {
        return values.host;
    }

    /**
     * Returns the port to listen at.
     *
     * @return the port; 0 for any free port
     */
    public int port() {
        return values.port;
    }

    /**
     * Returns whether requests without a token are accepted from any machine.
     *
     * @return true if {@link #withInsecure} was called
     */
    public boolean isInsecure() {
        return values.insecure;
    }

    /**
     * Returns the origins of other web pages that may use the server.
     *
     * @return the origins
     */
    public Set<String> origins() {
        return values.origins;
    }

    /**
     * Returns the largest size of a request's body.
     *
     * @return the size in bytes
     */
    public long maxBodyBytes() {
        return values.maxBodyBytes;
    }

    /**
     * Returns the largest size of a request's line, and of its headers.
     *
     * @return the size in bytes
     */
    public int maxHeaderBytes() {
        return values.maxHeaderBytes;
    }

    /**
     * Returns how many streams can be open at the same time.
     *
     * @return the number of streams
     */
    public int maxStreams() {
        return values.maxStreams;
    }

    /**
     * Returns how many connections can be open at the same time.
     *
     * @return the number of connections
     */
    public int maxConnections() {
        return values.maxConnections;
    }

    /**
     * Returns how long a request may take to arrive.
     *
     * @return the time
     */
    public Duration requestTimeout() {
        return values.requestTimeout;
    }

    /**
     * Returns how long a connection may stay open without a request.
     *
     * @return the time
     */
    public Duration idleTimeout() {
        return values.idleTimeout;
    }

    /**
     * Returns how long a stream sends nothing before it sends a comment.
     *
     * @return the interval
     */
    public Duration heartbeat() {
        return values.heartbeat;
    }

    /**
     * Returns how long a long poll waits for an event.
     *
     * @return the bound
     */
    public Duration longPoll() {
        return values.longPoll;
    }

    /**
     * Returns how long closing waits for the answers that are under way.
     *
     * @return the time
     */
    public Duration shutdownTimeout() {
        return values.shutdownTimeout;
    }

    /**
     * Returns the recorder that counts and times what the server does.
     *
     * @return the recorder
     */
    public HttpRecorder recorder() {
        return values.recorder;
    }

    /**
     * Returns whether the server serves the console.
     *
     * @return true if {@link #withConsole} was called
     */
    public boolean hasConsole() {
        return values.console;
    }

    @Nullable
    Supplier<String> metrics() {
        return values.metrics;
    }

    @Nullable
    String readToken() {
        return values.readToken;
    }

    @Nullable
    String writeToken() {
        return values.writeToken;
    }

    @Nullable
    Tls tls() {
        return values.tls;
    }

    /**
     * Returns whether requests need a token.
     *
     * @return whether a token is set
     */
    public boolean hasToken() {
        return values.readToken != null || values.writeToken != null;
    }

    private Object[] members() {
        return new Object[] {
            values.host,
            values.port,
            String.valueOf(values.readToken),
            String.valueOf(values.writeToken),
            values.insecure,
            values.origins,
            String.valueOf(values.tls),
            values.maxBodyBytes,
            values.maxHeaderBytes,
            values.maxStreams,
            values.maxConnections,
            values.requestTimeout,
            values.idleTimeout,
            values.heartbeat,
            values.longPoll,
            values.shutdownTimeout,
            values.recorder,
            Optional.ofNullable(values.metrics),
            values.console
        };
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ServerOptions that && Arrays.equals(members(), that.members());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(members());
    }

    /** Does not print the tokens. */
    @Override
    public String toString() {
        return "ServerOptions[host=" + values.host + ", port=" + values.port + ", readToken="
                + (values.readToken != null) + ", writeToken=" + (values.writeToken != null) + ", insecure="
                + values.insecure + ", origins=" + new TreeSet<>(values.origins) + ", tls=" + (values.tls != null)
                + ", maxBodyBytes=" + values.maxBodyBytes + ", maxHeaderBytes=" + values.maxHeaderBytes
                + ", maxStreams=" + values.maxStreams + ", maxConnections=" + values.maxConnections
                + ", requestTimeout=" + values.requestTimeout
                + ", idleTimeout=" + values.idleTimeout + ", heartbeat=" + values.heartbeat + ", longPoll="
                + values.longPoll + ", shutdownTimeout="
                + values.shutdownTimeout + ", recorder=" + (values.recorder != HttpRecorder.none())
                + ", metrics=" + (values.metrics != null) + ", console=" + values.console + "]";
    }
}
