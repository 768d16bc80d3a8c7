package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Change;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.FeedFilter;
import dev.reel.FencedException;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.ReelException;
import dev.reel.Rewind;
import dev.reel.Role;
import dev.reel.SessionClosedException;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.SnapshotIdTakenException;
import dev.reel.StoreBusyException;
import dev.reel.StoreClosedException;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.Turn;
import dev.reel.VersionAheadException;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import dev.reel.spi.Events;
import dev.reel.testkit.contract.HeldFlushContract.HeldStore;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * R7 within one session: a write that is not durable has no result and is not visible. Also tests what happens if it
 * fails.
 *
 * <p>Results have the order of the calls: each has the next version. The order in which their subscribers are called is
 * not asserted, because a blocking subscriber must not delay the next result (R12).
 */
abstract class HeldSessionContract extends HeldGroup {

    HeldSessionContract(Function<StoreOptions, HeldStore> opener) {
        super(opener);
    }

    private static EventDraft userMessage(int n) {
        Json message = Json.object("role", "user", "content", "message " + n);
        return EventDraft.of(Change.putMessage(Role.USER, "u" + n, message)).withId("held-" + n);
    }

    private void writeSomething() {
        user("s", "m1", "hi");
        assistant("s", "m2", "hello");
        get(store().putSnapshot("s", SnapshotDraft.of(Json.EMPTY_OBJECT).withId("c1")));
        assertEquals(3, log("s").size());
        assertNotNull(maybe(store().getSnapshot("c1")));
    }

    /** 100 appends, and calls whose results depend on them. */
    private final class Calls {
        final List<String> names = new ArrayList<>();
        final List<CompletableFuture<Commit>> appends = new ArrayList<>();
        final CompletableFuture<Rewind> undo;
        final CompletableFuture<Commit> conflict;
        final CompletableFuture<Commit> repeat;
        final CompletableFuture<Snapshot> snapshot;
        final CompletableFuture<Commit> delete;
        final CompletableFuture<Commit> nothingToDelete;

        Calls() {
            for (int n = 1; n <= 100; n++) {
                appends.add(call("append " + n, store().append("s", userMessage(n))));
            }
            undo = call("undo", store().undo("s"));
            WriteOptions stale = WriteOptions.expecting(ExpectedVersion.exactly(3));
            conflict = call("conflict", store().append("s", customs(1), stale));
            repeat = call("repeat", store().append("s", userMessage(50)));
            snapshot = call(
                    "snapshot",
                    store().putSnapshot("s", SnapshotDraft.of(Json.EMPTY_OBJECT).withId("c2")));
            delete = call("delete", store().deleteSnapshots("s"));
            nothingToDelete = call("nothing to delete", store().deleteSnapshots("s"));
        }

        private <T> CompletableFuture<T> call(String name, Mono<T> write) {
            names.add(name);
            return ask(name, write);
        }

        List<CompletableFuture<?>> all() {
            List<CompletableFuture<?>> all = new ArrayList<>(appends);
            all.addAll(List.of(undo, conflict, repeat, snapshot, delete, nothingToDelete));
            return all;
        }
    }

    @Test
    @DisplayName(
            "R7: while held, 100 appends, an undo, a conflict and a repeat have no result and are not visible; after release, all do")
    void heldAndReleased() {
        writeSomething();
        Probe<SessionEvent> tail = Probe.of(store().tail("s", From.start()));
        Probe<SessionState> states = Probe.of(store().states("s"));
        tail.await(3);
        states.await(1);
        List<Object> before = seen("s");
        held().hold();
        Calls calls = new Calls();
        assertNoAnswer(calls.all().toArray(CompletableFuture[]::new));
        assertEquals(before, seen("s"));
        assertEquals(3, error(VersionAheadException.class, store().asOf("s", 4)).published());
        assertEquals(3, tail.quiet().size());
        assertEquals(1, states.quiet().size());

        held().release();
        for (int n = 1; n <= 100; n++) {
            Commit commit = value(answerOf(calls.appends.get(n - 1)));
            assertEquals(3 + n, commit.version());
            assertFalse(commit.repeated());
        }
        Rewind undo = value(answerOf(calls.undo));
        assertEquals(1, undo.cut());
        assertEquals("u99", undo.anchorMessageId());
        assertEquals(
                104, failureOf(VersionConflictException.class, calls.conflict).actual());
        Commit repeat = value(answerOf(calls.repeat));
        assertTrue(repeat.repeated());
        assertEquals(53, repeat.version());
        value(answerOf(calls.snapshot));
        assertEquals(106, value(answerOf(calls.delete)).version());
        assertEquals(null, answerOf(calls.nothingToDelete));
        assertEquals(new HashSet<>(calls.names), new HashSet<>(answered));
        assertEquals(range(1, 106), versionsOf(tail.await(106)));
        assertEquals(106, get(store().state("s")).version());
    }

