package dev.reel.jsonl;

import dev.reel.Ids;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the session files of a directory. Blocks. */
final class SessionDirectory {

    /**
     * A file whose name ends as those of session files do.
     *
     * @param path where it is
     * @param name its name
     * @param sessionId the session that it is named for, or null
     * @param fault why it can't be read as a session file, or null
     */
    record Found(
            Path path,
            String name,
            @Nullable String sessionId,
            @Nullable String fault) {}

    private SessionDirectory() {}

    /** The files that lie directly in a directory, by name. */
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

    private static Found of(Path path, String name) {
        String id = name.substring(0, name.length() - SessionFile.SUFFIX.length());
        if (!Ids.isId(id) || id.indexOf('\uFFFD') >= 0) {
            return new Found(path, name, null, "the name without " + SessionFile.SUFFIX + " is no session id");
        }
        // A pipe would never end.
        return new Found(path, name, id, Files.isRegularFile(path) ? null : "not a file that can be read");
    }

    /**
     * The name of a file, which is UTF-8 whatever the locale: in the locale C, Path decodes all bytes beyond ASCII to the
     * same character, and two sessions would be one. The URI of a file has its bytes. Bytes that are not UTF-8 become
     * U+FFFD.
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
