package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.memory.MemorySessionStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Streams whose client controls the demand. */
class CreditTest {

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

    private void purge(String id) {
        served.store.purge(id).block(Served.PATIENCE);
    }

    private int grant(Sse stream, long credit) {
        return served.send("POST", "/v1/streams/" + stream.header("Reel-Stream") + "?credit=" + credit, null)
                .status();
    }

    private List<Long> versions(Sse stream, int count) {
        List<Sse.Event> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(stream.next());
        }
        return Sse.versions(events);
    }

    @Test
    @DisplayName("a tail sends as many signals as are granted; the first one needs no credit")
    void signals() {
        append("a", 3);
        Sse stream = Sse.open(served, EVENTS + "?credit=0");
        assertEquals("reel:started", stream.next().name());
        assertEquals(204, grant(stream, 2));
        assertEquals(List.of(1L, 2L), versions(stream, 2));
        // Each further item needs a grant, so exactly the granted number arrives.
        assertEquals(204, grant(stream, 1));
        assertEquals(List.of(3L), versions(stream, 1));
        assertEquals(204, grant(stream, 5));
        assertEquals("reel:caught-up", stream.next().name());
        append("a", 6);
        assertEquals(List.of(4L, 5L, 6L, 7L), versions(stream, 4));
        assertEquals(204, grant(stream, Long.MAX_VALUE));
        assertEquals(List.of(8L, 9L), versions(stream, 2));
    }

    @Test
    @DisplayName(
            "events that are purged while a client waits are not sent, and the stream reports that it is incomplete")
    void purgedWhileWaiting() {
        append("a", 3);
        Sse stream = Sse.open(served, EVENTS + "?credit=2&signals=false");
        Sse replay = Sse.open(served, EVENTS + "?credit=2&follow=false");
        for (Sse each : List.of(stream, replay)) {
            assertEquals("reel:started", each.next().name());
            assertEquals(List.of(1L, 2L), versions(each, 2));
        }
        purge("a");
        for (Sse each : List.of(stream, replay)) {
            assertEquals(new Sse.Event(null, "reel:end", "{\"reason\":\"purged\",\"incomplete\":true}"), each.next());
            assertEquals(404, grant(each, 1));
        }
    }

    @Test
    @DisplayName("a client that waits is told that it fell behind, even if it missed only a few events")
    void fellBehind() {
        Sse stream = Sse.open(served, EVENTS + "?credit=1&lag=2");
        assertEquals(List.of("reel:started", "reel:caught-up"), Sse.names(List.of(stream.next(), stream.next())));
        append("a", 3);
        assertEquals(204, grant(stream, 10));
        assertEquals("reel:fell-behind", stream.next().name());
        assertEquals(List.of(1L, 2L, 3L), versions(stream, 3));
    }

    @Test
    @DisplayName("signals=false leaves out all signals except the start and the end, and the start has the place")
    void eventsOnly() {
        append("a", 5);
        String second = String.valueOf(served.get(EVENTS + "?limit=2").header("Stream-Next-Offset"));
        for (String query : List.of("last=3", "offset=" + second)) {
            Sse stream = Sse.open(served, EVENTS + "?signals=false&" + query);
            assertEquals(new Sse.Event(second, "reel:started", "{\"place\":\"" + second + "\"}"), stream.next());
            assertEquals(List.of(3L, 4L, 5L), versions(stream, 3));
        }
        Sse now = Sse.open(served, EVENTS + "?signals=false&offset=now&credit=0");
        assertEquals(served.get(EVENTS).header("Stream-Next-Offset"), now.next().id());
        served.store.closeSession("a", Json.of("done")).block(Served.PATIENCE);
        assertEquals(204, grant(now, 1));
        assertEquals(List.of(6L), versions(now, 1));
        assertEquals(new Sse.Event(null, "reel:end", "{\"reason\":\"closed\"}"), now.next());
    }

    @Test
    @DisplayName(
            "follow=false ends after the existing events, accepts the ranges of a plain read, and reports the problem of a wrong one")
    void replays() {
        append("a", 5);
        String third = String.valueOf(served.get(EVENTS + "?limit=3").header("Stream-Next-Offset"));
        Sse stream = Sse.open(served, EVENTS + "?follow=false&after=1&up_to=3");
        assertEquals(third, stream.next().json().textOf("up_to"));
        assertEquals(List.of(2L, 3L), versions(stream, 2));
        assertEquals(List.of(new Sse.Event(null, "reel:end", "{\"reason\":\"complete\"}")), stream.toTheEnd());
        append("b", 1);
        Json end = Sse.open(served, "/v1/sessions/b/events?follow=false&offset=" + third)
                .until("reel:end")
                .get(1)
                .json();
        assertEquals("error", end.textOf("reason"));
        assertEquals(
                "urn:reel:problem:log-changed",
                Objects.requireNonNull(end.get("problem")).textOf("type"));
    }

    @Test
    @DisplayName("the feed supports credit, streams of events only, and an end")
    void feed() {
        append("a", 2);
        append("b", 2);
        Sse tail = Sse.open(served, "/v1/events?signals=false&credit=1&last=3");
        assertEquals(new Sse.Event(null, "reel:started", "{}"), tail.next());
        assertEquals("a", tail.next().json().textOf("session"));
        purge("b");
        assertEquals(204, grant(tail, 9));
        assertEquals("session_purged", tail.next().name());
        Sse replay = Sse.open(served, "/v1/events?follow=false&credit=1&types=note");
        assertEquals("reel:started", replay.next().name());
        assertEquals("note", replay.next().name());
        assertEquals(204, grant(replay, 9));
        assertEquals(List.of("note", "session_purged", "reel:end"), Sse.names(replay.toTheEnd()));
    }

    @Test
    @DisplayName("the read token can grant; no other caller can; an ended stream is forgotten")
    void tokens() throws InterruptedException {
        try (Served guarded = Served.of(
                MemorySessionStore.create(),
                options -> options.withReadToken("r".repeat(32)).withWriteToken("w".repeat(32)))) {
            String reader = "Bearer " + "r".repeat(32);
            Sse stream = Sse.open(guarded, EVENTS + "?credit=0", "Authorization", reader);
            stream.next();
            String path = "/v1/streams/" + stream.header("Reel-Stream") + "?credit=1";
            assertEquals(401, guarded.send("POST", path, null).status());
            assertEquals(
                    204,
                    guarded.send("POST", path, null, "Authorization", reader).status());
            assertEquals("reel:caught-up", stream.next().name());
            assertEquals(
                    400,
                    guarded.send("POST", path.replace("credit=1", "credit=0"), null, "Authorization", reader)
                            .status());
            assertEquals(
                    "stream-not-found",
                    guarded.send("POST", "/v1/streams/other?credit=1", null, "Authorization", reader)
                            .problem());
            stream.close();
            long end = System.nanoTime() + Served.PATIENCE.toNanos();
            while (guarded.send("POST", path, null, "Authorization", reader).status() != 404) {
                if (System.nanoTime() > end) {
                    throw new AssertionError("the server still knows the stream");
                }
                Thread.sleep(20);
            }
        }
    }
}
