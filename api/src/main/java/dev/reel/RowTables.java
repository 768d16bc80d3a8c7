package dev.reel;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The rows that the logs add up to. Each read shows one published version, never half a batch; what is not there is empty.
 * The {@code Mono} of a write is one write, however often it is subscribed to: {@code retry()} is safe, and {@code
 * repeat()} writes nothing more. Each write is an append of one event, with everything that {@link EventLog#append(String,
 * java.util.List, WriteOptions)} says of idempotence, retry, cancelling and errors; ids that are not given are fixed when
 * the method is called. Malformed ids are signals, too: {@link InvalidInputException}.
 *
 * <pre>{@code
 * store.putSession("trip", SessionDraft.empty().withTitle("A trip to Madrid"))
 *         .then(store.putMessage("trip", MessageDraft.user("Is there a night train?").withId("m1")))
 *         .then(store.updateSession("trip", SessionPatch.empty().withTitle("The night train")))
 *         .thenMany(store.listMessages("trip", MessageQuery.last(50)))
 *         .doOnNext(message -> System.out.println(message.role() + ": " + message.text()))
 *         .subscribe();
 * }</pre>
 */
public interface RowTables {

    /**
     * A session's row.
     *
     * @param sessionId the session
     * @return the row, or empty
     */
    Mono<Session> getSession(String sessionId);

    /**
     * Session rows, the last changed first. The list shows one moment, that of the subscription: a session that changes
     * while the list is read appears in it exactly once.
     *
     * @param query which ones, and which page
     * @return the rows
     */
    Flux<Session> listSessions(SessionQuery query);

    /**
     * A message's row.
     *
     * @param sessionId the session
     * @param messageId the message
     * @return the row, or empty
     */
    Mono<Message> getMessage(String sessionId, String messageId);

    /**
     * Message rows, in order. A screen that shows the newest page and loads earlier ones asks for {@code
     * MessageQuery.last(50)}, then for {@code MessageQuery.before(firstShown.seq()).withLast(50)}.
     *
     * @param sessionId the session
     * @param query which ones
     * @return the rows
     */
    Flux<Message> listMessages(String sessionId, MessageQuery query);

    /**
     * A session's message rows, in order.
     *
     * @param sessionId the session
     * @return the rows
     */
    default Flux<Message> listMessages(String sessionId) {
        return listMessages(sessionId, MessageQuery.all());
    }

    /**
     * A snapshot's row; an index look-up, whatever session holds it.
     *
     * @param snapshotId the snapshot
     * @return the row, or empty
     */
    Mono<Snapshot> getSnapshot(String snapshotId);

    /**
     * A session's snapshot rows, in the order in which they were first put.
     *
     * @param sessionId the session
     * @return the rows
     */
    Flux<Snapshot> listSnapshots(String sessionId);

    /**
     * Puts a session's row, whole: members that the draft does not give are cleared. The {@code Mono} is one write: {@code
     * repeat()} emits the same row and writes nothing more. Parent and instant of making count
     * only where the row is made.
     *
     * @param sessionId the session
     * @param session the row
     * @param options expected version, turn, idempotency key, meta
     * @return the row as it is then
     */
    Mono<Session> putSession(String sessionId, SessionDraft session, WriteOptions options);

    /**
     * Puts a session's row; see {@link #putSession(String, SessionDraft, WriteOptions)}.
     *
     * @param sessionId the session
     * @param session the row
     * @return the row as it is then
     */
    default Mono<Session> putSession(String sessionId, SessionDraft session) {
        return putSession(sessionId, session, WriteOptions.none());
    }

    /**
     * Puts the row of a new session, whose id the store gives; it is fixed by this call. The {@code Mono} is one
     * write: {@code repeat()} emits the same row and creates no other session.
     *
     * @param session the row
     * @param options meta; an idempotency key is refused, since a repeat could not find the session
     * @return the row as it is then, with the id; an {@link IllegalArgumentException} when an idempotency key is given
     */
    Mono<Session> createSession(SessionDraft session, WriteOptions options);

    /**
     * Puts the row of a new session; see {@link #createSession(SessionDraft, WriteOptions)}.
     *
     * @param session the row
     * @return the row as it is then, with the id
     */
    default Mono<Session> createSession(SessionDraft session) {
        return createSession(session, WriteOptions.none());
    }

    /**
     * Changes some members of a session's row. The {@code Mono} is one write: once it has written, {@code repeat()} emits
     * the same row and writes nothing more.
     *
     * @param sessionId the session
     * @param patch the members; an empty one writes nothing and gives the row
     * @param options expected version, turn, idempotency key, meta
     * @return the row as it is then; {@link SessionNotFoundException} where there is none
     */
    Mono<Session> updateSession(String sessionId, SessionPatch patch, WriteOptions options);

    /**
     * Changes some members of a session's row; see {@link #updateSession(String, SessionPatch, WriteOptions)}.
     *
     * @param sessionId the session
     * @param patch the members
     * @return the row as it is then
     */
    default Mono<Session> updateSession(String sessionId, SessionPatch patch) {
        return updateSession(sessionId, patch, WriteOptions.none());
    }

    /**
     * Puts a message: a new one at the end, or new role and content for one that is there, at its place. The
     * {@code Mono} is one write: {@code repeat()} emits the same row and puts no other message.
     *
     * @param sessionId the session
     * @param message the message
     * @param options expected version, turn, idempotency key, meta
     * @return the row as it is after this write; a repeat returns that same row, also if the message was edited or
     *     deleted since
     */
    Mono<Message> putMessage(String sessionId, MessageDraft message, WriteOptions options);

