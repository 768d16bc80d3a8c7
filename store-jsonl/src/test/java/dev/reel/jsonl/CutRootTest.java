package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.StoreDamagedException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A root with one file that is cut off at any byte: whole batches remain, or the cut is detected. */
class CutRootTest {

    private static final Path FILE = OpenRoot.PATH.resolve("s.jsonl");
    private static final Path SEGMENT = OpenRoot.PATH.resolve(".reel/journal/0000000000000001");
    private static final Path MARK = OpenRoot.PATH.resolve(".reel/journal/mark");
    private static final EventDraft MORE = EventDraft.of("note", Json.object("text", "goes on"));

    @Test
    @DisplayName("if a copied file is truncated somewhere, its whole batches remain")
    void someCutsOfACopy() throws Exception {
        copies(307);
    }

    @Test
    @Tag("proof")
    @DisplayName("if a copied file is truncated anywhere, its whole batches remain")
    void everyCutOfACopy() throws Exception {
        copies(Boolean.getBoolean("reel.full") ? 1 : 29);
    }

    @Test
    @DisplayName("if the journal is truncated after its flushed part, the whole batches remain")
    void someCutsOfTheJournal() throws Exception {
        journals(997);
    }

    @Test
    @Tag("proof")
    @DisplayName("if the journal is truncated anywhere after its flushed part, the whole batches remain")
    void everyCutOfTheJournal() throws Exception {
        journals(Boolean.getBoolean("reel.full") ? 1 : 97);
    }

    @Test
    @DisplayName("a file shorter than its flushed part counts as damaged, and the other sessions work")
    void lessThanWasFlushed() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        OpenRoot root = OpenRoot.on(disk);
        write(root, new ArrayList<>());
        root.store.append("other", MORE).block(OpenRoot.PATIENCE);
        root.close();
        byte[] whole = disk.bytes(FILE);
        for (int cut = whole.length - 1; cut >= 0; cut -= cut > whole.length - 30 ? 1 : 509) {
            MemoryDisk left = disk.copy();
            left.put(FILE, Arrays.copyOf(whole, cut));
            OpenRoot again = OpenRoot.on(left);
            SessionDamagedException damage = assertThrows(
                    SessionDamagedException.class, () -> Seen.list(again.store.replay("s", Range.all())), "cut " + cut);
            assertEquals(FILE.toString(), damage.file());
            assertThrows(
                    SessionDamagedException.class,
                    () -> again.store.append("s", MORE).block(OpenRoot.PATIENCE));
            assertEquals(1, Seen.of(again.store, List.of("s")).log("other").size());
            again.store.append("other", MORE).block(OpenRoot.PATIENCE);
            again.close();
            assertEquals(cut, left.bytes(FILE).length, "nothing is done to a damaged file");
        }
    }

    private static void copies(int stride) throws Exception {
        SampleLog log = new SampleLog(20).to(200);
        byte[] bytes = log.bytes();
        for (int cut = 0; cut <= bytes.length; cut += stride) {
            MemoryDisk disk = new MemoryDisk();
            disk.put(FILE, Arrays.copyOf(bytes, cut));
            disk = disk.copy();
            // A last line that lacks only its line feed is whole.
            int end = log.ends.containsKey(cut + 1) ? cut + 1 : log.ends.floorKey(cut);
            List<String> expected = new ArrayList<>();
            log.events.subList(0, log.ends.get(end)).forEach(event -> expected.add(Seen.text(event)));
            assertGoesOn(disk, expected, "cut at " + cut);
        }
    }

    private static void journals(int stride) throws Exception {
        for (Durability mode : List.of(Durability.SYNC, Durability.WRITE)) {
            MemoryDisk disk = new MemoryDisk();
            OpenRoot root = OpenRoot.on(disk, mode, 64 << 20);
            List<String> events = new ArrayList<>();
            TreeMap<Integer, Integer> ends = write(root, events);
            MemoryDisk left = disk.killAt(disk.operations());
            byte[] whole = left.bytes(SEGMENT);
            for (int cut = 0; cut < whole.length; cut += stride) {
                left = disk.killAt(disk.operations()).copy();
                left.put(SEGMENT, Arrays.copyOf(whole, cut));
                MemoryDisk known = left.copy();
                int count = ends.headMap(cut, true).isEmpty()
                        ? 0
                        : ends.floorEntry(cut).getValue();
                // Without the mark, as after a power cut, nothing records how much was flushed.
                left.delete(MARK);
                assertGoesOn(left, events.subList(0, count), mode + ", cut at " + cut);
                if ((mode.equals(Durability.SYNC) && cut < ends.lastKey()) || cut < Segment.HEADER) {
                    StoreDamagedException damage = assertThrows(
                            StoreDamagedException.class,
                            () -> OpenRoot.on(known),
                            "cut at " + cut + " of what is flushed");
                    assertEquals(SEGMENT.toString(), damage.file());
                } else {
                    assertGoesOn(known, events.subList(0, count), mode + ", cut at " + cut + " with a mark");
                }
            }
            root.close();
        }
    }

    /** Writes 200 events; returns how many of them are in a journal that is cut off at an offset. */
    private static TreeMap<Integer, Integer> write(OpenRoot root, List<String> events) {
        TreeMap<Integer, Integer> ends = new TreeMap<>();
        for (int batch = 1; events.size() < 200; batch = batch % 4 + 1) {
            List<EventDraft> drafts = new ArrayList<>();
            for (int i = 0; i < Math.min(batch, 200 - events.size()); i++) {
                drafts.add(EventDraft.of("note", Json.object("text", "é".repeat(batch), "n", events.size() + i)));
            }
            root.store.append("s", drafts).block(OpenRoot.PATIENCE);
            for (SessionEvent event : Seen.list(root.store.replay("s", Range.last(drafts.size())))) {
                events.add(Seen.text(event));
            }
            ends.put((int) root.journalEnd(), events.size());
        }
        return ends;
    }

    private static void assertGoesOn(MemoryDisk disk, List<String> expected, String where) {
        try {
            OpenRoot root = OpenRoot.on(disk);
            assertEquals(expected, Seen.of(root.store).log("s"));
            root.store.append("s", List.of(MORE, MORE)).block(OpenRoot.PATIENCE);
            List<String> more = Seen.of(root.store).log("s");
            assertEquals(expected.size() + 2, more.size());
            assertEquals(expected, more.subList(0, expected.size()));
            root.close();
            assertTrue(new String(disk.bytes(FILE), StandardCharsets.UTF_8).endsWith("\n"));
            root = OpenRoot.on(disk);
            assertEquals(more, Seen.of(root.store).log("s"), "opened again");
            root.close();
        } catch (Exception | Error e) {
            throw new AssertionError(where + ": " + e.getMessage(), e);
        }
    }
}
