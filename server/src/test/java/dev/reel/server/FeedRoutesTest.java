package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Json;
import dev.reel.SessionEvent;
import dev.reel.spi.LineCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class FeedRoutesTest {

    private static final String FEED = "/v1/events";

    private final Served served = Served.memory();
    private final List<Sse> streams = new ArrayList<>();

    @AfterEach
    void close() {
        streams.forEach(Sse::close);
        served.close();
    }

    private Sse open(String path, String... headers) {
        Sse stream = Sse.open(served, path, headers);
        streams.add(stream);
        assertEquals(200, stream.status());
        return stream;
    }

    private void append(String id, String... types) {
        List<EventDraft> events = Arrays.stream(types)
                .map(type -> EventDraft.of(type, Json.EMPTY_OBJECT))
                .toList();
        served.store.append(id, events).block(Served.PATIENCE);
    }

    private List<SessionEvent> stored() {
        return Objects.requireNonNull(served.store
                .replayAll(FeedPlace.start(), FeedFilter.all())
                .collectList()
                .block(Served.PATIENCE));
    }

    private String position() {
        return Objects.requireNonNull(served.store.position().block(Served.PATIENCE))
                .toString();
    }

    private static String place(SessionEvent event) {
        return FeedPlace.of(event.position()).toString();
    }

    private static String object(SessionEvent event) {
        return "{\"session\":" + Json.of(event.sessionId()) + ",\"event\":"
                + new String(LineCodec.standard().encode(event), StandardCharsets.UTF_8) + "}";
    }

    private static List<Long> positions(Served.Answer answer) {
        return answer.json().elements().stream().map(FeedRoutesTest::position).toList();
    }

    private static long position(Json object) {
        return Objects.requireNonNull(object.get("event")).longOf("pos");
    }

    private static List<Long> positions(List<Sse.Event> events) {
        return events.stream()
                .filter(event -> !event.name().startsWith("reel:"))
                .map(event -> position(event.json()))
                .toList();
    }

    @Test
    @DisplayName(
            "a read returns the events of all sessions in one order, each with its session, as an array or as lines")
    void reads() {
        append("a\"ü", "one", "two");
        append("b", "one");
        append("a\"ü", "заметка");
        List<String> expected = stored().stream().map(FeedRoutesTest::object).toList();
        Served.Answer array = served.get(FEED);
        assertEquals("[" + String.join(",", expected) + "]", array.text());
        assertEquals("application/json", array.header("content-type"));
        assertEquals(position(), array.header("Stream-Next-Offset"));
        assertEquals("true", array.header("Stream-Up-To-Date"));
        Served.Answer lines = served.get(FEED, "Accept", "application/x-ndjson");
        assertEquals(String.join("\n", expected) + "\n", lines.text());
        assertEquals("application/x-ndjson", lines.header("content-type"));
    }

    @Test
    @DisplayName("after, types, prefix, last and limit select events; pages follow each other without a gap")
    void parts() {
        append("a/1", "one", "two");
        append("b", "one", "two");
        append("a/2", "one", "two", "two");
        assertEquals(List.of(1L, 3L, 5L), positions(served.get(FEED + "?types=one")));
        assertEquals(List.of(1L, 2L, 5L, 6L, 7L), positions(served.get(FEED + "?prefix=a/")));
        assertEquals(List.of(6L, 7L), positions(served.get(FEED + "?last=2")));
        assertEquals(List.of(3L, 5L), positions(served.get(FEED + "?last=2&types=one")));
        Served.Answer now = served.get(FEED + "?after=now");
        assertEquals("[]", now.text());
        assertEquals(position(), now.header("Stream-Next-Offset"));
        List<Long> paged = new ArrayList<>();
        String after = "-1";
        for (int i = 0; i < 3; i++) {
            Served.Answer page = served.get(FEED + "?types=two&limit=2&after=" + after);
            paged.addAll(positions(page));
            after = Objects.requireNonNull(page.header("Stream-Next-Offset"));
        }
        assertEquals(List.of(2L, 4L, 6L, 7L), paged);
        assertEquals(position(), after);
        assertNull(served.get(FEED + "?limit=2").header("Stream-Up-To-Date"));
    }

    @Test
    @DisplayName("up_to ends a read, and ends a stream with the reason up-to, in history and live, filtered or not")
    void upTo() {
        append("a", "one", "two", "two");
        append("b", "one");
        assertEquals(List.of(1L, 2L), positions(served.get(FEED + "?up_to=2")));
        assertEquals(FeedPlace.of(2).toString(), served.get(FEED + "?up_to=2").header("Stream-Next-Offset"));
        assertNull(served.get(FEED + "?up_to=2").header("Stream-Up-To-Date"));
        assertEquals(List.of(1L), positions(served.get(FEED + "?up_to=3&types=one")));
        assertEquals(List.of(1L), positions(served.get(FEED + "?up_to=3&limit=1")));
        assertEquals(List.of(2L, 3L), positions(served.get(FEED + "?up_to=3&last=2")));
        Served.Answer beyond = served.get(FEED + "?up_to=99");
        assertEquals(List.of(1L, 2L, 3L, 4L), positions(beyond));
        assertEquals("true", beyond.header("Stream-Up-To-Date"));
        assertEquals(position(), beyond.header("Stream-Next-Offset"));
        Served.Answer before = served.get(FEED + "?up_to=1&after=" + FeedPlace.of(3));
        assertEquals("[]", before.text());
        assertEquals(FeedPlace.of(3).toString(), before.header("Stream-Next-Offset"));
        for (String query : List.of("?up_to=3", "?up_to=3&types=one", "?up_to=0", "?up_to=1&after=now")) {
            List<Sse.Event> all = open(FEED + query).toTheEnd();
            assertEquals("{\"reason\":\"up-to\"}", all.get(all.size() - 1).data(), query);
        }
        Sse live = open(FEED + "?up_to=5");
        Sse filtered = open(FEED + "?up_to=5&types=none");
        assertEquals(List.of(1L, 2L, 3L, 4L), positions(live.until("reel:caught-up")));
        filtered.until("reel:caught-up");
        append("c", "three", "three");
        List<Sse.Event> rest = live.toTheEnd();
        assertEquals(List.of("three", "reel:end"), Sse.names(rest));
        assertEquals("up-to", rest.get(1).json().textOf("reason"));
        List<Sse.Event> none = filtered.toTheEnd();
        assertEquals("up-to", none.get(none.size() - 1).json().textOf("reason"));
        Sse waiting = open(FEED + "?up_to=99");
        waiting.until("reel:caught-up");
        served.store.completeTails().block(Served.PATIENCE);
        assertEquals("{\"reason\":\"shutdown\"}", waiting.toTheEnd().get(0).data());
    }

    @Test
    @DisplayName("a stream whose up_to is in a gap of a purge also ends with up-to")
    void upToInAGap() {
        append("a", "one");
        append("b", "two", "three");
        served.store.purge("b").block(Served.PATIENCE);
        List<Sse.Event> all = open(FEED + "?up_to=3").toTheEnd();
        assertEquals(List.of(1L), positions(all));
        assertEquals("{\"reason\":\"up-to\"}", all.get(all.size() - 1).data(), all.toString());
    }

    @Test
    @DisplayName("HEAD returns the position; an invalid parameter is 400, and a place that never existed 410")
    void headAndProblems() {
        assertEquals("-1", served.send("HEAD", FEED, null).header("Stream-Next-Offset"));
        append("a", "one", "two");
        assertEquals(position(), served.send("HEAD", FEED, null).header("Stream-Next-Offset"));
        for (String query : List.of("?after=12", "?last=1&limit=1", "?limit=0", "?offset=-1", "?idle=1")) {
            assertEquals(400, served.get(FEED + query).status(), query);
        }
        String never = FeedPlace.of(99).toString();
        for (Served.Answer answer : List.of(
                served.get(FEED + "?after=" + never),
                served.get(FEED + "?limit=1&after=" + never),
                served.get(FEED + "?after=" + never, "Accept", "text/event-stream"),
                served.get(FEED, "Accept", "text/event-stream", "Last-Event-ID", never))) {
            assertEquals(410, answer.status(), answer.toString());
            assertEquals("log-changed", answer.problem());
        }
        assertEquals(
                400,
                served.get(FEED + "?limit=1", "Accept", "text/event-stream").status());
    }

    @Test
    @DisplayName("a stream of the feed: history, then live, with places of the feed")
    void follows() {
        append("a", "one", "заметка");
        Sse stream = open(FEED);
        assertEquals(new Sse.Event("-1", "reel:started", "{\"place\":\"-1\"}"), stream.next());
        for (SessionEvent event : stored()) {
            assertEquals(new Sse.Event(place(event), event.type(), object(event)), stream.next());
        }
        assertEquals(position(), stream.until("reel:caught-up").get(0).id());
        append("b", "two");
        SessionEvent live = stored().get(2);
        assertEquals(new Sse.Event(place(live), "two", object(live)), stream.next());
    }

    @Test
    @DisplayName(
            "a client that reconnects receives each event once; Last-Event-ID takes precedence over after and last")
    void reconnects() {
        List<Long> received = new ArrayList<>();
        String lastId = "-1";
        for (int round = 0; round < 10; round++) {
            append("s" + round % 3, "one", "two", "three", "one", "two", "three");
            try (Sse stream = Sse.open(served, FEED + "?after=now&last=1", "Last-Event-ID", lastId)) {
                for (int i = 0; i < 4; i++) {
                    Sse.Event event = stream.next();
                    lastId = Objects.requireNonNull(event.id());
                    received.addAll(positions(List.of(event)));
                }
            }
        }
        received.addAll(positions(open(FEED, "Last-Event-ID", lastId).until("reel:caught-up")));
        assertEquals(stored().stream().map(SessionEvent::position).toList(), received);
        assertEquals(List.of(60L), positions(open(FEED + "?last=1").until("reel:caught-up")));
        assertEquals(List.of(), positions(open(FEED + "?after=now").until("reel:caught-up")));
    }

    @Test
    @DisplayName(
            "a filtered stream moves the client's place past events that it leaves out, and sends idle signals on request")
    void filtered() {
        append("a", "one", "two", "two");
        Sse stream = open(FEED + "?types=one&prefix=a&idle=1");
        List<Sse.Event> events = stream.until("reel:caught-up");
        assertEquals(List.of("reel:started", "one"), Sse.names(events).subList(0, 2));
        append("a", "two");
        append("b", "one");
        String end = position();
        Sse.Event passed = stream.next();
        while (!end.equals(passed.id())) {
            passed = stream.next();
        }
        assertEquals(end, passed.json().textOf("place"));
        append("a", "one");
        List<Sse.Event> rest = stream.until("one");
        assertEquals(position(), rest.get(rest.size() - 1).id());
        stream.until("reel:idle");
    }

    @Test
    @DisplayName("a purge is an event of the feed, and a shutdown ends the stream")
    void ends() {
        append("a", "one");
        Sse stream = open(FEED);
        stream.until("reel:caught-up");
        served.store.purge("a").block(Served.PATIENCE);
        assertEquals("session_purged", stream.next().name());
        served.store.completeTails().block(Served.PATIENCE);
        List<Sse.Event> end = stream.toTheEnd();
        assertEquals(List.of("reel:end"), Sse.names(end));
        assertEquals("shutdown", end.get(0).json().textOf("reason"));
    }
}
