package dev.reel.internal.engine;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * A read that may need a file. If the data is in memory, the result is emitted on the subscribing thread. Otherwise a
 * thread of the storage reads the file, and the result is emitted on the pool for answers.
 */
final class StoredRead {

    private StoredRead() {}

    static <T> Mono<T> of(Supplier<@Nullable T> read, Core core) {
        return Mono.defer(() -> {
            try {
                return Mono.justOrEmpty(read.get());
            } catch (NeedsReading e) {
                return away(read, core);
            }
        });
    }

    /** The same for a read that certainly needs a file. */
    static <T> Mono<T> away(Supplier<@Nullable T> read, Core core) {
        return Mono.create(sink -> core.read(() -> readInto(sink, read, core)));
    }

    private static <T> void readInto(MonoSink<T> sink, Supplier<@Nullable T> read, Core core) {
        try {
            T value = read.get();
            core.answers().execute(() -> sink.success(value));
        } catch (Throwable t) {
            Throwable error = Failure.of(null, t);
            core.answers().execute(() -> sink.error(error));
        }
    }
}
