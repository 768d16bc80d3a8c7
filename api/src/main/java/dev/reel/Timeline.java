package dev.reel;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A session along its log. A log is only ever appended to, so every moment of a session is a prefix of it: to look at an
 * earlier version, to go back, and to fork are operations on prefixes, and none of them loses anything.
 *
 * <pre>{@code
 * Mono<SessionState> then = store.asOf("trip", 12);               // as it was at version 12
 * Mono<Rewind> back = store.rewind("trip", Anchor.message("m2")); // the messages after m2 are cut …
 * Mono<Rewind> again = store.redo("trip");                        // … and back
 * Mono<Fork> bus = store.fork("trip", ForkRequest.at(Anchor.message("m2")).withTitle("By bus"));
 * }</pre>
 *
 * <p>The {@code Mono} of a write is one write, however often it is subscribed to: {@code retry()} is safe, and {@code
 * repeat()} writes nothing more. The writes among these are decided by the store when they are accepted, against what is
 * accepted then; for idempotence, retry, cancelling and errors see {@link EventLog#append(String, java.util.List,
 * WriteOptions)}. One that finds nothing to do writes nothing, as its answer shows. A repeat finds its first event in the
 * log; its answer is read off the log as it was then.
 */
public interface Timeline {

    /**
     * All rows of a session and their version, of one moment; go on with {@code tail(id, From.after(state.place()))}.
     *
     * @param sessionId the session
     * @return the state; empty for a session without events
     */
    Mono<SessionState> state(String sessionId);

    /**
     * The state that a session had at a version.
     *
     * @param sessionId the session
     * @param version the version; 0 gives the empty state
     * @return the state; {@link VersionAheadException} when the log has not reached that version; empty for a session
     *     without events, unless version is 0
     */
    Mono<SessionState> asOf(String sessionId, long version);

    /**
     * The live view: the state now (version 0 where there is nothing yet), then the newest after each commit. A slow
     * subscriber gets fewer states, never an older one than it got before, and always the last. It ends as tails do.
     *
     * @param sessionId the session
     * @return the states
     */
    Flux<SessionState> states(String sessionId);

    /**
     * What an agent needs to go on with a session.
     *
     * @param sessionId the session
     * @param request whole, or up to the last message of the user
     * @return row, messages and version of one moment; empty for a session without events
     */
    Mono<ResumedSession> resume(String sessionId, ResumeRequest request);

    /**
     * Keeps a snapshot of a message under a label, to return to ({@link Anchor#snapshot}). The {@code Mono} is one write:
     * once it has written, {@code repeat()} emits the same checkpoint and makes no other. One of the same message, label
     * and metadata that is there is found instead of made, for two callers at once too.
     *
     * @param sessionId the session
     * @param request message (by default the last), label, metadata
     * @param options expected version, turn, idempotency key, meta
     * @return the snapshot, and whether it existed; {@link SessionNotFoundException} for a session without events,
     *     {@link AnchorNotFoundException} when the message is not there, {@link SnapshotIdTakenException}
     */
    Mono<Checkpoint> checkpoint(String sessionId, CheckpointRequest request, WriteOptions options);

    /**
     * Makes a checkpoint; see {@link #checkpoint(String, CheckpointRequest, WriteOptions)}.
     *
     * @param sessionId the session
     * @param request message, label, metadata
     * @return the snapshot, and whether it existed
     */
    default Mono<Checkpoint> checkpoint(String sessionId, CheckpointRequest request) {
        return checkpoint(sessionId, request, WriteOptions.none());
    }

    /**
     * Goes back to a place: removes the messages after it, which {@link #redo} restores. The {@code Mono} is one write:
     * once it has cut or restored messages, {@code repeat()} emits the same result and cuts nothing more. The anchor stays,
     * and so do snapshots. A snapshot whose message was cut is reached by bringing back what was cut first. A version cuts
     * the messages that came after it, and undoes no edit (for an earlier moment whole, fork there).
     *
     * @param sessionId the session
     * @param to where to
     * @param options expected version, turn, idempotency key, meta
     * @return what was cut and brought back; {@link SessionNotFoundException}, {@link AnchorNotFoundException}
     */
    Mono<Rewind> rewind(String sessionId, Anchor to, WriteOptions options);

    /**
     * Goes back to a place; see {@link #rewind(String, Anchor, WriteOptions)}.
     *
     * @param sessionId the session
     * @param to where to
     * @return what was cut and brought back
     */
    default Mono<Rewind> rewind(String sessionId, Anchor to) {
        return rewind(sessionId, to, WriteOptions.none());
    }

    /**
     * Goes back to before the last message of the user. The {@code Mono} is one write: once it has cut messages, {@code
     * repeat()} emits the same result and goes no further back; call the method again for that.
     *
     * @param sessionId the session
     * @param options expected version, turn, idempotency key, meta
     * @return what was cut, nothing where there is no such message; {@link SessionNotFoundException}
     */
    Mono<Rewind> undo(String sessionId, WriteOptions options);

