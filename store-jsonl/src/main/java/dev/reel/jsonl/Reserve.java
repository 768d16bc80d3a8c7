package dev.reel.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Room on the disk that is kept for purges: {@code .reel/room}, a file of random bytes, which no file system stores as
 * less. A purge makes room, but first it has to write some lines. When there is no room for them, the file is deleted
 * ({@link #giveUp}), and nothing but purges is written until it is made anew ({@link #keep}).
 *
 * <p>The file is not flushed. After a power cut it may be shorter, and is made anew.
 *
 * <p>Safe for threads.
 */
final class Reserve {

    static final String NAME = "room";

    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Disk disk;
    private final Path file;
    private volatile boolean givenUp;
    private boolean kept;
    private long due = System.nanoTime();

    Reserve(Disk disk, Path own) throws IOException {
        this.disk = disk;
        this.file = own.resolve(NAME);
        Disk.Entry there = disk.look(file);
        kept = there != null && there.file() && there.size() >= disk.reserve();
    }

    /** Whether it was given up, and could not be made anew yet. */
    boolean isGivenUp() {
        return givenUp;
    }

    /** Whether the file is there, and whole. */
    synchronized boolean isKept() {
        return kept;
    }

    /** Deletes the file; false where there is none, so that there is no more room than before. */
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

    /** Makes the file, where it is not there and can be made; tried once a second. */
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
            delete(); // purges have to do without it
        }
    }

    private void delete() {
        try {
            disk.delete(file);
        } catch (IOException e) {
            // It is too short to be taken for whole.
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
