package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.From;
import dev.reel.LogPlace;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** R15: the signals of a tail, their order and their places. */
abstract class SignalContract extends ContractGroup {

    private static final Duration QUIET = Duration.ofMillis(30);

    SignalContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private Probe<TailSignal> signals(long request, From from, TailOptions with) {
        return Probe.requesting(request, store().tailSignals("s", from, with));
    }

    private Probe<TailSignal> signals(long request, From from) {
        return signals(request, from, TailOptions.standard());
    }

    private LogPlace placeOf(int version) {
        return log("s").get(version - 1).place();
    }

    @Test
    @DisplayName("R15: Started, history, CaughtUp, live; every place is that of the last delivered event")
    void order() {
        appendMany("s", 3);
        Probe<TailSignal> probe = signals(Long.MAX_VALUE, From.start());
        assertEquals(List.of("started 0", "event 1", "event 2", "event 3", "caught up 3"), inWords(probe.await(5)));
        append("s", custom("a", 4), custom("a", 5));
        List<TailSignal> signals = probe.await(7);
        assertEquals(List.of("event 4", "event 5"), inWords(signals).subList(5, 7));
        assertEquals(7, probe.quiet().size());
        List<SessionEvent> log = log("s");
        assertEquals(LogPlace.start(), signals.get(0).place());
        assertEquals(log.get(2).place(), signals.get(4).place());
        assertEquals(
                3, assertInstanceOf(TailSignal.CaughtUp.class, signals.get(4)).version());
        TailSignal.Recorded last = assertInstanceOf(TailSignal.Recorded.class, signals.get(6));
        assertEquals(log.get(4), last.event());
        assertEquals(log.get(4).place(), last.place());
    }

    @Test
    @DisplayName("R15: on an empty log CaughtUp is emitted immediately")
    void onNothing() {
        append("other", custom("a", 1));
        for (From from : List.of(From.start(), From.now(), From.last(5))) {
            Probe<TailSignal> probe = signals(Long.MAX_VALUE, from);
            assertEquals(List.of("started 0", "caught up 0"), inWords(probe.await(2)));
            assertEquals(2, probe.quiet().size());
        }
    }

    @Test
    @DisplayName("R15: Started has the place to which a relative start was resolved")
    void relativeStarts() {
        appendMany("s", 5);
        assertEquals(placeOf(5), signals(1, From.now()).await(1).get(0).place());
        assertEquals(placeOf(3), signals(1, From.last(2)).await(1).get(0).place());
        assertEquals(LogPlace.start(), signals(1, From.last(5)).await(1).get(0).place());
        assertEquals(LogPlace.start(), signals(1, From.last(50)).await(1).get(0).place());
        assertEquals(
                placeOf(2), signals(1, From.after(placeOf(2))).await(1).get(0).place());
        assertEquals(
                List.of("started 3", "event 4", "event 5", "caught up 5"),
                inWords(signals(9, From.last(2)).await(4)));
    }

    @Test
    @DisplayName("R15: relative starts are resolved once: events acknowledged after Started are delivered")
    void acknowledgedBehindStarted() {
        appendMany("s", 2);
        Probe<TailSignal> now = signals(1, From.now());
        Probe<TailSignal> last = signals(1, From.last(1));
        assertEquals(List.of("started 2"), inWords(now.await(1)));
        assertEquals(List.of("started 1"), inWords(last.await(1)));
        appendMany("s", 2);
        assertEquals(
                List.of("started 2", "caught up 2", "event 3", "event 4"),
                inWords(now.request(50).await(4)));
        assertEquals(
                List.of("started 1", "event 2", "caught up 2", "event 3", "event 4"),
                inWords(last.request(50).await(5)));
    }

    @Test
    @DisplayName("R15: CaughtUp is emitted after the last event that was published at subscription")
    void caughtUpIsOfTheSubscription() {
        appendMany("s", 2);
        Probe<TailSignal> probe = signals(2, From.start());
        assertEquals(List.of("started 0", "event 1"), inWords(probe.await(2)));
        appendMany("s", 2);
        assertEquals(
                List.of("started 0", "event 1", "event 2", "caught up 2", "event 3", "event 4"),
                inWords(probe.request(50).await(6)));
        assertEquals(6, probe.quiet().size(), "caught up once");
    }