    private static <T> T value(@Nullable T value) {
        if (value == null) {
            throw new AssertionError("the call completed without a value");
        }
        return value;
    }

    @Test
    @DisplayName(
            "R7: when the flush fails all pending calls fail, and the published state is unchanged; later writes succeed or are rejected")
    void heldAndFailed() {
        writeSomething();
        Probe<SessionEvent> tail = Probe.of(store().tail("s", From.start()));
        tail.await(3);
        List<Object> before = seen("s");
        held().hold();
        Calls calls = new Calls();
        assertNoAnswer();
        held().fail();
        for (CompletableFuture<?> call : calls.all()) {
            ReelException failure = failureOf(ReelException.class, call);
            assertFalse(
                    failure instanceof VersionConflictException,
                    "the conflict depends on an event that was never written");
        }
        List<Object> after = seen("s");
        before.set(1, after.get(1)); // a failed position is skipped
        assertEquals(before, after);
        assertEquals(3, tail.quiet().size());
        try {
            assertEquals(4, append("s", custom("on", 1)).version());
            assertEquals(range(1, 4), versionsOf(tail.await(4)));
        } catch (ReelException refused) {
            assertEquals(range(1, 3), versions("s"), "a rejection is typed, and writes nothing");
        }
    }

    @Test
    @DisplayName("R12: a subscriber that waits in its callback for a later result gets it")
    void answersDontWaitForEachOther() {
        writeSomething();
        held().hold();
        CompletableFuture<Commit> later = new CompletableFuture<>();
        CompletableFuture<Commit> first =
                ask("first", store().append("s", userMessage(1)).doOnNext(commit -> answerOf(later)));
        store().append("s", userMessage(2)).subscribe(later::complete);
        assertNoAnswer(first, later);
        held().release();
        assertEquals(5, value(answerOf(later)).version());
        assertEquals(4, value(answerOf(first)).version());
    }

    @Test
    @DisplayName("R7: a session is not visible when it is accepted, and visible when it is published")
    void aNewSession() {
        writeSomething();
        List<Object> before = seen("s", "new");
        Probe<SessionEvent> tail = Probe.of(store().tail("new", From.start()));
        held().hold();
        CompletableFuture<Commit> append = ask("append", store().append("new", List.of(userMessage(1))));
        WriteOptions empty = WriteOptions.expecting(ExpectedVersion.emptyLog());
        CompletableFuture<Commit> second = ask("second", store().append("new", customs(1), empty));
        assertNoAnswer(append, second);
        assertEquals(before, seen("s", "new"));
        assertEquals(List.of(), tail.quiet());
        held().release();
        value(answerOf(append));
        failureOf(VersionConflictException.class, second);
        assertEquals(range(1, 1), versionsOf(tail.await(1)));
        assertNotEquals(before, seen("s", "new"));
    }

    @Test
    @DisplayName(
            "R7: a fork is decided on its parent's head; it completes, and becomes visible, when that head is published")
    void aFork() {
        writeSomething();
        List<Object> before = seen("s", "f");
        held().hold();
        CompletableFuture<Commit> append = ask("append", store().append("s", userMessage(1)));
        CompletableFuture<Fork> fork =
                ask("fork", store().fork("s", ForkRequest.whole().withId("f")));
        CompletableFuture<Commit> later = ask("later", store().append("s", userMessage(2)));
        assertNoAnswer(append, fork, later);
        assertEquals(before, seen("s", "f"));
        held().release();
        assertEquals(4, value(answerOf(fork)).parentVersion());
        value(answerOf(append));
        value(answerOf(later));
        assertEquals(log("s").subList(0, 4), underParent(log("f").subList(0, 4)));
        assertEquals("session_fork", log("f").get(4).type());
    }

    private static List<SessionEvent> underParent(List<SessionEvent> events) {
        return events.stream().map(event -> Events.under(event, "s")).toList();
    }

    @Test
    @DisplayName("R7: a fork of a head that is never written fails with it, and does not exist")
    void aForkOfNothing() {
        writeSomething();
        List<Object> before = seen("s", "f");
        held().hold();
        CompletableFuture<Commit> append = ask("append", store().append("s", userMessage(1)));
        CompletableFuture<Fork> fork =
                ask("fork", store().fork("s", ForkRequest.whole().withId("f")));
        assertNoAnswer(append, fork);
        held().fail();
        failureOf(ReelException.class, append);
        failureOf(ReelException.class, fork);
        List<Object> after = seen("s", "f");
        before.set(1, after.get(1));
        assertEquals(before, after);
    }

