package dev.reel.jsonl;

import dev.reel.StoreLockedException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The right to write to a root; only one holder at a time.
 *
 * <p>It is the operating system's lock on a file, which is released when its process ends, for whatever reason. On
 * POSIX it is also released when the process closes the file through any handle. So this process must not open the file
 * again while it has the lock. It records its locks in the system properties, where copies of this class from other
 * class loaders see them too, and checks these first. Nothing else in the store may open the file.
 *
 * <p>The file contains the name of the last holder. The locked byte is far after that, so that the name can be read
 * even if the system's lock prevents reads of the locked byte.
 */
final class RootLock implements Closeable {

    private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;
    private static final int MAX_HOLDER = 1000;
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Handles of files that other code in this process has locked: closing them would release that lock. */
    private static final Queue<FileChannel> NEVER_CLOSED = new ConcurrentLinkedQueue<>();

    private final FileChannel channel;
    private final String property;
    private final String holder;
    private final AtomicBoolean closed = new AtomicBoolean();

    private RootLock(FileChannel channel, String property, String holder) {
        this.channel = channel;
        this.property = property;
        this.holder = holder;
    }

    /** Another holder has the lock. */
    private static final class Refused extends Exception {

        private static final long serialVersionUID = 1L;

        private final String holder;
        private final boolean forGood;

        /**
         * A refusal.
         *
         * @param forGood whether it must not be tried again, because each attempt would leave a file open
         */
        Refused(String holder, boolean forGood) {
            super(holder);
            this.holder = holder;
            this.forGood = forGood;
        }
    }

    /**
     * Acquires the lock, or fails at once.
     *
     * @param directory the store's own directory in the root, which must exist
     * @throws StoreLockedException if another holder has it
     */
    static RootLock take(Path directory, Clock clock) throws IOException {
        return take(directory, clock, Duration.ZERO);
    }

    /**
     * Acquires the lock as soon as it is free. Blocks while it waits, and tries every 100 ms.
     *
     * @param directory the store's own directory in the root, which must exist
     * @param patience the maximum time to wait; zero to fail at once
     * @throws StoreLockedException if another holder still has it then
     */
    static RootLock take(Path directory, Clock clock, Duration patience) throws IOException {
        long begin = System.nanoTime();
        long nanos = TimeUnit.NANOSECONDS.convert(patience);
        while (true) {
            try {
                return tryTake(directory, clock);
            } catch (Refused e) {
                long waited = System.nanoTime() - begin;
                if (nanos == 0 || e.forGood) {
                    throw new StoreLockedException(nameOf(directory), e.holder);
                }
                if (waited >= nanos) {
                    throw new StoreLockedException(nameOf(directory), e.holder, Duration.ofNanos(waited));
                }
                LockSupport.parkNanos(Math.min(LOOK_AGAIN_NANOS, nanos - waited));
            }
        }
    }

    private static RootLock tryTake(Path directory, Clock clock) throws IOException, Refused {
        Path file = directory.toRealPath().resolve(RootFiles.LOCK);
        String property = RootLock.class.getName() + ":" + file;
        String holder = describe(clock);
        Object other = System.getProperties().putIfAbsent(property, holder);
        if (other != null) {
            throw new Refused("this process (" + other + ")", false);
        }
        RootLock lock = null;
        try {
            lock = new RootLock(open(file), property, holder);
            lock.lock();
            return lock;
        } catch (IOException | Refused | RuntimeException | Error e) {
            if (lock == null) {
                System.getProperties().remove(property, holder);
            } else {
                lock.giveUp(e);
            }
            throw e;
        }
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
    }

    private void lock() throws IOException, Refused {
        if (tryLock() == null) {
            throw new Refused(readHolder(), NEVER_CLOSED.contains(channel));
        }
        ByteBuffer text = ByteBuffer.wrap((holder + "\n").getBytes(StandardCharsets.UTF_8));
        try {
            // Truncate last: on a full disk, space that is freed first might be taken before the text is written.
            while (text.hasRemaining()) {
                channel.write(text, text.position());
            }
            channel.truncate(text.position());
        } catch (IOException e) {
            if (!FullDisk.isReasonOf(e)) {
                throw e;
            }
            // The lock is held; only its holder's name is missing in the file.
        }
    }

    private @Nullable FileLock tryLock() throws IOException {
        try {
            return channel.tryLock(LOCKED_BYTE, 1, false);
        } catch (OverlappingFileLockException e) {
            NEVER_CLOSED.add(channel);
            return null;
        }
    }

    private String readHolder() throws IOException {
        ByteBuffer text = ByteBuffer.allocate(MAX_HOLDER);
        channel.read(text, 0);
        String read = new String(text.array(), 0, text.position(), StandardCharsets.UTF_8).strip();
        return read.isEmpty() ? "another process" : read;
    }

    private void giveUp(Throwable reason) {
        try {
            close();
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    /** Returns the holder's name from the file. */
    String holder() {
        return holder;
    }

    /** Releases the lock. Has no effect if it is already released. */
    @Override
    public void close() throws IOException {
        if (closed.getAndSet(true)) {
            return;
        }
        try {
            if (!NEVER_CLOSED.contains(channel)) {
                channel.close();
            }
        } finally {
            // Removed last: other code in this process that finds the property missing would open the file.
            System.getProperties().remove(property, holder);
        }
    }

    private static String describe(Clock clock) {
        // Resolving the host's name over the network may take long.
        String host = System.getenv().getOrDefault("HOSTNAME", System.getenv("COMPUTERNAME"));
        return "process " + ProcessHandle.current().pid() + (host == null ? "" : " on " + host) + " since "
                + clock.instant();
    }

    private static String nameOf(Path directory) {
        return String.valueOf(directory.toAbsolutePath().getParent());
    }
}
