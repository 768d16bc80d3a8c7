package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** R15 and R16 for the tails of the feed. */
abstract class FeedTailContract extends ContractGroup {

    FeedTailContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private Probe<TailSignal> signals(long request, long after, FeedFilter filter) {
        return Probe.requesting(request, store().tailAllSignals(FeedPlace.of(after), filter, TailOptions.standard()));
    }

    private static List<String> keys(List<SessionEvent> events) {
        return events.stream().map(e -> e.sessionId() + e.version()).toList();
    }

    private static final FeedFilter ALL = FeedFilter.all();

    @Test
    @DisplayName("R16: a tail of the feed emits history, then the live events of all sessions, each once")
    void historyThenLive() {
        append("a", custom("x", 1));
        append("b", custom("x", 1), custom("x", 2));
        Probe<SessionEvent> start = Probe.of(store().tailAll(FeedPlace.start(), ALL));
        Probe<SessionEvent> now = Probe.of(store().tailAll(get(store().position()), ALL));
        assertEquals(List.of("a1", "b1", "b2"), keys(start.await(3)));
        append("c", custom("x", 1));
        get(store().fork("b", ForkRequest.whole().withId("f")));
        append("a", custom("x", 2));
        maybe(store().purge("b"));
        assertEquals(List.of("a1", "b1", "b2", "c1", "f3", "a2", "b0"), keys(start.await(7)));
        assertEquals(List.of("c1", "f3", "a2", "b0"), keys(now.await(4)));
        assertEquals(4, now.quiet().size());
        assertEquals(7, start.quiet().size());
    }

    @Test
    @DisplayName("R16: a tail of the feed with withLast(n) begins with the last n matching events, and continues")
    void fromLast() {
        append("a", custom("x", 1), custom("y", 2), custom("x", 3), custom("y", 4));
        FeedFilter last = ALL.withTypes("x").withLast(1);
        Probe<SessionEvent> events = Probe.of(store().tailAll(FeedPlace.start(), last));
        Probe<TailSignal> signals = Probe.of(store().tailAllSignals(FeedPlace.start(), last, TailOptions.standard()));
        long a3 = events.await(1).get(0).position();
        assertEquals(
                List.of("started " + (a3 - 1), "event " + a3),
                inWords(signals.await(2).subList(0, 2)));
        append("b", custom("x", 5), custom("x", 6));
        assertEquals(List.of("a3", "b1", "b2"), keys(events.await(3)));
    }

    @Test
    @DisplayName("R11: a tail of the feed emits no more than is requested, and a slow one loses nothing")
    void demand() {
        appendMany("a", 2);
        Probe<SessionEvent> slow = Probe.requesting(1, store().tailAll(FeedPlace.start(), ALL));
        Probe<SessionEvent> fast = Probe.of(store().tailAll(FeedPlace.start(), ALL));
        slow.await(1);
        appendMany("b", 3_000);
        appendMany("a", 1);
        fast.await(3_003);
        assertEquals(List.of("a1"), keys(slow.quiet()));
        slow.request(1).await(2);
        assertEquals(List.of("a1", "a2"), keys(slow.quiet()));
        assertEquals(fast.items(), slow.request(5_000).await(3_003));
        Probe<SessionEvent> oneByOne = Probe.oneByOne(store().tailAll(FeedPlace.start(), ALL));
        appendMany("c", 100);
        assertEquals(fast.await(3_103), oneByOne.await(3_103));
    }

    @Test
    @DisplayName("R13: a purge fails no tail of the feed; a stalled tail continues without the purged events")
    void purge() {
        appendMany("a", 3);
        appendMany("b", 1);
        Probe<SessionEvent> stalled = Probe.requesting(1, store().tailAll(FeedPlace.start(), ALL));
        stalled.await(1);
        maybe(store().purge("a"));
        appendMany("b", 1);
        assertEquals(List.of("a1", "b1", "a0", "b2"), keys(stalled.request(99).await(4)));
        assertEquals(4, stalled.quiet().size());
    }

