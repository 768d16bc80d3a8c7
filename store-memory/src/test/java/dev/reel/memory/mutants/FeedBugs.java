package dev.reel.memory.mutants;

import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Fork;
import dev.reel.ForkRequest;
import dev.reel.Range;
import dev.reel.Session;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.WriteOptions;
import dev.reel.spi.Events;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Bugs of the feed: R16. */
final class FeedBugs {

    private FeedBugs() {}

    @Bug(
            rule = "R16",
            test = "FeedContract#everyEventOnce",
            does = "emits the feed session by session, not in position order")
    static final class OrdersBySession extends Broken {
        OrdersBySession(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
            return super.replayAll(after, filter).sort((a, b) -> a.sessionId().compareTo(b.sessionId()));
        }
    }

    @Bug(
            rule = "R16",
            test = "FeedContract#forksAreNotGivenAgain",
            does = "emits inherited events again in the feed, under the fork")
    static final class RepeatsWhatForksInherit extends Broken {
        RepeatsWhatForksInherit(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<SessionEvent> feed(Flux<SessionEvent> events) {
            return events.concatMap(
                    event -> event.type().equals("session_fork")
                            ? healthy().replay(event.sessionId(), Range.between(0, event.version()))
                            : Mono.just(event),
                    1);
        }
    }

    @Bug(
            rule = "R16",
            test = "FeedContract#typesFilter",
            does = "drops session_purged and session_fork if a types filter is set")
    static final class FiltersPurges extends Broken {
        FiltersPurges(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
            return super.replayAll(after, filter)
                    .filter(event -> filter.types().isEmpty() || filter.types().contains(event.type()));
        }
    }

    @Bug(
            rule = "R16",
            test = "FeedContract#prefixFilter",
            does = "lets session_purged pass a prefix filter of other sessions")
    static final class PurgesPassThePrefix extends Broken {
        PurgesPassThePrefix(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
            return super.replayAll(after, FeedFilter.all().withUpTo(FeedPlace.of(filter.upTo())))
                    .filter(event -> event.version() == 0 || filter.passes(event.sessionId(), event.type()));
        }
    }

    @Bug(
            rule = "R16",
            test = "FeedContract#position",
            does = "returns a position above the last one that the feed may emit")
    static final class PositionAhead extends Broken {
        PositionAhead(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<FeedPlace> position() {
            return super.position().map(place -> FeedPlace.of(place.position() + 1));
        }
    }

    @Bug(rule = "R16", test = "FeedTailContract#fromNow", does = "treats now as the start of the feed")
    static final class NowIsTheStart extends Broken {
        NowIsTheStart(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter) {
            return super.tailAll(after.isNow() ? FeedPlace.start() : after, filter);
        }
    }

    @Bug(rule = "R16", test = "FeedContract#purged", does = "keeps a purged session's events in the feed")
    static final class FeedKeepsThePurged extends Broken {
        private final List<SessionEvent> kept = new CopyOnWriteArrayList<>();

        FeedKeepsThePurged(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Void> purge(String sessionId, WriteOptions options) {
            Mono<Void> purge = super.purge(sessionId, options);
            return healthy().replay(sessionId, Range.all()).doOnNext(kept::add).then(purge);
        }

        @Override
        public Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
            return Flux.defer(() -> Flux.fromIterable(kept)).concatWith(super.replayAll(after, filter));
        }
    }

    @Bug(
            rule = "R16",
            test = "FeedContract#forksAreNotGivenAgain",
            does = "emits the session_fork of a fork under its parent")
    static final class ForksUnderTheirParent extends Broken {
        ForksUnderTheirParent(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<SessionEvent> feed(Flux<SessionEvent> events) {
            return events.map(event -> event.type().equals("session_fork")
                    ? Events.under(event, String.valueOf(event.data().textOf("parent_id")))
                    : event);
        }
    }

    @Bug(
            rule = "R16",
            test = "FeedTailContract#historyThenLive",
            does = "emits live events that a slow disk published late after later positions")
    static final class GivesLate extends Broken {
        GivesLate(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter) {
            return super.tailAll(after, filter)
                    .flatMap(event -> event.position() % 3 == 1
                            ? Mono.just(event).delayElement(Duration.ofMillis(20))
                            : Mono.just(event));
        }
    }

