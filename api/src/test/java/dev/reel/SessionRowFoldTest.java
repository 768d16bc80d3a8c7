package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R18: the session row")
class SessionRowFoldTest {

    private static final Json TAGGED = Json.object("tag", "a");

    @Test
    @DisplayName("before the first event there is nothing")
    void empty() {
        SessionState empty = SessionState.empty("s");
        assertEquals(0, empty.version());
        assertNull(empty.session());
        assertNull(empty.lastEventId());
        assertNull(empty.lastAt());
        assertNull(empty.turn());
        assertEquals(LogPlace.start(), empty.place());
        assertFalse(empty.closed());
        assertTrue(empty.messages().isEmpty());
        assertTrue(empty.snapshots().isEmpty());
    }

    @Test
    @DisplayName("session_start creates the row with the members that it sets")
    void start() {
        HandLog log =
                new HandLog().add("session_start", "title", "T", "model", "M", "parent_id", "p", "metadata", TAGGED);
        assertEquals(
                new Session("s", "p", null, "T", "M", HandLog.instant(1), HandLog.instant(1), TAGGED, false, 10),
                log.session());
        assertEquals(10, log.session().position());
        assertEquals(
                LogPlace.of(1, "e1", log.events().get(0).position()),
                log.state().place());
    }

    @Test
    @DisplayName("an empty session_start creates the row without members")
    void emptyStart() {
        HandLog log = new HandLog().add("session_start");
        assertEquals(
                new Session(
                        "s",
                        null,
                        null,
                        null,
                        null,
                        HandLog.instant(1),
                        HandLog.instant(1),
                        Json.EMPTY_OBJECT,
                        false,
                        10),
                log.session());
    }

    @Test
    @DisplayName("a later session_start changes the members that it sets, but neither the parent nor the creation time")
    void restart() {
        HandLog log = new HandLog()
                .add("session_start", "title", "T", "model", "M", "parent_id", "p", "metadata", TAGGED)
                .add("session_start", "title", "U", "parent_id", "q", "created_at", "2000-01-01T00:00:00Z");
        assertEquals(
                new Session("s", "p", null, "U", "M", HandLog.instant(1), HandLog.instant(2), TAGGED, false, 20),
                log.session());
    }

