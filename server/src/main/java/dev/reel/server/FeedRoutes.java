package dev.reel.server;

import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Json;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.TailOptions;
import dev.reel.spi.LineCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.ByteArrayOutputStream;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The feed: the events of all sessions in one order, to read or to follow.
 *
 * <p>A read ends at the position that the feed has when the request arrives. So the headers can say where the next read
 * begins, although events are written during the read. Each event is an object with the id of its session and the
 * event's line.
 */
final class FeedRoutes {

    static final String PATH = "/v1/events";

    private static final Set<String> READ = Set.of("after", "up_to", "types", "prefix", "last", "limit");
    private static final Set<String> STREAMED = Set.of("after", "up_to", "types", "prefix", "last", "follow", "credit");
    private static final Set<String> FOLLOW =
            Set.of("after", "up_to", "types", "prefix", "last", "idle", "lag", "follow", "credit", "signals");
    private static final Set<String> ANY =
            Set.of("after", "up_to", "types", "prefix", "last", "limit", "idle", "lag", "follow", "credit", "signals");

    private final SessionStore store;

    FeedRoutes(SessionStore store) {
        this.store = store;
    }

    void addTo(Router router) {
        router.add("GET", PATH, ANY, this::read);
        router.add("HEAD", PATH, this::head);
    }

    private Mono<Void> head(Exchange exchange) {
        return store.position().flatMap(end -> {
            exchange.header(Exchange.NEXT_OFFSET, end.toString());
            exchange.header(HttpHeaderNames.CONTENT_TYPE, Exchange.JSON);
            return exchange.reply(200);
        });
    }

    private Mono<Void> read(Exchange exchange) {
        Query query = exchange.query();
        boolean follows = LiveRoutes.follows(exchange);
        query.allow(follows ? FOLLOW : LiveRoutes.isAsked(exchange) ? STREAMED : READ);
        FeedFilter filter = FeedFilter.all().withTypes(query.list("types"));
        String prefix = query.text("prefix");
        filter = prefix == null ? filter : filter.withSessionPrefix(prefix);
        long last = query.number("last", 1, Long.MAX_VALUE, 0);
        filter = last == 0 ? filter : filter.withLast(last);
        long upTo = query.number("up_to", 0, Long.MAX_VALUE, Long.MAX_VALUE);
        filter = upTo == Long.MAX_VALUE ? filter : filter.withUpTo(FeedPlace.of(upTo));
        String lastEventId = LiveRoutes.lastEventId(exchange);
        if (follows) {
            // A place that the client has received takes precedence: when it reconnects, its URL still has the "last"
            // of
            // its first request.
            return lastEventId == null
                    ? follow(exchange, placeOf(query.text("after")), filter)
                    : follow(exchange, FeedPlace.parse(lastEventId), filter.withLast(Long.MAX_VALUE));
        }
        long limit = query.number("limit", 1, Long.MAX_VALUE, 0);
        if (last > 0 && limit > 0) {
            throw HttpProblem.malformed("pass either 'last' or 'limit', not both");
        }
        return page(exchange, placeOf(query.text("after")), filter, limit);
    }

    private static FeedPlace placeOf(@Nullable String after) {
        return after == null ? FeedPlace.start() : FeedPlace.parse(after);
    }

    // ---- Reading

    private Mono<Void> page(Exchange exchange, FeedPlace asked, FeedFilter filter, long limit) {
        return store.position().flatMap(position -> {
            FeedPlace after = asked.isNow() ? position : asked;
            // If the place was never in this feed, the read itself fails with the reason.
            FeedPlace end = later(after, FeedPlace.of(Math.min(position.position(), filter.upTo())));
            return pageEnd(after, filter.withUpTo(end), limit, end)
                    .flatMap(page ->
                            send(exchange, after, filter.withUpTo(page), page, page.position() >= position.position()));
        });
    }

    private static FeedPlace later(FeedPlace one, FeedPlace other) {
        return one.position() > other.position() ? one : other;
    }

    /** Returns the place where a limit ends a page. The events are read twice, so they need not be held in memory. */
    private Mono<FeedPlace> pageEnd(FeedPlace after, FeedFilter filter, long limit, FeedPlace end) {
        return limit == 0
                ? Mono.just(end)
                : store.replayAll(after, filter)
                        .skip(limit - 1)
                        .next()
                        .map(event -> FeedPlace.of(event.position()))
                        .defaultIfEmpty(end);
    }

