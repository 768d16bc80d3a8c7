package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.reel.Anchor;
import dev.reel.ForkRequest;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionPurgedException;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/**
 * R10, R11 and R13 for {@code replay}: it emits the events that the log contains at subscription, by demand, and
 * completes.
 */
abstract class ReplayContract extends ContractGroup {

    /** Larger than any page or node of a log, and not a multiple of one. */
    private static final int LONG_LOG = 34_000;

    ReplayContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private List<Long> replayed(Range range) {
        return versionsOf(all(store().replay("s", range)));
    }

    @Test
    @DisplayName("R10: a replay emits every event of the log, in version order, and completes")
    void givesTheLog() {
        append("s", custom("a", 1).withId("one"));
        append("s", custom("b", 2).withId("two"), custom("c", 3).withId("three"));
        append("other", custom("x", 0));
        List<SessionEvent> events = log("s");
        assertEquals(List.of(1L, 2L, 3L), versionsOf(events));
        assertEquals(
                List.of("one", "two", "three"),
                events.stream().map(SessionEvent::id).toList());
        assertEquals(
                List.of("a", "b", "c"), events.stream().map(SessionEvent::type).toList());
        assertEquals(
                List.of("s", "s", "s"),
                events.stream().map(SessionEvent::sessionId).toList());
    }

