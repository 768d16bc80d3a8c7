package dev.reel.jsonl;

import dev.reel.InvalidInputException;
import dev.reel.internal.OptionMap;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Options of a {@link JsonlSessionStore}: how it writes, and what it may hold in memory. Immutable. */
public final class JsonlStoreOptions {

    private static final long KIB = 1 << 10;
    private static final long MIB = 1 << 20;
    private static final String INTERVAL = "interval ";
    private static final JsonlStoreOptions STANDARD =
            forHeapOf(Runtime.getRuntime().maxMemory());

    private final Durability durability;
    private final Duration lagTime;
    private final long lagBytes;
    private final int loadedSessions;
    private final long loadedBytes;
    private final long cacheBytes;
    private final Duration waitForLock;

    private JsonlStoreOptions(
            Durability durability,
            Duration lagTime,
            long lagBytes,
            int loadedSessions,
            long loadedBytes,
            long cacheBytes,
            Duration waitForLock) {
        this.durability = durability;
        this.lagTime = lagTime;
        this.lagBytes = lagBytes;
        this.loadedSessions = loadedSessions;
        this.loadedBytes = loadedBytes;
        this.cacheBytes = cacheBytes;
        this.waitForLock = waitForLock;
    }

    /**
     * Returns the standard options. The durability is {@link Durability#SYNC}. Session files lag by at most 1 s and 64
     * MiB. 10,000 sessions or 256 MiB of their events stay loaded, and 64 MiB of events that were read from files. A
     * small heap ({@link Runtime#maxMemory}) lowers these values: at most 1/16 of the heap for the lag, one session per
     * 64 KiB, 1/8 for loaded events and 1/16 for events that were read. Opening does not wait for another process's
     * lock.
     *
     * @return the options
     */
    public static JsonlStoreOptions standard() {
        return STANDARD;
    }

    /**
     * Reads options from a configuration: {@code durability} ({@code sync}, {@code write}, {@code interval} or {@code
     * interval 250 ms}), {@code lag-time}, {@code lag-bytes}, {@code loaded-sessions}, {@code loaded-bytes}, {@code
     * cache-bytes}, {@code wait-for-lock}. Bytes and times may have a unit. The map may also hold the options of {@link
     * dev.reel.StoreOptions#from}, so that one file configures both; this method does not read them.
     *
     * <pre>{@code
     * Map<String, String> configured = Map.of("durability", "interval 100 ms", "event-bytes", "4 MiB");
     * JsonlSessionStore.open(directory, StoreOptions.from(configured), JsonlStoreOptions.from(configured));
     * }</pre>
     *
     * @param options values by option name; a missing option has the value of {@link #standard()}
     * @return the options
     * @throws InvalidInputException if a name is in neither list, a value cannot be parsed, or a number is out of
     *     bounds
     */
    public static JsonlStoreOptions from(Map<String, String> options) {
        OptionMap map = OptionMap.of(options);
        JsonlStoreOptions read = standard();
        Durability mode = map.read(
                "durability", "sync, write, interval, or an interval like interval 250 ms", text -> durabilityOf(text));
        return read.withDurability(mode == null ? read.durability : mode)
                .withLag(or(map.time("lag-time"), read.lagTime), or(map.bytes("lag-bytes"), read.lagBytes))
                .withLoaded(
                        or(map.number("loaded-sessions"), read.loadedSessions),
                        or(map.bytes("loaded-bytes"), read.loadedBytes))
                .withCache(or(map.bytes("cache-bytes"), read.cacheBytes))
                .withWaitForLock(or(map.time("wait-for-lock"), read.waitForLock));
    }

    private static <T> T or(@Nullable T given, T standard) {
        return given == null ? standard : given;
    }

    private static @Nullable Durability durabilityOf(String text) {
        return switch (text) {
            case "sync" -> Durability.SYNC;
            case "write" -> Durability.WRITE;
            case "interval" -> Durability.interval();
            default -> intervalOf(text);
        };
    }

    private static @Nullable Durability intervalOf(String text) {
        Duration time = text.startsWith(INTERVAL) ? OptionMap.timeOf(text.substring(INTERVAL.length())) : null;
        return time == null ? null : Durability.interval(time);
    }

    /** Returns the standard options for a JVM with this maximum heap size, in bytes. */
    static JsonlStoreOptions forHeapOf(long bytes) {
        return new JsonlStoreOptions(
                Durability.SYNC,
                Duration.ofSeconds(1),
                Math.min(64 * MIB, Math.max(MIB, bytes / 16)),
                (int) Math.min(10_000, Math.max(16, bytes / (64 * KIB))),
                Math.min(256 * MIB, Math.max(MIB, bytes / 8)),
                Math.min(64 * MIB, Math.max(MIB, bytes / 16)),
                Duration.ZERO);
    }