    @Test
    @DisplayName("R7: a fork waits for its parent's pending events, also if only the parent is held")
    void aForkOfAHeldParent() {
        writeSomething();
        List<Object> before = seen("s", "f");
        held().hold("s");
        CompletableFuture<Commit> append = ask("append", store().append("s", userMessage(1)));
        CompletableFuture<Fork> fork =
                ask("fork", store().fork("s", ForkRequest.whole().withId("f")));
        assertNoAnswer(append, fork);
        assertEquals(before, seen("s", "f"));
        held().release();
        value(answerOf(append));
        assertEquals(4, value(answerOf(fork)).parentVersion());
        assertEquals(5, log("f").size());

        held().hold("s");
        CompletableFuture<Commit> failed = ask("failed", store().append("s", userMessage(2)));
        CompletableFuture<Fork> forkOfIt =
                ask("fork of it", store().fork("s", ForkRequest.whole().withId("g")));
        awaitAccepted("s", 5);
        held().fail();
        failureOf(ReelException.class, failed);
        failureOf(ReelException.class, forkOfIt);
        assertEquals(List.of(), log("g"));
    }

    @Test
    @DisplayName(
            "R14: a tail from an accepted place that is not published yet waits for its publication, and then checks it")
    void placesThatAreNotPublished() {
        for (boolean released : List.of(true, false)) {
            String session = released ? "released" : "failed";
            long before = append(session, custom("a", 1), custom("a", 2)).position();
            held().hold();
            CompletableFuture<Commit> append = ask(
                    "append",
                    store().append(
                                    session,
                                    List.of(
                                            custom("a", 3).withId("a3"),
                                            custom("a", 4).withId("a4"))));
            // The next positions, since there is no other writer.
            LogPlace third = LogPlace.of(3, "a3", before + 1);
            LogPlace fourth = LogPlace.of(4, "a4", before + 2);
            awaitAccepted(session, 4);
            Probe<SessionEvent> tail = Probe.of(store().tail(session, From.after(third)));
            Probe<SessionEvent> replay = Probe.of(store().replay(session, Range.after(third)));
            Probe<TailSignal> signals =
                    Probe.of(store().tailSignals(session, From.after(fourth), TailOptions.standard()));
            Probe<SessionEvent> other =
                    Probe.of(store().tail(session, From.after(LogPlace.of(3, "another", before + 1))));
            Probe<SessionEvent> elsewhere =
                    Probe.of(store().tail(session, From.after(LogPlace.of(3, "a3", before + 2))));
            Probe<SessionEvent> beyond = Probe.of(store().tail(session, From.after(LogPlace.of(5, "a5", before + 3))));
            beyond.awaitError(LogChangedException.class);
            assertEquals(List.of(), tail.quiet());
            assertEquals(List.of(), replay.quiet());
            other.quiet();
            elsewhere.quiet();
            signals.quiet();
            if (released) {
                held().release();
                assertEquals(4, value(answerOf(append)).version());
                assertEquals(range(4, 4), versionsOf(tail.await(1)));
                replay.awaitComplete();
                assertEquals("started 4", inWords(signals.await(2)).get(0));
            } else {
                held().fail();
                failureOf(ReelException.class, append);
                tail.awaitError(LogChangedException.class);
                replay.awaitError(LogChangedException.class);
                signals.awaitError(LogChangedException.class);
            }
            other.awaitError(LogChangedException.class);
            elsewhere.awaitError(LogChangedException.class);
        }
    }

    @Test
    @DisplayName("R6: a write that is cancelled after acceptance continues; a new subscription joins it")
    void cancelledBehindAcceptance() {
        writeSomething();
        held().hold();
        Mono<Commit> write = store().append("s", userMessage(1));
        Disposable first = write.subscribe();
        first.dispose();
        CompletableFuture<Commit> again = ask("again", write);
        CompletableFuture<Commit> twice = ask("twice", write);
        assertNoAnswer(again, twice);
        held().release();
        assertEquals(4, value(answerOf(again)).version());
        assertEquals(4, value(answerOf(twice)).version());
        assertEquals(range(1, 4), versions("s"));
    }

