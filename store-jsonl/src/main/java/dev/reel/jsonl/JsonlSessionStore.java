package dev.reel.jsonl;

import dev.reel.ForwardingSessionStore;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.engine.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The durable store: a directory of session files that people can read, behind a journal that makes acknowledged writes
 * last. One process at a time writes to a directory.
 *
 * <pre>{@code
 * try (SessionStore store = JsonlSessionStore.open(Path.of("sessions"))) {
 *     store.putMessage(MessageDraft.user("s1", "hello")).block();
 * }
 * }</pre>
 *
 * <p>Answers come on the thread that subscribes where they need no file, else on the store's pool; files are read and
 * written on threads that no cancel interrupts.
 */
final class JsonlSessionStore extends ForwardingSessionStore {

    private final Root root;

    private JsonlSessionStore(SessionStore engine, Root root) {
        super(engine);
        this.root = root;
    }

    /**
     * Opens a directory with standard options.
     *
     * @param directory where the sessions are; made where it is not there
     * @return the store
     * @throws dev.reel.StoreLockedException when another store has it open
     * @throws dev.reel.StoreDamagedException when what can't be found out again is damaged
     * @throws UncheckedIOException when it can't be read or written
     */
    public static JsonlSessionStore open(Path directory) {
        return open(directory, StoreOptions.standard(), JsonlStoreOptions.standard());
    }

    /**
     * Opens a directory. Blocks until what a crash may have left is put right; not for an event-loop thread.
     *
     * @param directory where the sessions are; made where it is not there
     * @param options clock, ids, bounds and the rest
     * @param jsonl how it writes
     * @return the store
     * @throws dev.reel.StoreLockedException when another store has it open
     * @throws dev.reel.StoreDamagedException when what can't be found out again is damaged
     * @throws UncheckedIOException when it can't be read or written
     */
    public static JsonlSessionStore open(Path directory, StoreOptions options, JsonlStoreOptions jsonl) {
        CompletableFuture<JsonlSessionStore> opened = new CompletableFuture<>();
        Thread opening = FileThreads.thread("reel-open", () -> {
            try {
                opened.complete(begin(directory.toAbsolutePath().normalize(), options, jsonl));
            } catch (IOException e) {
                opened.completeExceptionally(new UncheckedIOException(directory + " can't be opened", e));
            } catch (Throwable t) {
                opened.completeExceptionally(t);
            }
        });
        opening.start();
        try {
            return opened.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException known ? known : e;
        }
    }

    private static JsonlSessionStore begin(Path path, StoreOptions options, JsonlStoreOptions jsonl)
            throws IOException {
        Disk disk = new RealDisk(path);
        Path own = path.resolve(Root.OWN);
        disk.createDirectories(own);
        Root root = Root.open(disk, path, RootLock.take(own, options.clock()), options, jsonl.cacheBytes());
        JournalWriter.Settings settings = new JournalWriter.Settings(jsonl.durability(), 64 << 20, jsonl.lagBytes());
        JsonlStorage storage = new JsonlStorage(root, settings, options.clock());
        Engine engine = Engine.onStorage(options, storage);
        storage.start(new Folder(root, storage.journal(), storage, engine, jsonl));
        return new JsonlSessionStore(engine, root);
    }

    /**
     * Where a session's file is, or would be.
     *
     * @param sessionId the session
     * @return the path; of a session that was just written to, it may not be there for a moment
     */
    public Path fileOf(String sessionId) {
        return root.fileOf(sessionId);
    }
}
