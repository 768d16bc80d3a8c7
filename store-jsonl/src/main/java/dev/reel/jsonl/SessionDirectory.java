package dev.reel.jsonl;

import dev.reel.Ids;
import dev.reel.MalformedLineException;
import dev.reel.spi.LineCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Finds the session files of a directory. Blocks. */
final class SessionDirectory {

    /** How many bytes at the end of a file are searched for its last event; a larger event is not found. */
    private static final int TAIL = 64 << 10;

    /**
     * A file whose name ends like a session file's.
     *
     * @param path its path
     * @param name its name
     * @param sessionId the session id in its name, or null
     * @param fault why it cannot be read as a session file, or null
     */
    record Found(
            Path path,
            String name,
            @Nullable String sessionId,
            @Nullable String fault) {}

    private SessionDirectory() {}

    /** Returns the files directly in a directory, by name. */
    static List<Found> list(Path root) throws IOException {
        if (!Files.exists(root)) {
            throw new NoSuchFileException(root.toString(), null, "no such directory");
        }
        if (!Files.isDirectory(root)) {
            throw new NotDirectoryException(root.toString());
        }
        List<Found> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
            for (Path path : entries) {
                String name = nameOf(path);
                if (name.endsWith(SessionFile.SUFFIX) && !Files.isDirectory(path)) {
                    found.add(of(path, name));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        found.sort(Comparator.comparing(Found::name));
        return found;
    }

    /** Returns the files directly in a directory, by the time of their last event; files without one come first. */
    static List<Found> byLastEvent(Path root) throws IOException {
        Map<Found, Instant> times = new HashMap<>();
        List<Found> found = list(root);
        for (Found one : found) {
            times.put(one, one.sessionId() == null || one.fault() != null ? Instant.MIN : lastEvent(one.path()));
        }
        found.sort(Comparator.comparing(one -> times.getOrDefault(one, Instant.MIN)));
        return found;
    }

    /** Returns the instant of the last event near the end of the file. */
    private static Instant lastEvent(Path path) throws IOException {
        byte[] end = new byte[TAIL];
        int size;
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            channel.position(Math.max(0, channel.size() - TAIL));
            ByteBuffer into = ByteBuffer.wrap(end);
            while (into.hasRemaining() && channel.read(into) >= 0) {
                // read up to the end
            }
            size = into.position();
        }
        for (int to = size; to > 0; ) {
            int from = to;
            while (from > 0 && end[from - 1] != '\n') {
                from--;
            }
            try {
                byte[] line = Arrays.copyOfRange(end, from, to);
                return LineCodec.standard().isNative(line)
                        ? LineCodec.standard().decode("s", line).at()
                        : Objects.requireNonNull(
                                LineCodec.standard().decodeForeign(line).at());
            } catch (MalformedLineException e) {
                to = from - 1;
            }
        }
        return Instant.MIN;
    }

    private static Found of(Path path, String name) {
        String id = name.substring(0, name.length() - SessionFile.SUFFIX.length());
        if (!Ids.isId(id) || id.indexOf('\uFFFD') >= 0) {
            return new Found(path, name, null, "the name without " + SessionFile.SUFFIX + " is not a session id");
        }
        // Reading a pipe would never end.
        return new Found(path, name, id, Files.isRegularFile(path) ? null : "not a file that can be read");
    }

    /**
     * Returns the name of a file, decoded as UTF-8 whatever the locale is. In the locale C, Path decodes all bytes
     * beyond ASCII to the same character, so two sessions would get the same id. The URI of a file has the original
     * bytes. Bytes that are not UTF-8 become U+FFFD.
     */
    static String nameOf(Path path) {
        String uri = path.toUri().getRawPath();
        if (uri == null) {
            return String.valueOf(path.getFileName());
        }
        String last = uri.substring(uri.lastIndexOf('/', uri.length() - 2) + 1);
        ByteBuffer bytes = ByteBuffer.allocate(last.length());
        for (int i = 0; i < last.length(); i++) {
            if (last.charAt(i) == '%') {
                bytes.put((byte) Integer.parseInt(last.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                bytes.put((byte) last.charAt(i));
            }
        }
        bytes.flip();
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }
}
