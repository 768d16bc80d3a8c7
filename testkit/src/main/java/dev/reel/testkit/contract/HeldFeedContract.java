package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.ReelException;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.testkit.contract.HeldFlushContract.HeldStore;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * R16 while one session's writer is held between drawing a position and publishing: the feed waits, and other sessions
 * do not.
 */
abstract class HeldFeedContract extends HeldGroup {

    private static final FeedFilter ALL = FeedFilter.all();

    HeldFeedContract(Function<StoreOptions, HeldStore> opener) {
        super(opener);
    }

    private List<String> changedAfter(long position) {
        return all(store().listSessions(SessionQuery.all().withChangedAfter(FeedPlace.of(position)))).stream()
                .map(Session::id)
                .toList();
    }

    private static List<String> keys(List<SessionEvent> events) {
        return events.stream().map(e -> e.sessionId() + e.version()).toList();
    }

    @Test
    @DisplayName(
            "R16: another session's events are visible and acknowledged, but the feed waits for the lower position")
    void theFeedWaits() {
        user("a", "m1", "one");
        user("b", "m1", "one");
        long mark = get(store().position()).position();
        Probe<SessionEvent> ofB = Probe.of(store().tail("b", From.start()));
        Probe<SessionEvent> ofFeed = Probe.of(store().tailAll(FeedPlace.of(mark), ALL));
        ofB.await(1);
        held().hold("a");
        CompletableFuture<Message> held =
                ask("a", store().putMessage("a", MessageDraft.user("two").withId("m2")));
        awaitAccepted("a", 2);
        Message two = user("b", "m2", "two");

        assertEquals(List.of(), List.copyOf(answered));
        assertEquals(2, ofB.await(2).size(), "its own tail has it");
        assertEquals(two, get(store().getMessage("b", "m2")));
        assertEquals(
                List.of("b", "a"),
                all(store().listSessions(SessionQuery.all())).stream()
                        .map(Session::id)
                        .toList());
        assertEquals(List.of(), ofFeed.quiet());
        assertEquals(List.of(), all(store().replayAll(FeedPlace.of(mark), ALL)));
        assertEquals(mark, get(store().position()).position());
        assertEquals(List.of(), changedAfter(mark), "the filter sees only events that the feed may emit");

        held().release();
        answerOf(held);
        List<SessionEvent> events = ofFeed.await(2);
        assertEquals(List.of("a2", "b2"), keys(events));
        assertTrue(events.get(0).position() < events.get(1).position());
        assertEquals(events, all(store().replayAll(FeedPlace.of(mark), ALL)));
        assertEquals(events.get(1).position(), get(store().position()).position());
        assertEquals(List.of("b", "a"), changedAfter(mark));
        assertEquals(List.of("b"), changedAfter(events.get(0).position()));
    }

    @Test
    @DisplayName("R16: when the lower position fails the feed continues after it")
    void theFeedGoesOn() {
        append("a", custom("x", 1));
        long mark = get(store().position()).position();
        Probe<SessionEvent> feed = Probe.of(store().tailAll(FeedPlace.of(mark), ALL));
        held().hold("a");
        CompletableFuture<Commit> held = ask("a", store().append("a", customs(2)));
        awaitAccepted("a", 3);
        append("b", custom("x", 1));
        assertEquals(List.of(), feed.quiet());
        held().fail();
        failureOf(ReelException.class, held);
        assertEquals(List.of("b1"), keys(feed.await(1)));
        assertEquals(1, feed.quiet().size());
        assertEquals(feed.items().get(0).position(), get(store().position()).position());
    }

    @Test
    @DisplayName("R16: Passed and CaughtUp are never emitted before an event that may still be delivered")
    void passedIsNeverAhead() {
        append("a", custom("x", 1));
        long mark = get(store().position()).position();
        FeedFilter kept = ALL.withTypes("kept");
        Probe<TailSignal> signals = Probe.of(store().tailAllSignals(FeedPlace.of(mark), kept, TailOptions.standard()));
        signals.await(2);
        held().hold("a");
        CompletableFuture<Commit> held = ask("a", store().append("a", custom("kept", 1)));
        awaitAccepted("a", 2);
        for (int n = 0; n < 3; n++) {
            get(store().append("b", customs(600)));
        }
        for (TailSignal signal : signals.quiet()) {
            assertTrue(signal.place().position() <= mark, signal.toString());
        }
        held().release();
        answerOf(held);
        long end = get(store().position()).position();
        Waits.until(
                "passed to the end",
                () -> signals.items().stream().anyMatch(signal -> signal.place().position() == end));
        List<TailSignal> all = signals.items();
        assertEquals(
                List.of("a2"),
                keys(all.stream()
                        .filter(signal -> signal instanceof TailSignal.Recorded)
                        .map(signal -> ((TailSignal.Recorded) signal).event())
                        .toList()));
        List<Long> places =
                all.stream().map(signal -> signal.place().position()).toList();
        assertEquals(places.stream().sorted().toList(), places);
    }

    @Test
    @DisplayName("R16: an upTo after a held position is passed only when that position is settled")
    void upToWaits() {
        append("a", custom("x", 1));
        long mark = get(store().position()).position();
        held().hold("a");
        CompletableFuture<Commit> held = ask("a", store().append("a", custom("x", 2)));
        awaitAccepted("a", 2);
        long behind = append("b", custom("x", 1)).position();
        Probe<SessionEvent> tail = Probe.of(store().tailAll(FeedPlace.of(mark), ALL.withUpTo(FeedPlace.of(behind))));
        assertEquals(List.of(), tail.quiet());
        held().release();
        answerOf(held);
        assertEquals(List.of("a2", "b1"), keys(tail.awaitComplete()));
    }

    @Test
    @DisplayName("R14: a drawn position is a valid place of the feed before the feed has reached it")
    void aPositionThatWasGivenOut() {
        append("a", custom("x", 1));
        held().hold("a");
        CompletableFuture<Commit> held = ask("a", store().append("a", custom("x", 2)));
        awaitAccepted("a", 2);
        long given = append("b", custom("x", 1)).position();
        Probe<SessionEvent> tail = Probe.of(store().tailAll(FeedPlace.of(given), ALL));
        assertEquals(List.of(), tail.quiet());
        held().release();
        answerOf(held);
        append("c", custom("x", 1));
        assertEquals(List.of("c1"), keys(tail.await(1)));
    }

    @Test
    @DisplayName("R13: when the store closes, tails of the feed emit the accepted events, and then complete")
    void closing() throws Exception {
        append("a", custom("x", 1));
        Probe<SessionEvent> tail = Probe.of(store().tailAll(FeedPlace.start(), ALL));
        Probe<TailSignal> signals = Probe.of(store().tailAllSignals(FeedPlace.start(), ALL, TailOptions.standard()));
        tail.await(1);
        signals.await(3);
        held().hold();
        CompletableFuture<Commit> ofA = ask("a", store().append("a", custom("x", 2)));
        CompletableFuture<Commit> ofB = ask("b", store().append("b", customs(2)));
        awaitAccepted("a", 2);
        awaitAccepted("b", 2);
        CompletableFuture<Void> close = ask("close", store().closeAsync());
        assertNoAnswer(ofA, ofB, close);
        assertEquals(1, tail.quiet().size());
        assertEquals(3, signals.quiet().size());
        held().release();
        answerOf(ofA);
        answerOf(ofB);
        answerOf(close);
        assertEquals(Set.of("a1", "a2", "b1", "b2"), Set.copyOf(keys(tail.awaitComplete())));
        assertEquals(6, signals.awaitComplete().size());
    }
}
