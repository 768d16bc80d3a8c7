package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.ListCursor;
import dev.reel.Session;
import dev.reel.SessionDraft;
import dev.reel.SessionPatch;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The list of sessions: order, pages, filters. */
@DisplayName("The list of sessions")
class SessionListContract extends ContractGroup {

    SessionListContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private void put(String... sessions) {
        for (String session : sessions) {
            get(store().putSession(session, SessionDraft.empty().withTitle("Title of " + session)));
        }
    }

    private List<String> list(SessionQuery query) {
        return all(store().listSessions(query)).stream().map(Session::id).toList();
    }

    private List<String> list() {
        return list(SessionQuery.all());
    }

    @Test
    @DisplayName("R18: the last changed session is first, even if all instants are equal")
    void order() {
        put("a", "b", "c");
        assertEquals(List.of("c", "b", "a"), list());
        user("b", "m", "text");
        assertEquals(List.of("b", "c", "a"), list());
        get(store().updateSession("a", SessionPatch.empty().withModel("M")));
        assertEquals(List.of("a", "b", "c"), list());
    }

    @Test
    @DisplayName("R18: the position of the last listed event decides, not the instant")
    void positionsCount() {
        put("a");
        clock.advance(Duration.ofHours(-1));
        put("b");
        append("a", custom("note", 1));
        assertEquals(List.of("b", "a"), list());
        user("a", "m", "text");
        assertEquals(List.of("a", "b"), list());
    }

    @Test
    @DisplayName("R17: a deleted session leaves the list, and returns at the front when it is created again")
    void deleted() {
        put("a", "b", "c");
        get(store().deleteSession("b"));
        assertEquals(List.of("c", "a"), list());
        user("b", "m", "text");
        assertEquals(List.of("b", "c", "a"), list());
    }

    @Test
    @DisplayName("R17: pages by cursor list each session once")
    void pages() {
        List<String> sessions =
                IntStream.range(0, 23).mapToObj(i -> "session " + i).toList();
        put(sessions.toArray(String[]::new));
        for (int size : new int[] {1, 2, 5, 22, 23, 24}) {
            List<String> met = new ArrayList<>();
            SessionQuery query = SessionQuery.all().withLimit(size);
            List<Session> page = all(store().listSessions(query));
            while (!page.isEmpty()) {
                assertTrue(page.size() <= size);
                page.forEach(row -> met.add(row.id()));
                page = all(store().listSessions(query.withCursor(ListCursor.after(page.get(page.size() - 1)))));
            }
            assertEquals(list(), met);
            assertEquals(new HashSet<>(sessions), new HashSet<>(met));
        }
    }

    @Test
    @DisplayName(
            "R17: a session that changes while the list is paged moves to the front; each other session is listed once")
    void pagesUnderChanges() {
        put("a", "b", "c", "d", "e", "f");
        List<Session> first = all(store().listSessions(SessionQuery.all().withLimit(2)));
        assertEquals(List.of("f", "e"), first.stream().map(Session::id).toList());
        user("c", "m", "moves to the front");
        get(store().deleteSession("b"));
        put("new");
        List<String> rest = list(SessionQuery.all().withCursor(ListCursor.after(first.get(1))));
        assertEquals(List.of("d", "a"), rest);
        assertEquals(List.of("new", "c", "f", "e", "d", "a"), list());
    }

    @Test
    @DisplayName(
            "R19: a list that is read slowly shows one state: a session that changes meanwhile is in it exactly once")
    void oneMoment() {
        put("a", "b", "c", "d");
        Probe<Session> slow = Probe.requesting(1, store().listSessions(SessionQuery.all()));
        assertEquals("d", slow.await(1).get(0).id());
        user("a", "m", "moves to the front");
        user("d", "m", "stays in front");
        put("new");
        slow.request(100).awaitComplete();
        assertEquals(
                List.of("d", "c", "b", "a"),
                slow.items().stream().map(Session::id).toList());
        assertEquals(List.of("new", "d", "a", "c", "b"), list());
    }

    @Test
    @DisplayName("R17: if the session of the cursor is gone, the next page begins after its place")
    void cursorOfADeletedSession() {
        put("a", "b", "c");
        ListCursor cursor = ListCursor.after(get(store().getSession("b")));
        get(store().deleteSession("b"));
        assertEquals(List.of("a"), list(SessionQuery.all().withCursor(cursor)));
    }

    @Test
    @DisplayName("R17: by parent, including forks")
    void byParent() {
        get(store().putSession("child", SessionDraft.empty().withParent("p")));
        put("p", "other");
        get(store().fork("p", ForkRequest.whole().withId("fork")));
        SessionQuery ofP = SessionQuery.all().withParent("p");
        assertEquals(List.of("fork", "child"), list(ofP));
        assertEquals(List.of("fork"), list(ofP.withLimit(1)));
        assertEquals(List.of(), list(SessionQuery.all().withParent("child")));
    }