    /**
     * Puts a message; see {@link #putMessage(String, MessageDraft, WriteOptions)}.
     *
     * @param sessionId the session
     * @param message the message
     * @return the row as it is then
     */
    default Mono<Message> putMessage(String sessionId, MessageDraft message) {
        return putMessage(sessionId, message, WriteOptions.none());
    }

    /**
     * Appends a part of a message that is being streamed; a part out of order is recorded, and changes no row. The
     * {@code Mono} is one write: {@code repeat()} emits the same commit and appends nothing more.
     *
     * @param sessionId the session
     * @param delta the part
     * @param options expected version, turn (so that it fences an old worker), idempotency key, meta
     * @return the commit
     */
    Mono<Commit> appendToMessage(String sessionId, MessageDelta delta, WriteOptions options);

    /**
     * Appends a part of a message; see {@link #appendToMessage(String, MessageDelta, WriteOptions)}.
     *
     * @param sessionId the session
     * @param delta the part
     * @return the commit
     */
    default Mono<Commit> appendToMessage(String sessionId, MessageDelta delta) {
        return appendToMessage(sessionId, delta, WriteOptions.none());
    }

    /**
     * Puts a snapshot. The {@code Mono} is one write: {@code repeat()} emits the same row and puts no other snapshot. An id
     * that the session has is replaced, and keeps its place and instant.
     *
     * @param sessionId the session
     * @param snapshot the snapshot
     * @param options expected version, turn, idempotency key, meta
     * @return the row as it is then; {@link SnapshotIdTakenException} when another session holds the id
     */
    Mono<Snapshot> putSnapshot(String sessionId, SnapshotDraft snapshot, WriteOptions options);

    /**
     * Puts a snapshot; see {@link #putSnapshot(String, SnapshotDraft, WriteOptions)}.
     *
     * @param sessionId the session
     * @param snapshot the snapshot
     * @return the row as it is then
     */
    default Mono<Snapshot> putSnapshot(String sessionId, SnapshotDraft snapshot) {
        return putSnapshot(sessionId, snapshot, WriteOptions.none());
    }

    /**
     * Removes a session's rows: its own, its messages, its snapshots. The {@code Mono} is one write: once it has removed
     * something, {@code repeat()} emits the same commit and removes nothing more. The log stays ({@link Timeline#purge}
     * erases it). It also ends the current turn: writes that name it fail with {@link FencedException}, so a worker that is
     * still running cannot bring back half a session.
     *
     * @param sessionId the session
     * @param options expected version, turn, idempotency key, meta
     * @return the commit; empty where there was nothing to remove, and nothing was written
     */
    Mono<Commit> deleteSession(String sessionId, WriteOptions options);

    /**
     * Removes a session's rows; see {@link #deleteSession(String, WriteOptions)}.
     *
     * @param sessionId the session
     * @return the commit, or empty
     */
    default Mono<Commit> deleteSession(String sessionId) {
        return deleteSession(sessionId, WriteOptions.none());
    }

    /**
     * Removes the messages after one, which stays. The {@code Mono} is one write: once it has removed something, {@code
     * repeat()} emits the same commit and removes nothing more. {@link Timeline#redo} brings them back.
     *
     * @param sessionId the session
     * @param messageId the last message that stays
     * @param options expected version, turn, idempotency key, meta
     * @return the commit; empty where nothing follows that message, or there is no such message
     */
    Mono<Commit> deleteMessagesAfter(String sessionId, String messageId, WriteOptions options);

    /**
     * Removes the messages after one; see {@link #deleteMessagesAfter(String, String, WriteOptions)}.
     *
     * @param sessionId the session
     * @param messageId the last message that stays
     * @return the commit, or empty
     */
    default Mono<Commit> deleteMessagesAfter(String sessionId, String messageId) {
        return deleteMessagesAfter(sessionId, messageId, WriteOptions.none());
    }

    /**
     * Removes all messages of a session, and what could be redone. The {@code Mono} is one write: once it has removed
     * something, {@code repeat()} emits the same commit and removes nothing more.
     *
     * @param sessionId the session
     * @param options expected version, turn, idempotency key, meta
     * @return the commit; empty where there was nothing to remove
     */
    Mono<Commit> deleteMessages(String sessionId, WriteOptions options);

    /**
     * Removes all messages of a session; see {@link #deleteMessages(String, WriteOptions)}.
     *
     * @param sessionId the session
     * @return the commit, or empty
     */
    default Mono<Commit> deleteMessages(String sessionId) {
        return deleteMessages(sessionId, WriteOptions.none());
    }

    /**
     * Removes all snapshots of a session. The {@code Mono} is one write: once it has removed something, {@code repeat()}
     * emits the same commit and removes nothing more.
     *
     * @param sessionId the session
     * @param options expected version, turn, idempotency key, meta
     * @return the commit; empty where there was nothing to remove
     */
    Mono<Commit> deleteSnapshots(String sessionId, WriteOptions options);

    /**
     * Removes all snapshots of a session; see {@link #deleteSnapshots(String, WriteOptions)}.
     *
     * @param sessionId the session
     * @return the commit, or empty
     */
    default Mono<Commit> deleteSnapshots(String sessionId) {
        return deleteSnapshots(sessionId, WriteOptions.none());
    }
}
