package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Change;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.IdempotencyConflictException;
import dev.reel.Json;
import dev.reel.MalformedEventException;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.Role;
import dev.reel.SessionDraft;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.SnapshotDraft;
import dev.reel.StoreOptions;
import dev.reel.Upcasters;
import dev.reel.WriteOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** R17, R18: rows are folded from upcast events; the log keeps the events as they were recorded. */
abstract class UpcastContract extends ContractGroup {

    private static final Upcasters UPCASTERS = Upcasters.none()
            .with("order", 1, data -> data.with("currency", "EUR"))
            .with("order", 2, data -> data.with("total", 0))
            .with("said", 1, "user_message", data -> Json.object("id", data.textOf("name"), "message", data))
            .with("saved", 1, "checkpoint", data -> Json.object("id", data.textOf("name"), "state", data))
            .with("assistant_message", 1, data -> {
                throw new IllegalStateException("no way to read this");
            })
            .with("tool_result", 1, data -> Json.of("no object"))
            .with("circle", 1, "circle", data -> data);

    UpcastContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private SessionStore upcasting() {
        return open(options.withUpcasters(UPCASTERS));
    }

    private static EventDraft named(String type, String name) {
        return EventDraft.of(type, Json.object("name", name));
    }

    private static List<SessionEvent> log(SessionStore store, String session) {
        return all(store.replay(session, Range.all()));
    }

    @Test
    @DisplayName("R18: change() returns an event upcast through every version; the log keeps it as it was recorded")
    void changesAreUpcast() {
        SessionStore store = upcasting();
        get(store.append(
                "s",
                List.of(
                        named("order", "a"),
                        named("order", "b").withSchemaVersion(2),
                        named("order", "c").withSchemaVersion(3),
                        named("order", "d").withSchemaVersion(9))));
        Json a = Json.object("name", "a", "currency", "EUR", "total", 0);
        Json b = Json.object("name", "b", "total", 0);
        Json c = Json.object("name", "c");
        Json d = Json.object("name", "d");
        List<Change> expected = List.of(a, b, c, d).stream()
                .<Change>map(data -> new Change.Custom("order", data))
                .toList();
        assertEquals(expected, changes(store.replay("s", Range.all())));
        assertEquals(expected, changes(store.tail("s", From.start()).take(4)));
        assertEquals(expected, changes(store.replayAll(FeedPlace.start(), FeedFilter.all())));
        List<SessionEvent> events = log(store, "s");
        assertEquals("{\"name\":\"a\"}", events.get(0).data().toString());
        assertEquals(List.of(1, 2, 3, 9), events.stream().map(SessionEvent::v).toList());
        assertTrue(line(events.get(1)).contains("\"v\":2,"), line(events.get(1)));
        assertEquals(List.of(), all(store.replay("s", Range.all().withTypes("other"))));
    }

    private static List<Change> changes(Flux<SessionEvent> events) {
        return all(events.map(SessionEvent::change));
    }

    private static String line(SessionEvent event) {
        return StandardCharsets.UTF_8.decode(event.line()).toString();
    }

    @Test
    @DisplayName("R17: rows are folded from upcast events; types filters compare the recorded types")
    void rowsAreUpcast() {
        SessionStore store = upcasting();
        get(store.append("s", List.of(named("said", "m1"), named("saved", "c1"))));
        Message message = get(store.getMessage("s", "m1"));
        assertEquals(Role.USER, message.role());
        assertEquals(Json.object("name", "m1"), message.content());
        assertEquals("s", get(store.getSession("s")).id());
        assertEquals(1, all(store.listSnapshots("s")).size());
        assertEquals("s", get(store.getSnapshot("c1")).sessionId());
        assertEquals(List.of("said", "saved"), typesOf(log(store, "s")));
        assertEquals(1, all(store.replay("s", Range.all().withTypes("said"))).size());
        assertEquals(List.of(), all(store.replay("s", Range.all().withTypes("user_message"))));
        SessionState folded =
                log(store, "s").stream().reduce(SessionState.empty("s"), SessionState::apply, (one, other) -> other);
        assertEquals(folded, get(store.state("s")));

        get(store.fork("s", ForkRequest.whole().withId("f")));
        assertEquals(Json.object("name", "m1"), get(store.getMessage("f", "m1")).content());
        assertEquals(1, get(store.undo("s")).cut());
    }

