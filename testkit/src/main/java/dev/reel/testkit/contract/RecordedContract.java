package dev.reel.testkit.contract;

import static dev.reel.ExpectedVersion.emptyLog;
import static dev.reel.ExpectedVersion.exactly;
import static dev.reel.ExpectedVersion.nonEmptyLog;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.reel.Anchor;
import dev.reel.CheckpointRequest;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.MalformedEventException;
import dev.reel.MessageDelta;
import dev.reel.Range;
import dev.reel.SessionClosedException;
import dev.reel.SessionEvent;
import dev.reel.SessionNotFoundException;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.SnapshotDraft;
import dev.reel.SnapshotIdTakenException;
import dev.reel.StoreOptions;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** R9: which events an append accepts, and which it accepts as recorded events. */
abstract class RecordedContract extends ContractGroup {

    private static final WriteOptions INTO_EMPTY = WriteOptions.recorded().withExpected(emptyLog());

    RecordedContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    private static EventDraft event(String type, String data) {
        return EventDraft.of(type, Json.parse(data));
    }

    /** Appends a recorded event after the events that the store has of that session. */
    private static void copy(SessionEvent event, SessionStore to) {
        List<SessionEvent> last = all(to.replay(event.sessionId(), Range.last(1)));
        ExpectedVersion end = last.isEmpty()
                ? emptyLog()
                : exactly(last.get(0).version(), last.get(0).id());
        get(to.append(
                event.sessionId(),
                List.of(EventDraft.copyOf(event)),
                WriteOptions.recorded().withExpected(end)));
    }

    @ParameterizedTest(name = "R9: {0} is written only by its own method")
    @ValueSource(strings = {"session_fork", "session_purged", "session_turn", "session_close"})
    void storesOwnTypes(String type) {
        append("s", custom("note", 1));
        List<SessionEvent> before = feed();
        Json data = Json.object(
                "parent_id", "p", "parent_version", 1, "title", "t", "holder", "h", "epoch", 1, "reason", null);
        error(MalformedEventException.class, store().append("s", EventDraft.of(type, data)));
        MalformedEventException refused = error(
                MalformedEventException.class,
                store().append("s", List.of(custom("good", 1), EventDraft.of(type, Json.EMPTY_OBJECT))));
        assertEquals("s", refused.sessionId());
        assertEquals(before, feed());
        assertEquals(2, append("s", custom("good", 1)).version());
    }

    static Stream<Arguments> malformed() {
        String long201 = "x".repeat(201);
        return Stream.of(
                arguments("message_delta", "{\"id\":\"m\",\"text\":\"x\"}"),
                arguments("message_delta", "{\"id\":\"m\",\"n\":-1,\"text\":\"x\"}"),
                arguments("message_delta", "{\"id\":\"m\",\"n\":\"0\",\"text\":\"x\"}"),
                arguments("message_delta", "{\"id\":\"m\",\"n\":0.5,\"text\":\"x\"}"),
                arguments("message_delta", "{\"id\":\"m\",\"n\":0}"),
                arguments("message_delta", "{\"id\":\"m\",\"n\":0,\"text\":7}"),
                arguments("message_delta", "{\"id\":\"m\",\"n\":0,\"text\":\"x\",\"role\":\"king\"}"),
                arguments("message_delta", "{\"id\":\"\",\"n\":0,\"text\":\"x\"}"),
                arguments("user_message", "{\"id\":\"\",\"message\":{}}"),
                arguments("assistant_message", "{\"id\":7,\"message\":{}}"),
                arguments("tool_result", "{\"id\":\"a\\u0000b\",\"message\":{}}"),
                arguments("system_message", "{\"id\":\"" + long201 + "\",\"message\":{}}"),
                arguments("user_message", "{\"id\":\"m1\",\"mesage\":\"a typo\"}"),
                arguments("assistant_message", "{}"),
                arguments("tool_result", "{\"id\":\"m1\"}"),
                arguments("system_message", "{\"content\":\"not in a message\"}"),
                arguments("messages_truncate", "{\"after\":7}"),
                arguments("checkpoint", "{\"id\":\"c\",\"message_id\":\"m1\"}"),
                arguments("checkpoint", "{\"id\":\"\\ud800\",\"state\":{}}"),
                arguments("checkpoint", "{\"id\":\"c\",\"message_id\":\"\",\"state\":{}}"),
                arguments("checkpoint", "{\"id\":\"c\",\"message_id\":[],\"state\":{}}"),
                arguments("session_start", "{\"title\":7}"),
                arguments("session_start", "{\"model\":{}}"),
                arguments("session_start", "{\"metadata\":[]}"),
                arguments("session_start", "{\"parent_id\":\"a\\nb\"}"),
                arguments("session_start", "{\"created_at\":\"yesterday\"}"),
                arguments("session_update", "{\"title\":[]}"),
                arguments("session_update", "{\"metadata\":\"none\"}"));
    }

