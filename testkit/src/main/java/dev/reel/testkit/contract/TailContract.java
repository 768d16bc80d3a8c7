package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.reel.Anchor;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.LogPlace;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** R10 and R11: which events a tail emits, and that it emits them by demand. */
abstract class TailContract extends ContractGroup {

    TailContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private Flux<SessionEvent> tail(From from) {
        return store().tail("s", from);
    }

    @Test
    @DisplayName("R10: a tail emits history, then live events, each once and in version order")
    void historyThenLive() {
        appendMany("s", 3);
        Probe<SessionEvent> probe = Probe.of(tail(From.start()));
        assertEquals(range(1, 3), versionsOf(probe.await(3)));
        append("s", custom("a", 4));
        append("s", custom("a", 5), custom("a", 6));
        assertEquals(range(1, 6), versionsOf(probe.await(6)));
        assertEquals(log("s"), probe.quiet());
    }

    @Test
    @DisplayName("R10: a tail begins at the start, after a place, at the last n events, or now")
    void starts() {
        appendMany("s", 4);
        SessionEvent third = log("s").get(2);
        Probe<SessionEvent> start = Probe.of(tail(From.start()));
        Probe<SessionEvent> behind = Probe.of(tail(From.after(third)));
        Probe<SessionEvent> lastTwo = Probe.of(tail(From.last(2)));
        Probe<SessionEvent> last = Probe.of(tail(From.last(4)));
        Probe<SessionEvent> more = Probe.of(tail(From.last(400)));
        Probe<SessionEvent> now = Probe.of(tail(From.now()));
        append("s", custom("a", 5));
        assertEquals(range(1, 5), versionsOf(start.await(5)));
        assertEquals(range(4, 5), versionsOf(behind.await(2)));
        assertEquals(range(3, 5), versionsOf(lastTwo.await(3)));
        assertEquals(range(1, 5), versionsOf(last.await(5)));
        assertEquals(range(1, 5), versionsOf(more.await(5)));
        assertEquals(range(5, 5), versionsOf(now.await(1)));
        assertEquals(1, now.quiet().size());
    }

    @Test
    @DisplayName("R10: the start of a tail is resolved at subscription, not at the call")
    void startIsResolvedAtSubscription() {
        append("s", custom("a", 1));
        Flux<SessionEvent> now = tail(From.now());
        Flux<SessionEvent> last = tail(From.last(1));
        append("s", custom("a", 2));
        Probe<SessionEvent> fromNow = Probe.of(now);
        Probe<SessionEvent> fromLast = Probe.of(last);
        append("s", custom("a", 3));
        assertEquals(List.of(3L), versionsOf(fromNow.await(1)));
        assertEquals(List.of(2L, 3L), versionsOf(fromLast.await(2)));
    }

    @Test
    @DisplayName("R13: a tail of a session without events waits for the first")
    void waitsForTheFirst() {
        append("other", custom("a", 1));
        List<Probe<SessionEvent>> probes = List.of(
                Probe.of(tail(From.start())),
                Probe.of(tail(From.now())),
                Probe.of(tail(From.last(3))),
                Probe.of(tail(From.after(LogPlace.start()))));
        for (Probe<SessionEvent> probe : probes) {
            assertEquals(List.of(), probe.quiet());
        }
        appendMany("s", 2);
        for (Probe<SessionEvent> probe : probes) {
            assertEquals(range(1, 2), versionsOf(probe.await(2)));
        }
    }

    @Test
    @DisplayName("R10: a tail emits only the events of its session")
    void ofOneSession() {
        Probe<SessionEvent> probe = Probe.of(tail(From.start()));
        append("s", custom("mine", 1));
        append("t", custom("theirs", 1), custom("theirs", 2));
        append("S", custom("theirs", 1));
        append("s", custom("mine", 2));
        probe.await(2);
        assertEquals(
                List.of("mine", "mine"),
                probe.quiet().stream().map(SessionEvent::type).toList());
    }

