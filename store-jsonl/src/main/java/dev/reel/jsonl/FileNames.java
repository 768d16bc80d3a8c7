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
 * Where in a root a session's file is. The path alone gives the id back, and no two ids have the same.
 *
 * <ul>
 *   <li>Of the id's UTF-8, letters and digits of ASCII, {@code -}, {@code _} and a dot that is neither first nor last
 *       stay; any other byte becomes {@code %XX}, in upper-case hexadecimal. Where the file system ignores case, capital
 *       letters do too.
 *   <li>A name that is longer than 200 bytes goes on in nested directories, which hold as much of it as goes into 200
 *       bytes without cutting a {@code %XX} in two; the rest is the file's. In such a name every dot becomes {@code
 *       %2E}: so no directory has the name of another session's file.
 *   <li>A part that is a device's name on Windows, up to its first dot and in any case, has its first letter as {@code
 *       %XX}.
 *   <li>{@code .jsonl} follows.
 * </ul>
 *
 * <p>A root may have been moved from a file system that ignores case to one that does not, or back: the names of both are
 * read everywhere. A file directly in the root whose name is not of this form came from elsewhere: what stands before
 * {@code .jsonl} is its session's id, as it is.
 */
final class FileNames {

    private static final int MAX_PART = 200;

    private static final Pattern DEVICE =
            Pattern.compile("(CON|PRN|AUX|NUL|COM[1-9]|LPT[1-9])(\\..*)?", Pattern.CASE_INSENSITIVE);

    /** What a directory's name may be: full, or so that a {@code %XX} did not fit. */
    private static final Pattern DIRECTORY = Pattern.compile("[A-Za-z0-9_%-]{198,200}");

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final boolean ignoresCase;

    /** Names for a file system that ignores case, or one that doesn't. */
    FileNames(boolean ignoresCase) {
        this.ignoresCase = ignoresCase;
    }

    /**
     * Whether two names that differ only in case are one in a directory. Makes a file there and removes it.
     *
     * @param directory one that is the store's own
     */
    static boolean ignoresCase(Disk disk, Path directory) throws IOException {
        Path probe = directory.resolve("case-probe");
        disk.open(probe, Disk.Mode.CREATE).close();
        boolean ignores = disk.look(directory.resolve("CASE-PROBE")) != null;
        disk.delete(probe);
        return ignores;
    }

    /** Where the file of a session is when the store makes it, from the root. */
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

    /** A path from the root, as it is written down: with {@code /}. */
    static String relative(Path root, Path file) {
        return root.relativize(file).toString().replace(File.separatorChar, '/');
    }

    /**
     * The session that a file is named for.
     *
     * @param path from the root
     * @return its id, or null where it is no session's file
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
        // Bytes that are not text are no id: two such names could be one.
        boolean given = path.getNameCount() == 1 && Ids.isId(asItIs) && asItIs.indexOf('\uFFFD') < 0;
        return given ? asItIs : null;
    }

    private static boolean endsAsOne(StringBuilder name) {
        return name.indexOf(SessionFile.SUFFIX, name.length() - SessionFile.SUFFIX.length()) >= 0;
    }

    /** The text of a part; the JVM's own reading of it is right only where it is of ASCII. */
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

    /** Whether a directory in the root, or in another such one, may hold the rest of a long name. */
    static boolean isPart(Path directoryName) {
        return DIRECTORY.matcher(directoryName.toString()).matches();
    }

    /**
     * What a root holds.
     *
     * @param files the file of each session, from its id
     * @param clashes the files of each session that has more than one, and so none that is right
     * @param caseTwins files that would be one where case is ignored, each group by path
     * @param strange what has a session file's name and is none: a link, a pipe, a directory, a name that gives no id
     */
    record Listing(
            Map<String, Disk.Entry> files,
            Map<String, List<Disk.Entry>> clashes,
            List<List<Disk.Entry>> caseTwins,
            List<Disk.Entry> strange) {}

    /** Looks through a root and the directories of its long names. */
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

    /** Tells which of the files of a root is whose. */
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
