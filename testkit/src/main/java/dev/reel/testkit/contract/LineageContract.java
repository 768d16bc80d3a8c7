package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.LogChangedException;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionPurgedException;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.StoreClosedException;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.WriteOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;

/** R13, R14: a cursor belongs to one log. It ends with that log, and never continues in the next log of the same id. */
abstract class LineageContract extends ContractGroup {

    /** How a log begins; each has four events. */
    enum Beginning {
        APPEND {
            @Override
            void begin(SessionStore store, String session) {
                get(store.append(session, List.of(old(1), old(2), old(3), old(4))));
            }
        },
        FORK {
            @Override
            void begin(SessionStore store, String session) {
                get(store.append("parent of " + session, List.of(old(1), old(2), old(3))));
                get(store.fork("parent of " + session, ForkRequest.whole().withId(session)));
            }
        },
        COPY_OF_A_FORK {
            @Override
            void begin(SessionStore store, String session) {
                FORK.begin(store, "fork for " + session);
                List<EventDraft> events =
                        all(store.replay("fork for " + session, Range.all()).map(EventDraft::copyOf));
                Commit third = get(store.append(session, events.subList(0, 3), WriteOptions.recorded()));
                WriteOptions atTheEnd = WriteOptions.recorded().withExpected(ExpectedVersion.exactly(third.place()));
                get(store.append(session, events.subList(3, 4), atTheEnd));
            }
        };

        abstract void begin(SessionStore store, String session);

        private static EventDraft old(int n) {
            return custom("old", n);
        }
    }

    LineageContract(Function<StoreOptions, SessionStore> opener) {
        super(opener);
    }

    /** Returns every live read of a session. */
    private List<Flux<?>> liveReads(String session) {
        return List.of(
                store().tail(session, From.start()),
                store().tail(session, From.now()),
                store().tail(session, From.last(2)),
                store().tailSignals(session, From.start(), TailOptions.standard()),
                store().states(session));
    }

    private static List<Probe<?>> requesting(long n, List<Flux<?>> reads) {
        List<Probe<?>> probes = new ArrayList<>();
        for (Flux<?> read : reads) {
            probes.add(Probe.requesting(n, read));
        }
        return probes;
    }

    /** Purges a session and writes a new log of the same length. */
    private void purgeAndBeginAnew(String session) {
        maybe(store().purge(session));
        get(store().append(session, List.of(custom("new", 1), custom("new", 2), custom("new", 3), custom("new", 4))));
    }

    /** Uses other sessions, so that a store with little memory unloads the session. */
    private void useOthers() {
        for (int n = 0; n < 40; n++) {
            append("other " + n, custom("other", n));
        }
    }

    private static boolean isOfTheNewLog(Object item) {
        Object event = item instanceof TailSignal.Recorded recorded ? recorded.event() : item;
        return event instanceof SessionEvent told && told.type().equals("new")
                || event instanceof SessionState state && "new".equals(String.valueOf(state.lastEventId()));
    }

    private static void assertEnded(Probe<?> probe, String what) {
        probe.awaitError(SessionPurgedException.class);
        assertTrue(probe.items().stream().noneMatch(LineageContract::isOfTheNewLog), what + ": " + probe.items());
    }

    @ParameterizedTest(name = "R13: {0}")
    @EnumSource(Beginning.class)
    @DisplayName("R13: a tail that waits for the first event, without demand, ends with the log that begins there")
    void waitingWithoutDemand(Beginning beginning) {
        List<Probe<?>> waiting = requesting(0, liveReads("s"));
        beginning.begin(store(), "s");
        useOthers();
        purgeAndBeginAnew("s");
        for (Probe<?> probe : waiting) {
            probe.request(10);
            assertEnded(probe, "it waited for the first event");
        }
    }

    @ParameterizedTest(name = "R13: {0}")
    @EnumSource(Beginning.class)
    @DisplayName("R13: a tail that has caught up completes with its log, however that began")
    void caughtUp(Beginning beginning) {
        Probe<SessionEvent> tail = Probe.of(store().tail("s", From.start()));
        beginning.begin(store(), "s");
        assertEquals(range(1, 4), versionsOf(tail.await(4)));
        useOthers();
        purgeAndBeginAnew("s");
        assertEquals(range(1, 4), versionsOf(tail.awaitComplete()));
    }

