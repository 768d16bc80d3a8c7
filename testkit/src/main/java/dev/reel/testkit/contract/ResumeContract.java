package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.Place;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.WriteOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** R14: a place that was stored as text resumes the same log, or is rejected if the log is a different one. */
abstract class ResumeContract extends ContractGroup {

    private static final TailOptions CHATTY = TailOptions.standard().withLag(1).withIdle(Duration.ofMillis(5));

    ResumeContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private static String stored(Place place) {
        return place.toString();
    }

    /** Returns every way to resume after a place in a session. */
    private List<Flux<?>> resumptions(String session, LogPlace place) {
        return List.of(
                store().replay(session, Range.after(place)),
                store().replay(session, Range.after(place).withUpTo(2)),
                store().replay(session, Range.after(place).withLast(1)),
                store().replay(session, Range.after(place).withTypes("none")),
                store().tail(session, From.after(place)),
                store().tailSignals(session, From.after(place), TailOptions.standard()));
    }

    private void assertChanged(String session, LogPlace place, long head) {
        for (Flux<?> resumption : resumptions(session, place)) {
            LogChangedException told = Probe.of(resumption).awaitError(LogChangedException.class);
            assertEquals(session, told.sessionId());
            assertEquals(place, told.place());
            assertEquals(head, told.head());
            Probe.requesting(0, resumption).awaitError(LogChangedException.class);
        }
    }

    private static List<SessionEvent> eventsIn(List<TailSignal> signals) {
        List<SessionEvent> events = new ArrayList<>();
        for (TailSignal signal : signals) {
            if (signal instanceof TailSignal.Recorded recorded) {
                events.add(recorded.event());
            }
        }
        return events;
    }

    /** Subscribes, requests {@code signals} items one by one, and cancels. */
    private static List<TailSignal> killedAfter(int signals, Publisher<TailSignal> tail, Runnable behindTheThird) {
        Probe<TailSignal> probe = Probe.requesting(0, tail);
        for (int n = 1; n <= signals; n++) {
            probe.request(1).await(n);
            if (n == 3) {
                behindTheThird.run();
            }
        }
        probe.cancel();
        return probe.items();
    }

    @Test
    @DisplayName(
            "R14: a subscriber that is killed after any signal resumes from its place; together the events are the log, without repeats")
    void everyPlaceOfALog() {
        for (int killed = 1; killed <= 16; killed++) {
            String session = "s" + killed;
            appendMany(session, 4);
            List<TailSignal> before = killedAfter(
                    killed, store().tailSignals(session, From.start(), CHATTY), () -> appendMany(session, 4));
            appendMany(session, 2);
            String held = stored(before.get(before.size() - 1).place());
            int total = log(session).size();
            List<SessionEvent> union = eventsIn(before);
            Probe<SessionEvent> resumed = Probe.of(store().tail(session, From.after(LogPlace.parse(held))));
            union.addAll(resumed.await(total - union.size()));
            assertEquals(log(session), union, "killed after " + inWords(before));
            assertEquals(total, eventsIn(before).size() + resumed.quiet().size());
            assertEquals(resumed.items(), all(store().replay(session, Range.after(LogPlace.parse(held)))));
        }
    }

    @Test
    @DisplayName(
            "R14: a reader of the feed that is killed after any signal resumes from its position; no event is lost or repeated")
    void everyPlaceOfTheFeed() {
        appendMany("s", 3);
        get(store().fork("s", ForkRequest.whole().withId("f")));
        append("t", custom("t", 1), custom("t", 2));
        append("s", custom("t", 4));
        for (FeedFilter filter : List.of(FeedFilter.all(), FeedFilter.all().withTypes("t"))) {
            List<SessionEvent> whole = all(store().replayAll(FeedPlace.start(), filter));
            for (int killed = 1; killed <= 9; killed++) {
                List<TailSignal> before =
                        killedAfter(killed, store().tailAllSignals(FeedPlace.start(), filter, CHATTY), () -> {});
                String held = stored(before.get(before.size() - 1).place());
                List<SessionEvent> union = eventsIn(before);
                union.addAll(all(store().replayAll(FeedPlace.parse(held), filter)));
                assertEquals(whole, union, "killed after " + inWords(before));
            }
        }
    }

