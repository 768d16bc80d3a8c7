package dev.reel.jackson2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.reel.Checkpoint;
import dev.reel.Commit;
import dev.reel.FeedPlace;
import dev.reel.Fork;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Message;
import dev.reel.ResumedSession;
import dev.reel.Rewind;
import dev.reel.Role;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.Snapshot;
import dev.reel.StoreStatus;
import dev.reel.TailSignal;
import dev.reel.Turn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * A mapper writes the JSON of docs/json.md, with default and with unusual settings; {@link ReelModule} reads it back.
 */
class WireFormTest {

    private static final ObjectMapper PLAIN = new ObjectMapper();

    /** Settings that change how Jackson writes a class by default. */
    private static final ObjectMapper ODD = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.UPPER_SNAKE_CASE)
            .serializationInclusion(JsonInclude.Include.NON_EMPTY)
            .enable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .enable(SerializationFeature.WRITE_ENUMS_USING_INDEX)
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .build();

    private static final ObjectMapper READER =
            JsonMapper.builder().addModule(new ReelModule()).build();

    /** The examples below each heading of the page. Both Jackson modules and the API's tests read the same ones. */
    private final Map<String, String> page = page();

    private static Map<String, String> page() {
        try {
            Map<String, String> blocks = new HashMap<>();
            Matcher block = Pattern.compile("^### `(\\w+)`\\n(?:(?!#).*\\n)*?```json\\n(.*)\\n```$", Pattern.MULTILINE)
                    .matcher(Files.readString(Path.of("../docs/json.md")));
            while (block.find()) {
                blocks.put(block.group(1), block.group(2));
            }
            return blocks;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private <T> T shown(Class<T> type, Function<Json, T> fromJson) {
        return fromJson.apply(Json.parse(page.get(type.getSimpleName())));
    }

    private static void assertWritten(String expected, Object value) throws IOException {
        assertEquals(expected, PLAIN.writeValueAsString(value));
        assertEquals(expected, new String(PLAIN.writeValueAsBytes(value), StandardCharsets.UTF_8));
        assertEquals(expected, ODD.writeValueAsString(value));
    }

    private <T> void assertForm(Class<T> type, Function<Json, T> fromJson) throws IOException {
        T value = shown(type, fromJson);
        String text = page.get(type.getSimpleName());
        assertWritten(text, value);
        assertEquals(value, READER.readValue(text, type));
        assertEquals(value, READER.convertValue(value, type));
        assertEquals(text, PLAIN.valueToTree(value).toString());
    }

    @Test
    void message() throws IOException {
        assertForm(Message.class, Message::fromJson);
    }

    @Test
    void session() throws IOException {
        assertForm(Session.class, Session::fromJson);
    }

    @Test
    void snapshot() throws IOException {
        assertForm(Snapshot.class, Snapshot::fromJson);
    }

    @Test
    void commit() throws IOException {
        assertForm(Commit.class, Commit::fromJson);
    }

    @Test
    void checkpoint() throws IOException {
        assertForm(Checkpoint.class, Checkpoint::fromJson);
    }

    @Test
    void fork() throws IOException {
        assertForm(Fork.class, Fork::fromJson);
    }

    @Test
    void rewind() throws IOException {
        assertForm(Rewind.class, Rewind::fromJson);
    }

    @Test
    void turn() throws IOException {
        assertForm(Turn.class, Turn::fromJson);
    }

    @Test
    void storeStatus() throws IOException {
        assertForm(StoreStatus.class, StoreStatus::fromJson);
    }

    @Test
    void event() throws IOException {
        assertForm(SessionEvent.class, SessionEvent::fromJson);
    }

    private List<SessionEvent> events() {
        return Json.parse(page.get("Flux")).elements().stream()
                .map(SessionEvent::fromJson)
                .toList();
    }

    @Test
    void aFluxOfEvents() throws IOException {
        assertWritten(page.get("Flux"), events());
        assertEquals(events(), List.of(READER.readValue(page.get("Flux"), SessionEvent[].class)));
    }

    private List<TailSignal> signals() {
        return Json.parse(page.get("TailSignal")).elements().stream()
                .map(json -> TailSignal.fromJson(json, LogPlace::parse))
                .toList();
    }

    @Test
    void tailSignals() throws IOException {
        assertWritten(page.get("TailSignal"), signals());
        TailSignal passed = new TailSignal.Passed(FeedPlace.of(7));
        assertWritten("{\"kind\":\"passed\",\"place\":\"0000000000000000007\"}", passed);
        assertWritten("\"caught-up\"", TailSignal.Kind.CAUGHT_UP);
        assertEquals(TailSignal.Kind.FELL_BEHIND, PLAIN.readValue("\"fell-behind\"", TailSignal.Kind.class));
        // Like a controller's mapper: by the declared type, not by that of the value.
        assertEquals(
                page.get("TailSignal"),
                PLAIN.writerFor(PLAIN.getTypeFactory().constructCollectionType(List.class, TailSignal.class))
                        .writeValueAsString(signals()));
    }

    @Test
    void state() throws IOException {
        SessionState state = SessionState.empty("trip");
        for (SessionEvent event : events()) {
            state = state.apply(event);
        }
        assertWritten(page.get("SessionState"), state);
    }

    @Test
    void resumedSession() throws IOException {
        assertForm(ResumedSession.class, ResumedSession::fromJson);
    }

    @Test
    void placesAndRoles() throws IOException {
        assertWritten("\"0000000000000000004.3402.e\"", LogPlace.of(4, "e", 3402));
        assertWritten("\"-1\"", LogPlace.start());
        assertWritten("\"0000000000000000007\"", FeedPlace.of(7));
        assertEquals(FeedPlace.of(7), READER.readValue("\"0000000000000000007\"", FeedPlace.class));
        assertEquals(LogPlace.of(4, "e", 3402), READER.readValue("\"0000000000000000004.3402.e\"", LogPlace.class));
        assertEquals("\"assistant\"", PLAIN.writeValueAsString(Role.ASSISTANT));
        assertEquals(Role.TOOL, PLAIN.readValue("\"tool\"", Role.class));
    }

    /** Digits, blanks, escapes, and control characters. */
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "{}",
            "[]",
            "\"\"",
            "-0",
            "1.0",
            "1e400",
            "-1.50E-7",
            "123456789012345678901234567890.10",
            "\"\\\"\\\\ \\u0001\\n\\ud800 \\ud83c\\udf0d 🌍 é \u2028\"",
            "[1,\"a\",{\"b\":[],\"c\":{\"d\":null,\"é\\n\":[true,false,0.10]}},[[1],[2,3]]]",
            "{\"a\":{},\"b\":[{\"c\":1},{\"c\":2.00}],\"\":3}");

    @Test
    void valuesAsTheyAre() throws IOException {
        for (String text : VALUES) {
            Json json = Json.parse(text);
            assertWritten(text, json);
            assertWritten("{\"a\":" + text + "}", Collections.singletonMap("a", json));
            Json back = READER.readValue(text, Json.class);
            assertEquals(json, back);
            if (!text.contains("\\u")) {
                assertEquals(text, back.toString());
            }
            assertEquals(json, READER.convertValue(json, Json.class));
            assertEquals(json, READER.readValue(text.getBytes(StandardCharsets.UTF_8), Json.class));
        }
    }

    /** At each position in Jackson's buffers, so that no surrogate pair is split. */
    @Test
    void longTexts() throws IOException {
        for (int i = 0; i < 8; i++) {
            Json json = Json.of("x".repeat(i) + "🌍".repeat(20_000) + "é".repeat(20_000));
            assertWritten(json.toString(), json);
            assertEquals(json, READER.readValue(json.toString(), Json.class));
        }
    }

    record Holder(String name, Json json, Json absent, Message message) {}

    @Test
    void membersOfOtherClasses() throws IOException {
        Message message = shown(Message.class, Message::fromJson);
        Holder holder = READER.readValue(
                "{\"json\":null,\"name\":\"n\",\"message\":" + page.get("Message") + "}", Holder.class);
        assertEquals(new Holder("n", Json.NULL, null, message), holder);
        assertEquals(
                "{\"name\":\"n\",\"json\":null,\"absent\":null,\"message\":" + page.get("Message") + "}",
                PLAIN.writeValueAsString(holder));
    }

    @Test
    void theModuleIsAService() throws IOException {
        ObjectMapper mapper = new ObjectMapper().findAndRegisterModules();
        assertEquals(Json.of(1), mapper.readValue("1", Json.class));
    }

    @Test
    void whatIsMalformedIsAnErrorOfJackson() {
        assertMismatch(
                "event: 'seq' must be an integer",
                "{\"event\":\"a\",\"uuid\":\"b\",\"session\":\"s\"}",
                SessionEvent.class);
        assertMismatch("not STRING but NUMBER", "1", LogPlace.class);
        assertMismatch("invalid place", "\"x\"", LogPlace.class);
        assertMismatch("uplicate", "{\"a\":1,\"a\":2}", Json.class);
    }

    private static void assertMismatch(String message, String text, Class<?> type) {
        String actual = assertThrows(MismatchedInputException.class, () -> READER.readValue(text, type))
                .getMessage();
        assertTrue(actual.contains(message), actual);
    }
}
