package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.AppendUnknownException;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** A file that cannot be written, or that another program changed, affects only its session. */
class IsolationTest {

    private static final Path BAD = OpenRoot.PATH.resolve("bad.jsonl");
    private static final Path HELD = OpenRoot.PATH.resolve(".reel/held/bad.jsonl");
    private static final long SMALL_SEGMENTS = 2_000;

    private final MemoryDisk memory = new MemoryDisk();
    private final FaultyDisk disk = new FaultyDisk(memory);

    @Test
    @DisplayName("if a file cannot be written, its session fails; segments are deleted, others write, all can be read")
    void oneSessionOnly() throws Exception {
        OpenRoot root = begun();
        disk.refuse(BAD);
        append(root, "bad", 2);
        stuck(root, "bad");
        fill(root, "good");
        await(() -> root.storage.journal().segments().size() < 3, "segments go");
        assertNotNull(memory.look(HELD), "events that the file lacks are held");
        assertEquals(2, count(root, "bad"), "it is read");
        assertEquals(all(root), count(root, "bad") + count(root, "good"), "the feed has it all");
        SessionDamagedException why = assertThrows(SessionDamagedException.class, () -> append(root, "bad", 3));
        assertEquals("bad", why.sessionId());
        assertTrue(why.getMessage().contains(BAD + ", offset "), why.getMessage());
        SessionDamagedException left = assertThrows(SessionDamagedException.class, root::close);
        assertEquals("bad", left.sessionId(), "closing names the session whose file lacks events");
        disk.allow(BAD);
        whole(2);
    }

    @Test
    @DisplayName("a root with a file that cannot be written opens, and only that session fails")
    void opens() throws Exception {
        OpenRoot root = begun();
        append(root, "bad", 2);
        long feed = all(root);
        disk.refuse(BAD);
        FaultyDisk killed = new FaultyDisk(memory.killAt(memory.operations()));
        killed.refuse(BAD);
        for (int i = 0; i < 2; i++) {
            OpenRoot next = OpenRoot.on(killed);
            assertThrows(SessionDamagedException.class, () -> append(next, "bad", 3));
            assertThrows(SessionDamagedException.class, () -> count(next, "bad"));
            append(next, "good", 10 + i);
            assertEquals(feed + i + 1, all(next), "the feed has the events that the session's file lacks");
            SessionDamagedException left = assertThrows(SessionDamagedException.class, next::close);
            assertEquals("bad", left.sessionId(), "closing names the session while events are held");
        }
        killed.allow(BAD);
        OpenRoot next = OpenRoot.on(killed);
        assertEquals(2, count(next, "bad"));
        append(next, "bad", 3);
        assertEquals(feed + 3, all(next));
        next.close();
        assertNull(killed.look(HELD), "nothing is held any more");
    }

    @Test
    @DisplayName("each failed caller gets an exception of its own, which other callers do not change")
    void noSharedExceptions() throws Exception {
        OpenRoot root = begun();
        append(root, "bad", 2);
        disk.refuse(BAD);
        stuck(root, "bad");
        refusedEachByItself(root);
        MemoryDisk left = memory.killAt(memory.operations());
        FaultyDisk killed = new FaultyDisk(left);
        killed.refuse(BAD);
        refusedEachByItself(OpenRoot.on(killed));
    }

    /** A shared exception would grow with each caller, and an exception cannot be its own suppressed one. */
    private static void refusedEachByItself(OpenRoot root) {
        for (int i = 0; i < 3; i++) {
            assertEquals(1, suppressed(() -> append(root, "bad", 3)), "Reactor's trace of the caller");
        }
        assertEquals(
                2,
                suppressed(() -> {
                    try (AutoCloseable closing = root::close) {
                        assertNotNull(closing);
                        append(root, "bad", 3);
                    }
                }),
                "the same, and what closing says");
    }

    private static int suppressed(Executable call) {
        return assertThrows(SessionDamagedException.class, call).getSuppressed().length;
    }

