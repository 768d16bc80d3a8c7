package dev.reel.server;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The streams that are open: server-sent events, and long polls that wait. One more than the bound is refused, so that no
 * client can use up the server's connections, cursors and memory.
 *
 * <p>A stream may have a {@link Credit}, to which its client adds by requests of their own. These name the stream by an id that
 * cannot be guessed.
 */
final class OpenStreams {

    private static final int ID_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final AtomicInteger open = new AtomicInteger();
    private final Map<String, Credit.Grant> grants = new ConcurrentHashMap<>();
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

    /** An id for a stream. */
    static String newId() {
        byte[] bytes = new byte[ID_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /**
     * Limits a stream to what its client grants.
     *
     * @param id of {@link #newId}; the stream can be granted more while it is subscribed to
     * @param credit how many items the client takes at first
     */
    <T> Flux<T> limited(String id, Flux<T> items, long credit) {
        return new Credit<>(items, credit, grant -> {
            grants.put(id, grant);
            return () -> grants.remove(id);
        });
    }

    /** What adds to the credit of a stream; null if no such stream is open. */
    Credit.@Nullable Grant grant(String id) {
        return grants.get(id);
    }
}
