package dev.reel.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes many lines in large pieces. Stops if writing fails, for example because {@code | head} closed the pipe. */
final class Output implements AutoCloseable {

    /** The output can't be written; {@link Reel} prints the reason after the command. */
    static final class Gone extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Gone() {
            super("the output can't be written", null, false, false);
        }
    }

    private static final int PIECE = 64 << 10;

    private final PrintStream out;
    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream(PIECE);

    Output(PrintStream out) {
        this.out = out;
    }

    void line(String text) {
        line(text.getBytes(StandardCharsets.UTF_8));
    }

    void line(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        line(copy);
    }

    void line(byte[] bytes) {
        waiting.writeBytes(bytes);
        waiting.write('\n');
        if (waiting.size() >= PIECE) {
            flush();
        }
    }

    void flush() {
        out.write(waiting.toByteArray(), 0, waiting.size());
        waiting.reset();
        if (out.checkError()) {
            throw new Gone();
        }
    }

    @Override
    public void close() {
        flush();
    }
}
