package dev.reel.jsonl;

import dev.reel.ForwardingSessionStore;
import dev.reel.Ids;
import dev.reel.ReelException;
import dev.reel.SessionStore;
import dev.reel.StoreFailedException;
import dev.reel.StoreFullException;
import dev.reel.StoreOptions;
import dev.reel.internal.engine.Engine;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;

/**
 * The durable store: a directory with one JSONL file per session, which people can read, and a journal that makes
 * acknowledged writes durable. ExAthena session directories are opened in place.
 * <pre>{@code
 * try (SessionStore store = JsonlSessionStore.open(Path.of("sessions"))) {
 * store.putMessage("s1", MessageDraft.user("hello")).block();
 * }
 * }</pre>
 *
 * <p><b>One writer.</b> Only one store of one process can have a directory open for writing. Other processes may read
 * it at the same time.
 *
 * <p><b>Failures.</b> If the disk is full, a write fails with {@link dev.reel.StoreFullException} and is not written.
 * Reads and purges continue, and writes work again when there is room. The same applies if the directory is opened and
 * there is no room to finish what a crash left. Any failed flush stops writing for good, because the state of the disk
 * is then unknown: writes fail with {@link dev.reel.StoreFailedException} until the directory is reopened. Operations
 * on a session whose file is damaged fail with {@link dev.reel.SessionDamagedException}; other sessions work.
 *
 * <p><b>Threads.</b> Results that are in memory are emitted on the subscribing thread, all others on the store's pools.
 * Files are read and written on the store's own threads, which a cancel does not interrupt.
 *
 * <p><b>Closing</b> waits for accepted writes and moves all of them into the session files. If that fails, the error
 * says so. Nothing is lost: the next opening completes it.
 */
public final class JsonlSessionStore extends ForwardingSessionStore {

    private static final int SEGMENT_BYTES = 64 << 20;

    private final Function<String, Path> files;

    private JsonlSessionStore(SessionStore store, Function<String, Path> files) {
        super(store);
        this.files = files;
    }

    /**
     * Opens a directory with standard options: {@link Durability#SYNC}. Blocks like {@link #open(Path, StoreOptions,
     * JsonlStoreOptions)}.
     *
     * @param directory the directory of the sessions; created if it does not exist
     * @return the store
     * @throws dev.reel.StoreLockedException if another store has it open for writing
     * @throws dev.reel.StoreDamagedException if the ledger or the journal is damaged, so that opening the store might
     *     lose something
     * @throws dev.reel.StoreFullException if there is not even enough room for reading
     * @throws dev.reel.StoreFailedException if the directory cannot be read or written
     */
    public static JsonlSessionStore open(Path directory) {
        return open(directory, StoreOptions.standard(), JsonlStoreOptions.standard());
    }

    /**
     * Opens a directory. Blocks until what a crash may have left is repaired. That takes one look at each file, and a
     * read of each file that changed while no store had the directory open. If another process has the directory open,
     * this blocks up to {@link JsonlStoreOptions#waitForLock} before that. Do not call it on an event-loop thread.
     *
     * @param directory the directory of the sessions; created if it does not exist
     * @param options clock, ids, bounds and other general options
     * @param jsonl how the store writes, and what it holds in memory
     * @return the store
     * @throws dev.reel.StoreLockedException if another store has it open for writing
     * @throws dev.reel.StoreDamagedException if the ledger or the journal is damaged, so that opening the store might
     *     lose something
     * @throws dev.reel.StoreFullException if there is not even enough room for reading
     * @throws dev.reel.StoreFailedException if the directory cannot be read or written
     */
    public static JsonlSessionStore open(Path directory, StoreOptions options, JsonlStoreOptions jsonl) {
        Path path = directory.toAbsolutePath().normalize();
        return onFileThread(path, () -> {
            Disk disk = new RealDisk(path);
            Path own = RootFiles.own(path);
            disk.createDirectories(own);
            return open(disk, path, RootLock.take(own, options.clock(), jsonl.waitForLock()), options, jsonl);
        });
    }

    /**
     * Follows a directory that another process may have open for writing: reads, replays and tails it. Takes no lock
     * and changes nothing. Acknowledged writes appear within 200 ms, in whole batches only, even if the writer was
     * killed. Writes fail with {@link dev.reel.StoreReadOnlyException}. If a place does not exist yet, it is looked up
     * once more after 200 ms before {@link dev.reel.LogChangedException} is signalled.
     *
     * <p>A directory that does not exist yet appears as an empty store. When a writer creates it, the store follows
     * that writer.
     *
     * <p>Blocks until the directory has been read; do not call it on an event-loop thread.
     *
     * @param directory the directory of the sessions
     * @return a read-only store
     * @throws dev.reel.StoreDamagedException if the ledger or the journal is damaged
     * @throws dev.reel.StoreFailedException if the path is not a directory or cannot be read
     */
    public static SessionStore follow(Path directory) {
        return follow(directory, StoreOptions.standard(), JsonlStoreOptions.standard());
    }

