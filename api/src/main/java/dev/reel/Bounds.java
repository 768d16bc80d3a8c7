package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a store. A write beyond a limit fails and writes nothing: with {@link TooLargeException} if a batch or
 * an event is too large, with {@link StoreBusyException} if too many writes are unanswered. Immutable.
 */
public final class Bounds {

    private static final Bounds STANDARD = new Bounds(
            16 << 20,
            JsonLimits.DEFAULT.maxBytes(),
            10_000,
            10_000,
            64L << 20,
            100_000,
            256L << 20,
            JsonLimits.DEFAULT);

    private final int eventBytes;
    private final int recordedBytes;
    private final int batchEvents;
    private final int sessionWrites;
    private final long sessionBytes;
    private final int storeWrites;
    private final long storeBytes;
    private final JsonLimits json;

    private Bounds(
            int eventBytes,
            int recordedBytes,
            int batchEvents,
            int sessionWrites,
            long sessionBytes,
            int storeWrites,
            long storeBytes,
            JsonLimits json) {
        this.eventBytes = eventBytes;
        this.recordedBytes = recordedBytes;
        this.batchEvents = batchEvents;
        this.sessionWrites = sessionWrites;
        this.sessionBytes = sessionBytes;
        this.storeWrites = storeWrites;
        this.storeBytes = storeBytes;
        this.json = Objects.requireNonNull(json, "json");
    }

    /**
     * The defaults: 16 MiB per event, 64 MiB per event that was recorded elsewhere, 10,000 events per batch; 10,000
     * unanswered writes or 64 MiB of them per session, 100,000 or 256 MiB per store; JSON within {@link
     * JsonLimits#DEFAULT}.
     *
     * @return the bounds
     */
    public static Bounds standard() {
        return STANDARD;
    }

    /**
     * Sets the maximum size of an event: the bytes of its data, metadata and unknown members together. It also applies
     * to events that were recorded elsewhere.
     *
     * @param bytes 1 or more
     * @return a copy
     */
    public Bounds withEventBytes(int bytes) {
        return new Bounds(
                positive(bytes), bytes, batchEvents, sessionWrites, sessionBytes, storeWrites, storeBytes, json);
    }

    /**
     * Sets the maximum size of a batch.
     *
     * @param events 1 or more
     * @return a copy
     */
    public Bounds withBatchEvents(int events) {
        return new Bounds(
                eventBytes,
                recordedBytes,
                positive(events),
                sessionWrites,
                sessionBytes,
                storeWrites,
                storeBytes,
                json);
    }

    /**
     * Sets how many writes of one session may be subscribed to and not yet answered.
     *
     * @param writes the number of writes, 1 or more
     * @param bytes their size in bytes, 1 or more
     * @return a copy
     */
    public Bounds withSessionWrites(int writes, long bytes) {
        return new Bounds(
                eventBytes,
                recordedBytes,
                batchEvents,
                positive(writes),
                positive(bytes),
                storeWrites,
                storeBytes,
                json);
    }

    /**
     * Sets how many writes of all sessions together may be subscribed to and not yet answered.
     *
     * @param writes the number of writes, 1 or more
     * @param bytes their size in bytes, 1 or more
     * @return a copy
     */
    public Bounds withStoreWrites(int writes, long bytes) {
        return new Bounds(
                eventBytes,
                recordedBytes,
                batchEvents,
                sessionWrites,
                sessionBytes,
                positive(writes),
                positive(bytes),
                json);
    }

    /**
     * Sets the limits of JSON that is read from outside.
     *
     * @param limits the limits
     * @return a copy
     */
    public Bounds withJson(JsonLimits limits) {
        return new Bounds(
                eventBytes, recordedBytes, batchEvents, sessionWrites, sessionBytes, storeWrites, storeBytes, limits);
    }

    /**
     * Returns the maximum size of an event.
     *
     * @return the size in bytes
     */
    public int eventBytes() {
        return eventBytes;
    }

    /**
     * Returns the maximum size of an event that was recorded elsewhere and is appended as it is ({@link
     * WriteOptions#recorded}). By default it is the maximum size of a line of a session file, so importing a file loses
     * nothing that reading it in place would keep.
     *
     * @return the size in bytes
     */
    public int recordedBytes() {
        return recordedBytes;
    }

    /**
     * Returns the maximum size of a batch.
     *
     * @return the number of events
     */
    public int batchEvents() {
        return batchEvents;
    }

    /**
     * Returns the maximum number of unanswered writes per session.
     *
     * @return the number of writes
     */
    public int sessionWrites() {
        return sessionWrites;
    }

    /**
     * Returns the maximum size of the unanswered writes per session.
     *
     * @return the size in bytes
     */
    public long sessionBytes() {
        return sessionBytes;
    }

    /**
     * Returns the maximum number of unanswered writes in the store.
     *
     * @return the number of writes
     */
    public int storeWrites() {
        return storeWrites;
    }

    /**
     * Returns the maximum size of the unanswered writes in the store.
     *
     * @return the size in bytes
     */
    public long storeBytes() {
        return storeBytes;
    }

    /**
     * Returns the limits of JSON.
     *
     * @return the limits
     */
    public JsonLimits json() {
        return json;
    }

    private static int positive(int bound) {
        return (int) positive((long) bound);
    }

    private static long positive(long bound) {
        if (bound < 1) {
            throw new InvalidInputException("a bound must be 1 or more: " + bound);
        }
        return bound;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Bounds that
                && eventBytes == that.eventBytes
                && recordedBytes == that.recordedBytes
                && batchEvents == that.batchEvents
                && sessionWrites == that.sessionWrites
                && sessionBytes == that.sessionBytes
                && storeWrites == that.storeWrites
                && storeBytes == that.storeBytes
                && json.equals(that.json);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                eventBytes, recordedBytes, batchEvents, sessionWrites, sessionBytes, storeWrites, storeBytes, json);
    }

    @Override
    public String toString() {
        return Members.of(this)
                .add("eventBytes", eventBytes)
                .add("recordedBytes", recordedBytes)
                .add("batchEvents", batchEvents)
                .add("sessionWrites", sessionWrites)
                .add("sessionBytes", sessionBytes)
                .add("storeWrites", storeWrites)
                .add("storeBytes", storeBytes)
                .add("json", json)
                .toString();
    }
}