    /** Sends the headers with the first event, so a read that fails before it is answered with a problem. */
    private Mono<Void> send(Exchange exchange, FeedPlace after, FeedFilter filter, FeedPlace page, boolean isUpToDate) {
        Flux<SessionEvent> events = store.replayAll(after, filter);
        if (LiveRoutes.isAsked(exchange)) {
            return LiveRoutes.replay(exchange, after, page, events, FeedRoutes::text);
        }
        return exchange.afterFirst(events, all -> {
            exchange.header(Exchange.NEXT_OFFSET, page.toString());
            exchange.header(HttpHeaderNames.VARY, "Accept");
            if (isUpToDate) {
                exchange.header(EventRoutes.UP_TO_DATE, "true");
            }
            return exchange.sendLinesOrArray(all.map(FeedRoutes::object));
        });
    }

    /** Writes {@code {"session":id,"event":line}}. The line is the stored line of the file format. */
    private static byte[] object(SessionEvent event) {
        byte[] session = Json.of(event.sessionId()).toBytes();
        byte[] line = LineCodec.standard().encode(event);
        ByteArrayOutputStream out = new ByteArrayOutputStream(session.length + line.length + 24);
        out.writeBytes(Exchange.ascii("{\"session\":"));
        out.writeBytes(session);
        out.writeBytes(Exchange.ascii(",\"event\":"));
        out.writeBytes(line);
        out.write('}');
        return out.toByteArray();
    }

    private static byte[] text(SessionEvent event) {
        return EventStream.text(FeedPlace.of(event.position()), event, FeedRoutes::object);
    }

    // ---- Following

    private Mono<Void> follow(Exchange exchange, FeedPlace after, FeedFilter filter) {
        TailOptions options = LiveRoutes.options(exchange);
        Flux<byte[]> texts = Flux.defer(() -> {
            FeedPlace[] at = new FeedPlace[1];
            Flux<byte[]> all = LiveRoutes.hasSignals(exchange)
                    ? LiveRoutes.granted(exchange, store.tailAllSignals(after, filter, options), 1)
                            .doOnNext(signal -> at[0] = (FeedPlace) signal.place())
                            .map(signal -> EventStream.text(signal, FeedRoutes::object))
                    : events(exchange, after, filter, at);
            return all.concatWith(Mono.defer(() -> reason(at[0], filter)).map(EventStream::end))
                    .onErrorResume(
                            error -> at[0] == null ? Flux.error(error) : Flux.just(EventStream.end(error, exchange)));
        });
        return EventStream.send(exchange, texts);
    }

    /** Emits the place after which the tail starts, then its events. With {@code last} that place is unknown. */
    private Flux<byte[]> events(Exchange exchange, FeedPlace after, FeedFilter filter, FeedPlace[] at) {
        boolean isKnown = filter.last() == Long.MAX_VALUE;
        return (after.isNow() ? store.position() : Mono.just(after)).flatMapMany(begin -> {
            at[0] = begin;
            return Flux.concat(
                    Mono.just(EventStream.started(isKnown ? begin : null)),
                    LiveRoutes.granted(exchange, store.tailAll(begin, filter), 0)
                            .doOnNext(event -> at[0] = FeedPlace.of(event.position()))
                            .map(FeedRoutes::text));
        });
    }

    /**
     * Returns why a tail has completed. A feed never ends by itself: either the tail has passed {@code up_to}, or the
     * store has completed its tails. In both cases the place of the last signal can be before {@code up_to}, since a
     * purge leaves gaps. So the feed is read again to decide: a client reconnects after {@code shutdown}, and does not
     * after {@code up-to}.
     */
    private Mono<String> reason(@Nullable FeedPlace at, FeedFilter filter) {
        if (at == null || filter.upTo() == Long.MAX_VALUE) {
            return Mono.just(LogEnds.SHUTDOWN);
        }
        if (at.position() >= filter.upTo()) {
            return Mono.just(LogEnds.UP_TO);
        }
        return store.position()
                .filter(position -> position.position() >= filter.upTo())
                .flatMap(position -> store.replayAll(at, filter).hasElements())
                .map(isMoreLeft -> isMoreLeft ? LogEnds.SHUTDOWN : LogEnds.UP_TO)
                .defaultIfEmpty(LogEnds.SHUTDOWN)
                .onErrorReturn(LogEnds.SHUTDOWN);
    }
}
