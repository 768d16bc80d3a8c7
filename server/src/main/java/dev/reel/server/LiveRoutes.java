package dev.reel.server;

import dev.reel.From;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.Place;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.spi.LineCodec;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * Follows the events of one session as server-sent events, in the form that a browser's {@code EventSource} reads.
 *
 * <p>The stream is a tail of the session. An {@code EventSource} reconnects whenever a stream ends; only a status other
 * than 200 stops it. So a reconnect that can never receive an event is answered with a status: 204 if the session is
 * closed and every event was delivered, or if it was purged; 410 if it was purged and then written again; 416 if the
 * place is beyond its last event.
 */
final class LiveRoutes {

    /** The answer's header with the id of a stream that has a credit. */
    static final String STREAM = "Reel-Stream";

    private static final String GRANT_PATH = "/v1/streams/{stream id}";

    /** The longest interval after which an idle stream reports that it is idle. */
    private static final Duration MAX_IDLE = Duration.ofDays(1);

    private final SessionStore store;
    private final LogEnds ends;

    LiveRoutes(SessionStore store) {
        this.store = store;
        this.ends = new LogEnds(store);
    }

    /** Grants more credit. The stream's id is only in its answer, so a token that allows reads is enough. */
    void addTo(Router router) {
        router.add("POST", GRANT_PATH, Set.of("credit"), exchange -> {
            long n = exchange.query().number("credit", 1, Long.MAX_VALUE, 0);
            if (n == 0) {
                throw HttpProblem.malformed("'credit' is missing: pass the number of items to grant");
            }
            Credit.Grant grant = exchange.streams().grant(exchange.variable(0));
            if (grant == null) {
                throw new HttpProblem(
                        404,
                        "stream-not-found",
                        "no such stream is open here; reconnect after the last event received");
            }
            grant.add(n);
            return exchange.reply(204);
        });
    }

    /** Returns whether the request accepts server-sent events. */
    static boolean isAsked(Exchange exchange) {
        return exchange.accepts(EventStream.TYPE);
    }

    /** Returns whether the request follows future events; true by default. */
    static boolean follows(Exchange exchange) {
        return isAsked(exchange)
                && (!exchange.query().has("follow") || exchange.query().flag("follow"));
    }

    Mono<Void> follow(Exchange exchange) {
        String offset = lastEventId(exchange);
        long last = exchange.query().number("last", 1, Long.MAX_VALUE, 0);
        if (offset == null) {
            offset = exchange.query().text("offset");
            if (offset != null && last > 0) {
                throw HttpProblem.malformed("pass either 'offset' or 'last', not both");
            }
        }
        if (offset == null || offset.equals("now")) {
            From from = last > 0 ? From.last(last) : offset == null ? From.start() : From.now();
            return EventStream.send(exchange, texts(exchange, from));
        }
        LogPlace place = LogPlace.parse(offset);
        Mono<Void> stream = EventStream.send(exchange, texts(exchange, From.after(place)));
        return place.version() == 0 ? stream : reconnect(exchange, place, stream);
    }

    /** Returns the id of the last event that a client has received, which it sends when it reconnects; or null. */
    static @Nullable String lastEventId(Exchange exchange) {
        String id = exchange.header(EventStream.LAST_EVENT_ID);
        return id == null || id.isEmpty() ? null : id;
    }

    /** Returns the options from {@code lag}, in events, and {@code idle}, in seconds. */
    static TailOptions options(Exchange exchange) {
        TailOptions standard = TailOptions.standard();
        long lag = exchange.query().number("lag", 0, Integer.MAX_VALUE, standard.lag());
        Duration idle = exchange.query().seconds("idle", MAX_IDLE);
        TailOptions options = standard.withLag((int) lag);
        return idle == null ? options : options.withIdle(idle);
    }

    /** Returns whether a stream has all signals of a tail, not only its events. */
    static boolean hasSignals(Exchange exchange) {
        return !exchange.query().has("signals") || exchange.query().flag("signals");
    }

    /** Limits a stream to the client's credit if the request has {@code credit}. */
    static <T> Flux<T> granted(Exchange exchange, Flux<T> items, int free) {
        long credit = exchange.query().number("credit", 0, Long.MAX_VALUE, -1);
        if (credit < 0) {
            return items;
        }
        String id = OpenStreams.newId();
        exchange.header(STREAM, id);
        return exchange.streams().limited(id, items, Operators.addCap(credit, free));
    }

