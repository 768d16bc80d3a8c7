package dev.reel.jsonl;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The file system, as the store uses it. Every file operation of the store goes through here, so that tests can stand in
 * for it: one that loses what was not flushed, one whose nth call fails.
 *
 * <p>All of it blocks. A change to a directory (a file created, removed, renamed) is durable after {@link
 * #syncDirectory}, bytes of a file after {@link File#sync}.
 */
interface Disk {

    /** How a file is opened. */
    enum Mode {
        /** To read; the file must be there. */
        READ,
        /** To read and write; the file must be there. */
        WRITE,
        /** To read and write; made where it is not there. */
        CREATE
    }

    /**
     * What is in a directory.
     *
     * @param path where it is
     * @param directory whether it is one; a symbolic link is neither directory nor file
     * @param file whether it is a regular file
     * @param size in bytes
     * @param modified when, in whatever unit this disk counts
     */
    record Entry(Path path, boolean directory, boolean file, long size, long modified) {}

    /** How many files one thread may keep open: some of what the process may have. */
    default int openFiles() {
        return 1_000;
    }

    /** How many bytes a store keeps free for purges. */
    default int reserve() {
        return 256 << 10;
    }

    File open(Path file, Mode mode) throws IOException;

    /** What is there, or null; symbolic links are not followed. */
    @Nullable
    Entry look(Path path) throws IOException;

    /**
     * What tells a file from all others as long as somebody has it open, whatever its path; null where nothing is there.
     * Never null for a file that is there.
     */
    @Nullable
    Object identity(Path path) throws IOException;

    /** In no order; empty where the directory is not there. */
    List<Entry> list(Path directory) throws IOException;

    /** Makes a directory and those above it, and flushes what it changed. */
    void createDirectories(Path directory) throws IOException;

    /** Nothing happens where the file is not there. */
    void delete(Path file) throws IOException;

    /** In one step, in place of what is there. */
    void move(Path from, Path to) throws IOException;

    void syncDirectory(Path directory) throws IOException;

    /** Whether what failed may fail for every file: the disk is full, or a flush failed. Else it concerns one file. */
    static boolean isOfAll(IOException failure) {
        return failure instanceof FailedFlushException || FullDisk.isReasonOf(failure);
    }

    /** What the system said, for a message that names the file already. */
    static String reasonOf(IOException failure) {
        if (failure instanceof FileSystemException named) {
            String reason = named.getReason();
            return reason != null ? reason : failure instanceof AccessDeniedException ? "access denied" : "" + failure;
        }
        return String.valueOf(failure.getMessage());
    }

    /** Flushes a directory; a failure is known as a flush's. */
    default void flushDirectory(Path directory) throws FailedFlushException {
        try {
            syncDirectory(directory);
        } catch (IOException e) {
            throw new FailedFlushException(directory.toString(), e);
        }
    }

    /** An open file. For one thread at a time, but for {@link #read}. */
    interface File extends Closeable {

        /** As many bytes as come at once; -1 at the end of the file. */
        int read(ByteBuffer into, long position) throws IOException;

        /** As many bytes as go at once: fewer than given when the disk is nearly full. */
        int write(ByteBuffer from, long position) throws IOException;

        long size() throws IOException;

        void truncate(long size) throws IOException;

        /** Flushes bytes and size. After a failure, nothing is known of what was written since the last success. */
        void sync() throws IOException;

        /** Flushes; a failure is known as a flush's. */
        default void flush(String what) throws FailedFlushException {
            try {
                sync();
            } catch (IOException e) {
                throw new FailedFlushException(what, e);
            }
        }

        @Override
        void close() throws IOException;

        /** Fills the buffer's rest, or as much as the file has; returns how many bytes that was. */
        default int readFully(ByteBuffer into, long position) throws IOException {
            int begin = into.position();
            while (into.hasRemaining()) {
                if (read(into, position + into.position() - begin) < 0) {
                    break;
                }
            }
            return into.position() - begin;
        }

        /** Writes all that the buffer has. */
        default void writeFully(ByteBuffer from, long position) throws IOException {
            int begin = from.position();
            while (from.hasRemaining()) {
                write(from, position + from.position() - begin);
            }
        }
    }
}
