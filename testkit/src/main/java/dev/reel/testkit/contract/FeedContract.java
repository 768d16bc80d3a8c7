package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.Change;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.Session;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.WriteOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** R16 for replays: the content and the order of the feed. {@link FeedTailContract} tests its tails. */
abstract class FeedContract extends ContractGroup {

    FeedContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private List<SessionEvent> feed(long after, FeedFilter filter) {
        return all(store().replayAll(FeedPlace.of(after), filter));
    }

    private static List<String> keys(List<SessionEvent> events) {
        return events.stream().map(e -> e.sessionId() + e.version()).toList();
    }

    private static List<Long> positions(List<SessionEvent> events) {
        return events.stream().map(SessionEvent::position).toList();
    }

    @Test
    @DisplayName(
            "R16: the feed emits the events of all sessions, each once, as in the session's log, in position order")
    void everyEventOnce() {
        append("a", custom("x", 1), custom("x", 2));
        append("b", custom("y", 1));
        append("a", custom("z", 3));
        List<SessionEvent> feed = feed();
        assertEquals(List.of("a1", "a2", "b1", "a3"), keys(feed));
        List<Long> positions = positions(feed);
        assertEquals(positions.stream().distinct().sorted().toList(), positions);
        assertTrue(positions.get(0) > 0);
        assertEquals(
                log("a"), feed.stream().filter(e -> e.sessionId().equals("a")).toList());
        assertEquals(
                positions(log("a")),
                positions(feed.stream().filter(e -> e.sessionId().equals("a")).toList()));
    }

    @Test
    @DisplayName("R16: position() is the last position that the feed emits, or 0 if nothing was written")
    void position() {
        assertEquals(0, get(store().position()).position());
        assertEquals(List.of(), feed());
        long first = append("a", custom("x", 1)).position();
        assertEquals(first, get(store().position()).position());
        long second = append("b", custom("x", 1), custom("x", 2)).position();
        assertEquals(second, get(store().position()).position());
        assertTrue(second > first);
        assertEquals(List.of("b1", "b2"), keys(feed(first, FeedFilter.all())));
        assertEquals(List.of("b2"), keys(feed(second - 1, FeedFilter.all())));
        assertEquals(List.of(), feed(second, FeedFilter.all()));
    }

    @Test
    @DisplayName("R16: withLast(n) emits the last n matching events, or all if there are fewer, and no later ones")
    void lastOfFeed() {
        append("a", custom("x", 1), custom("y", 2));
        append("b", custom("x", 3), custom("y", 4));
        append("gone", custom("x", 5));
        maybe(store().purge("gone"));
        append("a", custom("x", 6));
        FeedFilter all = FeedFilter.all();
        List<SessionEvent> feed = feed();
        assertEquals(List.of("a1", "a2", "b1", "b2", "gone0", "a3"), keys(feed));
        for (int n = 1; n < 9; n++) {
            assertEquals(feed.subList(Math.max(0, feed.size() - n), feed.size()), feed(0, all.withLast(n)));
        }
        assertEquals(
                List.of("b1", "gone0", "a3"), keys(feed(0, all.withTypes("x").withLast(3))));
        assertEquals(
                List.of("a2", "a3"), keys(feed(0, all.withSessionPrefix("a").withLast(2))));
        long b1 = feed.get(2).position();
        assertEquals(
                List.of("a2", "b1"), keys(feed(0, all.withUpTo(FeedPlace.of(b1)).withLast(2))));
        assertEquals(List.of("b2", "gone0", "a3"), keys(feed(b1, all.withLast(7))));
        Probe<SessionEvent> slow = Probe.requesting(1, store().replayAll(FeedPlace.start(), all.withLast(2)));
        slow.await(1);
        append("c", custom("x", 7));
        slow.request(5).awaitComplete();
        assertEquals(List.of("gone0", "a3"), keys(slow.items()));
    }

    @Test
    @DisplayName("R16: the feed does not emit inherited events again; it emits session_fork under the fork's id")
    void forksAreNotGivenAgain() {
        user("p", "m1", "hi");
        assistant("p", "m2", "hello");
        get(store().fork("p", ForkRequest.at(Anchor.message("m1")).withId("f")));
        user("f", "m3", "else");
        get(store().fork("f", ForkRequest.whole().withId("g")));
        user("p", "m4", "on");
        assertEquals(
                List.of(
                        "p:user_message",
                        "p:assistant_message",
                        "f:session_fork",
                        "f:user_message",
                        "g:session_fork",
                        "p:user_message"),
                feed().stream().map(e -> e.sessionId() + ":" + e.type()).toList());
        assertEquals(positions(log("p").subList(0, 1)), positions(log("g").subList(0, 1)), "inherited unchanged");
    }

