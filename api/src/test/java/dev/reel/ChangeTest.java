package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R18: changes and the event data that encodes them")
class ChangeTest {

    private static final Json CONTENT = Json.parse("{\"role\":\"user\",\"parts\":[1.0,\"two\"]}");

    static Stream<Change> changes() {
        return Stream.of(
                new Change.SessionStart(SessionPatch.empty(), null, null),
                new Change.SessionStart(
                        SessionPatch.empty().withTitle("T").withModel(null).withMetadata(CONTENT),
                        "p",
                        HandLog.START.plusNanos(123_000)),
                SessionDraft.empty().toChange(),
                new Change.SessionUpdate(SessionPatch.empty()),
                new Change.SessionUpdate(SessionPatch.empty().withTitle(null).withModel("M")),
                new Change.SessionResume(CONTENT),
                new Change.SessionTurn("holder", 3),
                new Change.SessionClose(Json.NULL),
                new Change.SessionClose(CONTENT),
                new Change.SessionDelete(),
                Change.putMessage(Role.USER, "m", CONTENT),
                Change.putMessage(Role.ASSISTANT, "m", Json.NULL),
                Change.putMessage(Role.TOOL, "m", Json.of("text")),
                Change.putMessage(Role.SYSTEM, "m", Json.EMPTY_OBJECT),
                new Change.DeltaMessage("m", Role.TOOL, 7, "text"),
                new Change.DeltaMessage("m", null, 0, ""),
                new Change.DeltaMessage("m", null, -1, null),
                Change.truncateMessages("m"),
                Change.truncateMessages(null),
                new Change.TruncateMessages(null, false),
                new Change.RestoreMessages(),
                new Change.ClearMessages(),
                new Change.PutSnapshot("c", "m", CONTENT),
                new Change.PutSnapshot("c", null, Json.NULL),
                new Change.ClearSnapshots(),
                new Change.SessionFork("p", 7, "T", Map.of()),
                new Change.SessionFork("p", 0, null, Map.of("c1", "d1", "c2", "d2")),
                new Change.SessionFork(null, -1, null, Map.of()),
                new Change.SessionPurged(),
                new Change.Custom("note", CONTENT));
    }

    @ParameterizedTest
    @MethodSource("changes")
    @DisplayName("encoding a change and decoding it returns an equal change")
    void decodeOfEncode(Change change) {
        assertEquals(change, Change.decode(change.type(), change.toData(), "e"));
        assertEquals(
                change, Change.decode(change.type(), Json.parse(change.toData().toBytes()), "e"));
    }

    @Test
    @DisplayName("the samples cover all kinds")
    void allKinds() {
        Set<Change.Kind> kinds = changes().map(Change::kind).collect(Collectors.toSet());
        assertEquals(EnumSet.allOf(Change.Kind.class), kinds);
    }

    @Test
    @DisplayName("a missing id defaults to the event's id, for every event type")
    void idsByDefault() {
        for (Change change : List.of(
                Change.putMessage(Role.TOOL, null, CONTENT),
                new Change.DeltaMessage(null, Role.USER, 0, "t"),
                new Change.PutSnapshot(null, "m", CONTENT))) {
            assertNull(change.toData().get("id"));
            assertEquals(
                    "e",
                    Change.decode(change.type(), change.toData(), "e").toData().textOf("id"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"session_start", "message_delta", "session_fork", "checkpoint", "messages_truncate"})
    @DisplayName("decoding never fails, and an unusable number is never the next one")
    void forgiving(String type) {
        for (String data : List.of(
                "{}",
                "[]",
                "null",
                "7",
                "\"x\"",
                "{\"id\":{},\"n\":-3,\"parent_version\":1.5,"
                        + "\"after\":[],\"snapshots\":[1],\"metadata\":1,\"created_at\":\"32nd\"}")) {
            assertEquals(type, Change.decode(type, Json.parse(data), "e").type());
        }
        assertEquals(-1, ((Change.DeltaMessage) Change.decode("message_delta", Json.object("n", -3), "e")).n());
        assertEquals(-1, ((Change.SessionTurn) Change.decode("session_turn", Json.EMPTY_OBJECT, "e")).epoch());
        assertEquals(
                -1,
                ((Change.SessionFork) Change.decode("session_fork", Json.object("parent_version", 1.5), "e"))
                        .parentVersion());
    }

    @Test
    @DisplayName("each type maps to its kind, and all kinds are listed except custom, session_turn and session_purged")
    void kinds() {
        for (Change.Kind kind : Change.Kind.values()) {
            assertEquals(kind, Change.Kind.of(kind.type()));
            boolean listed = switch (kind) {
                case CUSTOM, SESSION_TURN, SESSION_PURGED -> false;
                default -> true;
            };
            assertEquals(listed, kind.isListed());
        }
        assertEquals(Change.Kind.CUSTOM, Change.Kind.of("note"));
        assertEquals(Change.Kind.CUSTOM, Change.Kind.of(Change.UNREADABLE));
        assertFalse(Ids.isEventType(Change.UNREADABLE));
        for (Role role : Role.values()) {
            assertEquals(role.eventType(), Change.putMessage(role, "m", CONTENT).type());
            assertEquals(role, Role.of(role.text()));
        }
        assertNull(Role.of("User"));
        assertNull(Role.of(null));
    }

    @Test
    @DisplayName("a fork's snapshot ids keep their order and are unmodifiable")
    void snapshotIds() {
        Map<String, String> ids = new LinkedHashMap<>();
        ids.put("z", "1");
        ids.put("a", "2");
        Change.SessionFork fork = new Change.SessionFork("p", 1, "T", ids);
        ids.clear();
        assertEquals(List.of("z", "a"), List.copyOf(fork.snapshots().keySet()));
        assertThrows(UnsupportedOperationException.class, () -> fork.snapshots().clear());
    }

    @Test
    @DisplayName("patches are equal if they set the same members")
    void patches() {
        SessionPatch named = SessionPatch.empty().withTitle(null);
        assertTrue(SessionPatch.empty().isEmpty());
        assertFalse(named.isEmpty());
        assertNotEquals(SessionPatch.empty(), named);
        assertEquals(named, SessionPatch.empty().withTitle("x").withTitle(null));
        assertEquals(named.hashCode(), SessionPatch.empty().withTitle(null).hashCode());
        assertEquals("{\"title\":null}", named.toString());
        assertEquals(Json.EMPTY_OBJECT, SessionPatch.empty().withMetadata(null).metadata());
        assertThrows(IllegalArgumentException.class, () -> SessionPatch.empty().withMetadata(Json.of("text")));
    }
}
