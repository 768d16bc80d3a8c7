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
 * The right to write to a root; one holds it at a time.
 *
 * <p>It is the operating system's lock on a file, which goes with the process that has it, however that ends. On POSIX
 * it also goes when the process closes the file anywhere, whoever opened it there. So this process must not open the file
 * again while it has the lock: it notes its locks among the system properties, where other copies of this class, of other
 * class loaders, see them too, and looks there first. Nothing else in the store may open the file.
 *
 * <p>The file holds the name of who locked it last. The locked byte lies far behind that, so that the name can be read
 * also where a lock keeps others from reading.
 */
final class RootLock implements Closeable {

    static final String NAME = "lock";

    private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;
    private static final int MAX_HOLDER = 1000;
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Files that somebody else in this process has locked: closing them would take that lock away. */
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

    /** Another has the lock. */
    private static final class Refused extends Exception {

        private static final long serialVersionUID = 1L;

        private final String holder;
        private final boolean forGood;

        /**
         * A refusal.
         *
         * @param forGood whether it must not be tried again: each try would leave a file open
         */
        Refused(String holder, boolean forGood) {
            super(holder);
            this.holder = holder;
            this.forGood = forGood;
        }
    }

    /**
     * Takes the lock, or fails at once.
     *
     * @param directory the root's own one, which is there
     * @throws StoreLockedException where another has it
     */
    static RootLock take(Path directory, Clock clock) throws IOException {
        return take(directory, clock, Duration.ZERO);
    }

    /**
     * Takes the lock as soon as another gives it back. Blocks while it waits, and looks again every 100 ms.
     *
     * @param directory the root's own one, which is there
     * @param patience how long it waits at most; zero to fail at once
     * @throws StoreLockedException if another still has it then
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
        Path file = directory.toRealPath().resolve(NAME);
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
            // Cut off last: on a full disk, what is given back may be gone before it is written.
            while (text.hasRemaining()) {
                channel.write(text, text.position());
            }
            channel.truncate(text.position());
        } catch (IOException e) {
            if (!FullDisk.isReasonOf(e)) {
                throw e;
            }
            // The lock is taken; only who has it can't be read from the file.
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

    /** Who holds it, as the file says. */
    String holder() {
        return holder;
    }

    /** Gives it back; again does nothing. */
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
            // Last: another in this process that found it gone would open the file.
            System.getProperties().remove(property, holder);
        }
    }

    private static String describe(Clock clock) {
        // Asking the network for the host's name may take long.
        String host = System.getenv().getOrDefault("HOSTNAME", System.getenv("COMPUTERNAME"));
        return "process " + ProcessHandle.current().pid() + (host == null ? "" : " on " + host) + " since "
                + clock.instant();
    }

    private static String nameOf(Path directory) {
        return String.valueOf(directory.toAbsolutePath().getParent());
    }
}
