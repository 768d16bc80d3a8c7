package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.StoreDamagedException;
import dev.reel.StoreOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A root records its format. */
class FormatTest {

    private static final Path FORMAT = OpenRoot.PATH.resolve(".reel/format");

    private final MemoryDisk disk = new MemoryDisk();

    @Test
    @DisplayName("opening a root of a newer format fails with a message that says so, and changes nothing")
    void newer() throws Exception {
        append();
        disk.put(FORMAT, Format.line(2).getBytes(StandardCharsets.ISO_8859_1));
        List<String> before = contents();
        StoreDamagedException told = assertThrows(StoreDamagedException.class, () -> OpenRoot.on(disk));
        assertEquals(FORMAT.toString(), told.file());
        assertTrue(told.getMessage().startsWith("the store has format 2, and this version"), told.getMessage());
        assertFalse(told.getMessage().contains("damaged"), told.getMessage());
        StoreDamagedException reader = assertThrows(
                StoreDamagedException.class,
                () -> FollowedRoot.follow(
                        disk, OpenRoot.PATH, StoreOptions.standard(), JsonlStoreOptions.standard(), Duration.ZERO));
        assertEquals(told.getMessage(), reader.getMessage());
        List<RootProblem> found = new ArrayList<>();
        RootCheck.run(disk, OpenRoot.PATH, null, found::add);
        assertEquals(
                List.of(".reel/format"), found.stream().map(RootProblem::file).toList());
        assertEquals(before, contents(), "nothing is changed");
    }

    @Test
    @DisplayName("a root whose format file is missing or damaged opens, and then has it")
    void older() throws Exception {
        append();
        byte[] whole = disk.bytes(FORMAT);
        disk.delete(FORMAT);
        append();
        assertEquals(new String(whole, StandardCharsets.ISO_8859_1), text());
        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 2;
            disk.put(FORMAT, flipped);
            OpenRoot root = OpenRoot.on(disk);
            assertEquals(2, root.store.replay("a", Range.all()).count().block(OpenRoot.PATIENCE));
            root.close();
            assertEquals(new String(whole, StandardCharsets.ISO_8859_1), text());
        }
    }

    @Test
    @DisplayName("a file longer than the line is damaged, and the line replaces it")
    void longer() throws Exception {
        append();
        byte[] whole = disk.bytes(FORMAT);
        disk.put(FORMAT, "x".repeat(200).getBytes(StandardCharsets.ISO_8859_1));
        append();
        assertEquals(new String(whole, StandardCharsets.ISO_8859_1), text());
    }

    private List<String> contents() throws Exception {
        List<String> all = new ArrayList<>();
        for (Path file : disk.files()) {
            all.add(file + " " + Arrays.toString(disk.bytes(file)));
        }
        return all;
    }

    private String text() throws Exception {
        return new String(disk.bytes(FORMAT), StandardCharsets.ISO_8859_1);
    }

    private void append() {
        OpenRoot root = OpenRoot.on(disk);
        root.store.append("a", EventDraft.of("n", Json.EMPTY_OBJECT)).block(OpenRoot.PATIENCE);
        root.close();
    }
}