    @Test
    @DisplayName(
            "R16: a tail of the feed with upTo completes when it has passed that position, in history and live, with or without demand")
    void upTo() {
        append("a", custom("x", 1), custom("x", 2), custom("x", 3));
        List<SessionEvent> feed = all(store().replayAll(FeedPlace.start(), ALL));
        long second = feed.get(1).position();
        assertEquals(
                List.of("a1", "a2"),
                keys(Probe.of(store().tailAll(FeedPlace.start(), ALL.withUpTo(FeedPlace.of(second))))
                        .awaitComplete()));
        assertEquals(
                List.of("a1", "a2"),
                keys(Probe.requesting(2, store().tailAll(FeedPlace.start(), ALL.withUpTo(FeedPlace.of(second))))
                        .awaitComplete()));
        assertEquals(
                List.of(),
                Probe.of(store().tailAll(
                                        FeedPlace.start(), ALL.withTypes("none").withUpTo(FeedPlace.of(second))))
                        .awaitComplete());
        long last = feed.get(2).position();
        Probe<SessionEvent> live = Probe.of(store().tailAll(FeedPlace.of(last), ALL.withUpTo(FeedPlace.of(last + 1))));
        Probe<SessionEvent> filtered = Probe.of(
                store().tailAll(FeedPlace.of(last), ALL.withTypes("none").withUpTo(FeedPlace.of(last + 1))));
        live.quiet();
        append("b", custom("x", 1), custom("x", 2));
        List<SessionEvent> expected = all(store().replayAll(FeedPlace.of(last), ALL.withUpTo(FeedPlace.of(last + 1))));
        assertEquals(expected, live.awaitComplete());
        assertEquals(List.of(), filtered.awaitComplete());
    }

    @Test
    @DisplayName("R16: the filters of a tail of the feed apply in history and live")
    void filters() {
        append("u1", custom("x", 1), custom("y", 2));
        append("t1", custom("x", 1));
        Probe<SessionEvent> types = Probe.of(store().tailAll(FeedPlace.start(), ALL.withTypes("x")));
        Probe<SessionEvent> prefix = Probe.of(store().tailAll(FeedPlace.start(), ALL.withSessionPrefix("u")));
        append("u2", custom("y", 1), custom("x", 2));
        get(store().fork("t1", ForkRequest.whole().withId("u3")));
        maybe(store().purge("t1"));
        append("u1", custom("x", 3));
        assertEquals(List.of("u11", "t11", "u22", "u32", "t10", "u13"), keys(types.await(6)));
        assertEquals(List.of("u11", "u12", "u21", "u22", "u32", "u13"), keys(prefix.await(6)));
        assertEquals(6, types.quiet().size());
        assertEquals(6, prefix.quiet().size());
    }

    @Test
    @DisplayName("R15: the feed's signals are emitted in order, and their places are positions")
    void order() {
        append("a", custom("x", 1));
        append("b", custom("x", 1));
        List<SessionEvent> feed = all(store().replayAll(FeedPlace.start(), ALL));
        long first = feed.get(0).position();
        long second = feed.get(1).position();
        Probe<TailSignal> probe = signals(Long.MAX_VALUE, 0, ALL);
        assertEquals(
                List.of("started 0", "event " + first, "event " + second, "caught up " + second),
                inWords(probe.await(4)));
        long third = append("a", custom("x", 2)).position();
        assertEquals("event " + third, inWords(probe.await(5)).get(4));
        List<TailSignal> signals = probe.quiet();
        assertEquals(5, signals.size());
        assertEquals(FeedPlace.start(), signals.get(0).place());
        assertEquals(FeedPlace.of(first), signals.get(1).place());
        assertEquals(FeedPlace.of(second), signals.get(3).place());
        Probe<TailSignal> behind = signals(2, second, ALL);
        assertEquals(List.of("started " + second, "event " + third), inWords(behind.await(2)));
        assertEquals("caught up " + third, inWords(behind.request(1).await(3)).get(2));
        SessionStore empty = open(options);
        Probe<TailSignal> ofNothing = Probe.of(empty.tailAllSignals(FeedPlace.start(), ALL, TailOptions.standard()));
        assertEquals(List.of("started 0", "caught up 0"), inWords(ofNothing.await(2)));
    }

