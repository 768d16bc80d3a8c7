package dev.reel.jsonl;

import dev.reel.StoreDamagedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The format of a root: a line {@code reel format 1} with a checksum. A version of Reel that does not know a format
 * leaves the root alone. A root without this line, or with an invalid one, has the first format or a compatible one:
 * every later incompatible format has to write the line.
 */
final class Format {

    static final int KNOWN = 1;

    private static final int LONGEST = 100;
    private static final Pattern LINE = Pattern.compile("(reel format (\\d{1,9})) ([0-9a-f]{8})\n");

    private Format() {}

    /**
     * Checks whether this version knows the format of a root. Changes nothing.
     *
     * @param own the store's own directory in the root, which may be missing
     * @return whether the file exists and is valid
     * @throws StoreDamagedException if this version does not know the format
     */
    static boolean check(Disk disk, Path own) throws IOException {
        Path path = own.resolve(RootFiles.FORMAT);
        String number = numberOf(read(disk, path));
        if (number != null && Integer.parseInt(number) > KNOWN) {
            throw StoreDamagedException.newer(path.toString(), Integer.parseInt(number), KNOWN);
        }
        return number != null;
    }

    private static String read(Disk disk, Path path) throws IOException {
        if (disk.look(path) == null) {
            return "";
        }
        ByteBuffer bytes = ByteBuffer.allocate(LONGEST);
        try (Disk.File file = disk.open(path, Disk.Mode.READ)) {
            file.readFully(bytes, 0);
        } catch (NoSuchFileException e) {
            return "";
        }
        return StandardCharsets.ISO_8859_1.decode(bytes.flip()).toString();
    }

    private static @Nullable String numberOf(String text) {
        Matcher line = LINE.matcher(text);
        return line.matches() && line.group(3).equals(checksum(line.group(1))) ? line.group(2) : null;
    }

    /** Returns the line for a format. */
    static String line(int number) {
        String text = "reel format " + number;
        return text + " " + checksum(text) + "\n";
    }

    private static String checksum(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return HexFormat.of().toHexDigits(Digests.crc32c(bytes, bytes.length));
    }

    /** Checks the format like {@link #check}, and writes it if the file is missing. */
    static void claim(Disk disk, Path own) throws IOException {
        if (!check(disk, own)) {
            try (Disk.File file = disk.open(own.resolve(RootFiles.FORMAT), Disk.Mode.CREATE)) {
                file.truncate(0);
                file.writeFully(StandardCharsets.ISO_8859_1.encode(line(KNOWN)), 0);
                file.sync();
            }
            disk.syncDirectory(own);
        }
    }
}