    @Test
    @DisplayName("R8: a turn fences and a close rejects from acceptance on; the results wait for it")
    void turnsAndClosing() {
        Turn old = get(store().takeTurn("s", "old"));
        append("s", custom("a", 1));
        held().hold();
        CompletableFuture<Turn> taken = ask("turn", store().takeTurn("s", "new"));
        CompletableFuture<Commit> fenced = ask(
                "fenced", store().append("s", customs(1), WriteOptions.none().withTurn(old)));
        CompletableFuture<Commit> close = ask("close", store().closeSession("s", Json.of("done")));
        CompletableFuture<Commit> refused = ask("refused", store().append("s", customs(1)));
        assertNoAnswer(taken, fenced, close, refused);
        held().release();
        assertEquals(2, value(answerOf(taken)).epoch());
        failureOf(FencedException.class, fenced);
        value(answerOf(close));
        failureOf(SessionClosedException.class, refused);
        assertEquals(range(1, 4), versions("s"));
    }

    @Test
    @DisplayName("R20: a snapshot id is reserved at acceptance")
    void snapshotIds() {
        appendMany("s", 1);
        appendMany("t", 1);
        held().hold("s");
        CompletableFuture<Snapshot> first = ask(
                "first", store().putSnapshot("s", SnapshotDraft.of(Json.of(1)).withId("c")));
        CompletableFuture<Snapshot> second = ask(
                "second", store().putSnapshot("t", SnapshotDraft.of(Json.of(2)).withId("c")));
        assertEquals(null, maybe(store().getSnapshot("c")));
        assertFalse(first.isDone());
        held().release();
        assertEquals("s", value(answerOf(first)).sessionId());
        failureOf(SnapshotIdTakenException.class, second);
        assertEquals("s", get(store().getSnapshot("c")).sessionId());
    }

    @Test
    @DisplayName("R13: a purge waits for the writes accepted before it; then nothing of the session is left")
    void purge() {
        writeSomething();
        Probe<SessionEvent> tail = Probe.of(store().tail("s", From.start()));
        tail.await(3);
        held().hold();
        CompletableFuture<Commit> append = ask("append", store().append("s", userMessage(1)));
        CompletableFuture<Void> purge = ask("purge", store().purge("s"));
        assertNoAnswer(append, purge);
        assertEquals(3, tail.quiet().size());
        held().release();
        assertEquals(4, value(answerOf(append)).version());
        answerOf(purge);
        assertEquals(List.of(), log("s"));
        assertEquals(List.of("session_purged"), typesOf(feed()));
        assertEquals(1, append("s", custom("anew", 1)).version());
    }

    @Test
    @DisplayName("R13: a reader that waits for its place ends when the log is purged before it looks")
    void waitingForAPlaceAndPurged() {
        long before = append("other", custom("a", 1)).position();
        held().hold();
        CompletableFuture<Commit> append = ask(
                "append",
                store().append(
                                "s",
                                List.of(
                                        custom("a", 1).withId("a1"),
                                        custom("a", 2).withId("a2"))));
        LogPlace first = LogPlace.of(1, "a1", before + 1);
        LogPlace second = LogPlace.of(2, "a2", before + 2);
        awaitAccepted("s", 2);
        List<Probe<?>> waiting = new ArrayList<>();
        for (long demand : List.of(0L, 10L)) {
            waiting.add(Probe.requesting(demand, store().tail("s", From.after(first))));
            waiting.add(Probe.requesting(demand, store().replay("s", Range.after(first))));
            waiting.add(Probe.requesting(demand, store().tailSignals("s", From.after(first), TailOptions.standard())));
        }
        Probe<SessionEvent> hasAll = Probe.requesting(0, store().tail("s", From.after(second)));
        Probe<SessionEvent> ofAnother =
                Probe.requesting(0, store().tail("s", From.after(LogPlace.of(3, "a3", before + 3))));
        ofAnother.awaitError(LogChangedException.class);
        CompletableFuture<Void> purge = ask("purge", store().purge("s"));
        held().release();
        answerOf(append);
        answerOf(purge);
        append("s", custom("new", 1), custom("new", 2), custom("new", 3));
        hasAll.awaitComplete();
        for (Probe<?> probe : waiting) {
            probe.request(10);
            probe.awaitEnd();
            assertTrue(
                    probe.items().stream().noneMatch(item -> item.toString().contains("new")),
                    () -> "nothing of the new log: " + probe.items());
        }
    }

