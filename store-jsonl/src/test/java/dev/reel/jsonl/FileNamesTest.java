package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Ids;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R21: no id leads outside the root, and no two ids share a file")
class FileNamesTest {

    private static final FileNames NAMES = new FileNames(false);
    private static final FileNames FOLDING = new FileNames(true);
    private static final Path ROOT = Path.of("/root");

    private static final List<String> HARD = List.of(
            ".",
            "..",
            "...",
            "a.",
            ".a",
            "a.b",
            "a..b",
            "/",
            "a/b",
            "../../etc/passwd",
            "\\",
            "%",
            "%2E",
            "%2e",
            "%25",
            "a b",
            "A",
            "a",
            "aB",
            "Ab",
            "ä",
            "Ä",
            "a\u0308",
            "ß",
            "ſ",
            "K",
            "İ",
            "ı",
            "con",
            "CON",
            "con.x",
            "con.",
            "%63on",
            "com1",
            "com10",
            ".reel",
            ".reel/ledger",
            "a.jsonl",
            ".jsonl",
            "~",
            "-",
            "_",
            "\uFFFD",
            "?",
            "a".repeat(194),
            "a".repeat(200),
            "a".repeat(194) + ".jsonl",
            "😀".repeat(200),
            "ä".repeat(200),
            "/".repeat(200),
            ".".repeat(200),
            "A".repeat(200),
            "a.".repeat(100),
            "/".repeat(66) + "ab",
            "/".repeat(66) + "abcon",
            "😀".repeat(10) + ".jsonl" + "😀".repeat(100));

    @ParameterizedTest
    @CsvSource({
        "abc-_09, abc-_09.jsonl, abc-_09.jsonl",
        "a.b, a.b.jsonl, a.b.jsonl",
        ".a., %2Ea%2E.jsonl, %2Ea%2E.jsonl",
        "., %2E.jsonl, %2E.jsonl",
        ".., %2E%2E.jsonl, %2E%2E.jsonl",
        "a/b, a%2Fb.jsonl, a%2Fb.jsonl",
        "aB, aB.jsonl, a%42.jsonl",
        "ä, %C3%A4.jsonl, %C3%A4.jsonl",
        "con, %63on.jsonl, %63on.jsonl",
        "Lpt9.x, %4Cpt9.x.jsonl, %4Cpt9.x.jsonl",
        "com0, com0.jsonl, com0.jsonl",
        "console, console.jsonl, console.jsonl",
        "%, %25.jsonl, %25.jsonl",
    })
    void aNameIsTheIdAsFarAsThatIsSafe(String id, String name, String whereCaseIsIgnored) {
        assertEquals(Path.of(name), NAMES.pathOf(id));
        assertEquals(Path.of(whereCaseIsIgnored), FOLDING.pathOf(id));
    }

    @Test
    void aLongNameGoesOnInDirectories() {
        assertEquals(Path.of("a".repeat(200) + ".jsonl"), NAMES.pathOf("a".repeat(200)));
        assertEquals(Path.of("a".repeat(194) + "%20%20", "%20.jsonl"), NAMES.pathOf("a".repeat(194) + "   "));
        assertEquals(Path.of("a".repeat(195) + "%20", "%20%20.jsonl"), NAMES.pathOf("a".repeat(195) + "   "));
        assertEquals(Path.of("%20".repeat(66), "%20ab.jsonl"), NAMES.pathOf(" ".repeat(67) + "ab"));
        assertEquals(Path.of("%20".repeat(66) + "ab", "%63on.jsonl"), NAMES.pathOf(" ".repeat(66) + "abcon"));
        assertEquals(Path.of("a%2E" + "%20".repeat(65), "%20%2Eb.jsonl"), NAMES.pathOf("a." + " ".repeat(66) + ".b"));
        assertEquals(Path.of("a." + "%20".repeat(66) + ".jsonl"), NAMES.pathOf("a." + " ".repeat(66)));
    }

