package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.ReelException;
import dev.reel.StoreOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An opening that fails at any step releases the lock, so that the root can be opened again. */
class FailedOpeningTest {

    private static final StoreOptions OPTIONS = StoreOptions.standard().withDeliveryThreads(1);
    private static final JsonlStoreOptions JSONL = JsonlStoreOptions.standard().withCache(1 << 20);

    @TempDir
    Path directory;

    @Test
    @DisplayName("if any call of the disk fails during an opening, the lock is released, and the next opening works")
    void anyCall() throws Exception {
        MemoryDisk crashed = crashed();
        int failures = 0;
        boolean failed = true;
        for (int nth = 1; failed; nth++) {
            MemoryDisk left = crashed.copy();
            FaultyDisk disk = new FaultyDisk(left);
            disk.failAt(nth, FaultyDisk.Fault.BROKEN);
            AtomicInteger closed = new AtomicInteger();
            try {
                JsonlSessionStore store = open(disk, closed);
                failed = disk.calls() >= nth;
                assertEquals(0, closed.get(), "the store has the lock; call " + nth);
                disk.heal();
                store.closeAsync().block(OpenRoot.PATIENCE);
            } catch (ReelException e) {
                failures++;
            }
            assertEquals(1, closed.get(), "how often the lock was released; call " + nth);
            disk.heal();
            JsonlSessionStore next = open(disk, closed);
            assertEquals(2, next.replay("s", Range.all()).count().block(OpenRoot.PATIENCE), "call " + nth);
            next.closeAsync().block(OpenRoot.PATIENCE);
            assertEquals(2, closed.get(), "call " + nth);
        }
        assertTrue(failures > 20, failures + " openings failed");
    }

    @Test
    @DisplayName("a root with a damaged ledger is not opened, and its lock is released")
    void damaged() throws Exception {
        MemoryDisk left = crashed();
        Path file = OpenRoot.PATH.resolve(RootFiles.OWN).resolve("ledger.jsonl");
        byte[] before = left.bytes(file);
        left.put(file, "{\"no such\" thing\n{}\n{}\n".getBytes(StandardCharsets.UTF_8));
        AtomicInteger closed = new AtomicInteger();
        assertThrows(ReelException.class, () -> open(left, closed));
        assertEquals(1, closed.get());
        left.put(file, before);
        JsonlSessionStore next = open(left, closed);
        assertEquals(2, next.replay("s", Range.all()).count().block(OpenRoot.PATIENCE));
        next.closeAsync().block(OpenRoot.PATIENCE);
    }

    @Test
    @DisplayName("after a failed opening of any kind the directory's lock is free")
    void realLock() throws Exception {
        Path root = Files.createDirectories(directory.toRealPath().resolve("root"));
        try (JsonlSessionStore store = JsonlSessionStore.open(root)) {
            store.append("s", note(1)).block(OpenRoot.PATIENCE);
        }
        Path own = root.resolve(RootFiles.OWN);
        for (FaultyDisk.Call call :
                new FaultyDisk.Call[] {FaultyDisk.Call.CREATE_DIRECTORIES, FaultyDisk.Call.LIST, FaultyDisk.Call.OPEN
                }) {
            FaultyDisk disk = new FaultyDisk(new RealDisk(root));
            disk.failAt(call, 1, FaultyDisk.Fault.BROKEN);
            assertThrows(
                    ReelException.class,
                    () -> JsonlSessionStore.onFileThread(
                            root,
                            () -> JsonlSessionStore.open(
                                    disk, root, RootLock.take(own, Clock.systemUTC()), OPTIONS, JSONL)),
                    call.toString());
            try (JsonlSessionStore store = JsonlSessionStore.open(root)) {
                assertEquals(1, store.replay("s", Range.all()).count().block(OpenRoot.PATIENCE), call.toString());
            }
        }
    }

    private static JsonlSessionStore open(Disk disk, AtomicInteger closed) {
        return JsonlSessionStore.onFileThread(
                OpenRoot.PATH,
                () -> JsonlSessionStore.open(disk, OpenRoot.PATH, closed::incrementAndGet, OPTIONS, JSONL));
    }

    /** A root of a killed store, with one event in the file and one in the journal. */
    private static MemoryDisk crashed() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        OpenRoot root = OpenRoot.on(disk);
        root.store.append("s", note(1)).block(OpenRoot.PATIENCE);
        root.close();
        root = OpenRoot.on(disk);
        root.store.append("s", note(2)).block(OpenRoot.PATIENCE);
        MemoryDisk left = disk.killAt(disk.operations());
        root.close();
        return left.copy();
    }

    private static EventDraft note(int n) {
        return EventDraft.of("n", Json.object("n", n));
    }
}
