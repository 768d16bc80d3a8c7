package dev.reel.jsonl;

import dev.reel.StoreOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;

/** A durable store over any disk, which folds on request, for a purge, or when it closes. */
final class OpenRoot {

    static final Path PATH = Path.of("/store");
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final StoreOptions OPTIONS = StoreOptions.standard()
            .withClock(Clock.fixed(Instant.parse("2026-04-26T12:34:56.789Z"), ZoneOffset.UTC))
            .withDeliveryThreads(1);

    final JsonlSessionStore store;
    final Root root;
    final JsonlStorage storage;

    private OpenRoot(JsonlSessionStore store, Root root, JsonlStorage storage) {
        this.store = store;
        this.root = root;
        this.storage = storage;
    }

    static OpenRoot on(Disk disk) {
        return on(disk, Durability.SYNC, 64 << 20);
    }

    static OpenRoot on(Disk disk, Durability durability, long segmentBytes) {
        return on(disk, durability, segmentBytes, 64 << 20);
    }

    static OpenRoot on(Disk disk, Durability durability, long segmentBytes, long maxUnfolded) {
        JsonlStoreOptions jsonl = JsonlStoreOptions.standard()
                .withDurability(durability)
                .withLag(Duration.ofDays(1), 64 << 20)
                .withCache(1 << 20);
        Root[] opened = new Root[1];
        JsonlStorage[] storage = new JsonlStorage[1];
        JsonlSessionStore store = JsonlSessionStore.onFileThread(PATH, () -> {
            Root root = RootOpening.open(disk, PATH, () -> {}, OPTIONS, jsonl.cacheBytes());
            opened[0] = root;
            try {
                storage[0] = new JsonlStorage(root, new JournalWriter.Settings(durability, segmentBytes, maxUnfolded));
            } catch (IOException | RuntimeException e) {
                try {
                    root.close();
                } catch (IOException more) {
                    e.addSuppressed(more);
                }
                throw e;
            }
            return JsonlSessionStore.over(root, storage[0], OPTIONS, jsonl);
        });
        return new OpenRoot(store, opened[0], storage[0]);
    }

    /** Moves acknowledged events into files; returns when that is done or can no longer happen. */
    void fold() throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (storage.unstored().any() != null && !hasStopped()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not folded after " + PATIENCE + ": "
                        + storage.unstored().any());
            }
            storage.hurry();
            TimeUnit.MICROSECONDS.sleep(200);
        }
    }

    /** Whether it has stopped writing. */
    boolean hasStopped() {
        return storage.journal().failure() != null;
    }

    /** The end of the journal's last segment. */
    long journalEnd() {
        return storage.journal().written().offset();
    }

    void close() {
        store.closeAsync().block(PATIENCE);
    }
}
