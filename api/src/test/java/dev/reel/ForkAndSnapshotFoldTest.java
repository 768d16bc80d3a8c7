package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R18: snapshot rows, and the effect of session_fork on a prefix")
class ForkAndSnapshotFoldTest {

    @Test
    @DisplayName(
            "checkpoint puts a row; its message need not exist; the id defaults to the event's id, the state to {}")
    void put() {
        HandLog log = new HandLog()
                .add("checkpoint", "id", "c", "message_id", "nowhere", "state", Json.of("any"))
                .add("checkpoint");
        assertEquals(
                List.of(
                        new Snapshot("c", "s", "nowhere", Json.of("any"), HandLog.instant(1)),
                        new Snapshot("e2", "s", null, Json.EMPTY_OBJECT, HandLog.instant(2))),
                log.state().snapshots());
        assertEquals(log.state().snapshots().get(0), log.state().snapshot("c"));
        assertNull(log.state().snapshot("unknown"));
    }

    @Test
    @DisplayName("putting an id again replaces the whole row but keeps its place and creation time")
    void putAgain() {
        HandLog log = new HandLog()
                .add("checkpoint", "id", "c1", "message_id", "m", "state", 1)
                .add("checkpoint", "id", "c2", "state", 2)
                .add("checkpoint", "id", "c1", "state", 3);
        assertEquals(List.of("c1", "c2"), log.snapshots());
        assertEquals(
                new Snapshot("c1", "s", null, Json.of(3), HandLog.instant(1)),
                log.state().snapshot("c1"));
    }

    @Test
    @DisplayName("snapshots_clear removes all snapshots; one that is put again is a new row")
    void clear() {
        HandLog log = new HandLog()
                .add("checkpoint", "id", "c1")
                .add("checkpoint", "id", "c2")
                .add("snapshots_clear")
                .add("checkpoint", "id", "c2");
        assertTrue(log.at(3).snapshots().isEmpty());
        assertEquals(List.of("c2"), log.snapshots());
        assertEquals(HandLog.instant(4), log.state().snapshot("c2").createdAt());
    }

    @Test
    @DisplayName("neither a cut nor a restore changes snapshots")
    void cutsKeepSnapshots() {
        HandLog log = new HandLog()
                .user("m")
                .add("checkpoint", "id", "c", "message_id", "m")
                .truncateAll();
        assertEquals(List.of("c"), log.snapshots());
        assertEquals(List.of("c"), log.add("messages_restore").snapshots());
    }

    @Test
    @DisplayName(
            "the fork's row has its parent, the prefix's title, model and metadata, its own creation time, and is open")
    void forkRow() {
        Json metadata = Json.object("k", 1);
        HandLog log = parent(metadata)
                .add("session_close")
                .add("session_fork", "parent_id", "p", "parent_version", 7, "title", "T (fork)");
        assertEquals(
                new Session("s", "p", 7L, "T (fork)", "M", HandLog.instant(8), HandLog.instant(8), metadata, false, 80),
                log.session());
        assertFalse(log.state().closed());
        assertEquals(List.of("m1", "m2"), log.messages());
        assertEquals(List.of(), log.snapshots());
        assertNull(log.state().turn());
        assertEquals(1, log.state().epoch());
    }

    @Test
    @DisplayName("a fork whose event has no title keeps the title of the prefix")
    void forkWithoutATitle() {
        HandLog log = new HandLog()
                .add("session_start", "title", "T")
                .add("session_fork", "parent_id", "p", "parent_version", 1);
        assertEquals("p", log.session().parentId());
        assertEquals("T", log.session().title());
    }

    @Test
    @DisplayName("a fork of a prefix without a row creates a row")
    void forkOfNoRow() {
        HandLog log =
                new HandLog().add("note").add("session_fork", "parent_id", "p", "parent_version", 1, "title", "T");
        assertEquals(
                new Session(
                        "s", "p", 1L, "T", null, HandLog.instant(2), HandLog.instant(2), Json.EMPTY_OBJECT, false, 20),
                log.session());
        HandLog first = new HandLog().add("session_fork", "parent_id", "p", "parent_version", 0, "title", "T");
        assertEquals(0L, first.session().parentVersion());
    }

