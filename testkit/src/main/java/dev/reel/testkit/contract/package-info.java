/**
 * The contract of a session store as tests, for authors of stores. To test code that uses a store, see {@link
 * dev.reel.testkit}.
 *
 * <p>Begin with {@link dev.reel.testkit.contract.SessionStoreContract}: extend it, and implement its one abstract
 * method. Its tests are in groups, which are nested classes, so that you can run one group at a time. Each test is named
 * after the rules that it verifies, R1 to R25. {@code docs/contract.md} has the text of the rules, and the tests of each.
 *
 * <p>The groups, in the order in which somebody writes a store. After each test of a group, every log is compared with
 * its rows, so {@code sessionIds}, {@code replay} and {@code state} are needed from the start. Tests that run over every
 * write or every read need the later steps too.
 *
 * <ol>
 *   <li><b>Append.</b> {@link AppendContract}, {@link RecordedContract}, {@link IdempotenceContract},
 *       {@link RetryContract}, {@link WriteIdContract}, {@link TurnContract}, {@link MetaContract},
 *       {@link ClockAndIdsContract}, {@link IdFormsContract}, {@link BoundsContract}, {@link AcknowledgeContract}.
 *   <li><b>Replay</b> and the rows that are folded from the events. {@link ReplayContract}, {@link UpcastContract},
 *       {@link SessionRowsContract}, {@link SessionListContract}, {@link MessageRowsContract}, {@link SnapshotContract}.
 *   <li><b>Tail.</b> {@link TailContract}, {@link TailEndContract}, {@link SignalContract}, {@link ResumeContract},
 *       {@link LineageContract}, {@link DeliveryContract}.
 *   <li><b>Feed.</b> {@link FeedContract}, {@link FeedTailContract}.
 *   <li><b>Rewind</b>, fork, and reads as of a version. {@link TimelineContract}, {@link RewindContract},
 *       {@link ForkContract}.
 *   <li><b>Purge.</b> {@link PurgeContract}.
 *   <li><b>Everything together.</b> {@link ReactiveContract}, {@link FaultContract}, {@link ModelContract},
 *       {@link ConcurrencyContract}, {@link LinearizabilityContract}.
 * </ol>
 *
 * <p>Then extend the contracts that need more than a store:
 *
 * <ul>
 *   <li>{@link dev.reel.testkit.contract.DurableSessionStoreContract}, if the store keeps its data when it is closed: what a
 *       restart must not change ({@link RestartContract}), and most of the groups above with restarts between the calls;
 *   <li>{@link dev.reel.testkit.contract.HeldFlushContract}, if the store makes writes durable, with
 *       {@link HeldSessionContract} and {@link HeldFeedContract};
 *   <li>{@link dev.reel.testkit.contract.ReactiveStreamsContract}, which needs the Reactive Streams TCK;
 *   <li>{@link dev.reel.testkit.contract.NonBlockingContract}, which needs BlockHound.
 * </ul>
 *
 * <p>For tests of your own there are {@link dev.reel.testkit.contract.RandomWalk}, which compares a store with a model
 * over random calls and can reopen it in between, and {@link dev.reel.testkit.contract.Linearizability}, which checks a
 * {@link dev.reel.testkit.contract.History} of concurrent calls.
 */
@NullMarked
package dev.reel.testkit.contract;

import org.jspecify.annotations.NullMarked;
