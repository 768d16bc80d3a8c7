package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How much a store takes. What is beyond a bound fails with an error of its own and writes nothing: a batch or an event
 * with {@link TooLargeException}, a write while too many are unanswered with {@link StoreBusyException}. Immutable.
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
     * The standard: events of 16 MiB, 64 MiB where they were recorded elsewhere, batches of 10,000 events, 10,000 unanswered
     * writes or 64 MiB of them in a session, 100,000 or 256 MiB in the store, JSON within {@link JsonLimits#DEFAULT}.
     *
     * @return the bounds
     */
    public static Bounds standard() {
        return STANDARD;
    }

    /**
     * With another size of an event: the bytes of its data, meta and unknown members together. It holds for events that
     * were recorded elsewhere, too.
     *
     * @param bytes 1 or more
     * @return a copy
     */
    public Bounds withEventBytes(int bytes) {
        return new Bounds(
                positive(bytes), bytes, batchEvents, sessionWrites, sessionBytes, storeWrites, storeBytes, json);
    }

    /**
     * With another size of a batch.
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
     * With other bounds for the writes of one session that are subscribed to and not answered yet.
     *
     * @param writes how many, 1 or more
     * @param bytes how many bytes they have, 1 or more
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
     * With other bounds for the writes of all sessions that are subscribed to and not answered yet.
     *
     * @param writes how many, 1 or more
     * @param bytes how many bytes they have, 1 or more
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
     * With other limits of JSON that is read from outside.
     *
     * @param limits the limits
     * @return a copy
     */
    public Bounds withJson(JsonLimits limits) {
        return new Bounds(
                eventBytes, recordedBytes, batchEvents, sessionWrites, sessionBytes, storeWrites, storeBytes, limits);
    }

    /**
     * The size of an event.
     *
     * @return in bytes
     */
    public int eventBytes() {
        return eventBytes;
    }

    /**
     * The size of an event that was recorded elsewhere, and is taken as it is ({@link WriteOptions#recorded}). The standard
     * is what a line of a session file may have, so that importing a file loses nothing that reading it in place keeps.
     *
     * @return in bytes
     */
    public int recordedBytes() {
        return recordedBytes;
    }

    /**
     * The size of a batch.
     *
     * @return in events
     */
    public int batchEvents() {
        return batchEvents;
    }

    /**
     * Unanswered writes of a session.
     *
     * @return how many
     */
    public int sessionWrites() {
        return sessionWrites;
    }

    /**
     * Unanswered writes of a session.
     *
     * @return in bytes
     */
    public long sessionBytes() {
        return sessionBytes;
    }

    /**
     * Unanswered writes of the store.
     *
     * @return how many
     */
    public int storeWrites() {
        return storeWrites;
    }

    /**
     * Unanswered writes of the store.
     *
     * @return in bytes
     */
    public long storeBytes() {
        return storeBytes;
    }

    /**
     * The limits of JSON.
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
