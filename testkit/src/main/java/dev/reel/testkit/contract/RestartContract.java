package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.FencedException;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.IdempotencyConflictException;
import dev.reel.Json;
import dev.reel.ListCursor;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.ResumeRequest;
import dev.reel.Session;
import dev.reel.SessionClosedException;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionPatch;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.SnapshotIdTakenException;
import dev.reel.StoreOptions;
import dev.reel.Turn;
import dev.reel.WriteOptions;
import dev.reel.testkit.contract.DurableSessionStoreContract.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a restart of a durable store must not change. */
@DisplayName("Restart")
class RestartContract extends ContractGroup {

    private static final WriteOptions KEY = WriteOptions.idempotencyKey("w1");

    private final Function<StoreOptions, Place> places;

    RestartContract(Function<StoreOptions, Place> places) {
        super(options -> RestartingStore.onDemand(places.apply(options)));
        this.places = places;
    }

    private void restart() {
        ((RestartingStore) store()).restart();
    }

    /** Writes sessions of all kinds: rewound, forked, with turns, closed, deleted, and purged. */
    private void history() {
        Write.ground(store(), "s");
        get(store().updateSession("s", SessionPatch.empty().withModel("large").withMetadata(Json.object("k", 1))));
        get(store().takeTurn("s", "worker"));
        clock.advance(Duration.ofSeconds(1));
        get(store().fork("s", ForkRequest.at(Anchor.message("m1")).withId("forked")));
        get(store().undo("s"));
        user("forked", "f1", "in the fork");
        clock.advance(Duration.ofSeconds(1));
        appendMany("many", 30);
        get(store().putSession("closed", SessionDraft.empty().withTitle("closed")));
        get(store().closeSession("closed", Json.of("done")));
        Write.ground(store(), "deleted");
        get(store().deleteSession("deleted"));
        Write.ground(store(), "purged");
        maybe(store().purge("purged"));
        user("s", "last", "the last one");
    }

    private List<String> sessions() {
        return all(store().sessionIds().sort()); // they have no order
    }

    @Test
    @DisplayName("R7: after a restart all acknowledged events are there, unchanged, and so is the head of each log")
    void events() {
        history();
        List<List<SessionEvent>> logs = sessions().stream().map(this::log).toList();
        List<LogPlace> heads =
                sessions().stream().map(it -> get(store().head(it))).toList();
        assertEquals(List.of("closed", "deleted", "forked", "many", "s"), sessions());
        restart();
        assertEquals(List.of("closed", "deleted", "forked", "many", "s"), sessions());
        assertEquals(logs, sessions().stream().map(this::log).toList());
        assertEquals(heads, sessions().stream().map(it -> get(store().head(it))).toList());
        assertEquals(
                logs.get(4).get(0), all(store().tail("s", From.start()).take(1)).get(0));
    }

    @Test
    @DisplayName("R17: after a restart the rows of each session are the same, now and at every version")
    void rows() {
        history();
        List<Object> before = rowsOf("s", "forked", "many", "closed", "deleted");
        restart();
        assertEquals(before, rowsOf("s", "forked", "many", "closed", "deleted"));
    }

    private List<Object> rowsOf(String... sessions) {
        List<Object> rows = new ArrayList<>();
        for (String session : sessions) {
            rows.add(get(store().state(session)));
            rows.add(Optional.ofNullable(maybe(store().getSession(session))));
            rows.add(all(store().listMessages(session)));
            rows.add(all(store().listSnapshots(session)));
            for (long version = 1; version <= log(session).size(); version++) {
                rows.add(get(store().asOf(session, version)));
            }
        }
        return rows;
    }

    @Test
    @DisplayName("R20: after a restart each snapshot is found by its id, and its id is still taken")
    void snapshots() {
        history();
        Snapshot kept = get(store().getSnapshot("snapshot of s"));
        assertNull(maybe(store().getSnapshot("snapshot of purged")));
        restart();
        assertEquals(kept, get(store().getSnapshot("snapshot of s")));
        assertNull(maybe(store().getSnapshot("snapshot of purged")));
        SnapshotDraft same = SnapshotDraft.of(Json.NULL).withId("snapshot of s");
        error(SnapshotIdTakenException.class, store().putSnapshot("many", same));
        get(store().putSnapshot("many", SnapshotDraft.of(Json.NULL).withId("snapshot of purged")));
    }

    @Test
    @DisplayName("R16: after a restart the feed has the same events at the same positions")
    void feedIsTheSame() {
        history();
        List<SessionEvent> before = feed();
        assertTrue(typesOf(before).contains("session_purged"));
        long position = get(store().position()).position();
        restart();
        assertEquals(before, feed());
        assertTrue(get(store().position()).position() >= position, "the position does not go back");
        assertEquals(
                before, all(store().tailAll(FeedPlace.start(), FeedFilter.all()).take(before.size())));
    }

