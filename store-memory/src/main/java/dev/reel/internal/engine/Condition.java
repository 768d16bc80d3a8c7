package dev.reel.internal.engine;

import dev.reel.StoreStatus;
import org.jspecify.annotations.Nullable;

/**
 * The part of a store's status that its {@link Storage} reports.
 *
 * @param state whether it accepts writes
 * @param reason why it does not accept writes; null if it does
 * @param unfoldedBytes bytes that are in the journal and not yet in session files
 * @param refusedSessions sessions that refuse writes
 */
public record Condition(StoreStatus.State state, @Nullable String reason, long unfoldedBytes, int refusedSessions) {

    /** Nothing is wrong, and nothing is left to do. */
    static final Condition GOOD = new Condition(StoreStatus.State.ACCEPTING, null, 0, 0);
}