    @Test
    @DisplayName("closing does not name a session that failed at opening and is purged or no longer held")
    void purgedAfterOpening() throws Exception {
        OpenRoot root = begun();
        append(root, "bad", 2);
        FaultyDisk killed = new FaultyDisk(memory.killAt(memory.operations()));
        killed.refuse(BAD);
        OpenRoot next = OpenRoot.on(killed);
        assertThrows(SessionDamagedException.class, () -> count(next, "bad"));
        killed.allow(BAD);
        next.store.purge("bad").block(OpenRoot.PATIENCE);
        next.close();
        assertNull(killed.look(HELD));
    }

    @Test
    @DisplayName("when its file can be written again, the session works again, even in the open store")
    void goesOn() throws Exception {
        OpenRoot root = begun();
        disk.refuse(BAD);
        append(root, "bad", 2);
        stuck(root, "bad");
        fill(root, "good");
        await(() -> look(HELD), "held");
        disk.allow(BAD);
        await(() -> root.storage.refusal("bad") == null, "it goes on");
        append(root, "bad", 3);
        fill(root, "good");
        await(() -> !look(HELD), "nothing is held any more");
        root.close();
        whole(3);
    }

    @Test
    @DisplayName("events that a session's file lacks survive a crash at any moment")
    void crashes() throws Exception {
        OpenRoot root = begun();
        disk.refuse(BAD);
        int from = memory.operations();
        append(root, "bad", 2);
        int acknowledged = memory.operations();
        stuck(root, "bad");
        fill(root, "good");
        await(() -> look(HELD), "held");
        disk.allow(BAD);
        await(() -> root.storage.refusal("bad") == null, "it goes on");
        root.close();
        for (int at = from; at <= memory.operations(); at++) {
            OpenRoot next = OpenRoot.on(memory.crashAt(at));
            long there = count(next, "bad");
            assertTrue(there == 2 || (there == 1 && at < acknowledged), there + " events after a crash at " + at);
            next.close();
        }
    }

    @Test
    @DisplayName("a fork and a purge of a session that cannot be written wait; other entries do not")
    void forksAndPurges() throws Exception {
        OpenRoot root = begun();
        Path forked = OpenRoot.PATH.resolve("fork.jsonl");
        disk.refuse(forked);
        root.store.fork("bad", ForkRequest.whole().withId("fork")).block(OpenRoot.PATIENCE);
        stuck(root, "fork");
        assertThrows(AppendUnknownException.class, () -> root.store.purge("bad").block(OpenRoot.PATIENCE));
        append(root, "good", 2);
        root.store.purge("good").block(OpenRoot.PATIENCE);
        assertThrows(SessionDamagedException.class, root::close);
        disk.allow(forked);
        OpenRoot next = OpenRoot.on(disk);
        assertEquals(2, count(next, "fork"), "it has what it inherited");
        assertEquals(0, count(next, "bad"));
        append(next, "bad", 1);
        next.close();
        assertFalse(look(OpenRoot.PATH.resolve("good.jsonl")));
        assertNull(memory.look(HELD));
    }

    @Test
    @DisplayName("a purge that waits for a fork, and the fork, finish as soon as the fork's file can be created")
    void forkAndPurgeComeThrough() throws Exception {
        OpenRoot root = begun();
        Path forked = OpenRoot.PATH.resolve("fork.jsonl");
        disk.refuse(forked);
        root.store.fork("bad", ForkRequest.whole().withId("fork")).block(OpenRoot.PATIENCE);
        stuck(root, "fork");
        assertThrows(AppendUnknownException.class, () -> root.store.purge("bad").block(OpenRoot.PATIENCE));
        disk.allow(forked);
        await(() -> root.storage.refusal("bad") == null, "the purge is done");
        await(() -> root.storage.refusal("fork") == null, "the fork has its file");
        append(root, "bad", 1);
        assertEquals(2, count(root, "fork"));
        root.close();
        assertEquals(2, count(OpenRoot.on(memory), "fork"), "it has what it inherited");
    }