    @Test
    @DisplayName("R2: after a restart versions continue, and no position is used again, not even that of a purge")
    void positionsRise() {
        history();
        Commit last = append("s", custom("note", 1));
        maybe(store().purge("many"));
        long purged = feed().get(feed().size() - 1).position();
        assertTrue(purged > last.position());
        restart();
        Commit next = append("s", custom("note", 2));
        assertEquals(last.version() + 1, next.version());
        assertTrue(next.position() > purged, () -> next.position() + " after " + purged);
        SessionEvent newest = feed().get(feed().size() - 1);
        assertEquals(next.eventId(), newest.id());
        assertEquals(next.position(), newest.position());
    }

    @Test
    @DisplayName(
            "R8: after a restart the current turn is valid, an older one is fenced, and the next is the next epoch")
    void turns() {
        append("s", custom("note", 1));
        Turn old = get(store().takeTurn("s", "old"));
        Turn current = get(store().takeTurn("s", "current"));
        restart();
        List<EventDraft> note = List.of(custom("note", 2));
        FencedException fenced = error(
                FencedException.class,
                store().append("s", note, WriteOptions.none().withTurn(old)));
        assertEquals(current, fenced.current());
        get(store().append("s", note, WriteOptions.none().withTurn(current)));
        assertEquals(3, get(store().takeTurn("s", "next")).epoch());
    }

    @Test
    @DisplayName("R8: after a restart a closed session accepts no writes, and its tail completes")
    void closedSessions() {
        append("s", custom("note", 1));
        get(store().closeSession("s", Json.of("done")));
        restart();
        assertTrue(get(store().getSession("s")).closed());
        error(SessionClosedException.class, store().append("s", List.of(custom("note", 2))));
        assertEquals(List.of("note", "session_close"), typesOf(all(store().tail("s", From.start()))));
    }

    @Test
    @DisplayName("R5: after a restart a repeat is recognized by its event ids, and a conflict too")
    void repeats() {
        EventDraft x1 = custom("note", 1).withId("x1");
        EventDraft x2 = custom("note", 2).withId("x2");
        Commit first = append("s", x1, x2);
        append("s", custom("note", 3));
        List<SessionEvent> before = feed();
        restart();
        Commit again = append("s", x1, x2);
        assertTrue(again.repeated());
        assertEquals(first.version(), again.version());
        assertEquals(first.position(), again.position());
        error(
                IdempotencyConflictException.class,
                store().append("s", List.of(custom("other", 1).withId("x2"))));
        assertEquals(before, feed());
    }

    @ParameterizedTest(name = "R6: {0} repeated under its idempotency key after a restart is not written again")
    @EnumSource(value = Write.class, mode = EnumSource.Mode.EXCLUDE, names = "PURGE")
    void keys(Write write) {
        Write.ground(store(), "s");
        Optional<Object> first = answer(write.call(store(), "s", KEY));
        List<SessionEvent> before = feed();
        restart();
        Optional<Object> again = answer(write.call(store(), "s", KEY));
        assertEquals(before, feed());
        if (first.get() instanceof Commit commit) {
            assertEquals(commit.eventId(), ((Commit) again.get()).eventId());
            assertTrue(((Commit) again.get()).repeated());
        } else {
            assertEquals(first, again);
        }
    }

    @Test
    @DisplayName("R6: a purge repeated under its idempotency key after a restart does not remove later writes")
    void purgeRepeated() {
        Write.ground(store(), "s");
        maybe(store().purge("s", KEY));
        append("s", custom("anew", 1));
        restart();
        maybe(store().purge("s", KEY));
        assertEquals(List.of("anew"), types("s"));
        assertEquals(List.of("session_purged", "anew"), typesOf(feed()));
    }

    @Test
    @DisplayName("R14: after a restart a place resumes where it was, and one of a purged log is rejected")
    void places() {
        append("s", custom("a", 1));
        LogPlace inLog = get(store().head("s"));
        FeedPlace inFeed = get(store().position());
        append("s", custom("b", 2));
        append("t", custom("c", 3));
        LogPlace gone = get(store().head("t"));
        maybe(store().purge("t"));
        append("t", custom("d", 4));
        restart();
        LogPlace parsed = LogPlace.parse(inLog.toString());
        assertEquals(List.of("b"), typesOf(all(store().replay("s", Range.after(parsed)))));
        assertEquals(
                List.of("b"), typesOf(all(store().tail("s", From.after(parsed)).take(1))));
        assertEquals(
                List.of("b", "session_purged", "d"),
                typesOf(all(store().replayAll(FeedPlace.parse(inFeed.toString()), FeedFilter.all()))));
        error(LogChangedException.class, store().replay("t", Range.after(gone)));
        Commit next = get(store().append("s", List.of(custom("e", 5)), WriteOptions.expecting(get(store().head("s")))));
        assertEquals(3, next.version());
    }

