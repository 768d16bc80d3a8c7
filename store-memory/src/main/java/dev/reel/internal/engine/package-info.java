/**
 * The engine of the stores. Only the stores of this project use it.
 *
 * <p>Read {@link dev.reel.internal.engine.Engine} first: it is the API. The classes are in rooms, one above the other, and a
 * class knows only its own room and those below it. A test holds that.
 *
 * <ol>
 *   <li><b>Front</b>: {@code Engine}.
 *   <li><b>Calls</b>: {@code Write}, the publisher of a write; {@code Cursor} and its subclasses, the subscriptions of
 *       replays and tails; {@code FollowedNews}, what another store has published.
 *   <li><b>Sessions</b>: {@code Sessions}, the map of those in use; {@code SessionLog}, which accepts, decides and publishes
 *       the writes of one session as tasks of its {@code TaskQueue}; {@code Operation} and its subclasses, one for each
 *       kind of write.
 *   <li><b>Core</b>: {@code Core}, what all parts share; {@code FeedLog}, the order of all events; {@code SessionIndex} and
 *       {@code SnapshotIndex}.
 *   <li><b>Views</b>: {@code LogView}, an immutable log with its rows, and what is searched in one.
 *   <li><b>Ground</b>: pools, trees, failures, and the interfaces of a journal and a storage.
 * </ol>
 *
 * <p><b>The way of an append.</b> {@code Engine.append} fixes the event ids and returns a {@code Write}. When that is
 * subscribed to, {@code Sessions.admit} checks the bounds and holds the session. The operation begins as a task of the
 * session: {@code SessionLog.accept} decides it against the head, draws positions from the {@code FeedLog}, folds the new
 * head, and passes the batch to the {@code Journal}. When the journal reports it durable, the session publishes it, rings
 * the bell of its cursors, and the attempt passes the result to its subscribers.
 *
 * <p><b>The way of a cold read.</b> {@code Sessions.find} returns a {@code SessionLog} without a log in memory. Its first use
 * on a thread that must not read throws {@code NeedsReading}; {@code StoredRead}, the cursor or the task queue then repeats
 * the call through {@code Storage.execute}, where {@code SessionLog} opens the stored log.
 *
 * <p><b>The way of a purge.</b> {@code PurgeOperation} runs {@code SessionLog.purge}, which passes a batch with the {@code
 * session_purged} event to the journal. When it is durable, the session ends its {@code Lineage}, the indexes and the feed
 * drop the session's events, and the write is answered when {@code Storage.whenErased} reports that no byte is left.
 */
@NullMarked
package dev.reel.internal.engine;

import org.jspecify.annotations.NullMarked;