    @Test
    @DisplayName("in a fork, only cuts after session_fork can be redone")
    void forkEndsRedo() {
        HandLog log = new HandLog()
                .user("m1")
                .user("m2")
                .user("m3")
                .truncate("m2")
                .add("session_fork", "parent_id", "p", "parent_version", 4, "title", "T")
                .truncate("m1")
                .add("messages_restore")
                .add("messages_restore");
        assertEquals(0, log.at(5).redoable());
        assertEquals(1, log.at(6).redoable());
        assertEquals(List.of("m1", "m2"), log.messages());
    }

    @Test
    @DisplayName("a fork continues the count of epochs and begins without a turn")
    void epochsGoOn() {
        HandLog log = new HandLog()
                .add("session_turn", "holder", "a", "epoch", 1)
                .add("session_fork", "parent_id", "p", "parent_version", 1, "title", "T")
                .add("session_turn", "holder", "b", "epoch", 1)
                .add("session_turn", "holder", "b", "epoch", 2);
        assertNull(log.at(3).turn());
        assertEquals(new Turn("s", "b", 2, "e4"), log.state().turn());
    }

    @Test
    @DisplayName("the snapshots that the event names are carried under new ids, in its order, created at its instant")
    void carried() {
        HandLog log = parent(Json.EMPTY_OBJECT)
                .add(
                        "session_fork",
                        "parent_id",
                        "p",
                        "parent_version",
                        6,
                        "title",
                        "T",
                        "snapshots",
                        Json.parse("{\"c2\":\"d2\",\"c1\":\"d1\",\"unknown\":\"x\",\"c3\":17}"));
        assertEquals(
                List.of(
                        new Snapshot("d2", "s", "m2", Json.of(2), HandLog.instant(7)),
                        new Snapshot("d1", "s", "m1", Json.of(1), HandLog.instant(7))),
                log.state().snapshots());
    }

    @Test
    @DisplayName("a fork of a fork: the last session_fork sets the parent")
    void forkOfFork() {
        HandLog log = new HandLog()
                .user("m1")
                .add("session_fork", "parent_id", "p", "parent_version", 1, "title", "T (fork)")
                .user("m2")
                .add("session_fork", "parent_id", "q", "parent_version", 3, "title", "T (fork) (fork)");
        assertEquals("q", log.session().parentId());
        assertEquals(3L, log.session().parentVersion());
        assertEquals(HandLog.instant(4), log.session().createdAt());
        assertEquals(List.of("m1", "m2"), log.messages());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"parent_id\":\"p\",\"parent_version\":5,\"title\":\"X\"}",
                "{\"parent_id\":\"p\",\"parent_version\":7,\"title\":\"X\"}",
                "{\"parent_id\":\"p\",\"parent_version\":\"6\",\"title\":\"X\"}",
                "{\"parent_id\":\"p\",\"title\":\"X\"}",
                "{\"parent_id\":17,\"parent_version\":6,\"title\":\"X\"}",
                "{\"parent_version\":6,\"title\":\"X\"}",
                "{}"
            })
    @DisplayName("an invalid session_fork touches the session row and changes nothing else")
    void senseless(String data) {
        HandLog log = parent(Json.EMPTY_OBJECT);
        Session before = log.session();
        log.add(EventDraft.of("session_fork", Json.parse(data)));
        assertEquals(
                new Session(
                        "s",
                        null,
                        null,
                        "T",
                        "M",
                        before.createdAt(),
                        HandLog.instant(7),
                        before.metadata(),
                        false,
                        70),
                log.session());
        assertEquals(log.at(6).messages(), log.state().messages());
        assertEquals(log.at(6).snapshots(), log.state().snapshots());
        assertEquals(log.at(6).turn(), log.state().turn());
    }

    /** Version 6, with a row, messages m1 and m2, snapshots c1 of m1 and c2 of m2, and a turn. */
    private static HandLog parent(Json metadata) {
        return new HandLog()
                .add("session_start", "title", "T", "model", "M", "metadata", metadata)
                .user("m1")
                .assistant("m2")
                .add("checkpoint", "id", "c1", "message_id", "m1", "state", 1)
                .add("checkpoint", "id", "c2", "message_id", "m2", "state", 2)
                .add("session_turn", "holder", "a", "epoch", 1);
    }
}