    @Test
    @DisplayName("R16: a reader of the feed rebuilds every log, forks too, also when their parent is purged")
    void inheritedPartsAreReadable() {
        appendMany("p", 3);
        get(store().fork("p", ForkRequest.whole().withId("f")));
        append("p", custom("later", 1));
        append("f", custom("own", 1));
        List<SessionEvent> whole = log("f");
        assertEquals(5, whole.size());
        maybe(store().purge("p"));
        SessionEvent forked = feed().stream()
                .filter(e -> e.type().equals("session_fork"))
                .findFirst()
                .orElseThrow();
        assertEquals("f", forked.sessionId());
        assertEquals(4, forked.version());
        Change.SessionFork fork = (Change.SessionFork) forked.change();
        assertEquals(3, fork.parentVersion());
        assertEquals(whole.subList(0, 3), all(store().replay("f", Range.between(0, fork.parentVersion()))));
        assertEquals(whole, log("f"));
        assertEquals(
                List.of("f4", "f5"),
                keys(feed()).stream().filter(key -> key.startsWith("f")).toList());
    }

    @Test
    @DisplayName(
            "R16: a purged session's events are gone from the feed; session_purged remains, with version 0 and data {}")
    void purged() {
        append("a", custom("secret", 1), custom("secret", 2));
        append("b", custom("x", 1));
        long before = get(store().position()).position();
        assertEquals(List.of("a1", "a2", "b1"), keys(feed()));
        maybe(store().purge("a"));
        List<SessionEvent> feed = feed();
        assertEquals(List.of("b1", "a0"), keys(feed));
        SessionEvent purged = feed.get(1);
        assertEquals("session_purged", purged.type());
        assertEquals(Json.EMPTY_OBJECT, purged.data());
        assertEquals(0, purged.version());
        assertTrue(purged.position() > before);
        assertEquals(purged.position(), get(store().position()).position());
        assertEquals(List.of(), log("a"));
        assertEquals(List.of("a0"), keys(feed(before, FeedFilter.all())));
        append("a", custom("again", 1));
        maybe(store().purge("a"));
        append("a", custom("third", 1));
        assertEquals(List.of("b1", "a0", "a0", "a1"), keys(feed()));
        Set<Long> positions = new HashSet<>(positions(feed()));
        assertEquals(4, positions.size(), "R2: no position is given twice");
    }

    @Test
    @DisplayName("R16: purging a missing session leaves nothing in the feed")
    void purgeOfNothing() {
        append("a", custom("x", 1));
        maybe(store().purge("never"));
        assertEquals(List.of("a1"), keys(feed()));
    }

    @Test
    @DisplayName("R16: a types filter does not drop session_fork and session_purged")
    void typesFilter() {
        append("a", custom("x", 1), custom("y", 2), custom("x", 3));
        append("gone", custom("x", 1));
        get(store().fork("a", ForkRequest.whole().withId("f")));
        append("f", custom("z", 5), custom("y", 6));
        maybe(store().purge("gone"));
        assertEquals(
                List.of("a1", "a3", "f4", "gone0"),
                keys(feed(0, FeedFilter.all().withTypes("x"))));
        assertEquals(
                List.of("a1", "a2", "a3", "f4", "f6", "gone0"),
                keys(feed(0, FeedFilter.all().withTypes("x", "y"))));
        assertEquals(List.of("f4", "gone0"), keys(feed(0, FeedFilter.all().withTypes("none"))));
    }

    @Test
    @DisplayName("R16: a prefix filter applies to every event, including session_fork and session_purged")
    void prefixFilter() {
        append("user:1", custom("x", 1));
        append("team:1", custom("x", 1));
        get(store().fork("user:1", ForkRequest.whole().withId("team:f")));
        get(store().fork("team:1", ForkRequest.whole().withId("user:f")));
        maybe(store().purge("user:1"));
        append("user:2", custom("y", 1));
        assertEquals(
                List.of("user:f2", "user:10", "user:21"),
                keys(feed(0, FeedFilter.all().withSessionPrefix("user:"))));
        assertEquals(
                List.of("team:11", "team:f2"), keys(feed(0, FeedFilter.all().withSessionPrefix("team:"))));
        assertEquals(
                List.of("user:f2", "user:10"),
                keys(feed(0, FeedFilter.all().withSessionPrefix("user:").withTypes("x"))));
        assertEquals(List.of(), feed(0, FeedFilter.all().withSessionPrefix("USER:")));
    }

    @Test
    @DisplayName("R16: upTo ends the feed at a position, even if no event has that position")
    void upTo() {
        append("a", custom("x", 1), custom("x", 2), custom("x", 3));
        List<Long> positions = positions(feed());
        assertEquals(List.of("a1", "a2"), keys(feed(0, FeedFilter.all().withUpTo(FeedPlace.of(positions.get(1))))));
        assertEquals(
                List.of("a2"), keys(feed(positions.get(0), FeedFilter.all().withUpTo(FeedPlace.of(positions.get(1))))));
        assertEquals(List.of("a1", "a2", "a3"), keys(feed(0, FeedFilter.all().withUpTo(FeedPlace.of(Long.MAX_VALUE)))));
        assertEquals(List.of(), feed(0, FeedFilter.all().withUpTo(FeedPlace.start())));
        assertEquals(List.of(), feed(positions.get(1), FeedFilter.all().withUpTo(FeedPlace.of(positions.get(0)))));
    }

