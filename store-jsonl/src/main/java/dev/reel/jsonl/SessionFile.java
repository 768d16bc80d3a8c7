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
 * A session's JSONL file, opened for reading. Its lines were written by ExAthena, by Reel, or by ExAthena first and
 * then by Reel. Immutable.
 *
 * <pre>{@code
 * SessionFile.of(Path.of("s1.jsonl"), "s1").read()
 * .ofType(FileEntry.Event.class)
 * .map(FileEntry.Event::event)
 * }</pre>
 *
 * <p>It accepts what a person or a crash may have left: blank lines, CR LF, a byte order mark, a last line without its
 * end. A foreign line without a usable {@code uuid} gets an id that is derived from file name, line number and content.
 * A line that has the same id and content (type, v, data) as an earlier one is {@link FileEntry.Repeated}. With other
 * content, it gets {@code id~2}, {@code id~3} and so on. An unreadable line is a {@link FileEntry.Problem} and does not
 * end the reading. A batch that the end of the file cut off is left out completely.
 *
 * <p>This type never writes, takes no lock, and keeps nothing that it read.
 */
public final class SessionFile {

    /** The suffix of session file names. */
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
     * Creates a reader for a session's file.
     *
     * @param path the path of the file
     * @param sessionId the session whose log it contains
     * @return the file, which need not exist before it is read
     * @throws IllegalArgumentException if the session id is malformed
     */
    public static SessionFile of(Path path, String sessionId) {
        return new SessionFile(
                Objects.requireNonNull(path, "path"), Ids.check("session id", sessionId), JsonLimits.DEFAULT);
    }

    /**
     * Sets the limits for a line; longer lines are reported as problems.
     *
     * @param newLimits the limits
     * @return a copy
     */
    public SessionFile withLimits(JsonLimits newLimits) {
        return new SessionFile(path, sessionId, newLimits);
    }

    /**
     * Returns the path of the file.
     *
     * @return the path
     */
    public Path path() {
        return path;
    }

    /**
     * Returns the session whose log the file contains.
     *
     * @return the session id
     */
    public String sessionId() {
        return sessionId;
    }

    /**
     * Reads the file from its beginning to its current end. Nothing is opened until you subscribe. Each subscription
     * opens the file anew, and closes it when the reading ends or is cancelled. At most a few hundred lines, or the
     * longest one, are in memory. The file is read on threads that only read files, and that a cancel does not
     * interrupt. Subscribers run on Reactor's {@link Schedulers#boundedElastic()}.
     *
     * @return the entries of the file, line by line; fails with an {@link IOException} if it cannot be opened or read
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

    /** A cancel arrives on the subscriber's thread, which must not block. */
    private static void closeLater(EntryReader reader) {
        FileThreads.execute(() -> {
            try {
                reader.close();
            } catch (IOException e) {
                // Everything was read, and no subscriber is left to receive an error.
            }
        });
    }
}
