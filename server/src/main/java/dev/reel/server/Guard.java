package dev.reel.server;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Decides which requests are allowed. Runs before routing.
 *
 * <ul>
 *   <li><b>Without a token</b>, the server accepts only requests from its own machine: the {@code Host} must be a
 *       loopback name. So a name that an attacker's page resolves to 127.0.0.1 (DNS rebinding) gets 421.
 *   <li><b>With tokens</b>, each request must carry one ({@code Authorization: Bearer …}), except for health and the
 *       console's files, which hold no data. Tokens are compared by digest, so the time of the comparison reveals nothing
 *       about them.
 *   <li><b>Always</b>: a request with an {@code Origin} comes from a web page. The origin must be the server's own, or
 *       one that the options allow. A body must be declared as JSON, which a web page can send to another origin only after a
 *       preflight request. {@code Transfer-Encoding} must be {@code chunked}: with another encoding, a proxy and the server
 *       could disagree about where the request ends.
 * </ul>
 */
final class Guard {

    private static final Set<HttpMethod> READS = Set.of(HttpMethod.GET, HttpMethod.HEAD);
    private static final String BEARER = "bearer ";
    /** The non-simple headers that a web page may send, and those of an answer that it may read. */
    private static final String REQUEST_HEADERS =
            "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key,"
                    + " Last-Event-ID, Reel-Turn, Reel-Meta, Reel-Recorded";

    private static final String ANSWER_HEADERS = "ETag, Location, Stream-Next-Offset, Stream-Cursor, Stream-Up-To-Date,"
            + " Stream-Closed, Reel-Repeated, Reel-Next-Cursor, Reel-Stream";

    private final ServerOptions options;
    private final byte @Nullable [] readToken;
    private final byte @Nullable [] writeToken;

    Guard(ServerOptions options) {
        this.options = options;
        this.readToken = digestIfGiven(options.readToken());
        this.writeToken = digestIfGiven(options.writeToken());
    }

    /**
     * Checks a request.
     *
     * @return whether the request was answered here: it was a preflight request of a web page
     * @throws HttpProblem if the request is refused
     */
    boolean isAnswered(HttpServerRequest request, HttpServerResponse response, String path) {
        HttpHeaders headers = request.requestHeaders();
        checkTransferEncoding(headers);
        checkHost(headers);
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        if (origin != null) {
            checkOrigin(headers, origin);
            response.header(HttpHeaderNames.VARY, "Origin");
        }
        boolean named = origin != null && options.origins().contains(origin);
        if (named) {
            response.header(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                    .header(HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_HEADERS);
        }
        if (named && request.method().equals(HttpMethod.OPTIONS)) {
            response.status(204)
                    .header(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PUT, PATCH, DELETE")
                    .header(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS)
                    .header(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, "600");
            return true;
        }
        checkToken(request, path);
        checkContentType(headers);
        return false;
    }

    /** Netty itself refuses a request with a length and chunks, and a request with two lengths. */
    private static void checkTransferEncoding(HttpHeaders headers) {
        List<String> encodings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (!encodings.isEmpty()
                && (encodings.size() > 1 || !encodings.get(0).trim().equalsIgnoreCase("chunked"))) {
            throw new HttpProblem(
                    400,
                    "malformed-request",
                    "Transfer-Encoding must be chunked, and must occur once",
                    HttpProblem.CLOSE);
        }
    }

    private void checkHost(HttpHeaders headers) {
        if (headers.getAll(HttpHeaderNames.HOST).size() != 1) {
            throw HttpProblem.malformed("a request must have one Host header");
        }
        if (options.hasToken() || options.isInsecure()) {
            return;
        }
        if (!isLoopback(hostOf(String.valueOf(headers.get(HttpHeaderNames.HOST))))) {
            throw new HttpProblem(
                    421,
                    "wrong-host",
                    "without a token, only requests to localhost, 127.0.0.1 or [::1] are accepted; set a token to serve"
                            + " others");
        }
    }

    /** Returns whether it is a loopback name or address. */
    static boolean isLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost")
                || name.equals("[::1]")
                || name.equals("::1")
                || name.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
    }

    private static String hostOf(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
    }

    private void checkOrigin(HttpHeaders headers, String origin) {
        String host = headers.get(HttpHeaderNames.HOST);
        boolean own = origin.equalsIgnoreCase((options.tls() == null ? "http://" : "https://") + host);
        if (!own && !options.origins().contains(origin)) {
            throw new HttpProblem(
                    403, "foreign-origin", "this web page's origin is not allowed; allow it in the server's options");
        }
    }

    private void checkToken(HttpServerRequest request, String path) {
        if (!options.hasToken() || path.startsWith("/health") || options.hasConsole() && ConsoleRoutes.isFile(path)) {
            return;
        }
        String header = request.requestHeaders().get(HttpHeaderNames.AUTHORIZATION);
        byte[] given = digest(
                header != null && header.toLowerCase(Locale.ROOT).startsWith(BEARER)
                        ? header.substring(BEARER.length()).trim()
                        : "");
        boolean writes = isSame(writeToken, given);
        boolean reads = isSame(readToken, given);
        if (!writes && !reads) {
            throw new HttpProblem(
                    401,
                    "unauthorized",
                    "the request needs a token: Authorization: Bearer …",
                    Map.of("WWW-Authenticate", "Bearer"));
        }
        boolean isGrant = path.startsWith("/v1/streams/"); // a grant changes no data, and belongs to a read
        if (!writes && !isGrant && !READS.contains(request.method())) {
            throw new HttpProblem(403, "read-only-token", "this token allows only reads; use the write token");
        }
    }

    private static boolean isSame(byte @Nullable [] token, byte[] given) {
        return token != null && MessageDigest.isEqual(token, given);
    }

    private static byte @Nullable [] digestIfGiven(@Nullable String token) {
        return token == null ? null : digest(token);
    }

    /** All digests have the same length, even if the tokens differ in length. */
    private static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static void checkContentType(HttpHeaders headers) {
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        boolean hasBody = headers.contains(HttpHeaderNames.TRANSFER_ENCODING) || length != null && !length.equals("0");
        if (!hasBody) {
            return;
        }
        String type = String.valueOf(headers.get(HttpHeaderNames.CONTENT_TYPE));
        int semicolon = type.indexOf(';');
        String media =
                (semicolon < 0 ? type : type.substring(0, semicolon)).trim().toLowerCase(Locale.ROOT);
        if (!media.equals(Exchange.JSON)) {
            throw new HttpProblem(415, "unsupported-media-type", "a body must have Content-Type: application/json");
        }
        if (headers.contains(HttpHeaderNames.CONTENT_ENCODING)) {
            // Nothing is decompressed, so a short body can't become a long one.
            throw new HttpProblem(415, "unsupported-encoding", "a body must be sent without Content-Encoding");
        }
    }
}
