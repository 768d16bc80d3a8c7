package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.reel.Change;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.Session;
import dev.reel.SessionDraft;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionPatch;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Session rows: put, patched, created by other events, deleted. */
@DisplayName("Session rows")
class SessionRowsContract extends ContractGroup {

    private static final Json RED = Json.object("team", "red");

    SessionRowsContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private Session row(String session) {
        return get(store().getSession(session));
    }

    @Test
    @DisplayName("R17: a session that is put can be read, and is one event in its log")
    void put() {
        Session answer = get(store().putSession(
                        "s",
                        SessionDraft.empty()
                                .withTitle("T")
                                .withModel("M")
                                .withMetadata(RED)
                                .withParent("p")));
        Session expected = new Session("s", "p", null, "T", "M", START, START, RED, false, 0);
        assertEquals(expected, answer);
        assertEquals(expected, row("s"));
        assertEquals(answer.position(), row("s").position());
        assertEquals(List.of("session_start"), types("s"));
        assertEquals(log("s").get(0).position(), answer.position());
    }

    @Test
    @DisplayName("R17: a session put without an id gets a generated one")
    void putWithoutId() {
        Session made = get(store().createSession(SessionDraft.empty().withTitle("T")));
        assertEquals("s1", made.id());
        assertEquals("T", row("s1").title());
    }

    @Test
    @DisplayName("R17: a session that is put again is replaced, except for parent and creation time")
    void replace() {
        get(store().putSession(
                        "s",
                        SessionDraft.empty()
                                .withTitle("T")
                                .withModel("M")
                                .withMetadata(RED)
                                .withParent("p")));
        clock.advance(Duration.ofMinutes(1));
        Instant later = clock.instant();
        Session again = get(store().putSession(
                        "s",
                        SessionDraft.empty().withTitle("U").withParent("q").withCreatedAt(START.minusSeconds(60))));
        assertEquals(new Session("s", "p", null, "U", null, START, later, Json.EMPTY_OBJECT, false, 0), again);
        assertEquals(again, row("s"));
        assertEquals(1, all(store().listSessions(SessionQuery.all())).size());
    }

    @Test
    @DisplayName("R18: a given creation time is used if the write creates the row, and is truncated to microseconds")
    void createdAt() {
        Instant made = Instant.parse("2020-01-01T00:00:00.123456789Z");
        get(store().putSession("s", SessionDraft.empty().withCreatedAt(made)));
        assertEquals(Instant.parse("2020-01-01T00:00:00.123456Z"), row("s").createdAt());
        assertEquals(START, row("s").updatedAt());
    }

    @Test
    @DisplayName("R17: an update changes the members that it names; null clears; metadata is replaced whole")
    void update() {
        get(store().putSession(
                        "s", SessionDraft.empty().withTitle("T").withModel("M").withMetadata(RED)));
        clock.advance(Duration.ofSeconds(1));
        Session updated = get(store().updateSession("s", SessionPatch.empty().withTitle(null)));
        assertEquals(new Session("s", null, null, null, "M", START, clock.instant(), RED, false, 0), updated);
        assertEquals(updated, row("s"));
        Json other = Json.object("other", 1);
        Session replaced = get(store().updateSession(
                        "s", SessionPatch.empty().withMetadata(other).withModel("N")));
        assertEquals(replaced, row("s"));
        assertEquals(other, row("s").metadata());
        assertEquals("N", row("s").model());
        get(store().updateSession("s", SessionPatch.empty().withMetadata(null)));
        assertEquals(Json.EMPTY_OBJECT, row("s").metadata());
        assertEquals("N", row("s").model());
        assertEquals(START, row("s").createdAt());
    }

    @Test
    @DisplayName("R17: an empty patch returns the row, and writes nothing")
    void emptyPatch() {
        Session put = get(store().putSession("s", SessionDraft.empty().withTitle("T")));
        assertEquals(put, get(store().updateSession("s", SessionPatch.empty())));
        assertEquals(List.of(1L), versions("s"));
    }

    @Test
    @DisplayName("R17: an update of a session without a row is a SessionNotFoundException, and writes nothing")
    void updateOfNothing() {
        SessionPatch patch = SessionPatch.empty().withTitle("T");
        append("custom", custom("note", 1));
        user("deleted", "m", "text");
        get(store().deleteSession("deleted"));
        var feed = feed();
        assertEquals(3, feed.size());
        for (String session : List.of("custom", "deleted", "never")) {
            for (SessionPatch any : List.of(patch, SessionPatch.empty())) {
                assertEquals(
                        session,
                        error(SessionNotFoundException.class, store().updateSession(session, any))
                                .sessionId());
            }
        }
        assertEquals(feed, feed());
    }

    @Test
    @DisplayName("R17: any listed event creates the row if there is none")
    void madeByOthers() {
        user("message", "m", "text");
        get(store().appendToMessage("delta", MessageDelta.of("m", 0, "text")));
        get(store().putSnapshot("snapshot", SnapshotDraft.of(Json.NULL).withId("c")));
        get(store().takeTurn("turn", "me"));
        append("resume", EventDraft.of(new Change.SessionResume(RED)));
        for (String session : List.of("message", "delta", "snapshot", "turn", "resume")) {
            assertEquals(
                    new Session(session, null, null, null, null, START, START, Json.EMPTY_OBJECT, false, 0),
                    row(session));
        }
    }

