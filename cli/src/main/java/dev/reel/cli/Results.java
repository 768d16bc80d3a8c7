package dev.reel.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The stream for results. It keeps the reason of a failed write; a plain {@code PrintStream} does not. */
final class Results extends PrintStream {

    /** On Linux, a link to the file or pipe of standard output. */
    private static final Path STANDARD_OUTPUT = Path.of("/proc/self/fd/1");

    private final Watched watched;

    private Results(Watched watched) {
        super(watched, true, StandardCharsets.UTF_8);
        this.watched = watched;
    }

    /** Creates a stream that writes to another one. */
    static Results to(OutputStream out) {
        return new Results(new Watched(out));
    }

    /** Returns why a write failed; null if none did. */
    @Nullable
    String failure() {
        if (!checkError()) {
            return null;
        }
        IOException failure = watched.failure;
        return failure == null || failure.getMessage() == null ? "unknown reason" : failure.getMessage();
    }

    /** Returns whether writing failed because the reader closed the pipe, as {@code | head} does. */
    boolean isUnread() {
        String failure = failure();
        return failure != null
                && (failure.toLowerCase(Locale.ROOT).contains("pipe") || watched.isStandardOutput && isPipe());
    }

    /** The error's message is in the user's language, so the kind of file decides instead: it must be a pipe. */
    private static boolean isPipe() {
        try {
            return Files.readSymbolicLink(STANDARD_OUTPUT).toString().startsWith("pipe:");
        } catch (IOException | UnsupportedOperationException | InvalidPathException e) {
            return false;
        }
    }

    /** Returns the standard output of this process. */
    static Results ofProcess(OutputStream out) {
        Watched watched = new Watched(out);
        watched.isStandardOutput = true;
        return new Results(watched);
    }

    /** Keeps the first error. */
    private static final class Watched extends FilterOutputStream {

        private volatile @Nullable IOException failure;
        private boolean isStandardOutput;

        Watched(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            try {
                out.write(b);
            } catch (IOException e) {
                throw kept(e);
            }
        }

        @Override
        public void write(byte[] bytes, int begin, int length) throws IOException {
            try {
                out.write(bytes, begin, length);
            } catch (IOException e) {
                throw kept(e);
            }
        }

        @Override
        public void flush() throws IOException {
            try {
                out.flush();
            } catch (IOException e) {
                throw kept(e);
            }
        }

        private IOException kept(IOException e) {
            failure = failure == null ? e : failure;
            return e;
        }
    }
}
