package dev.reel.jsonl;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sorts any number of spans by position. Spans that do not fit into memory are written to files in sorted runs, which
 * are merged. It takes some 20 MB of heap, and 64 KB per run.
 */
final class SpanSort implements Closeable {

    private static final Comparator<Span> ORDER =
            Comparator.comparingLong(Span::position).thenComparingInt(Span::life);

    private static final int BLOCK = 1_600 * Span.SIZE;

    private final Disk disk;
    private final Path path;
    private final int runLength;
    private final List<Span> waiting = new ArrayList<>();
    private final List<Run> runs = new ArrayList<>();

    /**
     * Creates a sort whose files have names that begin with a path.
     *
     * @param runLength how many spans are sorted in memory
     */
    SpanSort(Disk disk, Path path, int runLength) {
        this.disk = disk;
        this.path = path;
        this.runLength = runLength;
    }

    void add(Span span) throws IOException {
        waiting.add(span);
        if (waiting.size() == runLength) {
            Path file = path.resolveSibling(path.getFileName() + "." + runs.size());
            Run run = new Run(file, disk.open(file, Disk.Mode.CREATE));
            runs.add(run);
            waiting.sort(ORDER);
            Writer writer = new Writer(run.file);
            for (Span each : waiting) {
                writer.write(each);
            }
            writer.flush();
            run.size = writer.written;
            waiting.clear();
        }
    }

    /**
     * Writes all added spans in order, except for those whose positions belong to an earlier one.
     *
     * @return how many were written
     */
    long writeTo(Disk.File out, Consumer<Span> clash) throws IOException {
        waiting.sort(ORDER);
        Iterator<Span> inMemory = waiting.iterator();
        PriorityQueue<Head> heads = new PriorityQueue<>(Comparator.comparing(Head::span, ORDER));
        advance(heads, () -> inMemory.hasNext() ? inMemory.next() : null);
        for (Run run : runs) {
            advance(heads, run);
        }
        Writer writer = new Writer(out);
        long last = 0;
        for (Head head = heads.poll(); head != null; head = heads.poll()) {
            if (head.span.position() <= last) {
                clash.accept(head.span);
            } else {
                writer.write(head.span);
                last = head.span.last();
            }
            advance(heads, head.source);
        }
        writer.flush();
        return writer.written / Span.SIZE;
    }

    private static void advance(PriorityQueue<Head> heads, Source source) throws IOException {
        Span next = source.next();
        if (next != null) {
            heads.add(new Head(next, source));
        }
    }

    @Override
    public void close() throws IOException {
        for (Run run : runs) {
            run.file.close();
            disk.delete(run.path);
        }
        runs.clear();
    }

    /** Returns spans in order, and null at the end. */
    private interface Source {
        @Nullable
        Span next() throws IOException;
    }

    private record Head(Span span, Source source) {}

    private static final class Writer {

        private final Disk.File file;
        private final ByteBuffer block = ByteBuffer.allocate(BLOCK);
        private long written;

        Writer(Disk.File file) throws IOException {
            this.file = file;
            file.truncate(0);
        }

        void write(Span span) throws IOException {
            span.writeTo(block, (written + block.position()) / Span.SIZE);
            if (!block.hasRemaining()) {
                flush();
            }
        }

        void flush() throws IOException {
            int size = block.flip().remaining();
            file.writeFully(block, written);
            written += size;
            block.clear();
        }
    }

    private static final class Run implements Source {

        private final Path path;
        private final Disk.File file;
        private ByteBuffer block = ByteBuffer.allocate(0);
        private long read;
        private long index;
        private long size;

        Run(Path path, Disk.File file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public @Nullable Span next() throws IOException {
            if (!block.hasRemaining()) {
                if (read == size) {
                    return null;
                }
                block = ByteBuffer.allocate(BLOCK);
                read += file.readFully(block, read);
                block.flip();
            }
            Span span = block.remaining() < Span.SIZE ? null : Span.read(block, block.position(), index);
            if (span == null) {
                throw new DamagedIndexException("a run can't be read back");
            }
            block.position(block.position() + Span.SIZE);
            index++;
            return span;
        }
    }
}