    @Test
    @DisplayName("R10: a range begins after one version and ends with another, and is limited to the log")
    void ranges() {
        appendMany("s", 5);
        assertEquals(List.of(3L, 4L), replayed(Range.between(2, 4)));
        assertEquals(List.of(1L, 2L, 3L), replayed(Range.all().withUpTo(3)));
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), replayed(Range.all().withUpTo(99)));
        assertEquals(List.of(5L), replayed(Range.between(4, 5)));
        assertEquals(List.of(), replayed(Range.between(5, 99)));
        assertEquals(List.of(), replayed(Range.between(98, 99)));
        assertEquals(List.of(), replayed(Range.between(0, 0)));
        assertEquals(List.of(), replayed(Range.between(4, 2)));
        SessionEvent third = log("s").get(2);
        assertEquals(List.of(4L, 5L), replayed(Range.after(third.place())));
        assertEquals(List.of(4L), replayed(Range.after(third).withUpTo(4)));
    }

    @Test
    @DisplayName("R10: last(n) emits the last n events of the range, or all if there are fewer")
    void last() {
        appendMany("s", 5);
        SessionEvent third = log("s").get(2);
        assertEquals(List.of(5L), replayed(Range.last(1)));
        assertEquals(List.of(4L, 5L), replayed(Range.last(2)));
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), replayed(Range.last(5)));
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), replayed(Range.last(500)));
        assertEquals(List.of(3L, 4L), replayed(Range.last(2).withUpTo(4)));
        assertEquals(List.of(4L, 5L), replayed(Range.after(third.place()).withLast(4)));
        assertEquals(List.of(), all(store().replay("never", Range.last(3))));
    }

    @Test
    @DisplayName("R10: a types filter omits other events; last(n) with types emits the last n matching ones")
    void types() {
        append("s", custom("a", 1), custom("b", 2), custom("a", 3), custom("c", 4), custom("a", 5), custom("b", 6));
        assertEquals(List.of(1L, 3L, 5L), replayed(Range.all().withTypes("a")));
        assertEquals(List.of(1L, 3L, 4L, 5L), replayed(Range.all().withTypes("a", "c")));
        assertEquals(List.of(), replayed(Range.all().withTypes("z")));
        assertEquals(List.of(3L, 5L), replayed(Range.last(2).withTypes("a")));
        assertEquals(List.of(1L, 3L), replayed(Range.last(2).withTypes("a").withUpTo(4)));
        assertEquals(List.of(2L, 6L), replayed(Range.last(9).withTypes("b")));
        assertEquals(List.of(3L), replayed(Range.between(1, 4).withTypes("a")));
    }

    @Test
    @DisplayName("R10: head is the place of the last event, empty without events, and in the new log after a purge")
    void head() {
        assertNull(maybe(store().head("s")));
        append("s", custom("n", 1), custom("n", 2));
        user("s", "m1", "hello");
        assertEquals(log("s").get(2).place(), get(store().head("s")));
        get(store().deleteMessages("s"));
        assertEquals(log("s").get(3).place(), get(store().head("s")));
        get(store().fork("s", ForkRequest.at(Anchor.version(2)).withId("f")));
        assertEquals(log("f").get(2).place(), get(store().head("f")));
        maybe(store().purge("s"));
        assertNull(maybe(store().head("s")));
        append("s", custom("n", 3));
        assertEquals(log("s").get(0).place(), get(store().head("s")));
    }

    @Test
    @DisplayName("R10: a replay of a session without events is empty, whatever other sessions have")
    void ofNothing() {
        append("s", custom("a", 1));
        assertEquals(List.of(1L), versions("s"));
        for (Range range : List.of(Range.all(), Range.last(1), Range.between(0, 9), Range.after(LogPlace.start()))) {
            Probe<SessionEvent> probe = Probe.requesting(0, store().replay("never", range));
            assertEquals(List.of(), probe.awaitComplete());
        }
    }

    @Test
    @DisplayName("R10: a replay emits the events at subscription, however slowly it is read")
    void isOfOneMoment() {
        appendMany("s", 5);
        Flux<SessionEvent> replay = store().replay("s", Range.all());
        Probe<SessionEvent> whole = Probe.requesting(2, replay);
        Probe<SessionEvent> end = Probe.requesting(1, store().replay("s", Range.last(2)));
        assertEquals(List.of(1L, 2L), versionsOf(whole.await(2)));
        assertEquals(List.of(4L), versionsOf(end.await(1)));
        appendMany("s", 3);
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), versionsOf(whole.request(100).awaitComplete()));
        assertEquals(List.of(4L, 5L), versionsOf(end.request(100).awaitComplete()));
        assertEquals(8, all(replay).size(), "a new subscription reads the current log");
    }

    @Test
    @DisplayName(
            "R11: a replay emits no more than is requested, and completes after the last event without further demand")
    void demand() {
        appendMany("s", 5);
        Probe<SessionEvent> probe = Probe.requesting(0, store().replay("s", Range.all()));
        assertEquals(List.of(), versionsOf(probe.quiet()));
        assertEquals(List.of(1L), versionsOf(probe.request(1).await(1)));
        assertEquals(List.of(1L), versionsOf(probe.quiet()));
        assertEquals(List.of(1L, 2L, 3L), versionsOf(probe.request(2).await(3)));
        assertEquals(List.of(1L, 2L, 3L), versionsOf(probe.quiet()));
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), versionsOf(probe.request(2).awaitComplete()));
    }

    @Test
    @DisplayName(
            "R11: a types filter does not exceed demand, and the replay completes even if no remaining event matches")
    void demandWithTypes() {
        append("s", custom("a", 1), custom("b", 2), custom("a", 3), custom("b", 4), custom("b", 5));
        Probe<SessionEvent> probe =
                Probe.requesting(1, store().replay("s", Range.all().withTypes("a")));
        assertEquals(List.of(1L), versionsOf(probe.await(1)));
        assertEquals(List.of(1L), versionsOf(probe.quiet()));
        assertEquals(List.of(1L, 3L), versionsOf(probe.request(1).awaitComplete()));
    }

    @Test
    @DisplayName(
            "R11: a long log is emitted completely, at once or one by one from within onNext, and from any place in it")
    void aLongLog() {
        appendMany("s", LONG_LOG);
        assertEquals(range(1, LONG_LOG), replayed(Range.all()));

        Probe<SessionEvent> oneByOne = Probe.oneByOne(store().replay("s", Range.all()));
        assertEquals(range(1, LONG_LOG), versionsOf(oneByOne.awaitComplete()));

        for (int edge : List.of(32, 64, 1_024, 2_048, 32_768, 33_792)) {
            assertEquals(range(edge - 2, edge + 2), replayed(Range.between(edge - 3, edge + 2)));
        }
        assertEquals(range(LONG_LOG - 1_999, LONG_LOG), replayed(Range.last(2_000)));
    }

    @Test
    @DisplayName(
            "R13: a purge ends running replays with SessionPurgedException, stalled ones too; they emit nothing more")
    void purgeEndsReplays() {
        appendMany("s", 5);
        appendMany("other", 3);
        Probe<SessionEvent> running = Probe.requesting(2, store().replay("s", Range.all()));
        Probe<SessionEvent> stalled = Probe.requesting(0, store().replay("s", Range.last(1)));
        Probe<SessionEvent> other = Probe.requesting(1, store().replay("other", Range.all()));
        assertEquals(List.of(1L, 2L), versionsOf(running.await(2)));
        maybe(store().purge("s"));
        assertEquals("s", running.awaitError(SessionPurgedException.class).sessionId());
        stalled.awaitError(SessionPurgedException.class);
        appendMany("s", 5);
        running.request(10);
        stalled.request(10);
        assertEquals(2, running.afterAMoment().size());
        assertEquals(0, stalled.items().size());
        assertEquals(range(1, 3), versionsOf(other.request(5).awaitComplete()), "others continue");
        assertEquals(range(1, 5), versions("s"), "the new log is readable");
    }
}