    /**
     * Follows a directory with the given options, like {@link #follow(Path)}.
     *
     * @param directory the directory of the sessions
     * @param options upcasters and other general options; a follower assigns no ids
     * @param jsonl what the store holds in memory
     * @return a read-only store
     * @throws dev.reel.StoreDamagedException if the ledger or the journal is damaged
     * @throws dev.reel.StoreFailedException if the path is not a directory or cannot be read
     */
    public static SessionStore follow(Path directory, StoreOptions options, JsonlStoreOptions jsonl) {
        return follow(directory, options, jsonl, FollowedRoot.ON_ITS_WAY);
    }

    /** The same, for a caller that knows how far it is behind the writer. */
    static SessionStore follow(Path directory, StoreOptions options, JsonlStoreOptions jsonl, Duration onItsWay) {
        Path path = directory.toAbsolutePath().normalize();
        return onFileThread(path, () -> {
            if (Files.exists(path) && !Files.isDirectory(path)) {
                throw new NotDirectoryException(path.toString());
            }
            return FollowedRoot.follow(new RealDisk(path), path, options, jsonl, onItsWay);
        });
    }

    /** An action that may read and write files. */
    interface Opening<S extends SessionStore> {
        S open() throws IOException;
    }

    /**
     * An interrupt of the caller's thread would close files during a read or write, so the action runs on another
     * thread.
     */
    static <S extends SessionStore> S onFileThread(Path path, Opening<S> opening) {
        try {
            return FileThreads.call("reel-open", opening::open);
        } catch (IOException e) {
            throw unopened(path, e);
        } catch (UncheckedIOException e) {
            throw unopened(path, Objects.requireNonNull(e.getCause()));
        }
    }

    static ReelException unopened(Path path, IOException why) {
        return FullDisk.isReasonOf(why)
                ? StoreFullException.unusable(path + " can't be opened", why)
                : StoreFailedException.unusable(path + " can't be opened: " + why.getMessage(), why);
    }

    /** A lock that stays held if the opening fails. */
    private static final class LentLock implements Closeable {

        private final Closeable lock;
        private volatile boolean taken;

        LentLock(Closeable lock) {
            this.lock = lock;
        }

        @Override
        public void close() throws IOException {
            if (taken) {
                lock.close();
            }
        }
    }

    /** Opens the store on a thread that may read and write files. */
    static JsonlSessionStore open(Disk disk, Path path, Closeable lock, StoreOptions options, JsonlStoreOptions jsonl)
            throws IOException {
        LentLock lent = new LentLock(lock);
        FullRoot.Opening opening = () -> {
            JsonlSessionStore store = openToWrite(disk, path, lent, options, jsonl);
            lent.taken = true;
            return store;
        };
        try {
            return openOrRead(disk, path, lock, options, jsonl, opening);
        } catch (IOException | RuntimeException | Error e) {
            try {
                lock.close();
            } catch (IOException more) {
                e.addSuppressed(more);
            }
            throw e;
        }
    }

    private static JsonlSessionStore openOrRead(
            Disk disk,
            Path path,
            Closeable lock,
            StoreOptions options,
            JsonlStoreOptions jsonl,
            FullRoot.Opening opening)
            throws IOException {
        IOException full;
        try {
            return opening.open();
        } catch (IOException e) {
            full = e;
        } catch (UncheckedIOException e) {
            full = Objects.requireNonNull(e.getCause());
        }
        if (!FullDisk.isReasonOf(full)) {
            throw full;
        }
        FullStore store = new FullStore(FullRoot.read(disk, path, lock, options, jsonl, opening, full));
        return new JsonlSessionStore(store, store::fileOf);
    }

    private static JsonlSessionStore openToWrite(
            Disk disk, Path path, Closeable lock, StoreOptions options, JsonlStoreOptions jsonl) throws IOException {
        Root root = RootOpening.open(disk, path, lock, options, jsonl.cacheBytes());
        try {
            return over(root, new JsonlStorage(root, settings(jsonl)), options, jsonl);
        } catch (IOException | RuntimeException e) {
            try {
                root.close();
            } catch (IOException more) {
                e.addSuppressed(more);
            }
            throw e;
        }
    }

    static JsonlSessionStore over(Root root, JsonlStorage storage, StoreOptions options, JsonlStoreOptions jsonl) {
        Engine engine = Engine.onStorage(options, storage);
        storage.start(engine, new Folder(root, storage.journal(), storage, engine, jsonl));
        return new JsonlSessionStore(engine, root::fileOf);
    }

    static JournalWriter.Settings settings(JsonlStoreOptions jsonl) {
        return new JournalWriter.Settings(jsonl.durability(), SEGMENT_BYTES, jsonl.lagBytes());
    }

    /**
     * Returns the path of a session's file, which need not exist. The session id can be derived from the path alone.
     *
     * @param sessionId the session
     * @return the path; after a write, the file is up to date within the lag
     * @throws IllegalArgumentException if the session id is malformed
     */
    public Path fileOf(String sessionId) {
        return files.apply(Ids.check("session id", sessionId));
    }
}
