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
 * The file system as the store uses it. Every file operation of the store goes through this interface, so that tests
 * can replace it: by a disk that loses unflushed bytes, or one whose nth call fails.
 *
 * <p>All methods block. A change to a directory (a file created, deleted, renamed) is durable after {@link
 * #syncDirectory}, the bytes of a file after {@link File#sync}.
 */
interface Disk {

    /** How to open a file. */
    enum Mode {
        /** For reading; the file must exist. */
        READ,
        /** For reading and writing; the file must exist. */
        WRITE,
        /** For reading and writing; the file is created if it does not exist. */
        CREATE
    }

    /**
     * An entry of a directory.
     *
     * @param path its path
     * @param directory whether it is a directory; a symbolic link is neither directory nor file
     * @param file whether it is a regular file
     * @param size its size in bytes
     * @param modified its modification time, in a unit of this disk
     */
    record Entry(Path path, boolean directory, boolean file, long size, long modified) {}

    /** Returns how many files one thread may keep open, which is a part of the process's limit. */
    default int openFiles() {
        return 1_000;
    }

    /** Returns how many bytes a store keeps free for purges. */
    default int reserve() {
        return 256 << 10;
    }

    /** Returns by how many bytes a segment of the journal is extended in advance. */
    default int spare() {
        return 256 << 10;
    }

    File open(Path file, Mode mode) throws IOException;

    /** Returns the entry at a path, or null if there is none. Does not follow symbolic links. */
    @Nullable
    Entry look(Path path) throws IOException;

    /**
     * Returns an object that identifies the file at a path while the file is open, whatever its path becomes; null if
     * there is no file. Never null for an existing file.
     */
    @Nullable
    Object identity(Path path) throws IOException;

    /** Returns the entries of a directory in no particular order; empty if it does not exist. */
    List<Entry> list(Path directory) throws IOException;

    /** Creates a directory and its missing parents, and flushes the changes. */
    void createDirectories(Path directory) throws IOException;

    /** Deletes a file. Has no effect if it does not exist. */
    void delete(Path file) throws IOException;

    /** Moves a file atomically and replaces an existing target. */
    void move(Path from, Path to) throws IOException;

    void syncDirectory(Path directory) throws IOException;

    /**
     * Returns whether a failure can affect every file: the disk is full, or a flush failed. Other failures concern one
     * file.
     */
    static boolean isOfAll(IOException failure) {
        return failure instanceof FailedFlushException || FullDisk.isReasonOf(failure);
    }

    /** Returns the operating system's reason, for a message that already names the file. */
    static String reasonOf(IOException failure) {
        if (failure instanceof FileSystemException named) {
            String reason = named.getReason();
            return reason != null ? reason : failure instanceof AccessDeniedException ? "access denied" : "" + failure;
        }
        return String.valueOf(failure.getMessage());
    }

    /** Flushes a directory; wraps a failure in {@link FailedFlushException}. */
    default void flushDirectory(Path directory) throws FailedFlushException {
        try {
            syncDirectory(directory);
        } catch (IOException e) {
            throw new FailedFlushException(directory.toString(), e);
        }
    }

    /** An open file. Not thread-safe, except for {@link #read}. */
    interface File extends Closeable {

        /** Reads up to the buffer's remaining bytes and returns how many; -1 at the end of the file. */
        int read(ByteBuffer into, long position) throws IOException;

        /**
         * Writes up to the buffer's remaining bytes and returns how many; fewer than given when the disk is nearly
         * full.
         */
        int write(ByteBuffer from, long position) throws IOException;

        long size() throws IOException;

        void truncate(long size) throws IOException;

        /**
         * Flushes bytes and size. If this fails, the state of everything written since the last success is unknown.
         */
        void sync() throws IOException;

        /** Flushes; wraps a failure in {@link FailedFlushException}. */
        default void flush(String what) throws FailedFlushException {
            try {
                sync();
            } catch (IOException e) {
                throw new FailedFlushException(what, e);
            }
        }

        @Override
        void close() throws IOException;

        /** Fills the buffer, or reads up to the end of the file. Returns how many bytes were read. */
        default int readFully(ByteBuffer into, long position) throws IOException {
            int begin = into.position();
            while (into.hasRemaining()) {
                if (read(into, position + into.position() - begin) < 0) {
                    break;
                }
            }
            return into.position() - begin;
        }

        /** Writes all remaining bytes of the buffer. */
        default void writeFully(ByteBuffer from, long position) throws IOException {
            int begin = from.position();
            while (from.hasRemaining()) {
                write(from, position + from.position() - begin);
            }
        }
    }
}
