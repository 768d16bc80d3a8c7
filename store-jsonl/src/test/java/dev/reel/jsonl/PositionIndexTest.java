package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import dev.reel.internal.engine.NeedsReading;
import dev.reel.internal.engine.NeedsWaiting;
import dev.reel.spi.Events;
import dev.reel.spi.LineCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the feed from session files with a simple model. */
@Timeout(120)
class PositionIndexTest {

    private static final Path ROOT = Path.of("/root");
    private static final Path DIRECTORY = ROOT.resolve(".reel");
    private static final Path SPANS = DIRECTORY.resolve("positions");
    private static final Path LIVES = DIRECTORY.resolve("lives");
    private static final Instant AT = Instant.parse("2026-04-26T12:34:56.789Z");
    private static final long CACHE = 32 << 20;

    /** Session files, and the expected feed. */
    private static final class World implements PositionIndex.Source {

        final Disk disk;
        final Random random;
        final NavigableMap<Long, SessionEvent> feed = new TreeMap<>();
        final Map<String, Long> versions = new HashMap<>();
        final Map<String, Integer> lives = new TreeMap<>();
        final List<Span> spans = new ArrayList<>();
        final Map<Long, SessionEvent> foreign = new HashMap<>();
        final Map<Long, SessionEvent> purged = new HashMap<>();
        long position;

        World(Disk disk, long seed) throws IOException {
            this.disk = disk;
            this.random = new Random(seed);
            disk.createDirectories(DIRECTORY);
        }

        PositionIndex open() throws IOException {
            return open(CACHE);
        }

        PositionIndex open(long cacheBytes) throws IOException {
            return PositionIndex.open(disk, ROOT, DIRECTORY, LineCodec.standard(), cacheBytes, this);
        }

        @Override
        public List<SessionEvent> foreign(Lives.Name name, Span span) {
            List<SessionEvent> events = new ArrayList<>();
            for (long at = span.position(); at <= span.last(); at++) {
                events.add(foreign.get(at));
            }
            return events;
        }

        @Override
        public SessionEvent purged(long at) {
            return purged.get(at);
        }

        private static SessionEvent event(String session, long version, long position, int batch, String text) {
            EventDraft draft = EventDraft.of("note", Json.object("session", session, "text", text));
            return Events.of(session, version, position, "e" + position, AT, batch, draft, Upcasters.none());
        }

        static Path fileOf(String session) {
            return ROOT.resolve(session + ".jsonl");
        }

        /** Writes a batch to a session's file, and returns its span. */
        Span write(PositionIndex index, String session, int count, int size) throws IOException {
            Integer life = lives.get(session);
            if (life == null) {
                life = index.begin(session, session + ".jsonl");
                lives.put(session, life);
            }
            boolean isForeign = !versions.containsKey(session) && random.nextInt(4) == 0;
            position += random.nextInt(5) == 0 ? random.nextInt(4) : 0; // the failure
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            long first = position + 1;
            for (int i = 0; i < count; i++) {
                long version = versions.merge(session, 1L, Long::sum);
                position++;
                SessionEvent event = event(session, version, position, i == 0 ? count : 1, "x".repeat(size));
                feed.put(position, event);
                if (isForeign) {
                    foreign.put(position, event);
                    bytes.writeBytes(Lines.foreign("id" + i, "y").getBytes(StandardCharsets.UTF_8));
                } else {
                    bytes.writeBytes(LineCodec.standard().encode(event));
                    bytes.write('\n');
                }
            }
            try (Disk.File file = disk.open(fileOf(session), Disk.Mode.CREATE)) {
                long offset = file.size();
                file.writeFully(ByteBuffer.wrap(bytes.toByteArray()), offset);
                file.sync();
                return new Span(first, life, offset, bytes.size(), count, isForeign);
            }
        }

        Span purge(PositionIndex index, String session) throws IOException {
            Integer life = lives.remove(session);
            feed.values().removeIf(event -> event.sessionId().equals(session) && event.version() > 0);
            versions.remove(session);
            if (life != null) {
                index.end(List.of(life));
            }
            disk.delete(fileOf(session));
            position++;
            EventDraft draft = EventDraft.of("session_purged", Json.EMPTY_OBJECT);
            SessionEvent event = Events.of(session, 0, position, "p" + position, AT, 1, draft, Upcasters.none());
            feed.put(position, event);
            purged.put(position, event);
            return Span.purge(position);
        }

