package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.Anchor;
import dev.reel.AppendUnknownException;
import dev.reel.CheckpointRequest;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.ForkRequest;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.MessageDelta;
import dev.reel.MessageDraft;
import dev.reel.MessageQuery;
import dev.reel.Range;
import dev.reel.ResumeRequest;
import dev.reel.SessionDraft;
import dev.reel.SessionPatch;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import dev.reel.SnapshotDraft;
import dev.reel.StoreClosedException;
import dev.reel.StoreFailedException;
import dev.reel.StoreFullException;
import dev.reel.StoreOptions;
import dev.reel.StoreStatus;
import dev.reel.TailOptions;
import dev.reel.WriteOptions;
import dev.reel.memory.MemorySessionStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Publisher;

/**
 * Opening and closing a root if the disk is full or the root cannot be read: the error is clear, and nothing is lost.
 */
class FullRootTest {

    private static final Map<Class<?>, Object> ARGUMENTS = Map.ofEntries(
            Map.entry(String.class, "s"),
            Map.entry(long.class, 1L),
            Map.entry(EventDraft.class, EventDraft.of("n", Json.EMPTY_OBJECT)),
            Map.entry(List.class, List.of(EventDraft.of("n", Json.EMPTY_OBJECT))),
            Map.entry(WriteOptions.class, WriteOptions.none()),
            Map.entry(Range.class, Range.all()),
            Map.entry(From.class, From.now()),
            Map.entry(TailOptions.class, TailOptions.standard()),
            Map.entry(FeedPlace.class, FeedPlace.start()),
            Map.entry(FeedFilter.class, FeedFilter.all()),
            Map.entry(SessionQuery.class, SessionQuery.all()),
            Map.entry(MessageQuery.class, MessageQuery.all()),
            Map.entry(SessionDraft.class, SessionDraft.empty()),
            Map.entry(SessionPatch.class, SessionPatch.empty()),
            Map.entry(MessageDraft.class, MessageDraft.user("hi")),
            Map.entry(MessageDelta.class, MessageDelta.of("m", 0, "x")),
            Map.entry(SnapshotDraft.class, SnapshotDraft.of(Json.EMPTY_OBJECT)),
            Map.entry(CheckpointRequest.class, CheckpointRequest.atLastMessage()),
            Map.entry(Anchor.class, Anchor.lastUserMessage()),
            Map.entry(ForkRequest.class, ForkRequest.whole()),
            Map.entry(ResumeRequest.class, ResumeRequest.whole()),
            Map.entry(Json.class, Json.NULL));

    private final MemoryDisk memory = new MemoryDisk();
    private final FaultyDisk disk = new FaultyDisk(memory);

    @TempDir
    Path directory;

    @Test
    @DisplayName("closing a store on a full disk fails as full; the next opening has all events")
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
    @DisplayName("if the disk is full, opening a root fails as full at any write; with room it opens")
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
    @DisplayName("on a full disk a purge works and other writes fail as full; in the freed space they work again")
    void purging() throws InterruptedException {
        OpenRoot root = OpenRoot.on(disk);
        for (int i = 0; i < 20; i++) {
            root.store
                    .append("large", EventDraft.of("n", Json.object("text", "x".repeat(1_000))))
                    .block(OpenRoot.PATIENCE);
        }
        append(root, 1);
        root.fold();
        await(root.root.reserve()::isKept);
        disk.capacity(memory.used());
        assertThrows(StoreFullException.class, () -> appendLarge(root));
        root.store.purge("large").block(OpenRoot.PATIENCE);
        assertEquals(0, count(root, "large"));
        await(() -> isWritten(root.store, "s", 2));
        assertEquals(2, count(root, "s"));
        root.close();
        assertEquals(2, countOfNext());
    }

    @Test
    @DisplayName("other writes do not use the space that is reserved for purges")
    void keptForPurges() throws InterruptedException {
        OpenRoot root = OpenRoot.on(disk);
        append(root, 1);
        append(root, "t", 1);
        root.fold();
        await(root.root.reserve()::isKept);
        disk.capacity(memory.used() - memory.reserve() + 2_000); // too little to hold as much as before
        for (String id : List.of("s", "t")) {
            assertThrows(StoreFullException.class, () -> appendLarge(root));
            root.store.purge(id).block(OpenRoot.PATIENCE);
            assertThrows(StoreFullException.class, () -> appendLarge(root));
        }
        disk.heal();
        root.close();
        assertEquals(0, countOfNext());
    }

