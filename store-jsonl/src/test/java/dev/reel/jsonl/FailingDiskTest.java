package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.AppendUnknownException;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.ReelException;
import dev.reel.SessionDamagedException;
import dev.reel.SessionNotFoundException;
import dev.reel.StoreFailedException;
import dev.reel.StoreFullException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A root on a disk on which one call fails: the error is clear, reads continue, and after reopening no acknowledged
 * event is missing.
 */
class FailingDiskTest {

    private static final boolean FULL = Boolean.getBoolean("reel.full");

    @Test
    @DisplayName("a call that fails once loses no acknowledged write")
    void someFailures() throws Exception {
        for (FaultyDisk.Fault fault : FaultyDisk.Fault.values()) {
            failures(fault, 601);
        }
    }

    @Test
    @Tag("proof")
    @DisplayName("if any call fails once, no acknowledged write is lost, and the error is right")
    void everyFailure() throws Exception {
        for (FaultyDisk.Fault fault : FaultyDisk.Fault.values()) {
            failures(fault, FULL ? 1 : 67);
        }
    }

    @Test
    @DisplayName("a closed store leaves no file open, and neither does a check")
    void noFileStaysOpen() throws Exception {
        FaultyDisk disk = new FaultyDisk(RootScript.disk());
        OpenRoot root = OpenRoot.on(disk, Durability.SYNC, 2_000);
        for (RootScript.Step step : RootScript.steps()) {
            switch (step.kind()) {
                case FOLD -> root.fold();
                case REOPEN -> {
                    root.close();
                    assertEquals(0, disk.opened());
                    root = OpenRoot.on(disk, Durability.SYNC, 2_000);
                }
                default -> step.write().apply(root.store).block(OpenRoot.PATIENCE);
            }
        }
        for (int i = 0; i < 100; i++) {
            root.store.append("s" + i, EventDraft.of("note", Json.EMPTY_OBJECT)).block(OpenRoot.PATIENCE);
        }
        root.close();
        assertEquals(0, disk.opened());
        assertEquals(0, RootCheck.run(disk, OpenRoot.PATH, null, found -> {}).damages());
        assertEquals(0, disk.opened());
    }

    private static void failures(FaultyDisk.Fault fault, int stride) throws Exception {
        boolean failed = true;
        for (int nth = 1 + fault.ordinal(); failed; nth += stride) {
            Run run = new Run();
            try {
                failed = run.go(fault, nth);
                run.assertNothingLost(nth);
            } catch (Exception | Error e) {
                throw new AssertionError(
                        fault + " at call " + nth + ", in " + run.at + ", " + run.told + ": " + e.getMessage(), e);
            }
        }
    }

    /** Runs {@link RootScript} once; calls may fail. */
    private static final class Run {

        final MemoryDisk memory = RootScript.disk();
        final FaultyDisk disk = new FaultyDisk(memory);
        /** The reported errors, for the message of a failed test. */
        final List<String> told = new ArrayList<>();
        /** The current step. */
        String at = "open";
        /** The acknowledged writes. */
        Seen seen = Seen.NOTHING;
        /** The step with an unknown outcome. */
        RootScript.@Nullable Step unknown;

        @Nullable
        OpenRoot root;

        Run() throws Exception {}

        /** Whether a call failed. */
        boolean go(FaultyDisk.Fault fault, int nth) throws Exception {
            disk.failAt(nth, fault);
            open();
            for (RootScript.Step step : RootScript.steps()) {
                OpenRoot open = Objects.requireNonNull(root);
                at = step.name();
                int before = told.size();
                switch (step.kind()) {
                    case FOLD -> open.fold();
                    case REOPEN -> {
                        look(false);
                        close();
                        open();
                    }
                    default -> write(open, step);
                }
                // After a failure, the store shows what was acknowledged before.
                if (told.size() > before || open.hasStopped() || step.kind() == RootScript.Kind.REOPEN) {
                    look(step.kind() == RootScript.Kind.REOPEN);
                }
            }
            look(false);
            at = "close";
            close();
            boolean over = disk.calls() >= nth;
            disk.heal();
            return over;
        }

        private void open() {
            try {
                root = OpenRoot.on(disk, Durability.SYNC, 2_000);
            } catch (UncheckedIOException | ReelException e) {
                told.add("opening: " + Seen.outcome(e));
                assertTrue(String.valueOf(e.getMessage()).contains(OpenRoot.PATH.toString()), "it names no file: " + e);
                root = OpenRoot.on(disk, Durability.SYNC, 2_000);
            }
        }

        private void close() {
            try {
                Objects.requireNonNull(root).close();
            } catch (RuntimeException e) {
                told.add("closing: " + Seen.outcome(e));
            }
        }