    @Test
    @DisplayName("created_at is used when the row is created: with any offset, cut to microseconds")
    void createdAt() {
        HandLog log = new HandLog().add("session_start", "created_at", "2026-01-01T01:00:00.123456789+01:00");
        assertEquals(Instant.parse("2026-01-01T00:00:00.123456Z"), log.session().createdAt());
        assertEquals(HandLog.instant(1), log.session().updatedAt());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"yesterday\"", "17", "null", "\"2026-01-01\"", "\"2026-01-01T00:00:00\"", "{}"})
    @DisplayName("an unusable created_at is ignored")
    void createdAtOfNoUse(String value) {
        HandLog log = new HandLog().add("session_start", "created_at", Json.parse(value));
        assertEquals(HandLog.instant(1), log.session().createdAt());
    }

    @Test
    @DisplayName("parent_id and created_at of a session_update are ignored, even if it creates the row")
    void updateMakesTheRow() {
        HandLog log = new HandLog()
                .add("session_update", "title", "T", "parent_id", "p", "created_at", "2000-01-01T00:00:00Z");
        assertEquals(
                new Session(
                        "s",
                        null,
                        null,
                        "T",
                        null,
                        HandLog.instant(1),
                        HandLog.instant(1),
                        Json.EMPTY_OBJECT,
                        false,
                        10),
                log.session());
    }

    @Test
    @DisplayName(
            "session_update changes the members that it sets; null clears a member; metadata is replaced as a whole")
    void update() {
        HandLog log = new HandLog()
                .add("session_start", "title", "T", "model", "M", "metadata", TAGGED)
                .add("session_update", "title", null)
                .add("session_update", "metadata", Json.object("other", 1))
                .add("session_update", "model", "N")
                .add("session_update");
        assertEquals("T", log.at(1).session().title());
        assertNull(log.at(2).session().title());
        assertEquals("M", log.at(2).session().model());
        assertEquals(TAGGED, log.at(2).session().metadata());
        assertEquals(Json.object("other", 1), log.at(3).session().metadata());
        assertEquals("N", log.at(4).session().model());
        assertEquals(HandLog.instant(5), log.session().updatedAt());
        assertEquals("N", log.session().model());
    }

    @Test
    @DisplayName("null metadata is {}, and malformed members are ignored")
    void wrongForms() {
        HandLog log = new HandLog()
                .add("session_start", "title", "T", "model", "M", "metadata", TAGGED)
                .add("session_update", "title", 17, "model", Json.parse("[]"), "metadata", "text")
                .add("session_update", "metadata", null);
        assertEquals("T", log.at(2).session().title());
        assertEquals("M", log.at(2).session().model());
        assertEquals(TAGGED, log.at(2).session().metadata());
        assertEquals(Json.EMPTY_OBJECT, log.session().metadata());
    }

    @Test
    @DisplayName("putSession sets every member, so it replaces the row")
    void putReplaces() {
        HandLog log = new HandLog()
                .add("session_start", "title", "T", "model", "M", "metadata", TAGGED)
                .add(SessionDraft.empty().withModel("N").toChange());
        assertNull(log.session().title());
        assertEquals("N", log.session().model());
        assertEquals(Json.EMPTY_OBJECT, log.session().metadata());
        assertEquals(HandLog.instant(1), log.session().createdAt());
    }

    @ParameterizedTest
    @EnumSource(
            value = Change.Kind.class,
            mode = Mode.EXCLUDE,
            names = {"SESSION_DELETE", "SESSION_TURN", "SESSION_PURGED", "CUSTOM"})
    @DisplayName("every listed event creates the row if there is none, and touches an existing row")
    void listedEventsTouch(Change.Kind kind) {
        HandLog made = new HandLog().add(kind.type());
        assertEquals(HandLog.instant(1), made.session().createdAt());
        HandLog touched = new HandLog().add("session_start", "title", "T").add(kind.type());
        assertEquals(HandLog.instant(1), touched.session().createdAt());
        assertEquals(HandLog.instant(2), touched.session().updatedAt());
        assertEquals(20, touched.session().position());
        assertEquals("T", touched.session().title());
    }

    @Test
    @DisplayName("R8: a turn creates the row if there is none, and does not change an existing row")
    void turnsOnlyMakeTheRow() {
        HandLog log = new HandLog()
                .add("session_turn", "holder", "a", "epoch", 1)
                .add("session_start", "title", "T")
                .add("session_turn", "holder", "b", "epoch", 2)
                .add("session_delete")
                .add("session_turn", "holder", "b", "epoch", 3);
        assertEquals(HandLog.instant(1), log.at(1).session().createdAt());
        assertEquals(10, log.at(1).session().position());
        assertEquals(log.at(2).session(), log.at(3).session());
        assertEquals(HandLog.instant(2), log.at(3).session().updatedAt());
        assertEquals(20, log.at(3).session().position());
        assertNull(log.at(4).session());
        assertEquals(HandLog.instant(5), log.session().createdAt());
        assertEquals(50, log.session().position());
    }

    @ParameterizedTest
    @ValueSource(strings = {"note", "session_purged", "Session_Start", "session_start ", "reel_thing"})
    @DisplayName("any other event neither creates nor touches the row")
    void otherEventsDoNot(String type) {
        HandLog log = new HandLog()
                .add(type, "title", "X")
                .add("session_start", "title", "T")
                .add(type, "title", "X");
        assertNull(log.at(1).session());
        assertEquals(1, log.at(1).version());
        assertEquals(log.at(2).session(), log.session());
        assertEquals(20, log.session().position());
        assertEquals(3, log.state().version());
        assertEquals("e3", log.state().lastEventId());
        assertEquals(HandLog.instant(3), log.state().lastAt());
    }

    @Test
    @DisplayName("session_delete removes session, messages and snapshots, and nothing can be redone")
    void delete() {
        HandLog log = new HandLog()
                .add("session_start", "title", "T")
                .user("m1")
                .user("m2")
                .add("checkpoint", "id", "c1", "message_id", "m1")
                .truncate("m1")
                .add("session_delete")
                .add("messages_restore");
        assertEquals(1, log.at(5).redoable());
        assertNull(log.at(6).session());
        assertTrue(log.at(6).messages().isEmpty());
        assertTrue(log.at(6).snapshots().isEmpty());
        assertEquals(0, log.at(6).redoable());
        assertTrue(log.messages().isEmpty());
    }

    @Test
    @DisplayName("a message after a delete creates a new row, without any data of the old one")
    void messageAfterDelete() {
        HandLog log = new HandLog()
                .add("session_start", "title", "T", "parent_id", "p", "metadata", TAGGED)
                .user("m1")
                .add("session_delete")
                .user("m1");
        assertEquals(
                new Session(
                        "s",
                        null,
                        null,
                        null,
                        null,
                        HandLog.instant(4),
                        HandLog.instant(4),
                        Json.EMPTY_OBJECT,
                        false,
                        40),
                log.session());
        assertEquals(4, log.message("m1").seq());
    }

    @Test
    @DisplayName("after a delete, a session_start sets a new parent and creation time")
    void startAfterDelete() {
        HandLog log = new HandLog()
                .add("session_start", "parent_id", "p")
                .add("session_delete")
                .add("session_start", "parent_id", "q", "created_at", "2000-01-01T00:00:00Z");
        assertEquals("q", log.session().parentId());
        assertEquals(Instant.parse("2000-01-01T00:00:00Z"), log.session().createdAt());
    }

    @Test
    @DisplayName("a session is closed until any event follows, listed or not")
    void close() {
        HandLog log = new HandLog()
                .user("m1")
                .add("session_close", "reason", "done")
                .add("note")
                .add("session_close")
                .add("session_resume")
                .add("session_close")
                .add("session_delete");
        assertTrue(log.at(2).closed());
        assertTrue(log.at(2).session().closed());
        assertFalse(log.at(3).closed());
        assertFalse(log.at(3).session().closed());
        assertEquals(HandLog.instant(2), log.at(3).session().updatedAt());
        assertEquals(20, log.at(3).session().position());
        assertTrue(log.at(4).closed());
        assertFalse(log.at(5).closed());
        assertFalse(log.state().closed());
    }

    @Test
    @DisplayName("a turn is effective only if its epoch is the next one")
    void turns() {
        HandLog log = new HandLog()
                .add("session_turn", "holder", "a", "epoch", 2)
                .add("session_turn", "holder", "a", "epoch", 1)
                .add("session_turn", "holder", "b", "epoch", 1)
                .add("session_turn", "holder", "b", "epoch", 3)
                .add("session_turn", "holder", "b", "epoch", "2")
                .add("session_turn", "holder", "b", "epoch", 2);
        assertNull(log.at(1).turn());
        Turn first = new Turn("s", "a", 1, "e2");
        for (int version = 2; version <= 5; version++) {
            assertEquals(first, log.at(version).turn());
            assertEquals(1, log.at(version).epoch());
        }
        assertEquals(new Turn("s", "b", 2, "e6"), log.state().turn());
        assertNotNull(log.at(1).session());
    }

    @Test
    @DisplayName("R8: a delete ends the turn, and the count of epochs continues")
    void deleteEndsTheTurn() {
        HandLog log =
                new HandLog().add("session_turn", "holder", "a", "epoch", 1).add("session_delete");
        assertNull(log.state().turn());
        assertEquals(1, log.state().epoch());
        log.add("session_turn", "holder", "b", "epoch", 2);
        assertEquals(new Turn("s", "b", 2, "e3"), log.state().turn());
        assertEquals(2, log.state().epoch());
    }
}