    @Test
    @DisplayName("R17: by a part of the current title, ignoring case")
    void byTitle() {
        put("a", "b");
        get(store().putSession("untitled", SessionDraft.empty()));
        SessionQuery ofA = SessionQuery.all().withTitleContaining("tItLe oF A");
        assertEquals(List.of("a"), list(ofA));
        get(store().updateSession("a", SessionPatch.empty().withTitle("Another")));
        assertEquals(List.of(), list(ofA));
        assertEquals(List.of("a"), list(SessionQuery.all().withTitleContaining("nother")));
        assertEquals(List.of("a", "b"), list(SessionQuery.all().withTitleContaining("")));
    }

    @Test
    @DisplayName("R17: by current members of the metadata, compared as JSON values")
    void byMetadata() {
        get(store().putSession("a", SessionDraft.empty().withMetadata(Json.parse("{\"n\":1.0,\"tags\":[\"x\"]}"))));
        get(store().putSession("b", SessionDraft.empty().withMetadata(Json.parse("{\"n\":1,\"tags\":[]}"))));
        SessionQuery one = SessionQuery.all().withMetadata("n", Json.of(1));
        assertEquals(List.of("b", "a"), list(one));
        assertEquals(List.of("a"), list(one.withMetadata("tags", Json.parse("[ \"x\" ]"))));
        assertEquals(List.of(), list(one.withMetadata("absent", Json.NULL)));
        get(store().updateSession("b", SessionPatch.empty().withMetadata(null)));
        assertEquals(List.of("a"), list(one));
    }

    @Test
    @DisplayName("R17: by whether the session is closed now")
    void byClosed() {
        put("a", "b", "c");
        assertEquals(List.of(), list(SessionQuery.all().withClosed(true)));
        get(store().closeSession("b", Json.NULL));
        assertEquals(List.of("b"), list(SessionQuery.all().withClosed(true)));
        assertEquals(List.of("c", "a"), list(SessionQuery.all().withClosed(false)));
        assertEquals(List.of("c"), list(SessionQuery.all().withClosed(false).withLimit(1)));
        assertEquals(List.of(), list(SessionQuery.all().withClosed(true).withTitleContaining("of a")));
    }

    @Test
    @DisplayName("R16: by changes after a position that was read before")
    void changedAfterPosition() {
        put("a", "b", "c");
        long mark = get(store().position()).position();
        assertEquals(List.of(), list(SessionQuery.all().withChangedAfter(FeedPlace.of(mark))));
        append("c", custom("note", 1));
        user("a", "m", "text");
        put("d");
        assertEquals(List.of("d", "a"), list(SessionQuery.all().withChangedAfter(FeedPlace.of(mark))));
        assertEquals(List.of("d", "a", "c", "b"), list(SessionQuery.all().withChangedAfter(FeedPlace.start())));
        assertEquals(
                List.of("a"),
                list(SessionQuery.all()
                        .withChangedAfter(FeedPlace.of(mark))
                        .withCursor(ListCursor.after(get(store().getSession("d"))))));
    }

    @Test
    @DisplayName("R17: by changes after an instant, exclusive")
    void changedAfterInstant() {
        put("a");
        clock.advance(Duration.ofSeconds(10));
        put("b");
        assertEquals(List.of("b", "a"), list(SessionQuery.all().withChangedAfter(START.minusMillis(1))));
        assertEquals(List.of("b"), list(SessionQuery.all().withChangedAfter(START)));
        assertEquals(List.of(), list(SessionQuery.all().withChangedAfter(clock.instant())));
        FeedPlace place = get(store().position());
        put("c");
        assertEquals(
                List.of("c"),
                list(SessionQuery.all().withChangedAfter(START).withChangedAfter(place)),
                "both conditions hold");
        assertEquals(
                List.of(),
                list(SessionQuery.all().withChangedAfter(place).withChangedAfter(clock.instant())),
                "both conditions hold");
    }

    @Test
    @DisplayName("R17: a limit counts the matching sessions, not the inspected ones")
    void limitCountsWhatPasses() {
        for (int i = 0; i < 30; i++) {
            get(store().putSession("s" + i, SessionDraft.empty().withTitle(i % 10 == 0 ? "rare" : "common")));
        }
        SessionQuery rare = SessionQuery.all().withTitleContaining("rare").withLimit(2);
        List<Session> page = all(store().listSessions(rare));
        assertEquals(List.of("s20", "s10"), page.stream().map(Session::id).toList());
        assertEquals(List.of("s0"), list(rare.withCursor(ListCursor.after(page.get(1)))));
    }

    @Test
    @DisplayName("R2: sessionIds lists every session with a log, deleted ones too, by its first own event")
    void sessionIds() {
        append("custom only", custom("note", 1));
        put("b", "a");
        get(store().fork("b", ForkRequest.whole().withId("fork")));
        get(store().deleteSession("b"));
        user("a", "m", "text");
        assertEquals(List.of("custom only", "b", "a", "fork"), all(store().sessionIds()));
        assertEquals(Set.of("a", "fork"), new HashSet<>(list()));
    }
}
