package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Options of a write besides its content. Immutable; {@link #none()} sets no option, and each {@code with…} method
 * returns a copy.
 *
 * <pre>{@code
 * WriteOptions options = WriteOptions.expecting(12)  // the log still ends at version 12,
 *         .withTurn(turn)                            // the turn is still this worker's,
 *         .withIdempotencyKey("request-7");          // and a repeat gives the first commit again
 * Mono<Commit> commit = store.append(id, events, options);
 * }</pre>
 */
public final class WriteOptions {

    private static final WriteOptions NONE = new WriteOptions(ExpectedVersion.any(), 0, null, null, null, false);
    private static final WriteOptions RECORDED = new WriteOptions(ExpectedVersion.any(), 0, null, null, null, true);

    private final ExpectedVersion expected;
    private final long turnEpoch;
    private final @Nullable String turnEventId;
    private final @Nullable String id;
    private final @Nullable Json meta;
    private final boolean recorded;

    private WriteOptions(
            ExpectedVersion expected,
            long turnEpoch,
            @Nullable String turnEventId,
            @Nullable String id,
            @Nullable Json meta,
            boolean recorded) {
        this.expected = Objects.requireNonNull(expected, "expected");
        this.turnEpoch = turnEpoch;
        this.turnEventId = turnEventId;
        this.id = id;
        this.meta = meta;
        this.recorded = recorded;
    }

    /**
     * Sets no option.
     *
     * @return the options of a plain write
     */
    public static WriteOptions none() {
        return NONE;
    }

    /**
     * Sets an expectation; short for {@code none().withExpected(expected)}.
     *
     * @param expected what the write expects of the log
     * @return the options
     */
    public static WriteOptions expecting(ExpectedVersion expected) {
        return NONE.withExpected(expected);
    }

    /**
     * Expects a version; short for {@code expecting(ExpectedVersion.exactly(version))}.
     *
     * @param version the version that the log must have, 0 for an empty log
     * @return the options
     * @throws InvalidInputException if it is negative
     */
    public static WriteOptions expecting(long version) {
        return expecting(ExpectedVersion.exactly(version));
    }

    /**
     * Expects that the log ends at a place; short for {@code expecting(ExpectedVersion.exactly(place))}.
     *
     * @param place where the log must end, from a commit, a state or an event
     * @return the options
     */
    public static WriteOptions expecting(LogPlace place) {
        return expecting(ExpectedVersion.exactly(place));
    }

    /**
     * Sets an idempotency key; short for {@code none().withIdempotencyKey(key)}.
     *
     * @param key the key, unique among the session's writes, in the form of an id
     * @return the options
     * @throws InvalidInputException if the key is malformed
     */
    public static WriteOptions idempotencyKey(String key) {
        return NONE.withIdempotencyKey(key);
    }

    /**
     * Options of an import, a copy or a repair: events are appended as they were recorded, with their ids, instants and
     * unknown members, and without checks of turn, closing, snapshot ids or type. Only {@link EventLog#append} accepts
     * these options, and only for an empty log, or with {@link ExpectedVersion#exactly(long, String)} at the end of a
     * log.
     *
     * @return the options
     */
    public static WriteOptions recorded() {
        return RECORDED;
    }

    /**
     * Sets an expectation. By default any version is accepted.
     *
     * @param newExpected what the write expects of the log; for a fork, of the parent's log
     * @return a copy
     */
    public WriteOptions withExpected(ExpectedVersion newExpected) {
        return new WriteOptions(newExpected, turnEpoch, turnEventId, id, meta, recorded);
    }

    /**
     * Writes in a turn: the write fails with {@link FencedException} if that turn is no longer the current one.
     *
     * @param turn the turn that the writer holds
     * @return a copy
     */
    public WriteOptions withTurn(Turn turn) {
        return withTurn(turn.epoch(), turn.eventId());
    }

    /**
     * Writes in a turn that is given by its epoch and event; see {@link #withTurn(Turn)}.
     *
     * @param epoch the epoch, from 1
     * @param eventId the id of the event that recorded the turn
     * @return a copy
     * @throws InvalidInputException if the epoch is below 1, or the id is malformed
     */
    public WriteOptions withTurn(long epoch, String eventId) {
        if (epoch < 1) {
            throw new InvalidInputException("a turn's epoch must be 1 or more: " + epoch);
        }
        return new WriteOptions(expected, epoch, Ids.checkEventId(eventId), id, meta, recorded);
    }

    /**
     * Sets an idempotency key, an id of the write with which another process can repeat it. All ids that the write
     * needs are derived from the key. A repeat returns the result of the first write, as of its commit: a row that was
     * edited or deleted since is returned as it was then, and is not restored. The same key with other content fails
     * with {@link IdempotencyConflictException}.
     *
     * @param key the key, unique among the session's writes, in the form of an id
     * @return a copy
     * @throws InvalidInputException if the key is malformed
     */
    public WriteOptions withIdempotencyKey(String key) {
        return new WriteOptions(expected, turnEpoch, turnEventId, Ids.check("idempotency key", key), meta, recorded);
    }

    /**
     * Sets metadata for each event of the write that has none: a trace, an actor. Metadata is not part of the content:
     * a repeat with other metadata is the same write.
     *
     * @param newMeta a JSON object
     * @return a copy
     * @throws InvalidInputException if it is not a JSON object
     */
    public WriteOptions withMeta(Json newMeta) {
        if (!newMeta.isObject()) {
            throw new InvalidInputException("meta must be a JSON object, not " + newMeta.kind());
        }
        return new WriteOptions(expected, turnEpoch, turnEventId, id, newMeta, recorded);
    }

    /**
     * Returns what the write expects of the log.
     *
     * @return the expectation, any by default
     */
    public ExpectedVersion expected() {
        return expected;
    }

    /**
     * Returns the epoch of the turn in which it writes.
     *
     * @return the epoch, 0 if it writes in no turn
     */
    public long turnEpoch() {
        return turnEpoch;
    }

    /**
     * Returns the event of the turn in which it writes.
     *
     * @return the event id, null if it writes in no turn
     */
    public @Nullable String turnEventId() {
        return turnEventId;
    }

    /**
     * Returns the write's idempotency key.
     *
     * @return the key, or null
     */
    public @Nullable String idempotencyKey() {
        return id;
    }

    /**
     * Returns the metadata.
     *
     * @return a JSON object, or null
     */
    public @Nullable Json meta() {
        return meta;
    }

    /**
     * Returns whether events are appended as they were recorded.
     *
     * @return whether these options came from {@link #recorded()}
     */
    public boolean isRecorded() {
        return recorded;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof WriteOptions that
                && expected.equals(that.expected)
                && turnEpoch == that.turnEpoch
                && Objects.equals(turnEventId, that.turnEventId)
                && Objects.equals(id, that.id)
                && Objects.equals(meta, that.meta)
                && recorded == that.recorded;
    }

    @Override
    public int hashCode() {
        return Objects.hash(expected, turnEpoch, turnEventId, id, meta, recorded);
    }

    @Override
    public String toString() {
        return Members.of(this)
                .add("expected", expected)
                .add("turnEpoch", turnEpoch == 0 ? null : turnEpoch)
                .add("turnEventId", turnEventId)
                .add("idempotencyKey", id)
                .add("meta", meta)
                .add("recorded", recorded ? true : null)
                .toString();
    }
}
