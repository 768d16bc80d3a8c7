package dev.reel.client;

import dev.reel.Anchor;
import dev.reel.AppendUnknownException;
import dev.reel.ExpectedVersion;
import dev.reel.FeedPlace;
import dev.reel.Ids;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.ReelException;
import dev.reel.StoreBusyException;
import dev.reel.StoreClosedException;
import dev.reel.StoreFailedException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.timeout.TimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.netty.ByteBufFlux;
import reactor.netty.ByteBufMono;
import reactor.netty.Connection;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.util.context.ContextView;
import reactor.util.retry.Retry;
import reactor.util.retry.RetryBackoffSpec;

/**
 * Sends requests and converts failures to exceptions. There are two pools: calls share a few connections, and each tail
 * has its own. A call whose connection fails is repeated. This is safe: reads have no effect, and each write carries an
 * id, so it is done only once.
 */
final class Transport {

    static final String META = "Reel-Meta";
    static final String NEXT_OFFSET = "Stream-Next-Offset";

    /** How long closing waits for answers. */
    private static final Duration A_MOMENT = Duration.ofSeconds(2);

    /** How many parts of a stream are read from the connection in advance; each part is one read of the socket. */
    private static final int AHEAD = 2;

    /**
     * One request.
     *
     * @param method the HTTP method
     * @param headers names and values in turn: name, value, name, value …
     * @param body the body; null for none
     * @param sessionId the session of the request, for errors; or null
     * @param expected the version that a write expects, for errors
     * @param anchor the anchor of the request, for errors; or null
     * @param anchor what it looks for, for errors; or null
     */
    record Request(
            HttpMethod method,
            String path,
            List<String> headers,
            @Nullable Json body,
            @Nullable String sessionId,
            ExpectedVersion expected,
            @Nullable Anchor anchor) {

        static Request get(String path, @Nullable String sessionId) {
            return new Request(HttpMethod.GET, path, List.of(), null, sessionId, ExpectedVersion.any(), null);
        }

        Request with(List<String> newHeaders) {
            return new Request(method, path, newHeaders, body, sessionId, expected, anchor);
        }

        boolean writes() {
            return !method.equals(HttpMethod.GET) && !method.equals(HttpMethod.HEAD);
        }
    }

    /** A complete answer. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Reply(int status, HttpHeaders headers, byte[] body) {

        Json json() {
            return Json.parse(body);
        }
    }

    private final URI server;
    private final ClientOptions options;
    private final ConnectionProvider calls;
    private final ConnectionProvider tails;
    private final HttpClient callClient;
    private final HttpClient tailClient;
    private final DeliveryThreads threads;
    private final AtomicInteger openTails = new AtomicInteger();
    private final AtomicInteger writes = new AtomicInteger();
    private final Sinks.Empty<Void> finished = Sinks.empty();
    private volatile boolean closing;
    private volatile boolean closed;

    Transport(URI server, ClientOptions options) {
        this.server = server;
        this.options = options;
        this.calls = ConnectionProvider.builder("reel-calls")
                .maxConnections(options.maxConnections())
                .pendingAcquireMaxCount(options.maxConnections() * 64)
                .pendingAcquireTimeout(options.answerTimeout())
                .build();
        this.tails = ConnectionProvider.builder("reel-tails")
                .maxConnections(options.maxTails())
                .build();
        this.callClient = client(calls).responseTimeout(options.answerTimeout());
        this.tailClient = client(tails);
        this.threads = new DeliveryThreads(options.deliveryThreads());
    }

    private HttpClient client(ConnectionProvider pool) {
        return HttpClient.create(pool)
                .baseUrl(server.toString())
                .disableRetry(true) // this class retries, since it knows what may be repeated
                .followRedirect(false)
                .headers(headers -> {
                    String token = options.token();
                    if (token != null) {
                        headers.set("Authorization", "Bearer " + token);
                    }
                });
    }

    ClientOptions options() {
        return options;
    }

    /**
     * Sends a call and returns its complete answer; an error of the server becomes an exception. An answered write is
     * not sent again: a second subscriber gets the same answer, also one that subscribes while the first write is under
     * way. A write that found nothing to do is sent again.
     */
    Mono<Reply> call(Request request) {
        Mono<Reply> call = sent(request);
        return request.writes() ? call.cacheInvalidateIf(reply -> reply.status() == 204) : call;
    }

