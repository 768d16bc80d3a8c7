package dev.reel.server;

import dev.reel.SessionStore;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * The HTTP API of a store, as a handler for a Reactor Netty server that the application already has.
 *
 * <pre>{@code
 * SessionRoutes sessions = SessionRoutes.of(store, ServerOptions.standard());
 * DisposableServer server = HttpServer.create()
 *         .port(8080)
 *         .route(routes -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello")))
 *                 .route(request -> request.uri().startsWith("/v1/"), sessions))
 *         .bindNow();
 * }</pre>
 *
 * <p>It never closes the store; {@link #close} ends the streams. The options decide who may call, as in a {@link
 * SessionServer}. Answers are written on the store's threads and on the server's event loops; neither blocks.
 */
public final class SessionRoutes implements BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> {

    private final Router router = new Router();
    private final EndingStore store;
    private final ServerOptions options;
    private final Guard guard;
    private final HttpRecorder recorder;
    private final OpenStreams streams;
    private volatile boolean closing;

    private SessionRoutes(SessionStore served, ServerOptions options) {
        EndingStore store = new EndingStore(served);
        this.store = store;
        this.options = options;
        this.guard = new Guard(options);
        this.recorder = GuardedHttpRecorder.of(options.recorder());
        this.streams = new OpenStreams(options.maxStreams(), recorder);
        new EventRoutes(store).addTo(router);
        new FeedRoutes(store).addTo(router);
        new RowRoutes(store).addTo(router);
        new TimelineRoutes(store).addTo(router);
        new OpenApiRoute().addTo(router);
        new MetricsRoute(options.metrics()).addTo(router);
        new HealthRoutes(store, () -> closing).addTo(router);
        if (options.hasConsole()) {
            new ConsoleRoutes().addTo(router);
        }
    }

    /**
     * Creates the routes of a store.
     *
     * @param store the store to serve; the caller closes it
     * @param options the bounds, and who may call
     * @return a handler, for any number of servers
     */
    public static SessionRoutes of(SessionStore store, ServerOptions options) {
        return new SessionRoutes(Objects.requireNonNull(store, "store"), Objects.requireNonNull(options, "options"));
    }

    /**
     * Answers one request.
     *
     * @param request the request
     * @param response the response to write the answer to
     * @return completes after the answer is sent; an error closes the connection if part of the answer was already sent
     */
    @Override
    public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
        return Mono.defer(() -> {
            RequestTimer timer = new RequestTimer(recorder, request.method().name());
            return answer(request, response, timer)
                    .subscribeOn(Exchange.loopOf(response))
                    .doFinally(end -> timer.report(
                            response.hasSentHeaders() ? response.status().code() : 0));
        });
    }

    private Mono<Void> answer(HttpServerRequest request, HttpServerResponse response, RequestTimer timer) {
        Exchange[] exchange = {new Exchange(request, response, options, streams, timer, List.of(), Query.parse(null))};
        return Mono.defer(() -> {
                    // A browser must not guess another content type, and foreign pages must not embed what they may not
                    // read.
                    response.header("X-Content-Type-Options", "nosniff");
                    response.header("Cross-Origin-Resource-Policy", "same-origin");
                    String target = pathAndQuery(request.uri());
                    int mark = target.indexOf('?');
                    String path = mark < 0 ? target : target.substring(0, mark);
                    if (guard.isAnswered(request, response, path)) {
                        return response.send();
                    }
                    Router.Found found = router.find(request.method().name(), path);
                    timer.found(found.route());
                    Query query = Query.parse(mark < 0 ? null : target.substring(mark + 1));
                    exchange[0] = new Exchange(request, response, options, streams, timer, found.variables(), query);
                    query.allow(found.route().parameters());
                    if (closing && !path.startsWith("/health")) {
                        throw new HttpProblem(
                                503, "shutting-down", "the server is closing; retry later", HttpProblem.CLOSE);
                    }
                    response.header(HttpHeaderNames.CACHE_CONTROL, "private, no-store");
                    return Mono.from(found.route().handler().handle(exchange[0]));
                })
                .onErrorResume(error -> {
                    if (response.hasSentHeaders() || AbortedException.isConnectionReset(error)) {
                        return Mono.error(error);
                    }
                    return exchange[0].reply(exchange[0].problem(error));
                });
    }

    /** The target starts with a scheme and an authority if the client believes that this server is a proxy. */
    private static String pathAndQuery(String uri) {
        if (uri.startsWith("/")) {
            return uri;
        }
        int authority = uri.indexOf("://");
        int path = authority < 0 ? -1 : uri.indexOf('/', authority + 3);
        return path < 0 ? "/" : uri.substring(path);
    }

    /**
     * Ends the streams, for a graceful shutdown. Each stream sends {@code reel:end} with the reason {@code shutdown},
     * and its client reconnects if another server is available. Further requests are answered with 503. Answers that
     * are under way are finished.
     */
    public void close() {
        closing = true;
        store.endTails();
    }

    HttpRecorder recorder() {
        return recorder;
    }

    OpenStreams streams() {
        return streams;
    }

    Router router() {
        return router;
    }
}
