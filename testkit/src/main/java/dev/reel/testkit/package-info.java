/**
 * Tools for tests of code that uses a session store. To test a store itself, see {@link dev.reel.testkit.contract}.
 *
 * <p>Begin with {@link dev.reel.testkit.Expected}: what a test expects of a replay, a tail, or a list of messages. Then:
 *
 * <ul>
 *   <li>{@link dev.reel.testkit.SessionScenario}: given some events, when an action runs, then certain events are
 *       appended;
 *   <li>{@link dev.reel.testkit.RecordedSession}: a session from a file, written into a store or passed to your code at
 *       once or at its recorded pace;
 *   <li>{@link dev.reel.testkit.TailProbe} and {@link dev.reel.testkit.Followers}: subscribers that keep what they
 *       receive, and a wait until all of them have reached a version;
 *   <li>{@link dev.reel.testkit.FaultyStore}: a store that fails on request;
 *   <li>{@link dev.reel.testkit.ManualClock} and {@link dev.reel.testkit.CountingIds}: a clock that a test moves, and
 *       ids that it knows in advance.
 * </ul>
 */
@NullMarked
package dev.reel.testkit;

import org.jspecify.annotations.NullMarked;
