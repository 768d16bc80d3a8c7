package dev.reel;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reads and writes the rows of sessions, messages and snapshots, which are folded from the session logs.
 *
 * <p><b>Reads.</b> Each read shows one published version, never half a batch. Reading a row that does not exist is
 * empty, not an error.
 *
 * <p><b>Writes.</b> Each write appends one event, with the idempotence, retry, cancellation and errors of {@link
 * EventLog#append(String, java.util.List, WriteOptions)}. All subscriptions to the {@code Mono} share one write: {@code
 * retry()} is safe, and {@code repeat()} writes nothing more. Ids that you do not pass are fixed when you call the
 * method. A malformed id is signalled as an {@link InvalidInputException}.
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
     * Returns a session's row.
     *
     * @param sessionId the session
     * @return the row, or empty
     */
    Mono<Session> getSession(String sessionId);

    /**
     * Lists session rows, the last changed first. The list shows the moment of the subscription: a session that changes
     * while the list is read appears in it exactly once.
     *
     * @param query which sessions, and which page
     * @return the rows
     */
    Flux<Session> listSessions(SessionQuery query);

    /**
     * Returns a message's row.
     *
     * @param sessionId the session
     * @param messageId the message
     * @return the row, or empty
     */
    Mono<Message> getMessage(String sessionId, String messageId);

    /**
     * Lists message rows, in order. A screen that shows the newest page and loads earlier ones first passes {@code
     * MessageQuery.last(50)}, then {@code MessageQuery.before(firstShown.seq()).withLast(50)}.
     *
     * @param sessionId the session
     * @param query which messages
     * @return the rows
     */
    Flux<Message> listMessages(String sessionId, MessageQuery query);

    /**
     * Lists a session's message rows, in order.
     *
     * @param sessionId the session
     * @return the rows
     */
    default Flux<Message> listMessages(String sessionId) {
        return listMessages(sessionId, MessageQuery.all());
    }

    /**
     * Returns a snapshot's row. This is an index look-up; you need not know the session.
     *
     * @param snapshotId the snapshot
     * @return the row, or empty
     */
    Mono<Snapshot> getSnapshot(String snapshotId);

    /**
     * Lists a session's snapshot rows, in the order in which they were first put.
     *
     * @param sessionId the session
     * @return the rows
     */
    Flux<Snapshot> listSnapshots(String sessionId);

    /**
     * Puts a session's whole row: members that the draft does not set are cleared. The draft's parent and creation time
     * are used only if the row does not exist yet. The {@code Mono} is one write: {@code repeat()} emits the same row
     * and writes nothing more.
     *
     * @param sessionId the session
     * @param session the row
     * @param options expected version, turn, idempotency key, meta
     * @return the row after this write
     */
    Mono<Session> putSession(String sessionId, SessionDraft session, WriteOptions options);

    /**
     * Puts a session's row; see {@link #putSession(String, SessionDraft, WriteOptions)}.
     *
     * @param sessionId the session
     * @param session the row
     * @return the row after this write
     */
    default Mono<Session> putSession(String sessionId, SessionDraft session) {
        return putSession(sessionId, session, WriteOptions.none());
    }

    /**
     * Puts the row of a new session. The store assigns its id when you call the method. The {@code Mono} is one write:
     * {@code repeat()} emits the same row and creates no other session.
     *
     * @param session the row
     * @param options meta; an idempotency key is rejected, because a repeat could not find the session
     * @return the row after this write, with its id; {@link IllegalArgumentException} if an idempotency key is given
     */
    Mono<Session> createSession(SessionDraft session, WriteOptions options);

    /**
     * Puts the row of a new session; see {@link #createSession(SessionDraft, WriteOptions)}.
     *
     * @param session the row
     * @return the row after this write, with its id
     */
    default Mono<Session> createSession(SessionDraft session) {
        return createSession(session, WriteOptions.none());
    }

    /**
     * Changes some members of a session's row. The {@code Mono} is one write: after it has written, {@code repeat()}
     * emits the same row and writes nothing more.
     *
     * @param sessionId the session
     * @param patch the members; an empty patch writes nothing and returns the row
     * @param options expected version, turn, idempotency key, meta
     * @return the row after this write; {@link SessionNotFoundException} if there is no row
     */
    Mono<Session> updateSession(String sessionId, SessionPatch patch, WriteOptions options);

    /**
     * Changes some members of a session's row; see {@link #updateSession(String, SessionPatch, WriteOptions)}.
     *
     * @param sessionId the session
     * @param patch the members
     * @return the row after this write
     */
    default Mono<Session> updateSession(String sessionId, SessionPatch patch) {
        return updateSession(sessionId, patch, WriteOptions.none());
    }

    /**
     * Puts a message. A new id adds the message at the end; an existing id replaces the role and content of that
     * message, at its place. The {@code Mono} is one write: {@code repeat()} emits the same row and puts no other
     * message.
     *
     * @param sessionId the session
     * @param message the message
     * @param options expected version, turn, idempotency key, meta
     * @return the row after this write; a repeat returns that same row, even if the message was edited or deleted since
     */
    Mono<Message> putMessage(String sessionId, MessageDraft message, WriteOptions options);

    /**
     * Puts a message; see {@link #putMessage(String, MessageDraft, WriteOptions)}.
     *
     * @param sessionId the session
     * @param message the message
     * @return the row after this write
     */
    default Mono<Message> putMessage(String sessionId, MessageDraft message) {
        return putMessage(sessionId, message, WriteOptions.none());
    }

    /**
     * Appends a part of a message that is being streamed. A part out of order is recorded but changes no row. The
     * {@code Mono} is one write: {@code repeat()} emits the same commit and appends nothing more.
     *
     * @param sessionId the session
     * @param delta the part
     * @param options expected version, turn (to fence off a previous worker), idempotency key, meta
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
     * Puts a snapshot. If the session already has a snapshot with that id, it is replaced and keeps its place and
     * instant. The {@code Mono} is one write: {@code repeat()} emits the same row and puts no other snapshot.
     *
     * @param sessionId the session
     * @param snapshot the snapshot
     * @param options expected version, turn, idempotency key, meta
     * @return the row after this write; {@link SnapshotIdTakenException} if another session has a snapshot with that id
     */
    Mono<Snapshot> putSnapshot(String sessionId, SnapshotDraft snapshot, WriteOptions options);

    /**
     * Puts a snapshot; see {@link #putSnapshot(String, SnapshotDraft, WriteOptions)}.
     *
     * @param sessionId the session
     * @param snapshot the snapshot
     * @return the row after this write
     */
    default Mono<Snapshot> putSnapshot(String sessionId, SnapshotDraft snapshot) {
        return putSnapshot(sessionId, snapshot, WriteOptions.none());
    }

    /**
     * Removes all rows of a session: its own row, its messages and its snapshots. The log stays; {@link Timeline#purge}
     * erases it. The delete also ends the current turn: writes in that turn fail with {@link FencedException}, so a
     * worker that is still running cannot recreate parts of the session. The {@code Mono} is one write: after it has
     * removed something, {@code repeat()} emits the same commit and removes nothing more.
     *
     * @param sessionId the session
     * @param options expected version, turn, idempotency key, meta
     * @return the commit; empty if there was nothing to remove, in which case nothing was written
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
     * Removes the messages after a given message, which stays. {@link Timeline#redo} restores them. The {@code Mono} is
     * one write: after it has removed something, {@code repeat()} emits the same commit and removes nothing more.
     *
     * @param sessionId the session
     * @param messageId the last message that stays
     * @param options expected version, turn, idempotency key, meta
     * @return the commit; empty if no message follows that one, or it does not exist
     */
    Mono<Commit> deleteMessagesAfter(String sessionId, String messageId, WriteOptions options);

    /**
     * Removes the messages after a given message; see {@link #deleteMessagesAfter(String, String, WriteOptions)}.
     *
     * @param sessionId the session
     * @param messageId the last message that stays
     * @return the commit, or empty
     */
    default Mono<Commit> deleteMessagesAfter(String sessionId, String messageId) {
        return deleteMessagesAfter(sessionId, messageId, WriteOptions.none());
    }

    /**
     * Removes all messages of a session, including those that could be redone. The {@code Mono} is one write: after it
     * has removed something, {@code repeat()} emits the same commit and removes nothing more.
     *
     * @param sessionId the session
     * @param options expected version, turn, idempotency key, meta
     * @return the commit; empty if there was nothing to remove
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
     * Removes all snapshots of a session. The {@code Mono} is one write: after it has removed something, {@code
     * repeat()} emits the same commit and removes nothing more.
     *
     * @param sessionId the session
     * @param options expected version, turn, idempotency key, meta
     * @return the commit; empty if there was nothing to remove
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