    @ParameterizedTest(name = "R9: {0} with the data {1} is malformed")
    @MethodSource("malformed")
    void listedEventsAreChecked(String type, String data) {
        Write.ground(store(), "s");
        List<SessionEvent> before = feed();
        MalformedEventException malformed =
                error(MalformedEventException.class, store().append("s", event(type, data)));
        assertEquals("s", malformed.sessionId());
        assertEquals(before, feed());
        assertEquals(
                8, append("s", EventDraft.of("x-" + type, Json.parse(data))).version());
    }

    static Stream<Arguments> wellFormed() {
        return Stream.of(
                arguments("message_delta", "{\"n\":0,\"text\":\"\"}"),
                arguments("message_delta", "{\"id\":\"m1\",\"n\":7.0,\"text\":\"out of order\",\"role\":\"tool\"}"),
                arguments("user_message", "{\"message\":\"any JSON\"}"),
                arguments("tool_result", "{\"id\":\"m1\",\"message\":[1],\"more\":true}"),
                arguments("messages_truncate", "{\"after\":null}"),
                arguments("messages_truncate", "{\"after\":\"m1\"}"),
                arguments("messages_restore", "{}"),
                arguments("messages_clear", "{}"),
                arguments("checkpoint", "{\"id\":\"snapshot of s\",\"message_id\":null,\"state\":1}"),
                arguments("snapshots_clear", "{}"),
                arguments(
                        "session_start", "{\"title\":null,\"metadata\":null,\"created_at\":\"2026-01-01T00:00:00Z\"}"),
                arguments("session_update", "{\"model\":\"m\",\"more\":true}"),
                arguments("session_resume", "{\"free\":[]}"),
                arguments("session_delete", "{}"));
    }

    @ParameterizedTest(name = "R9: {0} with the data {1} is accepted")
    @MethodSource("wellFormed")
    void listedEventsAreTaken(String type, String data) {
        Write.ground(store(), "s");
        assertEquals(8, append("s", event(type, data)).version());
        SessionEvent last = log("s").get(7);
        assertEquals(type, last.type());
        assertEquals(data, last.data().toString());
    }

    @Test
    @DisplayName("R9: session_update needs a row, which may be put in the same batch")
    void updatesNeedARow() {
        EventDraft update = event("session_update", "{\"title\":\"t\"}");
        EventDraft delete = event("session_delete", "{}");
        append("s", custom("note", 1));
        error(SessionNotFoundException.class, store().append("s", update));
        append("s", event("user_message", "{\"message\":{}}"), update);
        assertEquals("t", get(store().getSession("s")).title());
        List<SessionEvent> before = feed();
        SessionNotFoundException none =
                error(SessionNotFoundException.class, store().append("s", List.of(delete, update)));
        assertEquals("s", none.sessionId());
        assertEquals(before, feed());
        append("s", delete, event("session_start", "{}"), update);
        assertEquals("t", get(store().getSession("s")).title());
    }

    @Test
    @DisplayName("R9: a checkpoint's id must not be another session's")
    void checkpointIdsAreChecked() {
        Write.ground(store(), "s");
        EventDraft checkpoint = event("checkpoint", "{\"id\":\"snapshot of s\",\"state\":\"mine\"}");
        SnapshotIdTakenException taken = error(SnapshotIdTakenException.class, store().append("t", checkpoint));
        assertEquals("t", taken.sessionId());
        assertEquals("s", taken.holder());
        assertEquals("snapshot of s", taken.snapshotId());
        EventDraft free = event("checkpoint", "{\"id\":\"free\",\"state\":1}");
        error(SnapshotIdTakenException.class, store().append("t", List.of(free, checkpoint)));
        assertEquals(List.of("s"), all(store().sessionIds()));
        append("u", free);
        assertEquals("u", get(store().getSnapshot("free")).sessionId());
        append("s", checkpoint);
        assertEquals(Json.of("mine"), get(store().getSnapshot("snapshot of s")).state());
    }

