package dev.reel.jsonl;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Session files that were written to and are not flushed yet. They stay open until they are, within a bound: the system
 * tells of a failed write behind only through a file that was open at the time.
 *
 * <p>For one thread at a time.
 */
final class DirtyFiles implements Closeable {

    private final Disk disk;
    private final Path root;
    private final int most;
    private final Map<Path, Disk.File> open = new LinkedHashMap<>();
    private final Set<Path> directories = new LinkedHashSet<>();

    DirtyFiles(Disk disk, Path root, int most) {
        this.disk = disk;
        this.root = root;
        this.most = most;
    }

    /** Writes at a place of a file, which is made where it is not there. */
    void write(Path path, long offset, ByteBuffer bytes) throws IOException {
        at(path).writeFully(bytes, offset);
    }

    /**
     * Makes a file begin with the first bytes of another, and have no others. Where the other has not as many any more,
     * somebody else took them away; then it begins with what is there.
     */
    void copy(Path from, Path to, long count) throws IOException {
        Disk.File target = at(to);
        target.truncate(0);
        if (count == 0) {
            return; // and there may be no other file yet
        }
        try (Disk.File source = disk.open(from, Disk.Mode.READ)) {
            ByteBuffer piece = ByteBuffer.allocate((int) Math.min(count, 1 << 20));
            for (long at = 0; at < count; ) {
                piece.clear().limit((int) Math.min(piece.capacity(), count - at));
                int read = source.readFully(piece, at);
                if (read == 0) {
                    return;
                }
                target.writeFully(piece.flip(), at);
                at += read;
            }
        } catch (NoSuchFileException e) {
            return;
        }
    }

    private Disk.File at(Path path) throws IOException {
        Disk.File known = open.get(path);
        if (known != null) {
            return known;
        }
        if (open.size() >= most) {
            syncSome(most / 2);
        }
        Path directory = path.getParent();
        if (directory != null && !directory.equals(root)) {
            disk.createDirectories(directory);
        }
        if (directory != null && disk.look(path) == null) {
            directories.add(directory);
        }
        Disk.File file = disk.open(path, Disk.Mode.CREATE);
        open.put(path, file);
        return file;
    }

    /** Removes a file; durable when it returns. */
    void delete(Path path) throws IOException {
        Disk.File file = open.remove(path);
        if (file != null) {
            file.close();
        }
        disk.delete(path);
        Path directory = path.getParent();
        if (directory != null) {
            disk.flushDirectory(directory);
        }
    }

    /** Flushes all files and the directories that they were made in. */
    void sync() throws IOException {
        syncSome(open.size());
        for (Iterator<Path> each = directories.iterator(); each.hasNext(); ) {
            disk.flushDirectory(each.next());
            each.remove();
        }
    }

    private void syncSome(int count) throws IOException {
        Iterator<Map.Entry<Path, Disk.File>> files = open.entrySet().iterator();
        for (int i = 0; i < count && files.hasNext(); i++) {
            Map.Entry<Path, Disk.File> next = files.next();
            next.getValue().flush(next.getKey().toString());
            files.remove();
            next.getValue().close();
        }
    }

    /** How many files wait for a flush. */
    int size() {
        return open.size();
    }

    @Override
    public void close() throws IOException {
        for (Disk.File file : open.values()) {
            file.close();
        }
        open.clear();
    }
}
