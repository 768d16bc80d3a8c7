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
 * The durable store: a directory with one JSONL file a session, that people can read, behind a journal that makes what is
 * acknowledged last. It opens a directory of ExAthena's session files as it is.
 *
 * <pre>{@code
 * try (SessionStore store = JsonlSessionStore.open(Path.of("sessions"))) {
 *     store.putMessage("s1", MessageDraft.user("hello")).block();
 * }
 * }</pre>
 *
 * <p><b>One writer.</b> A directory is open for writing in one store of one process at a time; others may read it
 * meanwhile.
 *
 * <p><b>Failures.</b> A write for which the disk has no room fails with {@link dev.reel.StoreFullException}, and was not
 * written; reads and purges go on, and writes too when there is room. So it is when the directory is opened and there is no
 * room for what a crash left to be done. Any failed flush stops writing for good, since nobody can know
 * what is on the disk then: writes fail with {@link dev.reel.StoreFailedException} until the directory is opened anew. A
 * session whose file is damaged fails with {@link dev.reel.SessionDamagedException}; others work.
 *
 * <p><b>Threads.</b> What is in memory is answered on the thread that subscribes, else answers come on the store's pools;
 * files are read and written on threads of the store's own, which no cancel interrupts.
 *
 * <p><b>Closing</b> waits for what was accepted, and brings all of it into the session files. Where that fails, the error
 * says so; nothing is lost, the next opening does it.
 */
public final class JsonlSessionStore extends ForwardingSessionStore {

    private static final int SEGMENT_BYTES = 64 << 20;

    private final Function<String, Path> files;

    private JsonlSessionStore(SessionStore store, Function<String, Path> files) {
        super(store);
        this.files = files;
    }

    /**
     * Opens a directory with standard options: {@link Durability#SYNC}. Blocks as the other form does.
     *
     * @param directory where the sessions are; made where it is not there
     * @return the store
     * @throws dev.reel.StoreLockedException when another store has it open for writing
     * @throws dev.reel.StoreDamagedException when the store's own truth is damaged, so that opening it might lose something
     * @throws dev.reel.StoreFullException when there is no room even for what reading needs
     * @throws dev.reel.StoreFailedException when it can't be read or written
     */
    public static JsonlSessionStore open(Path directory) {
        return open(directory, StoreOptions.standard(), JsonlStoreOptions.standard());
    }

    /**
     * Opens a directory. Blocks until what a crash may have left is put right: one look at each file, and reading those
     * that changed while no store had the directory open. If another process has it open, it blocks up to
     * {@link JsonlStoreOptions#waitForLock} before that. Not for an event-loop thread.
     *
     * @param directory where the sessions are; made where it is not there
     * @param options clock, ids, bounds and the rest
     * @param jsonl how it writes, and what it holds in memory
     * @return the store
     * @throws dev.reel.StoreLockedException when another store has it open for writing
     * @throws dev.reel.StoreDamagedException when the store's own truth is damaged, so that opening it might lose something
     * @throws dev.reel.StoreFullException when there is no room even for what reading needs
     * @throws dev.reel.StoreFailedException when it can't be read or written
     */
    public static JsonlSessionStore open(Path directory, StoreOptions options, JsonlStoreOptions jsonl) {
        Path path = directory.toAbsolutePath().normalize();
        return onFileThread(path, () -> {
            Disk disk = new RealDisk(path);
            Path own = path.resolve(Root.OWN);
            disk.createDirectories(own);
            return open(disk, path, RootLock.take(own, options.clock(), jsonl.waitForLock()), options, jsonl);
        });
    }

    /**
     * Follows a directory that another process may have open for writing: reads, replays and tails it. Takes no lock and
     * changes nothing. Shows what is acknowledged, within 200 ms, whole batches only; also after the writer was killed. Writes
     * fail with {@link dev.reel.StoreReadOnlyException}. A place that is not there yet is looked for once more after 200 ms,
     * before {@link dev.reel.LogChangedException} is signalled.
     *
     * <p>A directory that is not there yet shows an empty store until a writer makes it, then what that does.
     *
     * <p>Blocks until the directory was looked at; not for an event-loop thread.
     *
     * @param directory where the sessions are
     * @return a store that reads
     * @throws dev.reel.StoreDamagedException when the store's own truth is damaged
     * @throws dev.reel.StoreFailedException when it is no directory or can't be read
     */
    public static SessionStore follow(Path directory) {
        return follow(directory, StoreOptions.standard(), JsonlStoreOptions.standard());
    }

    /**
     * Follows a directory, as the other form does.
     *
     * @param directory where the sessions are
     * @param options upcasters and the rest; nothing is given ids here
     * @param jsonl what it holds in memory
     * @return a store that reads
     * @throws dev.reel.StoreDamagedException when the store's own truth is damaged
     * @throws dev.reel.StoreFailedException when it is no directory or can't be read
     */
    public static SessionStore follow(Path directory, StoreOptions options, JsonlStoreOptions jsonl) {
        return follow(directory, options, jsonl, FollowedRoot.ON_ITS_WAY);
    }

    /** The same, for who knows how far behind the writer it is. */
    static SessionStore follow(Path directory, StoreOptions options, JsonlStoreOptions jsonl, Duration onItsWay) {
        Path path = directory.toAbsolutePath().normalize();
        return onFileThread(path, () -> {
            if (Files.exists(path) && !Files.isDirectory(path)) {
                throw new NotDirectoryException(path.toString());
            }
            return FollowedRoot.follow(new RealDisk(path), path, options, jsonl, onItsWay);
        });
    }

    /** Something that may read and write files. */
    interface Opening<S extends SessionStore> {
        S open() throws IOException;
    }

    /** An interrupt of the caller's thread would close files in the middle; so it is done elsewhere. */
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

    /** A lock that outlives an opening that failed. */
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

    /** On a thread that may read and write files. */
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
        Root root = Root.open(disk, path, lock, options, jsonl.cacheBytes());
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
     * Where a session's file is, or would be. The path alone gives the id back.
     *
     * @param sessionId the session
     * @return the path; the file of a session that was just written to may be a moment, at most the lag, behind
     * @throws IllegalArgumentException when it is no session id
     */
    public Path fileOf(String sessionId) {
        return files.apply(Ids.check("session id", sessionId));
    }
}
