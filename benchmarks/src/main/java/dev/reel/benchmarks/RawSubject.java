package dev.reel.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The upper limit: appends lines to one file, with one write and one flush per group, and keeps no index. */
final class RawSubject extends GroupCommit {

    private final FileChannel file;
    private final byte[] line;
    private final ByteBuffer buffer;

    RawSubject(Path directory, int sessions, int dataBytes) throws IOException {
        this.file = FileChannel.open(directory.resolve("raw"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        this.line = ReelSubject.line(dataBytes);
        this.buffer = ByteBuffer.allocateDirect(line.length * sessions);
        start();
    }

    @Override
    void commit(int[] group) throws IOException {
        buffer.clear();
        for (int i = 0; i < group.length; i++) {
            buffer.put(line);
        }
        buffer.flip();
        while (buffer.hasRemaining()) {
            file.write(buffer);
        }
        file.force(false);
    }

    @Override
    void release() throws IOException {
        file.close();
    }
}
