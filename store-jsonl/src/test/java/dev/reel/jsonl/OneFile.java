package dev.reel.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A disk with one file, for reading; it is cheap to create. */
final class OneFile implements Disk {

    static final Path PATH = Path.of("root", "s.jsonl");

    private final byte[] bytes;

    OneFile(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public File open(Path file, Mode mode) throws IOException {
        if (!file.equals(PATH) || mode != Mode.READ) {
            throw new NoSuchFileException(file.toString());
        }
        return new File() {
            @Override
            public int read(ByteBuffer into, long position) {
                if (position >= bytes.length) {
                    return -1;
                }
                int size = (int) Math.min(into.remaining(), bytes.length - position);
                into.put(bytes, (int) position, size);
                return size;
            }

            @Override
            public int write(ByteBuffer from, long position) {
                throw new UnsupportedOperationException();
            }

            @Override
            public long size() {
                return bytes.length;
            }

            @Override
            public void truncate(long size) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void sync() {
                throw new UnsupportedOperationException();
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Entry look(Path path) {
        throw new UnsupportedOperationException();
    }

    @Override
    public @Nullable Object identity(Path path) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Entry> list(Path directory) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void createDirectories(Path directory) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void delete(Path file) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void move(Path from, Path to) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void syncDirectory(Path directory) {
        throw new UnsupportedOperationException();
    }
}
