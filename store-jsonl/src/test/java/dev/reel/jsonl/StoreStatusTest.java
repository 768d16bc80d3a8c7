package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.SessionStore;
import dev.reel.StoreFailedException;
import dev.reel.StoreFullException;
import dev.reel.StoreStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The status that a durable store reports. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StoreStatusTest {

    private final FaultyDisk disk = new FaultyDisk(new MemoryDisk());

    @TempDir
    Path directory;

    private static StoreStatus status(SessionStore store) {
        return store.status().blockOptional(OpenRoot.PATIENCE).orElseThrow();
    }

    private static void append(SessionStore store) {
        store.append("s", EventDraft.of("n", Json.EMPTY_OBJECT)).block(OpenRoot.PATIENCE);
    }

    @Test
    @DisplayName("bytes are unfolded until they are in session files")
    void unfolded() throws InterruptedException {
        OpenRoot root = OpenRoot.on(disk);
        assertEquals(0, status(root.store).unfoldedBytes());
        append(root.store);
        StoreStatus written = status(root.store);
        assertTrue(written.isAccepting());
        assertTrue(written.unfoldedBytes() > 0, written::toString);
        assertEquals(1, written.loadedSessions());
        root.fold();
        while (status(root.store).unfoldedBytes() > 0) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        while (status(root.store).loadedBytes() == 0) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        root.close();
        assertEquals(StoreStatus.State.CLOSED, status(root.store).state());
    }

    @Test
    @DisplayName("a store is full from a write that found no room until a write succeeds")
    void full() {
        OpenRoot root = OpenRoot.on(disk);
        append(root.store);
        disk.room(0);
        assertThrows(StoreFullException.class, () -> append(root.store));
        StoreStatus full = status(root.store);
        assertEquals(StoreStatus.State.FULL, full.state());
        assertFalse(full.isAccepting());
        assertTrue(String.valueOf(full.reason()).contains(OpenRoot.PATH.toString()), full::toString);
        disk.heal();
        append(root.store);
        assertTrue(status(root.store).isAccepting());
        root.close();
    }

    @Test
    @DisplayName("a store has stopped after a failed flush, and its status has the failure")
    void stopped() {
        OpenRoot root = OpenRoot.on(disk);
        append(root.store);
        disk.failAt(FaultyDisk.Call.SYNC, 1, FaultyDisk.Fault.BROKEN);
        assertThrows(StoreFailedException.class, () -> append(root.store));
        StoreStatus stopped = status(root.store);
        assertEquals(StoreStatus.State.STOPPED, stopped.state());
        assertFalse(stopped.isAccepting());
        assertTrue(String.valueOf(stopped.reason()).contains("the journal"), stopped::toString);
        disk.heal();
        assertEquals(StoreStatus.State.STOPPED, status(root.store).state(), "until it is opened again");
    }

    @Test
    @DisplayName("a follower's status is read-only; the writer's status is separate")
    void readOnly() {
        try (SessionStore writer = JsonlSessionStore.open(directory);
                SessionStore follower = JsonlSessionStore.follow(directory)) {
            append(writer);
            StoreStatus status = status(follower);
            assertEquals(StoreStatus.State.READ_ONLY, status.state());
            assertFalse(status.isAccepting());
            assertFalse(String.valueOf(status.reason()).isEmpty());
            assertTrue(status(writer).isAccepting());
        }
    }

    @Test
    @DisplayName("a session whose file is damaged is counted, and the store accepts writes to the others")
    void refused() throws Exception {
        Path file;
        try (JsonlSessionStore store = JsonlSessionStore.open(directory)) {
            append(store);
            file = store.fileOf("s");
            assertEquals(0, status(store).refusedSessions());
        }
        Files.writeString(file, "garbage\n");
        try (JsonlSessionStore store = JsonlSessionStore.open(directory)) {
            assertEquals(1, status(store).refusedSessions());
            assertTrue(status(store).isAccepting());
        }
    }
}
