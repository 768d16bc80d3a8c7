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

@DisplayName("R18: snapshot rows, and what session_fork makes of a prefix")
class ForkAndSnapshotFoldTest {

    @Test
    @DisplayName("checkpoint puts a row; its message need not exist; the id is by default the event's, the state {}")
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
    @DisplayName("the same id put again is replaced whole, and keeps its place and time of making")
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
    @DisplayName("snapshots_clear removes them; one put again begins anew")
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
    @DisplayName("neither a cut nor a restore touches them")
    void cutsKeepSnapshots() {
        HandLog log = new HandLog()
                .user("m")
                .add("checkpoint", "id", "c", "message_id", "m")
                .truncateAll();
        assertEquals(List.of("c"), log.snapshots());
        assertEquals(List.of("c"), log.add("messages_restore").snapshots());
    }

    @Test
    @DisplayName("the fork's row: parent, title, model and metadata of the prefix, its own time of making; open")
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
    @DisplayName("the fork of a prefix without a row makes one")
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
    @DisplayName("nothing can be redone in a fork but what is cut behind session_fork")
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
    @DisplayName("a fork goes on counting epochs, without a turn of its own at first")
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
    @DisplayName("carried snapshots: those that the event names, under new ids, in its order, made at its instant")
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
    @DisplayName("a fork of a fork: the last session_fork says whose it is")
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
    @DisplayName("a fork that makes no sense touches the row, and changes no row otherwise")
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
