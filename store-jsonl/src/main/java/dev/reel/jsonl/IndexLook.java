package dev.reel.jsonl;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Looks up the session of a position in the index on the disk, which another process may be writing. Changes nothing.
 * Blocks. Not thread-safe.
 */
final class IndexLook implements Closeable {

    private final Disk.@Nullable File livesFile;
    private final Disk.@Nullable File spans;
    private final @Nullable Lives lives;

    private IndexLook(Disk.@Nullable File livesFile, Disk.@Nullable File spans, @Nullable Lives lives) {
        this.livesFile = livesFile;
        this.spans = spans;
        this.lives = lives;
    }

    /** If the index is missing or invalid, every look-up returns null. */
    static IndexLook open(Disk disk, Path own) throws IOException {
        if (disk.look(own.resolve(RootFiles.LIVES)) == null || disk.look(own.resolve(RootFiles.SPANS)) == null) {
            return new IndexLook(null, null, null);
        }
        Disk.File livesFile = null;
        Disk.File spans = null;
        try {
            livesFile = disk.open(own.resolve(RootFiles.LIVES), Disk.Mode.READ);
            spans = disk.open(own.resolve(RootFiles.SPANS), Disk.Mode.READ);
            Lives lives = Lives.follow(livesFile);
            return new IndexLook(livesFile, spans, lives.isSound() ? lives : null);
        } catch (FileSystemException e) {
            close(livesFile, spans); // a rebuild moves them
            return new IndexLook(null, null, null);
        } catch (IOException | RuntimeException e) {
            close(livesFile, spans);
            throw e;
        }
    }

    /** Returns the other session that has a position; null if there is none, or if the index lists this session. */
    @Nullable
    String otherAt(String sessionId, long position) throws IOException {
        Lives known = lives;
        Span span = known == null ? null : spanAt(position);
        if (known == null || span == null || span.isPurge()) {
            return null;
        }
        try {
            String other = sessionOf(known, span.life());
            if (other == null || other.equals(sessionId)) {
                return null;
            }
            for (int life = known.first(); life <= known.highest(); life++) {
                if (sessionId.equals(sessionOf(known, life))) {
                    return null;
                }
            }
            return other;
        } catch (DamagedIndexException e) {
            return null; // the index is rebuilt when the store is opened
        }
    }

    private static @Nullable String sessionOf(Lives lives, int life) throws IOException {
        Lives.Name name = !lives.isKnown(life) || lives.isOver(life) ? null : lives.name(life);
        return name == null ? null : name.sessionId();
    }

    private @Nullable Span spanAt(long position) throws IOException {
        Disk.File file = spans;
        if (file == null) {
            return null;
        }
        long low = 0;
        long high = file.size() / Span.SIZE;
        while (low < high) {
            long middle = (low + high) >>> 1;
            ByteBuffer one = ByteBuffer.allocate(Span.SIZE);
            Span span = file.readFully(one, middle * Span.SIZE) < Span.SIZE ? null : Span.read(one, 0, middle);
            if (span == null) {
                return null;
            }
            if (span.last() < position) {
                low = middle + 1;
            } else if (span.position() > position) {
                high = middle;
            } else {
                return span;
            }
        }
        return null;
    }

    @Override
    public void close() throws IOException {
        close(livesFile, spans);
    }

    private static void close(Disk.@Nullable File one, Disk.@Nullable File other) throws IOException {
        if (one != null) {
            one.close();
        }
        if (other != null) {
            other.close();
        }
    }
}
