package dev.reel.server;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.spi.LineCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The events of one session: reading what is there, and appending.
 *
 * <p>Reading has the names and the meaning of the Durable Streams protocol's read path: {@code offset} is {@code -1} (the
 * start), {@code now}, or the place that an answer gave as {@code Stream-Next-Offset}.
 */
final class EventRoutes {

    static final String PATH = "/v1/sessions/{session id}/events";
    static final String UP_TO_DATE = "Stream-Up-To-Date";
    static final String CLOSED = "Stream-Closed";
    static final String NDJSON = "application/x-ndjson";

    private static final Set<String> READ = Set.of("offset", "last", "limit", "types");
    private static final Set<String> FOLLOW = Set.of("offset", "last", "idle");
    private static final Set<String> PROTOCOL = Set.of("offset", "live", "cursor");
    private static final Set<String> ANY = Set.of("offset", "last", "limit", "types", "idle", "live", "cursor");

    private final SessionStore store;
    private final LogEnds ends;
    private final LiveRoutes live;
    private final StreamProtocol protocol;

    EventRoutes(SessionStore store) {
        this.store = store;
        this.ends = new LogEnds(store);
        this.live = new LiveRoutes(store);
        this.protocol = new StreamProtocol(store, live, this::readAfter);
    }

    void addTo(Router router) {
        router.add("GET", PATH, ANY, this::read);
        router.add("HEAD", PATH, this::head);
        router.add("POST", PATH, this::append);
    }

    // ---- Reading

    private Mono<Void> head(Exchange exchange) {
        return ends.of(exchange.variable(0)).flatMap(end -> {
            exchange.place(end.place());
            exchange.header(HttpHeaderNames.CONTENT_TYPE, Exchange.JSON);
            if (end.closed()) {
                exchange.header(CLOSED, "true");
            }
            return exchange.reply(200);
        });
    }

    private Mono<Void> read(Exchange exchange) {
        Query query = exchange.query();
        if (query.has("live")) {
            query.allow(PROTOCOL);
            return protocol.read(exchange);
        }
        if (LiveRoutes.isAsked(exchange)) {
            query.allow(FOLLOW);
            return live.follow(exchange);
        }
        query.allow(READ);
        return readAfter(exchange, query.text("offset"));
    }

    private Mono<Void> readAfter(Exchange exchange, @Nullable String offset) {
        String sessionId = exchange.variable(0);
        Query query = exchange.query();
        long last = query.number("last", 1, Long.MAX_VALUE, 0);
        long limit = query.number("limit", 1, Long.MAX_VALUE, 0);
        if (last > 0 && limit > 0) {
            throw HttpProblem.malformed("a request has either 'last' or 'limit'");
        }
        String[] types = query.list("types");
        return ends.of(sessionId)
                .flatMap(end -> pageEnd(sessionId, placeOf(offset, end), limit, end)
                        .flatMap(page -> {
                            LogPlace after = placeOf(offset, end);
                            Range range = Range.after(after).withUpTo(page.version());
                            range = last > 0 ? range.withLast(last) : range;
                            range = types.length > 0 ? range.withTypes(types) : range;
                            return send(exchange, end, after, page, store.replay(sessionId, range));
                        }));
    }

    static LogPlace placeOf(@Nullable String offset, LogEnds.End end) {
        return offset == null ? LogPlace.start() : offset.equals("now") ? end.place() : LogPlace.parse(offset);
    }

    /** The place of the last event of an answer: the head, or where a limit ends it. */
    private Mono<LogPlace> pageEnd(String sessionId, LogPlace after, long limit, LogEnds.End end) {
        long left = end.place().version() - after.version();
        if (left < 0) {
            return Mono.just(after); // reading says what is wrong with it
        }
        if (limit == 0 || limit >= left) {
            return Mono.just(end.place());
        }
        long version = after.version() + limit;
        return store.replay(sessionId, Range.between(version - 1, version))
                .next()
                .map(SessionEvent::place)
                .defaultIfEmpty(end.place());
    }

    private Mono<Void> send(
            Exchange exchange, LogEnds.End end, LogPlace after, LogPlace page, Flux<SessionEvent> events) {
        String tag = "\"" + after + "/" + page + "\"";
        return exchange.afterFirst(events, all -> {
            exchange.header(HttpHeaderNames.ETAG, tag);
            exchange.header(Exchange.NEXT_OFFSET, page.toString());
            exchange.header(HttpHeaderNames.VARY, "Accept");
            boolean atEnd = page.equals(end.place());
            if (atEnd) {
                exchange.header(UP_TO_DATE, "true");
            }
            if (atEnd && end.closed()) {
                exchange.header(CLOSED, "true");
            }
            if (tag.equals(exchange.header(HttpHeaderNames.IF_NONE_MATCH))) {
                return exchange.reply(304);
            }
            Flux<byte[]> lines = all.map(LineCodec.standard()::encode);
            boolean asLines = exchange.accepts(NDJSON);
            exchange.response().status(200).header(HttpHeaderNames.CONTENT_TYPE, asLines ? NDJSON : Exchange.JSON);
            return exchange.response().sendByteArray(asLines ? Pieces.lines(lines) : Pieces.array(lines));
        });
    }

    // ---- Appending

    private Mono<Void> append(Exchange exchange) {
        return exchange.body()
                .map(EventRoutes::drafts)
                .flatMap(drafts -> store.append(exchange.variable(0), drafts, exchange.writeOptions()))
                .flatMap(commit -> {
                    exchange.place(commit.place());
                    if (commit.repeated()) {
                        exchange.header(Exchange.REPEATED, "true");
                    }
                    return exchange.reply(commit.toJson());
                });
    }

    private static List<EventDraft> drafts(Json body) {
        if (body.kind() != Json.Kind.ARRAY) {
            return List.of(draft(body));
        }
        List<EventDraft> drafts = new ArrayList<>();
        for (Json element : body.elements()) {
            drafts.add(draft(element));
        }
        return drafts;
    }

    /** An event with the names of the line format; {@code extra} holds what the format does not know. */
    private static EventDraft draft(Json json) {
        Members in = new Members(json);
        Json data = in.object("data");
        EventDraft draft = EventDraft.of(in.textOf("event"), data == null ? Json.EMPTY_OBJECT : data)
                .withMeta(in.object("meta"));
        String id = in.text("uuid");
        draft = id == null ? draft : draft.withId(id);
        var at = in.instant("ts");
        draft = at == null ? draft : draft.withAt(at);
        draft = in.has("v")
                ? draft.withSchemaVersion(Math.toIntExact(Math.min(in.number("v"), Integer.MAX_VALUE)))
                : draft;
        Json extra = in.object("extra");
        if (extra != null) {
            Map<String, Json> others = new LinkedHashMap<>(extra.members());
            draft = draft.withExtra(others);
        }
        in.end();
        return draft;
    }
}