    /**
     * A replay as server-sent events, for a client that controls the demand: {@code reel:started} has the place where
     * the replay ends, and {@code reel:end} has the reason {@code complete}.
     */
    static Mono<Void> replay(
            Exchange exchange,
            Place after,
            Place upTo,
            Flux<SessionEvent> events,
            Function<SessionEvent, byte[]> text) {
        Flux<byte[]> texts = Flux.concat(
                        Mono.just(EventStream.started(after, upTo)),
                        granted(exchange, events, 0).map(text),
                        Mono.just(EventStream.end(LogEnds.COMPLETE)))
                .onErrorResume(error -> Mono.just(EventStream.end(error, exchange)));
        return EventStream.send(exchange, texts);
    }

    private Flux<byte[]> texts(Exchange exchange, From from) {
        return withEnd(
                exchange.variable(0),
                hasSignals(exchange) ? signals(exchange, from) : events(exchange, from),
                signal -> EventStream.text(signal, LineCodec.standard()::encode),
                (reason, place, error) -> error == null ? EventStream.end(reason) : EventStream.end(error, exchange));
    }

    /** The first signal needs no credit, so the answer begins even if nothing is granted. */
    private Flux<TailSignal> signals(Exchange exchange, From from) {
        return granted(exchange, store.tailSignals(exchange.variable(0), from, options(exchange)), 1);
    }

    /**
     * Emits the place after which the tail starts, then its events. The place is looked up first, so that a client can
     * reconnect even before the first event.
     */
    private Flux<TailSignal> events(Exchange exchange, From from) {
        String sessionId = exchange.variable(0);
        return begin(sessionId, from).flatMapMany(place -> {
            Flux<SessionEvent> events = store.tail(sessionId, place.version() == 0 ? From.start() : From.after(place));
            return Flux.concat(
                    Mono.just(new TailSignal.Started(place)),
                    granted(exchange, events, 0).map(event -> new TailSignal.Recorded(event, event.place())));
        });
    }

    private Mono<LogPlace> begin(String sessionId, From from) {
        if (from instanceof From.After after) {
            return Mono.just(after.place());
        }
        if (from.equals(From.start())) {
            return Mono.just(LogPlace.start());
        }
        long last = from instanceof From.Last some ? some.count() : 0;
        return ends.of(sessionId).flatMap(end -> {
            long version = Math.max(0, end.place().version() - last);
            return last == 0 || version == 0
                    ? Mono.just(last == 0 ? end.place() : LogPlace.start())
                    : store.replay(sessionId, Range.between(version - 1, version))
                            .next()
                            .map(SessionEvent::place);
        });
    }

    /**
     * Returns the last item of a stream that has completed or failed with an error; null if the stream must fail too.
     */
    interface EndItem<T> {
        @Nullable
        T of(String reason, LogPlace place, @Nullable Throwable error);
    }

    /** Returns the items of a tail, then one more with the reason for its end. */
    <T> Flux<T> withEnd(String sessionId, Flux<TailSignal> signals, Function<TailSignal, T> item, EndItem<T> end) {
        return Flux.defer(() -> {
            LogPlace[] at = new LogPlace[1];
            return signals.doOnNext(signal -> at[0] = (LogPlace) signal.place())
                    .map(item)
                    .concatWith(Mono.defer(() -> ends.reason(sessionId, at[0]))
                            .mapNotNull(reason -> end.of(reason, at[0], null)))
                    .onErrorResume(error -> {
                        // If nothing has been sent yet, the error is answered as a problem.
                        T last = at[0] == null ? null : end.of(LogEnds.reason(error), at[0], error);
                        return last == null ? Flux.error(error) : Flux.just(last);
                    });
        });
    }

    /** Answers with a status if no event can follow the place; otherwise with the stream. */
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
                "the place is beyond the last event of the session, which has version " + head.version()
                        + "; read the session from the start",
                Map.of(Exchange.NEXT_OFFSET, head.toString()),
                Map.of("session", sessionId, "place", place.toString(), "head", head.version()));
    }
}
