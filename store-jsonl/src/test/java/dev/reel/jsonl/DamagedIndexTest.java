package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.StoreDamagedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The index of positions is damaged while a store is open: the store rebuilds it, and readers get the correct events.
 */
@Timeout(120)
class DamagedIndexTest {

    private static final Path SPANS = OpenRoot.PATH.resolve(".reel/positions");
    private static final Path LIVES = OpenRoot.PATH.resolve(".reel/lives");

    private final MemoryDisk memory = new MemoryDisk();
    private final FaultyDisk disk = new FaultyDisk(memory);

    @Test
    @DisplayName("after a flipped bit in the positions or the lives, the feed is right, and writes and close() work")
    void flipped() throws Exception {
        List<String> expected = written();
        for (Path file : List.of(SPANS, LIVES)) {
            int size = memory.bytes(file).length;
            for (int at = 3; at < size; at += 1 + size / 25) {
                MemoryDisk copy = memory.copy();
                OpenRoot root = OpenRoot.on(copy);
                flip(copy, file, at);
                String where = file + ", byte " + at;
                assertEquals(expected, feed(root, 0), where);
                for (int from = 1; from < expected.size(); from += 5) {
                    assertEquals(
                            expected.subList(from, expected.size()), feed(root, positionOf(expected.get(from - 1))));
                }
                append(root, "a", 1);
                append(root, "new", 1);
                root.store.purge("b").block(OpenRoot.PATIENCE);
                root.fold();
                List<String> now = feed(root, 0);
                root.close();
                OpenRoot next = OpenRoot.on(copy);
                assertEquals(now, feed(next, 0), where);
                assertFalse(next.root.positions().inDoubt());
                next.close();
            }
        }
    }

    @Test
    @DisplayName("if it is damaged before it is opened, the first reader gets the correct events")
    void flippedBefore() throws Exception {
        List<String> expected = written();
        flip(memory, SPANS, 45);
        OpenRoot root = OpenRoot.on(memory);
        assertEquals(expected, feed(root, 0));
        append(root, "a", 1);
        root.fold();
        assertEquals(expected.size() + 1, feed(root, 0).size());
        root.close();
    }

    @Test
    @DisplayName("swapped spans of the index are detected, and no event is missing in the feed")
    void swapped() throws Exception {
        List<String> expected = written();
        byte[] bytes = memory.bytes(SPANS);
        for (int a = 0; a + Span.SIZE < bytes.length; a += 2 * Span.SIZE) {
            MemoryDisk copy = memory.copy();
            OpenRoot root = OpenRoot.on(copy);
            byte[] other = bytes.clone();
            int b = Span.SIZE * (1 + a / Span.SIZE);
            System.arraycopy(bytes, a, other, b, Span.SIZE);
            System.arraycopy(bytes, b, other, a, Span.SIZE);
            copy.put(SPANS, other);
            assertEquals(expected, feed(root, 0), "swapped at " + a);
            root.close();
        }
    }

    @Test
    @DisplayName("spans that are swapped before the index is opened are detected by readers from every position")
    void swappedBefore() throws Exception {
        written();
        byte[] bytes = memory.bytes(SPANS);
        OpenRoot sound = OpenRoot.on(memory.copy());
        Map<Long, List<String>> expected = new TreeMap<>();
        for (long from = 0; from <= 16; from++) {
            expected.put(from, feed(sound, from));
        }
        sound.close();
        for (int a = 0; a < bytes.length; a += Span.SIZE) {
            for (int b = a + Span.SIZE; b < bytes.length; b += Span.SIZE) {
                byte[] other = bytes.clone();
                System.arraycopy(bytes, a, other, b, Span.SIZE);
                System.arraycopy(bytes, b, other, a, Span.SIZE);
                MemoryDisk copy = memory.copy();
                copy.put(SPANS, other);
                OpenRoot root = OpenRoot.on(copy);
                // A read of the damaged part rebuilds the index, so the first read comes from a different place each
                // time.
                long first = (a + b) / Span.SIZE % 17;
                String where = "swapped at " + a + " and " + b + ", read from ";
                assertEquals(expected.get(first), feed(root, first), where + first);
                expected.forEach((from, events) -> assertEquals(events, feed(root, from), where + from));
                append(root, "b", 7);
                root.close();
                OpenRoot again = OpenRoot.on(copy);
                assertEquals(
                        Objects.requireNonNull(expected.get(0L)).size() + 1,
                        feed(again, 0).size(),
                        where);
                again.close();
            }
        }
    }

