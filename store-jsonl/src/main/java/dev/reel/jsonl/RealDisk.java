package dev.reel.jsonl;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The file system below one root. The root's own path may contain symbolic links. Links inside the root are not
 * followed, and only regular files are opened, because opening a pipe might block forever.
 */
final class RealDisk implements Disk {

    /**
     * The maximum size of one transfer, in bytes: the JDK keeps a buffer outside the heap for each thread, as large as
     * its largest transfer.
     */
    private static final int PIECE = 1 << 20;

    /** On Windows a directory cannot be opened, and the file system itself keeps the order of directory changes. */
    private static final boolean WINDOWS =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");

    private final Path root;

    /** Whether the root and its parent directories are known to be flushed. */
    private volatile boolean rootFlushed;

    RealDisk(Path root) {
        this.root = root.toAbsolutePath();
    }

    /** Returns a quarter of the process's limit, so that files remain for readers, sockets and other threads. */
    @Override
    public int openFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? (int) Math.max(1, Math.min(Disk.super.openFiles(), unix.getMaxFileDescriptorCount() / 4))
                : Disk.super.openFiles();
    }

    @Override
    public File open(Path file, Mode mode) throws IOException {
        checkWay(file);
        Entry there = look(file);
        if (there != null && !there.file()) {
            throw new FileSystemException(file.toString(), null, "not a regular file");
        }
        return new RealFile(FileChannel.open(file, optionsOf(mode)));
    }

    private static Set<OpenOption> optionsOf(Mode mode) {
        return switch (mode) {
            case READ -> Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
            case WRITE -> Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            case CREATE ->
                Set.of(
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        LinkOption.NOFOLLOW_LINKS);
        };
    }

    @Override
    public @Nullable Entry look(Path path) throws IOException {
        try {
            return entry(path);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** If the system has no file number, the creation time is used. */
    @Override
    public @Nullable Object identity(Path path) throws IOException {
        try {
            BasicFileAttributes there = attributes(path);
            Object key = there.fileKey();
            return key == null ? there.creationTime() : key;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static Entry entry(Path path) throws IOException {
        BasicFileAttributes there = attributes(path);
        return new Entry(
                path,
                there.isDirectory(),
                there.isRegularFile(),
                there.size(),
                there.lastModifiedTime().to(TimeUnit.NANOSECONDS));
    }

    @Override
    public List<Entry> list(Path directory) throws IOException {
        checkWay(directory);
        checkNoLink(directory);
        List<Entry> entries = new ArrayList<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory)) {
            for (Path path : paths) {
                Entry entry = look(path);
                if (entry != null) {
                    entries.add(entry);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return entries;
    }

    /** Also flushes existing directories, because a killed process may have created them without a flush. */
    @Override
    public void createDirectories(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath();
        Path parent = absolute.getParent();
        boolean inside = isInside(absolute);
        if (parent == null || (!inside && rootFlushed)) {
            return;
        }
        createDirectories(parent);
        boolean there = inside ? isDirectory(absolute) : Files.isDirectory(absolute);
        if (!there) {
            create(absolute);
        }
        try {
            syncDirectory(parent);
        } catch (AccessDeniedException e) {
            // Above the root there may be directories that may be passed but not opened. Such a directory is not a new
            // one of the store.
            if (inside || !there) {
                throw e;
            }
        }
        rootFlushed |= absolute.equals(root);
    }

    private static void create(Path directory) throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            if (!isDirectory(directory)) {
                throw e;
            }
        }
    }

    private static boolean isDirectory(Path path) {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public void delete(Path file) throws IOException {
        checkWay(file);
        Files.deleteIfExists(file);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        checkWay(from);
        checkWay(to);
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        if (WINDOWS) {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private boolean isInside(Path absolute) {
        return absolute.startsWith(root) && !absolute.equals(root);
    }

    /** Rejects a path that leads through a symbolic link inside the root; the last name may be a link. */
    private void checkWay(Path path) throws IOException {
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null && isInside(parent)) {
            checkWay(parent);
            checkNoLink(parent);
        }
    }

    private void checkNoLink(Path path) throws IOException {
        if (isInside(path.toAbsolutePath()) && Files.isSymbolicLink(path)) {
            throw new FileSystemException(path.toString(), null, "a symbolic link, which is not followed");
        }
    }

    private static final class RealFile implements File {

        private final FileChannel channel;

        RealFile(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            int limit = into.limit();
            into.limit(into.position() + Math.min(into.remaining(), PIECE));
            try {
                return channel.read(into, position);
            } finally {
                into.limit(limit);
            }
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            int limit = from.limit();
            from.limit(from.position() + Math.min(from.remaining(), PIECE));
            try {
                return channel.write(from, position);
            } finally {
                from.limit(limit);
            }
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
        }

        @Override
        public void sync() throws IOException {
            channel.force(true);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
