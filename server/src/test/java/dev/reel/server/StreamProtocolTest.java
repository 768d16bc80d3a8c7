package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.memory.MemorySessionStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class StreamProtocolTest {

    private static final String EVENTS = "/v1/sessions/a/events";
    private static final String POLL = EVENTS + "?live=long-poll&offset=";
    private static final String STREAM = EVENTS + "?live=sse&offset=";

    private final Served served = Served.memory();
    private final Served impatient =
            Served.of(MemorySessionStore.create(), options -> options.withLongPoll(Duration.ofMillis(50)));
    private final List<Sse> streams = new ArrayList<>();

    @AfterEach
    void close() {
        streams.forEach(Sse::close);
        served.close();
        impatient.close();
    }

    private static void append(Served to, int count) {
        List<EventDraft> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(EventDraft.of("note", Json.object("n", i)));
        }
        to.store.append("a", events).block(Served.PATIENCE);
    }

    private static String head(Served of) {
        return Objects.requireNonNull(of.store.head("a").block(Served.PATIENCE)).toString();
    }

    private Sse open(String path) {
        Sse stream = Sse.open(served, path);
        streams.add(stream);
        assertEquals(200, stream.status());
        return stream;
    }

    private static List<Long> versions(Json array) {
        return array.elements().stream().map(event -> event.longOf("seq")).toList();
    }

    /**
     * Returns all items up to a control event that has the member; adds the versions of the data before it to the list.
     */
    private static Json control(Sse stream, List<Long> versions, String member) {
        while (true) {
            Sse.Event event = stream.next();
            assertNull(event.id());
            if (event.name().equals("data")) {
                versions.addAll(versions(event.json()));
                continue;
            }
            assertEquals("control", event.name());
            if (event.json().get(member) != null) {
                return event.json();
            }
        }
    }

    @Test
    @DisplayName("a long poll answers at once if events follow the offset")
    void pollWithEvents() {
        append(served, 3);
        Served.Answer all = served.get(POLL + "-1");
        assertEquals(200, all.status(), all.toString());
        assertEquals(List.of(1L, 2L, 3L), versions(all.json()));
        assertEquals(head(served), all.header("Stream-Next-Offset"));
        assertEquals("true", all.header("Stream-Up-To-Date"));
        String cursor = Objects.requireNonNull(all.header("Stream-Cursor"));
        long next = Long.parseLong(cursor) + 1000;
        String later = served.get(POLL + "-1&cursor=" + next).header("Stream-Cursor");
        assertEquals(next + 1, Long.parseLong(Objects.requireNonNull(later)), "cursors never repeat");
        assertNotNull(served.get(POLL + "-1&cursor=other").header("Stream-Cursor"));
    }

    @Test
    @DisplayName("a long poll waits for the next event, even if the session has no events")
    void pollWaits() throws Exception {
        for (String offset : List.of("now", "-1", "place")) {
            String from = offset.equals("place") ? head(served) : offset;
            boolean history = from.equals("-1") && served.store.head("a").block(Served.PATIENCE) != null;
            CompletableFuture<Served.Answer> answer = CompletableFuture.supplyAsync(() -> served.get(POLL + from));
            if (!history) {
                long end = System.nanoTime() + Served.PATIENCE.toNanos();
                while (Objects.requireNonNull(served.store.status().block(Served.PATIENCE))
                                .openTails()
                        == 0) {
                    assertTrue(System.nanoTime() < end);
                    Thread.sleep(5);
                }
                append(served, 2);
            }
            Served.Answer got = answer.get(Served.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertEquals(200, got.status(), got.toString());
            assertFalse(got.json().elements().isEmpty());
            assertEquals(head(served), got.header("Stream-Next-Offset"));
        }
    }

    @Test
    @DisplayName("a long poll that receives nothing is 204, with the place to continue after")
    void pollTimesOut() {
        Served.Answer empty = impatient.get(POLL + "-1");
        assertEquals(204, empty.status(), empty.toString());
        assertEquals("-1", empty.header("Stream-Next-Offset"));
        append(impatient, 2);
        Served.Answer nothing = impatient.get(POLL + head(impatient));
        assertEquals(204, nothing.status(), nothing.toString());
        assertEquals("", nothing.text());
        assertEquals(head(impatient), nothing.header("Stream-Next-Offset"));
        assertEquals("true", nothing.header("Stream-Up-To-Date"));
        assertNotNull(nothing.header("Stream-Cursor"));
        assertNull(nothing.header("Stream-Closed"));
    }

    @Test
    @DisplayName("a long poll at the end of a closed session is 204 at once")
    void pollClosed() {
        append(served, 1);
        served.store.closeSession("a", Json.of("done")).block(Served.PATIENCE);
        for (String offset : List.of("now", head(served))) {
            Served.Answer end = served.get(POLL + offset);
            assertEquals(204, end.status(), end.toString());
            assertEquals("true", end.header("Stream-Closed"));
            assertEquals("true", end.header("Stream-Up-To-Date"));
        }
        Served.Answer rest = served.get(POLL + "-1");
        assertEquals(List.of(1L, 2L), versions(rest.json()));
        assertEquals("true", rest.header("Stream-Closed"));
    }

    @Test
    @DisplayName("an invalid live read is 400; a place of another log is 410")
    void wrong() {
        append(served, 1);
        for (String query : List.of(
                "?live=sse",
                "?live=long-poll",
                "?live=x&offset=-1",
                "?live=&offset=-1",
                "?live=sse&offset=x",
                "?live=sse&offset=-1&last=3",
                "?live=long-poll&offset=-1&limit=3",
                "?cursor=1")) {
            assertEquals(400, served.get(EVENTS + query).status(), query);
        }
        String other = LogPlace.of(1, "other", 1).toString();
        assertEquals(410, served.get(POLL + other).status());
        assertEquals(410, served.get(STREAM + other).status());
    }

    @Test
    @DisplayName("a stream has arrays of events, each followed by the place to continue after")
    void stream() {
        append(served, 150);
        Sse stream = open(STREAM + "-1");
        assertEquals("text/event-stream", stream.header("content-type"));
        List<Long> versions = new ArrayList<>();
        Json control = control(stream, versions, "upToDate");
        assertEquals(LongStream.rangeClosed(1, 150).boxed().toList(), versions);
        assertEquals(head(served), control.textOf("streamNextOffset"));
        assertNotNull(control.get("streamCursor"));
        assertNull(control.get("streamClosed"));
        append(served, 1);
        versions.clear();
        assertEquals(head(served), control(stream, versions, "upToDate").textOf("streamNextOffset"));
        assertEquals(List.of(151L), versions);
        Json now = control(open(STREAM + "now"), versions, "streamNextOffset");
        assertEquals(head(served), now.textOf("streamNextOffset"));
        assertEquals("true", String.valueOf(now.get("upToDate")));
        assertEquals(List.of(151L), versions, "no history");
    }

    @Test
    @DisplayName("a stream of a closed session ends with the closed signal")
    void streamClosed() {
        append(served, 2);
        Sse early = open(STREAM + "-1");
        List<Long> versions = new ArrayList<>();
        control(early, versions, "upToDate");
        served.store.closeSession("a", Json.of("done")).block(Served.PATIENCE);
        for (Sse stream : List.of(early, open(STREAM + "now"), open(STREAM + head(served)))) {
            Json last = control(stream, versions, "streamClosed");
            assertEquals(head(served), last.textOf("streamNextOffset"));
            assertNull(last.get("streamCursor"));
            assertEquals(List.of(), stream.toTheEnd());
        }
        assertEquals(List.of(1L, 2L, 3L), versions);
    }

    @Test
    @DisplayName("a stream that a shutdown ends is not marked as closed, so the client continues at another server")
    void streamShutdown() {
        append(served, 2);
        Sse stream = open(STREAM + "-1");
        control(stream, new ArrayList<>(), "upToDate");
        served.store.completeTails().block(Served.PATIENCE);
        assertEquals(List.of(), stream.toTheEnd());
    }
}