    /**
     * Sets when a write is acknowledged. The default is {@link Durability#SYNC}.
     *
     * @param newDurability the durability
     * @return a copy
     */
    public JsonlStoreOptions withDurability(Durability newDurability) {
        return new JsonlStoreOptions(
                Objects.requireNonNull(newDurability, "durability"),
                lagTime,
                lagBytes,
                loadedSessions,
                loadedBytes,
                cacheBytes,
                waitForLock);
    }

    /**
     * Sets how far session files may lag behind the journal. Readers of the store do not notice the lag; other programs
     * that read the files do. The default is 1 s and 64 MiB, less in a small heap.
     *
     * @param time more than 0
     * @param bytes 1 or more
     * @return a copy
     * @throws InvalidInputException if a value is outside these bounds
     */
    public JsonlStoreOptions withLag(Duration time, long bytes) {
        if (time.isNegative() || time.isZero() || bytes < 1) {
            throw new InvalidInputException("a lag must be more than 0: " + time + ", " + bytes + " bytes");
        }
        return new JsonlStoreOptions(durability, time, bytes, loadedSessions, loadedBytes, cacheBytes, waitForLock);
    }

    /**
     * Sets how many idle sessions stay in memory; the least recently used are dropped first. The default is 10,000
     * sessions and 256 MiB, less in a small heap.
     *
     * @param sessions how many sessions, 1 or more
     * @param bytes the size of their events in bytes, 1 or more
     * @return a copy
     * @throws InvalidInputException if a value is outside these bounds
     */
    public JsonlStoreOptions withLoaded(int sessions, long bytes) {
        if (sessions < 1 || bytes < 1) {
            throw new InvalidInputException(
                    "loaded sessions and bytes must be 1 or more: " + sessions + " sessions, " + bytes + " bytes");
        }
        return new JsonlStoreOptions(durability, lagTime, lagBytes, sessions, bytes, cacheBytes, waitForLock);
    }

    /**
     * Sets how many bytes of events that were read from files stay in memory. The default is 64 MiB, less in a small
     * heap.
     *
     * @param bytes 1 or more
     * @return a copy
     * @throws InvalidInputException if it is less
     */
    public JsonlStoreOptions withCache(long bytes) {
        if (bytes < 1) {
            throw new InvalidInputException("a cache must have 1 byte or more: " + bytes);
        }
        return new JsonlStoreOptions(durability, lagTime, lagBytes, loadedSessions, loadedBytes, bytes, waitForLock);
    }

    /**
     * Sets how long opening waits if another process has the directory open for writing. Use it for a rolling
     * deployment: the new process waits until the old one has closed its store. The lock is tried every 100 ms. The
     * default is zero: opening fails at once.
     *
     * @param time zero or more
     * @return a copy
     * @throws InvalidInputException if it is negative
     */
    public JsonlStoreOptions withWaitForLock(Duration time) {
        if (time.isNegative()) {
            throw new InvalidInputException("the wait for a lock must be 0 or more: " + time);
        }
        return new JsonlStoreOptions(durability, lagTime, lagBytes, loadedSessions, loadedBytes, cacheBytes, time);
    }

    /**
     * Returns when a write is acknowledged.
     *
     * @return the durability
     */
    public Durability durability() {
        return durability;
    }

    /**
     * Returns how long a session file may lag behind the journal.
     *
     * @return the time
     */
    public Duration lagTime() {
        return lagTime;
    }

    /**
     * Returns by how many bytes all session files together may lag behind the journal.
     *
     * @return the bytes
     */
    public long lagBytes() {
        return lagBytes;
    }

    /**
     * Returns how many sessions stay loaded.
     *
     * @return the number
     */
    public int loadedSessions() {
        return loadedSessions;
    }

    /**
     * Returns how many bytes of events of loaded sessions stay in memory.
     *
     * @return the bytes
     */
    public long loadedBytes() {
        return loadedBytes;
    }

    /**
     * Returns how many bytes of events that were read from files stay in memory.
     *
     * @return the bytes
     */
    public long cacheBytes() {
        return cacheBytes;
    }

    /**
     * Returns how long opening waits for another process's lock.
     *
     * @return the time; zero if opening fails at once
     */
    public Duration waitForLock() {
        return waitForLock;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JsonlStoreOptions that
                && durability.equals(that.durability)
                && lagTime.equals(that.lagTime)
                && lagBytes == that.lagBytes
                && loadedSessions == that.loadedSessions
                && loadedBytes == that.loadedBytes
                && cacheBytes == that.cacheBytes
                && waitForLock.equals(that.waitForLock);
    }

    @Override
    public int hashCode() {
        return Objects.hash(durability, lagTime, lagBytes, loadedSessions, loadedBytes, cacheBytes, waitForLock);
    }

    @Override
    public String toString() {
        return "JsonlStoreOptions["
                + "durability=" + durability
                + ", lagTime=" + lagTime
                + ", lagBytes=" + lagBytes
                + ", loadedSessions=" + loadedSessions
                + ", loadedBytes=" + loadedBytes
                + ", cacheBytes=" + cacheBytes
                + ", waitForLock=" + waitForLock
                + "]";
    }
}