    @Test
    @DisplayName("a fork of a fork with a file of its own no longer needs the first parent's file, and keeps its lines")
    void forkOfFork() throws Exception {
        OpenRoot root = begun();
        append(root, "bad", 2);
        root.fold();
        Path forked = OpenRoot.PATH.resolve("fork.jsonl");
        Path twice = OpenRoot.PATH.resolve("twice.jsonl");
        disk.refuse(forked);
        disk.refuse(twice);
        root.store.fork("bad", ForkRequest.whole().withId("fork")).block(OpenRoot.PATIENCE);
        root.store.fork("fork", ForkRequest.whole().withId("twice")).block(OpenRoot.PATIENCE);
        stuck(root, "twice");
        disk.allow(forked);
        await(() -> root.storage.refusal("fork") == null, "the fork has its file");
        root.store.purge("bad").block(OpenRoot.PATIENCE);
        disk.allow(twice);
        await(() -> root.storage.refusal("twice") == null, "the fork of the fork has its file");
        append(root, "bad", 1);
        assertEquals(4, count(root, "twice"));
        root.close();
        OpenRoot next = OpenRoot.on(memory);
        assertEquals(1, count(next, "bad"));
        assertEquals(3, count(next, "fork"));
        assertEquals(4, count(next, "twice"));
        next.close();
    }

    @Test
    @DisplayName("a purge deletes the held frames of a session")
    void purgesWhatIsHeld() throws Exception {
        OpenRoot root = begun();
        append(root, "bad", 2);
        root.fold();
        appendedByAnother();
        append(root, "bad", 3);
        stuck(root, "bad");
        fill(root, "good");
        await(() -> look(HELD), "held");
        root.store.purge("bad").block(OpenRoot.PATIENCE);
        assertFalse(look(HELD), "nothing of it is held");
        assertFalse(look(BAD));
        root.close();
    }

    @Test
    @DisplayName("a partly written held file from before a crash is not in the next one")
    void heldDraft() throws Exception {
        Path draft = HELD.resolveSibling("bad.jsonl.draft");
        OpenRoot root = begun();
        memory.put(draft, "x".repeat(100_000).getBytes(StandardCharsets.UTF_8));
        disk.refuse(BAD);
        append(root, "bad", 2);
        stuck(root, "bad");
        assertThrows(SessionDamagedException.class, root::close);
        assertTrue(look(HELD));
        disk.allow(BAD);
        whole(2);
    }

    @Test
    @DisplayName("a frame that is both held and in the journal is held once")
    void heldOnce() throws Exception {
        OpenRoot root = begun();
        disk.refuse(BAD);
        append(root, "bad", 2);
        append(root, "bad", 3);
        int from = memory.operations();
        MemoryDisk killed = memory.killAt(from);
        assertThrows(SessionDamagedException.class, root::close);
        assertThrows(SessionDamagedException.class, refusing(killed)::close);
        int both = 0;
        for (int at = from; at <= killed.operations(); at++) {
            MemoryDisk left = killed.killAt(at);
            boolean isHeld = left.look(HELD) != null;
            both += isHeld
                            && !Segment.list(left, OpenRoot.PATH.resolve(".reel/journal"))
                                    .isEmpty()
                    ? 1
                    : 0;
            if (isHeld) {
                OpenRoot next = refusing(left);
                List<Frame> held = new Held(left, OpenRoot.PATH).all().get(BAD);
                assertEquals(2, held.size(), "killed at " + at);
                assertThrows(SessionDamagedException.class, next::close);
            }
        }
        assertTrue(both > 0, "it was in both");
    }

    @Test
    @DisplayName("while one session cannot be written, others write more than the journal may be ahead of files")
    void bounded() throws Exception {
        begun().close();
        OpenRoot root = OpenRoot.on(disk, Durability.SYNC, SMALL_SEGMENTS, 5 * SMALL_SEGMENTS);
        disk.refuse(BAD);
        append(root, "bad", 2);
        stuck(root, "bad");
        for (int i = 0; i < 4; i++) {
            fill(root, "good");
        }
        disk.allow(BAD);
        root.close();
    }

