package dev.reel.jsonl;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.ExpectedVersion;
import dev.reel.MalformedEventException;
import dev.reel.Range;
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
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One pass over one file. It compares the file's events with the session's log, up to the end of the log, then appends
 * the events that the log lacks. Used once.
 */
final class FileImport {

    /** The maximum number of entries of a piece, and of bytes of its lines without the last one. */
    private static final int PIECE_ENTRIES = 500;

    private static final int PIECE_BYTES = 4 << 20;

    /** How many appends wait for the disk together; one flush serves all of them. */
    private static final int AT_ONCE = 256;

    /** How often in a row a store may be too busy before the import fails. */
    private static final int MOST_WAITS = 20;

    /** What to do with an event. */
    enum Mode {
        /** Count it. */
        COUNT,
        /** Compare it with the log; after the end of the log, append it and all that follow. */
        COMPARE,
        /** Append it. */
        APPEND
    }

    /** The log and the file each have an event that the other lacks. */
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

    /** The version of the last event that the log and the file have in common. */
    private long version;

    private @Nullable String lastId;

    FileImport(SessionStore store, SessionFile file, String name, Mode mode) {
        this.store = store;
        this.file = file;
        this.name = name;
        this.mode = mode;
    }

    /** Runs the pass and emits the counts, or fails with {@link Diverged}. */
    Mono<Tally> run() {
        return file.read()
                .bufferUntil(new EndOfPiece(), true)
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

    /**
     * Appends each event as a batch of its own. A batch is read completely or not at all, but lines of a file are
     * independent: damage to one line must not lose others.
     */
    private Mono<Void> append(List<FileEntry.Event> events) {
        Rest rest = new Rest(events);
        return Mono.defer(() -> appendOn(rest)).repeat(() -> !rest.isDone()).then();
    }

    /**
     * Appends the remaining events concurrently, up to the first one that fails. Each event expects the version of the
     * one before it.
     */
    private Mono<Void> appendOn(Rest rest) {
        List<FileEntry.Event> events = rest.events();
        long before = version;
        String lastOfLog = lastId;
        return Flux.range(0, events.size())
                .flatMapSequential(
                        i -> appendOne(
                                events.get(i).event(),
                                before + i,
                                i == 0 ? lastOfLog : events.get(i - 1).event().id()),
                        AT_ONCE)
                .collectList()
                .flatMap(answers -> take(rest, answers));
    }

    private Mono<Answer> appendOne(EventDraft event, long afterVersion, @Nullable String afterId) {
        WriteOptions options = WriteOptions.recorded()
                .withExpected(
                        afterId == null ? ExpectedVersion.emptyLog() : ExpectedVersion.exactly(afterVersion, afterId));
        return Mono.defer(() -> store.append(file.sessionId(), List.of(event), options))
                .map(commit -> new Answer(commit, null))
                .onErrorResume(e -> Mono.just(new Answer(null, e)));
    }

    /** After the first event that failed, all others failed too, because each expects the one before it. */
    private Mono<Void> take(Rest rest, List<Answer> answers) {
        for (Answer answer : answers) {
            Commit commit = answer.commit;
            if (commit == null) {
                return goOnAfter(Objects.requireNonNull(answer.error), rest);
            }
            version = commit.version();
            lastId = commit.eventId();
            rest.next++;
            rest.waits = 0;
        }
        return Mono.empty();
    }

    private Mono<Void> goOnAfter(Throwable error, Rest rest) {
        if (isRefused(error)) {
            FileEntry.Event refused = rest.events.get(rest.next);
            tally.problem(name, refused.line(), "the store rejects it: " + error.getMessage());
            rest.next++;
            return Mono.empty();
        }
        if (error instanceof StoreBusyException && rest.waits < MOST_WAITS) {
            rest.waits++;
            return Mono.delay(Duration.ofMillis(Math.min(1_000, 10L << Math.min(rest.waits, 7))))
                    .then();
        }
        return Mono.error(error);
    }

    /** The result of an append: one of the two is set. */
    private record Answer(@Nullable Commit commit, @Nullable Throwable error) {}

    /** Events that are being appended. */
    private static final class Rest {

        private final List<FileEntry.Event> events;
        private int next;

        /** How often in a row the store was too busy to accept one. */
        private int waits;

        Rest(List<FileEntry.Event> events) {
            this.events = events;
        }

        List<FileEntry.Event> events() {
            return events.subList(next, events.size());
        }

        boolean isDone() {
            return next == events.size();
        }
    }

    private static boolean isRefused(Throwable error) {
        return error instanceof TooLargeException || error instanceof MalformedEventException;
    }

    private static String reasonOf(IOException error) {
        return error instanceof AccessDeniedException ? "no permission to read it" : "can't be read: " + error;
    }

    /** Returns true for an entry that starts a new piece. */
    private static final class EndOfPiece implements Predicate<FileEntry> {

        private int entries;
        private long bytes;

        @Override
        public boolean test(FileEntry entry) {
            boolean ends = entries == PIECE_ENTRIES || bytes >= PIECE_BYTES;
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
