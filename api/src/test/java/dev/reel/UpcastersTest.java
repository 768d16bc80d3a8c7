package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("R18: the fold reads upcast events, the log keeps them as recorded")
class UpcastersTest {

    private static final Upcasters RENAMED = Upcasters.none()
            .with("said", 1, data -> data.with("text", data.textOf("words")).without("words"))
            .with("said", 2, "user_message", data -> data.with("message", data.textOf("text")));

    private static SessionEvent event(Upcasters upcasters, EventDraft draft) {
        return SessionEvent.of("s", 1, 1, "e1", HandLog.START, 1, draft, upcasters);
    }

    @Test
    @DisplayName("an event is upcast step by step to the newest form, also to another type")
    void steps() {
        SessionEvent event = event(RENAMED, EventDraft.of("said", Json.object("words", "hello")));
        assertEquals("said", event.type());
        assertEquals(Json.object("words", "hello"), event.data());
        assertEquals(Json.of("hello"), ((Change.PutMessage) event.change()).message());
        SessionState state = SessionState.empty("s").apply(event);
        assertEquals("hello", Objects.requireNonNull(state.message("e1")).text());
    }

    @Test
    @DisplayName("an event of a later version is upcast from there; one without an upcaster is unchanged")
    void later() {
        Change second = event(
                        RENAMED, EventDraft.of("said", Json.object("text", "x")).withSchemaVersion(2))
                .change();
        assertEquals(Json.of("x"), ((Change.PutMessage) second).message());
        Change third = event(
                        RENAMED, EventDraft.of("said", Json.object("text", "x")).withSchemaVersion(3))
                .change();
        assertEquals(new Change.Custom("said", Json.object("text", "x")), third);
    }

    @Test
    @DisplayName("if an upcaster fails, returns no object, or never ends, the event changes no row")
    void unreadable() {
        for (Upcasters upcasters : new Upcasters[] {
            Upcasters.none().with("user_message", 1, data -> {
                throw new IllegalStateException("a bug");
            }),
            Upcasters.none().with("user_message", 1, data -> Json.of("text")),
            Upcasters.none().with("user_message", 1, "a", data -> data).with("a", 1, "user_message", data -> data)
        }) {
            SessionEvent event = event(upcasters, EventDraft.of(Change.putMessage(Role.USER, "m", Json.NULL)));
            assertEquals(Change.UNREADABLE, event.change().type());
            assertNull(SessionState.empty("s").apply(event).session());
        }
    }

    @Test
    @DisplayName("events are equal if everything recorded except the position is equal")
    void equality() {
        EventDraft draft = EventDraft.of("said", Json.object("words", "hello"));
        SessionEvent event = event(RENAMED, draft);
        assertEquals(event, event(Upcasters.none(), draft));
        assertEquals(event, SessionEvent.of("s", 1, 99, "e1", HandLog.START, 1, draft, RENAMED));
        assertEquals(event.hashCode(), event(Upcasters.none(), draft).hashCode());
        assertNotEquals(event, event.under("t"));
        assertEquals(event, event.under("t").under("s"));
        assertNotEquals(event, event(RENAMED, draft.withMeta(Json.object("k", 1))));
        assertNotEquals(event, event(RENAMED, draft.withId("e1").withSchemaVersion(2)));
    }
}