    @Test
    @DisplayName("R11: a tail emits no more than is requested: in history, at the hand-over, and live")
    void demand() {
        appendMany("s", 3);
        Probe<SessionEvent> probe = Probe.requesting(1, tail(From.start()));
        Probe<SessionEvent> all = Probe.of(tail(From.start()));
        assertEquals(range(1, 1), versionsOf(probe.await(1)));
        probe.request(1);
        assertEquals(range(1, 2), versionsOf(probe.await(2)));
        appendMany("s", 3);
        all.await(6);
        assertEquals(range(1, 2), versionsOf(probe.quiet()));
        probe.request(3);
        assertEquals(range(1, 5), versionsOf(probe.await(5)));
        assertEquals(range(1, 5), versionsOf(probe.quiet()));
        probe.request(3);
        assertEquals(range(1, 6), versionsOf(probe.await(6)));
        appendMany("s", 9);
        all.await(15);
        probe.await(8);
        assertEquals(range(1, 8), versionsOf(probe.quiet()), "two items of the last request were left");
    }

    @Test
    @DisplayName("R11: a tail without demand emits nothing, costs other callers nothing, and is never dropped")
    void neverRequesting() {
        Probe<SessionEvent> stalled = Probe.requesting(0, tail(From.start()));
        Probe<SessionEvent> slow = Probe.requesting(1, tail(From.start()));
        Probe<SessionEvent> fast = Probe.of(tail(From.start()));
        appendMany("s", 12_000);
        assertEquals(range(1, 12_000), versionsOf(fast.await(12_000)));
        assertEquals(List.of(), stalled.quiet());
        assertEquals(range(1, 1), versionsOf(slow.quiet()));
        stalled.request(Long.MAX_VALUE);
        for (int n = 1; n < 200; n++) {
            slow.request(1).await(n + 1);
        }
        slow.request(11_801);
        assertEquals(range(1, 12_000), versionsOf(stalled.await(12_000)));
        assertEquals(range(1, 12_000), versionsOf(slow.await(12_000)));
        append("s", custom("a", 1));
        assertEquals(12_001, stalled.await(12_001).get(12_000).version(), "the tail continues");
        assertEquals(12_001, slow.await(12_001).get(12_000).version());
    }

    @Test
    @DisplayName("R11: demand of one, repeated from within onNext, works in history and live")
    void oneByOne() {
        appendMany("s", 5_000);
        Probe<SessionEvent> probe = Probe.oneByOne(tail(From.start()));
        probe.await(5_000);
        appendMany("s", 5_000);
        assertEquals(range(1, 10_000), versionsOf(probe.await(10_000)));
    }

    @Test
    @DisplayName("R11: requests add up to unbounded demand without overflow")
    void hugeDemand() {
        appendMany("s", 2);
        Probe<SessionEvent> probe = Probe.requesting(Long.MAX_VALUE - 1, tail(From.start()));
        probe.request(Long.MAX_VALUE).request(1);
        appendMany("s", 2);
        assertEquals(range(1, 4), versionsOf(probe.await(4)));
    }

    @Test
    @DisplayName("R12: a subscriber that throws ends its own tail; others and the writer are not affected")
    void throwing() {
        Probe<SessionEvent> before = Probe.of(tail(From.start()));
        AtomicInteger calls = new AtomicInteger();
        CountDownLatch called = new CountDownLatch(1);
        tail(From.start())
                .subscribe(
                        event -> {
                            calls.incrementAndGet();
                            called.countDown();
                            throw new IllegalStateException("on purpose");
                        },
                        error -> assertInstanceOf(IllegalStateException.class, error));
        Probe<SessionEvent> behind = Probe.of(tail(From.start()));
        Probe<SessionEvent> raw = Probe.of(tail(From.start()), event -> {
            throw new IllegalStateException("on purpose, and against the rules");
        });
        appendMany("s", 1);
        await(called);
        assertEquals(1, raw.await(1).size());
        raw.afterAMoment(); // until the exception has been reported
        appendMany("s", 2);
        assertEquals(range(1, 3), versionsOf(before.await(3)));
        assertEquals(range(1, 3), versionsOf(behind.await(3)));
        assertEquals(1, calls.get());
        assertEquals(range(1, 3), versions("s"));
    }