    @Test
    @DisplayName("R15: signals count as demand")
    void signalsCount() {
        appendMany("s", 2);
        Probe<TailSignal> probe = signals(1, From.start());
        assertEquals(List.of("started 0"), inWords(probe.await(1)));
        assertEquals(1, probe.quiet().size());
        probe.request(2).await(3);
        assertEquals(List.of("started 0", "event 1", "event 2"), inWords(probe.quiet()));
        probe.request(1).await(4);
        assertEquals(List.of("started 0", "event 1", "event 2", "caught up 2"), inWords(probe.quiet()));
        appendMany("s", 2);
        assertEquals(4, probe.quiet().size());
        assertEquals("event 3", inWords(probe.request(1).await(5)).get(4));
        assertEquals(5, probe.quiet().size());
    }

    @Test
    @DisplayName(
            "R15: a caught-up tail with more waiting events than the lag bound emits FellBehind, all events, then CaughtUp")
    void fellBehind() {
        Probe<TailSignal> probe =
                signals(2, From.start(), TailOptions.standard().withLag(2));
        assertEquals(List.of("started 0", "caught up 0"), inWords(probe.await(2)));
        appendMany("s", 3);
        assertEquals(2, probe.quiet().size());
        assertEquals("fell behind 0 of 3", inWords(probe.request(1).await(3)).get(2));
        appendMany("s", 2);
        probe.request(4).await(7);
        assertEquals(
                List.of("event 1", "event 2", "event 3", "caught up 3"),
                inWords(probe.await(7)).subList(3, 7));
        assertEquals(
                List.of("event 4", "event 5"),
                inWords(probe.request(2).await(9)).subList(7, 9));
        appendMany("s", 4);
        Probe<TailSignal> other = signals(Long.MAX_VALUE, From.start());
        other.await(11);
        assertEquals(
                List.of("fell behind 5 of 9", "event 6", "event 7", "event 8", "event 9", "caught up 9"),
                inWords(probe.request(90).await(15)).subList(9, 15));
        assertEquals(15, probe.quiet().size());
    }

    @Test
    @DisplayName(
            "R15: a tail with no more waiting events than the lag bound, or with uninterrupted demand, has not fallen behind")
    void notFallenBehind() {
        Probe<TailSignal> slow = signals(2, From.start(), TailOptions.standard().withLag(2));
        Probe<TailSignal> fast =
                signals(Long.MAX_VALUE, From.start(), TailOptions.standard().withLag(2));
        slow.await(2);
        fast.await(2);
        append("s", custom("a", 1), custom("a", 2));
        List<String> expected = List.of("started 0", "caught up 0", "event 1", "event 2");
        assertEquals(expected, inWords(fast.await(4)));
        assertEquals(expected, inWords(slow.request(50).await(4)));
        append("s", custom("a", 3), custom("a", 4), custom("a", 5), custom("a", 6));
        assertEquals(
                List.of("event 3", "event 4", "event 5", "event 6"),
                inWords(fast.await(8)).subList(4, 8));
        assertEquals(8, fast.quiet().size());
        assertEquals(
                List.of("event 3", "event 4", "event 5", "event 6"),
                inWords(slow.await(8)).subList(4, 8));
    }

    @Test
    @DisplayName("R15: the default lag is 1,000; history does not count as falling behind")
    void standardLag() {
        appendMany("s", 3_000);
        Probe<TailSignal> history = signals(1, From.start());
        history.await(1);
        history.request(Long.MAX_VALUE);
        assertEquals("caught up 3000", inWords(history.await(3_002)).get(3_001));
        Probe<TailSignal> probe = signals(2, From.now());
        probe.await(2);
        appendMany("s", 1_000);
        assertEquals("event 3001", inWords(probe.request(1_000).await(3)).get(2));
        probe.await(1_002);
        appendMany("s", 1_001);
        assertEquals(
                "fell behind 4000 of 5001",
                inWords(probe.request(1).await(1_003)).get(1_002));
    }

