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
 * Brings the session files of a directory, ExAthena's or Reel's, into a store. Immutable.
 *
 * <pre>{@code
 * ImportResult result = JsonlImport.into(store).withRoot(Path.of("sessions")).run().block();
 * }</pre>
 *
 * <p>Only files named {@code *.jsonl} that lie directly in the root are read; a file's name without {@code .jsonl} is the
 * session id. Each line is recorded as it is, id and instant included, so that importing twice gives the same rows and
 * the same message ids. What can't be read is reported, and everything else is kept; a file in which nothing can be read
 * is no session. Where the store has the session:
 *
 * <ul>
 *   <li>if the file is a beginning of the log, or the same, nothing is written: what was done here since the last import
 *       stays;
 *   <li>if the log is a beginning of the file, the rest is appended;
 *   <li>else the session is purged and written anew. That is not one step: where the import ends in the middle of it,
 *       the session has the beginning of the file, and the next import appends the rest.
 * </ul>
 *
 * <p>An event of the log and one of the file are the same if id and content (type, v, data) are. A few hundred events are
 * in memory at a time, and some 50 to 100 bytes for each id of the file that is being read.
 */
public final class JsonlImport {

    /** Where ExAthena keeps its sessions, from the working directory. */
    public static final Path DEFAULT_ROOT = Path.of(".exathena", "sessions");

    /** How often a file is compared anew with a session that somebody else writes to meanwhile. */
    private static final int ATTEMPTS = 5;

    private final SessionStore store;
    private final Path root;
    private final boolean overwrite;
    private final JsonLimits limits;
    private final Progress progress;

    /** Is told how far an import is. */
    public interface Progress {
        /**
         * Some more files are done.
         *
         * @param files how many are done
         * @param of how many there are
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
     * An import from {@link #DEFAULT_ROOT} that overwrites.
     *
     * @param store where to
     * @return the import
     */
    public static JsonlImport into(SessionStore store) {
        return new JsonlImport(
                Objects.requireNonNull(store, "store"), DEFAULT_ROOT, true, JsonLimits.DEFAULT, (files, of) -> {});
    }

    /**
     * From another directory.
     *
     * @param newRoot the directory
     * @return a copy
     */
    public JsonlImport withRoot(Path newRoot) {
        return new JsonlImport(store, newRoot, overwrite, limits, progress);
    }

    /**
     * With or without regard to sessions that are there.
     *
     * @param newOverwrite false to leave alone every session that has events
     * @return a copy
     */
    public JsonlImport withOverwrite(boolean newOverwrite) {
        return new JsonlImport(store, root, newOverwrite, limits, progress);
    }

    /**
     * With other bounds for a line: longer ones are problems.
     *
     * @param newLimits the bounds
     * @return a copy
     */
    public JsonlImport withLimits(JsonLimits newLimits) {
        return new JsonlImport(store, root, overwrite, newLimits, progress);
    }

    /**
     * With somebody who is told how far it is: before the first file, and after each, on the import's thread.
     *
     * @param newProgress is told
     * @return a copy
     */
    public JsonlImport withProgress(Progress newProgress) {
        return new JsonlImport(store, root, overwrite, limits, newProgress);
    }

    /**
     * Imports, one file after another, by the time of their last event, so that the session that was changed last gets the
     * last positions. Each subscription is an import of its own, and nothing happens before. A
     * cancel ends it between two appends.
     *
     * @return what was found and done; {@link java.nio.file.NoSuchFileException} where the root is not there, {@link
     *     java.nio.file.NotDirectoryException} where it is no directory, and what the store signals
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