    @Test
    @DisplayName("a damaged held file affects only its session, and is kept")
    void damagedHeld() throws Exception {
        OpenRoot root = begun();
        disk.refuse(BAD);
        append(root, "bad", 2);
        stuck(root, "bad");
        assertThrows(SessionDamagedException.class, root::close);
        disk.allow(BAD);
        byte[] held = memory.bytes(HELD);
        held[held.length / 2] ^= 4;
        memory.put(HELD, held);
        for (int i = 0; i < 2; i++) {
            OpenRoot next = OpenRoot.on(disk);
            assertThrows(SessionDamagedException.class, () -> append(next, "bad", 3));
            append(next, "good", 2 + i);
            next.close();
        }
        assertEquals(held.length, memory.bytes(HELD.resolveSibling("bad.jsonl.damaged")).length);
    }

    @Test
    @DisplayName("lines that another program appends while the store is open are not overwritten; the session fails")
    void appendedMeanwhile() throws Exception {
        OpenRoot root = begun();
        append(root, "bad", 2);
        root.fold();
        String others = appendedByAnother();
        append(root, "bad", 3);
        stuck(root, "bad");
        append(root, "good", 2);
        assertThrows(SessionDamagedException.class, root::close);
        OpenRoot next = OpenRoot.on(disk);
        assertThrows(SessionDamagedException.class, () -> append(next, "bad", 4));
        append(next, "good", 3);
        assertThrows(SessionDamagedException.class, next::close);
        assertTrue(text(BAD).endsWith(others), "the lines are still there");
    }

    @Test
    @DisplayName("lines that another program appends after a crash are not overwritten; the session fails")
    void appendedAfterCrash() throws Exception {
        OpenRoot root = begun();
        append(root, "bad", 2);
        MemoryDisk left = memory.killAt(memory.operations());
        String mine = new String(left.bytes(BAD), StandardCharsets.UTF_8);
        String others = Lines.foreign("x1", "another program's");
        left.put(BAD, (mine + others).getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < 2; i++) {
            OpenRoot next = OpenRoot.on(left);
            assertThrows(SessionDamagedException.class, () -> append(next, "bad", 3));
            append(next, "good", 2 + i);
            assertThrows(SessionDamagedException.class, next::close);
            assertEquals(mine + others, new String(left.bytes(BAD), StandardCharsets.UTF_8));
        }
        left.put(BAD, mine.getBytes(StandardCharsets.UTF_8));
        OpenRoot next = OpenRoot.on(left);
        assertEquals(2, count(next, "bad"), "acknowledged events are there after those lines are deleted");
        next.close();
    }

    @Test
    @DisplayName("a file that was truncated or deleted while the store was open is not written with a hole")
    void cutMeanwhile() throws Exception {
        OpenRoot root = begun();
        append(root, "bad", 2);
        root.fold();
        append(root, "bad", 3);
        byte[] mine = memory.bytes(BAD);
        memory.put(BAD, new byte[0]);
        stuck(root, "bad");
        append(root, "good", 2);
        assertThrows(SessionDamagedException.class, root::close);
        assertEquals(0, memory.bytes(BAD).length);
        memory.put(BAD, mine);
        whole(3);
    }

    @Test
    @DisplayName("a file that was deleted while the store had it open is not written; the session fails")
    void deletedWhileOpen() throws Exception {
        OpenRoot root = begun();
        append(root, "bad", 2);
        root.fold();
        byte[] mine = memory.bytes(BAD);
        memory.delete(BAD);
        append(root, "bad", 3);
        stuck(root, "bad");
        assertFalse(look(BAD), "no file is created without the earlier events");
        append(root, "good", 2);
        SessionDamagedException left = assertThrows(SessionDamagedException.class, root::close);
        assertEquals("bad", left.sessionId());
        assertTrue(look(HELD), "events that the file lacks are held");
        memory.put(BAD, mine);
        whole(3);
    }

