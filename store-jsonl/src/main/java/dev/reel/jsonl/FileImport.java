package dev.reel.jsonl;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.MalformedEventException;
import dev.reel.Range;
import dev.reel.ReelException;
import dev.reel.SessionEvent;
import dev.reel.SessionStore;
import dev.reel.StoreBusyException;
import dev.reel.TooLargeException;
import dev.reel.WriteOptions;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * One way through one file. It goes along the session's log as long as both say the same, then appends what the log has
 * not. Used once.
 */
final class FileImport {

    /** A batch has so many entries at most, and its lines so many bytes but for the last one. */
    private static final int BATCH_ENTRIES = 500;

    private static final int BATCH_BYTES = 4 << 20;

    private static final String FORK = "session_fork";

    /** What is done with an event. */
    enum Mode {
        /** Counts it. */
        COUNT,
        /** Compares it with the log; where that ends, appends it and what follows. */
        COMPARE,
        /** Appends it. */
        APPEND
    }

    /** Log and file each have an event that the other has not. */
    static final class Diverged extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Diverged() {
            super(null, null, false, false);
        }
    }

    private final SessionStore store;
    private final SessionFile file;
    private final String name;
    private final Tally tally = new Tally();

    private Mode mode;

    /** The event of the log up to which log and file are the same. */
    private long version;

    private @Nullable String lastId;

    FileImport(SessionStore store, SessionFile file, String name, Mode mode) {
        this.store = store;
        this.file = file;
        this.name = name;
        this.mode = mode;
    }

    /** Goes through the file; gives what was counted, or {@link Diverged}. */
    Mono<Tally> run() {
        return file.read()
                .bufferUntil(new EndOfBatch(), true)
                .concatMap(this::take, 1)
                .then()
                .onErrorResume(IOException.class, e -> {
                    tally.problem(name, 0, reasonOf(e));
                    return Mono.empty();
                })
                .then(Mono.just(tally));
    }

    private Mono<Void> take(List<FileEntry> entries) {
        List<FileEntry.Event> events = new ArrayList<>(entries.size());
        for (FileEntry entry : entries) {
            if (entry instanceof FileEntry.Event event) {
                events.add(event);
                tally.event(event.event());
            } else if (entry instanceof FileEntry.Problem problem) {
                tally.problem(name, problem.line(), problem.reason());
            } else {
                tally.repeated();
            }
        }
        if (events.isEmpty()) {
            return Mono.empty();
        }
        return switch (mode) {
            case COUNT -> Mono.empty();
            case COMPARE -> compare(events);
            case APPEND -> append(events);
        };
    }

    private Mono<Void> compare(List<FileEntry.Event> events) {
        long from = version;
        return store.replay(file.sessionId(), Range.between(from, from + events.size()))
                .doOnNext(logged -> compare(
                        logged, events.get((int) (logged.version() - from - 1)).event()))
                .then(Mono.defer(() -> {
                    int same = (int) (version - from);
                    if (same == events.size()) {
                        return Mono.empty();
                    }
                    mode = Mode.APPEND;
                    return append(events.subList(same, events.size()));
                }));
    }

    private void compare(SessionEvent logged, EventDraft held) {
        boolean same = logged.id().equals(held.id())
                && logged.type().equals(held.type())
                && logged.v() == held.v()
                && logged.data().equals(held.data());
        if (!same) {
            throw new Diverged();
        }
        version = logged.version();
        lastId = logged.id();
    }

    private Mono<Void> append(List<FileEntry.Event> events) {
        return Mono.defer(() -> {
                    List<EventDraft> drafts =
                            events.stream().map(FileEntry.Event::event).toList();
                    return store.append(file.sessionId(), drafts, atTheEnd());
                })
                .retryWhen(Retry.backoff(20, Duration.ofMillis(10))
                        .maxBackoff(Duration.ofSeconds(1))
                        .filter(StoreBusyException.class::isInstance)
                        .onRetryExhaustedThrow((spec, signal) -> signal.failure()))
                .doOnNext(this::isAppended)
                .then()
                .onErrorResume(FileImport::isRefused, e -> withoutRefused(events, (ReelException) e));
    }

    private WriteOptions atTheEnd() {
        String id = lastId;
        return WriteOptions.recorded()
                .withExpected(id == null ? ExpectedVersion.emptyLog() : ExpectedVersion.exactly(version, id));
    }

    private void isAppended(Commit commit) {
        version = commit.version();
        lastId = commit.eventId();
    }

    /** Finds the event that the store does not take, and keeps all others. */
    private Mono<Void> withoutRefused(List<FileEntry.Event> events, ReelException refusal) {
        if (events.size() == 1) {
            String reason = String.valueOf(refusal.getMessage());
            tally.problem(name, events.get(0).line(), "the store refuses it: " + reason);
            return Mono.empty();
        }
        int half = events.size() / 2;
        return append(events.subList(0, half)).then(append(events.subList(half, events.size())));
    }

    private static boolean isRefused(Throwable error) {
        return error instanceof TooLargeException || error instanceof MalformedEventException;
    }

    private static String reasonOf(IOException error) {
        return error instanceof AccessDeniedException ? "no permission to read it" : "can't be read: " + error;
    }

    /** Says before which entry a new batch begins; a fork begins one, since it may stand only there (R9). */
    private static final class EndOfBatch implements Predicate<FileEntry> {

        private int entries;
        private long bytes;

        @Override
        public boolean test(FileEntry entry) {
            boolean fork = entry instanceof FileEntry.Event event
                    && event.event().type().equals(FORK);
            boolean ends = fork || entries == BATCH_ENTRIES || bytes >= BATCH_BYTES;
            if (ends) {
                entries = 0;
                bytes = 0;
            }
            entries++;
            bytes += entry instanceof FileEntry.Event event ? event.size() : 0;
            return ends;
        }
    }
}
