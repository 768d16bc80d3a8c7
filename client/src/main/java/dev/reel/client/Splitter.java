package dev.reel.client;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Splits the received bytes into lines, without their line feeds. Keeps the incomplete last line, up to a bound. */
final class Splitter {

    /** The longest line of a session file, plus what the feed adds to it. */
    private static final int MAX_LINE = (64 << 20) + (1 << 10);

    private final ByteArrayOutputStream part = new ByteArrayOutputStream();

    /** Returns the lines that these bytes complete. */
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
            throw new IllegalStateException("the server sent a line longer than " + MAX_LINE + " bytes");
        }
        return lines;
    }
}
