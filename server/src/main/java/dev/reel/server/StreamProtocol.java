package dev.reel.server;

import dev.reel.From;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.SessionStore;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.spi.LineCodec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Follows the events of one session in the two live modes of the Durable Streams protocol, in its JSON form: {@code
 * live=long-poll} and {@code live=sse}.
 *
 * <p>A long poll is a plain read that first waits for an event. A stream sends a {@code data} event with an array of
 * the events that are sent together, followed by a {@code control} event with the place to continue after. {@code
 * upToDate} is true once history is delivered, and false while the client has fallen behind.
 */
final class StreamProtocol {

    private static final String CURSOR = "Stream-Cursor";

    /** The protocol's defaults for cursors: intervals of 20 seconds since this instant. */
    private static final Instant CURSOR_EPOCH = Instant.parse("2024-10-09T00:00:00Z");

    private static final long CURSOR_SECONDS = 20;

    /** A plain read after an offset. */
    interface Reader {
        Mono<Void> read(Exchange exchange, String offset);
    }

    private final SessionStore store;
    private final LogEnds ends;
    private final LiveRoutes live;
    private final Reader reader;

    StreamProtocol(SessionStore store, LiveRoutes live, Reader reader) {
        this.store = store;
        this.ends = new LogEnds(store);
        this.live = live;
        this.reader = reader;
    }

    Mono<Void> read(Exchange exchange) {
        String offset = exchange.query().text("offset");
        if (offset == null) {
            throw HttpProblem.malformed("a live read requires 'offset': -1, now, or a place");
        }
        String mode = String.valueOf(exchange.query().text("live"));
        return switch (mode) {
            case "long-poll" -> poll(exchange, offset);
            case "sse" -> stream(exchange, offset);
            default -> throw HttpProblem.malformed("parameter 'live' must be sse or long-poll");
        };
    }

    /**
     * Returns the number of the current interval, or the client's cursor plus a step if that is later: the protocol
     * requires that cursors never repeat.
     */
    private static String cursor(@Nullable String known) {
        long cursor = Duration.between(CURSOR_EPOCH, Instant.now()).toSeconds() / CURSOR_SECONDS;
        boolean isNumber = known != null && known.matches("[0-9]{1,18}");
        return String.valueOf(isNumber ? Math.max(cursor, Long.parseLong(known) + 1) : cursor);
    }

    // ---- Long polls

    private Mono<Void> poll(Exchange exchange, String offset) {
        exchange.header(CURSOR, cursor(exchange.query().text("cursor")));
        String sessionId = exchange.variable(0);
        return ends.of(sessionId).flatMap(end -> {
            LogPlace after = EventRoutes.placeOf(offset, end);
            if (!after.equals(end.place())) {
                return reader.read(exchange, after.toString());
            }
            if (end.closed()) {
                exchange.header(EventRoutes.CLOSED, "true");
                return nothing(exchange, after);
            }
            Mono<Boolean> wait = store.tail(sessionId, From.after(after))
                    .next()
                    .hasElement()
                    .timeout(exchange.options().longPoll(), Mono.just(false));
            exchange.timer().stop();
            return exchange.streams()
                    .counted(wait)
                    .flatMap(came -> came ? reader.read(exchange, after.toString()) : nothing(exchange, after));
        });
    }

    private static Mono<Void> nothing(Exchange exchange, LogPlace place) {
        exchange.header(Exchange.NEXT_OFFSET, place.toString());
        exchange.header(EventRoutes.UP_TO_DATE, "true");
        return exchange.reply(204);
    }

    // ---- Streams

    /** An item to send: a signal of the tail, or the end of the tail. */
    private record Item(@Nullable TailSignal signal, LogPlace place, boolean closed) {

        private static Item of(TailSignal signal) {
            return new Item(signal, (LogPlace) signal.place(), false);
        }

        private static Item end(String reason, LogPlace place) {
            return new Item(null, place, reason.equals(LogEnds.CLOSED));
        }
    }

    private Mono<Void> stream(Exchange exchange, String offset) {
        String sessionId = exchange.variable(0);
        From from = offset.equals("now") ? From.now() : From.parse(offset);
        Flux<Item> items = live.withEnd(
                sessionId,
                store.tailSignals(sessionId, from, TailOptions.standard()),
                Item::of,
                (reason, place, error) -> reason.equals(LogEnds.ERROR) ? null : Item.end(reason, place));
        return EventStream.send(exchange, items, new Texts(exchange.query().text("cursor"))::of);
    }

    /** Writes the text of one stream. It is called for one piece after the other, never for two at the same time. */
    private static final class Texts {

        private final @Nullable String knownCursor;
        private boolean upToDate;

        private Texts(@Nullable String knownCursor) {
            this.knownCursor = knownCursor;
        }

        private byte[] of(List<Item> items) {
            List<byte[]> lines = new ArrayList<>();
            boolean isCaughtUpNow = false;
            for (Item item : items) {
                TailSignal signal = item.signal();
                if (signal instanceof TailSignal.Recorded recorded) {
                    lines.add(LineCodec.standard().encode(recorded.event()));
                } else if (signal instanceof TailSignal.CaughtUp) {
                    upToDate = true;
                    isCaughtUpNow = true;
                } else if (signal instanceof TailSignal.FellBehind) {
                    upToDate = false;
                }
            }
            Item last = items.get(items.size() - 1);
            List<byte[]> texts = new ArrayList<>();
            if (!lines.isEmpty()) {
                texts.add(EventStream.text(null, "data", Pieces.arrayOf(lines)));
            }
            if (!lines.isEmpty() || isCaughtUpNow || last.closed()) {
                texts.add(EventStream.text(null, "control", control(last).toBytes()));
            }
            return EventStream.joined(texts);
        }

        private Json control(Item last) {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("streamNextOffset", last.place().toString());
            if (!last.closed()) {
                members.put("streamCursor", cursor(knownCursor));
            }
            if (upToDate || last.closed()) {
                members.put("upToDate", true);
            }
            if (last.closed()) {
                members.put("streamClosed", true);
            }
            return Json.of(members);
        }
    }
}
