package dev.reel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a store is doing, for readiness probes and metrics ({@link SessionStore#status}). The numbers are read one after
 * the other while the store is in use, so they may not fit together exactly.
 *
 * <pre>{@code
 * Mono<Health> health = store.status()
 *         .map(status -> status.isAccepting()
 *                 ? Health.up().build()
 *                 : Health.outOfService().withDetail("reason", status.reason()).build());
 * }</pre>
 *
 * @param state whether the store accepts writes
 * @param reason why it does not; null if it does
 * @param openTails the number of open subscriptions to {@code tail}, {@code tailSignals}, {@code tailAll}, {@code
 *     tailAllSignals} and {@link Timeline#states}
 * @param slowestTailLag how many events the slowest open tail has yet to deliver; 0 if all tails are caught up. For a
 *     tail of the feed, positions are counted, which have gaps. Events that the store could count only by reading a
 *     file are not included
 * @param heldThreads threads of the store that a subscriber has occupied for more than 1 second, for instance by
 *     blocking
 * @param loadedSessions sessions whose events are in memory
 * @param loadedBytes bytes of stored events of these sessions; 0 in a store that keeps everything in memory
 * @param unfoldedBytes bytes that are in the journal and not yet in session files; 0 in a store without files
 * @param refusedSessions sessions that reject writes because their files are damaged or cannot be written; 0 in a store
 *     without files
 */
public record StoreStatus(
        State state,
        @Nullable String reason,
        int openTails,
        long slowestTailLag,
        int heldThreads,
        int loadedSessions,
        long loadedBytes,
        long unfoldedBytes,
        int refusedSessions) {

    /**
     * Rejects null for a required component.
     *
     * @param state whether the store accepts writes
     * @param reason why it does not; null if it does
     * @param openTails the number of open subscriptions to {@code tail}, {@code tailSignals}, {@code tailAll}, {@code
     *     tailAllSignals} and {@link Timeline#states}
     * @param slowestTailLag how many events the slowest open tail has yet to deliver; 0 if all tails are caught up. For
     *     a tail of the feed, positions are counted, which have gaps. Events that the store could count only by reading
     *     a file are not included
     * @param heldThreads threads of the store that a subscriber has occupied for more than 1 second, for instance by
     *     blocking
     * @param loadedSessions sessions whose events are in memory
     * @param loadedBytes bytes of stored events of these sessions; 0 in a store that keeps everything in memory
     * @param unfoldedBytes bytes that are in the journal and not yet in session files; 0 in a store without files
     * @param refusedSessions sessions that reject writes because their files are damaged or cannot be written; 0 in a
     *     store without files
     */
    public StoreStatus {
        Objects.requireNonNull(state, "state");
    }
    /** Whether a store accepts writes. Later versions may add states. */
    public enum State {
        /** It accepts writes. */
        ACCEPTING,
        /** It follows another store and only reads. */
        READ_ONLY,
        /** The disk has no room for writes. Reads and purges work; writes are accepted again when there is room. */
        FULL,
        /** The disk failed. Reads work; no write is accepted until the store is opened again. */
        STOPPED,
        /** It is closed. */
        CLOSED
    }

    /**
     * Returns whether the store accepts writes. A damaged or busy session can still reject them.
     *
     * @return whether the state is {@link State#ACCEPTING}
     */
    public boolean isAccepting() {
        return state == State.ACCEPTING;
    }

    /**
     * Returns the wire form, which is the same with Jackson 2 and Jackson 3, whatever the mapper's configuration: one
     * member per component, the state in lower case.
     *
     * @return a JSON object
     */
    @JsonValue
    public Json toJson() {
        return new WireWriter()
                .text("state", state.name().toLowerCase(Locale.ROOT))
                .text("reason", reason)
                .number("openTails", openTails)
                .number("slowestTailLag", slowestTailLag)
                .number("heldThreads", heldThreads)
                .number("loadedSessions", loadedSessions)
                .number("loadedBytes", loadedBytes)
                .number("unfoldedBytes", unfoldedBytes)
                .number("refusedSessions", refusedSessions)
                .toJson();
    }

    /**
     * Reads the wire form. Unknown members are ignored.
     *
     * @param json a value that {@link #toJson} returned
     * @return the status
     * @throws InvalidInputException if a member is missing or malformed
     */
    public static StoreStatus fromJson(Json json) {
        WireReader in = new WireReader("store status", json);
        return new StoreStatus(
                stateOf(in),
                in.textOrNull("reason"),
                in.count("openTails"),
                in.number("slowestTailLag", 0, Long.MAX_VALUE),
                in.count("heldThreads"),
                in.count("loadedSessions"),
                in.number("loadedBytes", 0, Long.MAX_VALUE),
                in.number("unfoldedBytes", 0, Long.MAX_VALUE),
                in.count("refusedSessions"));
    }

    private static State stateOf(WireReader in) {
        String text = in.text("state");
        for (State state : State.values()) {
            if (state.name().toLowerCase(Locale.ROOT).equals(text)) {
                return state;
            }
        }
        throw in.expected("state", "a state of a store");
    }
}
