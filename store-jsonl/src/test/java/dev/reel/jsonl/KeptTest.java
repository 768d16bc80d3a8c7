package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeptTest {

    private static final Path ROOT = Path.of("/root");
    private static final Path FILE = ROOT.resolve("s.jsonl");

    private final MemoryDisk disk = new MemoryDisk();
    private final Kept kept = new Kept(disk, ROOT);

    KeptTest() throws IOException {
        disk.createDirectories(ROOT);
    }

    @Test
    void whatIsCutIsKept() throws IOException {
        byte[] bytes = new byte[1 << 20];
        new Random(1).nextBytes(bytes);
        write(FILE, bytes);
        Path copy = kept.cut(FILE, 100);
        assertArrayEquals(Arrays.copyOf(bytes, 100), read(disk, FILE));
        assertArrayEquals(Arrays.copyOfRange(bytes, 100, bytes.length), read(disk, copy));
        assertTrue(copy.startsWith(ROOT.resolve(".reel/kept")));
    }

    @Test
    void whatIsKeptTwiceIsThereTwice() throws IOException {
        write(FILE, "abc".getBytes(StandardCharsets.UTF_8));
        Path first = kept.cut(FILE, 1);
        write(FILE, "axyz".getBytes(StandardCharsets.UTF_8));
        Path second = kept.cut(FILE, 1);
        assertNotEquals(first, second);
        assertEquals(Set.of(first, second), Set.copyOf(kept.of(FILE)));
        assertEquals("bc", new String(read(disk, first), StandardCharsets.UTF_8));
    }

    @Test
    void whatIsKeptOfAFileIsNotTakenForAnothers() throws IOException {
        Path nested = ROOT.resolve("dir").resolve("s.jsonl");
        Path alike = ROOT.resolve("s.jsonl.torn-1.jsonl");
        disk.createDirectories(nested.getParent());
        for (Path file : List.of(FILE, nested, alike)) {
            write(file, "abc".getBytes(StandardCharsets.UTF_8));
            kept.keep(file, 0, "original");
        }
        for (Path file : List.of(FILE, nested, alike)) {
            assertEquals(1, kept.of(file).size(), file.toString());
        }
        assertEquals(List.of(), kept.of(ROOT.resolve("other.jsonl")));
    }

    @Test
    void aPowerCutTakesNothingThatWasNotKept() throws IOException {
        write(FILE, "abcdef".getBytes(StandardCharsets.UTF_8));
        MemoryDisk durable = disk.copy();
        new Kept(durable, ROOT).cut(FILE, 2);
        int operations = durable.operations();
        for (int at = 0; at <= operations; at++) {
            for (int seed = 0; seed < 50; seed++) {
                MemoryDisk after = durable.crashAt(at, new Random(seed));
                String left = new String(read(after, FILE), StandardCharsets.UTF_8);
                if (!left.equals("abcdef")) {
                    assertEquals("ab", left);
                    Path copy = new Kept(after, ROOT).of(FILE).get(0);
                    assertEquals("cdef", new String(read(after, copy), StandardCharsets.UTF_8));
                }
            }
        }
    }

    private void write(Path file, byte[] bytes) throws IOException {
        try (Disk.File open = disk.open(file, Disk.Mode.CREATE)) {
            open.truncate(0);
            open.writeFully(ByteBuffer.wrap(bytes), 0);
            open.sync();
        }
    }

    private static byte[] read(Disk disk, Path file) throws IOException {
        try (Disk.File open = disk.open(file, Disk.Mode.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate((int) open.size());
            open.readFully(buffer, 0);
            return buffer.array();
        }
    }
}