    @Test
    @DisplayName("if both files are deleted while the store is open, sessions created since are not lost")
    void gone() throws Exception {
        written();
        OpenRoot root = OpenRoot.on(memory);
        append(root, "c", 1);
        root.fold();
        memory.put(SPANS, new byte[0]);
        memory.put(LIVES, new byte[0]);
        List<String> now = feed(root, 0);
        append(root, "c", 1);
        root.close();
        OpenRoot next = OpenRoot.on(memory);
        assertEquals(now, feed(next, 0).subList(0, now.size()));
        assertEquals(now.size() + 1, feed(next, 0).size());
        next.close();
    }

    @Test
    @DisplayName("a tail that reads the damaged part continues after it, and blocks no thread meanwhile")
    void tail() throws Exception {
        List<String> expected = written();
        OpenRoot root = OpenRoot.on(disk);
        flip(memory, SPANS, 45);
        disk.hold(FaultyDisk.Call.MOVE);
        List<String> seen = new ArrayList<>();
        CompletableFuture<Void> all = new CompletableFuture<>();
        for (int readers = 0; readers < 20; readers++) {
            boolean first = readers == 0;
            root.store.tailAll(FeedPlace.start(), FeedFilter.all()).subscribe(event -> {
                if (first) {
                    seen.add(text(event));
                    if (seen.size() == expected.size() + 1) {
                        all.complete(null);
                    }
                }
            });
        }
        disk.awaitHeld(FaultyDisk.Call.MOVE, 1);
        assertEquals(4, count(root, "a"), "other reads do not need the threads of waiting reads");
        append(root, "a", 1);
        disk.release(FaultyDisk.Call.MOVE);
        all.get(30, TimeUnit.SECONDS);
        assertEquals(expected, seen.subList(0, expected.size()));
        root.close();
    }

    @Test
    @DisplayName("the new index has events that are in no file, and the old spans of a damaged session")
    void stuckAndDamaged() throws Exception {
        List<String> expected = written();
        byte[] whole = memory.bytes(OpenRoot.PATH.resolve("b.jsonl"));
        byte[] damaged = whole.clone();
        damaged[whole.length - 30] ^= 1;
        memory.put(OpenRoot.PATH.resolve("b.jsonl"), damaged);
        OpenRoot root = OpenRoot.on(disk);
        assertThrows(SessionDamagedException.class, () -> count(root, "b"));
        disk.refuse(OpenRoot.PATH.resolve("a.jsonl"));
        append(root, "a", 1);
        append(root, "c", 1);
        while (root.storage.refusal("a") == null) {
            root.storage.hurry();
            TimeUnit.MILLISECONDS.sleep(1);
        }
        int bad = positionsOf(expected, "a").get(0);
        flip(memory, SPANS, offsetOf(bad));
        List<String> given = new ArrayList<>();
        long at = 0;
        for (int damages = 0; damages < 20; damages++) {
            SessionDamagedException met = read(root, at, given);
            if (met == null) {
                break;
            }
            assertEquals("b", met.sessionId());
            String positions = met.getMessage().replaceAll(".*positions (\\d+) to (\\d+) of.*", "$2");
            at = Long.parseLong(positions);
        }
        memory.put(OpenRoot.PATH.resolve("b.jsonl"), whole);
        List<String> now = feed(root, 0);
        assertEquals(expected, now.subList(0, expected.size()));
        assertEquals(expected.size() + 2, now.size(), "including events that are in no file");
        List<String> withoutB =
                now.stream().filter(text -> !text.contains("\"text\":\"b 3\"")).toList();
        assertTrue(given.containsAll(withoutB), given + " lacks something of " + withoutB);
        disk.allow(OpenRoot.PATH.resolve("a.jsonl"));
        root.close();
        OpenRoot next = OpenRoot.on(disk);
        assertEquals(now, feed(next, 0));
        next.close();
    }

    @Test
    @DisplayName("if the rebuild fails, its readers fail, others continue, and it is retried")
    void full() throws Exception {
        List<String> expected = written();
        OpenRoot root = OpenRoot.on(disk);
        flip(memory, SPANS, 45);
        disk.failFrom(FaultyDisk.Call.MOVE, 1, FaultyDisk.Fault.FULL);
        StoreDamagedException told = assertThrows(StoreDamagedException.class, () -> feed(root, 0));
        assertEquals(SPANS.toString(), told.file());
        assertTrue(told.getMessage().contains("No space left"), told.getMessage());
        append(root, "a", 1);
        append(root, "d", 1);
        root.fold();
        assertEquals(5, count(root, "a"));
        assertThrows(StoreDamagedException.class, () -> feed(root, 0));
        disk.heal();
        List<String> now = feed(root, 0);
        assertEquals(expected, now.subList(0, expected.size()));
        assertEquals(expected.size() + 2, now.size());
        root.close();
        OpenRoot next = OpenRoot.on(disk);
        assertEquals(now, feed(next, 0));
        next.close();
    }

