package dev.reel.jsonl;

import dev.reel.Ids;
import dev.reel.JsonLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;

/**
 * A session's JSONL file, to be read: ExAthena's, Reel's, or Reel's that went on with ExAthena's. Immutable.
 *
 * <pre>{@code
 * SessionFile.of(Path.of("s1.jsonl"), "s1").read()
 *         .ofType(FileEntry.Event.class)
 *         .map(FileEntry.Event::event)
 * }</pre>
 *
 * <p>It reads what a person or a crash may have left: blank lines, CR LF, a byte order mark, a last line without its
 * end. A foreign line without a usable {@code uuid} gets an id that follows from file name, line number and content. An
 * id that comes again with the same content (type, v, data) is {@link FileEntry.Repeated}; with other content it becomes
 * {@code id~2}, {@code id~3} and so on. What can't be read is a {@link FileEntry.Problem}, and never the end of the
 * reading, except that nothing is taken of a batch that the end of the file cut off.
 *
 * <p>What this type will never do: write, lock, or remember what it read.
 */
public final class SessionFile {

    /** What the names of session files end with. */
    static final String SUFFIX = ".jsonl";

    private final Path path;
    private final String sessionId;
    private final JsonLimits limits;

    private SessionFile(Path path, String sessionId, JsonLimits limits) {
        this.path = path;
        this.sessionId = sessionId;
        this.limits = limits;
    }

    /**
     * A session's file.
     *
     * @param path where it is
     * @param sessionId the session whose log it holds
     * @return the file, which need not be there before it is read
     * @throws IllegalArgumentException when the session id is malformed
     */
    public static SessionFile of(Path path, String sessionId) {
        return new SessionFile(
                Objects.requireNonNull(path, "path"), Ids.check("session id", sessionId), JsonLimits.DEFAULT);
    }

    /**
     * With other bounds for a line: longer ones are problems.
     *
     * @param newLimits the bounds
     * @return a copy
     */
    public SessionFile withLimits(JsonLimits newLimits) {
        return new SessionFile(path, sessionId, newLimits);
    }

    /**
     * Where the file is.
     *
     * @return the path
     */
    public Path path() {
        return path;
    }

    /**
     * The session whose log it holds.
     *
     * @return the session id
     */
    public String sessionId() {
        return sessionId;
    }

    /**
     * Reads the file, from its beginning to where its end is when it gets there. Each subscription opens it anew; nothing
     * is opened before, and it is closed when the reading ends or is cancelled. No more than a few hundred lines, or the
     * longest one, are in memory. The file is read on threads that do nothing else, and that no cancel interrupts; a
     * subscriber runs on those of Reactor's {@link Schedulers#boundedElastic()}.
     *
     * @return what the file holds, line by line; an {@link IOException} where it can't be opened or read
     */
    public Flux<FileEntry> read() {
        return Flux.generate(this::open, SessionFile::emitNext, SessionFile::closeLater)
                .subscribeOn(FileThreads.SCHEDULER)
                .publishOn(Schedulers.boundedElastic(), 1)
                .flatMapIterable(Function.identity(), 1);
    }

    private EntryReader open() throws IOException {
        Path name = path.getFileName();
        return new EntryReader(Files.newByteChannel(path), name == null ? "" : name.toString(), sessionId, limits);
    }

    private static EntryReader emitNext(EntryReader reader, SynchronousSink<List<FileEntry>> sink) {
        try {
            List<FileEntry> piece = reader.next();
            if (piece.isEmpty()) {
                sink.complete();
            } else {
                sink.next(piece);
            }
        } catch (IOException e) {
            sink.error(e);
        }
        return reader;
    }

    /** A cancel comes on the subscriber's thread. */
    private static void closeLater(EntryReader reader) {
        FileThreads.execute(() -> {
            try {
                reader.close();
            } catch (IOException e) {
                // Everything that was to be read was read; nobody is left who could be told.
            }
        });
    }
}