    @Test
    @DisplayName("R14: the places of events and of commits can be used to resume")
    void placesOfEventsAndCommits() {
        appendMany("s", 3);
        Commit commit = append("s", custom("a", 4), custom("a", 5));
        appendMany("s", 2);
        List<SessionEvent> log = log("s");
        for (SessionEvent event : log) {
            Range behind = Range.after(LogPlace.parse(stored(event.place())));
            assertEquals(log.subList((int) event.version(), 7), all(store().replay("s", behind)));
        }
        assertEquals(range(6, 7), versionsOf(all(store().replay("s", Range.after(commit.place())))));
        assertEquals(7, get(store().state("s")).version());
        LogPlace end = get(store().state("s")).place();
        assertEquals(List.of(), all(store().replay("s", Range.after(end))));
        Probe<SessionEvent> live = Probe.of(store().tail("s", From.after(end)));
        append("s", custom("a", 8));
        assertEquals(range(8, 8), versionsOf(live.await(1)));
    }

    @Test
    @DisplayName("R14: version 0 has no event id, and is a place of every log")
    void versionZero() {
        append("s", custom("a", 1));
        for (Flux<?> resumption : resumptions("never", LogPlace.start())) {
            Probe<?> probe = Probe.of(resumption);
            assertTrue(probe.afterAMoment().size() <= 2, "no events");
        }
        assertEquals(range(1, 1), versionsOf(all(store().replay("s", Range.after(LogPlace.parse("-1"))))));
        assertEquals(range(1, 1), versionsOf(all(store().replay("s", Range.after(LogPlace.start())))));
        assertEquals(
                1,
                Probe.of(store().tail("s", From.after(LogPlace.start())))
                        .await(1)
                        .size());
        maybe(store().purge("s"));
        append("s", custom("b", 1));
        assertEquals(
                List.of("b"),
                all(store().replay("s", Range.after(LogPlace.start()))).stream()
                        .map(SessionEvent::type)
                        .toList());
    }

    @Test
    @DisplayName("R14: another id at that version is LogChangedException")
    void anotherId() {
        append(
                "s",
                custom("a", 1).withId("one"),
                custom("a", 2).withId("two"),
                custom("a", 3).withId("three"));
        List<Long> at = log("s").stream().map(SessionEvent::position).toList();
        assertEquals(range(3, 3), versionsOf(all(store().replay("s", Range.after(LogPlace.of(2, "two", at.get(1)))))));
        assertChanged("s", LogPlace.of(2, "one", at.get(1)), 3);
        assertChanged("s", LogPlace.of(2, "zwei", at.get(1)), 3);
        assertChanged("s", LogPlace.of(3, "two", at.get(2)), 3);
        assertChanged("s", LogPlace.of(1, "ONE", at.get(0)), 3);
    }

    @Test
    @DisplayName("R14: another position at that version is LogChangedException, also with the same id")
    void anotherPosition() {
        append("s", custom("a", 1).withId("one"), custom("a", 2).withId("two"));
        List<Long> at = log("s").stream().map(SessionEvent::position).toList();
        assertChanged("s", LogPlace.of(2, "two", at.get(0)), 2);
        assertChanged("s", LogPlace.of(2, "two", at.get(1) + 1), 2);
        assertChanged("s", LogPlace.of(1, "one", at.get(1)), 2);
    }

    @Test
    @DisplayName("R14: a version beyond the head, or of a session without events, is a LogChangedException")
    void beyondTheHead() {
        appendMany("s", 3);
        String last = log("s").get(2).id();
        assertEquals(List.of(), all(store().replay("s", Range.after(log("s").get(2)))));
        assertChanged("s", LogPlace.of(4, last, 4), 3);
        assertChanged("s", LogPlace.of(4_000_000_000_000L, "x", 4), 3);
        assertChanged("never", LogPlace.of(1, last, 3), 0);
    }

