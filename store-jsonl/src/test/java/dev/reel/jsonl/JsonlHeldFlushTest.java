package dev.reel.jsonl;

import dev.reel.ReelException;
import dev.reel.SessionStore;
import dev.reel.StoreFailedException;
import dev.reel.StoreOptions;
import dev.reel.testkit.contract.HeldFlushContract;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** The durable store over a disk that holds flushes. */
class JsonlHeldFlushTest extends HeldFlushContract {

    @TempDir
    static Path roots;

    @Override
    protected HeldStore open(StoreOptions options) {
        return new HeldRoot(JsonlSessionStoreTest.fresh(roots), options);
    }

    /** A store in a directory whose flushes wait, and the journal's bytes of one session. */
    private static final class HeldRoot implements HeldStore {

        private final FaultyDisk disk;
        private final JsonlSessionStore store;
        private final List<JournalEntry> held = new ArrayList<>();
        private @Nullable String heldSession;

        HeldRoot(Path path, StoreOptions options) {
            disk = new FaultyDisk(new RealDisk(path));
            JsonlStoreOptions jsonl = JsonlStoreOptions.standard();
            store = JsonlSessionStore.onFileThread(path, () -> {
                Path own = path.resolve(RootFiles.OWN);
                disk.createDirectories(own);
                Root root =
                        RootOpening.open(disk, path, RootLock.take(own, options.clock()), options, jsonl.cacheBytes());
                return JsonlSessionStore.over(root, new Storage(root, jsonl), options, jsonl);
            });
        }

        private final class Storage extends JsonlStorage {

            Storage(Root root, JsonlStoreOptions jsonl) throws IOException {
                super(root, JsonlSessionStore.settings(jsonl));
            }

            @Override
            public void settled(List<JournalEntry> entries) {
                List<JournalEntry> told = new ArrayList<>();
                synchronized (held) {
                    for (JournalEntry entry : entries) {
                        (entry.sessionId().equals(heldSession) ? held : told).add(entry);
                    }
                }
                super.settled(told);
            }
        }

        @Override
        public SessionStore store() {
            return store;
        }

        @Override
        public void hold() {
            disk.hold(FaultyDisk.Call.SYNC);
        }

        @Override
        public void hold(String sessionId) {
            synchronized (held) {
                heldSession = sessionId;
            }
        }

        @Override
        public void release() {
            disk.release(FaultyDisk.Call.SYNC);
            takeHeld().forEach(JournalEntry::tell);
        }

        @Override
        public void fail() {
            List<JournalEntry> failed = takeHeld();
            if (failed.isEmpty()) {
                disk.failAt(FaultyDisk.Call.SYNC, 1, FaultyDisk.Fault.BROKEN);
            }
            disk.release(FaultyDisk.Call.SYNC);
            failed.forEach(entry -> entry.fail(new StoreFailedException(
                    entry.sessionId(), ReelException.Outcome.UNKNOWN, new IOException("on purpose"))));
            failed.forEach(JournalEntry::tell);
        }

        private List<JournalEntry> takeHeld() {
            synchronized (held) {
                heldSession = null;
                List<JournalEntry> taken = List.copyOf(held);
                held.clear();
                return taken;
            }
        }
    }
}