        /** Some batches of some sessions, some of them purged. */
        void step(PositionIndex index) throws IOException {
            List<Span> added = new ArrayList<>();
            for (int left = random.nextInt(6); left >= 0; left--) {
                String session = "s" + random.nextInt(6);
                if (random.nextInt(25) == 0) {
                    added.add(purge(index, session));
                } else {
                    added.add(write(index, session, 1 + random.nextInt(4), random.nextInt(60)));
                }
            }
            index.append(added);
            spans.addAll(added);
            position += random.nextInt(3) == 0 ? 1 : 0;
            index.mark(position);
            if (random.nextInt(4) == 0) {
                index.sync();
            }
        }

        List<SessionEvent> expected(long after) {
            return new ArrayList<>(feed.tailMap(after, false).values());
        }
    }

    private static <T> T onFileThread(Callable<T> task) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        FileThreads.execute(() -> {
            try {
                result.complete(task.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    /** All feed events after a position. */
    private static List<SessionEvent> all(PositionIndex index, long after) throws Exception {
        return onFileThread(() -> {
            List<SessionEvent> all = new ArrayList<>();
            for (List<SessionEvent> some = index.after(after); !some.isEmpty(); ) {
                all.addAll(some);
                some = index.after(all.get(all.size() - 1).position());
            }
            return all;
        });
    }

    private static void assertFeed(List<SessionEvent> expected, List<SessionEvent> actual) {
        for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
            assertEquals(expected.get(i).position(), actual.get(i).position(), "event " + i + ", position");
            assertEquals(expected.get(i), actual.get(i), "event " + i);
        }
        assertEquals(expected.size(), actual.size(), "events");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void givesWhatThePlainModelGives(long seed) throws Exception {
        World world = new World(new MemoryDisk(), seed);
        long cache = seed % 2 == 0 ? CACHE : 10_000;
        PositionIndex index = world.open(cache);
        for (int step = 0; step < 150; step++) {
            world.step(index);
            assertEquals(world.position, index.mark());
            long after = world.random.nextInt((int) world.position + 3);
            if (step % 5 == 0) {
                assertFeed(world.expected(after), all(index, after));
            }
            List<SessionEvent> some = onFileThread(() -> index.after(after));
            List<SessionEvent> expected = world.expected(after);
            assertEquals(expected.isEmpty(), some.isEmpty());
            assertFeed(expected.subList(0, some.size()), some);
            if (step % 40 == 39) {
                index.close();
                PositionIndex again = world.open(cache);
                assertFalse(again.inDoubt());
                assertEquals(world.spans.get(world.spans.size() - 1).last(), again.complete());
                assertFeed(world.expected(0), all(again, 0));
                again.close();
                break;
            }
        }
    }

    @Test
    void aReaderThatMustNotBlockIsToldToComeAgain() throws Exception {
        World world = new World(new MemoryDisk(), 1);
        PositionIndex index = world.open();
        for (int i = 0; i < 20; i++) {
            world.step(index);
        }
        assertThrows(NeedsReading.class, () -> index.after(0));
        List<SessionEvent> all = all(index, 0);
        assertFeed(world.expected(0), all);
        for (SessionEvent event : all) {
            List<SessionEvent> rest = world.expected(event.position());
            List<SessionEvent> given = index.after(event.position());
            assertFeed(rest.subList(0, given.size()), given);
            assertEquals(rest.isEmpty(), given.isEmpty());
        }
        assertEquals(List.of(), index.after(world.position));
        assertEquals(List.of(), index.after(world.position + 100));
    }

    @Test
    void nothingIsSeenBeforeTheMark() throws Exception {
        World world = new World(new MemoryDisk(), 1);
        PositionIndex index = world.open();
        Span span = world.write(index, "a", 3, 5);
        index.append(List.of(span));
        assertEquals(List.of(), all(index, 0));
        index.mark(world.position + 5);
        assertEquals(3, all(index, 0).size());
        assertThrows(IllegalArgumentException.class, () -> index.append(List.of(span)));
        assertThrows(IllegalArgumentException.class, () -> index.mark(span.last() - 1));
        assertThrows(IllegalArgumentException.class, () -> index.append(List.of(new Span(500, 77, 0, 10, 1, false))));
    }

    @Test
    void costsWhatItDelivers() throws Exception {
        FaultyDisk disk = new FaultyDisk(new MemoryDisk());
        World world = new World(disk, 1);
        PositionIndex index = world.open();
        for (int i = 0; i < 20; i++) {
            Span first = null;
            for (int batch = 0; batch < 10; batch++) {
                for (int session = 0; session < 10; session++) {
                    world.versions.putIfAbsent("s" + session, 0L); // no foreign lines
                    index.append(List.of(first = world.write(index, "s" + session, 2, 100)));
                }
            }
            index.mark(first.last());
        }
        index.close();
        PositionIndex again = world.open();
        int opened = disk.calls(FaultyDisk.Call.OPEN);
        int read = disk.calls(FaultyDisk.Call.READ);
        assertFeed(world.expected(0), all(again, 0));
        // 4,000 events are 16 pieces. Each takes one read of the index, and for each session an open, a name and its
        // lines.
        assertTrue(disk.calls(FaultyDisk.Call.OPEN) - opened <= 16 * 10, () -> disk.calls() + " calls");
        assertTrue(
                disk.calls(FaultyDisk.Call.READ) - read <= 16 * (10 * 4 + 1) + 11,
                () -> "reads " + (disk.calls(FaultyDisk.Call.READ) - read));
        int calls = disk.calls();
        assertFeed(world.expected(0), all(again, 0));
        assertEquals(calls, disk.calls(), "all of it is in the cache");

        PositionIndex third = world.open();
        int before = disk.calls(FaultyDisk.Call.OPEN);
        List<SessionEvent> last = onFileThread(() -> third.after(world.position - 2));
        assertEquals(2, last.size());
        assertEquals(1, disk.calls(FaultyDisk.Call.OPEN) - before, "only the file that holds it");
    }

    @Test
    void aBatchLargerThanTheCacheIsReadOnce() throws Exception {
        FaultyDisk disk = new FaultyDisk(new MemoryDisk());
        World world = new World(disk, 1);
        world.versions.put("a", 0L);
        PositionIndex index = world.open(100_000);
        index.append(List.of(world.write(index, "a", 500, 1_000)));
        index.mark(world.position);
        assertEquals(500, onFileThread(() -> index.after(0)).size());
        int calls = disk.calls();
        for (int at = 0; at < 500; at++) {
            assertEquals(500 - at, index.after(at).size());
        }
        assertEquals(calls, disk.calls());
    }

    @Test
    void damageIsToldOfAndNotLeftOut() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        World world = new World(disk, 1);
        for (String session : List.of("a", "b")) {
            world.versions.put(session, 0L);
        }
        PositionIndex index = world.open();
        Span bad = null;
        for (int i = 0; i < 40; i++) {
            Span span = world.write(index, i % 2 == 0 ? "a" : "b", 2, 10);
            bad = i == 20 ? span : bad;
            index.append(List.of(span));
        }
        index.mark(world.position);
        Path file = World.fileOf("a");
        byte[] whole = disk.bytes(file);
        byte[] flipped = whole.clone();
        flipped[(int) bad.offset() + 60] ^= 1;
        disk.put(file, flipped);

        List<SessionEvent> before = onFileThread(() -> index.after(0));
        assertFeed(new ArrayList<>(world.feed.headMap(bad.position(), false).values()), before);
        for (int i = 0; i < 2; i++) {
            SessionDamagedException e = assertThrows(
                    SessionDamagedException.class,
                    () -> onFileThread(
                            () -> index.after(before.get(before.size() - 1).position())));
            assertEquals("a.jsonl", e.file());
            assertEquals("a", e.sessionId());
            assertEquals(21, e.line());
            assertEquals(bad.offset(), e.offset());
            assertTrue(e.getMessage().contains("positions " + bad.position() + " to " + bad.last()));
        }
        assertFeed(world.expected(bad.last()), all(index, bad.last()));
        disk.put(file, whole);
        assertFeed(world.expected(0), all(index, 0));

        disk.delete(file);
        PositionIndex again = world.open();
        SessionDamagedException e =
                assertThrows(SessionDamagedException.class, () -> onFileThread(() -> again.after(0)));
        assertEquals("a.jsonl", e.file());
        assertEquals(2, onFileThread(() -> again.after(2)).size());
        again.close();
        disk.put(file, Arrays.copyOf(whole, whole.length / 2));
        PositionIndex cut = world.open();
        assertThrows(SessionDamagedException.class, () -> all(cut, 0));
    }

    @Test
    void linesOfAnotherPlaceAreNotTaken() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        World world = new World(disk, 1);
        world.versions.put("a", 0L);
        PositionIndex index = world.open();
        Span one = world.write(index, "a", 1, 10);
        Span two = world.write(index, "a", 1, 10);
        index.append(List.of(one, two));
        index.mark(two.last());
        byte[] whole = disk.bytes(World.fileOf("a"));
        byte[] swapped = whole.clone();
        System.arraycopy(whole, one.bytes(), swapped, 0, one.bytes());
        disk.put(World.fileOf("a"), swapped); // whole and valid, but not the original line
        SessionDamagedException e =
                assertThrows(SessionDamagedException.class, () -> onFileThread(() -> index.after(0)));
        assertTrue(e.getMessage().contains("its position is 2"), e::getMessage);
    }

    @Test
    void whatEndsWhileItIsReadIsNotGiven() throws Exception {
        FaultyDisk disk = new FaultyDisk(new MemoryDisk());
        World world = new World(disk, 1);
        world.versions.put("a", 0L);
        world.versions.put("b", 0L);
        PositionIndex index = world.open();
        index.append(List.of(world.write(index, "a", 2, 10), world.write(index, "b", 2, 10)));
        index.mark(world.position);
        int life = world.lives.get("a");
        disk.hold(FaultyDisk.Call.CLOSE);
        CompletableFuture<List<SessionEvent>> reading = new CompletableFuture<>();
        FileThreads.execute(() -> reading.complete(index.after(0)));
        disk.awaitHeld(FaultyDisk.Call.CLOSE, 1); // a's lines were read
        index.end(List.of(life));
        disk.release(FaultyDisk.Call.CLOSE);
        assertEquals(
                List.of("b", "b"),
                reading.get(30, TimeUnit.SECONDS).stream()
                        .map(SessionEvent::sessionId)
                        .toList());
        assertEquals(
                List.of("b", "b"),
                index.after(0).stream().map(SessionEvent::sessionId).toList());
    }

    @Test
    void aLifeThatIsOverIsPassedOverAndItsNameErased() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        World world = new World(disk, 1);
        for (String session : List.of("secret-name", "b")) {
            world.versions.put(session, 0L);
        }
        PositionIndex index = world.open();
        for (int i = 0; i < 10; i++) {
            index.append(List.of(world.write(index, "secret-name", 2, 10), world.write(index, "b", 1, 10)));
        }
        index.mark(world.position);
        int old = world.lives.get("secret-name");
        assertFeed(world.expected(0), all(index, 0));
        assertTrue(index.isLive(old));
        Span purge = world.purge(index, "secret-name");
        assertFalse(index.isLive(old));
        Random random = new Random(1);
        for (int i = 0; i < 30; i++) {
            byte[] lives = disk.crash(random).bytes(LIVES);
            assertFalse(new String(lives, StandardCharsets.ISO_8859_1).contains("secret-name"));
        }
        index.append(List.of(purge));
        world.versions.put("secret-name", 0L);
        index.append(List.of(world.write(index, "secret-name", 3, 10)));
        index.mark(world.position);
        assertTrue(world.lives.get("secret-name") != old);
        assertFeed(world.expected(0), all(index, 0));
        index.end(List.of(old)); // again, as after a crash
        index.sync();
        index.close();
        PositionIndex again = world.open();
        assertFalse(again.isLive(old));
        assertTrue(again.isLive(world.lives.get("secret-name")));
        assertFeed(world.expected(0), all(again, 0));
    }

    /** Opens the existing files, checks that the index is right up to its end, and that it can be completed. */
    private static void check(World world, MemoryDisk disk, String what) throws Exception {
        World copy = new World(disk, 1);
        copy.foreign.putAll(world.foreign);
        copy.purged.putAll(world.purged);
        PositionIndex index = copy.open();
        try {
            if (index.inDoubt()) {
                assertEquals(List.of(), all(index, 0), what);
                return;
            }
            List<SessionEvent> expected =
                    new ArrayList<>(world.feed.headMap(index.complete(), true).values());
            assertFeed(expected, all(index, 0));
            Map<String, Integer> lives = new HashMap<>();
            List<Span> missing = new ArrayList<>();
            for (Span span : world.spans) {
                if (span.position() > index.complete()) {
                    String session = world.feed.containsKey(span.position())
                            ? world.feed.get(span.position()).sessionId()
                            : "gone";
                    Integer known = span.life();
                    if (!span.isPurge() && !index.isLive(known)) {
                        known = lives.get(session);
                        if (known == null) {
                            known = index.begin(session, session + ".jsonl");
                            lives.put(session, known);
                        }
                    }
                    missing.add(new Span(
                            span.position(), known, span.offset(), span.bytes(), span.count(), span.foreign()));
                }
            }
            index.append(missing);
            index.mark(world.position);
            index.sync();
            assertFeed(world.expected(0), all(index, 0));
        } catch (NeedsWaiting e) {
            assertTrue(index.inDoubt(), what);
            index.sync();
            index.close();
            assertTrue(copy.open().inDoubt(), what);
        } catch (AssertionError e) {
            throw new AssertionError(what, e);
        }
    }

    private static World worldWithoutPurge(MemoryDisk disk, int batches) throws Exception {
        World world = new World(disk, 3);
        PositionIndex index = world.open();
        for (int i = 0; i < batches; i++) {
            Span span = world.write(index, "s" + i % 3, 1 + i % 2, 10);
            world.spans.add(span);
            index.append(List.of(span));
            index.mark(world.position);
            if (i % 5 == 4 && i < batches - 3) {
                index.sync();
            }
        }
        return world;
    }

    @Test
    void cutAnywhereItIsRightOrInDoubt() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        World world = worldWithoutPurge(disk, 13);
        for (Path file : List.of(SPANS, LIVES)) {
            byte[] whole = disk.bytes(file);
            for (int cut = 0; cut < whole.length; cut++) {
                MemoryDisk copy = disk.copy();
                copy.put(file, Arrays.copyOf(whole, cut));
                check(world, copy, file + " cut at " + cut);
            }
            MemoryDisk without = disk.copy();
            without.delete(file);
            check(world, without, "without " + file);
        }
    }

