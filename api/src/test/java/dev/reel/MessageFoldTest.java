package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R18: message rows")
class MessageFoldTest {

    @ParameterizedTest
    @EnumSource(Role.class)
    @DisplayName("the event type sets the role, and the message member sets the content, unchanged")
    void put(Role role) {
        Json content = Json.parse("{\"role\":\"someone\", \"parts\":[1.50, null]}");
        HandLog log = new HandLog().message(role.eventType(), "m", content);
        assertEquals(new Message("m", "s", 1, role, content, HandLog.instant(1), false), log.message("m"));
        assertEquals(content.toString(), log.message("m").content().toString());
        assertEquals(log.message("m"), log.state().lastMessage(role));
        assertEquals(1, log.state().messageChangedAt("m"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"text\"", "17", "null", "[1]", "true"})
    @DisplayName("the content may be any JSON")
    void anyContent(String content) {
        HandLog log = new HandLog().message("user_message", "m", Json.parse(content));
        assertEquals(Json.parse(content), log.message("m").content());
    }

    @Test
    @DisplayName("without a message member the content is {}, without an id the id is the event's")
    void defaults() {
        HandLog log =
                new HandLog().add("user_message").add("user_message", "id", 17).add("tool_result", "id", null);
        assertEquals(List.of("e1", "e2", "e3"), log.messages());
        assertEquals(Json.EMPTY_OBJECT, log.message("e1").content());
    }

    @Test
    @DisplayName("putting an existing message again replaces content and role, and keeps seq, instant and place")
    void putAgain() {
        HandLog log = new HandLog().user("m1").user("m2").message("assistant_message", "m1", "new");
        assertEquals(List.of("m1", "m2"), log.messages());
        assertEquals(
                new Message("m1", "s", 1, Role.ASSISTANT, Json.of("new"), HandLog.instant(1), false),
                log.message("m1"));
        assertEquals(3, log.state().messageChangedAt("m1"));
        assertEquals(2, log.state().messageChangedAt("m2"));
        assertEquals(0, log.state().messageChangedAt("m3"));
    }

    @Test
    @DisplayName("putting a removed message again creates a new row at the end")
    void putAfterRemoval() {
        HandLog log = new HandLog()
                .user("m1")
                .user("m2")
                .user("m3")
                .truncate("m1")
                .user("m4")
                .user("m2");
        assertEquals(List.of("m1", "m4", "m2"), log.messages());
        assertEquals(6, log.message("m2").seq());
        assertEquals(HandLog.instant(6), log.message("m2").at());
        log.add("messages_clear").user("m1");
        assertEquals(8, log.message("m1").seq());
    }

    @Test
    @DisplayName("truncate keeps the messages up to and including its member after, and null removes all")
    void truncate() {
        HandLog log =
                new HandLog().user("m1").user("m2").user("m3").truncate("m2").truncateAll();
        assertEquals(2, log.at(4).messages().size());
        assertEquals(1, log.at(4).redoable());
        assertTrue(log.messages().isEmpty());
        assertEquals(2, log.state().redoable());
    }

    @Test
    @DisplayName("a truncate that removes nothing, or is unusable, changes nothing and cannot be redone")
    void truncateOfNothing() {
        HandLog log = new HandLog()
                .user("m1")
                .truncate("m1")
                .truncate("unknown")
                .add("messages_truncate", "after", 17)
                .add("messages_truncate")
                .add("messages_clear")
                .truncateAll();
        for (int version = 2; version <= 5; version++) {
            assertEquals(1, log.at(version).messages().size());
            assertEquals(0, log.at(version).redoable());
        }
        assertEquals(0, log.state().redoable());
    }

    @Test
    @DisplayName("restore brings back the messages of the last truncation first")
    void restore() {
        HandLog log = new HandLog()
                .user("m1")
                .user("m2")
                .user("m3")
                .truncate("m2")
                .truncate("m1")
                .add("messages_restore")
                .add("messages_restore")
                .add("messages_restore");
        assertEquals(2, log.at(6).messages().size());
        assertEquals(1, log.at(6).redoable());
        assertEquals(log.at(3).messages(), log.at(7).messages());
        assertEquals(log.at(7).messages(), log.state().messages());
        assertEquals(0, log.state().redoable());
    }

    @Test
    @DisplayName("after a new message, an edit, a clear or an effective delta, nothing can be redone")
    void endOfRedo() {
        for (String type : List.of("user_message", "assistant_message", "tool_result", "system_message")) {
            assertEquals(0, cut().message(type, "new", "x").state().redoable());
            assertEquals(0, cut().message(type, "m1", "edited").state().redoable());
        }
        assertEquals(0, cut().add("messages_clear").state().redoable());
        assertEquals(0, cut().delta("new", 0, "x").state().redoable());
    }

    @Test
    @DisplayName("no other event affects what can be redone")
    void redoGoesOn() {
        for (String type : List.of(
                "session_start",
                "session_update",
                "session_resume",
                "session_turn",
                "session_close",
                "checkpoint",
                "snapshots_clear",
                "session_fork",
                "message_delta",
                "messages_truncate",
                "note")) {
            assertEquals(1, cut().add(type).state().redoable(), type);
            assertEquals(
                    List.of("m1", "m2"), cut().add(type).add("messages_restore").messages(), type);
        }
        assertEquals(1, cut().delta("m1", 0, "whole already").state().redoable());
        assertEquals(1, cut().delta("new", 1, "not the first").state().redoable());
    }

    private static HandLog cut() {
        return new HandLog().user("m1").user("m2").truncate("m1");
    }

    @Test
    @DisplayName("clear removes all messages and everything that can be redone, but no snapshot")
    void clear() {
        HandLog log = cut().add("checkpoint", "id", "c").add("messages_clear").add("messages_restore");
        assertTrue(log.messages().isEmpty());
        assertEquals(List.of("c"), log.snapshots());
    }

    @Test
    @DisplayName("the parts of a streamed message are joined in the row that part 0 created")
    void streamed() {
        HandLog log = new HandLog()
                .add("message_delta", "id", "m", "role", "tool", "n", 0, "text", "a")
                .user("m2")
                .add("message_delta", "id", "m", "role", "user", "n", 1, "text", "b")
                .delta("m", 2, "")
                .delta("m", 3, "c");
        assertEquals(
                new Message("m", "s", 1, Role.TOOL, joined("tool", "abc"), HandLog.instant(1), true), log.message("m"));
        assertEquals(5, log.state().messageChangedAt("m"));
        assertEquals(List.of("m", "m2"), log.messages());
        assertEquals(joined("tool", "a"), log.at(1).message("m").content());
        assertEquals(joined("tool", "ab"), log.at(3).message("m").content());
    }

    @Test
    @DisplayName(
            "a part whose role is missing or unknown gets the role assistant; a part without an id gets the event's id")
    void deltaDefaults() {
        HandLog log = new HandLog()
                .add("message_delta", "n", 0, "text", "a")
                .add("message_delta", "id", "m", "role", "poet", "n", 0, "text", "a");
        assertEquals(Role.ASSISTANT, log.message("e1").role());
        assertEquals(Role.ASSISTANT, log.message("m").role());
        assertEquals(joined("assistant", "a"), log.message("m").content());
    }

    @Test
    @DisplayName("n is compared by its numeric value")
    void deltaNumbers() {
        HandLog log = new HandLog()
                .add("message_delta", "id", "m", "n", Json.parse("0.0"), "text", "a")
                .add("message_delta", "id", "m", "n", Json.parse("1e0"), "text", "b");
        assertEquals(joined("assistant", "ab"), log.message("m").content());
    }

    @Test
    @DisplayName("part 0 restarts a partial message at its place, with the role of the part")
    void deltaAgain() {
        HandLog log = new HandLog()
                .delta("m", 0, "a")
                .delta("m", 1, "b")
                .user("m2")
                .add("message_delta", "id", "m", "role", "user", "n", 0, "text", "x")
                .delta("m", 1, "y");
        assertEquals(
                new Message("m", "s", 1, Role.USER, joined("user", "xy"), HandLog.instant(1), true), log.message("m"));
        assertEquals(List.of("m", "m2"), log.messages());
    }

    @Test
    @DisplayName("a part out of order, for a complete message, or without a text string has no effect")
    void deltaWithoutEffect() {
        HandLog log = new HandLog().delta("m", 0, "a").user("whole");
        List<Message> before = log.state().messages();
        log.delta("m", 2, "c")
                .delta("m", -1, "c")
                .delta("unknown", 1, "c")
                .delta("whole", 0, "c")
                .delta("whole", 1, "c")
                .add("message_delta", "id", "m", "n", 1, "text", 17)
                .add("message_delta", "id", "m", "n", 1)
                .add("message_delta", "id", "m", "n", "1", "text", "c")
                .add("message_delta", "id", "m", "n", Json.parse("1.5"), "text", "c")
                .add("message_delta", "id", "m", "n", Json.parse("1e400"), "text", "c")
                .add("message_delta", "id", "m", "text", "c");
        assertEquals(before, log.state().messages());
        assertEquals(1, log.state().messageChangedAt("m"));
        assertEquals(HandLog.instant(13), log.session().updatedAt());
    }

    @Test
    @DisplayName("the full message replaces the parts and is no longer partial; a later part has no effect")
    void completed() {
        HandLog log = new HandLog().delta("m", 0, "a").delta("m", 1, "b").message("assistant_message", "m", "whole");
        assertEquals(
                new Message("m", "s", 1, Role.ASSISTANT, Json.of("whole"), HandLog.instant(1), false),
                log.message("m"));
        log.delta("m", 2, "c").delta("m", 0, "d");
        assertEquals(Json.of("whole"), log.message("m").content());
        assertFalse(log.message("m").partial());
    }

    @Test
    @DisplayName("a partial message that is cut and restored is unchanged and can be extended")
    void partialIsCutAndRestored() {
        HandLog log = new HandLog()
                .user("m1")
                .delta("m", 0, "a")
                .delta("m", 1, "b")
                .truncate("m1")
                .delta("m", 2, "lost")
                .add("messages_restore")
                .delta("m", 2, "c");
        assertEquals(
                List.of("m1"), log.at(5).messages().stream().map(Message::id).toList());
        assertEquals(joined("assistant", "abc"), log.message("m").content());
        assertEquals(2, log.message("m").seq());
    }

    @Test
    @DisplayName("parts with any characters are joined unchanged")
    void deltaTexts() {
        HandLog log = new HandLog().delta("m", 0, "\ud83d").delta("m", 1, "\ude00\n\u0000\"");
        assertEquals("\ud83d\ude00\n\u0000\"", log.message("m").text());
    }

    @Test
    @DisplayName("messages after a seq are found, and the lists are unmodifiable")
    void views() {
        HandLog log = new HandLog().user("m1").add("note").user("m3").user("m4");
        assertEquals(List.of("m3", "m4"), ids(log.state().messagesAfter(1)));
        assertEquals(List.of("m3", "m4"), ids(log.state().messagesAfter(2)));
        assertEquals(List.of(), ids(log.state().messagesAfter(4)));
        assertEquals(List.of("m1", "m3", "m4"), ids(log.state().messagesAfter(0)));
        List<Message> rows = log.state().messages();
        Message row = rows.get(0);
        assertThrows(UnsupportedOperationException.class, () -> rows.add(row));
        assertThrows(UnsupportedOperationException.class, () -> rows.remove(0));
        assertThrows(
                UnsupportedOperationException.class,
                () -> log.state().snapshots().clear());
        assertNull(log.state().lastMessage(Role.TOOL));
        assertEquals("m4", log.state().lastMessage(Role.USER).id());
    }

    @Test
    @DisplayName("states with the same rows differ if redo brings back different messages")
    void equalityOfCuts() {
        HandLog shorter = new HandLog()
                .user("m1")
                .user("m2")
                .user("m3")
                .user("m4")
                .truncate("m2")
                .truncate("m1");
        HandLog longer = new HandLog()
                .user("m1")
                .user("m2")
                .user("m3")
                .user("m4")
                .truncate("m3")
                .truncate("m1");
        assertEquals(shorter.messages(), longer.messages());
        assertEquals(shorter.state().redoable(), longer.state().redoable());
        assertNotEquals(shorter.state(), longer.state());
        HandLog same = new HandLog()
                .user("m1")
                .user("m2")
                .user("m3")
                .user("m4")
                .truncate("m2")
                .truncate("m1");
        assertEquals(shorter.state(), same.state());
    }

    private static List<String> ids(List<Message> rows) {
        return rows.stream().map(Message::id).toList();
    }

    private static Json joined(String role, String text) {
        return Json.object("role", role, "content", text);
    }
}
