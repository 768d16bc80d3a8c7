package dev.reel.server;

import dev.reel.From;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.SessionPurgedException;
import dev.reel.SessionStore;
import dev.reel.StoreClosedException;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.spi.LineCodec;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Following the events of one session as server-sent events, in the form for a browser's {@code EventSource}.
 *
 * <p>The stream is a tail of the session. An {@code EventSource} reconnects when a stream ends, whatever the reason, and only
 * a status other than 200 stops it. So a reconnect that can never receive an event gets a status: 204 if the session is
 * closed and all is delivered, or if it was purged; 410 if it was purged and written anew; 416 if the place is beyond its
 * last event.
 */
final class LiveRoutes {

    /** The longest interval, in seconds, after which a quiet stream tells so. */
    private static final long MAX_IDLE = Duration.ofDays(1).toSeconds();

    private final SessionStore store;
    private final LogEnds ends;

    LiveRoutes(SessionStore store) {
        this.store = store;
        this.ends = new LogEnds(store);
    }

    /** Whether the request asks for this form. */
    static boolean isAsked(Exchange exchange) {
        return exchange.accepts(EventStream.TYPE);
    }

    Mono<Void> follow(Exchange exchange) {
        String sessionId = exchange.variable(0);
        String offset = lastEventId(exchange);
        long last = exchange.query().number("last", 1, Long.MAX_VALUE, 0);
        if (offset == null) {
            offset = exchange.query().text("offset");
            if (offset != null && last > 0) {
                throw HttpProblem.malformed("a request has either 'offset' or 'last'");
            }
        }
        TailOptions options = options(exchange);
        if (offset == null || offset.equals("now")) {
            From from = last > 0 ? From.last(last) : offset == null ? From.start() : From.now();
            return EventStream.send(exchange, texts(sessionId, from, options));
        }
        LogPlace place = LogPlace.parse(offset);
        Mono<Void> stream = EventStream.send(exchange, texts(sessionId, From.after(place), options));
        return place.version() == 0 ? stream : reconnect(exchange, place, stream);
    }

    /** The id of the last event that a client has received, which it sends when it reconnects; or null. */
    static @Nullable String lastEventId(Exchange exchange) {
        String id = exchange.header(EventStream.LAST_EVENT_ID);
        return id == null || id.isEmpty() ? null : id;
    }

    /** The options that {@code lag}, in events, and {@code idle}, in seconds, set. */
    static TailOptions options(Exchange exchange) {
        TailOptions standard = TailOptions.standard();
        long lag = exchange.query().number("lag", 0, Integer.MAX_VALUE, standard.lag());
        long idle = exchange.query().number("idle", 1, MAX_IDLE, 0);
        TailOptions options = standard.withLag((int) lag);
        return idle == 0 ? options : options.withIdle(Duration.ofSeconds(idle));
    }

    private Flux<byte[]> texts(String sessionId, From from, TailOptions options) {
        return withEnd(
                sessionId,
                store.tailSignals(sessionId, from, options),
                signal -> EventStream.text(signal, LineCodec.standard()::encode),
                (reason, place, incomplete) -> EventStream.end(reason, incomplete));
    }

    /** Makes the last item of a stream; it is incomplete where events were purged before they were emitted. */
    interface EndItem<T> {
        T of(String reason, LogPlace place, boolean incomplete);
    }

    /** The items of a tail, and one more that tells why the tail has completed. */
    <T> Flux<T> withEnd(String sessionId, Flux<TailSignal> signals, Function<TailSignal, T> item, EndItem<T> end) {
        return Flux.defer(() -> {
            LogPlace[] at = new LogPlace[1];
            return signals.doOnNext(signal -> at[0] = (LogPlace) signal.place())
                    .map(item)
                    .concatWith(
                            Mono.defer(() -> ends.reason(sessionId, at[0])).map(reason -> end.of(reason, at[0], false)))
                    .onErrorResume(error -> {
                        String reason = at[0] == null
                                ? null // nothing is sent yet, so the error becomes a problem
                                : error instanceof SessionPurgedException
                                        ? LogEnds.PURGED
                                        : error instanceof StoreClosedException ? LogEnds.SHUTDOWN : null;
                        return reason == null
                                ? Flux.error(error)
                                : Flux.just(end.of(reason, at[0], reason.equals(LogEnds.PURGED)));
                    });
        });
    }

    /** Answers with a status if no event can follow the place, and with the stream otherwise. */
    private Mono<Void> reconnect(Exchange exchange, LogPlace place, Mono<Void> stream) {
        String sessionId = exchange.variable(0);
        return ends.of(sessionId)
                .flatMap(end -> {
                    if (!end.closed() || !end.place().equals(place)) {
                        return stream;
                    }
                    exchange.header(EventRoutes.CLOSED, "true");
                    return exchange.reply(204);
                })
                .onErrorResume(LogChangedException.class, changed -> {
                    if (exchange.response().hasSentHeaders()) {
                        return Mono.error(changed);
                    }
                    return changed.head() == 0
                            ? exchange.reply(204)
                            : ends.of(sessionId)
                                    .flatMap(end -> Mono.error(
                                            place.version() > end.place().version()
                                                    ? beyondHead(sessionId, place, end.place())
                                                    : changed));
                });
    }

    static HttpProblem beyondHead(String sessionId, LogPlace place, LogPlace head) {
        return new HttpProblem(
                416,
                "beyond-head",
                "the place is after the last event of the session, which has version " + head.version()
                        + "; read the session from the start",
                Map.of(Exchange.NEXT_OFFSET, head.toString()),
                Map.of("session", sessionId, "place", place.toString(), "head", head.version()));
    }
}
