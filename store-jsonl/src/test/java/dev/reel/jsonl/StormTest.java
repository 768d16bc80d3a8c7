package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.Exceptions;

/** Callers that are interrupted and subscribers that cancel, continuously and at any moment. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class StormTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int SESSIONS = 4;

    @TempDir
    Path roots;

    @Test
    @DisplayName("R6, R23: interrupts and cancels close no file; each append is in the log once, or was not written")
    void shortStorm() throws Exception {
        storm(1, Duration.ofSeconds(3));
    }

    @Tag("proof")
    @Test
    @DisplayName("R6, R23: the same for longer")
    void longStorm() throws Exception {
        storm(2, Boolean.getBoolean("reel.full") ? Duration.ofMinutes(2) : Duration.ofSeconds(15));
    }

    /** The outcome of each append, by event id. */
    private enum Fate {
        /** The append completed: it is in the log. */
        ACKNOWLEDGED,
        /** The caller stopped waiting before the append completed: it is in the log, or not. */
        LEFT
    }

    private void storm(long seed, Duration length) throws Exception {
        Path root = JsonlSessionStoreTest.fresh(roots);
        // Many events are read back from files meanwhile.
        JsonlStoreOptions options = JsonlStoreOptions.standard()
                .withLag(Duration.ofMillis(20), 1 << 20)
                .withLoaded(1, 1)
                .withCache(50_000);
        Map<String, Map<String, Fate>> fates = new ConcurrentHashMap<>();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        try (SessionStore store = JsonlSessionStore.open(root, StoreOptions.standard(), options)) {
            AtomicBoolean over = new AtomicBoolean();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                String session = "s" + i;
                Map<String, Fate> its = new ConcurrentHashMap<>();
                fates.put(session, its);
                Random random = new Random(seed * 100 + i);
                threads.add(new Thread(() -> {
                    for (int n = 0; !over.get(); n++) {
                        append(store, session, session + "-" + n, random, its, failures);
                    }
                }));
                Random other = new Random(seed * 200 + i);
                threads.add(new Thread(() -> {
                    while (!over.get()) {
                        read(store, session, other, failures);
                    }
                }));
            }
            threads.forEach(Thread::start);
            Random random = new Random(seed);
            for (long end = System.nanoTime() + length.toNanos(); System.nanoTime() < end; ) {
                threads.get(random.nextInt(threads.size())).interrupt();
                TimeUnit.MICROSECONDS.sleep(random.nextInt(2_000));
            }
            over.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(List.of(), failures, "seed " + seed);
            check(store, fates, seed);
        }
        try (SessionStore store = JsonlSessionStore.open(root)) {
            check(store, fates, seed);
        }
    }

    private static void append(
            SessionStore store,
            String session,
            String id,
            Random random,
            Map<String, Fate> fates,
            List<Throwable> failures) {
        EventDraft event = EventDraft.of("n", Json.object("id", id)).withId(id);
        fates.put(id, Fate.LEFT);
        if (random.nextInt(3) == 0) {
            Disposable write =
                    store.append(session, event).subscribe(commit -> fates.put(id, Fate.ACKNOWLEDGED), failures::add);
            if (random.nextBoolean()) {
                Thread.yield();
            }
            write.dispose();
            return;
        }
        try {
            Commit commit = store.append(session, event).block(PATIENCE);
            assertEquals(id, commit.eventId());
            fates.put(id, Fate.ACKNOWLEDGED);
        } catch (RuntimeException e) {
            // Interrupted while it waited; the write continues or was cancelled, and repeating it shows which.
            noteUnlessInterrupted(e, failures);
            if (random.nextBoolean()) {
                retry(store, session, event, fates, failures);
            }
        }
    }

    private static void retry(
            SessionStore store, String session, EventDraft event, Map<String, Fate> fates, List<Throwable> failures) {
        try {
            store.append(session, event).block(PATIENCE);
            fates.put(event.id(), Fate.ACKNOWLEDGED);
        } catch (RuntimeException e) {
            noteUnlessInterrupted(e, failures);
        }
    }

    private static void read(SessionStore store, String session, Random random, List<Throwable> failures) {
        try {
            if (random.nextBoolean()) {
                store.replay(session, Range.all()).take(1 + random.nextInt(200)).blockLast(PATIENCE);
            } else {
                Disposable tail = store.tail(session, From.start()).subscribe(event -> {}, failures::add);
                TimeUnit.MICROSECONDS.sleep(random.nextInt(3_000));
                tail.dispose();
            }
        } catch (InterruptedException e) {
            // on purpose
        } catch (RuntimeException e) {
            noteUnlessInterrupted(e, failures);
        }
    }

    private static void noteUnlessInterrupted(RuntimeException e, List<Throwable> failures) {
        Thread.interrupted();
        if (!(Exceptions.unwrap(e) instanceof InterruptedException)) {
            failures.add(e);
        }
    }

    private static void check(SessionStore store, Map<String, Map<String, Fate>> fates, long seed) {
        fates.forEach((session, its) -> {
            List<SessionEvent> log =
                    store.replay(session, Range.all()).collectList().block(PATIENCE);
            Map<String, Long> found =
                    log.stream().collect(Collectors.groupingBy(SessionEvent::id, Collectors.counting()));
            its.forEach((id, fate) -> assertTrue(
                    found.getOrDefault(id, 0L) == 1 || fate == Fate.LEFT && !found.containsKey(id),
                    () -> "seed " + seed + ": " + id + " is " + fate + ", and is there " + found.get(id) + " times"));
            assertTrue(its.keySet().containsAll(found.keySet()), "nothing else is there");
            assertTrue(its.containsValue(Fate.ACKNOWLEDGED), "something was written");
        });
    }
}
