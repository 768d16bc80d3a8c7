package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Change;
import dev.reel.Commit;
import dev.reel.ExpectedVersion;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.VersionConflictException;
import dev.reel.WriteOptions;
import dev.reel.spi.Events;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** R2, R4, R10, R11 and R16 with many concurrent callers; {@code -Dreel.full=true} runs them much longer. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class ConcurrencyContract extends ContractGroup {

    private static final int TIMES = Boolean.getBoolean("reel.full") ? 25 : 1;

    private final Callers callers = new Callers();

    /** How many times one call races another; fewer if each tail uses a connection. */
    private final int races;

    ConcurrencyContract(Function<StoreOptions, SessionStore> opener, boolean isRemote) {
        super(opener);
        this.races = (isRemote ? 500 : 5_000) * TIMES;
    }

    @AfterEach
    void letCallersGo() {
        callers.close();
    }

    private static void spin(Random random) {
        for (int n = random.nextInt(400); n > 0; n--) {
            Thread.onSpinWait();
        }
    }

    @Test
    @DisplayName("R10: writers race subscribers at the hand-over, thousands of times: no event is missing or repeated")
    void theHandOver() {
        int rounds = 1_200 * TIMES;
        for (int round = 0; round < rounds; round++) {
            String session = "s" + round;
            List<Probe<TailSignal>> probes = new ArrayList<>();
            Random random = new Random(round);
            appendMany(session, random.nextInt(3));
            long[] seeds = random.longs(2).toArray();
            Callers.Running writers = callers.start(List.of(
                    () -> writeSome(session, new Random(seeds[0])), () -> writeSome(session, new Random(seeds[1]))));
            for (From from : List.of(From.start(), From.now(), From.last(2), From.start())) {
                spin(random);
                probes.add(Probe.of(store().tailSignals(session, from, TailOptions.standard())));
            }
            writers.await();
            List<SessionEvent> log = log(session);
            for (Probe<TailSignal> probe : probes) {
                long start = inLog(probe.await(1).get(0)).version();
                int count = log.size() - (int) start;
                List<TailSignal> signals = probe.await(count + 2);
                assertEquals(log.subList((int) start, log.size()), eventsIn(signals), "round " + round);
                assertEquals(count + 2, signals.size(), "round " + round);
                probe.cancel();
            }
            assertEquals(0, inLog(probes.get(0).items().get(0)).version());
        }
    }

    @Test
    @DisplayName("R10: a tail without signals also loses and repeats nothing at the hand-over")
    void theHandOverWithoutSignals() {
        for (int round = 0; round < 100 * TIMES; round++) {
            String session = "s" + round;
            long seed = round;
            Callers.Running writers = callers.start(List.of(
                    () -> writeSome(session, new Random(seed)), () -> writeSome(session, new Random(-seed - 1))));
            List<Probe<SessionEvent>> probes = new ArrayList<>();
            Random random = new Random(round);
            for (int n = 0; n < 4; n++) {
                spin(random);
                probes.add(Probe.of(store().tail(session, From.start())));
                probes.add(Probe.oneByOne(store().tail(session, From.start())));
            }
            writers.await();
            append(session, custom("last", 0));
            List<SessionEvent> log = log(session);
            for (Probe<SessionEvent> probe : probes) {
                assertEquals(log, probe.await(log.size()), "round " + round);
                probe.cancel();
            }
        }
    }

    private void writeSome(String session, Random random) {
        for (int n = 0; n < 5; n++) {
            spin(random);
            get(store().append(session, customs(1 + random.nextInt(2))));
        }
    }

    private static List<SessionEvent> eventsIn(List<TailSignal> signals) {
        List<SessionEvent> events = new ArrayList<>();
        for (TailSignal signal : signals) {
            if (signal instanceof TailSignal.Recorded recorded) {
                events.add(recorded.event());
            }
        }
        return events;
    }

    /**
     * A writer and a reader that start each round at the same time. The reader adapts its delay to what it finds, so
     * that it looks at the log just when the writer publishes.
     */
    private static final class Race {
        private final AtomicIntegerArray arrived = new AtomicIntegerArray(2);
        private volatile int delay;
        private int step = 1;

        void begin(int who, int round) throws InterruptedException {
            arrived.set(who, round + 1);
            for (int n = 1; arrived.get(1 - who) <= round; n++) {
                if (n % 1_000 == 0) {
                    LockSupport.parkNanos(1);
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                }
                Thread.onSpinWait();
            }
            int wait = (who == 0 ? -delay : delay) + ThreadLocalRandom.current().nextInt(64);
            for (int n = 0; n < wait; n++) {
                // Takes a few nanoseconds; Thread.onSpinWait may take a hundred.
                arrived.get(who);
            }
        }

        /** Adapts the reader's delay, depending on whether it was too late or too early in this round. */
        void adjust(boolean late) {
            boolean turned = late == step > 0;
            step = turned ? -Integer.signum(step) * 4 : Math.max(-10_000, Math.min(10_000, step * 2));
            delay = Math.max(-200_000, Math.min(200_000, delay + step));
        }
    }

    @Test
    @DisplayName("R10: one append races one new tail of an empty session, many times: the tail emits the event")
    void oneAppendAgainstOneTail() {
        int rounds = races;
        Race race = new Race();
        List<Probe<SessionEvent>> probes = new ArrayList<>();
        Callers.Running running = callers.start(List.of(
                () -> {
                    for (int round = 0; round < rounds; round++) {
                        Mono<Commit> append = store().append("s" + round, customs(1));
                        race.begin(0, round);
                        get(append);
                    }
                },
                () -> {
                    for (int round = 0; round < rounds; round++) {
                        Flux<SessionEvent> tail = store().tail("s" + round, From.start());
                        race.begin(1, round);
                        Probe<SessionEvent> probe = Probe.of(tail);
                        race.adjust(!probe.items().isEmpty());
                        probes.add(probe);
                    }
                }));
        running.await();
        for (Probe<SessionEvent> probe : probes) {
            assertEquals(List.of(1L), versionsOf(probe.await(1)));
            probe.cancel();
        }
    }

    @Test
    @DisplayName("R16: when the feed emits an event, the session list has the row that the event changed")
    void theListIsNotBehindTheFeed() {
        Queue<String> missed = new ConcurrentLinkedQueue<>();
        List<Probe<SessionEvent>> tails = new ArrayList<>();
        // The other tails keep the store busy while the first one already has the event.
        tails.add(Probe.of(store().tailAll(FeedPlace.start(), FeedFilter.all()), event -> {
            SessionQuery changed = SessionQuery.all().withChangedAfter(FeedPlace.of(event.position() - 1));
            List<Session> rows = all(store().listSessions(changed));
            if (rows.stream().noneMatch(row -> row.id().equals(event.sessionId()))) {
                missed.add(event.sessionId() + " at " + event.position());
            }
        }));
        for (int n = 0; n < 100; n++) {
            tails.add(Probe.of(store().tailAll(FeedPlace.start(), FeedFilter.all())));
        }
        int rounds = 300 * TIMES;
        for (int round = 0; round < rounds; round++) {
            user("s" + round % 150, "m" + round, "hi");
            tails.get(0).await(round + 1);
        }
        assertEquals(List.of(), List.copyOf(missed));
        tails.forEach(Probe::cancel);
    }

    @Test
    @DisplayName(
            "R4: of many writers that expect the same version exactly one succeeds; the others get the actual version")
    void oneWinner() {
        int writers = 4;
        LogPlace last = LogPlace.start();
        for (long version = 0; version < 250L * TIMES; version++) {
            List<ExpectedVersion> expectations = version == 0
                    ? List.of(ExpectedVersion.emptyLog(), ExpectedVersion.exactly(0))
                    : List.of(ExpectedVersion.exactly(version), ExpectedVersion.exactly(last));
            List<Mono<Object>> attempts = new ArrayList<>();
            for (int n = 0; n < writers; n++) {
                WriteOptions options = WriteOptions.expecting(expectations.get(n % 2));
                attempts.add(store().append("s", customs(1), options)
                        .cast(Object.class)
                        .onErrorResume(VersionConflictException.class, Mono::just));
            }
            List<Object> answers = atOnce(attempts);
            List<Object> won = answers.stream().filter(Commit.class::isInstance).toList();
            assertEquals(1, won.size(), "winners of version " + version);
            Commit commit = assertInstanceOf(Commit.class, won.get(0));
            assertEquals(version + 1, commit.version());
            for (Object answer : answers) {
                if (answer instanceof VersionConflictException conflict) {
                    assertEquals(version + 1, conflict.actual());
                }
            }
            last = commit.place();
        }
        assertEquals(250 * TIMES, log("s").size());
    }

    @Test
    @DisplayName("R16: with writers of many sessions, nothing appears in the feed below a reader's position")
    void positionOrderIsVisibilityOrder() {
        int sessions = 40;
        int each = 600 * TIMES;
        Probe<SessionEvent> tail = Probe.of(store().tailAll(FeedPlace.start(), FeedFilter.all()));
        Callers.Running writers = callers.start(IntStream.range(0, 4)
                .<Callers.Work>mapToObj(writer -> () -> {
                    Random random = new Random(writer);
                    for (int n = 0; n < each; n++) {
                        get(store().append("s" + random.nextInt(sessions), customs(1 + n % 3)));
                    }
                })
                .toList());
        List<SessionEvent> polled = new ArrayList<>();
        Map<Long, Integer> countsAt = new HashMap<>();
        boolean over = false;
        while (!over) {
            over = writers.isDone();
            long mark = polled.isEmpty() ? 0 : polled.get(polled.size() - 1).position();
            polled.addAll(all(store().replayAll(FeedPlace.of(mark), FeedFilter.all())));
            long position = get(store().position()).position();
            if (countsAt.size() < 20) {
                countsAt.put(
                        position,
                        all(store().replayAll(
                                                FeedPlace.start(),
                                                FeedFilter.all().withUpTo(FeedPlace.of(position))))
                                .size());
            }
        }
        writers.await();
        List<SessionEvent> feed = feed();
        assertEquals(4 * each * 2, feed.size());
        assertEquals(feed, polled);
        assertEquals(feed, tail.await(feed.size()));
        List<Long> positions = feed.stream().map(SessionEvent::position).toList();
        assertEquals(positions.stream().distinct().sorted().toList(), positions);
        countsAt.forEach((position, count) -> assertEquals(
                count,
                (int) positions.stream().filter(p -> p <= position).count(),
                "no event appeared below " + position));
        for (String session : all(store().sessionIds())) {
            assertEquals(
                    log(session),
                    feed.stream().filter(e -> e.sessionId().equals(session)).toList());
        }
    }

    @Test
    @DisplayName("R11: of 1,000 tails of one session, 100 never request; the others emit everything")
    void aThousandTails() {
        List<Probe<SessionEvent>> fast = new ArrayList<>();
        List<Probe<SessionEvent>> stalled = new ArrayList<>();
        for (int n = 0; n < 1_000; n++) {
            if (n % 10 == 3) {
                stalled.add(Probe.requesting(0, store().tail("s", From.start())));
            } else {
                fast.add(Probe.of(store().tail("s", From.start())));
            }
        }
        for (int n = 0; n < 50; n++) {
            get(store().append("s", customs(4)));
        }
        List<Long> expected = range(1, 200);
        for (Probe<SessionEvent> probe : fast) {
            assertEquals(expected, versionsOf(probe.await(200)));
        }
        for (Probe<SessionEvent> probe : stalled) {
            assertEquals(List.of(), probe.items());
            assertEquals(expected, versionsOf(probe.request(1_000).await(200)));
        }
    }

    @Test
    @DisplayName("R16: with concurrent forks and purges, feed and tails lose and repeat no event")
    void forksAndPurges() {
        int rounds = 80 * TIMES;
        Probe<SessionEvent> feed = Probe.of(store().tailAll(FeedPlace.start(), FeedFilter.all()));
        Probe<SessionEvent> tail = Probe.of(store().tail("p0", From.start()));
        appendMany("p0", 1);
        appendMany("p1", 1);
        ConcurrentLinkedQueue<Fork> forks = new ConcurrentLinkedQueue<>();
        Callers.Running running = callers.start(List.of(
                () -> {
                    for (int n = 0; n < rounds * 4; n++) {
                        get(store().append("p" + n % 2, customs(1 + n % 3)));
                    }
                },
                () -> {
                    for (int n = 0; n < rounds; n++) {
                        Fork fork = get(
                                store().fork("p" + n % 2, ForkRequest.whole().withId("f" + n)));
                        forks.add(fork);
                        get(store().append("f" + n, customs(1)));
                    }
                },
                () -> {
                    for (int n = 0; n < rounds; n++) {
                        get(store().append("x" + n % 3, customs(2)));
                        maybe(store().purge("x" + n % 3));
                    }
                }));
        running.await();
        List<SessionEvent> now = feed();
        long end = get(store().position()).position();
        Waits.until("the whole feed", () -> {
            List<SessionEvent> items = feed.items();
            return !items.isEmpty() && items.get(items.size() - 1).position() == end;
        });
        List<SessionEvent> heard = feed.items();
        assertEquals(
                now,
                heard.stream()
                        .filter(e -> !e.sessionId().startsWith("x") || e.version() == 0)
                        .toList());
        assertEquals(
                rounds, typesOf(now).stream().filter("session_purged"::equals).count());
        List<Long> positions = heard.stream().map(SessionEvent::position).toList();
        assertEquals(positions.stream().distinct().sorted().toList(), positions);
        assertEquals(log("p0"), tail.await(log("p0").size()));
        assertEquals(rounds, forks.size());
        for (Fork fork : forks) {
            List<SessionEvent> log = log(fork.sessionId());
            int inherited = (int) fork.parentVersion();
            assertEquals(inherited + 2, log.size());
            assertEquals(
                    log.subList(0, inherited),
                    all(store().replay(fork.parentId(), Range.between(0, inherited))).stream()
                            .map(event -> Events.under(event, fork.sessionId()))
                            .toList());
            assertTrue(log.get(inherited).change() instanceof Change.SessionFork);
        }
    }

    @Test
    @DisplayName(
            "R16: a loop that polls the changes after its mark misses no session's last row, with concurrent writers")
    void thePollingLoop() {
        int sessions = 15;
        Callers.Running writers = callers.start(IntStream.range(0, 3)
                .<Callers.Work>mapToObj(writer -> () -> {
                    Random random = new Random(writer);
                    for (int n = 0; n < 250 * TIMES; n++) {
                        String session = "s" + random.nextInt(sessions);
                        user(session, "m" + writer + "-" + n, "hi");
                    }
                })
                .toList());
        Map<String, Session> known = new HashMap<>();
        long mark = 0;
        boolean over = false;
        while (!over) {
            over = writers.isDone();
            long next = get(store().position()).position();
            all(store().listSessions(SessionQuery.all().withChangedAfter(FeedPlace.of(mark))))
                    .forEach(row -> known.put(row.id(), row));
            mark = next;
        }
        writers.await();
        List<Session> rows = all(store().listSessions(SessionQuery.all()));
        assertEquals(sessions, rows.size());
        for (Session row : rows) {
            assertEquals(
                    row.position(), get(Mono.justOrEmpty(known.get(row.id()))).position(), row.id());
        }
    }
}
