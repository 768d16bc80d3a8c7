package dev.reel.server;

import dev.reel.Commit;
import dev.reel.ExpectedVersion;
import dev.reel.Json;
import dev.reel.JsonLimits;
import dev.reel.LogPlace;
import dev.reel.ReelException;
import dev.reel.WriteOptions;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.util.Logger;
import reactor.util.Loggers;

/** One request and its answer. */
final class Exchange {

    private static final Logger LOG = Loggers.getLogger(SessionRoutes.class);

    /** The largest number of characters of a request that are logged. */
    private static final int MAX_LOGGED = 500;

    static final String JSON = "application/json";
    static final String NDJSON = "application/x-ndjson";
    static final String NEXT_OFFSET = "Stream-Next-Offset";
    static final String REPEATED = "Reel-Repeated";

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final ServerOptions options;
    private final OpenStreams streams;
    private final RequestTimer timer;
    private final List<String> variables;
    private final Query query;

    Exchange(
            HttpServerRequest request,
            HttpServerResponse response,
            ServerOptions options,
            OpenStreams streams,
            RequestTimer timer,
            List<String> variables,
            Query query) {
        this.request = request;
        this.response = response;
        this.options = options;
        this.streams = streams;
        this.timer = timer;
        this.variables = variables;
        this.query = query;
    }

    // ---- The request

    ServerOptions options() {
        return options;
    }

    OpenStreams streams() {
        return streams;
    }

    RequestTimer timer() {
        return timer;
    }

    /** Returns a variable of the path, by index: in most routes, 0 is the session's id. */
    String variable(int index) {
        return variables.get(index);
    }

    Query query() {
        return query;
    }

    @Nullable
    String header(CharSequence name) {
        return request.requestHeaders().get(name);
    }

    HttpHeaders headers() {
        return request.requestHeaders();
    }

    HttpServerResponse response() {
        return response;
    }

    /**
     * Reads the body as JSON; {@code {}} if there is none.
     *
     * @return fails with an {@link HttpProblem}: 413 if it is longer than {@link ServerOptions#maxBodyBytes}
     */
    Mono<Json> body() {
        long bound = options.maxBodyBytes();
        String length = header(HttpHeaderNames.CONTENT_LENGTH);
        if (length != null && length.length() < 19 && Long.parseLong(length) > bound) {
            return Mono.error(tooLarge(bound));
        }
        return request.receive()
                .asByteArray()
                // Reactor Netty's error when the request timeout has passed.
                .onErrorMap(ChannelException.class, late -> HttpProblem.late())
                .collect(ByteArrayOutputStream::new, (all, part) -> {
                    if (all.size() + (long) part.length > bound) {
                        throw tooLarge(bound);
                    }
                    all.writeBytes(part);
                })
                .map(all -> all.size() == 0 ? Json.EMPTY_OBJECT : parsed(all.toByteArray()));
    }

    private static Json parsed(byte[] bytes) {
        return Json.parse(bytes, JsonLimits.DEFAULT);
    }

    private static HttpProblem tooLarge(long bound) {
        return new HttpProblem(
                413,
                "body-too-large",
                "the body is longer than " + bound + " bytes; send less per request",
                HttpProblem.CLOSE);
    }

    /** Returns the write options from the headers: expected version, idempotency key, turn, metadata. */
    WriteOptions writeOptions() {
        WriteOptions found = "true".equals(header("Reel-Recorded")) ? WriteOptions.recorded() : WriteOptions.none();
        ExpectedVersion expected = expected();
        if (expected != null) {
            found = found.withExpected(expected);
        }
        String key = header("Idempotency-Key");
        if (key != null) {
            found = found.withIdempotencyKey(Percent.decode("Idempotency-Key", unquoted(key)));
        }
        String turn = header("Reel-Turn");
        if (turn != null) {
            int dot = turn.indexOf('.');
            found = found.withTurn(
                    number("Reel-Turn", dot < 0 ? turn : turn.substring(0, dot)),
                    dot < 0 ? "" : turn.substring(dot + 1));
        }
        String meta = header("Reel-Meta");
        if (meta != null) {
            found = found.withMeta(Json.parse(Percent.decode("Reel-Meta", meta)));
        }
        return found;
    }

    /** Returns whether the write has an HTTP precondition, so that a conflict is answered with 412. */
    private boolean hasPrecondition() {
        return header(HttpHeaderNames.IF_MATCH) != null || header(HttpHeaderNames.IF_NONE_MATCH) != null;
    }

    private @Nullable ExpectedVersion expected() {
        String match = header(HttpHeaderNames.IF_MATCH);
        String none = header(HttpHeaderNames.IF_NONE_MATCH);
        if (match != null && none != null) {
            throw HttpProblem.malformed("send either If-Match or If-None-Match, not both");
        }
        if (none != null) {
            if (!none.trim().equals("*")) {
                throw HttpProblem.malformed("If-None-Match of a write must be *, which requires an empty log");
            }
            return ExpectedVersion.emptyLog();
        }
        if (match == null) {
            return null;
        }
        String tag = match.trim();
        if (tag.equals("*")) {
            return ExpectedVersion.nonEmptyLog();
        }
        String text = unquoted(tag);
        int colon = text.indexOf(':');
        if (text.indexOf('.') < 0 && colon < 0) {
            return ExpectedVersion.exactly(text.equals("-1") ? 0 : number("If-Match", text));
        }
        // A version and the id of its event, for a client that does not know the position.
        if (colon > 0 && text.lastIndexOf('.', colon) < 0) {
            return ExpectedVersion.exactly(number("If-Match", text.substring(0, colon)), text.substring(colon + 1));
        }
        return ExpectedVersion.exactly(LogPlace.parse(text));
    }