    private Mono<Reply> sent(Request request) {
        return request.writes() ? Mono.usingWhen(begun(), begun -> repeated(request), this::ended) : repeated(request);
    }

    /** Counts a write until it is answered. */
    private Mono<Boolean> begun() {
        return Mono.fromSupplier(() -> {
            writes.incrementAndGet();
            if (closing) {
                finish();
                throw new StoreClosedException();
            }
            return true;
        });
    }

    private Mono<Void> ended(Boolean begun) {
        return Mono.fromRunnable(this::finish);
    }

    private void finish() {
        if (writes.decrementAndGet() == 0 && closing) {
            finished.tryEmitEmpty();
        }
    }

    /** Rejects further calls. Completes after all writes are answered, or after the time that closing waits. */
    Mono<Void> finishWrites() {
        return Mono.defer(() -> {
            closing = true;
            return writes.get() == 0 ? Mono.empty() : finished.asMono().timeout(A_MOMENT, Mono.empty());
        });
    }

    private Mono<Reply> repeated(Request request) {
        return Mono.defer(() -> {
                    if (closing) {
                        return Mono.error(new StoreClosedException());
                    }
                    if (request.sessionId() != null) {
                        Ids.check("session id", request.sessionId());
                    }
                    return once(request);
                })
                .retryWhen(retry())
                .onErrorMap(Transport::isOfConnection, e -> lost(request, e))
                .publishOn(request.writes() ? threads.answers() : threads.reads());
    }

    /** The place of a session's last event; {@link LogPlace#start()} if there is none. */
    Mono<LogPlace> logHead(String sessionId) {
        return call(head(Paths.session(sessionId).then("/events"), sessionId))
                .map(reply -> LogPlace.parse(String.valueOf(reply.headers().get(NEXT_OFFSET))));
    }

    /** The last position of the feed. */
    Mono<FeedPlace> feedHead() {
        return call(head(Paths.of("/events"), null))
                .map(reply -> FeedPlace.parse(String.valueOf(reply.headers().get(NEXT_OFFSET))));
    }

    private static Request head(Paths path, @Nullable String sessionId) {
        return new Request(HttpMethod.HEAD, path.toString(), List.of(), null, sessionId, ExpectedVersion.any(), null);
    }

    /**
     * Grants more items of a stream. Not repeated: if the answer is lost, the client can't know whether the server
     * counted it.
     */
    Mono<Reply> grant(String stream, long more) {
        return once(new Request(
                HttpMethod.POST,
                Paths.of("/streams/").id(stream).with("credit", more).toString(),
                List.of(),
                null,
                null,
                ExpectedVersion.any(),
                null));
    }

    private Mono<Reply> once(Request request) {
        return Mono.deferContextual(context -> prepared(callClient, withMeta(request, context))
                .responseSingle((response, body) -> whole(response, body).flatMap(reply -> checked(request, reply))));
    }

    /** Adds the metadata from the subscriber's context; the metadata of the write itself takes precedence. */
    private Request withMeta(Request request, ContextView context) {
        Function<ContextView, @Nullable Json> source = options.metaFromContext();
        Json meta;
        try {
            meta = source == null || !request.writes() || request.headers().contains("Reel-Recorded")
                    ? null
                    : source.apply(context);
        } catch (VirtualMachineError e) {
            throw failed(request.sessionId(), e);
        }
        if (meta == null) {
            return request;
        }
        int at = request.headers().indexOf(META);
        Json all = meta;
        if (at >= 0) {
            for (Map.Entry<String, Json> own : Json.parse(
                            Paths.decoded(request.headers().get(at + 1)))
                    .members()
                    .entrySet()) {
                all = all.with(own.getKey(), own.getValue());
            }
        }
        List<String> headers = new ArrayList<>(request.headers());
        if (at >= 0) {
            headers.subList(at, at + 2).clear();
        }
        headers.addAll(List.of(META, Paths.encoded(all.toString())));
        return request.with(headers);
    }

    /** Reconnects a limited number of times. The count starts again after a connection that delivered something. */
    Retry retry() {
        return backoff(options.retries()).transientErrors(true);
    }

    /**
     * Reconnects for as long as there is a subscriber. The wait starts again after a connection that delivered
     * something.
     */
    Retry retryForEver() {
        return backoff(Long.MAX_VALUE).transientErrors(true);
    }

