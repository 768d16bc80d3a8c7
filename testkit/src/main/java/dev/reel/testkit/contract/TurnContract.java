package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.Change;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.FeedPlace;
import dev.reel.FencedException;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.Role;
import dev.reel.Session;
import dev.reel.SessionClosedException;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.Turn;
import dev.reel.WriteOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** R8: turns that fence off earlier holders, and closed sessions. */
abstract class TurnContract extends ContractGroup {

    TurnContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private Turn takeTurn(String session, String holder) {
        return get(store().takeTurn(session, holder));
    }

    private static WriteOptions in(Turn turn) {
        return WriteOptions.none().withTurn(turn);
    }

    @Test
    @DisplayName("R8: each turn is the next epoch, named by epoch and event id")
    void turnsCountEpochs() {
        append("s", custom("note", 1));
        Turn first = takeTurn("s", "one");
        Turn second = takeTurn("s", "two");
        Turn again = takeTurn("s", "two");
        List<String> ids = idsOf(log("s"));
        assertEquals(new Turn("s", "one", 1, ids.get(1)), first);
        assertEquals(new Turn("s", "two", 2, ids.get(2)), second);
        assertEquals(new Turn("s", "two", 3, ids.get(3)), again);
        assertEquals(List.of("note", "session_turn", "session_turn", "session_turn"), types("s"));
        assertEquals(Json.object("holder", "two", "epoch", 2), log("s").get(2).data());
        SessionState state = get(store().state("s"));
        assertEquals(again, state.turn());
        assertEquals(3, state.epoch());
        assertEquals(1, takeTurn("other", "one").epoch());
    }

    @Test
    @DisplayName("R8: taking a turn of a session without events creates it")
    void aTurnMakesASession() {
        Turn turn = takeTurn("s", "worker");
        assertEquals(1, turn.epoch());
        assertEquals(List.of("session_turn"), types("s"));
        assertEquals("s", get(store().getSession("s")).id());
        assertEquals(
                1,
                get(store().append("s", List.of(custom("note", 1)), in(turn))).version() - 1);
    }

    @Test
    @DisplayName(
            "R8: of many callers that take a turn concurrently, each gets its own epoch, and the last one is valid")
    void turnsAreTakenOneByOne() {
        List<Turn> turns = atOnce(IntStream.range(0, 16)
                .mapToObj(i -> store().takeTurn("s", "worker " + i))
                .toList());
        assertEquals(
                IntStream.rangeClosed(1, 16).mapToObj(Long::valueOf).toList(),
                turns.stream().map(Turn::epoch).sorted().toList());
        Turn last = turns.stream().filter(turn -> turn.epoch() == 16).findAny().orElseThrow();
        for (Turn turn : turns) {
            if (turn.epoch() < 16) {
                error(FencedException.class, store().append("s", List.of(custom("late", 1)), in(turn)));
            }
        }
        assertEquals(
                17,
                get(store().append("s", List.of(custom("mine", 1)), in(last))).version());
    }

    @ParameterizedTest(name = "R8: {0} with a turn other than the current one is fenced")
    @EnumSource(Write.class)
    void otherTurnsAreFenced(Write write) {
        Write.ground(store(), "s");
        WriteOptions never = WriteOptions.none().withTurn(1, "never");
        assertNull(error(FencedException.class, write.call(store(), "s", never)).current());
        Turn old = takeTurn("s", "old");
        Turn current = takeTurn("s", "current");
        List<SessionEvent> before = feed();
        FencedException fenced = error(FencedException.class, write.call(store(), "s", in(old)));
        assertEquals("s", fenced.sessionId());
        assertEquals(1, fenced.epoch());
        assertEquals(current, fenced.current());
        WriteOptions otherLog = WriteOptions.none().withTurn(current.epoch(), old.eventId());
        assertEquals(
                current,
                error(FencedException.class, write.call(store(), "s", otherLog)).current());
        WriteOptions ahead = WriteOptions.none().withTurn(3, current.eventId());
        assertEquals(
                3, error(FencedException.class, write.call(store(), "s", ahead)).epoch());
        assertEquals(before, feed());
        answer(write.call(store(), "s", in(current)));
        assertEquals(write.types(), typesOf(since(before)));
    }

    @ParameterizedTest(name = "R8: {0} without a turn is not fenced")
    @EnumSource(Write.class)
    void sideNotesPass(Write write) {
        Write.ground(store(), "s");
        Turn turn = takeTurn("s", "worker");
        List<SessionEvent> before = feed();
        answer(write.call(store(), "s", WriteOptions.none()));
        assertEquals(write.types(), typesOf(since(before)));
        if (write != Write.TAKE_TURN && write != Write.PURGE && write != Write.DELETE_SESSION) {
            assertEquals(turn, get(store().state("s")).turn());
        }
    }

