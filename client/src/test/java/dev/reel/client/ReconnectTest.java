package dev.reel.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.AppendUnknownException;
import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.From;
import dev.reel.InvalidInputException;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreBusyException;
import dev.reel.StoreClosedException;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import dev.reel.memory.MemorySessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;

/** A client whose server or connection is lost and restored. */
@Timeout(60)
class ReconnectTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final ClientOptions QUICK = ClientOptions.standard()
            .withBackoff(Duration.ofMillis(10), Duration.ofMillis(50))
            .withHeartbeat(Duration.ofMillis(200));

    private final SessionStore store = MemorySessionStore.create();
    private final Proxy proxy = new Proxy();
    private SessionServer server = start();
    private final HttpSessionStore client = HttpSessionStore.connect(proxy.uri(), QUICK);

    private SessionServer start() {
        SessionServer started = SessionServer.start(
                store,
                ServerOptions.standard()
                        .withPort(0)
                        .withHeartbeat(Duration.ofMillis(100))
                        .withShutdownTimeout(Duration.ofMillis(500)));
        proxy.to(started.address().getPort());
        return started;
    }

    @AfterEach
    void close() {
        client.close();
        proxy.close();
        server.close();
        store.close();
    }

    private static EventDraft event(long n) {
        return EventDraft.of("n", Json.object("n", n));
    }

    private static void await(BooleanSupplier condition, String what) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "not within " + PATIENCE + ": " + what);
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    @Test
    @DisplayName(
            "a tail continues after the last received event, however often its connection is cut: none lost, none twice")
    void tailGoesOn() throws Exception {
        List<Long> seen = Collections.synchronizedList(new ArrayList<>());
        List<TailSignal.Kind> kinds = Collections.synchronizedList(new ArrayList<>());
        Disposable tail = client.tailSignals("a", From.start(), TailOptions.standard())
                .subscribe(signal -> {
                    kinds.add(signal.kind());
                    if (signal instanceof TailSignal.Recorded recorded) {
                        seen.add(recorded.event().version());
                    }
                });
        for (int n = 1; n <= 60; n++) {
            store.append("a", event(n)).block(PATIENCE);
            if (n % 10 == 0) {
                int all = n;
                await(() -> seen.size() >= all - 5, "event " + (all - 5));
                proxy.cut();
            }
        }
        await(() -> seen.size() == 60, "60 events: " + seen);
        assertEquals(LongStream.rangeClosed(1, 60).boxed().toList(), seen);
        assertEquals(
                1,
                kinds.stream().filter(kind -> kind == TailSignal.Kind.STARTED).count());
        assertTrue(proxy.connections() > 5);
        tail.dispose();
    }

    /** Opens a tail that has received the first event, and returns the versions that it receives. */
    private List<Long> seenByATail(CompletableFuture<Void> over) throws InterruptedException {
        List<Long> seen = Collections.synchronizedList(new ArrayList<>());
        client.tail("a", From.start())
                .map(SessionEvent::version)
                .subscribe(seen::add, over::completeExceptionally, () -> over.complete(null));
        store.append("a", event(1)).block(PATIENCE);
        await(() -> seen.size() == 1, "the first event");
        return seen;
    }

    @Test
    @DisplayName(
            "a tail that a server rejects because it shuts down connects again, and continues with the next server")
    void serverShutsDown() throws Exception {
        CompletableFuture<Void> over = new CompletableFuture<>();
        List<Long> seen = seenByATail(over);

        int real = server.address().getPort();
        SessionStore closed = MemorySessionStore.create();
        closed.close();
        SessionServer rejecting =
                SessionServer.start(closed, ServerOptions.standard().withPort(0));
        proxy.to(rejecting.address().getPort());
        int before = proxy.connections();
        proxy.cut();
        await(() -> proxy.connections() > before, "a connection to the server that rejects it");
        TimeUnit.MILLISECONDS.sleep(500); // several attempts
        assertFalse(over.isDone(), () -> "the tail has ended: " + over);

        proxy.to(real);
        proxy.cut();
        store.append("a", event(2)).block(PATIENCE);
        await(() -> seen.size() == 2 || over.isDone(), "the second event");
        assertEquals(List.of(1L, 2L), seen);
        assertFalse(over.isDone(), () -> "the tail has ended: " + over);
        rejecting.close();
    }

    @Test
    @DisplayName("a tail survives its server: it continues with the next server at that address")
    void serverComesBack() throws Exception {
        CompletableFuture<Void> over = new CompletableFuture<>();
        List<Long> seen = seenByATail(over);
        server.close();
        store.append("a", event(2)).block(PATIENCE);
        server = start();
        await(() -> seen.size() == 2 || over.isDone(), "the second event");
        assertFalse(over.isDone(), () -> "the tail has ended: " + over);
        store.closeSession("a", Json.EMPTY_OBJECT).block(PATIENCE);
        over.get(20, TimeUnit.SECONDS);
        assertEquals(List.of(1L, 2L, 3L), seen);
    }

    @Test
    @DisplayName("a tail that receives nothing for two heartbeats reconnects")
    void silence() throws Exception {
        List<Long> seen = Collections.synchronizedList(new ArrayList<>());
        client.tail("a", From.start()).map(SessionEvent::version).subscribe(seen::add);
        store.append("a", event(1)).block(PATIENCE);
        await(() -> seen.size() == 1, "the first event");
        proxy.freeze();
        store.append("a", event(2)).block(PATIENCE);
        proxy.thawNewConnections();
        await(() -> seen.size() == 2, "the second event, on another connection");
    }

    @Test
    @DisplayName("writes whose answer is lost are repeated, and done once")
    void writesOnce() {
        for (int n = 1; n <= 20; n++) {
            proxy.loseAnswers(n % 2);
            Commit commit = Objects.requireNonNull(client.append("a", event(n)).block(PATIENCE));
            assertEquals(n, commit.version());
        }
        proxy.loseAnswers(1);
        client.putMessage("b", MessageDraft.user("hi")).block(PATIENCE);
        assertEquals(20, store.replay("a", Range.all()).count().block(PATIENCE));
        assertEquals(1, store.replay("b", Range.all()).count().block(PATIENCE));
    }

    @Test
    @DisplayName(
            "a write that is never answered fails with an unknown outcome; with no server, it reports that nothing was written")
    void lost() throws IOException {
        HttpSessionStore impatient = HttpSessionStore.connect(proxy.uri(), QUICK.withRetries(1));
        proxy.loseAnswers(1_000);
        assertThrows(
                AppendUnknownException.class,
                () -> impatient.append("a", event(1)).block(PATIENCE));
        URI nobody;
        try (ServerSocket socket = new ServerSocket(0)) {
            nobody = URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }
        HttpSessionStore nowhere = HttpSessionStore.connect(nobody, QUICK.withRetries(1));
        StoreUnreachableException told = assertThrows(
                StoreUnreachableException.class,
                () -> nowhere.append("a", event(1)).block(PATIENCE));
        assertTrue(String.valueOf(told.getMessage()).contains(nobody.toString()), told.getMessage());
        impatient.close();
        nowhere.close();
    }

    @Test
    @DisplayName("a replay that breaks off continues after the last event")
    void replayGoesOn() {
        List<EventDraft> drafts =
                LongStream.rangeClosed(1, 20_000).mapToObj(ReconnectTest::event).toList();
        for (int i = 0; i < 20; i++) {
            store.append("a", drafts.subList(i * 1_000, (i + 1) * 1_000)).block(PATIENCE);
        }
        proxy.cutAfter(100_000);
        List<Long> versions = client.replay("a", Range.all())
                .map(SessionEvent::version)
                .collectList()
                .block(PATIENCE);
        assertEquals(LongStream.rangeClosed(1, 20_000).boxed().toList(), versions);
        assertTrue(proxy.connections() > 1);
    }

    @Test
    @DisplayName("errors are those of the store")
    void errors() {
        client.append("a", event(1)).block(PATIENCE);
        VersionConflictException conflict = assertThrows(
                VersionConflictException.class,
                () -> client.append("a", List.of(event(2)), WriteOptions.expecting(5))
                        .block(PATIENCE));
        assertEquals(1, conflict.actual());
        assertThrows(InvalidInputException.class, () -> client.state("\n").block(PATIENCE));
        store.purge("a").block(PATIENCE);
        assertNull(client.state("a").block(PATIENCE), "empty, not an error");
        assertNull(client.getSession("a").block(PATIENCE));
        HttpSessionStore one = HttpSessionStore.connect(proxy.uri(), QUICK.withMaxTails(1));
        Disposable first = one.tail("b", From.start()).subscribe();
        assertThrows(StoreBusyException.class, () -> one.tail("c", From.start()).blockFirst(PATIENCE));
        first.dispose();
        one.close();
        assertThrows(StoreClosedException.class, () -> one.head("b").block(PATIENCE));
        assertThrows(
                StoreClosedException.class, () -> one.tail("b", From.start()).blockFirst(PATIENCE));
    }
}