    @Test
    @DisplayName("R14: a purged session rejects every earlier place, whatever was written since, each time")
    void purgedAndWrittenAnew() {
        List<EventDraft> before =
                List.of(custom("a", 1).withId("p1"), custom("a", 2).withId("p2"));
        get(store().append("s", before));
        LogPlace first = LogPlace.parse(stored(log("s").get(0).place()));
        LogPlace second = LogPlace.parse(stored(log("s").get(1).place()));
        assertEquals(range(2, 2), versionsOf(all(store().replay("s", Range.after(first)))));
        maybe(store().purge("s"));
        assertChanged("s", first, 0);
        assertChanged("s", second, 0);
        append("s", custom("b", 1).withId("q1"));
        assertChanged("s", first, 1);
        assertChanged("s", second, 1);
        append("s", custom("b", 2).withId("q2"), custom("b", 3).withId("q3"));
        assertChanged("s", first, 3);
        assertChanged("s", second, 3);
        append("s", custom("a", 4).withId("p1"));
        assertChanged("s", first, 4);
    }

    @Test
    @DisplayName("R14: a purged session that is written again with the same idempotency keys has different places")
    void theSameAgain() {
        WriteOptions same = WriteOptions.none().withIdempotencyKey("write");
        get(store().append("s", customs(2), same));
        SessionEvent first = log("s").get(0);
        maybe(store().purge("s"));
        get(store().append("s", customs(2), same));
        assertEquals(first.id(), log("s").get(0).id());
        assertEquals(first, log("s").get(0));
        assertChanged("s", first.place(), 2);
    }

    @Test
    @DisplayName("R14: a place of a parent is a place of its fork as far as they have the same log")
    void placesOfForks() {
        appendMany("s", 3);
        get(store().fork("s", ForkRequest.whole().withId("f")));
        append("s", custom("a", 4).withId("s4"));
        LogPlace shared = log("s").get(2).place();
        LogPlace own = log("s").get(3).place();
        assertEquals(range(4, 4), versionsOf(all(store().replay("f", Range.after(shared)))));
        assertChanged("f", own, 4);
        maybe(store().purge("s"));
        assertEquals(range(4, 4), versionsOf(all(store().replay("f", Range.after(shared)))));
    }

    @Test
    @DisplayName("R14: a bare version is valid in any log: between(…) never fails with LogChangedException")
    void versionsAlone() {
        appendMany("s", 2);
        assertEquals(range(2, 2), versionsOf(all(store().replay("s", Range.between(1, 9)))));
        assertEquals(List.of(), all(store().replay("s", Range.between(7, 9))));
        maybe(store().purge("s"));
        assertEquals(List.of(), all(store().replay("s", Range.between(1, 9))));
    }

    @Test
    @DisplayName("R14: a feed position that was never drawn is a LogChangedException, at each feed method")
    void feedBeyondTheMark() {
        long mark = append("s", custom("a", 1)).position();
        assertEquals(mark, get(store().position()).position());
        assertEquals(List.of(), all(store().replayAll(FeedPlace.of(mark), FeedFilter.all())));
        for (long beyond : List.of(mark + 1_000_000, Long.MAX_VALUE)) {
            List<Flux<?>> reads = List.of(
                    store().replayAll(FeedPlace.of(beyond), FeedFilter.all()),
                    store().tailAll(FeedPlace.of(beyond), FeedFilter.all()),
                    store().tailAll(FeedPlace.of(beyond), FeedFilter.all().withUpTo(FeedPlace.of(3))),
                    store().tailAllSignals(FeedPlace.of(beyond), FeedFilter.all(), TailOptions.standard()));
            for (Flux<?> read : reads) {
                LogChangedException told = Probe.of(read).awaitError(LogChangedException.class);
                assertEquals(FeedPlace.of(beyond), told.place());
                Probe.requesting(0, read).awaitError(LogChangedException.class);
            }
        }
        append("s", custom("a", 2));
        assertEquals(
                range(2, 2),
                versionsOf(all(store().replayAll(FeedPlace.of(mark), FeedFilter.all()))),
                "a place remains a place");
    }

    @Test
    @DisplayName("R14: places sort in log order, and no other text is a place")
    void placesAreText() {
        appendMany("s", 12);
        List<String> texts =
                log("s").stream().map(event -> stored(event.place())).toList();
        assertEquals(texts.stream().sorted().toList(), texts);
        assertEquals(
                log("s").stream().map(SessionEvent::place).toList(),
                texts.stream().map(LogPlace::parse).toList());
    }
}
