package dev.reel.jsonl;

import dev.reel.Ids;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Maps session ids to file paths in a root. The id can be derived from the path alone, and no two ids have the same
 * path.
 *
 * <ul>
 *   <li>In the UTF-8 form of the id, ASCII letters and digits, {@code -}, {@code _} and a dot that is neither first nor
 *       last stay unchanged. Any other byte becomes {@code %XX}, in upper-case hexadecimal. If the file system ignores
 *       case, capital letters become {@code %XX} too.
 *   <li>A name longer than 200 bytes is continued in nested directories. The name of each directory takes as many
 *       characters as fit into 200 bytes without splitting a {@code %XX}; the remaining characters are the file's name.
 *       In such a name every dot becomes {@code %2E}, so no directory has the name of another session's file.
 *   <li>If a part, up to its first dot and ignoring case, is the name of a device on Windows, its first letter becomes
 *       {@code %XX}.
 *   <li>{@code .jsonl} is appended.
 * </ul>
 *
 * <p>A root may have been moved from a file system that ignores case to one that does not, or back, so both forms are
 * read everywhere. A file directly in the root whose name does not have this form was written by another program: its
 * name without {@code .jsonl} is the session id.
 */
final class FileNames {

    private static final int MAX_PART = 200;

    private static final Pattern DEVICE =
            Pattern.compile("(CON|PRN|AUX|NUL|COM[1-9]|LPT[1-9])(\\..*)?", Pattern.CASE_INSENSITIVE);

    /** The length of a directory's name: 200, or less if a {@code %XX} did not fit. */
    private static final Pattern DIRECTORY = Pattern.compile("[A-Za-z0-9_%-]{198,200}");

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final boolean ignoresCase;

    /** Creates names for a file system that ignores case, or one that does not. */
    FileNames(boolean ignoresCase) {
        this.ignoresCase = ignoresCase;
    }

    /**
     * Returns whether a directory ignores case in names. Creates a file in it and deletes it.
     *
     * @param directory one of the store's own directories
     */
    static boolean ignoresCase(Disk disk, Path directory) throws IOException {
        Path probe = directory.resolve("case-probe");
        disk.open(probe, Disk.Mode.CREATE).close();
        boolean ignores = disk.look(directory.resolve("CASE-PROBE")) != null;
        disk.delete(probe);
        return ignores;
    }

    /** Returns the path of a session's file in the root, if the store creates it. */
    Path pathOf(String id) {
        return pathOf(id, ignoresCase);
    }

    private static Path pathOf(String id, boolean ignoresCase) {
        byte[] bytes = Ids.check("session id", id).getBytes(StandardCharsets.UTF_8);
        List<StringBuilder> parts = encode(bytes, ignoresCase, true, Integer.MAX_VALUE);
        if (parts.get(0).length() > MAX_PART) {
            parts = encode(bytes, ignoresCase, false, MAX_PART);
        }
        parts.forEach(FileNames::hideDevice);
        parts.get(parts.size() - 1).append(SessionFile.SUFFIX);
        return Path.of(String.join("/", parts));
    }

    private static List<StringBuilder> encode(byte[] bytes, boolean ignoresCase, boolean dots, int maxPart) {
        List<StringBuilder> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        parts.add(part);
        for (int i = 0; i < bytes.length; i++) {
            byte b = bytes[i];
            boolean capital = b >= 'A' && b <= 'Z';
            boolean plain = capital && !ignoresCase
                    || b >= 'a' && b <= 'z'
                    || b >= '0' && b <= '9'
                    || b == '-'
                    || b == '_'
                    || b == '.' && dots && i > 0 && i < bytes.length - 1;
            if (part.length() + (plain ? 1 : 3) > maxPart) {
                part = new StringBuilder();
                parts.add(part);
            }
            if (plain) {
                part.append((char) b);
            } else {
                part.append('%').append(HEX.toHexDigits(b));
            }
        }
        return parts;
    }

    private static void hideDevice(StringBuilder part) {
        if (DEVICE.matcher(part).matches()) {
            part.replace(0, 1, "%" + HEX.toHexDigits((byte) part.charAt(0)));
        }
    }

    /** Returns a file's path in the root in the form in which it is recorded: with {@code /}. */
    static String relative(Path root, Path file) {
        return root.relativize(file).toString().replace(File.separatorChar, '/');
    }

