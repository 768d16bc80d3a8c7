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
 * The cache of stored events of all logs of a store, in blocks, bounded in bytes. It also holds the codec and the
 * upcasters with which all these logs are read.
 */
final class EventBlocks {

    /** The default maximum size in bytes. */
    static final long DEFAULT_WEIGHT = 64L << 20;

    /**
     * The approximate heap size of an event in bytes, in addition to its line. The data of a foreign event are not
     * slices of its line.
     */
    private static final int EVENT_WEIGHT = 250;

    private static final AtomicLong LAST_NUMBER = new AtomicLong();

    /** A block of a log, identified by its first event. */
    private record Key(long log, int first) {}

    /** A block; never compared. */
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

    /** Returns the maximum length of a line in bytes. */
    int maxBytes() {
        return maxBytes;
    }

    /** Returns a new number, which identifies a log in this cache. */
    static long nextNumber() {
        return LAST_NUMBER.incrementAndGet();
    }

    /**
     * Returns an event of the block that begins with {@code first}; null if the block is not in memory. Never reads a
     * file.
     */
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
