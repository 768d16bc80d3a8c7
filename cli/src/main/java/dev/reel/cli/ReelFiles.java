package dev.reel.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Distinguishes a directory that Reel wrote from one that ExAthena wrote. */
final class ReelFiles {

    private static final Pattern END = Pattern.compile(",\"crc\":\"[0-9a-f]{8}\"}\n?$");

    private ReelFiles() {}

    /**
     * Returns whether the directory is a store, or has files whose lines end like Reel's. Unreadable files are left to
     * the import, which reports them.
     */
    static boolean areIn(Path directory) {
        if (Files.isDirectory(directory.resolve(".reel"))) {
            return true;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.jsonl")) {
            for (Path file : files) {
                if (Files.isRegularFile(file) && END.matcher(endOf(file)).find()) {
                    return true;
                }
            }
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
        return false;
    }

    private static String endOf(Path file) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "r")) {
            byte[] end = new byte[(int) Math.min(64, open.length())];
            open.seek(open.length() - end.length);
            open.readFully(end);
            return new String(end, StandardCharsets.ISO_8859_1);
        }
    }
}