    @Test
    @DisplayName("R15: a quiet interval may be of any length")
    void longIntervals() {
        append("s", custom("note", 1));
        for (Duration interval : List.of(Duration.ofDays(365L * 300), Duration.ofSeconds(Long.MAX_VALUE))) {
            TailOptions options = TailOptions.standard().withIdle(interval);
            Probe<TailSignal> tail = Probe.of(store().tailSignals("s", From.start(), options));
            tail.await(3);
            append("s", custom("note", 2));
            tail.await(4);
            assertEquals(4, tail.quiet().size());
            tail.cancel();
            get(store().append("s", custom("note", 3)));
            maybe(store().purge("s"));
            append("s", custom("note", 1));
        }
    }

    @Test
    @DisplayName("R15: if requested, Idle is emitted after CaughtUp, once per quiet interval")
    void idle() {
        appendMany("s", 1);
        Probe<TailSignal> never = signals(Long.MAX_VALUE, From.start());
        List<Long> idleAt = Collections.synchronizedList(new ArrayList<>());
        long began = System.nanoTime();
        TailOptions asked = TailOptions.standard().withIdle(QUIET);
        Probe<TailSignal> probe =
                Probe.of(store().tailSignals("s", From.start(), asked).doOnNext(signal -> {
                    if (signal instanceof TailSignal.Idle) {
                        idleAt.add(System.nanoTime() - began);
                    }
                }));
        List<String> words = inWords(probe.await(11));
        assertEquals(List.of("started 0", "event 1", "caught up 1", "idle 1", "idle 1"), words.subList(0, 5));
        for (int n = 1; n <= 8; n++) {
            long at = idleAt.get(n - 1);
            assertTrue(at >= n * QUIET.toNanos(), "interval " + n + " was over after " + at + " ns");
        }
        assertEquals(placeOf(1), probe.items().get(3).place());
        append("s", custom("a", 2));
        Waits.until("idle after the second event", () -> {
            List<String> all = inWords(probe.items());
            return all.get(all.size() - 1).equals("idle 2");
        });
        assertEquals(List.of("started 0", "event 1", "caught up 1", "event 2"), inWords(never.await(4)));
        assertEquals(
                1, inWords(probe.items()).stream().filter("event 2"::equals).count());
    }

    @Test
    @DisplayName("R15: Idle needs demand and uses one of it; intervals without demand are not made up for")
    void idleNeedsDemand() {
        Probe<TailSignal> probe =
                signals(1, From.start(), TailOptions.standard().withIdle(QUIET));
        assertEquals(List.of("started 0"), inWords(probe.await(1)));
        assertEquals(1, probe.quiet().size(), "not before CaughtUp");
        probe.request(2);
        assertEquals(List.of("started 0", "caught up 0", "idle 0"), inWords(probe.await(3)));
        assertEquals(3, probe.quiet().size());
        assertEquals(3, probe.quiet().size());
        probe.request(1).await(4);
        assertEquals(4, probe.quiet().size(), "one for one");
        append("s", custom("a", 1));
        List<String> words = inWords(probe.request(1).await(5));
        assertEquals("event 1", words.get(4), "existing events are emitted before Idle");
    }

    @Test
    @DisplayName("R15: a tail that has ended or is cancelled emits no Idle")
    void idleEnds() {
        appendMany("s", 1);
        Probe<TailSignal> purged =
                signals(Long.MAX_VALUE, From.start(), TailOptions.standard().withIdle(QUIET));
        Probe<TailSignal> cancelled =
                signals(Long.MAX_VALUE, From.start(), TailOptions.standard().withIdle(QUIET));
        purged.await(4);
        cancelled.await(4);
        cancelled.cancel();
        int heard = cancelled.afterAMoment().size();
        maybe(store().purge("s"));
        purged.awaitComplete();
        assertEquals(heard, cancelled.afterAMoment().size());
        purged.afterAMoment();
        assertTrue(heard >= 4);
    }
}
