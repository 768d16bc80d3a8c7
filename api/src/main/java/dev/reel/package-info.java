/**
 * Reel: a reactive event-sourced session store. Record, replay, tail, rewind, fork.
 *
 * <p>A <em>session</em> is one conversation, or one run of an agent. Every write to it is an event on the session's
 * append-only log. The rows that callers read (sessions, messages, snapshots) are folded from that log and from nothing
 * else. {@link dev.reel.SessionStore} is the whole contract; it joins {@link dev.reel.EventLog} (append, replay, tail),
 * {@link dev.reel.Feed} (all sessions in one order), {@link dev.reel.RowTables} (the rows) and {@link
 * dev.reel.Timeline} (as-of, checkpoint, rewind, fork).
 *
 * <h2>What holds for every method</h2>
 *
 * <ul>
 *   <li>Nothing happens before a publisher is subscribed to; only the ids of a write are fixed when its method is called.
 *   <li>Errors are signals of the publisher, each a {@link dev.reel.ReelException} of its own type. An
 *       argument that is malformed, which may come from data, is signalled, too ({@link dev.reel.InvalidInputException}).
 *       Only {@code null} throws where the method is called ({@link java.lang.NullPointerException}).
 *   <li>Nothing blocks the thread that calls, subscribes or requests.
 *   <li>Demand is respected and nothing is buffered for a subscriber: the log is the buffer.
 *   <li>All subscriptions of one write's {@code Mono} are the same write, so {@code .retry()} is always safe. Cancelling
 *       before the write was accepted writes nothing; afterwards the write goes on whole and only the answer is lost.
 *   <li>Reading what is not there is empty, not an error.
 * </ul>
 */
@NullMarked
package dev.reel;

import org.jspecify.annotations.NullMarked;
