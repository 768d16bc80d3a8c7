package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Range;
import dev.reel.StoreLockedException;
import dev.reel.StoreOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class RootLockTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-05-01T12:00:00Z"), ZoneOffset.UTC);

    @TempDir
    Path root;

    private Path directory;

    @BeforeEach
    void makeDirectory() throws IOException {
        directory = Files.createDirectory(root.resolve(".reel"));
    }

    /** The child process: it acquires the lock, or prints why it cannot, and waits until it is killed. */
    static final class Child {

        private Child() {}

        public static void main(String[] args) throws Exception {
            try {
                RootLock.take(Path.of(args[0]), Clock.systemUTC());
                System.out.println("locked");
            } catch (StoreLockedException e) {
                System.out.println(e.getMessage());
            }
            System.in.read();
        }
    }

    private Process child() throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void kill(Process process) throws InterruptedException {
        process.destroyForcibly();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    }

    private String askChild() throws Exception {
        Process child = child();
        try {
            return child.inputReader().readLine();
        } finally {
            kill(child);
        }
    }

    @Test
    void oneHoldsIt() throws IOException {
        RootLock lock = RootLock.take(directory, CLOCK);
        StoreLockedException e =
                assertThrows(StoreLockedException.class, () -> RootLock.take(directory, Clock.systemUTC()));
        assertTrue(e.getMessage().startsWith(root + " is open for writing by this process (process "), e.getMessage());
        assertTrue(e.holder().contains("process " + ProcessHandle.current().pid()), e.holder());
        assertTrue(e.holder().contains("since 2026-05-01T12:00:00Z"), e.holder());
        lock.close();
        RootLock next = RootLock.take(directory, CLOCK);
        lock.close();
        assertThrows(StoreLockedException.class, () -> RootLock.take(directory, CLOCK));
        next.close();
    }

    @Test
    void whoWaitsGetsItWhenItIsGivenBack() throws Exception {
        RootLock lock = RootLock.take(directory, CLOCK);
        CompletableFuture<RootLock> next = waiting();
        assertThrows(TimeoutException.class, () -> next.get(200, TimeUnit.MILLISECONDS), "another holder has it");
        lock.close();
        next.get(60, TimeUnit.SECONDS).close();
    }

    @Test
    void whoWaitsGetsItWhenTheOtherProcessIsGone() throws Exception {
        Process child = child();
        CompletableFuture<RootLock> next;
        try {
            assertEquals("locked", child.inputReader().readLine());
            next = waiting();
            assertThrows(TimeoutException.class, () -> next.get(200, TimeUnit.MILLISECONDS), "another holder has it");
        } finally {
            kill(child);
        }
        next.get(60, TimeUnit.SECONDS).close();
    }

    private CompletableFuture<RootLock> waiting() {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return RootLock.take(directory, CLOCK, Duration.ofMinutes(2));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Test
    void whoHasWaitedInVainSaysHowLong() throws IOException {
        RootLock lock = RootLock.take(directory, CLOCK);
        StoreLockedException e =
                assertThrows(StoreLockedException.class, () -> RootLock.take(directory, CLOCK, Duration.ofMillis(150)));
        assertTrue(
                e.getMessage().matches("(?s).*, even after waiting for \\d+ ms; close it there first"), e.getMessage());
        assertTrue(e.holder().contains("process " + ProcessHandle.current().pid()), e.holder());
        lock.close();
    }

    @Test
    void aStoreOpensWhenTheOneBeforeItIsClosed() throws Exception {
        JsonlSessionStore before = JsonlSessionStore.open(root);
        before.append("s", EventDraft.of("n", Json.EMPTY_OBJECT)).block(Duration.ofSeconds(30));
        JsonlStoreOptions patient = JsonlStoreOptions.standard().withWaitForLock(Duration.ofMinutes(2));
        CompletableFuture<JsonlSessionStore> next =
                CompletableFuture.supplyAsync(() -> JsonlSessionStore.open(root, StoreOptions.standard(), patient));
        assertThrows(TimeoutException.class, () -> next.get(200, TimeUnit.MILLISECONDS), "another holder has it");
        assertThrows(StoreLockedException.class, () -> JsonlSessionStore.open(root), "by default it does not wait");
        before.close();
        try (JsonlSessionStore after = next.get(60, TimeUnit.SECONDS)) {
            assertEquals(1, after.replay("s", Range.all()).count().block(Duration.ofSeconds(30)));
        }
    }

    @Test
    void theFileSaysWhoHoldsItAndNothingOfWhoHeldItBefore() throws IOException {
        Path file = directory.resolve(RootFiles.LOCK);
        Files.writeString(file, "process 4194304 on " + "x".repeat(500) + "\n");
        RootLock lock = RootLock.take(directory, CLOCK);
        assertEquals(lock.holder() + "\n", Files.readString(file));
        lock.close();
    }

    @Test
    void itIsTheSameByAnotherPath() throws IOException {
        Path link = Files.createSymbolicLink(root.resolve("link"), directory);
        RootLock lock = RootLock.take(directory, CLOCK);
        assertThrows(StoreLockedException.class, () -> RootLock.take(link, CLOCK));
        assertThrows(StoreLockedException.class, () -> RootLock.take(root.resolve(".reel/../.reel"), CLOCK));
        lock.close();
        RootLock.take(link, CLOCK).close();
    }

    @Test
    void anotherProcessGetsItWhenItIsGivenBackOnly() throws Exception {
        RootLock lock = RootLock.take(directory, CLOCK);
        String holder = "process " + ProcessHandle.current().pid();
        assertTrue(askChild().contains(" is open for writing by " + holder));
        assertThrows(StoreLockedException.class, () -> RootLock.take(directory, CLOCK));
        assertTrue(askChild().contains(holder), "the failed attempt did not release the lock");
        assertEquals(lock.holder() + "\n", Files.readString(directory.resolve(RootFiles.LOCK)));
        lock.close();
        assertEquals("locked", askChild());
    }

    @Test
    void itGoesWithAKilledProcess() throws Exception {
        Process child = child();
        try {
            assertEquals("locked", child.inputReader().readLine());
            StoreLockedException e = assertThrows(StoreLockedException.class, () -> RootLock.take(directory, CLOCK));
            assertTrue(e.holder().startsWith("process " + child.pid()), e.holder());
            assertThrows(StoreLockedException.class, () -> RootLock.take(directory, CLOCK), "again");
        } finally {
            kill(child);
        }
        RootLock.take(directory, CLOCK).close();
    }

    @Test
    void anotherClassLoadersIsSeenAndNotTakenAway() throws Exception {
        String[] parts = System.getProperty("java.class.path").split(java.io.File.pathSeparator);
        URL[] urls = new URL[parts.length];
        for (int i = 0; i < parts.length; i++) {
            urls[i] = Path.of(parts[i]).toUri().toURL();
        }
        try (URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
            Class<?> other = loader.loadClass(RootLock.class.getName());
            var take = other.getDeclaredMethod("take", Path.class, Clock.class);
            take.setAccessible(true);
            var lock = (AutoCloseable) take.invoke(null, directory, CLOCK);
            assertThrows(StoreLockedException.class, () -> RootLock.take(directory, CLOCK));
            assertTrue(askChild().contains("is open for writing"));
            lock.close();
        }
        RootLock.take(directory, CLOCK).close();
    }

    @Test
    void whoeverElseInThisProcessLocksTheFileKeepsIt() throws Exception {
        Path file = directory.resolve(RootFiles.LOCK);
        try (FileChannel foreign = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            assertNotNull(foreign.tryLock());
            assertThrows(StoreLockedException.class, () -> RootLock.take(directory, CLOCK));
            assertTrue(askChild().contains("is open for writing by another process"));
        }
        RootLock.take(directory, CLOCK).close();
    }

    @Test
    void whatCanNotBeLockedIsNotHeld() throws IOException {
        assertThrows(NoSuchFileException.class, () -> RootLock.take(root.resolve("nowhere"), CLOCK));
        Path file = directory.resolve(RootFiles.LOCK);
        Files.createSymbolicLink(file, root.resolve("elsewhere"));
        assertThrows(IOException.class, () -> RootLock.take(directory, CLOCK));
        assertFalse(Files.exists(root.resolve("elsewhere")));
        Files.delete(file);
        RootLock.take(directory, CLOCK).close();
    }
}
