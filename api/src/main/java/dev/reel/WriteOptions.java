package dev.reel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a write asks for beside its content. Immutable; {@link #none()} asks for nothing, each {@code with…} gives a copy.
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
     * Asks for nothing.
     *
     * @return the options of a plain write
     */
    public static WriteOptions none() {
        return NONE;
    }

    /**
     * Asks for a version; short for {@code none().withExpected(expected)}.
     *
     * @param expected what the log must be like
     * @return the options
     */
    public static WriteOptions expecting(ExpectedVersion expected) {
        return NONE.withExpected(expected);
    }

    /**
     * Asks for a version; short for {@code expecting(ExpectedVersion.exactly(version))}.
     *
     * @param version the version that the log must have, 0 for an empty log
     * @return the options
     * @throws InvalidInputException when it is negative
     */
    public static WriteOptions expecting(long version) {
        return expecting(ExpectedVersion.exactly(version));
    }

    /**
     * Asks for the end that was read; short for {@code expecting(ExpectedVersion.exactly(place))}.
     *
     * @param place where the log must end, from a commit, a state or an event
     * @return the options
     */
    public static WriteOptions expecting(LogPlace place) {
        return expecting(ExpectedVersion.exactly(place));
    }

    /**
     * Gives the write a key; short for {@code none().withIdempotencyKey(key)}.
     *
     * @param key the key, unique among the session's writes; of the form of an id
     * @return the options
     * @throws InvalidInputException when the key is malformed
     */
    public static WriteOptions idempotencyKey(String key) {
        return NONE.withIdempotencyKey(key);
    }

    /**
     * For an import, a copy or a repair: events are taken as they were recorded, with their ids, instants and unknown
     * members, without checks of turn, closing, snapshot ids or type. Only for {@link EventLog#append}, and only into
     * an empty log, or with {@link ExpectedVersion#exactly(long, String)} at the end of one.
     *
     * @return the options
     */
    public static WriteOptions recorded() {
        return RECORDED;
    }

    /**
     * With an expectation; by default any version will do.
     *
     * @param newExpected what the log must be like. Of a fork it speaks of the parent
     * @return a copy
     */
    public WriteOptions withExpected(ExpectedVersion newExpected) {
        return new WriteOptions(newExpected, turnEpoch, turnEventId, id, meta, recorded);
    }

    /**
     * In a turn: the write fails with {@link FencedException} when it is not the current one.
     *
     * @param turn the turn that the writer holds
     * @return a copy
     */
    public WriteOptions withTurn(Turn turn) {
        return withTurn(turn.epoch(), turn.eventId());
    }

    /**
     * In a turn, given by what names it.
     *
     * @param epoch the epoch, from 1
     * @param eventId the id of the event that recorded the turn
     * @return a copy
     * @throws InvalidInputException when the epoch is below 1, or the id malformed
     */
    public WriteOptions withTurn(long epoch, String eventId) {
        if (epoch < 1) {
            throw new InvalidInputException("a turn's epoch must be 1 or more: " + epoch);
        }
        return new WriteOptions(expected, epoch, Ids.checkEventId(eventId), id, meta, recorded);
    }

    /**
     * With an idempotency key: an id of the write, so that it can be repeated from another process. All ids that the write
     * needs follow from its key. A repeat returns the result of the first write, read at its commit: a row that was edited
     * or deleted since is returned as it was then, and does not come back. The same key with other content fails with
     * {@link IdempotencyConflictException}.
     *
     * @param key the key, unique among the session's writes; of the form of an id
     * @return a copy
     * @throws InvalidInputException when the key is malformed
     */
    public WriteOptions withIdempotencyKey(String key) {
        return new WriteOptions(expected, turnEpoch, turnEventId, Ids.check("idempotency key", key), meta, recorded);
    }

    /**
     * With meta data for each event of the write that has none of its own: a trace, an actor. It is no content: a
     * repeat with other meta is the same write.
     *
     * @param newMeta a JSON object
     * @return a copy
     * @throws InvalidInputException when it is not a JSON object
     */
    public WriteOptions withMeta(Json newMeta) {
        if (!newMeta.isObject()) {
            throw new InvalidInputException("meta is a JSON object, not " + newMeta.kind());
        }
        return new WriteOptions(expected, turnEpoch, turnEventId, id, newMeta, recorded);
    }

    /**
     * What the log must be like.
     *
     * @return the expectation, any by default
     */
    public ExpectedVersion expected() {
        return expected;
    }

    /**
     * The epoch of the turn that the write names.
     *
     * @return the epoch, 0 where it names none
     */
    public long turnEpoch() {
        return turnEpoch;
    }

    /**
     * The event of the turn that the write names.
     *
     * @return the event id, null where it names none
     */
    public @Nullable String turnEventId() {
        return turnEventId;
    }

    /**
     * The write's idempotency key.
     *
     * @return the id, or null
     */
    public @Nullable String idempotencyKey() {
        return id;
    }

    /**
     * The meta data.
     *
     * @return a JSON object, or null
     */
    public @Nullable Json meta() {
        return meta;
    }

    /**
     * Whether events are taken as they were recorded.
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