    @Test
    @DisplayName("R16: a copied fork is read from the session and from the feed under its own id")
    void copiedForks() {
        appendMany("p", 2);
        get(store().fork("p", ForkRequest.whole().withId("f")));
        append("f", custom("own", 4));
        List<SessionEvent> original = log("f");
        SessionStore other = open(options);
        List<EventDraft> drafts = original.stream().map(EventDraft::copyOf).toList();
        get(other.append("f", drafts.subList(0, 2), WriteOptions.recorded()));
        get(other.append(
                "f",
                drafts.subList(2, 4),
                WriteOptions.recorded()
                        .withExpected(ExpectedVersion.exactly(2, original.get(1).id()))));
        assertEquals(original, all(other.replay("f", Range.all())));
        List<SessionEvent> feed = all(other.replayAll(FeedPlace.start(), FeedFilter.all()));
        assertEquals(List.of("f1", "f2", "f3", "f4"), keys(feed));
        assertEquals(original, feed);
        assertEquals(original.subList(0, 2), all(other.replay("f", Range.between(0, 2))));
    }

    @Test
    @DisplayName("R16: a stalled replay of the feed continues after a purge, without the purged events")
    void purgeUnderAReplay() {
        appendMany("a", 3);
        appendMany("b", 3);
        Probe<SessionEvent> stalled = Probe.requesting(1, store().replayAll(FeedPlace.start(), FeedFilter.all()));
        assertEquals(List.of("a1"), keys(stalled.await(1)));
        maybe(store().purge("a"));
        List<String> rest = keys(stalled.request(99).awaitComplete());
        assertEquals(
                List.of("a1", "b1", "b2", "b3"),
                rest.stream().filter(key -> !key.equals("a0")).toList());
    }

    @Test
    @DisplayName("R16: a replay of the feed emits the events that exist at subscription, and no more than requested")
    void demand() {
        appendMany("a", 3);
        Probe<SessionEvent> probe = Probe.requesting(0, store().replayAll(FeedPlace.start(), FeedFilter.all()));
        assertEquals(List.of(), probe.quiet());
        append("b", custom("x", 1));
        assertEquals(List.of("a1", "a2"), keys(probe.request(2).await(2)));
        assertEquals(2, probe.quiet().size());
        assertEquals(List.of("a1", "a2", "a3"), keys(probe.request(1).awaitComplete()));
        assertEquals(List.of("a1", "a2", "a3", "b1"), keys(feed()));
    }

    @Test
    @DisplayName("R16: a loop that queries the changes after the last position it read sees every session's last row")
    void pollingLoop() {
        append("quiet", custom("x", 1));
        get(store().putSession("a", SessionDraft.empty().withTitle("one")));
        get(store().putSession("b", SessionDraft.empty().withTitle("one")));
        long mark = get(store().position()).position();
        assertEquals(List.of("b", "a"), changedAfter(0));
        assertEquals(List.of(), changedAfter(mark));
        user("a", "m1", "hi");
        long next = get(store().position()).position();
        assertEquals(List.of("a"), changedAfter(mark));
        append("b", custom("not listed", 1));
        assertEquals(List.of(), changedAfter(next), "only listed events change a row");
        get(store().fork("a", ForkRequest.whole().withId("f")));
        assertEquals(List.of("f"), changedAfter(next));
        assertEquals(List.of("f", "a"), changedAfter(mark));
        get(store().deleteSession("a"));
        assertEquals(List.of("f"), changedAfter(mark));
    }

    private List<String> changedAfter(long position) {
        return all(store().listSessions(SessionQuery.all().withChangedAfter(FeedPlace.of(position)))).stream()
                .map(Session::id)
                .toList();
    }

    @Test
    @DisplayName("R16: sessionIds are in the order of the first event that each session itself recorded")
    void sessionIds() {
        append("b", custom("x", 1));
        append("a", custom("x", 1));
        append("b", custom("x", 2));
        get(store().fork("b", ForkRequest.whole().withId("0-fork")));
        append("c", custom("x", 1));
        assertEquals(List.of("b", "a", "0-fork", "c"), all(store().sessionIds()));
        user("a", "m1", "hi");
        get(store().deleteSession("a"));
        assertEquals(List.of("b", "a", "0-fork", "c"), all(store().sessionIds()), "a deleted session has its log");
        maybe(store().purge("b"));
        assertEquals(List.of("a", "0-fork", "c"), all(store().sessionIds()));
        append("b", custom("new", 1));
        assertEquals(List.of("a", "0-fork", "c", "b"), all(store().sessionIds()));
        assertFalse(all(store().sessionIds()).contains("never"));
    }
}