    @Test
    @DisplayName("R12: a subscriber that cancels gets nothing more; others are not affected")
    void cancelling() {
        Probe<SessionEvent> before = Probe.of(tail(From.start()));
        AtomicInteger seen = new AtomicInteger();
        CountDownLatch both = new CountDownLatch(2);
        tail(From.start()).take(2).subscribe(event -> {
            seen.incrementAndGet();
            both.countDown();
        });
        Probe<SessionEvent> cancelled = Probe.of(tail(From.start()));
        Probe<SessionEvent> behind = Probe.of(tail(From.start()));
        appendMany("s", 1);
        cancelled.await(1);
        cancelled.cancel();
        cancelled.cancel();
        appendMany("s", 4);
        assertEquals(range(1, 5), versionsOf(before.await(5)));
        assertEquals(range(1, 5), versionsOf(behind.await(5)));
        assertEquals(range(1, 1), versionsOf(cancelled.afterAMoment()));
        await(both);
        assertEquals(2, seen.get());
    }

    @Test
    @DisplayName("R10: each subscription to a tail has its own place")
    void manySubscriptions() {
        appendMany("s", 2);
        Flux<SessionEvent> tail = tail(From.start());
        Probe<SessionEvent> one = Probe.of(tail);
        Probe<SessionEvent> two = Probe.requesting(1, tail);
        appendMany("s", 2);
        Probe<SessionEvent> three = Probe.of(tail);
        one.await(4);
        two.request(3).await(4);
        three.await(4);
        assertEquals(log("s"), one.quiet());
        assertEquals(log("s"), two.quiet());
        assertEquals(log("s"), three.quiet());
    }

    @Test
    @DisplayName("R10: every other operation on a session is an event that its tail emits")
    void everyWriteIsHeard() {
        Probe<SessionEvent> probe = Probe.of(tail(From.start()));
        user("s", "m1", "hi");
        assistant("s", "m2", "hello");
        get(store().undo("s"));
        get(store().redo("s"));
        get(store().rewind("s", Anchor.message("m1")));
        get(store().deleteMessages("s"));
        get(store().takeTurn("s", "me"));
        List<SessionEvent> log = log("s");
        assertEquals(7, log.size());
        assertEquals(log, probe.await(7));
    }

    @Test
    @DisplayName("R13: a tail of a deleted session continues")
    void goesOnBehindADelete() {
        Probe<SessionEvent> probe = Probe.of(tail(From.start()));
        user("s", "m1", "hi");
        get(store().deleteSession("s"));
        assertEquals(2, probe.await(2).size());
        user("s", "m2", "again");
        assertEquals(range(1, 3), versionsOf(probe.await(3)));
        assertEquals(log("s"), probe.quiet());
    }

    @Test
    @DisplayName("R10: the tail of a fork emits the inherited events under the fork's id, then its own")
    void ofAFork() {
        appendMany("s", 3);
        get(store().fork("s", ForkRequest.whole().withId("f")));
        Probe<SessionEvent> probe = Probe.of(store().tail("f", From.start()));
        append("s", custom("parent", 4));
        append("f", custom("own", 5));
        List<SessionEvent> events = probe.await(5);
        assertEquals(range(1, 5), versionsOf(events));
        assertEquals(
                List.of("n", "n", "n", "session_fork", "own"),
                events.stream().map(SessionEvent::type).toList());
        assertEquals(
                List.of("f", "f", "f", "f", "f"),
                events.stream().map(SessionEvent::sessionId).toList());
        assertEquals(log("f"), probe.quiet());
    }
}