    @Test
    void noIdLeavesTheRootOrSharesAFile() {
        Random random = new Random(21);
        List<String> ids = new ArrayList<>(HARD);
        for (int i = 0; i < 20_000; i++) {
            ids.add(anyId(random));
        }
        for (FileNames names : List.of(NAMES, FOLDING)) {
            Map<String, String> owners = new HashMap<>();
            for (String id : ids) {
                Path path = names.pathOf(id);
                assertEquals(id, FileNames.idOf(path), path::toString);
                assertEquals(ROOT.resolve(path), ROOT.resolve(path).normalize());
                assertFalse(path.isAbsolute());
                String key = names == FOLDING ? path.toString().toLowerCase(Locale.ROOT) : path.toString();
                String other = owners.put(key, id);
                assertTrue(other == null || other.equals(id), () -> id + " and " + other + " are both " + path);
                for (int part = 0; part < path.getNameCount(); part++) {
                    checkPart(path, part);
                }
            }
            // no file has a path at which another one needs a directory
            for (String id : ids) {
                for (Path up = names.pathOf(id).getParent(); up != null; up = up.getParent()) {
                    assertFalse(owners.containsKey(up.toString()), up::toString);
                }
            }
        }
    }

    private static void checkPart(Path path, int part) {
        String name = path.getName(part).toString();
        assertTrue(name.getBytes(StandardCharsets.UTF_8).length <= 255, name);
        assertTrue(name.matches("[A-Za-z0-9_%-][A-Za-z0-9_.%-]*[A-Za-z0-9_%-]"), name);
        assertFalse(name.toUpperCase(Locale.ROOT).matches("(CON|PRN|AUX|NUL|COM[1-9]|LPT[1-9])(\\..*)?"), name);
        boolean last = part == path.getNameCount() - 1;
        assertEquals(last, name.endsWith(".jsonl"));
        assertTrue(last || FileNames.isPart(path.getName(part)), name);
    }

