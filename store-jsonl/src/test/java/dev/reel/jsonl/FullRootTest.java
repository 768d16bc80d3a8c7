package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.StoreFailedException;
import dev.reel.StoreFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Opening and closing a root that there is no room for, or that can't be read: what is said, and that nothing is lost. */
class FullRootTest {

    private final MemoryDisk memory = new MemoryDisk();
    private final FaultyDisk disk = new FaultyDisk(memory);

    @TempDir
    Path directory;

    @Test
    @DisplayName("a store that there is no room to close says that it is full; the next opening has all of it")
    void closing() {
        OpenRoot root = OpenRoot.on(disk);
        append(root, 1);
        disk.room(0);
        assertThrows(StoreFullException.class, () -> append(root, 2));
        StoreFullException why = assertThrows(StoreFullException.class, root::close);
        assertTrue(String.valueOf(why.getMessage()).contains(OpenRoot.PATH.toString()), why::getMessage);
        disk.heal();
        assertEquals(1, countOfNext());
    }

    @Test
    @DisplayName("a root that there is no room to open says that it is full, at whatever write; with room it opens")
    void opening() {
        OpenRoot root = OpenRoot.on(disk);
        append(root, 1);
        MemoryDisk left = memory.killAt(memory.operations());
        FaultyDisk full = new FaultyDisk(left);
        int refused = 0;
        for (long room = 0; ; room += 16) {
            full.room(room);
            try {
                OpenRoot next = OpenRoot.on(full);
                full.heal();
                next.close();
                break;
            } catch (StoreFullException e) {
                assertTrue(String.valueOf(e.getMessage()).contains(OpenRoot.PATH.toString()), e::getMessage);
                refused++;
            }
            full.heal();
        }
        assertTrue(refused > 0, "there was always room");
        OpenRoot next = OpenRoot.on(left);
        assertEquals(1, next.store.replay("s", Range.all()).count().block(OpenRoot.PATIENCE));
        next.close();
    }

    @Test
    @DisplayName("a directory that can't be opened is a StoreFailedException that names it and says why")
    void notADirectory() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "no directory");
        StoreFailedException why = assertThrows(StoreFailedException.class, () -> JsonlSessionStore.open(file));
        assertTrue(String.valueOf(why.getMessage()).contains(file + " can't be opened"), why::getMessage);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @DisplayName("a full disk is known as one in whatever language the system speaks")
    void inEachLanguage() throws Exception {
        List<String> locales = new ArrayList<>(List.of("C", "C.UTF-8"));
        Path german = directory.resolve("de_DE.UTF-8");
        try {
            int made = run(new ProcessBuilder("localedef", "-i", "de_DE", "-f", "UTF-8", german.toString()));
            if (made == 0) {
                locales.add("de_DE.UTF-8");
            }
        } catch (IOException e) {
            // There is no such program here.
        }
        for (String locale : locales) {
            ProcessBuilder child = new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    FullDevice.class.getName());
            child.environment().put("LC_ALL", locale);
            child.environment().put("LANGUAGE", locale);
            if (locale.startsWith("de")) {
                child.environment().put("LOCPATH", directory.toString());
            }
            assertEquals(0, run(child), locale);
        }
    }

    private int run(ProcessBuilder builder) throws Exception {
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(directory.resolve("out").toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it ends");
        return process.exitValue();
    }

    /** Exits with 0 where the disk that is always full is told to be. */
    static final class FullDevice {

        private FullDevice() {}

        public static void main(String[] args) throws IOException {
            try (FileChannel full = FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE)) {
                full.write(ByteBuffer.allocate(100), 0);
            } catch (IOException e) {
                System.out.println(e.getMessage());
                System.exit(FullDisk.isReasonOf(e) ? 0 : 1);
            }
            System.exit(2);
        }
    }

    private long countOfNext() {
        OpenRoot next = OpenRoot.on(disk);
        long count = next.store
                .replay("s", Range.all())
                .count()
                .blockOptional(OpenRoot.PATIENCE)
                .orElse(-1L);
        next.close();
        return count;
    }

    private static void append(OpenRoot root, int n) {
        root.store.append("s", EventDraft.of("n", Json.object("n", n))).block(OpenRoot.PATIENCE);
    }
}