    @Test
    @DisplayName("a root that cannot be opened for writing on a full disk can be read, and written when there is room")
    void reading() throws InterruptedException {
        FaultyDisk full = fullAfterKill();
        JsonlSessionStore store = open(full);
        assertEquals(20, count(store, "large"));
        assertEquals(2, count(store, "s"));
        assertEquals(
                List.of("large", "s"), store.sessionIds().sort().collectList().block(OpenRoot.PATIENCE));
        StoreFullException why = assertThrows(StoreFullException.class, () -> append(store, "s", 3));
        assertEquals("s", why.sessionId());
        StoreStatus status = store.status().blockOptional().orElseThrow();
        assertEquals(StoreStatus.State.FULL, status.state());
        assertTrue(String.valueOf(status.reason()).contains(OpenRoot.PATH.toString()), status::toString);
        assertTrue(status.unfoldedBytes() > 0, status::toString);
        full.heal();
        await(() -> isWritten(store, "s", 3));
        assertTrue(store.status().blockOptional().orElseThrow().isAccepting());
        assertEquals(3, count(store, "s"));
        assertEquals(20, count(store, "large"));
        store.closeAsync().block(OpenRoot.PATIENCE);
        assertEquals(1, unlocked);
        assertThrows(StoreClosedException.class, () -> append(store, "s", 4));
        JsonlSessionStore next = open(full);
        assertEquals(3, count(next, "s"));
        next.close();
    }

    @Test
    @DisplayName(
            "completeTails ends the tails of a root that cannot be opened for writing, and later those of its writer")
    void completingTails() throws InterruptedException {
        FaultyDisk full = fullAfterKill();
        JsonlSessionStore store = open(full);
        AtomicInteger seen = new AtomicInteger();
        CompletableFuture<Long> open = store.tail("s", From.start())
                .doOnNext(event -> seen.incrementAndGet())
                .count()
                .toFuture();
        await(() -> seen.get() == 2);
        store.completeTails().block(OpenRoot.PATIENCE);
        assertEquals(2, open.orTimeout(20, TimeUnit.SECONDS).join());
        full.heal();
        await(() -> isWritten(store, "s", 3));
        assertEquals(3, store.tail("s", From.start()).count().block(OpenRoot.PATIENCE));
        store.closeAsync().block(OpenRoot.PATIENCE);
    }

    @Test
    @DisplayName("a root that cannot be opened on a full disk can be purged, and written in the freed space")
    void purgingWhatCannotBeOpened() throws InterruptedException {
        FaultyDisk full = fullAfterKill();
        JsonlSessionStore store = open(full);
        store.purge("large").block(OpenRoot.PATIENCE);
        assertEquals(0, count(store, "large"));
        await(() -> isWritten(store, "s", 3));
        assertEquals(3, count(store, "s"));
        store.closeAsync().block(OpenRoot.PATIENCE);
        for (Path file : left.files()) {
            assertFalse(contains(file, "x".repeat(1_000)), file + " still has something of it");
        }
        JsonlSessionStore next = open(full);
        assertEquals(3, count(next, "s"));
        assertEquals(0, count(next, "large"));
        next.close();
    }

    @Test
    @DisplayName("a purge that frees too little space is on record, and is done when there is room")
    void purgingTooLittle() {
        FaultyDisk full = fullAfterKill();
        JsonlSessionStore store = open(full);
        WriteOptions once = WriteOptions.none().withIdempotencyKey("purge");
        assertThrows(AppendUnknownException.class, () -> store.purge("s", once).block(OpenRoot.PATIENCE));
        assertEquals(20, count(store, "large"));
        store.closeAsync().block(OpenRoot.PATIENCE);
        assertEquals(1, unlocked);
        full.heal();
        JsonlSessionStore next = open(full);
        assertEquals(0, count(next, "s"));
        assertEquals(20, count(next, "large"));
        next.purge("s", once).block(OpenRoot.PATIENCE);
        next.close();
    }

