package dev.reel.jsonl;

import dev.reel.JsonLimits;
import dev.reel.Range;
import dev.reel.SessionStore;
import dev.reel.VersionConflictException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * Imports the session files of a directory, ExAthena's or Reel's, into a store. Immutable.
 * <pre>{@code
 * ImportResult result = JsonlImport.into(store).withRoot(Path.of("sessions")).run().block();
 * }</pre>
 *
 * <p>Only files named {@code *.jsonl} directly in the root are read. The file's name without {@code .jsonl} is the
 * session id. Each line is recorded unchanged, with its id and instant, so importing twice gives the same rows and the
 * same message ids. Lines that cannot be read are reported, and everything else is kept. A file without any readable
 * event is not a session. If the store already has the session:
 *
 * <ul>
 *   <li>if the log begins with the file's events, nothing is written: events that were added here since the last import
 *       stay;
 *   <li>if the file begins with the log's events, the rest is appended;
 *   <li>otherwise the session is purged and written again. This is not atomic: if the import stops halfway, the session
 *       has the first events of the file, and the next import appends the rest.
 * </ul>
 *
 * <p>An event of the log and an event of the file are the same if their id and content (type, v, data) are equal. The
 * import holds a few hundred events in memory at a time, and some 50 to 100 bytes per id of the current file.
 */
public final class JsonlImport {

    /** The directory in which ExAthena keeps its sessions, relative to the working directory. */
    public static final Path DEFAULT_ROOT = Path.of(".exathena", "sessions");

    /** How often a file is compared again with a session that another writer changes meanwhile. */
    private static final int ATTEMPTS = 5;

    private final SessionStore store;
    private final Path root;
    private final boolean overwrite;
    private final JsonLimits limits;
    private final Progress progress;

    /** Receives the progress of an import. */
    public interface Progress {
        /**
         * Called after some more files are done.
         *
         * @param files how many files are done
         * @param of how many files there are
         */
        void at(int files, int of);
    }

    private JsonlImport(SessionStore store, Path root, boolean overwrite, JsonLimits limits, Progress progress) {
        this.store = store;
        this.root = root;
        this.overwrite = overwrite;
        this.limits = limits;
        this.progress = progress;
    }

    /**
     * Creates an import from {@link #DEFAULT_ROOT} that replaces sessions if needed.
     *
     * @param store the target store
     * @return the import
     */
    public static JsonlImport into(SessionStore store) {
        return new JsonlImport(
                Objects.requireNonNull(store, "store"), DEFAULT_ROOT, true, JsonLimits.DEFAULT, (files, of) -> {});
    }

    /**
     * Sets the directory to import from. The default is {@link #DEFAULT_ROOT}.
     *
     * @param newRoot the directory
     * @return a copy
     */
    public JsonlImport withRoot(Path newRoot) {
        return new JsonlImport(store, newRoot, overwrite, limits, progress);
    }

    /**
     * Sets whether existing sessions are updated or replaced. The default is true.
     *
     * @param newOverwrite false to leave alone every session that has events
     * @return a copy
     */
    public JsonlImport withOverwrite(boolean newOverwrite) {
        return new JsonlImport(store, root, newOverwrite, limits, progress);
    }

    /**
     * Sets the limits for a line; longer lines are reported as problems.
     *
     * @param newLimits the limits
     * @return a copy
     */
    public JsonlImport withLimits(JsonLimits newLimits) {
        return new JsonlImport(store, root, overwrite, newLimits, progress);
    }

    /**
     * Sets a callback for the progress. It is called before the first file and after each file, on the import's thread.
     *
     * @param newProgress the callback
     * @return a copy
     */
    public JsonlImport withProgress(Progress newProgress) {
        return new JsonlImport(store, root, overwrite, limits, newProgress);
    }

    /**
     * Imports one file after another, in the order of their last events, so that the session that was changed last gets
     * the last positions. Nothing happens until you subscribe; each subscription runs its own import. A cancel stops it
     * between two appends.
     *
     * @return what was found and done; fails with {@link java.nio.file.NoSuchFileException} if the root does not exist,
     *     {@link java.nio.file.NotDirectoryException} if it is not a directory, and with the store's errors
     */
    public Mono<ImportResult> run() {
        return Mono.defer(() -> {
            Tally all = new Tally();
            return Mono.fromCallable(() -> SessionDirectory.byLastEvent(root))
                    .subscribeOn(FileThreads.SCHEDULER)
                    .publishOn(Schedulers.boundedElastic())
                    .flatMapMany(files -> {
                        AtomicInteger done = new AtomicInteger();
                        progress.at(0, files.size());
                        return Flux.fromIterable(files)
                                .concatMap(this::importFile, 1)
                                .doOnNext(tally -> progress.at(done.incrementAndGet(), files.size()));
                    })
                    .doOnNext(all::add)
                    .then(Mono.fromSupplier(all::result));
        });
    }

    private Mono<Tally> importFile(SessionDirectory.Found found) {
        String id = found.sessionId();
        if (id == null || found.fault() != null) {
            Tally tally = new Tally();
            tally.problem(found.name(), 0, String.valueOf(found.fault()));
            return Mono.just(tally);
        }
        SessionFile file = SessionFile.of(found.path(), id).withLimits(limits);
        return overwrite
                ? bring(file, found.name())
                : isThere(id).flatMap(there -> there ? skip(file, found.name()) : bring(file, found.name()));
    }

    private Mono<Boolean> isThere(String sessionId) {
        return store.replay(sessionId, Range.last(1)).hasElements();
    }

    private Mono<Tally> skip(SessionFile file, String name) {
        return Mono.defer(() -> {
            FileImport counted = new FileImport(store, file, name, FileImport.Mode.COUNT);
            return counted.run().doOnNext(tally -> {
                if (tally.hasEvents()) {
                    tally.skipped();
                }
            });
        });
    }

    private Mono<Tally> bring(SessionFile file, String name) {
        return Mono.defer(() -> {
            AtomicBoolean purged = new AtomicBoolean();
            return Mono.defer(() -> new FileImport(store, file, name, FileImport.Mode.COMPARE).run())
                    .onErrorResume(
                            FileImport.Diverged.class,
                            e -> store.purge(file.sessionId())
                                    .doOnSuccess(nothing -> purged.set(true))
                                    .then(new FileImport(store, file, name, FileImport.Mode.APPEND).run()))
                    .retryWhen(Retry.max(ATTEMPTS)
                            .filter(VersionConflictException.class::isInstance)
                            .onRetryExhaustedThrow((spec, signal) -> signal.failure()))
                    .doOnNext(tally -> {
                        if (purged.get()) {
                            tally.replaced();
                        }
                    });
        });
    }
}