    @Test
    @DisplayName("R9: recorded events are appended to an empty log, or with exactly(n, id) at the end of a log")
    void recordedNeedsAPlace() {
        List<EventDraft> batch =
                List.of(custom("note", 1).withId("x1"), custom("note", 2).withId("x2"));
        assertEquals(2, get(store().append("s", batch, INTO_EMPTY)).version());
        assertEquals(
                2,
                get(store().append("t", batch, WriteOptions.recorded().withExpected(exactly(0))))
                        .version());
        assertEquals(2, get(store().append("u", batch, WriteOptions.recorded())).version());
        List<SessionEvent> before = feed();
        List<EventDraft> more = List.of(custom("note", 3).withId("x3"));
        for (ExpectedVersion unsafe : List.of(nonEmptyLog(), exactly(2))) {
            WriteOptions options = WriteOptions.recorded().withExpected(unsafe);
            error(IllegalArgumentException.class, store().append("s", more, options));
        }
        error(VersionConflictException.class, store().append("s", more, INTO_EMPTY));
        error(VersionConflictException.class, store().append("s", more, WriteOptions.recorded()));
        for (ExpectedVersion wrong : List.of(exactly(1, "x1"), exactly(2, "x1"), exactly(3, "x3"))) {
            VersionConflictException conflict = error(
                    VersionConflictException.class,
                    store().append("s", more, WriteOptions.recorded().withExpected(wrong)));
            assertEquals(2, conflict.actual());
        }
        assertEquals(before, feed());
        WriteOptions atTheEnd = WriteOptions.recorded().withExpected(exactly(2, "x2"));
        assertEquals(3, get(store().append("s", more, atTheEnd)).version());
        assertTrue(get(store().append("s", more, atTheEnd)).repeated());
    }

    @Test
    @DisplayName("R9: recorded events keep id, instant, v, meta and unknown members")
    void recordedKeepsEverything() {
        Instant longAgo = Instant.parse("1999-12-31T23:59:59.123456Z");
        Map<String, Json> extra = new LinkedHashMap<>();
        extra.put("z", Json.parse("{\"b\":1,\"a\":1.0}"));
        extra.put("a", Json.NULL);
        EventDraft first = event("note", "{\"n\":1.0}")
                .withId("a~b:c.d-e_f")
                .withAt(longAgo)
                .withSchemaVersion(3)
                .withMeta(Json.object("trace", "t"))
                .withExtra(extra);
        EventDraft earlier = custom("note", 2).withId("x2").withAt(longAgo.minusSeconds(9));
        get(store().append("s", List.of(first, earlier), INTO_EMPTY.withMeta(Json.object("not", "for a copy"))));
        SessionEvent event = log("s").get(0);
        assertEquals("a~b:c.d-e_f", event.id());
        assertEquals(longAgo, event.at());
        assertEquals(3, event.v());
        assertEquals(Json.object("trace", "t"), event.meta());
        assertEquals("{\"n\":1.0}", event.data().toString());
        assertEquals(List.of("z", "a"), List.copyOf(event.extra().keySet()));
        assertEquals("{\"b\":1,\"a\":1.0}", String.valueOf(event.extra().get("z")));
        assertEquals(longAgo.minusSeconds(9), log("s").get(1).at());
    }

