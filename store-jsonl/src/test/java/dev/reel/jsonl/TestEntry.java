package dev.reel.jsonl;

import dev.reel.ReelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An entry whose result a test can query. */
final class TestEntry extends JournalEntry {

    private final Supplier<FileEnd> before;
    private final CompletableFuture<Boolean> told = new CompletableFuture<>();

    private TestEntry(
            Frame.Kind kind,
            String sessionId,
            long firstVersion,
            long firstPosition,
            List<byte[]> lines,
            @Nullable String parentId,
            @Nullable FileEnd inherited,
            @Nullable JournalEntry after,
            Supplier<FileEnd> before) {
        super(kind, sessionId, firstVersion, firstPosition, lines, parentId, inherited, after);
        this.before = before;
    }

    static TestEntry events(String sessionId, long firstVersion, long firstPosition, String... lines) {
        return events(null, sessionId, firstVersion, firstPosition, lines);
    }

    static TestEntry events(
            @Nullable TestEntry after, String sessionId, long firstVersion, long firstPosition, String... lines) {
        return behind(FileEnd.EMPTY, after, sessionId, firstVersion, firstPosition, lines);
    }

    /** For a session whose file already exists. */
    static TestEntry behind(
            FileEnd before,
            @Nullable TestEntry after,
            String sessionId,
            long firstVersion,
            long firstPosition,
            String... lines) {
        return new TestEntry(
                Frame.Kind.EVENTS,
                sessionId,
                firstVersion,
                firstPosition,
                bytes(lines),
                null,
                null,
                after,
                () -> before);
    }

    /** For a session that cannot be written, for that reason. */
    static TestEntry behind(
            ReelException damage, String sessionId, long firstVersion, long firstPosition, String... lines) {
        return new TestEntry(
                Frame.Kind.EVENTS, sessionId, firstVersion, firstPosition, bytes(lines), null, null, null, () -> {
                    throw damage;
                });
    }

    static TestEntry fork(String sessionId, String parentId, FileEnd inherited, long firstPosition, String... lines) {
        return new TestEntry(
                Frame.Kind.FORK,
                sessionId,
                inherited.version() + 1,
                firstPosition,
                bytes(lines),
                parentId,
                inherited,
                null,
                () -> FileEnd.EMPTY);
    }

    static TestEntry purge(@Nullable TestEntry after, String sessionId, long position) {
        return new TestEntry(
                Frame.Kind.PURGE, sessionId, 0, position, bytes("purged"), null, null, after, () -> FileEnd.EMPTY);
    }

    private static List<byte[]> bytes(String... lines) {
        List<byte[]> bytes = new ArrayList<>();
        for (String line : lines) {
            bytes.add(line.getBytes(StandardCharsets.UTF_8));
        }
        return bytes;
    }

    @Override
    FileEnd sessionEnd() {
        return before.get();
    }

    @Override
    void durable() {
        told.complete(true);
    }

    @Override
    void failed(ReelException why) {
        told.complete(false);
    }

    boolean isTold() {
        return told.isDone();
    }

    boolean isDurable() {
        return told.getNow(false);
    }

    /** Waits until it is reported; returns null if it is durable, else the failure. */
    @Nullable
    ReelException outcome() throws InterruptedException, ExecutionException, TimeoutException {
        told.get(30, TimeUnit.SECONDS);
        return error();
    }

    /** The bytes of its frame that belong in the file. */
    String content() {
        StringBuilder all = new StringBuilder();
        for (byte[] line : lines()) {
            all.append(new String(line, StandardCharsets.UTF_8)).append('\n');
        }
        return all.toString();
    }

    /** Whether the frame contains exactly this. */
    boolean isIn(Frame frame) {
        byte[] bytes = new byte[frame.bytes().remaining()];
        frame.bytes().duplicate().get(bytes);
        String text = new String(bytes, StandardCharsets.UTF_8);
        return frame.kind() == kind()
                && frame.sessionId().equals(sessionId())
                && frame.firstVersion() == firstVersion()
                && frame.count() == count()
                && frame.firstPosition() == firstPosition()
                && (text.equals(content()) || text.equals("\n" + content()));
    }
}
