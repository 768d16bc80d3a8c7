package dev.reel.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.memory.MemorySessionStore;
import dev.reel.server.ServerOptions;
import dev.reel.server.SessionServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/**
 * Connections are closed, delayed, stopped and truncated at random, while clients write, follow and replay.
 * Acknowledged events are stored once, and each reader receives each event once, in order.
 */
class RandomCutsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final int WRITES = 80;
    private static final List<String> SESSIONS = List.of("a", "b");

    private final SessionStore behind = MemorySessionStore.create();
    private final SessionServer server = SessionServer.start(
            behind,
            ServerOptions.standard()
                    .withPort(0)
                    .withHeartbeat(Duration.ofMillis(100))
                    .withShutdownTimeout(Duration.ofMillis(500)));
    private final Proxy proxy = new Proxy();
    private final HttpSessionStore client = HttpSessionStore.connect(
            proxy.uri(),
            ClientOptions.standard()
                    .withHeartbeat(Duration.ofMillis(100))
                    .withAnswerTimeout(Duration.ofMillis(500))
                    .withRetries(200)
                    .withBackoff(Duration.ofMillis(5), Duration.ofMillis(50)));

    private volatile boolean over;

    RandomCutsTest() {
        proxy.to(server.address().getPort());
    }

    @AfterEach
    void close() {
        over = true;
        client.close();
        proxy.close();
        server.close();
        behind.close();
    }

    /** Requests some at a time, with random pauses. */
    private static final class Reader extends BaseSubscriber<SessionEvent> {

        private final List<String> seen = Collections.synchronizedList(new ArrayList<>());
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private final Random random;
        private int left;

        Reader(long seed) {
            random = new Random(seed);
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            more();
        }

        private void more() {
            left = 1 + random.nextInt(5);
            request(left);
        }

        @Override
        protected void hookOnNext(SessionEvent event) {
            seen.add(name(event));
            if (--left == 0) {
                more();
            }
        }

        @Override
        protected void hookOnError(Throwable error) {
            end.completeExceptionally(error);
        }

        @Override
        protected void hookOnComplete() {
            end.complete(null);
        }
    }

    private static String name(SessionEvent event) {
        return event.sessionId() + "@" + event.version();
    }

    private void disturb(long seed) throws InterruptedException {
        Random random = new Random(seed);
        while (!over) {
            switch (random.nextInt(6)) {
                case 0 -> proxy.cut();
                case 1 -> proxy.loseAnswers(1 + random.nextInt(3));
                case 2 -> proxy.cutAfter(random.nextInt(3_000));
                case 3 -> {
                    proxy.freeze();
                    TimeUnit.MILLISECONDS.sleep(random.nextInt(300));
                    proxy.thawNewConnections();
                }
                case 4 -> {
                    proxy.delay(random.nextInt(30));
                    TimeUnit.MILLISECONDS.sleep(random.nextInt(100));
                    proxy.delay(0);
                }
                default -> TimeUnit.MILLISECONDS.sleep(random.nextInt(50));
            }
            TimeUnit.MILLISECONDS.sleep(10 + random.nextInt(40));
        }
        proxy.delay(0);
        proxy.thawNewConnections();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    @DisplayName("no event is lost or delivered twice, and no write is done twice")
    void nothingLostNothingTwice(long seed) throws Exception {
        List<Reader> tails = new ArrayList<>();
        for (String session : SESSIONS) {
            for (int i = 0; i < 2; i++) {
                Reader reader = new Reader(seed + i);
                client.tail(session, From.start()).subscribe(reader);
                tails.add(reader);
            }
        }
        Reader feed = new Reader(seed);
        client.tailAll(FeedPlace.start(), FeedFilter.all()).subscribe(feed);
        List<Long> signalled = Collections.synchronizedList(new ArrayList<>());
        client.tailSignals("a", From.start(), TailOptions.standard())
                .ofType(TailSignal.Recorded.class)
                .subscribe(signal -> signalled.add(signal.event().version()));
        CompletableFuture<Void> disturber = CompletableFuture.runAsync(
                () -> {
                    try {
                        disturb(seed);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                work -> new Thread(work, "disturber").start());

        List<Long> written = Objects.requireNonNull(Flux.range(0, WRITES)
                .flatMap(
                        n -> n % 4 == 0
                                ? client.putMessage("a", MessageDraft.user("m" + n))
                                        .thenReturn((long) n)
                                : client.append(SESSIONS.get(n % 2), List.of(event(n, 0), event(n, 1)))
                                        .thenReturn((long) n),
                        8)
                .collectList()
                .block(PATIENCE));
        Reader replayed = new Reader(seed);
        client.replay("a", Range.all()).subscribe(replayed);
        replayed.end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        over = true;
        disturber.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertTrue(proxy.connections() > 20, "connections were cut: " + proxy.connections());
        assertEquals(WRITES, new HashSet<>(written).size());

        for (String session : SESSIONS) {
            client.closeSession(session, Json.of("done")).block(PATIENCE);
        }
        List<String> inFeed = names(behind.replayAll(FeedPlace.start(), FeedFilter.all()));
        for (String session : SESSIONS) {
            List<SessionEvent> log = Objects.requireNonNull(
                    behind.replay(session, Range.all()).collectList().block(PATIENCE));
            long texts = log.stream()
                    .map(event -> event.type() + event.data().textOf("n"))
                    .filter(text -> !text.endsWith("null"))
                    .count();
            long distinct = log.stream()
                    .map(event -> event.type() + event.data().textOf("n"))
                    .filter(text -> !text.endsWith("null"))
                    .distinct()
                    .count();
            assertEquals(distinct, texts, "appended once");
        }
        assertEquals(
                WRITES / 4,
                Objects.requireNonNull(behind.listMessages("a").count().block(PATIENCE))
                        .intValue());
        for (Reader tail : tails) {
            tail.end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            String session = tail.seen.get(0).substring(0, 1);
            assertEquals(names(behind.replay(session, Range.all())), tail.seen);
        }
        List<String> a = names(behind.replay("a", Range.all()));
        assertEquals(a.subList(0, replayed.seen.size()), replayed.seen);
        assertTrue(replayed.seen.size() >= a.size() - 1, "a replay ends at the end of the log");
        await(() -> feed.seen.size() >= inFeed.size() && signalled.size() >= a.size());
        assertEquals(inFeed, feed.seen);
        assertEquals(a.size(), signalled.size());
        assertEquals(signalled.stream().distinct().sorted().toList(), signalled);
    }

    private static EventDraft event(int n, int part) {
        return EventDraft.of("n", Json.object("n", n + "." + part));
    }

    private static List<String> names(Flux<SessionEvent> events) {
        return Objects.requireNonNull(
                events.map(RandomCutsTest::name).collectList().block(PATIENCE));
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "not within " + PATIENCE);
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }
}
