package dev.reel;

/**
 * Receives what a store does, to count and time it. Every method has a default that does nothing, so a recorder
 * implements only what it needs. {@code reel-micrometer} has one that writes Micrometer meters.
 *
 * <pre>{@code
 * LongAdder events = new LongAdder();
 * Recorder counting = new Recorder() {
 *     @Override
 *     public void eventsAppended(int count, long bytes, long nanos) {
 *         events.add(count);
 *     }
 * };
 * StoreOptions options = StoreOptions.standard().withRecorder(counting);
 * }</pre>
 *
 * <p><b>Writes.</b> Each attempt at a write causes at most one call, before its subscriber is answered: {@link
 * #eventsAppended}, {@link #writeRepeated}, {@link #writeConflicted} or {@link #writeFailed}. A {@code retry()} is a
 * new attempt. Three cases cause no call: a write that found nothing to do, a purge that succeeded (it appends to no
 * session's log), and an argument that is rejected before there is a write, such as a malformed session id.
 *
 * <p><b>Threads.</b> Methods run on the store's threads and on the threads of its callers, concurrently, inside the
 * write path. They must be thread-safe, must not block, and must not call the store.
 *
 * <p><b>Errors.</b> A recorder that throws does not affect the store. The first exception is reported to
 * {@code Operators.onErrorDropped}; later ones are ignored.
 *
 * <p>No method receives a session id or any content of an event: ids are unbounded and would make unbounded tags.
 */
public interface Recorder {

    /**
     * Returns the recorder that records nothing, which is the default. A store with this recorder measures no
     * durations.
     *
     * @return the recorder
     */
    static Recorder none() {
        return NoRecorder.NONE;
    }

    /**
     * A write appended a batch of events. In a durable store, the events are durable when the method is called.
     *
     * @param count the number of events, 1 or more
     * @param bytes the size of the events' data, metadata and extra members as JSON in UTF-8, in bytes
     * @param nanos the time from acceptance of the write to its answer, in nanoseconds
     */
    default void eventsAppended(int count, long bytes, long nanos) {}

    /** A write repeated one that is already in the log, so nothing was appended. */
    default void writeRepeated() {}

    /** A write was rejected with {@link ReelException.Category#CONFLICT}, so nothing was appended. */
    default void writeConflicted() {}

    /**
     * A write failed in any other way.
     *
     * @param category the error's category; never {@link ReelException.Category#CONFLICT}
     */
    default void writeFailed(ReelException.Category category) {}

    /**
     * The journal was flushed to disk. Only durable stores call it.
     *
     * @param nanos the duration of the flush, in nanoseconds
     * @param bytes the bytes written to the journal since the previous flush
     * @param batches the batches written since the previous flush; 0 if a failed write was undone
     */
    default void journalFlushed(long nanos, long bytes, int batches) {}

    /**
     * A tail was subscribed to: of one session or of the feed, of events, signals or {@link Timeline#states
     * states}.
     */
    default void tailOpened() {}

    /** A tail that was opened has completed, failed, or been cancelled. */
    default void tailEnded() {}
}
