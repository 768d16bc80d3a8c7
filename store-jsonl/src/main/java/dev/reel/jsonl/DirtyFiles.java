package dev.reel.jsonl;

import dev.reel.JsonLimits;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Session files that were written and are not flushed yet. They stay open until the flush, up to a maximum number: the
 * operating system reports a failed background write only to a file handle that was open at the time.
 *
 * <p><b>An open file</b> may be deleted meanwhile, or replaced by another. Bytes written to it would then be lost. So
 * at the first write of each {@linkplain #beginRound round} it is compared with the file at its path. If that is
 * another file, it is checked like a file that was not open.
 *
 * <p>Not thread-safe.
 */
final class DirtyFiles implements Closeable {

    private static final int PIECE = 1 << 20;

    private final Disk disk;
    private final Path root;
    private final int most;
    private final Kept kept;
    private final Map<Path, Opened> open = new LinkedHashMap<>();
    private final Set<Path> directories = new LinkedHashSet<>();
    private long round;

    /** An open file, its state when it was opened, and the last round in which it was found at its path. */
    private static final class Opened {

        private final Disk.File file;
        private final @Nullable Object identity;
        private long round;

        Opened(Disk.File file, @Nullable Object identity, long round) {
            this.file = file;
            this.identity = identity;
            this.round = round;
        }
    }

    DirtyFiles(Disk disk, Path root) {
        this.disk = disk;
        this.root = root;
        this.most = disk.openFiles();
        this.kept = new Kept(disk, root);
    }

    /** Starts a round: other programs may have changed files since the last write. */
    void beginRound() {
        round++;
    }

    /**
     * Writes whole lines at a place of a file. If the place is 0, creates the file if it does not exist. The bytes at
     * the place may be the same, from an earlier attempt, or the remains of such an attempt after a crash, which are
     * kept. All bytes are written again: the flush of an earlier attempt may have failed, and the operating system then
     * treats the bytes as flushed.
     *
     * @throws StrangeBytesException if another program's whole line is at the place, or the file ends before it
     */
    void write(Path path, long offset, ByteBuffer bytes) throws IOException {
        Disk.File file = at(path, offset);
        long size = file.size();
        if (size < offset) {
            throw new StrangeBytesException(
                    "the file has " + size + " bytes; " + offset + " were written, so some are gone");
        }
        if (size > offset) {
            look(path, file, offset, bytes);
        }
        file.writeFully(bytes, offset);
    }

    private void look(Path path, Disk.File file, long offset, ByteBuffer bytes) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(Math.min(bytes.remaining(), PIECE));
        int same = 0;
        while (same < bytes.remaining()) {
            piece.clear().limit(Math.min(piece.capacity(), bytes.remaining() - same));
            int there = file.readFully(piece, offset + same);
            piece.flip();
            int difference =
                    piece.mismatch(bytes.slice(bytes.position() + same, Math.min(there, bytes.remaining() - same)));
            if (difference >= 0) {
                strange(path, file, offset, bytes, same + difference);
                return;
            }
            same += there;
            if (there < piece.capacity()) {
                return; // the file ends here
            }
        }
    }

    private void strange(Path path, Disk.File file, long offset, ByteBuffer bytes, int difference) throws IOException {
        int line = difference;
        while (line > 0 && bytes.get(bytes.position() + line - 1) != '\n') {
            line--;
        }
        byte[] there = FileLines.lineAt(file, offset + line, JsonLimits.DEFAULT.maxBytes());
        if (there == null || FileWalk.isObject(there)) {
            throw new StrangeBytesException(
                    "another program wrote into the file, from offset " + (offset + line) + " on");
        }
        if (!isUnwritten(file, offset, bytes, difference)) {
            kept.keep(path, offset + line, "overwritten");
        }
    }

    /**
     * Returns whether the bytes in the file equal those to be written except for zeros, which a power cut leaves of an
     * earlier attempt.
     */
    private static boolean isUnwritten(Disk.File file, long offset, ByteBuffer bytes, int from) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(Math.min(bytes.remaining() - from, PIECE));
        int at = from;
        while (at < bytes.remaining()) {
            piece.clear().limit(Math.min(piece.capacity(), bytes.remaining() - at));
            int there = file.readFully(piece, offset + at);
            for (int i = 0; i < there; i++) {
                if (piece.get(i) != 0 && piece.get(i) != bytes.get(bytes.position() + at + i)) {
                    return false;
                }
            }
            at += there;
            if (there < piece.capacity()) {
                break;
            }
        }
        return true;
    }

    /**
     * Writes the first bytes of one file to the beginning of another. If the source has fewer bytes because another
     * program cut it, copies what exists.
     */
    void copy(Path from, Path to, long count) throws IOException {
        at(to, 0);
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
                write(to, at, piece.flip());
                at += read;
            }
        } catch (NoSuchFileException e) {
            return;
        }
    }

    private Disk.File at(Path path, long offset) throws IOException {
        Opened known = open.get(path);
        if (known != null && isAt(path, known)) {
            return known.file;
        }
        if (known != null) {
            // The file may have been renamed.
            known.file.flush(path.toString());
            open.remove(path);
            known.file.close();
        }
        if (open.size() >= most) {
            syncSome((most + 1) / 2);
        }
        Path directory = path.getParent();
        if (directory != null && !directory.equals(root)) {
            disk.createDirectories(directory);
        }
        if (directory != null && disk.look(path) == null) {
            directories.add(directory);
        }
        Disk.File file = opened(path, offset == 0 ? Disk.Mode.CREATE : Disk.Mode.WRITE);
        try {
            open.put(path, new Opened(file, disk.identity(path), round));
        } catch (IOException e) {
            file.close();
            throw e;
        }
        return file;
    }

    private boolean isAt(Path path, Opened known) throws IOException {
        if (known.round != round) {
            if (!Objects.equals(known.identity, disk.identity(path))) {
                return false;
            }
            known.round = round;
        }
        return true;
    }

    /** If the process has reached its limit of open files, closes those that are open here and retries. */
    private Disk.File opened(Path path, Disk.Mode mode) throws IOException {
        try {
            return disk.open(path, mode);
        } catch (NoSuchFileException e) {
            throw new StrangeBytesException("the file is gone");
        } catch (IOException e) {
            if (open.isEmpty()) {
                throw e;
            }
            syncSome(open.size());
            return disk.open(path, mode);
        }
    }

    /** Deletes a file; durable on return. */
    void delete(Path path) throws IOException {
        Opened known = open.remove(path);
        if (known != null) {
            known.file.close();
        }
        disk.delete(path);
        Path directory = path.getParent();
        if (directory != null) {
            disk.flushDirectory(directory);
        }
    }

    /** Flushes all files, and the directories in which files were created. */
    void sync() throws IOException {
        syncSome(open.size());
        for (Iterator<Path> each = directories.iterator(); each.hasNext(); ) {
            disk.flushDirectory(each.next());
            each.remove();
        }
    }

    private void syncSome(int count) throws IOException {
        Iterator<Map.Entry<Path, Opened>> files = open.entrySet().iterator();
        for (int i = 0; i < count && files.hasNext(); i++) {
            Map.Entry<Path, Opened> next = files.next();
            Disk.File file = next.getValue().file;
            file.flush(next.getKey().toString());
            files.remove();
            file.close();
        }
    }

    /** Returns how many files wait for a flush. */
    int size() {
        return open.size();
    }

    @Override
    public void close() throws IOException {
        for (Opened one : open.values()) {
            one.file.close();
        }
        open.clear();
    }
}