    @Test
    @DisplayName("each call of a root that cannot be opened on a full disk has the same name as in any store")
    void named() throws Exception {
        JsonlSessionStore store = open(fullAfterKill());
        SessionStore other = MemorySessionStore.create();
        int calls = 0;
        for (Method method : SessionStore.class.getMethods()) {
            if (Publisher.class.isAssignableFrom(method.getReturnType())) {
                Object[] arguments = Stream.of(method.getParameterTypes())
                        .map(ARGUMENTS::get)
                        .toArray();
                assertEquals(
                        method.invoke(other, arguments).toString(),
                        method.invoke(store, arguments).toString());
                calls++;
            }
        }
        assertTrue(calls > 40, "calls: " + calls);
        store.closeAsync().block(OpenRoot.PATIENCE);
    }

    private MemoryDisk left = memory;
    private volatile int unlocked;

    /** A full disk with a root in whose journal a killed process left many events. */
    private FaultyDisk fullAfterKill() {
        try {
            OpenRoot root = OpenRoot.on(disk);
            append(root, 1);
            root.fold();
            await(root.root.reserve()::isKept);
            for (int i = 0; i < 20; i++) {
                root.store
                        .append("large", EventDraft.of("n", Json.object("text", "x".repeat(1_000))))
                        .block(OpenRoot.PATIENCE);
            }
            append(root, 2);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        left = memory.killAt(memory.operations());
        FaultyDisk full = new FaultyDisk(left);
        full.capacity(left.used());
        return full;
    }

    private JsonlSessionStore open(Disk on) {
        JsonlStoreOptions jsonl = JsonlStoreOptions.standard().withCache(1 << 20);
        return JsonlSessionStore.onFileThread(
                OpenRoot.PATH,
                () -> JsonlSessionStore.open(on, OpenRoot.PATH, () -> unlocked++, StoreOptions.standard(), jsonl));
    }

    private boolean contains(Path file, String text) {
        try {
            return new String(left.bytes(file), StandardCharsets.ISO_8859_1).contains(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Appends more than the spare bytes of the journal's segment have room for. */
    private void appendLarge(OpenRoot root) {
        String text = "x".repeat(2 * memory.spare());
        root.store.append("s", EventDraft.of("n", Json.object("text", text))).block(OpenRoot.PATIENCE);
    }

    private static boolean isWritten(SessionStore store, String id, int n) {
        try {
            append(store, id, n);
            return true;
        } catch (StoreFullException e) {
            return false;
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + OpenRoot.PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "it does not come");
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private static long count(OpenRoot root, String id) {
        return count(root.store, id);
    }

    private static long count(SessionStore store, String id) {
        return store.replay(id, Range.all())
                .count()
                .blockOptional(OpenRoot.PATIENCE)
                .orElse(-1L);
    }

    @Test
    @DisplayName("opening an unusable directory fails with a StoreFailedException that has its path and the reason")
    void notADirectory() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "no directory");
        StoreFailedException why = assertThrows(StoreFailedException.class, () -> JsonlSessionStore.open(file));
        assertTrue(String.valueOf(why.getMessage()).contains(file + " can't be opened"), why::getMessage);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @DisplayName("a full disk is recognized in any language of the system's messages")
    void inEachLanguage() throws Exception {
        List<String> locales = new ArrayList<>(List.of("C", "C.UTF-8"));
        Path german = directory.resolve("de_DE.UTF-8");
        try {
            int made = run(new ProcessBuilder("localedef", "-i", "de_DE", "-f", "UTF-8", german.toString()));
            if (made == 0) {
                locales.add("de_DE.UTF-8");
            }
        } catch (IOException e) {
            // The program does not exist here.
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

    /** Exits with 0 if the always full device is recognized as full. */
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
        append(root, "s", n);
    }

    private static void append(OpenRoot root, String id, int n) {
        append(root.store, id, n);
    }

    private static void append(SessionStore store, String id, int n) {
        store.append(id, EventDraft.of("n", Json.object("n", n))).block(OpenRoot.PATIENCE);
    }
}
