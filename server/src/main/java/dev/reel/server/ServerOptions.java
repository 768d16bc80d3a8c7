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
 * Where a server listens, who may call, and its bounds. An immutable value.
 *
 * <pre>{@code
 * ServerOptions options = ServerOptions.standard()
 *         .withHost("0.0.0.0")
 *         .withWriteToken(System.getenv("REEL_TOKEN"))
 *         .withTls(Path.of("cert.pem"), Path.of("key.pem"));
 * }</pre>
 *
 * <p>It is safe as it stands: without a token it serves its own machine only, see {@link #withHost}.
 */
public final class ServerOptions {

    private static final int MIN_TOKEN = 16;
    private static final Pattern ORIGIN = Pattern.compile(
            "(?<scheme>[a-z][a-z0-9+.-]*)://(?:[a-z0-9._-]+|\\[[0-9a-f:.]+])(?::(?<port>[1-9][0-9]{0,4}))?");
    private static final ServerOptions STANDARD = new ServerOptions(new Values());

    /** What is set; copied before it is changed, so that no setting drops another. */
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
     * @param certificates the server's certificate, then those that it was signed with
     * @param key its private key, PKCS#8
     */
    record Tls(Path certificates, Path key) {}

    private final Values values;

    private ServerOptions(Values values) {
        this.values = values;
    }

    /**
     * The host 127.0.0.1 and the port 7070, no token, no TLS; bodies of up to 8 MiB, headers of up to 16 KiB, 10,000 open
     * streams on 12,000 connections; 30 seconds for a request to arrive, 2 minutes for a connection without one; a heartbeat each 15 seconds; long
     * polls of up to 20 seconds; 20 seconds for a shutdown.
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
     * Another address to listen at. One that is not a loopback address needs a token, or {@link #withInsecure}: the server does
     * not start otherwise.
     *
     * @param host a name or an address of this machine
     * @return a copy
     */
    public ServerOptions withHost(String host) {
        Objects.requireNonNull(host, "host");
        return with(copy -> copy.host = host);
    }

    /**
     * Another port.
     *
     * @param port 0 to 65,535; 0 takes one that is free
     * @return a copy
     * @throws InvalidInputException when it is out of range
     */
    public ServerOptions withPort(int port) {
        within("a port", port, 0, 65_535);
        return with(copy -> copy.port = port);
    }

    /**
     * The token for callers that may only read. From then on each request needs a token.
     *
     * @param token 16 characters or more, hard to guess
     * @return a copy
     * @throws InvalidInputException when it is shorter, or has blanks or what is no visible ASCII
     */
    public ServerOptions withReadToken(String token) {
        checkToken(token);
        return with(copy -> copy.readToken = token);
    }

    /**
     * The token for callers that may read and write. From then on each request needs a token.
     *
     * @param token 16 characters or more, hard to guess
     * @return a copy
     * @throws InvalidInputException when it is shorter, or has blanks or what is no visible ASCII
     */
    public ServerOptions withWriteToken(String token) {
        checkToken(token);
        return with(copy -> copy.writeToken = token);
    }

    /** The message does not show it. */
    private static void checkToken(String token) {
        if (token.length() < MIN_TOKEN || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new InvalidInputException(
                    "a token must be " + MIN_TOKEN + " or more visible ASCII characters without blanks");
        }
    }

    /**
     * Takes requests without a token from anywhere. For a server that something else guards.
     *
     * @return a copy
     */
    public ServerOptions withInsecure() {
        return with(copy -> copy.insecure = true);
    }

    /**
     * Web pages of other origins that may use the server (CORS). None may, otherwise.
     *
     * @param origins such as {@code https://example.org} or {@code http://localhost:5173}, as browsers send them: a scheme, a host
     *     in lower case, and a port where it is not the scheme's own; no path and no {@code *}
     * @return a copy
     * @throws InvalidInputException when one is no such origin, which no browser would send
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
                    "'" + origin + "' is no origin as browsers send them; expected one such as https://example.org");
        }
    }

    /**
     * Serves HTTPS.
     *
     * @param certificates a PEM file: the server's certificate, then those that it was signed with
     * @param key a PEM file: its private key in PKCS#8, without a password
     * @return a copy
     */
    public ServerOptions withTls(Path certificates, Path key) {
        Tls files = new Tls(Objects.requireNonNull(certificates, "certificates"), Objects.requireNonNull(key, "key"));
        return with(copy -> copy.tls = files);
    }

    /**
     * Another bound of a request's body; what is longer gets 413.
     *
     * @param bytes 1 KiB to 1 GiB
     * @return a copy
     * @throws InvalidInputException when it is out of range
     */
    public ServerOptions withMaxBodyBytes(long bytes) {
        within("the bound of a body", bytes, 1 << 10, 1 << 30);
        return with(copy -> copy.maxBodyBytes = bytes);
    }

    /**
     * Another bound of a request's line and of its headers, each; what is longer gets 414 or 431.
     *
     * @param bytes 1 KiB to 1 MiB
     * @return a copy
     * @throws InvalidInputException when it is out of range
     */
    public ServerOptions withMaxHeaderBytes(int bytes) {
        within("the bound of headers", bytes, 1 << 10, 1 << 20);
        return with(copy -> copy.maxHeaderBytes = bytes);
    }

    /**
     * Another bound of the streams that are open at one time: server-sent events, and requests that wait for an event. One
     * more gets 503.
     *
     * @param streams 1 or more
     * @return a copy
     * @throws InvalidInputException when it is less
     */
    public ServerOptions withMaxStreams(int streams) {
        within("the bound of streams", streams, 1, Integer.MAX_VALUE);
        return with(copy -> copy.maxStreams = streams);
    }

    /**
     * Another bound of the connections that are open at one time. One more is closed as soon as it is accepted, without an
     * answer. Each open stream has a connection, so choose more than {@link #withMaxStreams}: requests need some, too. The
     * system's bound of open files must be higher.
     *
     * @param connections 1 or more; 12,000 otherwise
     * @return a copy
     * @throws InvalidInputException when it is less
     */
    public ServerOptions withMaxConnections(int connections) {
        within("the bound of connections", connections, 1, Integer.MAX_VALUE);
        return with(copy -> copy.maxConnections = connections);
    }

    /**
     * How long a request may take to arrive, its headers and its body; the connection is closed otherwise.
     *
     * @param timeout 10 milliseconds to 1 hour
     * @return a copy
     * @throws InvalidInputException when it is out of range
     */
    public ServerOptions withRequestTimeout(Duration timeout) {
        within("the time for a request", timeout, Duration.ofMillis(10), Duration.ofHours(1));
        return with(copy -> copy.requestTimeout = timeout);
    }

    /**
     * How long a connection may stay open without a request.
     *
     * @param timeout 10 milliseconds to 1 hour
     * @return a copy
     * @throws InvalidInputException when it is out of range
     */
    public ServerOptions withIdleTimeout(Duration timeout) {
        within("the time without a request", timeout, Duration.ofMillis(10), Duration.ofHours(1));
        return with(copy -> copy.idleTimeout = timeout);
    }

    /**
     * How long a stream sends nothing before it sends a comment, so that both sides notice when the other is gone. The
     * comment comes after one to one and a half of these intervals.
     *
     * @param interval 10 milliseconds to 1 hour
     * @return a copy
     * @throws InvalidInputException when it is out of range
     */
    public ServerOptions withHeartbeat(Duration interval) {
        within("a heartbeat", interval, Duration.ofMillis(10), Duration.ofHours(1));
        return with(copy -> copy.heartbeat = interval);
    }

    /**
     * Another bound of a long poll: how long a request with {@code live=long-poll} waits for an event.
     *
     * @param bound 10 milliseconds to 10 minutes
     * @return a copy
     * @throws InvalidInputException when it is out of range
     */
    public ServerOptions withLongPoll(Duration bound) {
        within("the bound of a long poll", bound, Duration.ofMillis(10), Duration.ofMinutes(10));
        return with(copy -> copy.longPoll = bound);
    }

    /**
     * How long closing waits for the answers that are under way; then it closes their connections.
     *
     * @param timeout 10 milliseconds to 1 hour
     * @return a copy
     * @throws InvalidInputException when it is out of range
     */
    public ServerOptions withShutdownTimeout(Duration timeout) {
        within("the time for a shutdown", timeout, Duration.ofMillis(10), Duration.ofHours(1));
        return with(copy -> copy.shutdownTimeout = timeout);
    }

    /**
     * With a recorder, which receives what the server does. The default is {@link HttpRecorder#none()}.
     *
     * @param recorder what counts and times; one recorder may serve several servers
     * @return a copy
     */
    public ServerOptions withRecorder(HttpRecorder recorder) {
        Objects.requireNonNull(recorder, "recorder");
        return with(copy -> copy.recorder = recorder);
    }

    /**
     * Shows meters at {@code GET /metrics}, for Prometheus. Without a source that route is 404. If tokens are set it needs one,
     * as every other route but health.
     *
     * <pre>{@code
     * PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
     * ServerOptions options = ServerOptions.standard()
     *         .withRecorder(MicrometerHttpRecorder.of(registry))
     *         .withMetrics(registry::scrape);
     * }</pre>
     *
     * @param source makes the text, in the text format 0.0.4 of Prometheus; it is called once for each request, by several
     *     threads at one time, and may block. A request is answered with 500 when it throws
     * @return a copy
     */
    public ServerOptions withMetrics(Supplier<String> source) {
        Objects.requireNonNull(source, "source");
        return with(copy -> copy.metrics = source);
    }

    /**
     * Serves the console at {@code /}: a page that shows the sessions in a browser. The page and its files need no token, since
     * they hold no data. The page asks for a token if the server requires one.
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
     * Where it listens.
     *
     * @return the host
     */
    public String host() {
        return values.host;
    }

    /**
     * Where it listens.
     *
     * @return the port; 0 for one that is free
     */
    public int port() {
        return values.port;
    }

    /**
     * Whether it takes requests without a token from anywhere.
     *
     * @return whether it does
     */
    public boolean isInsecure() {
        return values.insecure;
    }

    /**
     * Web pages of other origins that may use the server.
     *
     * @return the origins
     */
    public Set<String> origins() {
        return values.origins;
    }

    /**
     * The bound of a request's body.
     *
     * @return in bytes
     */
    public long maxBodyBytes() {
        return values.maxBodyBytes;
    }

    /**
     * The bound of a request's line and of its headers.
     *
     * @return in bytes
     */
    public int maxHeaderBytes() {
        return values.maxHeaderBytes;
    }

    /**
     * The bound of the streams that are open at one time.
     *
     * @return how many
     */
    public int maxStreams() {
        return values.maxStreams;
    }

    /**
     * The bound of the connections that are open at one time.
     *
     * @return how many
     */
    public int maxConnections() {
        return values.maxConnections;
    }

    /**
     * How long a request may take to arrive.
     *
     * @return the time
     */
    public Duration requestTimeout() {
        return values.requestTimeout;
    }

    /**
     * How long a connection may stay open without a request.
     *
     * @return the time
     */
    public Duration idleTimeout() {
        return values.idleTimeout;
    }

    /**
     * How often an idle stream sends a comment.
     *
     * @return the interval
     */
    public Duration heartbeat() {
        return values.heartbeat;
    }

    /**
     * How long a long poll waits for an event.
     *
     * @return the bound
     */
    public Duration longPoll() {
        return values.longPoll;
    }

    /**
     * How long closing waits for the answers that are under way.
     *
     * @return the time
     */
    public Duration shutdownTimeout() {
        return values.shutdownTimeout;
    }

    /**
     * What receives what the server does.
     *
     * @return the recorder
     */
    public HttpRecorder recorder() {
        return values.recorder;
    }

    /**
     * Whether it serves the console.
     *
     * @return whether it does; {@code false} by default
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
     * Whether requests need a token.
     *
     * @return whether one is set
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

    /** Without the tokens. */
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
