package dev.reel.internal.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.reel.Anchor;
import dev.reel.AnchorNotFoundException;
import dev.reel.Bounds;
import dev.reel.Change;
import dev.reel.EventDraft;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.Role;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionState;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.Upcasters;
import dev.reel.spi.Events;
import dev.reel.spi.States;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

@DisplayName("The cost of a fork")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ForkCostsTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Engine engine =
            Engine.inMemory(StoreOptions.standard().withBounds(Bounds.standard().withSessionWrites(2, 1 << 20)));

    private final CountDownLatch free = new CountDownLatch(1);

    @AfterEach
    void close() {
        free.countDown();
        engine.close();
    }

    private static LogView plus(LogView log, EventDraft draft) {
        long version = log.version() + 1;
        return log.plus(List.of(Events.of(
                log.state().sessionId(),
                version,
                version,
                draft.id() == null ? "e" + version : draft.id(),
                Instant.EPOCH,
                1,
                draft,
                Upcasters.none())));
    }

    private static LogView plus(LogView log, Change change) {
        return plus(log, EventDraft.of(change));
    }

    private static Change message(String id) {
        return Change.putMessage(Role.USER, id, Json.EMPTY_OBJECT);
    }

    /** A log of messages with a snapshot of each, with the given number of events in total. */
    private static LogView log(int events) {
        LogView log = LogView.empty("p", null);
        for (int i = 0; i < events; i += 2) {
            log = plus(log, message("m" + i));
            log = plus(log, new Change.PutSnapshot("s" + i, "m" + i, Json.EMPTY_OBJECT));
        }
        return log;
    }

    private static long allocated(Runnable run) {
        run.run(); // loads the classes it needs
        long before = THREADS.getCurrentThreadAllocatedBytes();
        run.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    @Test
    @DisplayName("R2: a fork at the end allocates about the same with 10 and 100 times the events and snapshots")
    void bytes() {
        long least = allocated(() -> log2().fork(2_048, "f"));
        for (int events : new int[] {20_480, 204_800}) {
            LogView log = log(events);
            long bytes = allocated(() -> log.fork(events, "f"));
            assertTrue(bytes < 2 * least + 4_096, bytes + " bytes for " + events + " events, " + least + " for 2,048");
        }
    }

    private LogView small = LogView.empty("p", null);

    private LogView log2() {
        if (small.version() == 0) {
            small = log(2_048);
        }
        return small;
    }

    @Test
    @DisplayName("R17: a fork at each version has the rows and the event ids of that version, and no later ones")
    void everyVersion() {
        LogView log = log(24_576);
        for (int version : new int[] {1, 1_023, 1_024, 1_025, 16_383, 16_384, 16_385, 20_000, (int) log.version()}) {
            LogView fork = log.fork(version, "f");
            SessionState rows = log.stateAt(version);
            assertEquals(States.under(rows, "f"), fork.state());
            assertEquals(States.under(log.stateAt(version / 2), "f"), fork.stateAt(version / 2));
            assertEquals("f", fork.stateAt(version / 2).sessionId());
            for (int known : new int[] {1, version / 2 + 1, version}) {
                assertEquals(known, fork.versionOf("e" + known));
            }
            assertEquals(0, fork.versionOf("e" + (version + 1)));
            assertEquals(
                    version + 1,
                    plus(fork, EventDraft.of("x", Json.EMPTY_OBJECT).withId("own"))
                            .versionOf("own"));
            assertEquals(0, fork.versionOf("own"));
            assertEquals(0, log.versionOf("own"));
        }
    }

    @Test
    @DisplayName("R2: a fork shares the events and the rows of its parent")
    void shares() {
        LogView log = log2();
        LogView fork = log.fork(2_048, "f");
        assertSame(log.event(7), fork.event(7));
        assertSame(
                log.state().message("m6").content(), fork.state().message("m6").content());
    }

    @Test
    @DisplayName("R25: a fork keeps no event, id or row in memory that its parent wrote later")
    void nothingLater() {
        LogView log = log(2_050);
        LogView early = log.fork(2_049, "early");
        LogView whole = log.fork(2_050, "whole");
        List<WeakReference<String>> later = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            String id = new StringBuilder("later").append(i).toString();
            later.add(new WeakReference<>(id));
            log = plus(log, EventDraft.of(message(id)).withId(id));
            log = plus(log, new Change.PutSnapshot(id, null, Json.EMPTY_OBJECT));
        }
        LogView behind = log.fork(2_050, "behind");
        log = null;
        small = LogView.empty("p", null);
        for (WeakReference<String> id : later) {
            for (int i = 0; i < 50 && id.get() != null; i++) {
                System.gc();
            }
            assertNull(id.get());
        }
        assertEquals(2_049, early.version());
        assertEquals(whole.version(), behind.version());
    }

    @Test
    @DisplayName("R25: a parent keeps no reference to its forks")
    void nothingOfForks() {
        LogView log = log(64);
        String id = new StringBuilder("of the fork").toString();
        WeakReference<String> known = new WeakReference<>(id);
        plus(log.fork(64, "f"), EventDraft.of(message(id)));
        id = "";
        for (int i = 0; i < 50 && known.get() != null; i++) {
            System.gc();
        }
        assertNull(known.get());
        assertEquals(64, log.version());
    }

    @Test
    @DisplayName("R2: forks of forks, 10,000 deep, cost the same at every depth")
    void deep() {
        LogView log = log(100);
        for (int i = 0; i < 10_000; i++) {
            log = plus(
                    log.fork((int) log.version(), "f" + i), new Change.SessionFork("p", log.version(), "t", Map.of()));
        }
        LogView last = log;
        assertEquals(10_100, last.version());
        assertEquals(10_100, last.versionOf("e10100"));
        assertEquals(1, last.versionOf("e1"));
        assertEquals(50, last.stateAt(9_000).messages().size());
        long deep = allocated(() -> last.fork(10_100, "f"));
        assertTrue(deep < 16_384, deep + " bytes");
    }

    /** A log in which a message is put at version 2, named by deltas without effect, and then truncated. */
    private static LogView late(int deltas) {
        LogView log = plus(plus(LogView.empty("p", null), message("q")), message("m"));
        for (int i = 0; i < deltas; i++) {
            log = plus(log, new Change.DeltaMessage("m", Role.USER, i + 5, "late"));
        }
        return plus(log, Change.truncateMessages("q"));
    }

    @Test
    @DisplayName("R2: finding where a truncated message was put folds each event at most once")
    void lastPut() {
        for (int deltas : new int[] {100, 1_000, 10_000}) {
            LastPut search = new LastPut(late(deltas), "m");
            assertEquals(2, search.find());
            assertTrue(search.folded() <= deltas + 2, search.folded() + " folded for " + deltas);
        }
        LogView elsewhere = late(0);
        for (int i = 0; i < 10_000; i++) {
            elsewhere = plus(elsewhere, message("x" + i));
        }
        LastPut search = new LastPut(elsewhere, "m");
        assertEquals(2, search.find());
        assertEquals(2, search.folded());
        LastPut unknown = new LastPut(elsewhere, "nobody");
        assertEquals(0, unknown.find());
        assertEquals(0, unknown.folded());
    }

    @Test
    @DisplayName(
            "R2: the last put of a message that was put and truncated repeatedly is the last one that had an effect")
    void lastPutOfMany() {
        LogView log = plus(LogView.empty("p", null), message("q"));
        for (int i = 0; i < 3; i++) {
            log = plus(log, message("m"));
            log = plus(log, new Change.DeltaMessage("m", Role.USER, 9, "no effect"));
            log = plus(log, Change.truncateMessages("q"));
        }
        log = plus(log, new Change.DeltaMessage("m", Role.USER, 0, "begins"));
        log = plus(log, new Change.DeltaMessage("m", Role.USER, 1, "goes on"));
        log = plus(log, new Change.DeltaMessage("m", Role.USER, 7, "no effect"));
        log = plus(log, Change.truncateMessages("q"));
        assertEquals(12, new LastPut(log, "m").find());
        log = plus(log, plainId("z1"));
        log = plus(log, Change.truncateMessages("q"));
        assertEquals(15, new LastPut(log, "z1").find());
    }

    /** A message without an id in its data; its id is its event's id. */
    private static EventDraft plainId(String eventId) {
        return EventDraft.of("user_message", Json.object("message", "hi")).withId(eventId);
    }

    /** Writes a session with a truncated message m and a snapshot of it. */
    private void parent() {
        engine.putMessage("p", MessageDraft.user("q").withId("q")).block();
        engine.putMessage("p", MessageDraft.assistant("m").withId("m")).block();
        engine.putSnapshot("p", SnapshotDraft.of(Json.EMPTY_OBJECT).withId("s").withMessage("m"))
                .block();
        engine.putSnapshot(
                        "p", SnapshotDraft.of(Json.EMPTY_OBJECT).withId("lost").withMessage("nobody"))
                .block();
        engine.rewind("p", Anchor.message("q")).block();
    }

    private void holdThePool() {
        int threads = 2 * Math.max(2, Runtime.getRuntime().availableProcessors());
        for (int i = 0; i < threads; i++) {
            engine.core().work().execute(() -> {
                try {
                    free.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }

    private Mono<Fork> forkAt(String snapshot) {
        return engine.fork("p", ForkRequest.at(Anchor.snapshot(snapshot)).withId("f"));
    }

    @Test
    @DisplayName("R2: a fork that has to search the log does not delay writers of its parent")
    void writersGoOn() {
        parent();
        holdThePool();
        CompletableFuture<Fork> fork = forkAt("s").toFuture();
        assertNotNull(engine.putMessage("p", MessageDraft.user("meanwhile").withId("w"))
                .block(Duration.ofSeconds(30)));
        assertFalse(fork.isDone());
        free.countDown();
        assertEquals(new Fork("f", "p", 2, 2), fork.join());
        assertNull(engine.getMessage("f", "w").block());
    }

    @Test
    @DisplayName("R24: a search that finds nothing fails the fork, which no longer counts as an unanswered write")
    void nothingFound() {
        parent();
        for (int i = 0; i < 10; i++) {
            Assertions.assertThrows(
                    AnchorNotFoundException.class, () -> forkAt("lost").block());
        }
        assertEquals(2, Assertions.assertDoesNotThrow(() -> forkAt("s").block()).parentVersion());
    }

    @Test
    @DisplayName("R13: if the parent is purged during the search, the fork fails because the parent does not exist")
    void purgedMeanwhile() {
        parent();
        holdThePool();
        CompletableFuture<Fork> fork = forkAt("s").toFuture();
        engine.purge("p").block();
        free.countDown();
        CompletionException error = Assertions.assertThrows(CompletionException.class, fork::join);
        assertTrue(error.getCause() instanceof SessionNotFoundException, String.valueOf(error.getCause()));
        assertTrue(engine.replay("f", Range.all()).collectList().block().isEmpty());
    }

    @Test
    @DisplayName("R6: a fork that is cancelled during the search is not created")
    void cancelled() {
        parent();
        holdThePool();
        forkAt("s").subscribe().dispose();
        free.countDown();
        assertEquals(2, forkAt("s").block().parentVersion());
    }
}