    @Test
    void flippedAnywhereItIsRightOrInDoubt() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        World world = worldWithoutPurge(disk, 13);
        for (Path file : List.of(SPANS, LIVES)) {
            byte[] whole = disk.bytes(file);
            for (int bit = 0; bit < whole.length * 8; bit++) {
                byte[] flipped = whole.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                MemoryDisk copy = disk.copy();
                copy.put(file, flipped);
                check(world, copy, file + " bit " + bit);
            }
        }
    }

    @Test
    void aCrashLeavesWhatIsRight() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        World world = worldWithoutPurge(disk, 40);
        Random random = new Random(5);
        for (int operations = disk.operations(); operations > 5; operations--) {
            MemoryDisk after = disk.killAt(operations, random);
            // The journal would restore missing lines of session files: here they are complete.
            for (Path file : disk.files()) {
                if (file.getParent().equals(ROOT)) {
                    after.put(file, disk.bytes(file));
                }
            }
            check(world, after, "crash after " + operations + " operations");
        }
    }

    @Test
    void whatAFailedFlushDroppedIsWrittenOnceMore() throws Exception {
        MemoryDisk memory = new MemoryDisk();
        FaultyDisk disk = new FaultyDisk(memory);
        World world = new World(disk, 1);
        world.versions.put("a", 0L);
        PositionIndex index = world.open();
        index.append(List.of(world.write(index, "a", 2, 10)));
        index.mark(world.position);
        index.sync();
        index.append(List.of(world.write(index, "a", 3, 10)));
        index.mark(world.position);
        disk.failAt(FaultyDisk.Call.SYNC, 2, FaultyDisk.Fault.BROKEN); // the lives are flushed first
        assertThrows(FailedFlushException.class, index::sync);
        index.close();
        PositionIndex again = world.open();
        assertEquals(world.position, again.complete());
        again.sync();
        again.close();
        PositionIndex left = new World(memory.crashAt(memory.operations()), 1).open();
        assertFalse(left.inDoubt());
        assertEquals(world.position, left.complete());
        left.close();
    }

    @Test
    void aLifeThatCouldNotBeEndedIsEndedTheNextTime() throws Exception {
        MemoryDisk memory = new MemoryDisk();
        FaultyDisk disk = new FaultyDisk(memory);
        World world = new World(disk, 1);
        world.versions.put("secret-name", 0L);
        PositionIndex index = world.open();
        index.append(List.of(world.write(index, "secret-name", 2, 10)));
        index.mark(world.position);
        index.sync();
        List<Integer> life = List.of(world.lives.get("secret-name"));
        disk.failAt(FaultyDisk.Call.WRITE, 1, FaultyDisk.Fault.BROKEN);
        assertThrows(IOException.class, () -> index.end(life));
        assertTrue(index.isLive(life.get(0)));
        index.end(life);
        assertFalse(index.isLive(life.get(0)));
        String left = new String(memory.bytes(LIVES), StandardCharsets.ISO_8859_1);
        assertFalse(left.contains("secret-name"), "its name is erased");
        index.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 50, 1_000})
    void sortsInRuns(int runLength) throws Exception {
        MemoryDisk disk = new MemoryDisk();
        disk.createDirectories(DIRECTORY);
        Random random = new Random(runLength);
        TreeMap<Long, Span> expected = new TreeMap<>();
        while (expected.size() < 500) {
            long position = 1 + 3L * random.nextInt(10_000);
            expected.put(position, new Span(position, 1, random.nextInt(100), 9, 1 + random.nextInt(3), false));
        }
        List<Span> shuffled = new ArrayList<>(expected.values());
        java.util.Collections.shuffle(shuffled, random);
        Span clash = new Span(expected.lastKey(), 2, 0, 1, 1, true);
        shuffled.add(3, clash);
        List<Span> clashes = new ArrayList<>();
        try (SpanSort sort = new SpanSort(disk, DIRECTORY.resolve("run"), runLength);
                Disk.File out = disk.open(SPANS, Disk.Mode.CREATE)) {
            for (Span span : shuffled) {
                sort.add(span);
            }
            assertEquals(500, sort.writeTo(out, clashes::add));
        }
        assertEquals(List.of(clash), clashes);
        assertEquals(List.of(SPANS), disk.files());
        ByteBuffer written = ByteBuffer.wrap(disk.bytes(SPANS));
        List<Span> read = new ArrayList<>();
        for (int at = 0; at < written.limit(); at += Span.SIZE) {
            read.add(Span.read(written, at, at / Span.SIZE));
        }
        assertEquals(new ArrayList<>(expected.values()), read);
    }

    @Test
    void isMadeAnew() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        World world = worldWithoutPurge(disk, 40);
        int highest = world.lives.values().stream().mapToInt(life -> life).max().getAsInt();
        int built = disk.operations();
        disk.put(LIVES, new byte[10]);
        PositionIndex index = world.open();
        assertTrue(index.inDoubt());
        rebuild(world, index, highest);
        assertFalse(index.inDoubt());
        assertFeed(world.expected(0), all(index, 0));
        assertEquals(world.spans.get(39).last(), index.complete());
        Span more = world.write(index, "s1", 2, 10);
        index.append(List.of(more));
        index.mark(world.position);
        assertFeed(world.expected(0), all(index, 0));
        index.close();
        PositionIndex again = world.open();
        assertEquals(more.last(), again.complete());
        assertFeed(world.expected(0), all(again, 0));
        assertTrue(built < disk.operations());
    }

    /** Rebuilds the index from the known spans, with new numbers. */
    private static void rebuild(World world, PositionIndex index, int above) throws IOException {
        try (PositionIndex.Rebuild rebuild = index.rebuild(above)) {
            Map<Integer, Integer> renumbered = new HashMap<>();
            for (Map.Entry<String, Integer> session : world.lives.entrySet()) {
                int life = rebuild.begin(session.getKey(), session.getKey() + ".jsonl");
                assertTrue(life > above);
                renumbered.put(session.getValue(), life);
                session.setValue(life);
            }
            List<Span> shuffled = new ArrayList<>(world.spans);
            java.util.Collections.shuffle(shuffled, new Random(1));
            for (Span span : shuffled) {
                rebuild.add(new Span(
                        span.position(),
                        renumbered.get(span.life()),
                        span.offset(),
                        span.bytes(),
                        span.count(),
                        span.foreign()));
            }
            rebuild.finish(span -> fail("no clash: " + span));
        }
    }

    @Test
    void aCrashInARebuildLeavesTheOldTheNewOrDoubt() throws Exception {
        MemoryDisk disk = new MemoryDisk();
        World world = worldWithoutPurge(disk, 20);
        PositionIndex index = world.open();
        index.sync();
        List<SessionEvent> expected = world.expected(0);
        int before = disk.operations();
        rebuild(world, index, 0);
        Random random = new Random(9);
        int doubts = 0;
        for (int operations = before; operations <= disk.operations(); operations++) {
            for (int round = 0; round < 5; round++) {
                World after = new World(disk.killAt(operations, random), 1);
                after.foreign.putAll(world.foreign);
                PositionIndex opened = after.open();
                if (opened.inDoubt()) {
                    doubts++;
                } else {
                    assertFeed(expected, all(opened, 0));
                }
            }
        }
        assertTrue(doubts > 0);
        assertEquals(
                List.of(LIVES, SPANS),
                disk.files().stream()
                        .filter(file -> file.startsWith(DIRECTORY))
                        .sorted()
                        .toList());
    }
}
