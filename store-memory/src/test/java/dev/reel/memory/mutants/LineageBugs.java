package dev.reel.memory.mutants;

import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionPurgedException;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Bugs of readers that do not notice that their log ended: R13 and R14. */
final class LineageBugs {

    private LineageBugs() {}

    /** Continues in the next log if the log that is read is purged. */
    abstract static class GoesOn extends Broken {
        GoesOn(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<SessionEvent> events(String sessionId, Flux<SessionEvent> events) {
            return super.events(sessionId, events)
                    .onErrorResume(
                            SessionPurgedException.class, error -> healthy().tail(sessionId, From.start()));
        }
    }

    @Bug(
            rule = "R13",
            test = "LineageContract#waitingWithoutDemand",
            does =
                    "continues in the next log, if a tail that waited for the first event had no demand before the purge")
    static final class GoesOnInTheNextLog extends GoesOn {
        GoesOnInTheNextLog(StoreOptions options) {
            super(options);
        }
    }

    @Bug(
            rule = "R13",
            test = "LineageContract#stoppedInTheMiddle",
            does = "continues in the next log, if a reader stopped in the middle of the previous one")
    static final class GoesOnFromTheMiddle extends GoesOn {
        GoesOnFromTheMiddle(StoreOptions options) {
            super(options);
        }
    }

    @Bug(
            rule = "R13",
            test = "LineageContract#caughtUp",
            does = "lets a tail that has caught up wait for the next log after a purge")
    static final class WaitsForTheNextLog extends Broken {
        WaitsForTheNextLog(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return super.tail(sessionId, from).concatWith(Flux.never());
        }
    }

    @Bug(rule = "R13", test = "LineageContract#feedUpTo", does = "never completes the feed's signals at upTo")
    static final class SignalsNeverComplete extends Broken {
        SignalsNeverComplete(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions options) {
            return super.tailAllSignals(after, filter, options).concatWith(Flux.never());
        }
    }

    @Bug(
            rule = "R13",
            test = "LineageContract#closingLosesNothing",
            does = "completes tails as soon as the store is asked to close")
    static final class CompletesTooEarly extends Broken {
        private final Sinks.Empty<Void> closing = Sinks.empty();

        CompletesTooEarly(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<SessionEvent> events(String sessionId, Flux<SessionEvent> events) {
            return super.events(sessionId, events)
                    .delayElements(Duration.ofMillis(2))
                    .takeUntilOther(closing.asMono());
        }

        @Override
        public Mono<Void> closeAsync() {
            return super.closeAsync().doOnSubscribe(subscription -> closing.tryEmitEmpty());
        }
    }

    /** Checks only the version and the event id of a place. */
    abstract static class ForgetsPositions extends Broken {
        ForgetsPositions(StoreOptions options) {
            super(options);
        }

        private Mono<LogPlace> placeOf(String sessionId, LogPlace place) {
            return healthy()
                    .replay(sessionId, Range.between(place.version() - 1, place.version()))
                    .next()
                    .filter(event -> event.id().equals(place.eventId()))
                    .map(SessionEvent::place)
                    .defaultIfEmpty(place);
        }

        @Override
        public Flux<SessionEvent> replay(String sessionId, Range range) {
            @Nullable LogPlace place = range.afterPlace();
            return place == null || range.upTo() != Long.MAX_VALUE
                    ? super.replay(sessionId, range)
                    : placeOf(sessionId, place).flatMapMany(own -> super.replay(sessionId, Range.after(own)));
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return from instanceof From.After after && after.place().version() > 0
                    ? placeOf(sessionId, after.place()).flatMapMany(own -> super.tail(sessionId, From.after(own)))
                    : super.tail(sessionId, from);
        }
    }

    @Bug(
            rule = "R14",
            test = "LineageContract#placesOfEachLife",
            does = "accepts a place of a purged log in the next log if it has the same ids")
    static final class TakesPlacesOfAnotherLife extends ForgetsPositions {
        TakesPlacesOfAnotherLife(StoreOptions options) {
            super(options);
        }
    }

    @Bug(rule = "R14", test = "ResumeContract#anotherPosition", does = "does not check the position of a place")
    static final class IgnoresPositions extends ForgetsPositions {
        IgnoresPositions(StoreOptions options) {
            super(options);
        }
    }
}
