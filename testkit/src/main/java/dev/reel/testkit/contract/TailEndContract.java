package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.Anchor;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionPurgedException;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.WriteOptions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** R13: what ends a tail and how, and what does not end it. */
abstract class TailEndContract extends ContractGroup {

    TailEndContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private Probe<SessionEvent> tail(String session, From from) {
        return Probe.of(store().tail(session, from));
    }

    private LogPlace close(String session) {
        return get(store().closeSession(session, Json.of("done"))).place();
    }

    private void closeTheStore() throws Exception {
        store().closeAsync().toFuture().get(patience().toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("R13: tails complete after session_close, later ones too")
    void closeCompletes() {
        appendMany("s", 2);
        Probe<SessionEvent> early = tail("s", From.start());
        Probe<SessionEvent> now = tail("s", From.now());
        early.await(2);
        LogPlace end = close("s");
        assertEquals(range(1, 3), versionsOf(early.awaitComplete()));
        assertEquals(range(3, 3), versionsOf(now.awaitComplete()));
        assertEquals(range(1, 3), versionsOf(tail("s", From.start()).awaitComplete()));
        assertEquals(range(2, 3), versionsOf(tail("s", From.last(2)).awaitComplete()));
        assertEquals(List.of(), tail("s", From.now()).awaitComplete());
        assertEquals(List.of(), tail("s", From.after(end)).awaitComplete());
    }

    @Test
    @DisplayName("R13: a slow tail of a closed session first emits everything, then completes without further demand")
    void slowTailsGetEverything() {
        appendMany("s", 2);
        Probe<SessionEvent> slow = Probe.requesting(1, store().tail("s", From.start()));
        close("s");
        assertEquals(1, slow.quiet().size());
        assertEquals(2, slow.request(1).await(2).size());
        assertEquals(2, slow.quiet().size());
        assertEquals(range(1, 3), versionsOf(slow.request(1).awaitComplete()));
    }

    @Test
    @DisplayName("R13: a tail with signals emits history and CaughtUp before it completes")
    void closeWithSignals() {
        appendMany("s", 1);
        close("s");
        List<TailSignal> signals = Probe.of(store().tailSignals("s", From.start(), TailOptions.standard()))
                .awaitComplete();
        assertEquals(List.of("started 0", "event 1", "event 2", "caught up 2"), inWords(signals));
    }

    @Test
    @DisplayName("R13: an inherited session_close ends no tail")
    void inheritedCloseEndsNothing() {
        appendMany("s", 1);
        LogPlace end = close("s");
        get(store().fork("s", ForkRequest.whole().withId("f")));
        get(store().fork("s", ForkRequest.at(Anchor.version(2)).withId("g")));
        for (String fork : List.of("f", "g")) {
            Probe<SessionEvent> whole = tail(fork, From.start());
            Probe<SessionEvent> behind = tail(fork, From.after(end));
            assertEquals(range(1, 3), versionsOf(whole.await(3)));
            assertEquals(range(3, 3), versionsOf(behind.await(1)));
            whole.quiet();
            append(fork, custom("own", 4));
            assertEquals(range(1, 4), versionsOf(whole.await(4)));
            assertEquals(range(3, 4), versionsOf(behind.await(2)));
        }
    }

    @Test
    @DisplayName("R13: a session_close that is followed by recorded events ends no tail")
    void closeInTheMiddleEndsNothing() {
        appendMany("s", 1);
        LogPlace end = close("s");
        EventDraft more = custom("more", 3).withId("more").withAt(START);
        get(store().append(
                        "s",
                        List.of(more),
                        WriteOptions.recorded()
                                .withExpected(ExpectedVersion.exactly(2, String.valueOf(end.eventId())))));
        Probe<SessionEvent> probe = tail("s", From.start());
        assertEquals(range(1, 3), versionsOf(probe.await(3)));
        assertEquals(3, probe.quiet().size());
    }

    @Test
    @DisplayName(
            "R13: tails complete when the store closes: caught up, stalled, of an empty session, of the feed, of states")
    void theStoreCloses() throws Exception {
        appendMany("s", 3);
        Probe<SessionEvent> caughtUp = tail("s", From.start());
        Probe<SessionEvent> stalled = Probe.requesting(1, store().tail("s", From.start()));
        Probe<SessionEvent> ofNothing = tail("never", From.start());
        Probe<TailSignal> signals = Probe.of(store().tailSignals("s", From.now(), TailOptions.standard()));
        Probe<SessionEvent> feed = Probe.of(store().tailAll(FeedPlace.start(), FeedFilter.all()));
        Probe<SessionState> states = Probe.of(store().states("s"));
        caughtUp.await(3);
        feed.await(3);
        signals.await(2);
        states.await(1);
        closeTheStore();
        assertEquals(range(1, 3), versionsOf(caughtUp.awaitComplete()));
        assertEquals(range(1, 1), versionsOf(stalled.awaitComplete()));
        assertEquals(List.of(), ofNothing.awaitComplete());
        assertEquals(List.of("started 3", "caught up 3"), inWords(signals.awaitComplete()));
        assertEquals(range(1, 3), versionsOf(feed.awaitComplete()));
        assertEquals(List.of(get(states)), states.items());
    }

    @Test
    @DisplayName(
            "R13: completeTails completes all open tails: caught up, without demand, of an empty session, of the feed, of states")
    void completeTailsEndsOpenTails() {
        appendMany("s", 3);
        Probe<SessionEvent> caughtUp = tail("s", From.start());
        Probe<SessionEvent> stalled = Probe.requesting(1, store().tail("s", From.start()));
        Probe<SessionEvent> unasked = Probe.requesting(0, store().tail("s", From.now()));
        Probe<SessionEvent> ofNothing = tail("never", From.start());
        Probe<TailSignal> signals = Probe.of(store().tailSignals("s", From.now(), TailOptions.standard()));
        Probe<SessionEvent> feed = Probe.of(store().tailAll(FeedPlace.start(), FeedFilter.all()));
        Probe<SessionEvent> stalledFeed = Probe.requesting(2, store().tailAll(FeedPlace.start(), FeedFilter.all()));
        Probe<TailSignal> feedSignals =
                Probe.of(store().tailAllSignals(FeedPlace.start(), FeedFilter.all(), TailOptions.standard()));
        Probe<SessionState> states = Probe.of(store().states("s"));
        caughtUp.await(3);
        stalled.await(1);
        signals.await(2);
        feed.await(3);
        stalledFeed.await(2);
        feedSignals.await(5);
        states.await(1);
        Mono<Void> complete = store().completeTails();
        assertEquals(3, caughtUp.quiet().size(), "nothing happens before subscription");
        maybe(complete);
        assertEquals(range(1, 3), versionsOf(caughtUp.awaitComplete()));
        assertEquals(range(1, 1), versionsOf(stalled.awaitComplete()));
        assertEquals(List.of(), unasked.awaitComplete());
        assertEquals(List.of(), ofNothing.awaitComplete());
        assertEquals(List.of("started 3", "caught up 3"), inWords(signals.awaitComplete()));
        assertEquals(range(1, 3), versionsOf(feed.awaitComplete()));
        assertEquals(range(1, 2), versionsOf(stalledFeed.awaitComplete()));
        assertEquals(5, feedSignals.awaitComplete().size());
        assertEquals(1, states.awaitComplete().size());
    }

    @Test
    @DisplayName("R13: after completeTails, a new tail emits the events published at its opening, and completes")
    void tailsAfterCompleteTails() {
        appendMany("s", 3);
        LogPlace second = log("s").get(1).place();
        Probe<SessionEvent> early = tail("s", From.start());
        early.await(3);
        maybe(store().completeTails());
        early.awaitComplete();
        Probe<SessionEvent> slow = Probe.requesting(1, store().tail("s", From.start()));
        slow.await(1);
        appendMany("s", 1);
        assertEquals(range(1, 3), versionsOf(slow.request(5).awaitComplete()));
        assertEquals(range(1, 4), versionsOf(tail("s", From.start()).awaitComplete()));
        assertEquals(range(3, 4), versionsOf(tail("s", From.after(second)).awaitComplete()));
        assertEquals(List.of(), tail("s", From.now()).awaitComplete());
        assertEquals(List.of(), tail("never", From.start()).awaitComplete());
        assertEquals(
                List.of("started 3", "event 4", "caught up 4"),
                inWords(Probe.of(store().tailSignals("s", From.last(1), TailOptions.standard()))
                        .awaitComplete()));
        assertEquals(
                range(1, 4),
                versionsOf(Probe.of(store().tailAll(FeedPlace.start(), FeedFilter.all()))
                        .awaitComplete()));
        assertEquals(
                List.of("started 4", "caught up 4"),
                inWords(Probe.of(store().tailAllSignals(FeedPlace.now(), FeedFilter.all(), TailOptions.standard()))
                        .awaitComplete()));
        assertEquals(
                List.of(get(store().state("s"))), Probe.of(store().states("s")).awaitComplete());
    }

    @Test
    @DisplayName("R13: after completeTails, writes, reads and replays continue, including a running replay")
    void completeTailsEndsNothingElse() {
        appendMany("s", 3);
        Probe<SessionEvent> replay = Probe.requesting(1, store().replay("s", Range.all()));
        Probe<SessionEvent> feed = Probe.requesting(1, store().replayAll(FeedPlace.start(), FeedFilter.all()));
        replay.await(1);
        feed.await(1);
        maybe(store().completeTails());
        assertEquals(1, replay.quiet().size());
        assertEquals(1, feed.quiet().size());
        assertEquals(4, append("s", custom("more", 4)).version());
        assertEquals(range(1, 4), versions("s"));
        assertEquals(4, get(store().state("s")).version());
        assertEquals(range(1, 3), versionsOf(replay.request(5).awaitComplete()));
        assertEquals(range(1, 3), versionsOf(feed.request(5).awaitComplete()));
    }

    @Test
    @DisplayName("R13: a second completeTails ends no tail that was opened since, and a closed store accepts the call")
    void completeTailsAgain() throws Exception {
        appendMany("s", 3);
        Mono<Void> complete = store().completeTails();
        maybe(complete);
        Probe<SessionEvent> slow = Probe.requesting(1, store().tail("s", From.start()));
        slow.await(1);
        maybe(complete);
        maybe(store().completeTails());
        assertEquals(range(1, 1), versionsOf(slow.quiet()));
        assertEquals(range(1, 3), versionsOf(slow.request(5).awaitComplete()));
        closeTheStore();
        maybe(store().completeTails());
    }

    private static SessionState get(Probe<SessionState> states) {
        return states.awaitComplete().get(0);
    }

    @Test
    @DisplayName("R13: a purge completes the tails that had emitted everything")
    void purgeCompletes() {
        appendMany("s", 3);
        Probe<SessionEvent> start = tail("s", From.start());
        Probe<SessionEvent> now = tail("s", From.now());
        Probe<SessionEvent> withoutDemand = Probe.requesting(3, store().tail("s", From.start()));
        Probe<TailSignal> signals = Probe.of(store().tailSignals("s", From.start(), TailOptions.standard()));
        start.await(3);
        withoutDemand.await(3);
        signals.await(5);
        maybe(store().purge("s"));
        assertEquals(range(1, 3), versionsOf(start.awaitComplete()));
        assertEquals(List.of(), now.awaitComplete());
        assertEquals(range(1, 3), versionsOf(withoutDemand.awaitComplete()));
        assertEquals(5, signals.awaitComplete().size());
        appendMany("s", 1);
        assertEquals(3, start.afterAMoment().size(), "the next log is a different one");
    }

    @Test
    @DisplayName(
            "R13: a purge fails the tails that had not emitted everything, stalled ones too, and they emit nothing more")
    void purgeFails() {
        appendMany("s", 3);
        Probe<SessionEvent> some = Probe.requesting(2, store().tail("s", From.start()));
        Probe<SessionEvent> none = Probe.requesting(0, store().tail("s", From.last(1)));
        Probe<TailSignal> signals = Probe.requesting(2, store().tailSignals("s", From.start(), TailOptions.standard()));
        some.await(2);
        signals.await(2);
        maybe(store().purge("s"));
        assertEquals("s", some.awaitError(SessionPurgedException.class).sessionId());
        none.awaitError(SessionPurgedException.class);
        signals.awaitError(SessionPurgedException.class);
        appendMany("s", 5);
        some.request(10);
        none.request(10);
        assertEquals(2, some.afterAMoment().size());
        assertEquals(0, none.items().size());
        assertEquals(2, signals.items().size());
    }

    @Test
    @DisplayName("R13: after a purge, a new tail emits the new log from its first event")
    void theNewLog() {
        append("s", custom("old", 1), custom("old", 2));
        assertEquals(List.of("old", "old"), types("s"));
        maybe(store().purge("s"));
        Probe<SessionEvent> probe = tail("s", From.start());
        assertEquals(List.of(), probe.quiet());
        append("s", custom("new", 1));
        assertEquals(
                List.of("new"), probe.await(1).stream().map(SessionEvent::type).toList());
        assertEquals(range(1, 1), versionsOf(probe.quiet()));
    }

    @Test
    @DisplayName("R13: purging a session without events ends no tail that waits for its first")
    void purgeOfNothing() {
        append("other", custom("a", 1));
        Probe<SessionEvent> waiting = tail("s", From.start());
        maybe(store().purge("s"));
        waiting.quiet();
        appendMany("s", 2);
        assertEquals(range(1, 2), versionsOf(waiting.await(2)));
    }

    @Test
    @DisplayName("R13: the purge of a parent, or of another session, ends no tail")
    void purgeOfTheParent() {
        appendMany("s", 2);
        get(store().fork("s", ForkRequest.whole().withId("f")));
        Probe<SessionEvent> slow = Probe.requesting(1, store().tail("f", From.start()));
        Probe<SessionEvent> fast = tail("f", From.start());
        slow.await(1);
        maybe(store().purge("s"));
        append("f", custom("own", 4));
        assertEquals(range(1, 4), versionsOf(fast.await(4)));
        assertEquals(range(1, 4), versionsOf(slow.request(9).await(4)));
        assertEquals(fast.quiet(), slow.quiet());
    }

    @Test
    @DisplayName("R13: states ends as tails do")
    void statesEnd() {
        appendMany("s", 1);
        appendMany("t", 1);
        Probe<SessionState> closed = Probe.of(store().states("s"));
        Probe<SessionState> purged = Probe.of(store().states("t"));
        assertEquals(1, closed.await(1).get(0).version());
        assertEquals(1, purged.await(1).get(0).version());
        close("s");
        List<SessionState> states = closed.awaitComplete();
        assertEquals(true, states.get(states.size() - 1).closed(), "the last state is never omitted");
        maybe(store().purge("t"));
        purged.awaitComplete();
    }

    @Test
    @DisplayName("R19: states begins with the current state, emits newer ones, never an older one, and always the last")
    void statesConflate() {
        Probe<SessionState> fast = Probe.of(store().states("s"));
        Probe<SessionState> slow = Probe.requesting(1, store().states("s"));
        assertEquals(SessionState.empty("s"), fast.await(1).get(0));
        assertEquals(0, slow.await(1).get(0).version());
        for (int n = 0; n < 50; n++) {
            append("s", custom("a", n));
        }
        assertEquals(1, slow.quiet().size());
        assertEquals(50, slow.request(1).await(2).get(1).version());
        slow.request(5);
        assertEquals(2, slow.quiet().size(), "nothing new is emitted");
        append("s", custom("last", 50));
        assertEquals(store().state("s").block(patience()), slow.await(3).get(2));
        Waits.until("the last state", () -> {
            List<SessionState> seen = fast.items();
            return seen.get(seen.size() - 1).version() == 51;
        });
        List<Long> seen = fast.items().stream().map(SessionState::version).toList();
        assertEquals(seen.stream().distinct().sorted().toList(), seen);
    }
}
