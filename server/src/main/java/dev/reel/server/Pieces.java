package dev.reel.server;

import java.io.ByteArrayOutputStream;
import java.util.List;
import reactor.core.publisher.Flux;

/**
 * Joins many short byte arrays into a few longer ones, so that an answer of many events does not cost one write to the
 * socket per event. Backpressure is kept: at most {@link #EVENTS} elements per requested piece are read from the
 * source.
 */
final class Pieces {

    /** The largest number of events per piece. */
    private static final int EVENTS = 64;

    private static final byte[] LINE_FEED = {'\n'};
    private static final byte[] EMPTY = {'[', ']'};

    private Pieces() {}

    /** Joins JSON texts into a JSON array, in several pieces. */
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

    /** Joins JSON texts into one JSON array. */
    static byte[] arrayOf(List<byte[]> elements) {
        return joined(elements, "[", ",", "]");
    }

    /** Writes one element per line. */
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