    @Test
    @DisplayName("R8: a turn of a purged session is not valid in its next log")
    void turnsEndWithTheirLog() {
        Turn old = takeTurn("s", "worker");
        maybe(store().purge("s"));
        Turn anew = takeTurn("s", "worker");
        assertEquals(1, anew.epoch());
        FencedException fenced = error(FencedException.class, store().append("s", List.of(custom("late", 1)), in(old)));
        assertEquals(anew, fenced.current());
        assertEquals(
                2,
                get(store().append("s", List.of(custom("note", 1)), in(anew))).version());
    }

    @ParameterizedTest(name = "R8: {0} with a turn taken before the session was deleted is fenced")
    @EnumSource(Write.class)
    void deletingEndsTheTurn(Write write) {
        Write.ground(store(), "s");
        Turn turn = takeTurn("s", "worker");
        get(store().deleteSession("s", in(turn)));
        assertEquals(Optional.empty(), answer(store().getSession("s")));
        assertNull(get(store().state("s")).turn());
        List<SessionEvent> before = feed();
        FencedException fenced = error(FencedException.class, write.call(store(), "s", in(turn)));
        assertNull(fenced.current());
        assertEquals(before, feed());
        assertEquals(Optional.empty(), answer(store().getSession("s")));
        append("s", custom("note", 1));
        assertEquals(2, takeTurn("s", "next").epoch(), "the epochs continue");
        error(FencedException.class, write.call(store(), "s", in(turn)));
    }

    @Test
    @DisplayName("R8: a batch that deletes the session and creates it again ends the turn too")
    void deletingInABatchEndsTheTurn() {
        user("s", "m1", "hi");
        Turn turn = takeTurn("s", "worker");
        get(store().append(
                        "s",
                        List.of(
                                EventDraft.of("session_delete", Json.EMPTY_OBJECT),
                                EventDraft.of(Change.putMessage(Role.USER, "m2", Json.EMPTY_OBJECT))),
                        in(turn)));
        assertEquals(List.of("m2"), messageIds("s"));
        assertNull(error(FencedException.class, store().append("s", List.of(custom("late", 1)), in(turn)))
                .current());
    }

    @Test
    @DisplayName("R8: a turn changes neither updatedAt nor the order of the list")
    void turnsDoNotTouchTheRow() {
        user("a", "m", "hi");
        user("b", "m", "hi");
        Session row = get(store().getSession("a"));
        long mark = get(store().position()).position();
        clock.advance(Duration.ofSeconds(1));
        takeTurn("a", "worker");
        takeTurn("a", "next");
        assertEquals(row, get(store().getSession("a")));
        assertEquals(row.position(), get(store().getSession("a")).position());
        assertEquals(List.of("b", "a"), listed(SessionQuery.all()));
        assertEquals(List.of(), listed(SessionQuery.all().withChangedAfter(FeedPlace.of(mark))));
        assertEquals(List.of(), listed(SessionQuery.all().withChangedAfter(START)));
    }

    @Test
    @DisplayName("R8: the turn that creates a session creates its row, and later turns do not change it")
    void theFirstTurnMakesTheRow() {
        takeTurn("s", "worker");
        Session row = get(store().getSession("s"));
        assertEquals(START, row.createdAt());
        assertEquals(START, row.updatedAt());
        assertEquals(log("s").get(0).position(), row.position());
        clock.advance(Duration.ofSeconds(1));
        takeTurn("s", "next");
        assertEquals(row, get(store().getSession("s")));
        assertEquals(List.of("s"), listed(SessionQuery.all()));
        get(store().deleteSession("s"));
        assertEquals(List.of(), listed(SessionQuery.all()));
        takeTurn("s", "third");
        assertEquals(clock.instant(), get(store().getSession("s")).createdAt());
        assertEquals(List.of("s"), listed(SessionQuery.all()));
    }

    private List<String> listed(SessionQuery query) {
        return all(store().listSessions(query)).stream().map(Session::id).toList();
    }

    @Test
    @DisplayName("R8: a fork starts without a turn, and its epochs go on from those of the inherited events")
    void forksCountOn() {
        Turn first = takeTurn("s", "one");
        Turn second = takeTurn("s", "two");
        get(store().fork("s", ForkRequest.whole().withId("whole"), in(second)));
        get(store().fork("s", ForkRequest.at(Anchor.version(1)).withId("early")));
        for (Turn ofParent : List.of(first, second)) {
            FencedException fenced =
                    error(FencedException.class, store().append("whole", List.of(custom("late", 1)), in(ofParent)));
            assertNull(fenced.current());
        }
        SessionState whole = get(store().state("whole"));
        assertNull(whole.turn());
        assertEquals(2, whole.epoch());
        assertEquals(3, takeTurn("whole", "three").epoch());
        assertEquals(2, takeTurn("early", "two").epoch());
        assertEquals(second, get(store().state("s")).turn());
    }

