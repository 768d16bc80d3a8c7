package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Recorder;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A recorder receives the journal's flushes")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JsonlRecorderTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final EventDraft NOTE = EventDraft.of("note", Json.object("n", 1));

    /** The sums over all flushes. */
    private static final class Flushes implements Recorder {

        private final LongAdder events = new LongAdder();
        private final LongAdder flushes = new LongAdder();
        private final LongAdder bytes = new LongAdder();
        private final LongAdder batches = new LongAdder();
        private final boolean broken;

        Flushes(boolean broken) {
            this.broken = broken;
        }

        @Override
        public void eventsAppended(int count, long size, long nanos) {
            events.add(count);
        }

        @Override
        public void journalFlushed(long nanos, long size, int count) {
            flushes.increment();
            bytes.add(size);
            batches.add(count);
            if (broken) {
                throw new IllegalStateException("on purpose");
            }
        }
    }

    @Test
    @DisplayName("if each write is flushed, the flush is reported before the write completes")
    void sync(@TempDir Path root) {
        Flushes flushes = run(root, Durability.SYNC, false);
        assertTrue(flushes.flushes.sum() >= 3, "one for each write, since each waited for its answer");
    }

    @Test
    @DisplayName("if writes are flushed later, a flush reports how many batches it made durable")
    void later(@TempDir Path root) {
        run(root, Durability.WRITE, false);
    }

    @Test
    @DisplayName("a recorder that throws does not stop the journal")
    void broken(@TempDir Path root) {
        run(root, Durability.SYNC, true);
    }

    private static Flushes run(Path root, Durability durability, boolean broken) {
        Flushes flushes = new Flushes(broken);
        StoreOptions options = StoreOptions.standard().withRecorder(flushes);
        try (SessionStore store = JsonlSessionStore.open(
                root, options, JsonlStoreOptions.standard().withDurability(durability))) {
            for (int i = 0; i < 3; i++) {
                store.append("s", NOTE).block(PATIENCE);
            }
            store.sync().block(PATIENCE);
            assertEquals(3, flushes.events.sum());
            assertEquals(3, flushes.batches.sum());
            assertTrue(flushes.bytes.sum() >= 3 * NOTE.data().size(), "bytes of the journal");
        }
        return flushes;
    }
}