    @Test
    @DisplayName("R17: a put whose event an upcaster does not read as a row is rejected, and damages nothing")
    void putsWithoutARow() {
        SessionStore store = open(options.withUpcasters(Upcasters.none()
                .with("user_message", 1, "chat", data -> data)
                .with("checkpoint", 1, "saved", data -> data)
                .with("session_start", 1, "begun", data -> data)));
        MalformedEventException refused =
                error(MalformedEventException.class, store.putMessage("s", MessageDraft.user("hi")));
        assertEquals("s", refused.sessionId());
        assertTrue(String.valueOf(refused.getMessage()).contains("upcaster"), refused.getMessage());
        error(MalformedEventException.class, store.putSession("s", SessionDraft.empty()));
        error(
                MalformedEventException.class,
                store.putSnapshot("s", SnapshotDraft.of(Json.EMPTY_OBJECT).withId("c")));
        assertEquals(List.of(), all(store.sessionIds()));
        get(store.putMessage("s", MessageDraft.assistant("hi").withId("m")));
        error(MalformedEventException.class, store.checkpoint("s", CheckpointRequest.atLastMessage()));
        assertEquals(List.of("assistant_message"), typesOf(log(store, "s")));
        get(store.append("s", EventDraft.of("user_message", Json.object("id", "u", "message", "hi"))));
        get(store.takeTurn("s", "worker"));
        assertEquals(3, get(store.state("s")).version());
        get(open(options).putSnapshot("t", SnapshotDraft.of(Json.EMPTY_OBJECT).withId("c")));
    }

    @Test
    @DisplayName("R5: content is compared as recorded, not upcast")
    void contentIsComparedAsRecorded() {
        SessionStore store = upcasting();
        EventDraft recorded = named("order", "a").withId("x1");
        Commit first = get(store.append("s", recorded));
        Commit again = get(store.append("s", recorded));
        assertTrue(again.repeated());
        assertEquals(first.place(), again.place());
        Json upcast = Json.object("name", "a", "currency", "EUR", "total", 0);
        for (EventDraft newer : List.of(
                EventDraft.of("order", upcast).withId("x1"),
                EventDraft.of("order", upcast).withId("x1").withSchemaVersion(3),
                recorded.withSchemaVersion(3))) {
            error(IdempotencyConflictException.class, store.append("s", newer));
        }
        assertEquals(1, log(store, "s").size());
    }

    @Test
    @DisplayName("R18: an event whose upcaster fails changes no row, and damages nothing")
    void failingUpcasters() {
        SessionStore store = upcasting();
        get(store.append(
                "s",
                List.of(
                        named("said", "m1"),
                        EventDraft.of("assistant_message", Json.object("id", "m2", "message", "lost")),
                        EventDraft.of("tool_result", Json.object("id", "m3", "message", "lost")),
                        named("circle", "round"),
                        named("said", "m4"))));
        assertEquals(
                List.of("m1", "m4"),
                all(store.listMessages("s")).stream().map(Message::id).toList());
        assertEquals(List.of("said", "assistant_message", "tool_result", "circle", "said"), typesOf(log(store, "s")));
        for (SessionEvent event : log(store, "s").subList(1, 4)) {
            assertEquals(Change.Kind.CUSTOM, event.change().kind(), event.type());
        }
        assertEquals(5, all(store.tail("s", From.start()).take(5)).size());
        assertEquals(5, get(store.state("s")).version());
        assertEquals(Optional.empty(), answer(store.getMessage("s", "m2")));
        get(store.putMessage("s", MessageDraft.user("continues").withId("m5")));
        assertEquals(6, get(store.state("s")).version());
    }

    @Test
    @DisplayName(
            "R18: a copy contains the events as they were recorded, and is read with the upcasters of its own store")
    void copiesAreOfWhatWasRecorded() {
        SessionStore store = upcasting();
        get(store.append("s", List.of(named("order", "a"), named("said", "m1"))));
        List<EventDraft> recorded =
                log(store, "s").stream().map(EventDraft::copyOf).toList();
        get(store().append("s", recorded, WriteOptions.recorded()));
        assertEquals(log(store, "s"), log("s"));
        assertEquals(List.of(), messageIds("s"));
        SessionStore other = upcasting();
        get(other.append("s", recorded, WriteOptions.recorded()));
        assertEquals(get(store.state("s")), get(other.state("s")));
        assertEquals("m1", get(other.getMessage("s", "m1")).id());
    }
}