    @Test
    @DisplayName("R13: while the store closes, tails wait for the accepted writes, then complete")
    void tailsOfAStoreThatCloses() {
        writeSomething();
        Probe<SessionEvent> tail = Probe.of(store().tail("s", From.now()));
        Probe<SessionState> states = Probe.of(store().states("s"));
        Probe<SessionEvent> feed = Probe.of(store().tailAll(get(store().position()), FeedFilter.all()));
        Probe<SessionEvent> ofOther = Probe.of(store().tail("never", From.start()));
        states.await(1);
        held().hold();
        CompletableFuture<Commit> append = ask("append", store().append("s", userMessage(1)));
        CompletableFuture<Void> close = ask("close", store().closeAsync());
        assertNoAnswer(append, close);
        assertEquals(List.of(), tail.quiet());
        assertEquals(List.of(), feed.quiet());
        ofOther.awaitComplete();
        held().release();
        assertEquals(4, value(answerOf(append)).version());
        answerOf(close);
        assertEquals(range(4, 4), versionsOf(tail.awaitComplete()));
        assertEquals(range(4, 4), versionsOf(feed.awaitComplete()));
        List<SessionState> seen = states.awaitComplete();
        assertEquals(4, seen.get(seen.size() - 1).version());
    }

    @Test
    @DisplayName("R7: closing the store finishes accepted writes, and rejects later ones")
    void closing() throws Exception {
        writeSomething();
        Probe<SessionEvent> tail = Probe.of(store().tail("s", From.start()));
        held().hold();
        CompletableFuture<Commit> append = ask("append", store().append("s", userMessage(1)));
        awaitAccepted("s", 4);
        CompletableFuture<Void> close = ask("close", store().closeAsync());
        assertNoAnswer(append, close);
        error(StoreClosedException.class, store().append("s", userMessage(2)));
        error(StoreClosedException.class, store().state("s"));
        held().release();
        assertEquals(4, value(answerOf(append)).version());
        close.get(patience().toSeconds(), TimeUnit.SECONDS);
        assertEquals(
                range(1, 4), versionsOf(tail.awaitComplete()), "a tail emits the acknowledged events, then completes");
    }

    @Test
    @DisplayName("R24: unanswered writes are bounded, in a session and in the store")
    void bounds() {
        var store = open(options.withBounds(
                options.bounds().withSessionWrites(5, 1 << 20).withStoreWrites(8, 1 << 20)));
        get(store.append("s", customs(1)));
        held().hold();
        List<CompletableFuture<Commit>> taken = new ArrayList<>();
        for (int n = 0; n < 5; n++) {
            taken.add(ask("s", store.append("s", customs(1))));
        }
        StoreBusyException busy = failureOf(StoreBusyException.class, ask("sixth", store.append("s", customs(1))));
        assertTrue(busy.isRetryable());
        for (int n = 0; n < 3; n++) {
            taken.add(ask("t", store.append("t" + n, customs(1))));
        }
        failureOf(StoreBusyException.class, ask("ninth", store.append("u", customs(1))));
        held().release();
        for (CompletableFuture<Commit> one : taken) {
            value(answerOf(one));
        }
        assertEquals(6, all(store.replay("s", Range.all())).size());
        assertEquals(List.of(), all(store.replay("u", Range.all())));
        get(store.append("u", customs(1)));
        assertEquals(7, get(store.append("s", customs(1))).version(), "room again");
    }

    @Test
    @DisplayName(
            "R24: the bytes of unanswered writes are bounded, in a session and in the store; a single write is accepted at any size")
    void boundsInBytes() {
        EventDraft large = EventDraft.of("large", Json.object("text", "x".repeat(1_500)));
        EventDraft small = EventDraft.of("small", Json.object("text", "x".repeat(300)));
        var store = open(options.withBounds(
                options.bounds().withSessionWrites(100, 1_000).withStoreWrites(100, 2_000)));
        held().hold();
        CompletableFuture<Commit> alone = ask("alone", store.append("s", List.of(large)));
        failureOf(StoreBusyException.class, ask("second of s", store.append("s", List.of(small))));
        CompletableFuture<Commit> ofT = ask("of t", store.append("t", List.of(small)));
        failureOf(StoreBusyException.class, ask("of u", store.append("u", List.of(small))));
        held().release();
        assertEquals(1, value(answerOf(alone)).version());
        assertEquals(1, value(answerOf(ofT)).version());
        assertEquals(2, get(store.append("s", List.of(large))).version(), "room again");
        held().hold();
        List<CompletableFuture<Commit>> three = new ArrayList<>();
        for (int n = 0; n < 3; n++) {
            three.add(ask("small " + n, store.append("s", List.of(small))));
        }
        failureOf(StoreBusyException.class, ask("fourth", store.append("s", List.of(small))));
        held().release();
        for (CompletableFuture<Commit> one : three) {
            value(answerOf(one));
        }
    }
}
