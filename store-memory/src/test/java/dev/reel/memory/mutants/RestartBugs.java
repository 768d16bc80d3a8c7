package dev.reel.memory.mutants;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.LogChangedException;
import dev.reel.Range;
import dev.reel.Rewind;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.SessionStore;
import dev.reel.Snapshot;
import dev.reel.StoreOptions;
import dev.reel.WriteOptions;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Bugs of stores that forget something when they are restarted. */
final class RestartBugs {

    private RestartBugs() {}

    /** Correct until it is restarted. */
    abstract static class Forgetful extends Broken {

        boolean restarted;

        Forgetful(StoreOptions options) {
            super(options);
        }

        /** The store with which to continue after a restart. */
        SessionStore restart() {
            restarted = true;
            return this;
        }
    }

    @Bug(rule = "R7", test = "RestartContract#events", does = "is empty after a restart")
    static final class StartsEmpty extends Forgetful {

        private final StoreOptions options;

        StartsEmpty(StoreOptions options) {
            super(options);
            this.options = options;
        }

        @Override
        SessionStore restart() {
            close();
            return new StartsEmpty(options);
        }
    }

    @Bug(rule = "R2", test = "RestartContract#positionsRise", does = "counts positions from 1 again after a restart")
    static final class CountsPositionsAnew extends Forgetful {

        private long before;

        CountsPositionsAnew(StoreOptions options) {
            super(options);
        }

        @Override
        SessionStore restart() {
            before = Objects.requireNonNull(healthy().position().block()).position();
            return super.restart();
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            return super.append(sessionId, events, options)
                    .map(commit -> new Commit(
                            commit.sessionId(),
                            commit.firstVersion(),
                            commit.version(),
                            commit.eventId(),
                            commit.position() > before ? commit.position() - before : commit.position(),
                            commit.at(),
                            commit.repeated()));
        }
    }

    @Bug(rule = "R5", test = "RestartContract#repeats", does = "knows no event ids of before a restart")
    static final class ForgetsEventIds extends Forgetful {
        ForgetsEventIds(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            return super.append(
                    sessionId,
                    restarted
                            ? events.stream()
                                    .map(event -> EventDraft.of(event.type(), event.data()))
                                    .toList()
                            : events,
                    options);
        }
    }

    @Bug(rule = "R6", test = "RestartContract#keys", does = "knows no idempotency keys of before a restart")
    static final class ForgetsKeys extends Forgetful {
        ForgetsKeys(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            return call.apply(restarted ? options(options, true, true, false) : options);
        }
    }

    @Bug(
            rule = "R6",
            test = "RestartContract#purgeRepeated",
            does = "knows no idempotency keys of purges of before a restart")
    static final class ForgetsKeysOfPurges extends Forgetful {
        ForgetsKeysOfPurges(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Void> purge(String sessionId, WriteOptions options) {
            return super.purge(sessionId, restarted ? options(options, true, true, false) : options);
        }
    }

    @Bug(rule = "R8", test = "RestartContract#turns", does = "fences no turn of before a restart")
    static final class ForgetsTurns extends Forgetful {
        ForgetsTurns(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            return call.apply(restarted ? options(options, true, false, true) : options);
        }
    }

    @Bug(rule = "R8", test = "RestartContract#closedSessions", does = "reopens closed sessions when it is restarted")
    static final class ForgetsClosing extends Forgetful {

        ForgetsClosing(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Session> getSession(String sessionId) {
            return super.getSession(sessionId)
                    .map(row -> restarted
                            ? new Session(
                                    row.id(),
                                    row.parentId(),
                                    row.parentVersion(),
                                    row.title(),
                                    row.model(),
                                    row.createdAt(),
                                    row.updatedAt(),
                                    row.metadata(),
                                    false,
                                    row.position())
                            : row);
        }
    }

    @Bug(rule = "R14", test = "RestartContract#places", does = "rejects the places of before a restart")
    static final class RejectsOldPlaces extends Forgetful {
        RejectsOldPlaces(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> replay(String sessionId, Range range) {
            var place = range.afterPlace();
            return restarted && place != null
                    ? Flux.error(new LogChangedException(sessionId, place, 1))
                    : super.replay(sessionId, range);
        }
    }

    @Bug(rule = "R16", test = "RestartContract#feedIsTheSame", does = "loses the entries of purges in a restart")
    static final class ForgetsPurgesInTheFeed extends Forgetful {
        ForgetsPurgesInTheFeed(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<SessionEvent> feed(Flux<SessionEvent> events) {
            return restarted ? events.filter(event -> !event.type().equals("session_purged")) : events;
        }
    }

    @Bug(rule = "R17", test = "RestartContract#redo", does = "can't redo after a restart")
    static final class ForgetsRedo extends Forgetful {
        ForgetsRedo(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Rewind> redo(String sessionId, WriteOptions options) {
            return restarted
                    ? super.state(sessionId).map(state -> new Rewind(sessionId, null, 0, 0, 0, state.version()))
                    : super.redo(sessionId, options);
        }
    }

    @Bug(rule = "R17", test = "RestartContract#lists", does = "lists sessions by id after a restart")
    static final class ListsById extends Forgetful {
        ListsById(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<Session> listSessions(SessionQuery query) {
            Flux<Session> rows = super.listSessions(query);
            return restarted ? rows.sort((one, other) -> one.id().compareTo(other.id())) : rows;
        }
    }

    @Bug(rule = "R20", test = "RestartContract#snapshots", does = "finds no snapshot of before a restart")
    static final class ForgetsSnapshots extends Forgetful {
        ForgetsSnapshots(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Snapshot> getSnapshot(String snapshotId) {
            return restarted ? Mono.empty() : super.getSnapshot(snapshotId);
        }
    }

    @Bug(rule = "R25", test = "RestartContract#purges", does = "has purged sessions again after a restart")
    static final class ForgetsPurges extends Forgetful {

        private @Nullable List<SessionEvent> purged;

        ForgetsPurges(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Void> purge(String sessionId, WriteOptions options) {
            return healthy()
                    .replay(sessionId, Range.all())
                    .collectList()
                    .doOnNext(events -> purged = events)
                    .then(super.purge(sessionId, options));
        }

        @Override
        public Flux<SessionEvent> replay(String sessionId, Range range) {
            List<SessionEvent> back = purged;
            return restarted && back != null && back.get(0).sessionId().equals(sessionId)
                    ? Flux.fromIterable(back)
                    : super.replay(sessionId, range);
        }
    }
}