    private static String unquoted(String text) {
        String inner = text.trim();
        return inner.length() >= 2 && inner.startsWith("\"") && inner.endsWith("\"")
                ? inner.substring(1, inner.length() - 1)
                : inner;
    }

    private static long number(String what, String text) {
        try {
            if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return Long.parseLong(text);
            }
        } catch (NumberFormatException e) {
            // Too many digits: fails below with the same error.
        }
        throw HttpProblem.malformed(what + " must contain a number at this point");
    }

    // ---- The answer

    void header(CharSequence name, String value) {
        response.header(name, value);
    }

    /** Sets the ETag to the place of the log that the body reflects. */
    void place(LogPlace place) {
        header(HttpHeaderNames.ETAG, "\"" + place + "\"");
        header(NEXT_OFFSET, place.toString());
    }

    /** Replies with the state at a place of the log; with 304 if {@code If-None-Match} has the same place. */
    Mono<Void> replyAt(LogPlace place, Supplier<Json> body) {
        place(place);
        return ("\"" + place + "\"").equals(header(HttpHeaderNames.IF_NONE_MATCH)) ? reply(304) : reply(body.get());
    }

    Mono<Void> reply(Json body) {
        return reply(200, JSON, body.toBytes());
    }

    Mono<Void> reply(int status, String contentType, byte[] body) {
        response.status(status).header(HttpHeaderNames.CONTENT_TYPE, contentType);
        response.header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(body.length));
        return response.sendByteArray(Mono.just(body)).then();
    }

    /**
     * Replies with the commit of a write and its place; with 204 if the write found nothing to do and made no commit.
     */
    Mono<Void> replyCommit(Mono<Commit> write) {
        return write.map(Optional::of).defaultIfEmpty(Optional.empty()).flatMap(found -> {
            if (found.isEmpty()) {
                return reply(204);
            }
            Commit commit = found.get();
            place(commit.place());
            if (commit.repeated()) {
                header(REPEATED, "true");
            }
            return reply(commit.toJson());
        });
    }

    /** Replies without a body. */
    Mono<Void> reply(int status) {
        return response.status(status).send();
    }

    /**
     * Returns the scheduler of tasks of the connection's event loop. A request is handled in a task of its own. It may
     * arrive before the loop knows that the previous answer was sent, if another thread sent that. Then Reactor Netty
     * (1.3.6) calls the handler from a loop over the requests that wait; if the handler answers within that call, nothing
     * more is read from the connection, and its next request is never answered.
     */
    @SuppressWarnings(
            "UnnecessaryMethodReference") // Reactor would decorate and meter an executor service, for each request
    static Scheduler loopOf(HttpServerResponse response) {
        return Schedulers.fromExecutor(channelOf(response).eventLoop()::execute);
    }

    static Channel channelOf(HttpServerResponse response) {
        Channel[] channel = new Channel[1];
        response.withConnection(connection -> channel[0] = connection.channel());
        return channel[0];
    }

    /** Converts an error to a problem. If the fault is the server's, the error is also logged. */
    Problem problem(Throwable error) {
        Problem problem = Problem.of(error, hasPrecondition());
        if (problem.status() == 500 && ReelException.Category.of(error) == ReelException.Category.FAILED) {
            LOG.error(described(request.method().name(), request.uri()), error);
        }
        return problem;
    }

    /**
     * Describes a request for the log: one line of bounded length, whatever the client sent. An id stays
     * percent-encoded.
     */
    static String described(String method, String uri) {
        String line = method + " " + uri;
        return line.substring(0, Math.min(line.length(), MAX_LOGGED)).replaceAll("[^\\x21-\\x7e ]", "?") + " failed";
    }

    Mono<Void> reply(Problem problem) {
        // Removes headers that describe the log: they do not hold for a problem.
        response.responseHeaders().remove(HttpHeaderNames.ETAG).remove(NEXT_OFFSET);
        problem.headers().forEach(this::header);
        return reply(
                problem.status(), "application/problem+json", problem.body().toBytes());
    }

    /** Replies with an array, written element by element. */
    Mono<Void> replyArray(Flux<Json> elements) {
        return afterFirst(elements, all -> {
            response.status(200).header(HttpHeaderNames.CONTENT_TYPE, JSON);
            return response.sendByteArray(Pieces.array(all.map(Json::toBytes)));
        });
    }

    /** Replies with JSON texts: as lines if the client accepts NDJSON, otherwise as an array. */
    Publisher<Void> sendLinesOrArray(Flux<byte[]> texts) {
        boolean asLines = accepts(NDJSON);
        response.status(200).header(HttpHeaderNames.CONTENT_TYPE, asLines ? NDJSON : JSON);
        return response.sendByteArray(asLines ? Pieces.lines(texts) : Pieces.array(texts));
    }

    /** Sends the headers with the first element, so a read that fails before it is answered with a problem. */
    <T> Mono<Void> afterFirst(Flux<T> elements, Function<Flux<T>, Publisher<Void>> answer) {
        return elements.switchOnFirst((first, all) -> first.isOnError()
                        ? Mono.<Void>error(Objects.requireNonNull(first.getThrowable()))
                        : answer.apply(all))
                .then();
    }

    /** Returns whether the {@code Accept} header names a type. Weights are ignored. */
    boolean accepts(String mediaType) {
        String accept = header(HttpHeaderNames.ACCEPT);
        return accept != null && accept.contains(mediaType);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
