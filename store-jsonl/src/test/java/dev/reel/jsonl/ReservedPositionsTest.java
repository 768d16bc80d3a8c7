package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.ReelException;
import dev.reel.StoreFailedException;
import dev.reel.StoreFullException;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * No position is assigned twice, whatever a power cut loses, even if the disk was full when positions were reserved.
 */
class ReservedPositionsTest {

    @Test
    @DisplayName(
            "if there was no room to reserve positions, the next write does; after a power cut none is assigned twice")
    void reservedAgain() throws Exception {
        int refused = 0;
        int stopped = 0;
        boolean failed = true;
        for (int nth = 1; failed; nth++) {
            MemoryDisk memory = before();
            FaultyDisk disk = new FaultyDisk(memory);
            // A power cut may lose what is acknowledged here, but a reader may have seen its position.
            OpenRoot root = OpenRoot.on(disk, Durability.WRITE, 64 << 20);
            int began = disk.calls(FaultyDisk.Call.WRITE);
            disk.failAt(FaultyDisk.Call.WRITE, nth, FaultyDisk.Fault.FULL);
            long last = 1;
            try {
                try {
                    append(root, 2);
                    failed = disk.calls(FaultyDisk.Call.WRITE) - began >= nth;
                } catch (StoreFullException e) {
                    refused++;
                }
                disk.heal();
                last = append(root, 3);
            } catch (StoreFailedException e) {
                disk.heal();
                stopped++;
            }
            MemoryDisk left = memory.crashAt(memory.operations());
            try {
                root.close();
            } catch (ReelException e) {
                assertTrue(last == 1, "only a stopped store fails to close: " + e);
            }
            OpenRoot next = OpenRoot.on(left);
            long position = append(next, 4);
            assertTrue(
                    position > last, "write " + nth + " failed: position " + position + " was given before: " + last);
            next.close();
        }
        assertTrue(refused >= 2, refused + " writes were refused");
        assertTrue(stopped <= 1, "writing stops only if the ledger may not be flushed");
    }

    private static MemoryDisk before() {
        MemoryDisk disk = new MemoryDisk();
        OpenRoot root = OpenRoot.on(disk);
        assertEquals(1, append(root, 1));
        root.close();
        return disk.copy();
    }

    private static long append(OpenRoot root, int n) {
        Commit commit =
                root.store.append("s", EventDraft.of("n", Json.object("n", n))).block(OpenRoot.PATIENCE);
        return Objects.requireNonNull(commit).position();
    }
}