    @Test
    @DisplayName("R17: custom events neither create nor change the row, and a close is shown in it")
    void otherEvents() {
        append("s", custom("note", 1));
        assertEquals(List.of("note"), types("s"));
        assertNull(maybe(store().getSession("s")));
        user("s", "m", "text");
        Session made = row("s");
        clock.advance(Duration.ofSeconds(5));
        append("s", custom("note", 2));
        assertEquals(made, row("s"));
        assertEquals(made.position(), row("s").position());
        get(store().closeSession("s", Json.of("done")));
        assertEquals(
                new Session("s", null, null, null, null, START, clock.instant(), Json.EMPTY_OBJECT, true, 0), row("s"));
    }

    @Test
    @DisplayName("R17: each listed event sets updatedAt to its instant; createdAt never changes")
    void touched() {
        get(store().putSession("s", SessionDraft.empty()));
        List<Runnable> writes = List.of(
                () -> user("s", "m1", "one"),
                () -> get(store().appendToMessage("s", MessageDelta.of("m2", 0, "t"))),
                () -> get(store().appendToMessage("s", MessageDelta.of("m2", 7, "of no effect"))),
                () -> get(store().putSnapshot("s", SnapshotDraft.of(Json.NULL))),
                () -> get(store().undo("s")),
                () -> get(store().redo("s")));
        for (Runnable write : writes) {
            clock.advance(Duration.ofSeconds(1));
            write.run();
            assertEquals(clock.instant(), row("s").updatedAt());
            assertEquals(START, row("s").createdAt());
        }
        Instant given = START.minusSeconds(100);
        get(store().putMessage("s", MessageDraft.user("from before").withAt(given)));
        assertEquals(given, row("s").updatedAt());
    }

    @Test
    @DisplayName("R17: delete removes the row, its messages and its snapshots; the log stays")
    void deleteCascades() {
        get(store().putSession("s", SessionDraft.empty().withTitle("T")));
        user("s", "m1", "one");
        assistant("s", "m2", "two");
        get(store().putSnapshot("s", SnapshotDraft.of(RED).withId("c").withMessage("m1")));
        get(store().deleteMessagesAfter("s", "m1"));
        assertEquals(List.of("m1"), messageIds("s"));
        assertEquals(6, get(store().deleteSession("s")).version());
        assertNull(maybe(store().getSession("s")));
        assertNull(maybe(store().getMessage("s", "m1")));
        assertNull(maybe(store().getSnapshot("c")));
        assertEquals(List.of(), messageIds("s"));
        assertEquals(List.of(), all(store().listSnapshots("s")));
        assertEquals(List.of(), all(store().listSessions(SessionQuery.all())));
        assertEquals("session_delete", log("s").get(5).type());
        assertEquals(6, get(store().state("s")).version());
        assertEquals(0, get(store().redo("s")).restored());
        assertEquals(List.of("s"), all(store().sessionIds()));
    }

    @Test
    @DisplayName("R17: after a delete the session can be created again, with nothing of the old one")
    void afterDelete() {
        get(store().putSession(
                        "s", SessionDraft.empty().withTitle("T").withParent("p").withMetadata(RED)));
        user("s", "m", "old");
        get(store().deleteSession("s"));
        clock.advance(Duration.ofSeconds(1));
        Instant later = clock.instant();
        user("s", "m", "new");
        assertEquals(new Session("s", null, null, null, null, later, later, Json.EMPTY_OBJECT, false, 0), row("s"));
        assertEquals(4, get(store().getMessage("s", "m")).seq());
        get(store().deleteSession("s"));
        Session again = get(store().putSession("s", SessionDraft.empty().withParent("q")));
        assertEquals("q", again.parentId());
        assertEquals(List.of(), messageIds("s"));
    }

    @Test
    @DisplayName("R17: sessions share no data")
    void apart() {
        get(store().putSession("a", SessionDraft.empty().withTitle("A")));
        get(store().putSession("b", SessionDraft.empty().withTitle("B")));
        user("a", "m", "of a");
        user("b", "m", "of b");
        get(store().putSnapshot("a", SnapshotDraft.of(RED).withId("ca")));
        get(store().putSnapshot("b", SnapshotDraft.of(RED).withId("cb")));
        assertEquals("of a", get(store().getMessage("a", "m")).text());
        assertEquals("of b", get(store().getMessage("b", "m")).text());
        get(store().updateSession("a", SessionPatch.empty().withTitle("changed")));
        assertEquals("B", row("b").title());
        get(store().deleteSession("a"));
        assertNull(maybe(store().getSession("a")));
        assertEquals("B", row("b").title());
        assertEquals(List.of("m"), messageIds("b"));
        assertEquals("b", get(store().getSnapshot("cb")).sessionId());
        assertEquals(List.of(1L, 2L, 3L), versions("b"));
    }

    @Test
    @DisplayName("R19: reading something missing is empty, not an error")
    void nothing() {
        user("s", "m", "text");
        assertEquals("text", get(store().getMessage("s", "m")).text());
        for (String session : List.of("never", "s ", "S")) {
            assertNull(maybe(store().getSession(session)));
            assertNull(maybe(store().getMessage(session, "m")));
            assertNull(maybe(store().state(session)));
            assertEquals(List.of(), all(store().listMessages(session)));
            assertEquals(List.of(), all(store().listSnapshots(session)));
            assertEquals(List.of(), log(session));
        }
        assertNull(maybe(store().getMessage("s", "M")));
        assertNull(maybe(store().getSnapshot("m")));
        assertEquals(List.of("s"), all(store().sessionIds()));
    }
}