    /**
     * A server that shuts down, or whose store is closed, answers like a closed store. Another one at its address may
     * follow.
     */
    private RetryBackoffSpec backoff(long times) {
        return Retry.backoff(times, options.firstBackoff())
                .maxBackoff(options.maxBackoff())
                .filter(error -> (isOfConnection(error) || error instanceof StoreClosedException) && !closed)
                .onRetryExhaustedThrow((spec, signal) -> signal.failure());
    }

    /** The head of an answer. */
    record Head(int status, HttpHeaders headers) {

        private static Head of(HttpClientResponse response) {
            return new Head(response.status().code(), response.responseHeaders());
        }

        @Nullable
        String header(String name) {
            return headers.get(name);
        }
    }

    /**
     * Requests a stream, without retries.
     *
     * @param answered receives the head of the answer before its content is read
     */
    <T> Flux<T> stream(Request request, Consumer<Head> answered, Supplier<Function<byte[], List<T>>> parser) {
        return Flux.defer(() -> {
            Loss loss = new Loss();
            return prepared(callClient.doOnResponse(loss::watch), request)
                    .response((response, content) -> {
                        if (response.status().code() >= 300) {
                            return Transport.<T>refused(request, response, content);
                        }
                        answered.accept(Head.of(response));
                        return parsed(content.asByteArray().takeUntilOther(loss.error()), threads.reads(), parser);
                    })
                    .doFinally(signal -> loss.forget());
        });
    }

    /** Parses on a thread of the scheduler, so everything after it may block that thread. */
    private static <T> Flux<T> parsed(
            Flux<byte[]> content, Scheduler scheduler, Supplier<Function<byte[], List<T>>> parser) {
        return content.publishOn(scheduler, AHEAD).concatMapIterable(parser.get(), 1);
    }

    /**
     * Requests a stream on its own connection. The server sends at least a heartbeat.
     *
     * @param breaks if this signals an error, the stream fails with it
     * @param answered receives the head of the answer before its content is read; the items that it returns come first
     */
    <T> Flux<T> tail(
            Request request,
            Mono<Void> breaks,
            Function<Head, Flux<T>> answered,
            Supplier<Function<byte[], List<T>>> parser) {
        return Flux.defer(() -> {
            if (openTails.incrementAndGet() > options.maxTails()) {
                openTails.decrementAndGet();
                return Flux.error(new StoreBusyException(
                        String.valueOf(request.sessionId()),
                        options.maxTails() + " tails are open, the client's bound; cancel one or raise withMaxTails"));
            }
            AtomicBoolean counted = new AtomicBoolean(true);
            AtomicBoolean hasBegun = new AtomicBoolean();
            Loss loss = new Loss();
            return prepared(tailClient.doOnResponse(loss::watch), request)
                    .response((response, content) -> {
                        hasBegun.set(true);
                        return response.status().code() >= 300
                                ? Transport.<T>refused(request, response, content)
                                : answered.apply(Head.of(response))
                                        .concatWith(parsed(
                                                watched(content.asByteArray())
                                                        .takeUntilOther(breaks)
                                                        .takeUntilOther(loss.error()),
                                                threads.tails(),
                                                parser));
                    })
                    .takeUntilOther(noAnswer(hasBegun))
                    .doFinally(signal -> {
                        loss.forget();
                        if (counted.getAndSet(false)) {
                            openTails.decrementAndGet();
                        }
                    });
        });
    }

    /**
     * Signals an error shortly after the connection of an answer was closed. If a request for more data meets a
     * connection that is being closed, Reactor Netty fails internally and does not signal the end of the content.
     */
    private static final class Loss {

        private static final Duration A_MOMENT = Duration.ofMillis(200);

        private final Sinks.Empty<Void> closed = Sinks.empty();
        private final ChannelFutureListener listener = end -> closed.tryEmitEmpty();
        private volatile @Nullable ChannelFuture watched;

        void watch(HttpClientResponse response, Connection connection) {
            ChannelFuture closing = connection.channel().closeFuture();
            watched = closing;
            closing.addListener(listener);
        }

        /** Removes the listener, since the connection can serve further answers. */
        void forget() {
            ChannelFuture closing = watched;
            if (closing != null) {
                closing.removeListener(listener);
            }
        }

        Mono<Object> error() {
            return closed.asMono()
                    .then(Mono.delay(A_MOMENT))
                    .flatMap(late -> Mono.error(new IOException("the connection was closed")));
        }
    }

