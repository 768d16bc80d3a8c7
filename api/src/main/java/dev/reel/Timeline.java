package dev.reel;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Operations on the history of a session: earlier versions, checkpoints, rewind and redo, forks, turns, close and
 * purge. A log is only ever appended to, so every earlier version of a session is a prefix of its log. These
 * operations work on prefixes and, except {@link #purge(String, WriteOptions)}, lose nothing.
 *
 * <pre>{@code
 * Mono<SessionState> then = store.asOf("trip", 12);               // as it was at version 12
 * Mono<Rewind> back = store.rewind("trip", Anchor.message("m2")); // the messages after m2 are cut …
 * Mono<Rewind> again = store.redo("trip");                        // … and back
 * Mono<Fork> bus = store.fork("trip", ForkRequest.at(Anchor.message("m2")).withTitle("By bus"));
 * }</pre>
 *
 * <p><b>Writes.</b> All subscriptions to the {@code Mono} share one write: {@code retry()} is safe, and {@code
 * repeat()} writes nothing more. The store decides what a write does when it accepts the write, from the session's
 * state at that moment. A write that finds nothing to do writes nothing, and its result shows that. A repeat finds the
 * first event of the write in the log and returns the result as of that version. For idempotence, retry, cancellation
 * and errors see {@link EventLog#append(String, java.util.List, WriteOptions)}.
 */
public interface Timeline {

    /**
     * Returns all rows of a session, together with the version that they show. To continue from there, call {@code
     * tail(id, From.after(state.place()))}.
     *
     * @param sessionId the session
     * @return the state; empty for a session without events
     */
    Mono<SessionState> state(String sessionId);

    /**
     * Returns the state that a session had at an earlier version.
     *
     * @param sessionId the session
     * @param version the version; 0 returns the empty state
     * @return the state; {@link VersionAheadException} if the log has not reached that version; empty for a session
     *     without events, unless the version is 0
     */
    Mono<SessionState> asOf(String sessionId, long version);

    /**
     * Emits the current state (version 0 if there are no events yet), then the newest state after each commit. A slow
     * subscriber receives fewer states, but always the last one, and never a state older than the one before. Completes
     * and fails like a tail.
     *
     * @param sessionId the session
     * @return the states
     */
    Flux<SessionState> states(String sessionId);

    /**
     * Returns what an agent needs to continue a session.
     *
     * @param sessionId the session
     * @param request the whole session, or only up to the last user message
     * @return row, messages and version of the same moment; empty for a session without events
     */
    Mono<ResumedSession> resume(String sessionId, ResumeRequest request);

    /**
     * Stores a snapshot of a message under a label, to return to later ({@link Anchor#snapshot}). If a snapshot with
     * the same message, label and metadata exists, it is returned instead, even if two callers ask at the same time.
     * The {@code Mono} is one write: after it has written, {@code repeat()} emits the same checkpoint and creates no
     * other.
     *
     * @param sessionId the session
     * @param request message (by default the last), label, metadata
     * @param options expected version, turn, idempotency key, meta
     * @return the snapshot, and whether it existed; {@link SessionNotFoundException} for a session without events,
     *     {@link AnchorNotFoundException} if the message does not exist, {@link SnapshotIdTakenException}
     */
    Mono<Checkpoint> checkpoint(String sessionId, CheckpointRequest request, WriteOptions options);

    /**
     * Creates a checkpoint; see {@link #checkpoint(String, CheckpointRequest, WriteOptions)}.
     *
     * @param sessionId the session
     * @param request message, label, metadata
     * @return the snapshot, and whether it existed
     */
    default Mono<Checkpoint> checkpoint(String sessionId, CheckpointRequest request) {
        return checkpoint(sessionId, request, WriteOptions.none());
    }

    /**
     * Goes back to an anchor: removes the messages after it. {@link #redo} restores them. The {@code Mono} is one
     * write: after it has cut or restored messages, {@code repeat()} emits the same result and cuts nothing more.
     *
     * <p>The message of the anchor stays, and so do all snapshots. If the message of a snapshot was cut, the rewind
     * first restores the cut messages. An anchor that is a version cuts the messages that were added after it, but
     * does not revert edits; to get that version exactly, fork there.
     *
     * @param sessionId the session
     * @param to the anchor
     * @param options expected version, turn, idempotency key, meta
     * @return how many messages were cut and restored; {@link SessionNotFoundException}, {@link
     *     AnchorNotFoundException}
     */
    Mono<Rewind> rewind(String sessionId, Anchor to, WriteOptions options);

    /**
     * Goes back to an anchor; see {@link #rewind(String, Anchor, WriteOptions)}.
     *
     * @param sessionId the session
     * @param to the anchor
     * @return how many messages were cut and restored
     */
    default Mono<Rewind> rewind(String sessionId, Anchor to) {
        return rewind(sessionId, to, WriteOptions.none());
    }

    /**
     * Removes the last user message and everything after it. The {@code Mono} is one write: after it has cut messages,
     * {@code repeat()} emits the same result and goes no further back; call the method again to do so.
     *
     * @param sessionId the session
     * @param options expected version, turn, idempotency key, meta
     * @return how many messages were cut, none if there is no user message; {@link SessionNotFoundException}
     */
    Mono<Rewind> undo(String sessionId, WriteOptions options);

    /**
     * Removes the last user message and everything after it; see {@link #undo(String, WriteOptions)}.
     *
     * @param sessionId the session
     * @return how many messages were cut
     */
    default Mono<Rewind> undo(String sessionId) {
        return undo(sessionId, WriteOptions.none());
    }

    /**
     * Restores the messages that the last cut removed. After the next new or edited message, earlier cuts can no longer
     * be redone. The {@code Mono} is one write: after it has restored messages, {@code repeat()} emits the same result
     * and restores nothing more; call the method again to do so.
     *
     * @param sessionId the session
     * @param options expected version, turn, idempotency key, meta
     * @return how many messages were restored, none if nothing was cut; {@link SessionNotFoundException}
     */
    Mono<Rewind> redo(String sessionId, WriteOptions options);

    /**
     * Restores the messages that the last cut removed; see {@link #redo(String, WriteOptions)}.
     *
     * @param sessionId the session
     * @return how many messages were restored
     */
    default Mono<Rewind> redo(String sessionId) {
        return redo(sessionId, WriteOptions.none());
    }

    /**
     * Creates a new session whose log is the same up to an anchor and continues independently from there. The fork does
     * not depend on its parent, which may be purged. The {@code Mono} is one write: {@code repeat()} emits the same
     * fork and creates no other.
     *
     * @param sessionId the parent
     * @param request the anchor, and the new session's id and title
     * @param options expected version and turn, which apply to the parent; idempotency key, meta
     * @return the fork; {@link SessionNotFoundException} and {@link AnchorNotFoundException} for the parent, {@link
     *     VersionConflictException} if the new session's log is not empty
     */
    Mono<Fork> fork(String sessionId, ForkRequest request, WriteOptions options);

    /**
     * Creates a fork; see {@link #fork(String, ForkRequest, WriteOptions)}.
     *
     * @param sessionId the parent
     * @param request the anchor, and the new session's id and title
     * @return the fork
     */
    default Mono<Fork> fork(String sessionId, ForkRequest request) {
        return fork(sessionId, request, WriteOptions.none());
    }

    /**
     * Takes the turn of a session: the exclusive right to continue it. From now on, writes in any other turn fail with
     * {@link FencedException}, so the previous holder can no longer write in its turn. {@link
     * RowTables#deleteSession(String, WriteOptions)} ends the turn. A session without a row gets a row; an existing
     * row, its {@code updatedAt} and its place in the session list do not change. The {@code Mono} is one write: {@code
     * repeat()} emits the same turn and takes no new one.
     *
     * @param sessionId the session
     * @param holder the name of the new holder, 1 to 200 code points
     * @param options expected version, turn, idempotency key, meta
     * @return the turn, to pass to {@link WriteOptions#withTurn}
     */
    Mono<Turn> takeTurn(String sessionId, String holder, WriteOptions options);

    /**
     * Takes the turn of a session; see {@link #takeTurn(String, String, WriteOptions)}.
     *
     * @param sessionId the session
     * @param holder the name of the new holder
     * @return the turn
     */
    default Mono<Turn> takeTurn(String sessionId, String holder) {
        return takeTurn(sessionId, holder, WriteOptions.none());
    }

    /**
     * Closes a session: its tails complete, and every later write except purge fails with {@link
     * SessionClosedException}. The {@code Mono} is one write: after it has closed the session, {@code repeat()} emits
     * the same commit and writes nothing more.
     *
     * @param sessionId the session
     * @param reason the reason, any JSON
     * @param options expected version, turn, idempotency key, meta
     * @return the commit; empty if the session was already closed, or has no events
     */
    Mono<Commit> closeSession(String sessionId, Json reason, WriteOptions options);

    /**
     * Closes a session; see {@link #closeSession(String, Json, WriteOptions)}.
     *
     * @param sessionId the session
     * @param reason the reason, any JSON
     * @return the commit, or empty
     */
    default Mono<Commit> closeSession(String sessionId, Json reason) {
        return closeSession(sessionId, reason, WriteOptions.none());
    }

    /**
     * Erases a session, including its log. Forks keep what they inherited. Only the id remains, in a {@code
     * session_purged} event of the feed; the id can be used again. The {@code Mono} is one write: after it has erased
     * the session, {@code repeat()} completes and does not erase what was written since.
     *
     * @param sessionId the session
     * @param options expected version, turn, idempotency key
     * @return completes when no file or memory of the store contains data of the session; at once for a session without
     *     events
     */
    Mono<Void> purge(String sessionId, WriteOptions options);

    /**
     * Erases a session; see {@link #purge(String, WriteOptions)}.
     *
     * @param sessionId the session
     * @return completes when no file or memory of the store contains data of the session
     */
    default Mono<Void> purge(String sessionId) {
        return purge(sessionId, WriteOptions.none());
    }
}
