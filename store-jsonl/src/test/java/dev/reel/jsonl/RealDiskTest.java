package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The behavior of every disk, tested on the real one and the one in memory; and features of the real one only. */
class RealDiskTest {

    @TempDir
    Path directory;

    private Path root;

    record Case(String name, Function<Path, Disk> make) {
        @Override
        public String toString() {
            return name;
        }
    }

    @BeforeEach
    void newRoot() {
        root = directory.resolve("root");
    }

    static Stream<Case> disks() {
        return Stream.of(
                new Case("real", RealDisk::new),
                new Case("memory", root -> new MemoryDisk()),
                new Case("memory, wrapped", root -> new FaultyDisk(new MemoryDisk())));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String read(Disk disk, Path path) throws IOException {
        try (Disk.File file = disk.open(path, Disk.Mode.READ)) {
            ByteBuffer content = ByteBuffer.allocate((int) file.size() + 10);
            int read = file.readFully(content, 0);
            return new String(content.array(), 0, read, StandardCharsets.UTF_8);
        }
    }

    @ParameterizedTest
    @MethodSource("disks")
    void aFileIsToldFromOneThatTookItsPlace(Case one) throws IOException {
        Disk disk = one.make.apply(root);
        disk.createDirectories(root);
        Path path = root.resolve("file");
        assertNull(disk.identity(path));
        write(disk, path, "same");
        try (Disk.File open = disk.open(path, Disk.Mode.WRITE)) {
            Object before = disk.identity(path);
            assertNotNull(before);
            open.writeFully(bytes("more"), 4);
            assertEquals(before, disk.identity(path));
            disk.move(path, root.resolve("other"));
            assertEquals(before, disk.identity(root.resolve("other")));
            write(disk, path, "same");
            assertNotEquals(before, disk.identity(path));
            disk.delete(path);
            assertNull(disk.identity(path));
        }
    }

    private static void write(Disk disk, Path path, String text) throws IOException {
        try (Disk.File file = disk.open(path, Disk.Mode.CREATE)) {
            file.writeFully(bytes(text), 0);
            file.sync();
        }
    }

    @ParameterizedTest
    @MethodSource("disks")
    void aFileIsWrittenReadAndCutAnywhere(Case on) throws IOException {
        Disk disk = on.make().apply(root);
        disk.createDirectories(root);
        Path path = root.resolve("a");
        try (Disk.File file = disk.open(path, Disk.Mode.CREATE)) {
            assertEquals(0, file.size());
            file.writeFully(bytes("hello"), 3);
            assertEquals(8, file.size());
            file.truncate(6);
            file.truncate(100);
            assertEquals(6, file.size(), "truncating never lengthens");
            file.writeFully(bytes("x"), 8);
            file.sync();
            assertEquals("\0\0\0hel\0\0x", read(disk, path));
            assertEquals(-1, file.read(ByteBuffer.allocate(1), 9));
            ByteBuffer two = ByteBuffer.allocate(2);
            assertEquals(1, file.readFully(two, 8));
        }
    }

    @ParameterizedTest
    @MethodSource("disks")
    void aModeSaysWhetherAFileIsMadeAndWritten(Case on) throws IOException {
        Disk disk = on.make().apply(root);
        disk.createDirectories(root);
        Path path = root.resolve("a");
        assertThrows(NoSuchFileException.class, () -> disk.open(path, Disk.Mode.READ));
        assertThrows(NoSuchFileException.class, () -> disk.open(path, Disk.Mode.WRITE));
        write(disk, path, "a");
        try (Disk.File file = disk.open(path, Disk.Mode.READ)) {
            assertThrows(NonWritableChannelException.class, () -> file.write(bytes("b"), 0));
        }
        try (Disk.File file = disk.open(path, Disk.Mode.WRITE)) {
            file.writeFully(bytes("b"), 1);
        }
        assertEquals("ab", read(disk, path), "opening for writing, or to create, does not truncate");
        write(disk, path, "c");
        assertEquals("cb", read(disk, path));
        assertThrows(NoSuchFileException.class, () -> disk.open(root.resolve("x/a"), Disk.Mode.CREATE));
        assertThrows(FileSystemException.class, () -> disk.open(root, Disk.Mode.READ));
    }

    @ParameterizedTest
    @MethodSource("disks")
    void namesAreListedMovedAndRemoved(Case on) throws IOException {
        Disk disk = on.make().apply(root);
        Path inner = root.resolve("b/c");
        assertEquals(List.of(), disk.list(inner));
        assertNull(disk.look(inner));
        disk.createDirectories(inner);
        disk.createDirectories(inner);
        assertTrue(disk.look(inner).directory());
        write(disk, root.resolve("a"), "one");
        write(disk, inner.resolve("a"), "other");
        Disk.Entry entry = disk.look(root.resolve("a"));
        assertTrue(entry.file());
        assertFalse(entry.directory());
        assertEquals(3, entry.size());
        Set<Path> listed = disk.list(root).stream().map(Disk.Entry::path).collect(Collectors.toSet());
        assertEquals(Set.of(root.resolve("a"), root.resolve("b")), listed);
        disk.move(root.resolve("a"), inner.resolve("a"));
        disk.syncDirectory(root);
        disk.syncDirectory(inner);
        assertEquals("one", read(disk, inner.resolve("a")));
        assertNull(disk.look(root.resolve("a")));
        assertThrows(NoSuchFileException.class, () -> disk.move(root.resolve("a"), root.resolve("d")));
        assertThrows(FileSystemException.class, () -> disk.delete(inner));
        disk.delete(inner.resolve("a"));
        disk.delete(inner.resolve("a"));
        disk.delete(inner);
        assertNull(disk.look(inner));
        write(disk, root.resolve("file"), "");
        assertThrows(FileSystemException.class, () -> disk.createDirectories(root.resolve("file")));
    }

    @ParameterizedTest
    @MethodSource("disks")
    void whatWasWrittenIsSeenInTheTimeOfChange(Case on) throws Exception {
        Disk disk = on.make().apply(root);
        disk.createDirectories(root);
        Path path = root.resolve("a");
        write(disk, path, "a");
        long before = disk.look(path).modified();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (disk.look(path).modified() == before && System.nanoTime() < end) {
            write(disk, path, "b");
        }
        assertTrue(disk.look(path).modified() > before);
    }

    @Test
    void aLargeWriteGoesInPieces() throws IOException {
        Disk disk = new RealDisk(root);
        disk.createDirectories(root);
        byte[] large = new byte[3_000_000];
        large[2_999_999] = 1;
        try (Disk.File file = disk.open(root.resolve("a"), Disk.Mode.CREATE)) {
            ByteBuffer from = ByteBuffer.wrap(large);
            assertEquals(1 << 20, file.write(from, 0));
            assertEquals(large.length, from.limit());
            file.writeFully(from, 1 << 20);
            ByteBuffer into = ByteBuffer.allocate(large.length);
            assertEquals(large.length, file.readFully(into, 0));
            assertArrayEquals(large, into.array());
        }
    }

    @Test
    void symbolicLinksAreNeitherFileNorDirectoryAndNotFollowed() throws IOException {
        Disk disk = new RealDisk(root);
        disk.createDirectories(root);
        Path outside = Files.createDirectories(directory.resolve("outside"));
        Path file = Files.writeString(outside.resolve("f.jsonl"), "secret");
        Files.createSymbolicLink(root.resolve("file"), file);
        Files.createSymbolicLink(root.resolve("directory"), outside);
        Files.createSymbolicLink(root.resolve("dangling"), directory.resolve("nowhere"));
        for (Disk.Entry entry : disk.list(root)) {
            assertFalse(entry.file() || entry.directory(), entry.toString());
        }
        for (Disk.Mode mode : Disk.Mode.values()) {
            assertThrows(FileSystemException.class, () -> disk.open(root.resolve("file"), mode));
            assertThrows(FileSystemException.class, () -> disk.open(root.resolve("dangling"), mode));
            assertThrows(FileSystemException.class, () -> disk.open(root.resolve("directory/f.jsonl"), mode));
        }
        assertThrows(FileSystemException.class, () -> disk.list(root.resolve("directory")));
        assertThrows(FileSystemException.class, () -> disk.createDirectories(root.resolve("directory")));
        assertThrows(FileSystemException.class, () -> disk.createDirectories(root.resolve("directory/new")));
        assertThrows(FileSystemException.class, () -> disk.delete(root.resolve("directory/f.jsonl")));
        write(disk, root.resolve("mine"), "mine");
        assertThrows(
                FileSystemException.class, () -> disk.move(root.resolve("mine"), root.resolve("directory/f.jsonl")));
        disk.delete(root.resolve("file"));
        assertEquals("secret", Files.readString(file), "removing a link keeps its target");
        assertFalse(Files.exists(outside.resolve("new")));
    }

    @Test
    void theRootItselfMayBeASymbolicLink() throws IOException {
        Path real = Files.createDirectories(directory.resolve("real"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), real);
        Disk disk = new RealDisk(link);
        disk.createDirectories(link.resolve(".reel"));
        write(disk, link.resolve("a"), "a");
        assertEquals(2, disk.list(link).size());
        assertEquals("a", Files.readString(real.resolve("a")));
    }

    @Test
    @Timeout(30)
    void aPipeIsNotOpened() throws Exception {
        Disk disk = new RealDisk(root);
        disk.createDirectories(root);
        assertEquals(
                0,
                new ProcessBuilder("mkfifo", root.resolve("pipe").toString())
                        .start()
                        .waitFor());
        assertThrows(FileSystemException.class, () -> disk.open(root.resolve("pipe"), Disk.Mode.READ));
    }

    @Test
    void aFullDiskIsToldFromABrokenOne() {
        assertTrue(FullDisk.isReasonOf(new IOException("No space left on device")));
        assertTrue(FullDisk.isReasonOf(new FileSystemException("/x", null, "No space left on device")));
        assertTrue(FullDisk.isReasonOf(new FileSystemException("/x", null, "Disk quota exceeded")));
        assertFalse(FullDisk.isReasonOf(new IOException("Input/output error")));
        assertFalse(FullDisk.isReasonOf(new IOException()));
    }
}
