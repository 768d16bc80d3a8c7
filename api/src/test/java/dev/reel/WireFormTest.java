package dev.reel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/** toJson returns the JSON that docs/json.md shows. The tests of both Jackson modules read the same page. */
class WireFormTest {

    private static final Path PAGE = Path.of("../docs/json.md");
    private static final Instant AT = Instant.parse("2026-04-26T12:34:56.789Z");

    private final Map<String, String> page = page();

    /** The text below each heading of the page. */
    private static Map<String, String> page() {
        try {
            Map<String, String> blocks = new LinkedHashMap<>();
            Matcher block = Pattern.compile("^### `(\\w+)`\\n(?:(?!#).*\\n)*?```json\\n(.*)\\n```$", Pattern.MULTILINE)
                    .matcher(Files.readString(PAGE));
            while (block.find()) {
                blocks.put(block.group(1), block.group(2));
            }
            return blocks;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Message message(Json content) {
        return new Message("m1", "trip", 2, Role.USER, content, AT, false);
    }

    @TestFactory
    Stream<DynamicTest> thePageShowsTheWireForm() {
        Snapshot snapshot = new Snapshot(
                "c1", "trip", "m1", Json.object("label", "train found"), Instant.parse("2026-04-26T12:35:00Z"));
        Session session = new Session(
                "trip",
                null,
                null,
                "A trip to Madrid",
                null,
                AT,
                AT.plusSeconds(4),
                Json.object("user", "ann"),
                false,
                3402);
        Message question = message(Json.object("role", "user", "content", "Is there a night train?"));
        return Stream.of(
                form(question, Message::toJson, Message::fromJson),
                form(session, Session::toJson, Session::fromJson),
                form(snapshot, Snapshot::toJson, Snapshot::fromJson),
                form(new Commit("trip", 2, 3, "kY7vZb3eQa0", 3401, AT, false), Commit::toJson, Commit::fromJson),
                form(new Checkpoint(snapshot, false, 4), Checkpoint::toJson, Checkpoint::fromJson),
                form(new Fork("plane", "trip", 2, 1), Fork::toJson, Fork::fromJson),
                form(new Rewind("trip", "m1", 2, 0, 1, 5), Rewind::toJson, Rewind::fromJson),
                form(new Turn("trip", "worker-1", 3, "Zt3mVJQ9x4s"), Turn::toJson, Turn::fromJson),
                form(
                        new ResumedSession(
                                session, List.of(question), question, null, 4, LogPlace.of(4, "e8sBf1TzL7c", 3402)),
                        ResumedSession::toJson,
                        ResumedSession::fromJson),
                form(
                        new StoreStatus(
                                StoreStatus.State.FULL,
                                "the disk of /data/sessions is full",
                                12,
                                340,
                                0,
                                80,
                                1_048_576,
                                65_536,
                                1),
                        StoreStatus::toJson,
                        StoreStatus::fromJson),
                form(
                        new SessionEvent(
                                "trip",
                                2,
                                3401,
                                "kY7vZb3eQa0",
                                AT,
                                "tool_call",
                                2,
                                1,
                                Json.object("name", "timetable"),
                                Json.object("trace", "4bf9"),
                                Map.of("host", Json.of("a7")),
                                Upcasters.none(),
                                null),
                        SessionEvent::toJson,
                        SessionEvent::fromJson));
    }

    private <T> DynamicTest form(T value, Function<T, Json> toJson, Function<Json, T> fromJson) {
        String name = value.getClass().getSimpleName();
        return dynamicTest(name, () -> {
            assertEquals(page.get(name), toJson.apply(value).toString());
            assertEquals(value, fromJson.apply(Json.parse(page.get(name))));
        });
    }

    @Test
    void signals() {
        LogPlace place = LogPlace.of(1, "Q2tqzXk3l0A", 3390);
        SessionEvent event =
                SessionEvent.fromJson(Json.parse(page.get("Flux")).elements().get(0));
        List<TailSignal> signals = List.of(
                new TailSignal.Started(LogPlace.start()),
                new TailSignal.Recorded(event, place),
                new TailSignal.CaughtUp(place),
                new TailSignal.FellBehind(place, 5000),
                new TailSignal.Idle(place));
        List<Json> shown = Json.parse(page.get("TailSignal")).elements();
        assertEquals(shown, signals.stream().map(TailSignal::toJson).toList());
        assertEquals(page.get("TailSignal"), Json.of(shown).toString());
        assertEquals(
                signals,
                shown.stream()
                        .map(json -> TailSignal.fromJson(json, LogPlace::parse))
                        .toList());
        TailSignal passed = new TailSignal.Passed(FeedPlace.of(7));
        assertEquals(
                "{\"kind\":\"passed\",\"place\":\"0000000000000000007\"}",
                passed.toJson().toString());
        assertEquals(passed, TailSignal.fromJson(passed.toJson(), FeedPlace::parse));
        TailSignal atStart = new TailSignal.Started(FeedPlace.start());
        assertEquals(atStart, TailSignal.fromJson(atStart.toJson(), FeedPlace::parse));
        for (TailSignal.Kind kind : TailSignal.Kind.values()) {
            assertEquals(kind, TailSignal.Kind.of(kind.text()));
        }
    }

    @Test
    void aMissingMemberOfASignalIsNamed() {
        Json behind = Json.parse(page.get("TailSignal")).elements().get(3);
        assertRefuses("signal: 'place' must be a string", () -> read(behind.without("place")));
        assertRefuses("invalid place in a log", () -> read(behind.with("place", "0000000000000000007")));
        assertRefuses("signal: 'published' must be an integer", () -> read(behind.without("published")));
        assertRefuses("signal: 'event' must be an object", () -> read(behind.with("kind", "recorded")));
        assertRefuses("signal: 'kind' must be one of recorded", () -> read(behind.with("kind", "FELL_BEHIND")));
    }

    private static TailSignal read(Json json) {
        return TailSignal.fromJson(json, LogPlace::parse);
    }

    @Test
    void theStateOnThePageIsTheFoldOfItsEvents() {
        SessionState state = SessionState.empty("trip");
        for (Json event : Json.parse(page.get("Flux")).elements()) {
            state = state.apply(SessionEvent.fromJson(event));
        }
        assertEquals(page.get("SessionState"), state.toJson().toString());
        assertEquals(
                "{\"sessionId\":\"x\",\"version\":0,\"lastEventId\":null,\"lastAt\":null,\"place\":\"-1\",\"session\":null,"
                        + "\"messages\":[],\"snapshots\":[],\"redoable\":0,\"turn\":null,\"epoch\":0}",
                SessionState.empty("x").toJson().toString());
    }

    @Test
    void numbersAndTextsKeepTheirForm() {
        String content = "{\"n\":[1.0,1e400,-0,123456789012345678901234567890.10],\"t\":\"\\\"\\u0001\\ud800 🌍\"}";
        Json json = message(Json.parse(content)).toJson();
        assertTrue(json.toString().contains("\"content\":" + content + ","));
        assertEquals(message(Json.parse(content)), Message.fromJson(Json.parse(json.toString())));
    }

    @Test
    void textsOfMembersAreEscaped() {
        Turn turn = new Turn("a \"b\" \\ 🌍", "h\ud800", 1, "e");
        assertEquals(
                "{\"sessionId\":\"a \\\"b\\\" \\\\ 🌍\",\"holder\":\"h\\ud800\",\"epoch\":1,\"eventId\":\"e\"}",
                turn.toJson().toString());
        assertEquals(turn, Turn.fromJson(Json.parse(turn.toJson().toString())));
    }

    /** With JSON nested as deeply as a store accepts, so that the row is nested even more deeply. */
    @Test
    void contentAtTheHighestDepth() {
        JsonLimits limits = new JsonLimits(10_000, JsonLimits.HIGHEST_DEPTH, 100);
        String deep = "[".repeat(JsonLimits.HIGHEST_DEPTH) + "]".repeat(JsonLimits.HIGHEST_DEPTH);
        Json json = message(Json.parse(deep.getBytes(StandardCharsets.UTF_8), limits))
                .toJson();
        assertTrue(json.toString().contains(deep));
    }

    @Test
    void everyEventIsReadBack() {
        Random random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            SessionEvent event = LineCodecSamples.random(random);
            SessionEvent back = SessionEvent.fromJson(Json.parse(event.toJson().toString()));
            assertEquals(event, back);
            assertEquals(event.position(), back.position());
            assertEquals(event.toJson().toString(), back.toJson().toString());
        }
    }

    @Test
    void anEventThatIsInNoLog() {
        SessionEvent purged = SessionEvent.of(
                "s", 0, 7, "e", AT, 1, EventDraft.of("session_purged", Json.EMPTY_OBJECT), Upcasters.none());
        assertEquals(purged, SessionEvent.fromJson(purged.toJson()));
    }

    @Test
    void anEventIsReadWithUpcasters() {
        Json json = Json.parse(page.get("SessionEvent")).with("v", 1);
        Upcasters upcasters = Upcasters.none().with("tool_call", 1, data -> data.with("new", true));
        SessionEvent event = SessionEvent.fromJson(json, upcasters);
        assertEquals(
                Json.object("name", "timetable", "new", true), event.change().toData());
    }

    @Test
    void membersOfALaterVersionAreIgnored() {
        Json json = Json.parse(page.get("Turn"));
        assertEquals(Turn.fromJson(json), Turn.fromJson(json.with("later", List.of(1))));
    }

    @Test
    void aMissingOrMalformedMemberIsNamed() {
        Json event = Json.parse(page.get("SessionEvent"));
        for (String member : List.of("session", "seq", "pos", "ts", "event", "uuid", "data")) {
            assertRefuses("event: '" + member + "' must be", () -> SessionEvent.fromJson(event.without(member)));
            assertRefuses(
                    "event: '" + member + "' must be", () -> SessionEvent.fromJson(event.with(member, List.of())));
        }
        assertRefuses("'seq' must be an integer from 1", () -> SessionEvent.fromJson(event.with("seq", 0)));
        assertRefuses("'seq' must be an integer", () -> SessionEvent.fromJson(event.with("seq", 1.5)));
        assertRefuses("'v' must be an integer from 1", () -> SessionEvent.fromJson(event.with("v", 0)));
        assertRefuses("'event' must be an event type", () -> SessionEvent.fromJson(event.with("event", "reel:x")));
        assertRefuses("'uuid' must be an event id", () -> SessionEvent.fromJson(event.with("uuid", "a b")));
        assertRefuses("'ts' must be an ISO 8601 instant", () -> SessionEvent.fromJson(event.with("ts", "today")));
        assertRefuses("'meta' must be an object", () -> SessionEvent.fromJson(event.with("meta", 1)));
        assertRefuses(
                "'extra' must be without 'crc'",
                () -> SessionEvent.fromJson(event.with("extra", Json.object("crc", "x"))));
        assertRefuses("event: expected a JSON object, not ARRAY", () -> SessionEvent.fromJson(Json.of(List.of())));

        Json message = Json.parse(page.get("Message"));
        assertRefuses("message: 'role' must be one of", () -> Message.fromJson(message.with("role", "USER")));
        assertRefuses("message: 'content' must be present", () -> Message.fromJson(message.without("content")));
        assertRefuses("message: 'partial' must be true or false", () -> Message.fromJson(message.with("partial", 1)));
        assertRefuses("message: 'id' must be a string", () -> Message.fromJson(message.with("id", 1)));
        assertRefuses(
                "rewind: 'cut' must be an integer from 0 to 2147483647",
                () -> Rewind.fromJson(Json.parse(page.get("Rewind")).with("cut", 3_000_000_000L)));
    }

    @Test
    void aMissingMemberOfAResumedSessionIsNamed() {
        Json resumed = Json.parse(page.get("ResumedSession"));
        Json bare = resumed.with("session", null).with("messages", List.of()).with("lastUserMessage", null);
        assertEquals(
                new ResumedSession(null, List.of(), null, null, 4, LogPlace.of(4, "e8sBf1TzL7c", 3402)),
                ResumedSession.fromJson(bare));
        assertEquals(bare, ResumedSession.fromJson(bare).toJson());
        assertRefuses(
                "resumed session: 'messages' must be an array",
                () -> ResumedSession.fromJson(resumed.with("messages", Json.EMPTY_OBJECT)));
        assertRefuses("'messages' must be an array", () -> ResumedSession.fromJson(resumed.without("messages")));
        assertRefuses("'session' must be an object", () -> ResumedSession.fromJson(resumed.with("session", "trip")));
        assertRefuses("invalid place in a log", () -> ResumedSession.fromJson(resumed.with("place", "4")));
    }

    private static void assertRefuses(String message, Executable reading) {
        String actual = assertThrows(InvalidInputException.class, reading).getMessage();
        assertTrue(actual.contains(message), actual);
    }

    @Test
    void contentThatIsNull() {
        assertEquals(message(Json.NULL), Message.fromJson(message(Json.NULL).toJson()));
    }
}
