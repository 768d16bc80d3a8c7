package dev.reel.client;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Cuts what arrives into lines, without their line feeds. Holds the line that is not whole yet, up to a bound. */
final class Splitter {

    /** As long as a line of a session file may be, and what the feed adds to it. */
    private static final int MAX_LINE = (64 << 20) + (1 << 10);

    private final ByteArrayOutputStream part = new ByteArrayOutputStream();

    /** The lines that these bytes end. */
    List<byte[]> lines(byte[] bytes) {
        List<byte[]> lines = new ArrayList<>();
        int begin = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                part.write(bytes, begin, i - begin);
                lines.add(part.toByteArray());
                part.reset();
                begin = i + 1;
            }
        }
        part.write(bytes, begin, bytes.length - begin);
        if (part.size() > MAX_LINE) {
            throw new IllegalStateException("the server sends a line of more than " + MAX_LINE + " bytes");
        }
        return lines;
    }
}