    @ParameterizedTest(name = "R8: {0} is rejected by a closed session")
    @EnumSource(
            value = Write.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"FORK", "PURGE", "CLOSE_SESSION"})
    void closedSessionsRefuse(Write write) {
        Write.ground(store(), "s");
        Write.ground(store(), "open");
        get(store().closeSession("s", Json.of("done")));
        List<SessionEvent> before = feed();
        SessionClosedException closed =
                error(SessionClosedException.class, write.call(store(), "s", WriteOptions.none()));
        assertEquals("s", closed.sessionId());
        assertFalse(closed.isRetryable());
        assertEquals(before, feed());
        answer(write.call(store(), "open", WriteOptions.none()));
        assertEquals(before.size() + write.types().size(), feed().size());
    }

    @Test
    @DisplayName("R8: closing records the reason, and the row shows that the session is closed")
    void closing() {
        Write.ground(store(), "s");
        assertFalse(get(store().getSession("s")).closed());
        Commit closed = get(store().closeSession("s", Json.object("why", List.of("done", 1))));
        SessionEvent last = log("s").get(7);
        assertEquals(new Commit("s", 8, 8, last.id(), last.position(), last.at(), false), closed);
        assertEquals("session_close", last.type());
        assertEquals(Json.parse("{\"reason\":{\"why\":[\"done\",1]}}"), last.data());
        Session row = get(store().getSession("s"));
        assertTrue(row.closed());
        assertEquals(last.at(), row.updatedAt());
        assertTrue(get(store().state("s")).closed());
        assertEquals(List.of("m1", "m2"), messageIds("s"));
        assertEquals(log("s"), all(store().tail("s", From.start())));
    }

    @Test
    @DisplayName("R8: closing a closed session, or one without events, writes nothing")
    void closingTwice() {
        append("s", custom("note", 1));
        assertEquals(2, get(store().closeSession("s", Json.NULL)).version());
        List<SessionEvent> before = feed();
        assertEquals(Optional.empty(), answer(store().closeSession("s", Json.of("again"))));
        assertEquals(Optional.empty(), answer(store().closeSession("never", Json.NULL)));
        assertEquals(before, feed());
        assertEquals(List.of("s"), all(store().sessionIds()));
    }

    @Test
    @DisplayName("R8: a purge is the only write that a closed session accepts, and its id can be used again")
    void closedSessionsCanBePurged() {
        Write.ground(store(), "s");
        get(store().closeSession("s", Json.NULL));
        maybe(store().purge("s"));
        assertEquals(List.of("session_purged"), typesOf(feed()));
        assertEquals(1, append("s", custom("note", 1)).version());
    }

    @Test
    @DisplayName("R8: a fork of a closed session is open")
    void forksOfClosedSessionsAreOpen() {
        Write.ground(store(), "s");
        Turn turn = takeTurn("s", "worker");
        Commit closed = get(store().closeSession("s", Json.NULL, in(turn)));
        WriteOptions ofParent = WriteOptions.expecting(ExpectedVersion.exactly(closed.place()));
        Fork fork = get(store().fork("s", ForkRequest.whole().withId("f"), ofParent.withTurn(turn)));
        assertEquals(9, fork.parentVersion());
        assertFalse(get(store().getSession("f")).closed());
        assertTrue(get(store().getSession("s")).closed());
        user("f", "m9", "goes on");
        assertEquals(List.of("m1", "m2", "m9"), messageIds("f"));
        assertEquals(
                List.of("session_close", "session_fork", "user_message"),
                types("f").subList(8, 11));
        assertEquals(2, takeTurn("f", "worker").epoch());
        get(store().closeSession("f", Json.NULL));
        error(SessionClosedException.class, store().append("f", custom("late", 1)));
    }

    @Test
    @DisplayName("R8: of a close and many concurrent appends, no acknowledged append is after the close")
    void closeRaces() {
        append("s", custom("first", 0));
        List<Commit> commits = atOnce(IntStream.range(0, 32)
                .mapToObj(i -> (i == 16 ? store().closeSession("s", Json.NULL) : store().append("s", custom("note", i)))
                        .onErrorComplete(SessionClosedException.class))
                .toList());
        List<SessionEvent> log = log("s");
        assertEquals("session_close", log.get(log.size() - 1).type());
        assertEquals(log.size() - 1, commits.size());
    }
}