    /** Fails if the answer has not begun within the timeout. */
    private Mono<Object> noAnswer(AtomicBoolean hasBegun) {
        return Mono.delay(options.answerTimeout())
                .flatMap(late ->
                        hasBegun.get() ? Mono.never() : Mono.error(new IOException("no answer arrived in time")));
    }

    private static <T> Flux<T> refused(Request request, HttpClientResponse response, ByteBufFlux content) {
        return whole(response, content.aggregate())
                .flatMap(reply -> checked(request, reply))
                .thenMany(Flux.empty());
    }

    /** Fails if nothing arrives for two heartbeats while data is requested. */
    private Flux<byte[]> watched(Flux<byte[]> content) {
        long most = options.heartbeat().multipliedBy(2).toNanos();
        return Flux.defer(() -> {
            AtomicLong since = new AtomicLong(System.nanoTime());
            AtomicLong asked = new AtomicLong();
            Mono<Object> silence = Flux.interval(options.heartbeat().dividedBy(2))
                    .onBackpressureDrop()
                    .filter(tick -> asked.get() > 0 && System.nanoTime() - since.get() > most)
                    .next()
                    .flatMap(tick -> Mono.error(new IOException("nothing was received for two heartbeats")));
            return content.doOnRequest(n -> {
                        since.set(System.nanoTime());
                        asked.addAndGet(n);
                    })
                    .doOnNext(bytes -> {
                        since.set(System.nanoTime());
                        asked.decrementAndGet();
                    })
                    .takeUntilOther(silence);
        });
    }

    private HttpClient.ResponseReceiver<?> prepared(HttpClient client, Request request) {
        if (closed) {
            throw new StoreClosedException();
        }
        Json body = request.body();
        return client.headers(headers -> {
                    for (int i = 0; i < request.headers().size(); i += 2) {
                        headers.set(request.headers().get(i), request.headers().get(i + 1));
                    }
                    if (body != null) {
                        headers.set("Content-Type", "application/json");
                    }
                })
                .request(request.method())
                .uri(request.path())
                .send((sent, outbound) ->
                        body == null ? outbound : outbound.sendByteArray(Mono.fromSupplier(body::toBytes)));
    }

    private static Mono<Reply> whole(HttpClientResponse response, ByteBufMono body) {
        return body.asByteArray()
                .defaultIfEmpty(new byte[0])
                .map(bytes -> new Reply(response.status().code(), response.responseHeaders(), bytes));
    }

    private static Mono<Reply> checked(Request request, Reply reply) {
        return reply.status() < 300
                ? Mono.just(reply)
                : Mono.error(Problems.exception(
                        reply.status(), reply.body(), request.sessionId(), request.expected(), request.anchor()));
    }

    /**
     * For an {@code Error} that the application's code threw before a request is sent; Reactor does not carry such
     * errors.
     */
    static StoreFailedException failed(@Nullable String sessionId, VirtualMachineError error) {
        return StoreFailedException.of(sessionId, ReelException.Outcome.NOT_WRITTEN, error);
    }

    /** Whether the connection failed, so the server may not have received the request. */
    static boolean isOfConnection(Throwable error) {
        return error instanceof IOException
                || error instanceof PrematureChannelClosureException // the connection closed within an answer's headers
                || error instanceof TimeoutException
                || error instanceof AbortedException;
    }

    /** Returns the error of a call after its last retry failed. */
    RuntimeException lost(Request request, Throwable error) {
        String session = request.sessionId();
        boolean sent = !isRefused(error);
        return request.writes() && sent && session != null
                ? new AppendUnknownException(session, error)
                : new StoreUnreachableException(session, server.toString(), error);
    }

    /** Whether no connection was established, so the server can't have received anything. */
    private static boolean isRefused(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConnectException || cause instanceof UnknownHostException) {
                return true;
            }
        }
        return false;
    }

    /** The status of the store. A server that is not ready answers 503, with the status as its body. */
    Mono<Reply> health() {
        Request request = Request.get("/health", null);
        return Mono.defer(() -> prepared(callClient, request).responseSingle(Transport::whole))
                .retryWhen(retry())
                .onErrorMap(Transport::isOfConnection, e -> lost(request, e));
    }

    DeliveryThreads threads() {
        return threads;
    }

    boolean isClosed() {
        return closing;
    }

    /** Closes all connections. */
    Mono<Void> close() {
        closed = true;
        return Mono.when(calls.disposeLater(), tails.disposeLater());
    }
}
