package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ForwardingSessionStore;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.spi.LineCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class EventRoutesTest {

    private static final String EVENTS = "/v1/sessions/a/events";

    private final Served served = Served.memory();

    @AfterEach
    void close() {
        served.close();
    }

    private void append(String id, int count) {
        List<EventDraft> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(EventDraft.of("note", Json.object("n", i)));
        }
        served.store.append(id, events).block(Served.PATIENCE);
    }

    private List<SessionEvent> stored(String id) {
        return Objects.requireNonNull(
                served.store.replay(id, Range.all()).collectList().block(Served.PATIENCE));
    }

    private static List<Long> versions(Served.Answer answer) {
        return answer.json().elements().stream()
                .map(event -> event.longOf("seq"))
                .toList();
    }

    @Test
    @DisplayName("a read returns an array of events, as lines of the file format, with the place to continue after")
    void array() {
        append("a", 200);
        Served.Answer answer = served.get(EVENTS);
        assertEquals(200, answer.status(), answer.toString());
        assertEquals("application/json", answer.header("content-type"));
        List<SessionEvent> all = stored("a");
        assertEquals(
                all.stream()
                        .map(event -> Json.parse(LineCodec.standard().encode(event)))
                        .toList(),
                answer.json().elements());
        assertEquals(all.get(199).place().toString(), answer.header("Stream-Next-Offset"));
        assertEquals("true", answer.header("Stream-Up-To-Date"));
        assertNull(answer.header("Stream-Closed"));
        assertEquals("private, no-store", answer.header("cache-control"));
    }

    @Test
    @DisplayName("a read as lines returns the lines of the files, byte for byte")
    void lines() {
        append("a", 130);
        Served.Answer answer = served.get(EVENTS, "Accept", "application/x-ndjson");
        assertEquals("application/x-ndjson", answer.header("content-type"));
        StringBuilder expected = new StringBuilder();
        for (SessionEvent event : stored("a")) {
            expected.append(new String(LineCodec.standard().encode(event), StandardCharsets.UTF_8))
                    .append('\n');
        }
        assertEquals(expected.toString(), answer.text());
    }

    @Test
    @DisplayName("offset, last, limit and types select events; pages follow each other without a gap")
    void parts() {
        append("a", 5);
        served.store.putMessage("a", MessageDraft.user("hi")).block(Served.PATIENCE);
        String offset = "-1";
        List<Long> paged = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Served.Answer page = served.get(EVENTS + "?limit=2&offset=" + offset);
            paged.addAll(versions(page));
            offset = Objects.requireNonNull(page.header("Stream-Next-Offset"));
            assertEquals(i == 2 ? "true" : null, page.header("Stream-Up-To-Date"));
        }
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L), paged);
        Served.Answer rest = served.get(EVENTS + "?offset=" + offset);
        assertEquals("[]", rest.text());
        assertEquals(offset, rest.header("Stream-Next-Offset"));
        assertEquals("[]", served.get(EVENTS + "?offset=now").text());
        assertEquals(List.of(5L, 6L), versions(served.get(EVENTS + "?last=2")));
        assertEquals(List.of(6L), versions(served.get(EVENTS + "?types=user_message")));
        assertEquals("[]", served.get("/v1/sessions/none/events").text());
    }

    @Test
    @DisplayName("after and up_to are versions, exclusive and inclusive; the next offset is the last version read")
    void versions() {
        append("a", 5);
        served.store.putMessage("a", MessageDraft.user("hi")).block(Served.PATIENCE);
        List<SessionEvent> all = stored("a");
        record Read(String query, List<Long> versions, int next, boolean upToDate) {}
        for (Read read : List.of(
                new Read("after=0", List.of(1L, 2L, 3L, 4L, 5L, 6L), 6, true),
                new Read("after=2&up_to=4", List.of(3L, 4L), 4, false),
                new Read("up_to=2", List.of(1L, 2L), 2, false),
                new Read("up_to=0", List.of(), 0, false),
                new Read("after=4&up_to=99", List.of(5L, 6L), 6, true),
                new Read("after=3&up_to=2", List.of(), 3, false),
                new Read("after=6", List.of(), 6, true),
                new Read("after=99", List.of(), 6, true),
                new Read("after=99&up_to=100&limit=1", List.of(), 6, true),
                new Read("after=1&limit=2", List.of(2L, 3L), 3, false),
                new Read("after=1&up_to=2&limit=5", List.of(2L), 2, false),
                new Read("after=1&limit=9223372036854775807", List.of(2L, 3L, 4L, 5L, 6L), 6, true),
                new Read("after=1&up_to=5&last=2", List.of(4L, 5L), 5, false),
                new Read("up_to=4&types=user_message", List.of(), 4, false),
                new Read("offset=" + all.get(1).place() + "&up_to=3", List.of(3L), 3, false),
                new Read("offset=" + all.get(3).place() + "&up_to=3", List.of(), 4, false),
                new Read("offset=now&up_to=3", List.of(), 6, true))) {
            Served.Answer answer = served.get(EVENTS + "?" + read.query());
            assertEquals(read.versions(), versions(answer), read.query());
            String next =
                    read.next() == 0 ? "-1" : all.get(read.next() - 1).place().toString();
            assertEquals(next, answer.header("Stream-Next-Offset"), read.query());
            assertEquals(read.upToDate() ? "true" : null, answer.header("Stream-Up-To-Date"), read.query());
            Served.Answer lines = served.get(EVENTS + "?" + read.query(), "Accept", "application/x-ndjson");
            assertEquals(read.versions().size(), lines.text().lines().count(), read.query());
            assertEquals(next, lines.header("Stream-Next-Offset"), read.query());
        }
        for (String wrong : List.of("after=-1", "after=x", "up_to=-1", "after=1&offset=-1", "after=")) {
            assertEquals(400, served.get(EVENTS + "?" + wrong).status(), wrong);
        }
        assertEquals(
                "[]", served.get("/v1/sessions/none/events?after=3&up_to=4").text());
        Served.Answer other = served.get(EVENTS + "?up_to=1&offset=0000000000000000002.99.other");
        assertEquals(410, other.status(), other.toString());
    }

    @Test
    @DisplayName("the store is read with the range of the versions, and with the place of an offset")
    void ranges() {
        append("a", 4);
        List<Range> asked = new CopyOnWriteArrayList<>();
        SessionStore recording = new ForwardingSessionStore(served.store) {
            @Override
            public Flux<SessionEvent> replay(String sessionId, Range range) {
                asked.add(range);
                return super.replay(sessionId, range);
            }
        };
        LogPlace second = stored("a").get(1).place();
        try (Served other = Served.of(recording, options -> options)) {
            for (String query : List.of("after=1&up_to=3", "offset=" + second + "&up_to=3", "after=1&up_to=9")) {
                assertEquals(200, other.get(EVENTS + "?" + query).status(), query);
                asked.add(Range.all());
            }
        }
        List<Range> reads = asked.stream()
                .filter(range -> range.equals(Range.between(1, 3))
                        || range.equals(Range.after(second).withUpTo(3))
                        || range.equals(Range.between(1, 4)))
                .toList();
        assertEquals(
                List.of(Range.between(1, 3), Range.after(second).withUpTo(3), Range.between(1, 4)),
                reads,
                asked.toString());
    }

    @Test
    @DisplayName("types are split before they are decoded, so a type can contain a comma")
    void commas() {
        for (String type : List.of("a,b", "a", "b", "c")) {
            served.store.append("a", EventDraft.of(type, Json.EMPTY_OBJECT)).block(Served.PATIENCE);
        }
        assertEquals(List.of(1L), versions(served.get(EVENTS + "?types=a%2Cb")));
        assertEquals(List.of(1L, 4L), versions(served.get(EVENTS + "?types=a%2Cb,c")));
        assertEquals(List.of(2L, 3L), versions(served.get(EVENTS + "?types=a,b")));
        assertEquals(List.of(1L, 2L, 3L, 4L), versions(served.get(EVENTS + "?types=")));
    }

    @Test
    @DisplayName("a place of another log is 410, a malformed one 400; the problem names it")
    void otherPlaces() {
        append("a", 2);
        Served.Answer gone = served.get(EVENTS + "?offset=0000000000000000001.9.other");
        assertEquals(410, gone.status(), gone.toString());
        assertEquals("log-changed", gone.problem());
        assertEquals(2, gone.json().longOf("head"));
        assertEquals("a", gone.json().textOf("session"));
        assertNull(gone.header("Stream-Next-Offset"), "a problem has no place");
        assertEquals(
                410, served.get(EVENTS + "?offset=0000000000000000009.9.other").status());
        assertEquals(400, served.get(EVENTS + "?offset=12").status());
    }

    @Test
    @DisplayName("an unchanged answer is 304")
    void notModified() {
        append("a", 2);
        String tag = Objects.requireNonNull(served.get(EVENTS).header("etag"));
        assertEquals(304, served.get(EVENTS, "If-None-Match", tag).status());
        append("a", 1);
        assertEquals(200, served.get(EVENTS, "If-None-Match", tag).status());
    }

    @Test
    @DisplayName("HEAD returns the end of the log, and whether it is closed")
    void head() {
        assertEquals("-1", served.send("HEAD", EVENTS, null).header("stream-next-offset"));
        append("a", 2);
        served.store.closeSession("a", Json.EMPTY_OBJECT).block(Served.PATIENCE);
        Served.Answer head = served.send("HEAD", EVENTS, null);
        assertEquals(200, head.status());
        assertEquals(stored("a").get(2).place().toString(), head.header("stream-next-offset"));
        assertEquals("true", head.header("stream-closed"));
        assertEquals("true", served.get(EVENTS).header("stream-closed"));
        assertNull(served.get(EVENTS + "?limit=1").header("stream-closed"), "more events follow");
    }

    @Test
    @DisplayName("appends one event or a batch; a repeat is marked; the stored events are the sent ones")
    void append() {
        String body = """
                [{"event":"note","uuid":"e1","ts":"2026-04-26T12:34:56.789Z","v":2,"data":{"n":1.50},"meta":{"t":"x"},
                  "extra":{"more":true}},
                 {"event":"note"}]
                """;
        Served.Answer first = served.send("POST", EVENTS, body);
        assertEquals(200, first.status(), first.toString());
        Commit commit = Commit.fromJson(first.json());
        assertEquals(2, commit.version());
        assertEquals(commit.place().toString(), first.header("stream-next-offset"));
        assertNull(first.header("reel-repeated"));
        SessionEvent event = stored("a").get(0);
        assertEquals("{\"n\":1.50}", event.data().toString());
        assertEquals("e1", event.id());
        assertEquals(2, event.v());
        assertEquals("{\"t\":\"x\"}", String.valueOf(event.meta()));
        assertEquals(List.of("more"), List.copyOf(event.extra().keySet()));
        String one = "{\"event\":\"note\",\"uuid\":\"e9\",\"data\":{}}";
        assertEquals(3, served.send("POST", EVENTS, one).json().longOf("version"));
        Served.Answer again = served.send("POST", EVENTS, one);
        assertEquals("true", again.header("reel-repeated"));
        assertEquals(3, again.json().longOf("version"));
        assertEquals(3, stored("a").size());
    }

    @Test
    @DisplayName("an expected version is an HTTP precondition; a failed one is 412 and has the actual version")
    void preconditions() {
        String body = "{\"event\":\"note\"}";
        assertEquals(
                200, served.send("POST", EVENTS, body, "If-None-Match", "*").status());
        Served.Answer taken = served.send("POST", EVENTS, body, "If-None-Match", "*");
        assertEquals(412, taken.status());
        assertEquals("version-conflict", taken.problem());
        assertEquals(1, taken.json().longOf("actual"));
        assertEquals("not_written", taken.json().textOf("outcome"));
        SessionEvent last = stored("a").get(0);
        assertEquals(
                200,
                served.send("POST", EVENTS, body, "If-Match", "\"" + last.place() + "\"")
                        .status());
        assertEquals(
                412,
                served.send("POST", EVENTS, body, "If-Match", "\"" + last.place() + "\"")
                        .status());
        assertEquals(200, served.send("POST", EVENTS, body, "If-Match", "\"2\"").status());
        last = stored("a").get(2);
        assertEquals(
                412,
                served.send("POST", EVENTS, body, "If-Match", "\"3:other\"").status());
        assertEquals(
                200,
                served.send("POST", EVENTS, body, "If-Match", "\"3:" + last.id() + "\"")
                        .status());
        assertEquals(200, served.send("POST", EVENTS, body, "If-Match", "*").status());
        assertEquals(
                412,
                served.send("POST", "/v1/sessions/none/events", body, "If-Match", "*")
                        .status());
        assertEquals(400, served.send("POST", EVENTS, body, "If-Match", "\"x\"").status());
        assertEquals(5, stored("a").size());
    }

    @Test
    @DisplayName("ids are percent-decoded once, as UTF-8, and then checked")
    void ids() {
        String id = "ü/../ %2F世🌍?#";
        append(id, 1);
        String path = "/v1/sessions/" + Percent.encode(id) + "/events";
        assertEquals(List.of(1L), versions(served.get(path)));
        for (String malformed : List.of("%FF", "%C3", "%00", "%0a", "", "%ED%A0%80")) {
            Served.Answer answer = served.get("/v1/sessions/" + malformed + "/events");
            assertEquals(400, answer.status(), malformed + ": " + answer);
            assertNotNull(answer.problem(), malformed);
        }
        assertEquals(404, served.get("/v1/sessions/a/../b/events").status());
    }

    @Test
    @DisplayName("an invalid request is answered with a problem that names the fault: path, method, parameter, body")
    void wrongRequests() {
        assertEquals("no-route", served.get("/v2").problem());
        Served.Answer method = served.send("DELETE", EVENTS, null);
        assertEquals(405, method.status());
        assertEquals("GET, HEAD, POST", method.header("allow"));
        Served.Answer parameter = served.get(EVENTS + "?ofset=3");
        assertEquals(400, parameter.status());
        assertTrue(parameter.text().contains("unknown parameter 'ofset'"), parameter.text());
        for (String body : List.of(
                "{",
                "3",
                "[3]",
                "{\"event\":3}",
                "{\"event\":\"note\",\"dta\":{}}",
                "{\"event\":\"note\",\"data\":[]}",
                "{\"event\":\"note\",\"v\":\"1\"}",
                "{\"event\":\"note\",\"ts\":\"yesterday\"}",
                "{\"event\":\"user_message\"}",
                "{\"event\":\"\"}")) {
            Served.Answer answer = served.send("POST", EVENTS, body);
            assertEquals(400, answer.status(), body + ": " + answer);
            assertNotNull(answer.problem(), body);
        }
        assertEquals(0, stored("a").size());
    }
}