    /** Short ids of few letters, so that names are similar; or long ids of any script. */
    private static String anyId(Random random) {
        StringBuilder id = new StringBuilder();
        boolean close = random.nextBoolean();
        int points = 1 + random.nextInt(close ? 5 : 200);
        String few = "aA./%2EcCoOnN -";
        while (id.codePointCount(0, id.length()) < points) {
            int point = close
                    ? few.charAt(random.nextInt(few.length()))
                    : random.nextInt(random.nextBoolean() ? 128 : Character.MAX_CODE_POINT + 1);
            id.appendCodePoint(point);
            if (!Ids.isId(id.toString())) {
                id.setLength(id.length() - Character.charCount(point));
            }
        }
        return id.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\0b", "a\nb", "\uD800"})
    void whatIsNoIdHasNoFile(String id) {
        assertThrows(IllegalArgumentException.class, () -> NAMES.pathOf(id));
    }

    @ParameterizedTest
    @CsvSource({
        "hello world.jsonl, hello world",
        "100%.jsonl, 100%",
        "%2e.jsonl, %2e",
        "%61.jsonl, %61",
        "%41.jsonl, A",
        "%C3.jsonl, %C3",
        "%00.jsonl, %00",
        "ä.jsonl, ä",
        ".hidden.jsonl, .hidden",
        "con.jsonl, con",
        "a.jsonl.jsonl, a.jsonl",
    })
    void aFileFromElsewhereKeepsItsName(String name, String id) {
        assertEquals(id, FileNames.idOf(Path.of(name)));
    }

    @Test
    void whatIsNoSessionsFileGivesNoId() {
        String part = "a".repeat(200);
        for (String path : List.of(
                ".jsonl", "a", "a.JSONL", "d/a.jsonl", part + "/a", part + "/a.b.jsonl", part + "/", "/a.jsonl", "")) {
            assertNull(FileNames.idOf(Path.of(path)), path);
        }
        assertNull(FileNames.idOf(Path.of("a\uFFFD.jsonl")), "bytes that are not valid UTF-8 are no id");
        String spaces = "%20".repeat(66);
        assertEquals(" ".repeat(67), FileNames.idOf(Path.of(spaces, "%20.jsonl")));
        assertNull(FileNames.idOf(Path.of(spaces.substring(3), "%20%20.jsonl")), "an id is not split in this way");
        assertNull(FileNames.idOf(Path.of("a".repeat(201) + ".jsonl").resolve("x.jsonl")));
        assertEquals("a".repeat(200), FileNames.idOf(Path.of("a".repeat(200) + ".jsonl")));
        assertNull(FileNames.idOf(Path.of("a".repeat(201) + ".jsonl")), "too long for an id");
    }

    private static Disk.Entry file(String name) {
        return new Disk.Entry(ROOT.resolve(name), false, true, 1, 1);
    }

    private static Disk.Entry link(String name) {
        return new Disk.Entry(ROOT.resolve(name), false, false, 1, 1);
    }

    @Test
    void twoFilesOfOneIdAreNeither() {
        FileNames.Listing listing = FileNames.sort(
                ROOT,
                List.of(file("a b.jsonl"), file("a%20b.jsonl"), file("c.jsonl"), file("%43.jsonl"), file("C.jsonl")));
        assertEquals(Map.of("c", file("c.jsonl")), listing.files());
        assertEquals(
                Map.of(
                        "a b",
                        List.of(file("a b.jsonl"), file("a%20b.jsonl")),
                        "C",
                        List.of(file("%43.jsonl"), file("C.jsonl"))),
                listing.clashes());
        assertEquals(List.of(List.of(file("C.jsonl"), file("c.jsonl"))), listing.caseTwins());
    }

    @Test
    void namesThatDifferInCaseOnlyAreTwoSessions() {
        FileNames.Listing listing = FileNames.sort(ROOT, List.of(file("b.jsonl"), file("a.jsonl"), file("A.jsonl")));
        assertEquals(Set.of("a", "A", "b"), listing.files().keySet());
        assertEquals(Map.of(), listing.clashes());
        assertEquals(List.of(List.of(file("A.jsonl"), file("a.jsonl"))), listing.caseTwins());
    }

    @Test
    void whatHasTheNameOfASessionsFileAndIsNoneIsStrange() {
        FileNames.Listing listing = FileNames.sort(ROOT, List.of(link("a.jsonl"), file(".jsonl"), file("b.jsonl")));
        assertEquals(Set.of("b"), listing.files().keySet());
        assertEquals(List.of(file(".jsonl"), link("a.jsonl")), listing.strange());
    }

    @Test
    void everySessionOfARootIsFoundAgain() throws IOException {
        MemoryDisk disk = new MemoryDisk();
        for (String id : HARD) {
            disk.put(ROOT.resolve(NAMES.pathOf(id)), id.getBytes(StandardCharsets.UTF_8));
        }
        disk.put(ROOT.resolve(".reel/ledger.jsonl"), new byte[0]);
        disk.put(ROOT.resolve("other/a.jsonl"), new byte[0]);
        disk.put(ROOT.resolve("notes.txt"), new byte[0]);
        FileNames.Listing listing = FileNames.list(disk, ROOT);
        assertEquals(Set.copyOf(HARD), listing.files().keySet());
        assertEquals(List.of(), listing.strange());
        for (String id : HARD) {
            Path path = listing.files().get(id).path();
            assertEquals(id, new String(disk.bytes(path), StandardCharsets.UTF_8));
        }
    }

    @Test
    void whetherCaseIsIgnoredIsFoundOut(@TempDir Path directory) throws IOException {
        MemoryDisk disk = new MemoryDisk();
        disk.createDirectories(ROOT);
        assertFalse(FileNames.ignoresCase(disk, ROOT));
        assertEquals(List.of(), disk.files());
        MemoryDisk ignoring = MemoryDisk.ignoringCase();
        ignoring.createDirectories(ROOT);
        assertTrue(FileNames.ignoresCase(ignoring, ROOT));
        boolean really = Files.exists(Files.createFile(directory.resolve("x")).resolveSibling("X"));
        assertEquals(really, FileNames.ignoresCase(new RealDisk(directory), directory));
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(1, left.count());
        }
    }

    @Test
    void idsThatDifferInCaseOnlyHaveTwoFilesWhereCaseIsIgnored() throws IOException {
        MemoryDisk disk = MemoryDisk.ignoringCase();
        for (String id : List.of("abc", "ABC", "aBC", "Ä", "ä")) {
            disk.put(ROOT.resolve(FOLDING.pathOf(id)), id.getBytes(StandardCharsets.UTF_8));
        }
        assertEquals(5, disk.files().size());
        assertEquals(
                Set.of("abc", "ABC", "aBC", "Ä", "ä"),
                FileNames.list(disk, ROOT).files().keySet());
        assertNotEquals(NAMES.pathOf("ABC"), FOLDING.pathOf("ABC"));
    }
}
