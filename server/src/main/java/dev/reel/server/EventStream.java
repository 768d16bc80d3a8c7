package dev.reel.server;

import dev.reel.Json;
import dev.reel.Place;
import dev.reel.SessionEvent;
import dev.reel.TailSignal;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.FutureMono;

/**
 * Server-sent events: how they are written and sent.
 *
 * <p>No field value can break the format: a place is ASCII, an event type has no line break, and JSON escapes line
 * feeds and carriage returns. Names that begin with {@code reel:} are reserved for the server: no event type can begin
 * with it.
 */
final class EventStream {

    static final String TYPE = "text/event-stream";
    static final String LAST_EVENT_ID = "Last-Event-ID";

    /** The name of the last event of a stream that the server ends. */
    static final String END = "reel:end";

    private static final byte[] RETRY = Exchange.ascii("retry: 1000\n\n");
    private static final byte[] HEARTBEAT = Exchange.ascii(":\n\n");

    private EventStream() {}

    /**
     * Returns the text of a signal. Before {@code reel:started}, which comes first in each stream, it writes the time
     * after which a client reconnects.
     *
     * @param line returns the data of an event of the log
     */
    static byte[] text(TailSignal signal, Function<SessionEvent, byte[]> line) {
        if (signal instanceof TailSignal.Recorded recorded) {
            return text(recorded.place(), recorded.event(), line);
        }
        byte[] data = signal.toJson().without("kind").toBytes();
        byte[] text = text(signal.place(), "reel:" + signal.kind().text(), data);
        return signal instanceof TailSignal.Started ? joined(List.of(RETRY, text)) : text;
    }

    /** Returns the text of an event of the log. */
    static byte[] text(Place place, SessionEvent event, Function<SessionEvent, byte[]> line) {
        return text(place, event.type(), line.apply(event));
    }

    /** Returns the first event of a tail of events only, with the place that the tail starts after, if it is known. */
    static byte[] started(@Nullable Place after) {
        Json data = after == null ? Json.EMPTY_OBJECT : Json.object("place", after.toString());
        return joined(List.of(RETRY, text(after, "reel:started", data.toBytes())));
    }

    /** Returns the first event of a replay, with the place that it starts after and the place where it ends. */
    static byte[] started(Place after, Place upTo) {
        Json data = Json.object("place", after.toString(), "up_to", upTo.toString());
        return joined(List.of(RETRY, text(after, "reel:started", data.toBytes())));
    }

    /**
     * Returns the last event. It has no id, so a client reconnects with the place of the last event that it received.
     */
    static byte[] end(String reason) {
        return text(null, END, Json.object("reason", reason).toBytes());
    }

    /**
     * Returns the last event of a stream that failed after it began. If events were purged before they were sent, it is
     * marked as incomplete. For an error other than a purge or a shutdown, it holds the problem that a request would
     * have been answered with.
     */
    static byte[] end(Throwable error, Exchange exchange) {
        String reason = LogEnds.reason(error);
        Json data = Json.object("reason", reason);
        return switch (reason) {
            case LogEnds.PURGED -> text(null, END, data.with("incomplete", true).toBytes());
            case LogEnds.ERROR ->
                text(
                        null,
                        END,
                        data.with("problem", exchange.problem(error).body()).toBytes());
            default -> end(reason);
        };
    }

    /** Writes one server-sent event. The data is one line. */
    static byte[] text(@Nullable Place id, String name, byte[] data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(data.length + 160);
        if (id != null) {
            out.writeBytes(Exchange.ascii("id: " + id + "\n"));
        }
        out.writeBytes(("event: " + name + "\ndata: ").getBytes(StandardCharsets.UTF_8));
        out.writeBytes(data);
        out.write('\n');
        out.write('\n');
        return out.toByteArray();
    }

    static byte[] joined(List<byte[]> parts) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        parts.forEach(out::writeBytes);
        return out.toByteArray();
    }

    /** Like {@link #send(Exchange, Flux, Function)}; each item is the text of one or more server-sent events. */
    static Mono<Void> send(Exchange exchange, Flux<byte[]> texts) {
        return send(exchange, texts, EventStream::joined);
    }

    /**
     * Sends a stream until it completes or the client disconnects. The headers are sent with the first item, so a
     * stream that fails before that is answered with a problem.
     *
     * <p>One piece is written at a time; the next one is requested after the socket has accepted it. So a client that
     * stops reading costs only that piece and the contents of {@link Gathered}.
     *
     * @param join returns the text of items that are sent together
     */
    static <T> Mono<Void> send(Exchange exchange, Flux<T> items, Function<List<T>, byte[]> join) {
        Mono<Void> stream = exchange.afterFirst(items, all -> {
            exchange.response().status(200).header(HttpHeaderNames.CONTENT_TYPE, TYPE);
            exchange.timer().report(200);
            exchange.header(HttpHeaderNames.VARY, "Accept");
            // Tells a proxy not to buffer the stream.
            exchange.header("X-Accel-Buffering", "no");
            Channel channel = Exchange.channelOf(exchange.response());
            Flux<byte[]> pieces = new Gathered<>(
                    all,
                    join,
                    channel.eventLoop(),
                    HEARTBEAT,
                    exchange.options().heartbeat());
            return exchange.response().then().thenMany(pieces.concatMap(piece -> write(channel, piece), 0));
        });
        return exchange.streams().counted(stream);
    }

    /** Completes after the socket has accepted the piece. */
    private static Mono<Void> write(Channel channel, byte[] piece) {
        return piece.length == 0
                ? Mono.empty()
                : FutureMono.deferFuture(() -> channel.writeAndFlush(Unpooled.wrappedBuffer(piece)));
    }
}