    @Bug(rule = "R16", test = "FeedContract#lastOfFeed", does = "counts the last n before it filters by types")
    static final class CountsBeforeItFilters extends Broken {
        CountsBeforeItFilters(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> replayAll(FeedPlace after, FeedFilter filter) {
            FeedFilter unfiltered =
                    FeedFilter.all().withUpTo(FeedPlace.of(filter.upTo())).withLast(filter.last());
            return super.replayAll(after, unfiltered).filter(event -> filter.passes(event.sessionId(), event.type()));
        }
    }

    @Bug(rule = "R16", test = "FeedTailContract#fromLast", does = "emits the last n events, and no live events")
    static final class EndsWithTheLast extends Broken {
        EndsWithTheLast(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter) {
            return filter.last() == Long.MAX_VALUE ? super.tailAll(after, filter) : super.replayAll(after, filter);
        }
    }

    @Bug(rule = "R16", test = "FeedTailContract#passed", does = "moves no checkpoint past the dropped events")
    static final class NeverPasses extends Broken {
        NeverPasses(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions options) {
            return super.tailAllSignals(after, filter, options)
                    .filter(signal -> !(signal instanceof TailSignal.Passed));
        }
    }

    @Bug(rule = "R16", test = "FeedTailContract#upTo", does = "continues after the end position of its filter")
    static final class NeverEnds extends Broken {
        NeverEnds(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter) {
            return super.tailAll(after, filter).concatWith(Mono.never());
        }
    }

    @Bug(rule = "R16", test = "FeedContract#sessionIds", does = "lists a session by its last event, not by its first")
    static final class ListsIdsBackwards extends Broken {
        ListsIdsBackwards(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<String> sessionIds() {
            return super.sessionIds().collectList().flatMapIterable(ids -> {
                Collections.reverse(ids);
                return ids;
            });
        }
    }

    @Bug(
            rule = "R16",
            test = "FeedContract#inheritedPartsAreReadable",
            does = "loses the inherited events of a fork if the parent is purged")
    static final class ForksNeedTheirParent extends Broken {
        private final Map<String, Set<String>> forks = new ConcurrentHashMap<>();

        ForksNeedTheirParent(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Fork> fork(String sessionId, ForkRequest request, WriteOptions options) {
            return super.fork(sessionId, request, options)
                    .doOnNext(fork -> forks.computeIfAbsent(sessionId, id -> ConcurrentHashMap.newKeySet())
                            .add(fork.sessionId()));
        }

        @Override
        public Mono<Void> purge(String sessionId, WriteOptions options) {
            return super.purge(sessionId, options)
                    .then(Flux.fromIterable(forks.getOrDefault(sessionId, Set.of()))
                            .flatMap(fork -> healthy().purge(fork))
                            .then());
        }
    }

    @Bug(
            rule = "R16",
            test = "HeldFeedContract#theFeedWaits",
            does = "emits feed events above a position that is not settled")
    static final class DoesNotWaitForLowerPositions extends Broken {
        DoesNotWaitForLowerPositions(StoreOptions options) {
            super(options);
        }
    }

    @Bug(
            rule = "R16",
            test = "ConcurrencyContract#theListIsNotBehindTheFeed",
            does = "lists a changed session only after the write has completed")
    static final class ListsBehindTheFeed extends Broken {
        private volatile long listed;

        ListsBehindTheFeed(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            return call.apply(options)
                    .flatMap(answer -> healthy()
                            .position()
                            .doOnNext(place -> listed = place.position())
                            .thenReturn(answer));
        }

        @Override
        public Flux<Session> listSessions(SessionQuery query) {
            return super.listSessions(query).filter(row -> row.position() <= listed);
        }
    }

    @Bug(
            rule = "R13",
            test = "HeldFeedContract#closing",
            does = "ends the feed's tails before the accepted writes are published")
    static final class EndsFeedTailsEarly extends Broken {
        EndsFeedTailsEarly(StoreOptions options) {
            super(options);
        }
    }
}
