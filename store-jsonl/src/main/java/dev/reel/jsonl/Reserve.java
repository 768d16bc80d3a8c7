package dev.reel.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Disk space that is reserved for purges: {@code .reel/room}, a file of random bytes, which no file system can
 * compress. A purge frees space, but first has to write some lines. If there is no room for them, the file is deleted
 * ({@link #giveUp}), and only purges are written until it is created again ({@link #keep}).
 *
 * <p>The file is not flushed. After a power cut it may be shorter, and is then created again.
 *
 * <p>Thread-safe.
 */
final class Reserve {

    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Disk disk;
    private final Path file;
    private volatile boolean givenUp;
    private boolean kept;
    private long due = System.nanoTime();

    Reserve(Disk disk, Path own) throws IOException {
        this.disk = disk;
        this.file = own.resolve(RootFiles.ROOM);
        Disk.Entry there = disk.look(file);
        kept = there != null && there.file() && there.size() >= disk.reserve();
    }

    /** Returns whether the file was deleted and could not be created again yet. */
    boolean isGivenUp() {
        return givenUp;
    }

    /** Returns whether the file exists and is complete. */
    synchronized boolean isKept() {
        return kept;
    }

    /** Deletes the file. Returns false if it did not exist, so that no space was freed. */
    synchronized boolean giveUp() throws IOException {
        if (!kept) {
            return false;
        }
        disk.delete(file);
        kept = false;
        givenUp = true;
        due = System.nanoTime() + RETRY_NANOS;
        return true;
    }

    /** Creates the file if it does not exist and there is room. Tried at most once per second. */
    synchronized void keep() {
        if (kept || System.nanoTime() - due < 0) {
            return;
        }
        due = System.nanoTime() + RETRY_NANOS;
        try {
            write();
            kept = true;
            givenUp = false;
        } catch (IOException e) {
            delete(); // purges have to work without it
        }
    }

    private void delete() {
        try {
            disk.delete(file);
        } catch (IOException e) {
            // The file is too short to count as complete.
        }
    }

    private void write() throws IOException {
        byte[] bytes = new byte[disk.reserve()];
        new Random(1).nextBytes(bytes);
        try (Disk.File out = disk.open(file, Disk.Mode.CREATE)) {
            out.writeFully(ByteBuffer.wrap(bytes), 0);
        }
    }
}