    @Test
    @DisplayName("if it is not rebuilt before the store closes, the next opening does it, even after a crash")
    void closedInDoubt() throws Exception {
        List<String> expected = written();
        OpenRoot root = OpenRoot.on(disk);
        flip(memory, SPANS, 45);
        disk.failFrom(FaultyDisk.Call.MOVE, 1, FaultyDisk.Fault.FULL);
        assertThrows(StoreDamagedException.class, () -> feed(root, 0));
        append(root, "a", 1);
        root.fold();
        try {
            root.close();
        } catch (RuntimeException e) {
            // The catalogue cannot be moved either.
        }
        disk.heal();
        for (int at = memory.operations() - 60; at <= memory.operations(); at += 7) {
            OpenRoot next = OpenRoot.on(memory.crashAt(at));
            List<String> now = feed(next, 0);
            assertEquals(expected, now.subList(0, Math.min(expected.size(), now.size())), "crash at " + at);
            next.close();
        }
        OpenRoot next = OpenRoot.on(disk);
        assertEquals(expected.size() + 1, feed(next, 0).size());
        next.close();
    }

    // ---- Helpers

    /** Creates three sessions, a fork and a purge, all in files, and closes the store. Returns the feed. */
    private List<String> written() throws Exception {
        OpenRoot root = OpenRoot.on(disk);
        for (int i = 0; i < 4; i++) {
            append(root, "a", i);
            append(root, "gone", i);
            append(root, "b", i);
            root.fold();
        }
        root.store.fork("b", ForkRequest.whole().withId("fork")).block(OpenRoot.PATIENCE);
        append(root, "fork", 1);
        root.store.purge("gone").block(OpenRoot.PATIENCE);
        append(root, "gone", 9);
        root.fold();
        List<String> feed = feed(root, 0);
        root.close();
        return feed;
    }

    private static void append(OpenRoot root, String id, int n) {
        EventDraft draft = EventDraft.of("n", Json.object("text", id + " " + n));
        root.store.append(id, draft).block(OpenRoot.PATIENCE);
    }

    private static long count(OpenRoot root, String id) {
        return Objects.requireNonNull(root.store.replay(id, Range.all()).count().block(OpenRoot.PATIENCE));
    }

    private static String text(SessionEvent event) {
        return event.position() + " " + event.sessionId() + " " + StandardCharsets.UTF_8.decode(event.line());
    }

    private static long positionOf(String text) {
        return Long.parseLong(text.substring(0, text.indexOf(' ')));
    }

    private static List<Integer> positionsOf(List<String> feed, String session) {
        return feed.stream()
                .filter(text -> text.contains(" " + session + " "))
                .map(text -> (int) positionOf(text))
                .toList();
    }

    private static List<String> feed(OpenRoot root, long from) {
        List<SessionEvent> events = Objects.requireNonNull(root.store
                .replayAll(FeedPlace.of(from), FeedFilter.all())
                .collectList()
                .block(OpenRoot.PATIENCE));
        return events.stream().map(DamagedIndexTest::text).toList();
    }

    /** Reads as far as possible, and returns the error that ends the read. */
    private static SessionDamagedException read(OpenRoot root, long from, List<String> into) {
        try {
            root.store
                    .replayAll(FeedPlace.of(from), FeedFilter.all())
                    .doOnNext(it -> into.add(text(it)))
                    .blockLast(OpenRoot.PATIENCE);
            return null;
        } catch (SessionDamagedException e) {
            return e;
        }
    }

    private int offsetOf(long position) throws IOException {
        java.nio.ByteBuffer spans = java.nio.ByteBuffer.wrap(memory.bytes(SPANS));
        for (int at = 0; at < spans.limit(); at += Span.SIZE) {
            if (spans.getLong(at) == position) {
                return at + 9;
            }
        }
        throw new AssertionError("no span of position " + position + " in " + Arrays.toString(spans.array()));
    }

    private static void flip(MemoryDisk disk, Path file, int at) throws IOException {
        byte[] bytes = disk.bytes(file);
        bytes[at] ^= 1;
        disk.put(file, bytes);
    }
}
