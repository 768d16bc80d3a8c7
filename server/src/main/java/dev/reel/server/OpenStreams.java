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
 * The open streams: server-sent events, and long polls that are waiting. A stream beyond the bound is refused, so a
 * client can't use up the server's connections, cursors and memory.
 *
 * <p>A stream may have a {@link Credit}, which its client increases by separate requests. These requests name the
 * stream by an id that can't be guessed.
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

    /** The number of open streams. */
    int count() {
        return open.get();
    }

    /**
     * Counts a stream from its subscription until it completes, fails or is cancelled.
     *
     * @return fails with an {@link HttpProblem} 503 if the bound is reached
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

    /** Returns a new id for a stream. */
    static String newId() {
        byte[] bytes = new byte[ID_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /**
     * Limits a stream to the credit of its client.
     *
     * @param id an id from {@link #newId}; credit can be added under it while the stream is subscribed to
     * @param credit the initial credit, in items
     */
    <T> Flux<T> limited(String id, Flux<T> items, long credit) {
        return new Credit<>(items, credit, grant -> {
            grants.put(id, grant);
            return () -> grants.remove(id);
        });
    }

    /** Returns the grant of a stream; null if no such stream is open. */
    Credit.@Nullable Grant grant(String id) {
        return grants.get(id);
    }
}