    /**
     * Returns the session whose file this is.
     *
     * @param path the path in the root
     * @return its id, or null if it is not a session's file
     */
    static @Nullable String idOf(Path path) {
        StringBuilder name = new StringBuilder();
        for (Path part : path) {
            name.append(textOf(part));
        }
        if (path.isAbsolute() || name.length() <= SessionFile.SUFFIX.length() || !endsAsOne(name)) {
            return null;
        }
        name.setLength(name.length() - SessionFile.SUFFIX.length());
        String id = decode(name.toString());
        if (id != null && (path.equals(pathOf(id, false)) || path.equals(pathOf(id, true)))) {
            return id;
        }
        String asItIs = name.toString();
        // Bytes that are not valid UTF-8 are not accepted as an id: two such names could be decoded to the same one.
        boolean given = path.getNameCount() == 1 && Ids.isId(asItIs) && asItIs.indexOf('\uFFFD') < 0;
        return given ? asItIs : null;
    }

    private static boolean endsAsOne(StringBuilder name) {
        return name.indexOf(SessionFile.SUFFIX, name.length() - SessionFile.SUFFIX.length()) >= 0;
    }

    /** Returns the text of a part. The JVM decodes paths reliably only if they are ASCII. */
    private static String textOf(Path part) {
        String text = part.toString();
        return text.chars().allMatch(it -> it < 128) ? text : SessionDirectory.nameOf(part);
    }

    private static @Nullable String decode(String name) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '%') {
                if (i + 2 >= name.length()
                        || !HexFormat.isHexDigit(name.charAt(i + 1))
                        || !HexFormat.isHexDigit(name.charAt(i + 2))) {
                    return null;
                }
                bytes.write(HexFormat.fromHexDigits(name, i + 1, i + 3));
                i += 2;
            } else if (c < 128) {
                bytes.write(c);
            } else {
                return null;
            }
        }
        try {
            String id = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
            return Ids.isId(id) ? id : null;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Returns whether a directory in the root, or in another such directory, may contain the rest of a long name. */
    static boolean isPart(Path directoryName) {
        return DIRECTORY.matcher(directoryName.toString()).matches();
    }

    /**
     * The files of a root.
     *
     * @param files the file of each session, by session id
     * @param clashes the files of each session that has more than one, so that none can be used
     * @param caseTwins groups of files, by path, whose names differ only in case
     * @param strange entries with the name of a session file that are not one: a link, a pipe, a directory, a name that
     *     contains no valid id
     */
    record Listing(
            Map<String, Disk.Entry> files,
            Map<String, List<Disk.Entry>> clashes,
            List<List<Disk.Entry>> caseTwins,
            List<Disk.Entry> strange) {}

    /** Lists the session files in a root and in the directories of its long names. */
    static Listing list(Disk disk, Path root) throws IOException {
        List<Disk.Entry> found = new ArrayList<>();
        collect(disk, root, found);
        return sort(root, found);
    }

    private static void collect(Disk disk, Path directory, List<Disk.Entry> into) throws IOException {
        for (Disk.Entry entry : disk.list(directory)) {
            Path name = entry.path().getFileName();
            if (entry.directory()) {
                if (isPart(name)) {
                    collect(disk, entry.path(), into);
                } else if (name.toString().endsWith(SessionFile.SUFFIX)) {
                    into.add(entry);
                }
            } else if (name.toString().endsWith(SessionFile.SUFFIX)) {
                into.add(entry);
            }
        }
    }

    /** Assigns the files of a root to sessions. */
    static Listing sort(Path root, List<Disk.Entry> entries) {
        Map<String, List<Disk.Entry>> byId = new TreeMap<>();
        Map<String, List<Disk.Entry>> byFoldedName = new TreeMap<>();
        List<Disk.Entry> strange = new ArrayList<>();
        for (Disk.Entry entry : entries) {
            Path path = root.relativize(entry.path());
            String id = entry.file() ? idOf(path) : null;
            if (id == null) {
                strange.add(entry);
            } else {
                byId.computeIfAbsent(id, it -> new ArrayList<>(1)).add(entry);
                byFoldedName
                        .computeIfAbsent(folded(path), it -> new ArrayList<>(1))
                        .add(entry);
            }
        }
        Map<String, Disk.Entry> files = new TreeMap<>();
        Map<String, List<Disk.Entry>> clashes = new TreeMap<>();
        byId.forEach((id, its) -> {
            if (its.size() == 1) {
                files.put(id, its.get(0));
            } else {
                clashes.put(id, byPath(its));
            }
        });
        List<List<Disk.Entry>> caseTwins = byFoldedName.values().stream()
                .filter(its -> its.size() > 1)
                .map(FileNames::byPath)
                .toList();
        return new Listing(files, clashes, caseTwins, byPath(strange));
    }

    private static String folded(Path path) {
        StringBuilder text = new StringBuilder();
        path.forEach(part -> text.append('/').append(textOf(part)));
        return text.toString().toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
    }

    private static List<Disk.Entry> byPath(List<Disk.Entry> entries) {
        return entries.stream().sorted(Comparator.comparing(Disk.Entry::path)).toList();
    }
}
