package dev.reel.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.jsonl.JsonlSessionStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** A server of a durable store is killed under load and restarted, many times; its clients are not told. */
@Tag("proof")
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class KilledServerTest {

    private static final int WRITERS = 6;
    private static final List<String> SESSIONS =
            IntStream.range(0, 4).mapToObj(i -> "s" + i).toList();
    private static final long PATIENCE_SECONDS = 60;
    private static final ClientOptions STUBBORN = ClientOptions.standard()
            .withBackoff(Duration.ofMillis(10), Duration.ofMillis(100))
            .withHeartbeat(Duration.ofSeconds(1))
            .withRetries(100_000);

    @TempDir
    Path root;

    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final List<Seen> tails = new ArrayList<>();
    private final List<HttpSessionStore> clients = new ArrayList<>();
    private volatile boolean stopped;

    /** The events that one tail received. */
    private final class Seen {

        private final String name;
        private final List<SessionEvent> events = Collections.synchronizedList(new ArrayList<>());

        Seen(String name, Flux<SessionEvent> tail) {
            this.name = name;
            tail.subscribe(
                    events::add,
                    failures::add,
                    () -> failures.add(new AssertionError(name + " ended, and no session was closed")));
        }
    }

    /** Appends batches of one to three events, one after the other, until it is stopped. */
    private final class Writer {

        private final Thread thread;
        private final List<String> written = Collections.synchronizedList(new ArrayList<>());
        private final AtomicLong answers = new AtomicLong();
        private final Map<String, Map<Long, String>> answered = new ConcurrentHashMap<>();

        Writer(int number, HttpSessionStore client, Random random) {
            SESSIONS.forEach(session -> answered.put(session, new ConcurrentHashMap<>()));
            thread = new Thread(
                    () -> {
                        try {
                            for (int n = 0; !stopped; n++) {
                                write(client, number + "-" + n, random);
                            }
                        } catch (RuntimeException | AssertionError e) {
                            failures.add(e);
                        }
                    },
                    "writer-" + number);
            thread.setDaemon(true);
            thread.start();
        }

        private void write(HttpSessionStore client, String name, Random random) {
            String session = SESSIONS.get(random.nextInt(SESSIONS.size()));
            int size = 1 + random.nextInt(3);
            List<EventDraft> batch = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                String tag = name + "-" + i + "/" + size;
                written.add(tag);
                batch.add(EventDraft.of("n", Json.object("tag", tag)));
            }
            Commit commit = Objects.requireNonNull(client.append(session, batch).block());
            assertEquals(size - 1, commit.version() - commit.firstVersion());
            for (int i = 0; i < size; i++) {
                Objects.requireNonNull(answered.get(session))
                        .put(commit.firstVersion() + i, name + "-" + i + "/" + size);
            }
            answers.incrementAndGet();
        }

        long last(String session) {
            return Objects.requireNonNull(answered.get(session)).keySet().stream()
                    .mapToLong(it -> it)
                    .max()
                    .orElse(0);
        }
    }

    @Test
    @DisplayName(
            "R7: a server is killed under load, 4 times, 50 at full size: acknowledged events are stored, none is stored"
                    + " twice; its clients' appends and tails recover, and each tail receives each event once, in order")
    void killed(TestReporter reporter) throws Exception {
        Random random = new Random(1);
        int rounds = Boolean.getBoolean("reel.full") ? 50 : 4;
        int port = freePort(new Random()); // random, so that another run on this machine does not use the same
        URI uri = URI.create("http://127.0.0.1:" + port);
        ServingProcess server = ServingProcess.start(root, port);
        try {
            followAll(uri);
            HttpSessionStore reader = client(uri);
            List<HttpSessionStore> writing = List.of(client(uri), client(uri));
            List<Writer> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                writers.add(new Writer(i, writing.get(i % writing.size()), new Random(random.nextLong())));
            }
            for (int round = 1; round <= rounds; round++) {
                String name = "round " + round;
                awaitLoad(name, writers);
                TimeUnit.MILLISECONDS.sleep(random.nextInt(300));
                server.kill();
                Map<String, Long> before = new ConcurrentHashMap<>();
                for (String session : SESSIONS) {
                    before.put(
                            session,
                            writers.stream()
                                    .mapToLong(it -> it.last(session))
                                    .max()
                                    .orElse(0));
                }
                server = ServingProcess.start(root, port);
                before.forEach((session, version) -> assertTrue(
                        Objects.requireNonNull(reader.head(session).block()).version() >= version,
                        name + ": " + session + " has not all that was answered"));
            }
            awaitLoad("after the last round", writers);
            stopped = true;
            for (Writer writer : writers) {
                writer.thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
                assertTrue(!writer.thread.isAlive(), writer.thread + " waits for ever");
            }
            assertEquals(List.of(), List.copyOf(failures));
            long events = writers.stream().mapToLong(it -> it.written.size()).sum();
            awaitTails(reader, events);
            server.kill();
            check(writers);
            reporter.publishEntry(rounds + " kills, "
                    + writers.stream().mapToLong(it -> it.answers.get()).sum() + " appends answered, of " + events
                    + " events");
        } finally {
            stopped = true;
            clients.forEach(HttpSessionStore::close);
            server.kill();
        }
    }

    /**
     * Returns a port below the range of ports for outgoing connections. If a client connected to a port of that range
     * while nothing listens on it, its own end could get the same port. It would then be connected to itself, and the
     * server could not listen.
     */
    private static int freePort(Random random) {
        while (true) {
            int port = 20_000 + random.nextInt(10_000);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // The port is in use.
            }
        }
    }

    private HttpSessionStore client(URI uri) {
        HttpSessionStore client = HttpSessionStore.connect(uri, STUBBORN);
        clients.add(client);
        return client;
    }

    /** Two clients follow each session, and the feed. */
    private void followAll(URI uri) {
        for (int i = 0; i < 2; i++) {
            HttpSessionStore following = client(uri);
            for (String session : SESSIONS) {
                tails.add(new Seen(session, following.tail(session, From.start())));
            }
            tails.add(new Seen("the feed", following.tailAll(FeedPlace.start(), FeedFilter.all())));
        }
    }

    /** Waits until each writer has answers, and each tail events, that it did not have when this was called. */
    private void awaitLoad(String name, List<Writer> writers) throws InterruptedException {
        for (Writer writer : writers) {
            long before = writer.answers.get();
            await(() -> writer.answers.get() >= before + 5, name + ": no answers for " + writer.thread);
        }
        for (Seen tail : tails) {
            int before = tail.events.size();
            await(() -> tail.events.size() > before, name + ": the tail of " + tail.name + " does not go on");
        }
    }

    private void awaitTails(HttpSessionStore reader, long events) throws InterruptedException {
        for (Seen tail : tails) {
            long all = tail.name.equals("the feed")
                    ? events
                    : Objects.requireNonNull(reader.head(tail.name).block()).version();
            await(() -> tail.events.size() >= all, "the tail of " + tail.name + " does not come to the end");
        }
    }

    private void await(BooleanSupplier condition, String what) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertEquals(List.of(), List.copyOf(failures), what);
            assertTrue(System.nanoTime() < end, what);
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private void check(List<Writer> writers) {
        try (SessionStore store = JsonlSessionStore.open(root)) {
            List<String> there = new ArrayList<>();
            for (String session : SESSIONS) {
                List<SessionEvent> log = all(store.replay(session, Range.all()));
                List<String> tags = log.stream().map(KilledServerTest::tag).toList();
                for (Writer writer : writers) {
                    Objects.requireNonNull(writer.answered.get(session))
                            .forEach((version, tag) ->
                                    assertEquals(tag, tags.get((int) (version - 1)), session + "@" + version));
                }
                there.addAll(tags);
                assertSeen(session, log);
            }
            assertSeen("the feed", all(store.replayAll(FeedPlace.start(), FeedFilter.all())));
            Set<String> written = new HashSet<>();
            writers.forEach(writer -> written.addAll(writer.written));
            assertEquals(written, new HashSet<>(there), "each append was acknowledged in the end");
            assertEquals(written.size(), there.size(), "an append is stored twice");
        }
    }

    private static List<SessionEvent> all(Flux<SessionEvent> events) {
        return Objects.requireNonNull(events.collectList().block());
    }

    private static String tag(SessionEvent event) {
        return Objects.requireNonNull(event.data().textOf("tag"));
    }

    private void assertSeen(String name, List<SessionEvent> log) {
        for (Seen tail : tails) {
            if (tail.name.equals(name)) {
                assertEquals(log, List.copyOf(tail.events), "the tail of " + name);
            }
        }
    }
}