    @Test
    @DisplayName("R9: recorded events are accepted without checks of type, turn, closing and snapshot id")
    void recordedIsNotChecked() {
        Write.ground(store(), "holder");
        List<EventDraft> odd = List.of(
                event("session_update", "{\"title\":7}").withId("x1"),
                event("message_delta", "{\"n\":\"?\"}").withId("x2"),
                event("checkpoint", "{\"id\":\"snapshot of holder\",\"state\":\"copied\"}")
                        .withId("x3"),
                event("session_turn", "{\"holder\":\"h\",\"epoch\":9}").withId("x4"),
                event("session_close", "{\"reason\":1}").withId("x5"),
                event("messages_truncate", "{\"after\":\"unknown\"}").withId("x6"),
                event("session_close", "{\"reason\":2}").withId("x7"));
        get(store().append("s", odd, INTO_EMPTY));
        assertEquals(odd.stream().map(EventDraft::id).toList(), idsOf(log("s")));
        assertTrue(get(store().getSession("s")).closed());
        assertNull(get(store().state("s")).turn());
        assertEquals(1, all(store().listSnapshots("s")).size());
        Snapshot held = get(store().getSnapshot("snapshot of holder"));
        assertEquals("holder", held.sessionId(), "R20: the lower position holds it");

        error(SessionClosedException.class, store().append("s", custom("note", 1)));
        get(store().append(
                        "s",
                        List.of(custom("note", 1).withId("x8")),
                        WriteOptions.recorded().withExpected(exactly(7, "x7"))));
        assertFalse(get(store().getSession("s")).closed());
        assertEquals(9, append("s", custom("note", 2)).version());
    }

    @Test
    @DisplayName("R9: a recorded session_fork must be the first of its batch, and session_purged is rejected")
    void recordedForksBeginABatch() {
        EventDraft note = custom("note", 1).withId("x1");
        EventDraft fork = event("session_fork", "{\"parent_id\":\"p\",\"parent_version\":1,\"title\":\"t\"}")
                .withId("x2");
        EventDraft purged = event("session_purged", "{}").withId("x3");
        error(MalformedEventException.class, store().append("s", List.of(note, fork), INTO_EMPTY));
        error(MalformedEventException.class, store().append("s", List.of(purged), INTO_EMPTY));
        error(MalformedEventException.class, store().append("s", List.of(note, purged), INTO_EMPTY));
        get(store().append("s", List.of(note), INTO_EMPTY));
        List<EventDraft> rest = List.of(fork, custom("note", 2).withId("x4"));
        get(store().append("s", rest, WriteOptions.recorded().withExpected(exactly(1, "x1"))));
        assertEquals(List.of("x1", "x2", "x4"), idsOf(log("s")));
        assertEquals("p", get(store().getSession("s")).parentId());
        assertEquals(Long.valueOf(1), get(store().getSession("s")).parentVersion());
    }

    @Test
    @DisplayName("R9: a copy of every session to another store has equal events and equal rows")
    void copies() {
        Write.ground(store(), "s");
        clock.advance(Duration.ofSeconds(1));
        get(store().appendToMessage("s", MessageDelta.of("d", 0, "half an ")));
        get(store().appendToMessage("s", MessageDelta.of("d", 1, "answer")));
        get(store().takeTurn("s", "worker"));
        get(store().checkpoint("s", CheckpointRequest.atLastMessage()));
        get(store().undo("s"));
        get(store().append(
                        "s", List.of(custom("traced", 1)), WriteOptions.none().withMeta(Json.object("trace", "t"))));
        get(store().redo("s"));
        clock.advance(Duration.ofSeconds(1));
        get(store().fork("s", ForkRequest.whole().withId("f").withSnapshots()));
        user("f", "m9", "in the fork");
        get(store().putSnapshot("f", SnapshotDraft.of(Json.of(1)).withMessage("m9")));
        get(store().fork("f", ForkRequest.at(Anchor.message("m1")).withId("g").withSnapshots()));
        get(store().closeSession("f", Json.of("done")));
        List<String> sessions = all(store().sessionIds());
        assertEquals(List.of("s", "f", "g"), sessions);

        SessionStore other = open(options);
        for (String session : sessions) {
            log(session).forEach(event -> copy(event, other));
        }
        for (String session : sessions) {
            assertEquals(log(session), all(other.replay(session, Range.all())));
            assertEquals(get(store().state(session)), get(other.state(session)));
            assertEquals(get(store().getSession(session)), get(other.getSession(session)));
        }
        assertTrue(get(other.getSession("f")).closed());
        List<String> ids = new ArrayList<>(idsOf(log("s")));
        Commit repeated =
                get(other.append("s", log("s").stream().map(EventDraft::copyOf).toList(), INTO_EMPTY));
        assertTrue(repeated.repeated());
        assertEquals(ids.size(), repeated.version());
    }
}
