package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.Json;
import dev.reel.MessageDraft;
import dev.reel.SessionClosedException;
import dev.reel.WriteOptions;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Appending to a loaded session does not read its file, even after all of the session was moved to the file. */
class AppendReadsTest {

    @Test
    @DisplayName("the first append after folding reads no file; the store still knows that a session is closed")
    void afterFolding() throws Exception {
        FaultyDisk disk = new FaultyDisk(new MemoryDisk());
        OpenRoot root = OpenRoot.on(disk);
        append(root, 1, ExpectedVersion.exactly(0));
        root.store.putMessage("other", MessageDraft.user("hello")).block(OpenRoot.PATIENCE);
        root.fold();
        int before = disk.calls(FaultyDisk.Call.READ);
        assertEquals(
                1,
                Objects.requireNonNull(root.store.head("s").block(OpenRoot.PATIENCE))
                        .version());
        append(root, 2, ExpectedVersion.exactly(1));
        assertEquals(
                2,
                Objects.requireNonNull(root.store.head("s").block(OpenRoot.PATIENCE))
                        .version());
        root.store.putMessage("other", MessageDraft.user("again")).block(OpenRoot.PATIENCE);
        assertEquals(before, disk.calls(FaultyDisk.Call.READ));
        root.store.closeSession("other", Json.object("why", "done")).block(OpenRoot.PATIENCE);
        root.fold();
        assertThrows(
                SessionClosedException.class,
                () -> root.store.putMessage("other", MessageDraft.user("late")).block(OpenRoot.PATIENCE));
        root.close();
    }

    private static void append(OpenRoot root, int n, ExpectedVersion expected) {
        root.store
                .append(
                        "s",
                        List.of(EventDraft.of("n", Json.object("n", n))),
                        WriteOptions.none().withExpected(expected))
                .block(OpenRoot.PATIENCE);
    }
}