    @Test
    @DisplayName("if a file is replaced while the store has it open, the session fails until it is back")
    void replacedWhileOpen() throws Exception {
        OpenRoot root = begun();
        append(root, "bad", 2);
        root.fold();
        Path aside = OpenRoot.PATH.resolve("aside");
        memory.move(BAD, aside);
        byte[] other = Lines.foreign("x1", "another program's").getBytes(StandardCharsets.UTF_8);
        memory.put(BAD, other);
        append(root, "bad", 3);
        stuck(root, "bad");
        assertArrayEquals(other, memory.bytes(BAD), "another program's file is not written");
        memory.move(aside, BAD);
        await(() -> root.storage.refusal("bad") == null, "it goes on");
        root.close();
        whole(3);
    }

    @Test
    @DisplayName("a file that was replaced by a copy of it while the store had it open is still used")
    void copiedWhileOpen() throws Exception {
        OpenRoot root = begun();
        append(root, "bad", 2);
        root.fold();
        byte[] mine = memory.bytes(BAD);
        memory.delete(BAD);
        memory.put(BAD, mine);
        append(root, "bad", 3);
        root.fold();
        root.close();
        whole(3);
    }

    @Test
    @DisplayName("reading a session whose file was truncated while the store was open fails with the place")
    void readCut() throws Exception {
        OpenRoot root = begun();
        count(root, "good");
        memory.put(BAD, new byte[0]);
        SessionDamagedException why = assertThrows(SessionDamagedException.class, () -> count(root, "bad"));
        assertEquals(0, why.offset());
        root.close();
    }

    // ---- Helpers

    /** Two sessions with one event each, in their files. */
    private OpenRoot begun() throws Exception {
        OpenRoot first = OpenRoot.on(disk);
        append(first, "bad", 1);
        append(first, "good", 1);
        first.close();
        return OpenRoot.on(disk, Durability.SYNC, SMALL_SEGMENTS);
    }

    private String appendedByAnother() throws IOException {
        String others = Lines.foreign("x1", "another program's");
        memory.put(BAD, (text(BAD) + others).getBytes(StandardCharsets.UTF_8));
        return others;
    }

    /** The root on a disk on which the file cannot be written. */
    private static OpenRoot refusing(MemoryDisk left) {
        FaultyDisk refusing = new FaultyDisk(left);
        refusing.refuse(BAD);
        return OpenRoot.on(refusing);
    }

    /** The root opens without an error, and the session has so many events in its file. */
    private void whole(long events) throws Exception {
        OpenRoot next = OpenRoot.on(disk);
        assertEquals(events, count(next, "bad"));
        assertEquals(all(next), count(next, "bad") + count(next, "good"));
        next.close();
        assertEquals(events, text(BAD).lines().count());
        assertFalse(look(HELD));
    }

    /** Enough for several segments. */
    private static void fill(OpenRoot root, String id) {
        for (int i = 0; i < 4; i++) {
            root.store
                    .append(id, EventDraft.of("fill", Json.object("text", "x".repeat((int) SMALL_SEGMENTS))))
                    .block(OpenRoot.PATIENCE);
            root.storage.hurry();
        }
    }

    private static void append(OpenRoot root, String id, int n) {
        root.store.append(id, EventDraft.of("n", Json.object("n", n))).block(OpenRoot.PATIENCE);
    }

    private static long count(OpenRoot root, String id) {
        return Objects.requireNonNull(root.store.replay(id, Range.all()).count().block(OpenRoot.PATIENCE));
    }

    private static long all(OpenRoot root) {
        List<SessionEvent> feed = Objects.requireNonNull(root.store
                .replayAll(FeedPlace.start(), FeedFilter.all())
                .collectList()
                .block(OpenRoot.PATIENCE));
        return feed.stream().map(SessionEvent::position).distinct().count();
    }

    private static void stuck(OpenRoot root, String id) throws Exception {
        root.storage.hurry();
        await(() -> root.storage.refusal(id) != null, id + " is refused");
    }

    private static void await(BooleanSupplier condition, String what) throws Exception {
        long end = System.nanoTime() + OpenRoot.PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + OpenRoot.PATIENCE + ": " + what);
            }
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    private boolean look(Path path) {
        try {
            return memory.look(path) != null;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String text(Path file) throws IOException {
        return new String(memory.bytes(file), StandardCharsets.UTF_8);
    }
}
