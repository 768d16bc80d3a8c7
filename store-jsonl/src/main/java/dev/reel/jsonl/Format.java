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
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Which form a root has, so that a version that does not know it lets it be: a line {@code reel format 1} with a checksum.
 * A root without it, or with one that is not right, is of the first form, or of one that says nothing new: each later form
 * has to write it.
 */
final class Format {

    static final String NAME = "format";
    static final int KNOWN = 1;

    private static final int LONGEST = 100;
    private static final Pattern LINE = Pattern.compile("(reel format (\\d{1,9})) ([0-9a-f]{8})\n");

    private Format() {}

    /**
     * Looks whether this version knows the form of a root; changes nothing.
     *
     * @param own the root's own directory, which may be missing
     * @return whether the file is there and right
     * @throws StoreDamagedException where it does not know it
     */
    static boolean check(Disk disk, Path own) throws IOException {
        Path path = own.resolve(NAME);
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

    /** The line that says it. */
    static String line(int number) {
        String text = "reel format " + number;
        return text + " " + checksum(text) + "\n";
    }

    private static String checksum(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.ISO_8859_1));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    /** Looks as {@link #check} does, and says it where nothing does. */
    static void claim(Disk disk, Path own) throws IOException {
        if (!check(disk, own)) {
            try (Disk.File file = disk.open(own.resolve(NAME), Disk.Mode.CREATE)) {
                file.truncate(0);
                file.writeFully(StandardCharsets.ISO_8859_1.encode(line(KNOWN)), 0);
                file.sync();
            }
            disk.syncDirectory(own);
        }
    }
}
