package dev.reel.server;

import io.netty.channel.Channel;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The open connections. A connection beyond the bound is closed as soon as it is accepted, before anything is read. If
 * it stayed in the system's accept queue, its client would wait, and so would health checks.
 */
@SuppressWarnings("FutureReturnValueIgnored") // nothing waits for close()
final class Connections {

    private final AtomicInteger open = new AtomicInteger();
    private final int bound;
    private final HttpRecorder recorder;

    Connections(int bound, HttpRecorder recorder) {
        this.bound = bound;
        this.recorder = recorder;
    }

    /** Counts a connection until it is closed. If the bound is reached, closes it and returns false. */
    boolean isTaken(Channel channel) {
        if (open.incrementAndGet() > bound) {
            open.decrementAndGet();
            recorder.connectionRefused();
            channel.close();
            return false;
        }
        recorder.connectionOpened();
        channel.closeFuture().addListener(closed -> {
            open.decrementAndGet();
            recorder.connectionClosed();
        });
        return true;
    }
}