    @Test
    @DisplayName("R15: a tail of the feed that has fallen behind emits FellBehind, all events, then CaughtUp")
    void fellBehind() {
        Probe<TailSignal> probe = Probe.requesting(
                2,
                store().tailAllSignals(
                                FeedPlace.start(), ALL, TailOptions.standard().withLag(2)));
        probe.await(2);
        append("a", custom("x", 1), custom("x", 2));
        append("b", custom("x", 1));
        List<Long> positions = all(store().replayAll(FeedPlace.start(), ALL)).stream()
                .map(SessionEvent::position)
                .toList();
        assertEquals(
                List.of(
                        "started 0",
                        "caught up 0",
                        "fell behind 0 of " + positions.get(2),
                        "event " + positions.get(0),
                        "event " + positions.get(1),
                        "event " + positions.get(2),
                        "caught up " + positions.get(2)),
                inWords(probe.request(99).await(7)));
    }

    @Test
    @DisplayName("R16: Passed moves the checkpoint after 1,000 dropped events, and at the end")
    void passed() {
        appendMany("a", 2_500);
        long end = get(store().position()).position();
        FeedFilter none = ALL.withTypes("none");
        Probe<TailSignal> probe = signals(Long.MAX_VALUE, 0, none);
        Waits.until("caught up", () -> inWords(probe.items()).contains("caught up " + end));
        List<Long> passed = passedPlaces(probe.items());
        assertTrue(passed.size() >= 3, "two before the end, one at the end: " + passed);
        assertTrue(
                passed.get(0)
                        <= 1_000
                                + all(store().replayAll(FeedPlace.start(), ALL))
                                        .get(0)
                                        .position(),
                passed.toString());
        assertEquals(end, passed.get(passed.size() - 1));
        append("b", custom("dropped", 1));
        long later = get(store().position()).position();
        Waits.until("passed live", () -> passedPlaces(probe.items()).contains(later));
        List<Long> places =
                probe.items().stream().map(signal -> signal.place().position()).toList();
        assertEquals(places.stream().sorted().toList(), places, "places never go back");
    }

    @Test
    @DisplayName("R16: Passed is never ahead of an event that is not emitted yet")
    void passedIsNeverAhead() {
        FeedFilter kept = ALL.withTypes("kept");
        List<SessionEvent> expected = new ArrayList<>();
        for (int n = 0; n < 5; n++) {
            appendMany("a", 700);
            append("b", custom("kept", n));
        }
        expected.addAll(all(store().replayAll(FeedPlace.start(), kept)));
        assertEquals(5, expected.size());
        Probe<TailSignal> probe =
                Probe.oneByOne(store().tailAllSignals(FeedPlace.start(), kept, TailOptions.standard()));
        long end = get(store().position()).position();
        Waits.until("caught up", () -> inWords(probe.items()).contains("caught up " + end));
        long last = 0;
        for (TailSignal signal : probe.items()) {
            if (signal instanceof TailSignal.Recorded recorded) {
                assertTrue(recorded.event().position() > last, "emitted, although its place was passed");
            }
            last = signal.place().position();
            long at = last;
            List<SessionEvent> left =
                    expected.stream().filter(e -> e.position() > at).toList();
            assertEquals(left, all(store().replayAll(FeedPlace.of(at), kept)));
        }
    }

    private static List<Long> passedPlaces(List<TailSignal> signals) {
        return signals.stream()
                .filter(signal -> signal instanceof TailSignal.Passed)
                .map(signal -> signal.place().position())
                .toList();
    }

    @Test
    @DisplayName("R16: a tail of the feed from now emits only events after its subscription")
    void fromNow() {
        appendMany("s", 3);
        FeedPlace end = FeedPlace.of(log("s").get(2).position());
        Waits.until("the feed has all", () -> end.equals(get(store().position())));
        Probe<SessionEvent> tail = Probe.of(store().tailAll(FeedPlace.now(), FeedFilter.all()));
        Probe<TailSignal> signals =
                Probe.of(store().tailAllSignals(FeedPlace.now(), FeedFilter.all(), TailOptions.standard()));
        assertEquals(
                List.of(end, end),
                signals.await(2).stream().map(TailSignal::place).toList());
        assertEquals(List.of(), all(store().replayAll(FeedPlace.now(), FeedFilter.all())));
        append("t", custom("a", 1));
        assertEquals(log("t"), tail.await(1));
        assertEquals(log("t").get(0).position(), signals.await(3).get(2).place().position());
        appendMany("s", 1);
        assertEquals(2, tail.await(2).size());
    }
}
