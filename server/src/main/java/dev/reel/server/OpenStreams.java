package dev.reel.server;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/**
 * The streams that are open: server-sent events, and long polls that wait. One more than the bound is refused, so that no
 * client can use up the server's connections, cursors and memory.
 */
final class OpenStreams {

    private final AtomicInteger open = new AtomicInteger();
    private final int bound;
    private final HttpRecorder recorder;

    OpenStreams(int bound, HttpRecorder recorder) {
        this.bound = bound;
        this.recorder = recorder;
    }

    /** How many are open. */
    int count() {
        return open.get();
    }

    /**
     * Counts a stream from its subscription until it completes, fails or is cancelled.
     *
     * @return signals an {@link HttpProblem} 503 if as many as the bound are open
     */
    <T> Mono<T> counted(Mono<T> stream) {
        return Mono.defer(() -> {
            if (open.incrementAndGet() > bound) {
                open.decrementAndGet();
                return Mono.error(new HttpProblem(
                        503,
                        "too-many-streams",
                        "the server has " + bound + " open streams, its bound; retry later",
                        Map.of("Retry-After", "1")));
            }
            recorder.streamOpened();
            return stream.doFinally(end -> {
                open.decrementAndGet();
                recorder.streamEnded();
            });
        });
    }
}
