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
 * Reads and appends the events of one session.
 *
 * <p>A read uses the parameters of the Durable Streams protocol, with the same meaning: {@code offset} is {@code -1}
 * (the start), {@code now}, or the place that an earlier answer returned as {@code Stream-Next-Offset}. A plain read
 * also accepts versions, {@code after} and {@code up_to}, like {@link Range#between}.
 */
final class EventRoutes {

    static final String PATH = "/v1/sessions/{session id}/events";
    static final String UP_TO_DATE = "Stream-Up-To-Date";
    static final String CLOSED = "Stream-Closed";

    private static final Set<String> READ = Set.of("offset", "after", "up_to", "last", "limit", "types");
    private static final Set<String> STREAMED = Set.of("offset", "after", "up_to", "last", "types", "follow", "credit");
    private static final Set<String> FOLLOW = Set.of("offset", "last", "idle", "lag", "follow", "credit", "signals");
    private static final Set<String> PROTOCOL = Set.of("offset", "live", "cursor");
    private static final Set<String> ANY = Set.of(
            "offset", "after", "up_to", "last", "limit", "types", "idle", "lag", "follow", "credit", "signals", "live",
            "cursor");

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
        live.addTo(router);
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
        if (LiveRoutes.follows(exchange)) {
            query.allow(FOLLOW);
            return live.follow(exchange);
        }
        query.allow(LiveRoutes.isAsked(exchange) ? STREAMED : READ);
        return readAfter(exchange, query.text("offset"));
    }

    private Mono<Void> readAfter(Exchange exchange, @Nullable String offset) {
        String sessionId = exchange.variable(0);
        Query query = exchange.query();
        long last = query.number("last", 1, Long.MAX_VALUE, 0);
        long limit = query.number("limit", 1, Long.MAX_VALUE, 0);
        if (last > 0 && limit > 0) {
            throw HttpProblem.malformed("pass either 'last' or 'limit', not both");
        }
        long after = query.number("after", 0, Long.MAX_VALUE, -1);
        if (after >= 0 && offset != null) {
            throw HttpProblem.malformed("pass either 'offset' or 'after', not both");
        }
        long upTo = query.number("up_to", 0, Long.MAX_VALUE, Long.MAX_VALUE);
        String[] types = query.list("types");
        return ends.of(sessionId).flatMap(end -> {
            Range asked = after >= 0
                    ? Range.between(after, upTo)
                    : Range.after(placeOf(offset, end)).withUpTo(upTo);
            return pageEnd(sessionId, asked, limit, end).flatMap(page -> {
                // Events that are written during the read are left out, so the headers stay correct.
                Range range = asked.withUpTo(Math.min(upTo, page.version()));
                range = last > 0 ? range.withLast(last) : range;
                range = types.length > 0 ? range.withTypes(types) : range;
                Flux<SessionEvent> events = store.replay(sessionId, range);
                return LiveRoutes.isAsked(exchange)
                        ? LiveRoutes.replay(exchange, placeOf(offset, end), page, events, EventRoutes::text)
                        : send(exchange, end, asked, page, events);
            });
        });
    }

    private static byte[] text(SessionEvent event) {
        return EventStream.text(event.place(), event, LineCodec.standard()::encode);
    }

    static LogPlace placeOf(@Nullable String offset, LogEnds.End end) {
        return offset == null ? LogPlace.start() : offset.equals("now") ? end.place() : LogPlace.parse(offset);
    }

    /**
     * Returns the place where an answer ends: the head of the log, or earlier if {@code up_to} or a limit ends it. It
     * is never before the requested place, so the client never goes back.
     */
    private Mono<LogPlace> pageEnd(String sessionId, Range asked, long limit, LogEnds.End end) {
        long head = end.place().version();
        long after = asked.after();
        LogPlace place = asked.afterPlace();
        if (after > head) {
            // For an invalid place, the read itself fails with the reason. A version beyond the head has no place.
            return Mono.just(place == null ? end.place() : place);
        }
        long version = Math.max(after, Math.min(head, asked.upTo()));
        version = limit == 0 || limit >= version - after ? version : after + limit;
        if (version == head) {
            return Mono.just(end.place());
        }
        if (version == 0) {
            return Mono.just(LogPlace.start());
        }
        if (version == after && place != null) {
            return Mono.just(place);
        }
        return store.replay(sessionId, Range.between(version - 1, version))
                .next()
                .map(SessionEvent::place)
                .defaultIfEmpty(end.place());
    }

    private Mono<Void> send(Exchange exchange, LogEnds.End end, Range asked, LogPlace page, Flux<SessionEvent> events) {
        String tag = "\"" + asked.after() + "/" + page + "\"";
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
            return exchange.sendLinesOrArray(all.map(LineCodec.standard()::encode));
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

    /** Parses an event with the names of the line format. {@code extra} holds unknown members. */
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
