package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.jsonl.FaultyDisk.Call;
import dev.reel.jsonl.FaultyDisk.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a power cut may lose and what it may not: the basis of every test of crashes. */
class MemoryDiskTest {

    private static final Path ROOT = Path.of("/root");
    private static final Path A = ROOT.resolve("a");
    private static final Path B = ROOT.resolve("b");
    private static final int ROUNDS = 300;

    private final MemoryDisk disk = new MemoryDisk();

    MemoryDiskTest() throws IOException {
        disk.createDirectories(ROOT);
    }

    private static byte[] filled(int length, int with) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) with);
        return bytes;
    }

    private static void write(Disk.File file, String text, long at) throws IOException {
        file.writeFully(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), at);
    }

    private static String text(MemoryDisk disk, Path path) throws IOException {
        return disk.look(path) == null ? "none" : new String(disk.bytes(path), StandardCharsets.UTF_8);
    }

    /** All possible contents of a file after a power cut now. */
    private Set<String> mayHold(Path path) throws IOException {
        Set<String> seen = new TreeSet<>();
        seen.add(text(disk.crashAt(disk.operations()), path));
        for (int i = 0; i < ROUNDS; i++) {
            seen.add(text(disk.crash(new Random(i)), path));
        }
        return seen;
    }

    @Test
    void bytesMayGoUntilTheyAreFlushed() throws IOException {
        disk.put(A, "old".getBytes(StandardCharsets.UTF_8));
        Disk.File file = disk.open(A, Disk.Mode.WRITE);
        write(file, "N", 0);
        write(file, "M", 1);
        assertEquals("NMd", text(disk, A));
        assertEquals(Set.of("old", "Nld", "oMd", "NMd"), mayHold(A));
        file.sync();
        assertEquals(Set.of("NMd"), mayHold(A));
        write(file, "X", 0);
        file.sync();
        write(file, "Y", 0);
        assertEquals(Set.of("XMd", "YMd"), mayHold(A), "flushed bytes never become older");
    }

    @Test
    void aFileMayBecomeLongerWithoutItsBytes() throws IOException {
        disk.put(A, "a".getBytes(StandardCharsets.UTF_8));
        Disk.File file = disk.open(A, Disk.Mode.WRITE);
        write(file, "b", 1);
        write(file, "c", 2);
        assertEquals(Set.of("a", "ab", "abc", "a\0c", "a\0", "a\0\0", "ab\0"), mayHold(A));
        file.truncate(1);
        file.sync();
        assertEquals(Set.of("a"), mayHold(A));
    }

    @Test
    void aCutMayGoUntilItIsFlushed() throws IOException {
        disk.put(A, "abc".getBytes(StandardCharsets.UTF_8));
        Disk.File file = disk.open(A, Disk.Mode.WRITE);
        file.truncate(1);
        assertEquals(Set.of("a", "abc"), mayHold(A));
        file.sync();
        assertEquals(Set.of("a"), mayHold(A));
    }

    @Test
    void aNameMayGoUntilItsDirectoryIsFlushed() throws IOException {
        Disk.File file = disk.open(A, Disk.Mode.CREATE);
        write(file, "x", 0);
        file.sync();
        assertEquals(Set.of("none", "x"), mayHold(A), "flushing a file does not make its name durable");
        disk.syncDirectory(ROOT);
        assertEquals(Set.of("x"), mayHold(A));
        disk.delete(A);
        assertEquals(Set.of("none", "x"), mayHold(A));
        disk.syncDirectory(ROOT);
        assertEquals(Set.of("none"), mayHold(A));
    }

    @Test
    void aNameDoesNotBringTheBytes() throws IOException {
        Disk.File file = disk.open(A, Disk.Mode.CREATE);
        write(file, "x", 0);
        disk.syncDirectory(ROOT);
        assertEquals(Set.of("", "x", "\0"), mayHold(A));
    }

    @Test
    void aRenameComesWholeOrNotAtAll() throws IOException {
        disk.put(A, "a".getBytes(StandardCharsets.UTF_8));
        disk.put(B, "b".getBytes(StandardCharsets.UTF_8));
        disk.move(A, B);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < ROUNDS; i++) {
            MemoryDisk left = disk.crash(new Random(i));
            seen.add(text(left, A) + " " + text(left, B));
        }
        assertEquals(Set.of("a b", "none a"), seen);
        disk.syncDirectory(ROOT);
        assertEquals(Set.of("a"), mayHold(B));
        assertEquals(Set.of("none"), mayHold(A));
    }

    @Test
    void aRenameBetweenDirectoriesIsCertainWhenBothAreFlushed() throws IOException {
        Path other = ROOT.resolve("d/a");
        disk.createDirectories(other.getParent());
        disk.put(A, "a".getBytes(StandardCharsets.UTF_8));
        disk.move(A, other);
        disk.syncDirectory(other.getParent());
        assertEquals(Set.of("none", "a"), mayHold(A));
        disk.syncDirectory(ROOT);
        assertEquals(Set.of("none"), mayHold(A));
        assertEquals(Set.of("a"), mayHold(other));
    }

    @Test
    void directoriesThatWereMadeAreThere() throws IOException {
        Path deep = ROOT.resolve("x/y/z");
        disk.createDirectories(deep);
        assertNotNull(disk.crashAt(disk.operations()).look(deep));
    }

    @Test
    void whatAFailedFlushTookStaysUncertain() throws IOException {
        disk.put(A, "old".getBytes(StandardCharsets.UTF_8));
        FaultyDisk faulty = new FaultyDisk(disk);
        Disk.File file = faulty.open(A, Disk.Mode.WRITE);
        write(file, "N", 0);
        faulty.failAt(Call.SYNC, 1, Fault.BROKEN);
        assertThrows(IOException.class, file::sync);
        file.sync();
        write(file, "M", 1);
        file.sync();
        assertEquals("NMd", text(disk, A));
        assertEquals(Set.of("oMd", "NMd"), mayHold(A));
        faulty.open(B, Disk.Mode.CREATE).close();
        faulty.failAt(Call.SYNC_DIRECTORY, 1, Fault.BROKEN);
        assertThrows(IOException.class, () -> faulty.syncDirectory(ROOT));
        assertEquals(Set.of("none", ""), mayHold(B));
        faulty.syncDirectory(ROOT);
        assertEquals(Set.of(""), mayHold(B), "a name is not forgotten");
        write(file, "N", 0);
        file.sync();
        assertEquals(Set.of("NMd"), mayHold(A), "after another write and flush it is durable");
    }

    @Test
    void writesAreTornBetweenSectorsAndAnywhere() throws IOException {
        disk.put(A, filled(2048, 'o'));
        Disk.File file = disk.open(A, Disk.Mode.WRITE);
        file.writeFully(ByteBuffer.wrap(filled(1500, 'n')), 100);
        boolean sectors = false;
        boolean anywhere = false;
        boolean endWithoutBegin = false;
        for (int i = 0; i < ROUNDS; i++) {
            byte[] left = disk.crash(new Random(i)).bytes(A);
            assertEquals(2048, left.length);
            for (int at = 1; at < left.length; at++) {
                if (left[at] != left[at - 1] && at != 100 && at != 1600) {
                    sectors |= at % 512 == 0;
                    anywhere |= at % 512 != 0;
                }
            }
            endWithoutBegin |= left[100] == 'o' && left[1599] == 'n';
        }
        assertTrue(sectors);
        assertTrue(anywhere);
        assertTrue(endWithoutBegin);
    }

    @Test
    void whatWasKilledIsAllThereAndNotFlushedStill() throws IOException {
        Disk.File file = disk.open(A, Disk.Mode.CREATE);
        write(file, "abc", 0);
        MemoryDisk killed = disk.killAt(disk.operations());
        assertEquals("abc", text(killed, A));
        killed.open(A, Disk.Mode.WRITE).sync();
        assertNull(killed.crashAt(killed.operations()).look(A), "the directory was not flushed");
        killed.syncDirectory(ROOT);
        assertEquals("abc", text(killed.crashAt(killed.operations()), A));
        assertEquals("none", text(disk.crashAt(disk.operations()), A), "the other file has another identity");
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            seen.add(text(disk.killAt(disk.operations() - 1, new Random(i)), A));
        }
        assertEquals(Set.of("", "a", "ab"), seen);
    }

    @Test
    void everyPrefixOfTheOperationsCanBeLookedAt() throws IOException {
        int before = disk.operations();
        Disk.File file = disk.open(A, Disk.Mode.CREATE);
        for (int i = 0; i < 10; i++) {
            write(file, "x", i);
            file.sync();
        }
        disk.syncDirectory(ROOT);
        assertEquals(before + 23, disk.operations());
        assertEquals(disk.operations(), disk.record().size());
        for (int n = before + 2; n <= disk.operations(); n++) {
            assertEquals(Math.min(10, (n - before - 1) / 2), disk.killAt(n).bytes(A).length);
        }
        MemoryDisk copy = disk.copy();
        assertEquals(0, copy.operations());
        assertArrayEquals(disk.bytes(A), copy.crashAt(0).bytes(A));
        assertEquals(List.of(A), copy.files());
    }

    @Test
    void anOpenFileOutlivesItsName() throws IOException {
        Disk.File file = disk.open(A, Disk.Mode.CREATE);
        disk.delete(A);
        write(file, "abc", 0);
        assertEquals(3, file.size());
        assertEquals(Set.of("none"), Set.of(text(disk, A)));
        disk.crash(new Random(1));
    }

    @Test
    void namesMayDifferInCaseOnlyUnlessToldOtherwise() throws IOException {
        Path upper = ROOT.resolve("A");
        disk.put(A, new byte[1]);
        assertNull(disk.look(upper));
        MemoryDisk ignoring = MemoryDisk.ignoringCase();
        ignoring.put(A, new byte[1]);
        assertEquals(1, ignoring.bytes(upper).length);
        assertEquals(
                List.of(A), ignoring.list(ROOT).stream().map(Disk.Entry::path).toList());
    }

    @Test
    void theCallThatATestNamesFails() throws IOException {
        FaultyDisk faulty = new FaultyDisk(disk);
        faulty.failAt(3, Fault.BROKEN);
        Disk.File file = faulty.open(A, Disk.Mode.CREATE);
        write(file, "a", 0);
        assertEquals(
                "Input/output error",
                assertThrows(IOException.class, () -> write(file, "b", 1)).getMessage());
        write(file, "b", 1);
        assertEquals("ab", text(disk, A));
        faulty.failFrom(Call.WRITE, 2, Fault.FULL);
        write(file, "c", 2);
        assertTrue(FullDisk.isReasonOf(assertThrows(IOException.class, () -> write(file, "d", 3))));
        assertThrows(IOException.class, () -> write(file, "d", 3));
        faulty.heal();
        write(file, "d", 3);
        assertEquals("abcd", text(disk, A));
        assertEquals(8, faulty.calls());
        assertEquals(7, faulty.calls(Call.WRITE));
    }

    @Test
    void aDiskThatBecomesFullTakesABeginning() throws IOException {
        FaultyDisk faulty = new FaultyDisk(disk);
        Disk.File file = faulty.open(A, Disk.Mode.CREATE);
        faulty.failAt(Call.WRITE, 1, Fault.HALF_FULL);
        assertTrue(FullDisk.isReasonOf(assertThrows(IOException.class, () -> write(file, "abcd", 0))));
        assertEquals("ab", text(disk, A));
        faulty.room(3);
        assertTrue(FullDisk.isReasonOf(assertThrows(IOException.class, () -> write(file, "ABCD", 0))));
        assertEquals("ABC", text(disk, A));
        faulty.heal();
        write(file, "ABCD", 0);
        assertEquals("ABCD", text(disk, A));
    }

    @Test
    void aCallThatIsHeldWaits() throws Exception {
        FaultyDisk faulty = new FaultyDisk(disk);
        Disk.File file = faulty.open(A, Disk.Mode.CREATE);
        faulty.hold(Call.SYNC);
        CompletableFuture<Void> sync = CompletableFuture.runAsync(() -> {
            try {
                file.sync();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        faulty.awaitHeld(Call.SYNC, 1);
        assertEquals(0, faulty.calls(Call.SYNC));
        faulty.release(Call.SYNC);
        sync.get(30, TimeUnit.SECONDS);
        assertEquals(1, faulty.calls(Call.SYNC));
    }
}
