package dev.reel.server;

import io.netty.channel.Channel;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The connections that are open. One more than the bound is closed as soon as it is accepted, before a byte of it is read: left
 * in the system's queue it would make its client wait, and that of the health checks, too.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whoever closes waits for nothing
final class Connections {

    private final AtomicInteger open = new AtomicInteger();
    private final int bound;
    private final HttpRecorder recorder;

    Connections(int bound, HttpRecorder recorder) {
        this.bound = bound;
        this.recorder = recorder;
    }

    /** Counts a connection until it is closed; or closes it, and returns false. */
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