    /**
     * Goes back to before the last message of the user; see {@link #undo(String, WriteOptions)}.
     *
     * @param sessionId the session
     * @return what was cut
     */
    default Mono<Rewind> undo(String sessionId) {
        return undo(sessionId, WriteOptions.none());
    }

    /**
     * Brings back what the last cut removed. The {@code Mono} is one write: once it has restored messages, {@code repeat()}
     * emits the same result and restores nothing more; call the method again for that. The next message, an edit too, ends
     * what can be redone.
     *
     * @param sessionId the session
     * @param options expected version, turn, idempotency key, meta
     * @return what came back, nothing where nothing was cut; {@link SessionNotFoundException}
     */
    Mono<Rewind> redo(String sessionId, WriteOptions options);

    /**
     * Brings back what the last cut removed; see {@link #redo(String, WriteOptions)}.
     *
     * @param sessionId the session
     * @return what came back
     */
    default Mono<Rewind> redo(String sessionId) {
        return redo(sessionId, WriteOptions.none());
    }

    /**
     * Makes a new session that has the same log up to a place, and goes its own way from there. The {@code Mono} is one
     * write: {@code repeat()} emits the same fork and makes no other. It is whole by itself: the parent may be purged.
     *
     * @param sessionId the parent
     * @param request where, and the new session's id and title
     * @param options expected version and turn speak of the parent; idempotency key, meta
     * @return the fork; {@link SessionNotFoundException} and {@link AnchorNotFoundException} of the parent, {@link
     *     VersionConflictException} when the new session's log is not empty
     */
    Mono<Fork> fork(String sessionId, ForkRequest request, WriteOptions options);

    /**
     * Makes a fork; see {@link #fork(String, ForkRequest, WriteOptions)}.
     *
     * @param sessionId the parent
     * @param request where, and the new session's id and title
     * @return the fork
     */
    default Mono<Fork> fork(String sessionId, ForkRequest request) {
        return fork(sessionId, request, WriteOptions.none());
    }

    /**
     * Takes the right to go on with a session, from whoever has it: writes that name another turn fail from now on with
     * {@link FencedException}. The {@code Mono} is one write: {@code repeat()} emits the same turn and takes no new one. A
     * session without a row gets one; an existing row, its {@code updatedAt} and its place in the session list do not
     * change. {@link RowTables#deleteSession(String, WriteOptions)} ends the turn.
     *
     * @param sessionId the session
     * @param holder who takes it, 1 to 200 code points
     * @param options expected version, turn, idempotency key, meta
     * @return the turn, to name in {@link WriteOptions#withTurn}
     */
    Mono<Turn> takeTurn(String sessionId, String holder, WriteOptions options);

    /**
     * Takes the right to go on with a session; see {@link #takeTurn(String, String, WriteOptions)}.
     *
     * @param sessionId the session
     * @param holder who takes it
     * @return the turn
     */
    default Mono<Turn> takeTurn(String sessionId, String holder) {
        return takeTurn(sessionId, holder, WriteOptions.none());
    }

    /**
     * Closes a session: tails complete, and every later write but purge fails with {@link SessionClosedException}. The
     * {@code Mono} is one write: once it has closed the session, {@code repeat()} emits the same commit and writes nothing
     * more.
     *
     * @param sessionId the session
     * @param reason why, any JSON
     * @param options expected version, turn, idempotency key, meta
     * @return the commit; empty where it was closed, or has no events
     */
    Mono<Commit> closeSession(String sessionId, Json reason, WriteOptions options);

    /**
     * Closes a session; see {@link #closeSession(String, Json, WriteOptions)}.
     *
     * @param sessionId the session
     * @param reason why, any JSON
     * @return the commit, or empty
     */
    default Mono<Commit> closeSession(String sessionId, Json reason) {
        return closeSession(sessionId, reason, WriteOptions.none());
    }

    /**
     * Erases a session, its log included; forks keep what they inherited. The {@code Mono} is one write: once it has erased
     * the session, {@code repeat()} completes and erases nothing that was written since. What remains is its id, in {@code
     * session_purged} in the feed. The id is free again.
     *
     * @param sessionId the session
     * @param options expected version, turn, idempotency key
     * @return completes when nothing of the store holds a byte of it, at once for a session without events
     */
    Mono<Void> purge(String sessionId, WriteOptions options);

    /**
     * Erases a session; see {@link #purge(String, WriteOptions)}.
     *
     * @param sessionId the session
     * @return completes when nothing of the store holds a byte of it
     */
    default Mono<Void> purge(String sessionId) {
        return purge(sessionId, WriteOptions.none());
    }
}