    @ParameterizedTest(name = "R13: {0}")
    @EnumSource(Beginning.class)
    @DisplayName("R13: a read that stopped in the middle ends with its log, even if the session was unloaded meanwhile")
    void stoppedInTheMiddle(Beginning beginning) {
        beginning.begin(store(), "s");
        List<Flux<?>> reads = new ArrayList<>(List.of(
                store().tail("s", From.start()),
                store().tail("s", From.last(3)),
                store().tailSignals("s", From.start(), TailOptions.standard()),
                store().replay("s", Range.all()),
                store().replay("s", Range.last(3)).take(3)));
        List<Probe<?>> stopped = requesting(2, reads);
        stopped.forEach(probe -> probe.await(2));
        useOthers();
        get(store().state("s"));
        useOthers();
        purgeAndBeginAnew("s");
        for (Probe<?> probe : stopped) {
            probe.request(10);
            assertEnded(probe, "it had stopped in the middle");
            assertEquals(2, probe.items().size());
        }
    }

    @Test
    @DisplayName("R14: a place of a log is not a place of the next log with the same events, however that log began")
    void placesOfEachLife() {
        for (Beginning beginning : Beginning.values()) {
            String session = "places " + beginning;
            beginning.begin(store(), session);
            List<SessionEvent> before = log(session);
            List<EventDraft> copies = before.stream().map(EventDraft::copyOf).toList();
            maybe(store().purge(session));
            if (beginning == Beginning.APPEND) {
                get(store().append(session, copies, WriteOptions.recorded()));
                assertEquals(before, log(session));
                for (SessionEvent event : before) {
                    error(LogChangedException.class, store().replay(session, Range.after(event)));
                    error(LogChangedException.class, store().tail(session, From.after(event)));
                }
            }
        }
    }

    @Test
    @DisplayName("R13: a tail of the feed with upTo completes there, also with signals")
    void feedUpTo() {
        List<Long> at = new ArrayList<>();
        for (int n = 1; n <= 5; n++) {
            at.add(append("s", custom("a", n)).position());
        }
        for (int upTo : List.of(1, 3, 5)) {
            FeedFilter filter = FeedFilter.all().withUpTo(FeedPlace.of(at.get(upTo - 1)));
            assertEquals(
                    at.subList(0, upTo),
                    all(store().tailAll(FeedPlace.start(), filter).map(SessionEvent::position)));
            List<TailSignal> signals = all(store().tailAllSignals(FeedPlace.start(), filter, TailOptions.standard()));
            assertEquals(upTo + 2, signals.size(), inWords(signals).toString());
            assertEquals("caught up " + at.get(upTo - 1), inWords(signals).get(upTo + 1));
        }
        FeedFilter before = FeedFilter.all().withUpTo(FeedPlace.of(at.get(2)));
        assertEquals(
                List.of("started " + at.get(3), "caught up " + at.get(3)),
                inWords(all(store().tailAllSignals(FeedPlace.of(at.get(3)), before, TailOptions.standard()))));
        Probe<TailSignal> later = Probe.of(store().tailAllSignals(
                        FeedPlace.start(),
                        FeedFilter.all().withTypes("none").withUpTo(FeedPlace.of(at.get(4))),
                        TailOptions.standard()));
        later.awaitComplete();
    }

    @Test
    @DisplayName("R13: when the store closes, each tail with demand emits every acknowledged event, then completes")
    void closingLosesNothing() throws Exception {
        for (int round = 0; round < 40; round++) {
            SessionStore store = open(options);
            get(store.append("s", customs(1)));
            Probe<SessionEvent> tail = Probe.of(store.tail("s", From.start()));
            Probe<TailSignal> signals = Probe.of(store.tailSignals("s", From.start(), TailOptions.standard()));
            Probe<SessionState> states = Probe.of(store.states("s"));
            Probe<SessionEvent> feed = Probe.of(store.tailAll(FeedPlace.start(), FeedFilter.all()));
            tail.await(1);
            List<Commit> acknowledged = new ArrayList<>();
            CountDownLatch refused = new CountDownLatch(1);
            Thread writer = new Thread(() -> {
                try {
                    while (true) {
                        acknowledged.add(get(store.append("s", customs(2))));
                    }
                } catch (StoreClosedException e) {
                    refused.countDown();
                }
            });
            writer.start();
            tail.await(1 + round % 5);
            maybe(store.closeAsync());
            assertTrue(refused.await(patience().toSeconds(), TimeUnit.SECONDS), "the writer is rejected");
            writer.join(patience().toMillis());
            long last = acknowledged.isEmpty()
                    ? 1
                    : acknowledged.get(acknowledged.size() - 1).version();
            assertEquals(range(1, last), versionsOf(tail.awaitComplete()), "tail, round " + round);
            assertEquals(
                    last,
                    signals.awaitComplete().stream()
                            .filter(TailSignal.Recorded.class::isInstance)
                            .count(),
                    "signals, round " + round);
            List<SessionState> seen = states.awaitComplete();
            assertEquals(last, seen.get(seen.size() - 1).version(), "states, round " + round);
            assertEquals(range(1, last), versionsOf(feed.awaitComplete()), "feed, round " + round);
        }
    }
}
