package dev.reel.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Copies of file parts that are about to be removed: {@code .reel/kept/<path in the root>.<what>-<offset>}, followed by
 * {@code .2}, {@code .3} and so on if that name exists. The name identifies the original file, so that a purge finds
 * the copies.
 */
final class Kept {

    private static final int PIECE = 512 << 10;

    private final Disk disk;
    private final Path root;
    private final Path directory;

    /** Opens the kept files of a root. */
    Kept(Disk disk, Path root) {
        this.disk = disk;
        this.root = root;
        this.directory = RootFiles.own(root).resolve(RootFiles.KEPT);
    }

    /**
     * Keeps the end of a file and cuts it off. The rest of the file is flushed.
     *
     * @return the path of the copy
     */
    Path cut(Path file, long offset) throws IOException {
        Path kept = keep(file, offset, "torn");
        drop(file, offset);
        return kept;
    }

    /** Cuts off the end of a file, and flushes the rest. */
    void drop(Path file, long offset) throws IOException {
        try (Disk.File open = disk.open(file, Disk.Mode.WRITE)) {
            open.truncate(offset);
            open.flush(file.toString());
        }
    }

    /** Copies a file from an offset to its end, as {@link #keep(Path, long, long, String)}. */
    Path keep(Path file, long offset, String what) throws IOException {
        return keep(file, offset, Long.MAX_VALUE, what);
    }

    /**
     * Copies bytes of a file, and flushes the copy.
     *
     * @param length how many bytes, at most to the end of the file
     * @param what the reason, in one word
     * @return the path of the copy
     */
    Path keep(Path file, long offset, long length, String what) throws IOException {
        Path begin = place(file, "." + what + "-" + offset);
        Path to = begin;
        for (int i = 2; disk.look(to) != null; i++) {
            to = begin.resolveSibling(begin.getFileName() + "." + i);
        }
        disk.createDirectories(directoryOf(to));
        try (Disk.File from = disk.open(file, Disk.Mode.READ);
                Disk.File into = disk.open(to, Disk.Mode.CREATE)) {
            copy(from, offset, length, into);
            into.flush(to.toString());
        }
        disk.flushDirectory(directoryOf(to));
        return to;
    }

    /** Returns a path beside the kept files, for a file that replaces {@code file} when it is complete. */
    Path draft(Path file) throws IOException {
        Path draft = place(file, ".draft");
        disk.createDirectories(directoryOf(draft));
        return draft;
    }

    /** Returns the kept copies of a file, including drafts, in no particular order. */
    List<Path> of(Path file) throws IOException {
        Path beside = place(file, "");
        String name = String.valueOf(beside.getFileName());
        List<Path> found = new ArrayList<>();
        for (Disk.Entry entry : disk.list(directoryOf(beside))) {
            String other = String.valueOf(entry.path().getFileName());
            if (other.startsWith(name)
                    && other.substring(name.length()).matches("\\.draft|\\.[a-z]+-[0-9]+(\\.[0-9]+)?")) {
                found.add(entry.path());
            }
        }
        return found;
    }

    /**
     * Deletes the kept copies of a file, and all kept copies of the journal, which may contain events of any session.
     * Flushed on return.
     */
    void erase(Path file) throws IOException {
        List<Path> over = new ArrayList<>(of(file));
        for (Disk.Entry entry : disk.list(place(RootFiles.journal(root), ""))) {
            over.add(entry.path());
        }
        for (Path each : over) {
            disk.delete(each);
            disk.flushDirectory(directoryOf(each));
        }
    }

    private Path place(Path file, String suffix) {
        Path same = directory.resolve(root.relativize(file));
        return same.resolveSibling(same.getFileName() + suffix);
    }

    private static Path directoryOf(Path file) {
        return Objects.requireNonNull(file.getParent());
    }

    private static void copy(Disk.File from, long offset, long length, Disk.File into) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        for (long at = 0; at < length; ) {
            piece.clear().limit((int) Math.min(PIECE, length - at));
            if (from.readFully(piece, offset + at) == 0) {
                return;
            }
            piece.flip();
            int size = piece.remaining();
            into.writeFully(piece, at);
            at += size;
        }
    }
}