        private void write(OpenRoot open, RootScript.Step step) {
            boolean hadStopped = open.hasStopped();
            long end = System.nanoTime() + OpenRoot.PATIENCE.toNanos();
            for (int attempt = 1; ; attempt++) {
                try {
                    step.write().apply(open.store).block(OpenRoot.PATIENCE);
                    assertTrue(!hadStopped || read(false).isSame(seen), "a store that has stopped wrote");
                    return;
                } catch (StoreFullException e) {
                    told.add(step.name() + ": full");
                    assertTrue(attempt == 1, "there is room again");
                    awaitReserve(open);
                } catch (SessionDamagedException e) {
                    // Its file could not be written, so this session fails until the next attempt, a moment later.
                    told.add(step.name() + ": " + Seen.outcome(e));
                    assertEquals(ReelException.Outcome.NOT_WRITTEN, e.outcome(), "refused by " + e);
                    if (open.hasStopped()) {
                        failed(open, step, e, hadStopped);
                        return;
                    }
                    assertTrue(System.nanoTime() < end, "it refuses for good: " + e);
                    LockSupport.parkNanos(20_000_000);
                } catch (ReelException e) {
                    told.add(step.name() + ": " + Seen.outcome(e));
                    if (attempt == 1 && e instanceof AppendUnknownException && !open.hasStopped()) {
                        continue; // a purge: it is on record, and its files are deleted at the next attempt
                    }
                    failed(open, step, e, hadStopped);
                    return;
                } catch (UncheckedIOException e) {
                    told.add(step.name() + ": " + Seen.outcome(e)); // the events that it had to read
                    assertTrue(attempt == 1, "the disk is right again");
                }
            }
        }

        /** A purge on a full disk used up the reserve. Until that is created again, only purges are written. */
        private static void awaitReserve(OpenRoot open) {
            long end = System.nanoTime() + OpenRoot.PATIENCE.toNanos();
            while (open.root.reserve().isGivenUp() && !open.hasStopped() && System.nanoTime() < end) {
                LockSupport.parkNanos(1_000_000);
            }
        }

        private void failed(OpenRoot open, RootScript.Step step, ReelException e, boolean hadStopped) {
            if (e instanceof SessionNotFoundException && !told.isEmpty()) {
                return; // what an earlier step did not create
            }
            if (hadStopped && step.kind() == RootScript.Kind.WRITE) {
                assertTrue(e instanceof StoreFailedException, "refused by " + e);
                assertEquals(ReelException.Outcome.NOT_WRITTEN, e.outcome(), "refused by " + e);
            }
            if (e.outcome() == ReelException.Outcome.UNKNOWN && step.kind() == RootScript.Kind.WRITE) {
                assertTrue(unknown == null, "nothing is written any more, but " + e);
                unknown = step;
            }
            assertTrue(open.hasStopped(), "only a store that has stopped fails: " + e);
        }

        private Seen read(boolean reopened) {
            OpenRoot open = Objects.requireNonNull(root);
            RootScript.Step may = reopened ? null : unknown;
            List<String> half = may == null ? List.of() : may.sessions();
            try {
                return Seen.ofHalfPurged(open.store, half);
            } catch (UncheckedIOException e) {
                told.add("reading: " + e);
                return Seen.ofHalfPurged(open.store, half);
            }
        }

        /** Reads continue; a failing one fails only once. */
        private void look(boolean reopened) {
            Seen now = read(reopened);
            if (reopened) {
                assertKept(now);
            }
            seen = now;
        }

        void assertNothingLost(int seed) throws Exception {
            at = "opening again";
            // Reopens the disk as it is, as after a killed process, and as after a power cut.
            List<MemoryDisk> disks =
                    List.of(memory.crash(new Random(seed)), memory.crashAt(memory.operations()), memory);
            for (MemoryDisk left : disks) {
                OpenRoot open = OpenRoot.on(left);
                assertKept(Seen.of(open.store));
                for (String id : new TreeSet<>(Seen.list(open.store.sessionIds()))) {
                    open.store
                            .append(id, EventDraft.of("note", Json.object("after", "it")))
                            .block(OpenRoot.PATIENCE);
                }
                Seen more = Seen.of(open.store);
                open.close();
                open = OpenRoot.on(left);
                assertTrue(Seen.of(open.store).isSame(more), "opened again, it shows something else");
                open.close();
            }
        }

        private void assertKept(Seen now) {
            RootScript.Step may = unknown;
            for (String id : seen.logs().keySet()) {
                if (may == null || !may.sessions().contains(id)) {
                    assertEquals(seen.log(id), now.log(id), "the log of " + id);
                } else if (!now.purges().equals(seen.purges())) {
                    assertEquals(List.of(), now.log(id), "a purge is whole");
                } else {
                    assertEquals(
                            seen.log(id), now.log(id).subList(0, seen.log(id).size()), "the log of " + id);
                }
            }
            now.logs()
                    .keySet()
                    .forEach(id -> assertTrue(
                            seen.logs().containsKey(id)
                                    || may != null && may.sessions().contains(id),
                            "there is " + id));
            assertTrue(now.purges().entrySet().containsAll(seen.purges().entrySet()), "purges " + now.purges());
            for (Map.Entry<Long, String> purge : now.purges().entrySet()) {
                assertTrue(
                        seen.purges().containsKey(purge.getKey())
                                || may != null && may.sessions().contains(purge.getValue()),
                        "purged: " + purge);
            }
        }
    }
}
