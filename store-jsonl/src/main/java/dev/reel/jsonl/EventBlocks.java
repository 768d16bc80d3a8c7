package dev.reel.jsonl;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.reel.JsonLimits;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import dev.reel.spi.LineCodec;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The events of stored logs that are in memory, for all logs of a store together: in blocks, as they are read, within a
 * bound of bytes. Beside it, what all of these logs are read with.
 */
final class EventBlocks {

    /** What is held in memory by default. */
    static final long DEFAULT_WEIGHT = 64L << 20;

    /** What an event costs beside its line, about; and a foreign one's data are no slices of its line. */
    private static final int EVENT_WEIGHT = 250;

    private static final AtomicLong LAST_NUMBER = new AtomicLong();

    /** A block of a log, by its first event. */
    private record Key(long log, int first) {}

    /** Not to be compared. */
    private static final class Block {

        private final SessionEvent[] events;
        private final int weight;

        Block(SessionEvent[] events, int weight) {
            this.events = events;
            this.weight = weight;
        }
    }

    private final Disk disk;
    private final LineCodec codec;
    private final Upcasters upcasters;
    private final int maxBytes;
    private final Cache<Key, Block> cache;

    EventBlocks(Disk disk, JsonLimits limits, Upcasters upcasters, long weight) {
        this.disk = disk;
        this.codec = LineCodec.of(limits, upcasters);
        this.upcasters = upcasters;
        this.maxBytes = limits.maxBytes();
        this.cache = Caffeine.newBuilder()
                .maximumWeight(weight)
                .weigher((Key key, Block block) -> block.weight)
                .executor(Runnable::run)
                .build();
    }

    Disk disk() {
        return disk;
    }

    LineCodec codec() {
        return codec;
    }

    Upcasters upcasters() {
        return upcasters;
    }

    /** How long a line may be. */
    int maxBytes() {
        return maxBytes;
    }

    /** What blocks of a log are known by. */
    static long nextNumber() {
        return LAST_NUMBER.incrementAndGet();
    }

    /** An event of the block that begins with {@code first}; null where it is not in memory. Never reads. */
    @Nullable
    SessionEvent find(long log, int first, int index) {
        Block block = cache.getIfPresent(new Key(log, first));
        return block == null || index - first >= block.events.length ? null : block.events[index - first];
    }

    void put(long log, int first, SessionEvent[] events, long bytes) {
        long weight = bytes + (long) EVENT_WEIGHT * events.length;
        cache.put(new Key(log, first), new Block(events, (int) Math.min(weight, Integer.MAX_VALUE)));
    }

    void forget(long log, int first) {
        cache.invalidate(new Key(log, first));
    }
}
