package dev.reel.server;

import java.io.ByteArrayOutputStream;
import java.util.List;
import reactor.core.publisher.Flux;

/**
 * Puts many short byte arrays together into few longer ones, so that an answer of many events is not one write to the
 * socket per event. Demand is passed on: what is asked for is bounded by {@link #EVENTS}, whatever the client takes.
 */
final class Pieces {

    /** Events that are put together at most. */
    private static final int EVENTS = 64;

    private static final byte[] LINE_FEED = {'\n'};
    private static final byte[] EMPTY = {'[', ']'};

    private Pieces() {}

    /** A JSON array of what are JSON texts. */
    static Flux<byte[]> array(Flux<byte[]> elements) {
        return Flux.defer(() -> {
            boolean[] begun = new boolean[1];
            return elements.buffer(EVENTS)
                    .map(some -> {
                        byte[] piece = joined(some, begun[0] ? "," : "[", ",", "");
                        begun[0] = true;
                        return piece;
                    })
                    .concatWith(Flux.defer(() -> Flux.just(begun[0] ? new byte[] {']'} : EMPTY)));
        });
    }

    /** One array of what are JSON texts. */
    static byte[] arrayOf(List<byte[]> elements) {
        return joined(elements, "[", ",", "]");
    }

    /** A line each. */
    static Flux<byte[]> lines(Flux<byte[]> lines) {
        return lines.buffer(EVENTS).map(some -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (byte[] line : some) {
                out.writeBytes(line);
                out.writeBytes(LINE_FEED);
            }
            return out.toByteArray();
        });
    }

    private static byte[] joined(List<byte[]> parts, String before, String between, String after) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(Exchange.ascii(before));
        for (int i = 0; i < parts.size(); i++) {
            if (i > 0) {
                out.writeBytes(Exchange.ascii(between));
            }
            out.writeBytes(parts.get(i));
        }
        out.writeBytes(Exchange.ascii(after));
        return out.toByteArray();
    }
}