    @Test
    @DisplayName("R2: after a restart a fork has its inherited events, even if its parent is purged")
    void forks() {
        Write.ground(store(), "parent");
        get(store().fork("parent", ForkRequest.whole().withId("fork")));
        get(store().fork("fork", ForkRequest.whole().withId("fork of the fork")));
        List<SessionEvent> fork = log("fork");
        List<SessionEvent> second = log("fork of the fork");
        restart();
        assertEquals(fork, log("fork"));
        assertEquals(second, log("fork of the fork"));
        assertEquals("parent", get(store().getSession("fork")).parentId());
        maybe(store().purge("parent"));
        restart();
        assertEquals(fork, log("fork"));
        assertEquals(second, log("fork of the fork"));
    }

    @Test
    @DisplayName("R17: after a restart redo brings back what was undone before it")
    void redo() {
        user("s", "m1", "one");
        assistant("s", "m2", "two");
        user("s", "m3", "three");
        SessionState before = get(store().state("s"));
        get(store().undo("s"));
        assertEquals(List.of("m1", "m2"), messageIds("s"));
        restart();
        assertTrue(get(store().redo("s")).changed());
        assertEquals(List.of("m1", "m2", "m3"), messageIds("s"));
        assertEquals(before.messages(), get(store().state("s")).messages());
        restart();
        assertFalse(get(store().redo("s")).changed());
    }

    @Test
    @DisplayName("R25: after a restart nothing of a purged session can be read, and its id is free")
    void purges() {
        Write.ground(store(), "s");
        Write.ground(store(), "t");
        maybe(store().purge("s"));
        restart();
        assertEquals(List.of("t"), sessions());
        assertEquals(List.of(), log("s"));
        assertNull(maybe(store().state("s")));
        assertNull(maybe(store().getSession("s")));
        assertNull(maybe(store().getMessage("s", "m1")));
        assertNull(maybe(store().resume("s", ResumeRequest.whole())));
        List<SessionEvent> feed = feed();
        assertEquals(1, feed.stream().filter(it -> it.sessionId().equals("s")).count());
        assertEquals("session_purged", feed.get(feed.size() - 1).type());
        assertEquals(1, append("s", custom("anew", 1)).version());
        restart();
        assertEquals(List.of("anew"), types("s"));
    }

    @Test
    @DisplayName("R17: after a restart lists have the same order, and a cursor continues where it was")
    void lists() {
        for (String session : List.of("a", "b", "c", "d")) {
            clock.advance(Duration.ofSeconds(1));
            get(store().putSession(session, SessionDraft.empty().withTitle("title " + session)));
        }
        List<Session> before = all(store().listSessions(SessionQuery.all()));
        assertEquals(
                List.of("d", "c", "b", "a"), before.stream().map(Session::id).toList());
        FeedPlace place = get(store().position());
        user("a", "m", "changed last");
        restart();
        List<Session> after = all(store().listSessions(SessionQuery.all()));
        assertEquals(
                List.of("a", "d", "c", "b"), after.stream().map(Session::id).toList());
        assertEquals(before.subList(0, 3), after.subList(1, 4));
        SessionQuery rest = SessionQuery.all().withCursor(ListCursor.after(before.get(1)));
        assertEquals(before.subList(2, 3), all(store().listSessions(rest)));
        assertEquals(
                List.of("a"),
                all(store().listSessions(SessionQuery.all().withChangedAfter(place))).stream()
                        .map(Session::id)
                        .toList());
        assertEquals(
                List.of("c"),
                all(store().listSessions(SessionQuery.all().withTitleContaining("title c"))).stream()
                        .map(Session::id)
                        .toList());
    }

    @ParameterizedTest(name = "R17, R19, R20: with restarts in between all tables are the fold of the log, seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void walk(long seed) {
        RandomWalk.seeded(seed).withSteps(80).over(options -> RestartingStore.betweenCalls(places.apply(options)));
    }

    @Test
    @DisplayName("R22: after a restart instants do not go back, though the clock does")
    void instants() {
        clock.advance(Duration.ofSeconds(10));
        Commit first = append("s", custom("note", 1));
        restart();
        clock.advance(Duration.ofSeconds(-5));
        Commit second = append("s", custom("note", 2));
        assertTrue(log("s").get(1).at().compareTo(log("s").get(0).at()) >= 0);
        assertNotEquals(first.eventId(), second.eventId());
    }
}
