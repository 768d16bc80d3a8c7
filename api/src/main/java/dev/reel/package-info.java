/**
 * Reel: a reactive event-sourced session store. Record, replay, tail, rewind, fork.
 *
 * <p>A <em>session</em> is one conversation, or one run of an agent. Every write to it is an event on the session's
 * append-only log. The rows that callers read (sessions, messages, snapshots) are folded only from that log. {@link
 * dev.reel.SessionStore} is the whole contract. It combines {@link dev.reel.EventLog} (append, replay, tail), {@link
 * dev.reel.Feed} (all sessions in one order), {@link dev.reel.RowTables} (the rows) and {@link dev.reel.Timeline}
 * (as-of, checkpoint, rewind, fork).
 *
 * <h2>Rules for every method</h2>
 *
 * <ul>
 *   <li>Nothing happens until you subscribe to the returned publisher; only the ids of a write are fixed when its
 *       method is called.
 *   <li>Errors are error signals of the publisher, each a {@link dev.reel.ReelException} of its own type. A malformed
 *       argument, which may come from data, is signalled too ({@link dev.reel.InvalidInputException}). Only {@code
 *       null} throws at the call ({@link java.lang.NullPointerException}).
 *   <li>No method blocks the thread that calls, subscribes or requests.
 *   <li>Demand is respected, and nothing is buffered for a subscriber: the log is the buffer.
 *   <li>All subscriptions to the {@code Mono} of one write share one write, so {@code .retry()} is always safe.
 *       Cancelling before the write is accepted writes nothing. After that the write completes as a whole, and only its
 *       result is lost.
 *   <li>Reading something that does not exist is empty, not an error.
 * </ul>
 */
@NullMarked
package dev.reel;

import org.jspecify.annotations.NullMarked;
