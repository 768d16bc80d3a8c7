package dev.reel.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForwardingSessionStore;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreStatus;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.memory.MemorySessionStore;
import dev.reel.spi.LineCodec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class LiveTest {

    private static final String EVENTS = "/v1/sessions/a/events";

    private Served served = Served.memory();
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

    private String place(int version) {
        return stored("a").get(version - 1).place().toString();
    }

    private static List<Long> range(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    private StoreStatus status(Predicate<StoreStatus> condition) throws InterruptedException {
        long end = System.nanoTime() + Served.PATIENCE.toNanos();
        while (true) {
            StoreStatus status = Objects.requireNonNull(served.store.status().block(Served.PATIENCE));
            if (condition.test(status)) {
                return status;
            }
            assertTrue(System.nanoTime() < end, status.toString());
            Thread.sleep(5);
        }
    }

    @Test
    @DisplayName("history, then live events: each with its place, type and line, with signals in between")
    void follows() {
        append("a", 200);
        Sse stream = open(EVENTS);
        assertEquals("text/event-stream", stream.header("content-type"));
        assertEquals("private, no-store", stream.header("cache-control"));
        assertEquals("no", stream.header("x-accel-buffering"));
        Sse.Event started = stream.next();
        assertEquals(new Sse.Event("-1", "reel:started", "{\"place\":\"-1\"}"), started);
        assertEquals("1000", stream.retry());
        List<Sse.Event> history = stream.until("reel:caught-up");
        List<SessionEvent> all = stored("a");
        for (int i = 0; i < 200; i++) {
            SessionEvent event = all.get(i);
            String line = new String(LineCodec.standard().encode(event), StandardCharsets.UTF_8);
            assertEquals(new Sse.Event(event.place().toString(), "note", line), history.get(i));
        }
        assertEquals(place(200), history.get(200).id());
        for (int i = 201; i <= 205; i++) {
            append("a", 1);
            assertEquals(place(i), stream.next().id());
        }
    }

    @Test
    @DisplayName("offset and last select the start; Last-Event-ID takes precedence over both")
    void starts() {
        append("a", 5);
        assertEquals(range(1, 5), Sse.versions(open(EVENTS + "?offset=-1").until("reel:caught-up")));
        assertEquals(List.of(), Sse.versions(open(EVENTS + "?offset=now").until("reel:caught-up")));
        assertEquals(range(4, 5), Sse.versions(open(EVENTS + "?last=2").until("reel:caught-up")));
        assertEquals(
                range(4, 5), Sse.versions(open(EVENTS + "?offset=" + place(3)).until("reel:caught-up")));
        for (String query : List.of("?offset=-1", "?offset=now", "?last=1", "")) {
            List<Sse.Event> rest =
                    open(EVENTS + query, "Last-Event-ID", place(2)).until("reel:caught-up");
            assertEquals(range(3, 5), Sse.versions(rest), query);
            assertEquals(place(2), rest.get(0).id());
        }
        assertEquals(range(1, 5), Sse.versions(open(EVENTS, "Last-Event-ID", "").until("reel:caught-up")));
        for (String wrong : List.of(
                "?offset=-1&last=2",
                "?after=1",
                "?up_to=1",
                "?lag=-1",
                "?offset=12",
                "?limit=3",
                "?types=note",
                "?idle=0",
                "?cursor=1",
                "?last=0")) {
            assertEquals(
                    400,
                    served.get(EVENTS + wrong, "Accept", "text/event-stream").status(),
                    wrong);
        }
        assertEquals(400, served.get(EVENTS + "?idle=3").status(), "only a stream can be idle");
        assertEquals(
                400,
                served.get(EVENTS, "Accept", "text/event-stream", "Last-Event-ID", "x")
                        .status());
    }

    @Test
    @DisplayName("a client that reconnects after every few events receives each event once, in order")
    void reconnects() {
        append("a", 3);
        List<Long> received = new ArrayList<>();
        String lastId = "";
        for (int round = 0; round < 20; round++) {
            append("a", 10);
            try (Sse stream = Sse.open(served, EVENTS, "Last-Event-ID", lastId)) {
                for (int i = 0; i < 7; i++) {
                    Sse.Event event = stream.next();
                    lastId = Objects.requireNonNull(event.id());
                    received.addAll(Sse.versions(List.of(event)));
                }
            }
        }
        received.addAll(Sse.versions(open(EVENTS, "Last-Event-ID", lastId).until("reel:caught-up")));
        assertEquals(range(1, 203), received);
    }

    @Test
    @DisplayName("a stream of a session without events waits for the first one")
    void beforeTheFirstEvent() {
        Sse stream = open("/v1/sessions/new/events");
        assertEquals(List.of("reel:started", "reel:caught-up"), Sse.names(stream.until("reel:caught-up")));
        append("new", 1);
        assertEquals(List.of(1L), Sse.versions(List.of(stream.next())));
    }

    @Test
    @DisplayName("a closed session ends the stream; a reconnect after its last event is 204")
    void closed() {
        append("a", 2);
        Sse early = open(EVENTS);
        early.until("reel:caught-up");
        served.store.closeSession("a", Json.of("done")).block(Served.PATIENCE);
        List<Sse.Event> rest = early.toTheEnd();
        assertEquals(List.of("session_close", "reel:end"), Sse.names(rest));
        assertEquals("{\"reason\":\"closed\"}", rest.get(1).data());
        assertNull(rest.get(1).id());
        assertEquals(
                List.of("reel:started", "note", "session_close", "reel:caught-up", "reel:end"),
                Sse.names(open(EVENTS + "?last=2").toTheEnd()));
        assertEquals(
                List.of("reel:started", "session_close", "reel:caught-up", "reel:end"),
                Sse.names(open(EVENTS, "Last-Event-ID", place(2)).toTheEnd()));
        for (Served.Answer answer : List.of(
                served.get(EVENTS, "Accept", "text/event-stream", "Last-Event-ID", place(3)),
                served.get(EVENTS + "?offset=" + place(3), "Accept", "text/event-stream"))) {
            assertEquals(204, answer.status(), answer.toString());
            assertEquals("", answer.text());
            assertEquals("true", answer.header("Stream-Closed"));
        }
    }

    @Test
    @DisplayName("a purge ends the stream; a reconnect is 204 until the session is written again, and then 410")
    void purged() {
        append("a", 2);
        String old = place(2);
        Sse stream = open(EVENTS);
        stream.until("reel:caught-up");
        served.store.purge("a").block(Served.PATIENCE);
        List<Sse.Event> end = stream.toTheEnd();
        assertEquals(List.of("reel:end"), Sse.names(end));
        assertEquals("purged", end.get(0).json().textOf("reason"));
        Served.Answer empty = served.get(EVENTS, "Accept", "text/event-stream", "Last-Event-ID", old);
        assertEquals(204, empty.status());
        assertNull(empty.header("Stream-Closed"), "the session is purged, not closed");
        assertEquals(410, served.get(EVENTS + "?offset=" + old).status(), "a plain read does not reconnect");
        append("a", 3);
        Served.Answer other = served.get(EVENTS, "Accept", "text/event-stream", "Last-Event-ID", old);
        assertEquals(410, other.status(), other.toString());
        assertEquals("log-changed", other.problem());
        assertNotEquals(old, place(2));
    }

    @Test
    @DisplayName("a place beyond the last event is 416, with the version of the last event")
    void beyond() {
        append("a", 2);
        String place = LogPlace.of(9, "other", 99).toString();
        Served.Answer answer = served.get(EVENTS, "Accept", "text/event-stream", "Last-Event-ID", place);
        assertEquals(416, answer.status(), answer.toString());
        assertEquals("beyond-head", answer.problem());
        assertEquals(place(2), answer.header("Stream-Next-Offset"));
        assertEquals(2, answer.json().longOf("head"));
        assertEquals(place, answer.json().textOf("place"));
    }

    @Test
    @DisplayName(
            "a shutdown ends the streams, including that of an empty session; the client resumes at another server")
    void shutdown() {
        append("a", 2);
        Sse stream = open(EVENTS);
        Sse empty = open("/v1/sessions/none/events");
        stream.until("reel:caught-up");
        empty.until("reel:caught-up");
        served.store.completeTails().block(Served.PATIENCE);
        for (Sse ended : List.of(stream, empty)) {
            List<Sse.Event> end = ended.toTheEnd();
            assertEquals(List.of("reel:end"), Sse.names(end));
            assertEquals("shutdown", end.get(0).json().textOf("reason"));
        }
    }

    @Test
    @DisplayName("a store that closes ends the streams with shutdown, and refuses new ones")
    void storeCloses() {
        append("a", 2);
        Sse stream = open(EVENTS);
        stream.until("reel:caught-up");
        served.store.close();
        assertEquals("shutdown", stream.toTheEnd().get(0).json().textOf("reason"));
        assertEquals(503, served.get(EVENTS, "Accept", "text/event-stream").status());
    }

    @Test
    @DisplayName("no event can break the stream: markup, control characters, line separators, any script")
    void hostile() {
        String text = "</script><!-- \r\nevent: reel:end\rdata: x\n\nid: 0\n\u0000\u0085\u2028\u2029\uFEFF😀 : ";
        List<String> types = List.of("заметка", "ノート", "x: y", "data:", ":", "😀");
        for (String type : types) {
            served.store
                    .append("a", EventDraft.of(type, Json.object(text, text)))
                    .block(Served.PATIENCE);
        }
        List<Sse.Event> events = open(EVENTS).until("reel:caught-up");
        assertEquals(types, Sse.names(events.subList(1, events.size() - 1)));
        List<SessionEvent> all = stored("a");
        for (int i = 0; i < all.size(); i++) {
            Sse.Event event = events.get(i + 1);
            assertEquals(all.get(i).place().toString(), event.id());
            assertArrayEquals(
                    LineCodec.standard().encode(all.get(i)), event.data().getBytes(StandardCharsets.UTF_8));
            Json data = Objects.requireNonNull(event.json().get("data"));
            assertEquals(text, data.textOf(text));
        }
    }

    @Test
    @DisplayName("an idle stream sends heartbeats, and idle signals on request")
    void quiet() {
        served.close();
        served = Served.of(MemorySessionStore.create(), options -> options.withHeartbeat(Duration.ofMillis(30)));
        append("a", 1);
        Sse stream = open(EVENTS);
        stream.until("reel:caught-up");
        for (int i = 0; i < 10; i++) {
            assertEquals("(comment)", stream.next().name());
        }
        append("a", 1);
        List<Sse.Event> more = stream.until("note");
        assertEquals(place(2), more.get(more.size() - 1).id());
        Sse idle = open(EVENTS + "?idle=1");
        List<Sse.Event> events = idle.until("reel:idle");
        assertEquals(place(2), events.get(events.size() - 1).id());
    }

    @Test
    @DisplayName("a client that disconnects ends its tail")
    void disconnects() throws Exception {
        append("a", 1);
        for (int i = 0; i < 5; i++) {
            Sse.open(served, EVENTS).until("reel:caught-up");
        }
        status(status -> status.openTails() == 5);
        try (Sse stream = Sse.open(served, EVENTS)) {
            stream.until("reel:caught-up");
            status(status -> status.openTails() == 6);
        }
        status(status -> status.openTails() == 5);
    }

    private Socket request() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.setSoTimeout((int) Served.PATIENCE.toMillis());
        InetSocketAddress address = served.server.address();
        socket.connect(address);
        socket.getOutputStream()
                .write(("GET " + EVENTS + " HTTP/1.1\r\nHost: 127.0.0.1:" + address.getPort()
                                + "\r\nAccept: text/event-stream\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    @DisplayName("history is sent in a few writes")
    void fewWrites() throws IOException {
        append("a", 640);
        try (Socket socket = request();
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
            int chunks = 0;
            for (String line = in.readLine(); !line.equals("event: reel:caught-up"); line = in.readLine()) {
                chunks += line.matches("[0-9a-f]+") ? 1 : 0;
            }
            assertTrue(chunks >= 10 && chunks < 30, "chunks: " + chunks);
        }
    }

    @Test
    @DisplayName("50 clients that stop reading cost one cursor each, and another client stays fast")
    void stalled() throws Exception {
        int count = 400;
        Json big = Json.object("text", "x".repeat(20_000));
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 50; i++) {
                sockets.add(request());
            }
            Sse fast = open(EVENTS);
            fast.until("reel:caught-up");
            status(status -> status.openTails() == 51);
            for (int i = 0; i < count; i++) {
                served.store.append("a", EventDraft.of("note", big)).block(Served.PATIENCE);
                assertEquals(place(i + 1), fast.next().id());
            }
            StoreStatus status = status(all -> all.openTails() == 51);
            assertTrue(status.slowestTailLag() > 100, "the stalled tails stand still: " + status);
            append("a", 1);
            assertEquals(place(count + 1), fast.next().id());
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        status(status -> status.openTails() == 1);
    }

    @Test
    @DisplayName("lag and idle of a stream, of a session or of the feed, are the options of its tail")
    void options() {
        List<TailOptions> asked = new CopyOnWriteArrayList<>();
        SessionStore recording = new ForwardingSessionStore(served.store) {
            @Override
            public Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions options) {
                asked.add(options);
                return super.tailSignals(sessionId, from, options);
            }

            @Override
            public Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions options) {
                asked.add(options);
                return super.tailAllSignals(after, filter, options);
            }
        };
        TailOptions standard = TailOptions.standard();
        try (Served other = Served.of(recording, options -> options)) {
            for (String path : List.of(EVENTS, "/v1/events")) {
                for (String query : List.of("?lag=0", "?lag=70000&idle=2", "")) {
                    Sse.open(other, path + query).close();
                }
                assertEquals(
                        List.of(
                                standard.withLag(0),
                                standard.withLag(70_000).withIdle(Duration.ofSeconds(2)),
                                standard),
                        asked);
                asked.clear();
                for (String wrong : List.of("?lag=-1", "?lag=2147483648", "?lag=x")) {
                    assertEquals(
                            400,
                            other.get(path + wrong, "Accept", "text/event-stream")
                                    .status(),
                            wrong);
                }
            }
        }
    }

    @Test
    @DisplayName("a client that stops reading and then continues is told that it fell behind, and misses nothing")
    void fellBehind() throws IOException {
        Sse stream = open(EVENTS);
        stream.until("reel:caught-up");
        append("a", 3_000);
        List<Sse.Event> live = new ArrayList<>();
        while (Sse.versions(live).size() < 3_000) {
            live.add(stream.next());
        }
        assertEquals(range(1, 3_000), Sse.versions(live));
        for (Sse.Event event : live) {
            if (event.name().equals("reel:fell-behind")) {
                assertEquals(3_000, event.json().longOf("published"));
            }
        }
    }
}
