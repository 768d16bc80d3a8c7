package dev.reel.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.JsonLimits;
import dev.reel.SessionDamagedException;
import dev.reel.SessionEvent;
import dev.reel.Upcasters;
import dev.reel.internal.engine.NeedsReading;
import dev.reel.internal.engine.StoredLog;
import dev.reel.spi.Events;
import dev.reel.spi.LineCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class LogFileTest {

    private static final Path FILE = Path.of("/root/s.jsonl");
    private static final Instant AT = Instant.parse("2026-04-26T12:34:56.789Z");

    private final MemoryDisk disk = new MemoryDisk();
    private final EventBlocks blocks = new EventBlocks(disk, JsonLimits.DEFAULT, Upcasters.none(), 1 << 20);

    LogFileTest() throws IOException {
        disk.createDirectories(FILE.getParent());
    }

    @Test
    void nativeLinesAreTheEventsOfTheLog() throws Exception {
        List<SessionEvent> events = events(1, 200);
        write(lines(events));
        LogFile.Scan scan = scan(-1);
        assertNull(scan.torn());
        assertEquals(200, scan.log().version());
        assertEquals(events, read(scan.log()));
        onFileThread(() -> {
            for (SessionEvent event : events) {
                assertEquals(event.version(), scan.log().versionOf(event.id()));
            }
            return null;
        });
        assertEquals(0, scan.log().versionOf("unknown"));
    }

    @Test
    void whatIsNotInMemoryIsReadOnFileThreadsOnly() throws Exception {
        write(lines(events(1, 3)));
        LogFile log = scan(-1).log();
        assertThrows(NeedsReading.class, () -> log.event(2));
        SessionEvent read = onFileThread(() -> log.event(3));
        assertEquals(read, log.event(3));
        assertEquals(2, log.event(2).version());
        log.forget();
        assertThrows(NeedsReading.class, () -> log.event(2));
    }

    @Test
    void aForkReadsItsParentUntilItHasItsFile() throws Exception {
        List<SessionEvent> events = events(1, 100);
        write(lines(events));
        LogFile parent = scan(-1).log();
        LogFile fork = parent.fork("f", 70, List.of());
        assertEquals(
                events.subList(0, 70).stream().map(e -> Events.under(e, "f")).toList(), read(fork));
        assertEquals(70, fork.inherited());
        Path own = FILE.resolveSibling("f.jsonl");
        byte[] bytes = bytes(FILE);
        write(own, new String(bytes, 0, (int) fork.end(), StandardCharsets.UTF_8));
        fork.copied(own);
        disk.delete(FILE);
        fork.forget();
        assertEquals(70, read(fork).size());
        assertEquals(0, (long) onFileThread(() -> fork.versionOf("e71")));
        assertEquals(70, (long) onFileThread(() -> fork.versionOf("e70")));
        List<SessionEvent> more = events(71, 80);
        append(own, fork, more);
        assertEquals(80, read(fork).size());
        assertEquals(75, (long) onFileThread(() -> fork.versionOf("e75")));
    }

    @Test
    void aLineThatChangedIsFoundWhenItIsRead() throws Exception {
        write(lines(events(1, 10)));
        LogFile log = scan(-1).log();
        String text = new String(bytes(FILE), StandardCharsets.UTF_8);
        write(text.replace("text 7", "text 8"));
        assertEquals(6, onFileThread(() -> log.event(6)).version());
        SessionDamagedException failure =
                assertThrows(SessionDamagedException.class, () -> onFileThread(() -> log.event(7)));
        assertEquals(7, failure.line());
    }

    // ---- helpers

    private LogFile.Scan scan(long knownFlushed) throws IOException {
        return LogFile.scan(blocks, "s", FILE, "s.jsonl", List.of(), knownFlushed);
    }

    private static List<SessionEvent> read(StoredLog log) throws Exception {
        return onFileThread(() -> {
            List<SessionEvent> events = new ArrayList<>();
            for (long v = 1; v <= log.version(); v++) {
                events.add(log.event(v));
            }
            return events;
        });
    }

    private static <T> T onFileThread(Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        FileThreads.execute(future);
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    private void append(Path file, LogFile log, List<SessionEvent> events) throws IOException {
        long offset = log.end();
        byte[] bytes = lines(events).getBytes(StandardCharsets.UTF_8);
        try (Disk.File open = disk.open(file, Disk.Mode.WRITE)) {
            open.writeFully(ByteBuffer.wrap(bytes), offset);
        }
        log.append(
                events,
                offset,
                events.stream()
                        .mapToInt(e -> LineCodec.standard().encode(e).length)
                        .toArray());
    }

    private void write(String text) throws IOException {
        write(FILE, text);
    }

    private void write(Path file, String text) throws IOException {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private void write(Path file, byte[] bytes) throws IOException {
        try (Disk.File open = disk.open(file, Disk.Mode.CREATE)) {
            open.truncate(0);
            open.writeFully(ByteBuffer.wrap(bytes), 0);
        }
    }

    private byte[] bytes(Path file) throws IOException {
        try (Disk.File open = disk.open(file, Disk.Mode.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate((int) open.size());
            open.readFully(buffer, 0);
            return buffer.array();
        }
    }

    private static List<SessionEvent> events(int from, int to) {
        List<SessionEvent> events = new ArrayList<>();
        for (int v = from; v <= to; v++) {
            events.add(event(v, 1, "e" + v, "text " + v));
        }
        return events;
    }

    private static SessionEvent event(long version, int batch, String id, String text) {
        EventDraft draft = EventDraft.of("user_message", Json.object("message", Json.object("content", text)));
        return Events.of("s", version, 1000 + 2 * version, id, AT, batch, draft, Upcasters.none());
    }

    private static String lines(List<SessionEvent> events) {
        StringBuilder lines = new StringBuilder();
        for (SessionEvent event : events) {
            lines.append(StandardCharsets.UTF_8.decode(event.line())).append('\n');
        }
        return lines.toString();
    }
}
