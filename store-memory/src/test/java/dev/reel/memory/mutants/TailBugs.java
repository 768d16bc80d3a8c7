package dev.reel.memory.mutants;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionPurgedException;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import dev.reel.TailSignal;
import dev.reel.WriteOptions;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Bugs of replay, tail and their signals: R10 to R15. */
final class TailBugs {

    private TailBugs() {}

    private static Mono<Long> headVersion(SessionStore store, String sessionId) {
        return store.state(sessionId).map(SessionState::version).defaultIfEmpty(0L);
    }

    // ---- R10: exactly once, in order

    @Bug(rule = "R10", test = "ReplayContract#head", does = "returns the place of the last message as the head")
    static final class HeadOfMessages extends Broken {
        HeadOfMessages(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<LogPlace> head(String sessionId) {
            return healthy()
                    .replay(sessionId, Range.all())
                    .filter(event -> !event.type().equals("messages_clear"))
                    .takeLast(1)
                    .next()
                    .map(SessionEvent::place);
        }
    }

    @Bug(
            rule = "R15",
            test = "SignalContract#longIntervals",
            does = "fails if the idle interval in nanoseconds overflows")
    static final class CountsQuietInNanos extends Broken {
        CountsQuietInNanos(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions tail) {
            Duration idle = tail.idle();
            return idle == null
                    ? super.tailSignals(sessionId, from, tail)
                    : super.tailSignals(sessionId, from, tail.withIdle(Duration.ofNanos(Math.max(1, nanos(idle)))));
        }

        private static long nanos(Duration idle) {
            return idle.getSeconds() * 1_000_000_000 + idle.getNano();
        }
    }

    @Bug(
            rule = "R10",
            test = "TailContract#historyThenLive",
            does = "loses the first event after the hand-over from history to live")
    static final class LosesAtTheHandOver extends Broken {
        LosesAtTheHandOver(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return headVersion(healthy(), sessionId)
                    .flatMapMany(head ->
                            super.tail(sessionId, from).filter(event -> head == 0 || event.version() != head + 1));
        }
    }

    @Bug(
            rule = "R10",
            test = "TailContract#historyThenLive",
            does = "repeats the last event of history as the first live event")
    static final class RepeatsAtTheHandOver extends Broken {
        RepeatsAtTheHandOver(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return headVersion(healthy(), sessionId)
                    .flatMapMany(head -> changed(
                            super.tail(sessionId, from),
                            () -> event -> event.version() == head ? List.of(event, event) : List.of(event)));
        }
    }

    @Bug(
            rule = "R10",
            test = "ConcurrencyContract#theHandOver",
            does = "reads history to its end and then starts to listen")
    static final class ListensTooLate extends Broken {
        ListensTooLate(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions options) {
            Flux<TailSignal> live = super.tailSignals(sessionId, From.now(), options)
                    .filter(TailSignal.Recorded.class::isInstance)
                    .delaySubscription(Duration.ofMillis(1));
            return super.tailSignals(sessionId, from, options)
                    .takeUntil(TailSignal.CaughtUp.class::isInstance)
                    .concatWith(live);
        }
    }

    @Bug(
            rule = "R10",
            test = "ConcurrencyContract#theHandOverWithoutSignals",
            does = "listens first, then reads history, and emits the events in both twice")
    static final class ListensTooEarly extends Broken {
        ListensTooEarly(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            if (!from.equals(From.start())) {
                return super.tail(sessionId, from);
            }
            return Flux.defer(() -> {
                Sinks.Many<SessionEvent> live = Sinks.many().unicast().onBackpressureBuffer();
                super.tail(sessionId, From.now())
                        .subscribe(live::tryEmitNext, live::tryEmitError, live::tryEmitComplete);
                return super.replay(sessionId, Range.all())
                        .delaySubscription(Duration.ofMillis(1))
                        .concatWith(live.asFlux());
            });
        }
    }

    @Bug(rule = "R10", test = "TailContract#historyThenLive", does = "swaps pairs of live events")
    static final class BreaksTheOrder extends Broken {
        BreaksTheOrder(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return super.tail(sessionId, from)
                    .bufferTimeout(2, Duration.ofMillis(30))
                    .concatMapIterable(pair -> pair.size() < 2 ? pair : List.of(pair.get(1), pair.get(0)));
        }
    }

    @Bug(rule = "R10", test = "TailContract#ofOneSession", does = "lets events of other sessions into a tail")
    static final class MixesSessions extends Broken {
        MixesSessions(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            String other = sessionId.equals("t") ? "s" : "t";
            return Flux.merge(super.tail(sessionId, from), super.tail(other, From.now()));
        }
    }

    @Bug(
            rule = "R10",
            test = "TailContract#startIsResolvedAtSubscription",
            does = "resolves now when tail is called, not at subscription")
    static final class LooksForNowAtTheCall extends Broken {
        LooksForNowAtTheCall(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            if (from instanceof From.After) {
                return super.tail(sessionId, from);
            }
            Mono<LogPlace> now = healthy()
                    .state(sessionId)
                    .map(SessionState::place)
                    .defaultIfEmpty(LogPlace.start())
                    .cache();
            now.subscribe();
            return now.flatMapMany(place -> super.tail(sessionId, From.after(place)));
        }
    }

    @Bug(rule = "R10", test = "ReplayContract#ranges", does = "omits the last event of a range")
    static final class ReplaysExclusively extends Broken {
        ReplaysExclusively(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> replay(String sessionId, Range range) {
            return range.upTo() == Long.MAX_VALUE || range.upTo() == 0
                    ? super.replay(sessionId, range)
                    : super.replay(sessionId, range.withUpTo(range.upTo() - 1));
        }
    }

    @Bug(
            rule = "R10",
            test = "ReplayContract#isOfOneMoment",
            does = "continues a replay with events written while it is read")
    static final class ReplaysWhatComes extends Broken {
        ReplaysWhatComes(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> replay(String sessionId, Range range) {
            if (!range.types().isEmpty() || range.last() != Long.MAX_VALUE) {
                return super.replay(sessionId, range);
            }
            AtomicLong last = new AtomicLong(range.after());
            return super.replay(sessionId, range)
                    .doOnNext(event -> last.set(event.version()))
                    .concatWith(Flux.defer(() -> last.get() >= range.upTo()
                            ? Flux.empty()
                            : super.replay(sessionId, Range.between(last.get(), range.upTo()))));
        }
    }

    // ---- R11: demand

    /** Requests everything, regardless of demand. */
    private static <T> Flux<T> unbounded(Flux<T> source) {
        return Broken.lift(source, actual -> new Broken.Between<T>(actual) {
            @Override
            public void onSubscribe(Subscription subscription) {
                super.onSubscribe(new Subscription() {
                    @Override
                    public void request(long n) {
                        subscription.request(n < 1 ? n : Long.MAX_VALUE);
                    }

                    @Override
                    public void cancel() {
                        subscription.cancel();
                    }
                });
            }
        });
    }

    @Bug(rule = "R11", test = "TailContract#demand", does = "emits more than a tail requested")
    static final class FloodsTails extends Broken {
        FloodsTails(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return unbounded(super.tail(sessionId, from));
        }
    }

    @Bug(rule = "R11", test = "ReplayContract#demand", does = "emits more than a replay requested")
    static final class FloodsReplays extends Broken {
        FloodsReplays(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> replay(String sessionId, Range range) {
            return unbounded(super.replay(sessionId, range));
        }
    }

    @Bug(rule = "R11", test = "FeedTailContract#demand", does = "emits more than a tail of the feed requested")
    static final class FloodsTheFeed extends Broken {
        FloodsTheFeed(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tailAll(FeedPlace after, FeedFilter filter) {
            return unbounded(super.tailAll(after, filter));
        }
    }

    @Bug(rule = "R11", test = "TailContract#neverRequesting", does = "drops a subscriber that lags by 256 events")
    static final class DropsTheSlow extends Broken {
        DropsTheSlow(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return super.tail(sessionId, from).onBackpressureBuffer(256);
        }
    }

    // ---- R12: threads

    @Bug(
            rule = "R12",
            test = "DeliveryContract#liveOnThePool",
            does = "delivers live events on the thread of the writer")
    static final class DeliversOnTheWritersThread extends Broken {
        private final Map<String, Sinks.Many<SessionEvent>> live = new ConcurrentHashMap<>();

        DeliversOnTheWritersThread(StoreOptions options) {
            super(options);
        }

        private Sinks.Many<SessionEvent> live(String sessionId) {
            return live.computeIfAbsent(
                    sessionId, id -> Sinks.many().multicast().directBestEffort());
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            return super.append(sessionId, events, options)
                    .delayUntil(commit -> healthy()
                            .replay(sessionId, Range.between(commit.firstVersion() - 1, commit.version()))
                            .doOnNext(live(sessionId)::tryEmitNext));
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            Flux<SessionEvent> history = from.equals(From.now()) ? Flux.empty() : super.replay(sessionId, Range.all());
            return history.concatWith(live(sessionId).asFlux());
        }
    }

    @Bug(
            rule = "R12",
            test = "DeliveryContract#noLockIsHeld",
            does = "holds the lock that writers need while it calls a subscriber")
    static final class CallsUnderALock extends Broken {
        private final ReentrantLock lock = new ReentrantLock();

        CallsUnderALock(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Commit> append(String sessionId, List<EventDraft> events, WriteOptions options) {
            Mono<Commit> write = super.append(sessionId, events, options);
            return Mono.defer(() -> {
                try {
                    if (!lock.tryLock(1, TimeUnit.SECONDS)) {
                        return Mono.error(new IllegalStateException("this would be a deadlock"));
                    }
                } catch (InterruptedException e) {
                    return Mono.error(e);
                }
                try {
                    return Mono.fromFuture(write.toFuture());
                } finally {
                    lock.unlock();
                }
            });
        }

        @Override
        Flux<SessionEvent> events(String sessionId, Flux<SessionEvent> events) {
            return lift(events, actual -> new Between<SessionEvent>(actual) {
                @Override
                public void onNext(SessionEvent event) {
                    lock.lock();
                    try {
                        super.onNext(event);
                    } finally {
                        lock.unlock();
                    }
                }
            });
        }
    }

    @Bug(
            rule = "R12",
            test = "DeliveryContract#blockersHoldOneThreadEach",
            does = "delivers to all tails on one thread, whatever the configured number")
    static final class DeliversOnOneThread extends Broken {
        DeliversOnOneThread(StoreOptions options) {
            super(options.withDeliveryThreads(1));
        }
    }

    @Bug(
            rule = "R12",
            test = "TailContract#throwing",
            does = "ends all tails of a session when a subscriber of one throws")
    static final class ThrowingEndsAll extends Broken {
        private final Sinks.One<SessionEvent> thrown = Sinks.one();

        ThrowingEndsAll(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            Flux<SessionEvent> guarded = lift(super.tail(sessionId, from), actual -> new Between<SessionEvent>(actual) {
                @Override
                public void onNext(SessionEvent event) {
                    try {
                        super.onNext(event);
                    } catch (RuntimeException e) {
                        thrown.tryEmitError(Exceptions.unwrap(e));
                        throw e;
                    }
                }
            });
            return guarded.takeUntilOther(thrown.asMono());
        }
    }

    // ---- R13: how tails end

    @Bug(
            rule = "R13",
            test = "TailEndContract#closeCompletes",
            does = "lets tails wait after the session_close that ends a log")
    static final class TailsOutliveTheClose extends Broken {
        TailsOutliveTheClose(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return super.tail(sessionId, from).concatWith(Mono.never());
        }
    }

    @Bug(rule = "R13", test = "TailEndContract#purgeFails", does = "never ends the tails of a purged session")
    static final class PurgeLeavesTailsHanging extends Broken {
        PurgeLeavesTailsHanging(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return super.tail(sessionId, from).onErrorResume(SessionPurgedException.class, error -> Flux.never());
        }
    }

    @Bug(
            rule = "R13",
            test = "TailEndContract#purgeFails",
            does = "completes a purged session's tails that had not emitted everything")
    static final class PurgeCompletesTails extends Broken {
        PurgeCompletesTails(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<SessionEvent> events(String sessionId, Flux<SessionEvent> events) {
            return events.onErrorComplete(SessionPurgedException.class);
        }
    }

    @Bug(
            rule = "R13",
            test = "TailContract#waitsForTheFirst",
            does = "completes the tail of a session that has no events yet")
    static final class DoesNotWaitForTheFirst extends Broken {
        DoesNotWaitForTheFirst(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return headVersion(healthy(), sessionId)
                    .flatMapMany(head -> head == 0 ? Flux.empty() : super.tail(sessionId, from));
        }
    }

    @Bug(rule = "R13", test = "TailContract#goesOnBehindADelete", does = "ends tails at a session_delete")
    static final class DeleteEndsTails extends Broken {
        DeleteEndsTails(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return super.tail(sessionId, from).takeUntil(event -> event.type().equals("session_delete"));
        }
    }

    @Bug(
            rule = "R13",
            test = "TailEndContract#inheritedCloseEndsNothing",
            does = "ends tails at any session_close, even an inherited one")
    static final class InheritedCloseEndsTails extends Broken {
        InheritedCloseEndsTails(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return super.tail(sessionId, from).takeUntil(event -> event.type().equals("session_close"));
        }
    }

    @Bug(
            rule = "R13",
            test = "TailEndContract#completeTailsEndsOpenTails",
            does = "waits for demand before completeTails completes a tail")
    static final class CompletesOnDemandOnly extends Broken {
        CompletesOnDemandOnly(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return Flux.defer(() -> {
                AtomicLong demand = new AtomicLong();
                return super.tail(sessionId, from)
                        .doOnRequest(n -> demand.addAndGet(Math.min(n, 1_000)))
                        .doOnNext(event -> demand.decrementAndGet())
                        .concatWith(Flux.defer(() -> demand.get() > 0 ? Flux.empty() : Flux.never()));
            });
        }
    }

    @Bug(
            rule = "R13",
            test = "TailEndContract#tailsAfterCompleteTails",
            does = "completes the open tails, but not later ones")
    static final class LaterTailsGoOn extends Broken {
        private volatile boolean completed;

        LaterTailsGoOn(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Void> completeTails() {
            return super.completeTails().doOnSuccess(nothing -> completed = true);
        }

        @Override
        public Flux<SessionEvent> tail(String sessionId, From from) {
            return Flux.defer(() ->
                    completed ? super.tail(sessionId, from).concatWith(Flux.never()) : super.tail(sessionId, from));
        }
    }

    @Bug(
            rule = "R13",
            test = "TailEndContract#completeTailsEndsNothingElse",
            does = "rejects writes after completeTails")
    static final class CompleteTailsCloses extends Broken {
        CompleteTailsCloses(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Void> completeTails() {
            return super.completeTails().then(Mono.defer(super::closeAsync));
        }
    }

    @Bug(
            rule = "R13",
            test = "TailEndContract#completeTailsAgain",
            does = "fails to complete its tails when it is closed")
    static final class ClosedStoresRefuseCompleteTails extends Broken {
        ClosedStoresRefuseCompleteTails(StoreOptions options) {
            super(options);
        }

        @Override
        public Mono<Void> completeTails() {
            return super.completeTails().then(Mono.defer(() -> position().then()));
        }
    }

    // ---- R14: places

    @Bug(
            rule = "R14",
            test = "ResumeContract#anotherId",
            does = "waits forever after a place that the log does not contain")
    static final class WaitsForAnotherLog extends Broken {
        WaitsForAnotherLog(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<SessionEvent> events(String sessionId, Flux<SessionEvent> events) {
            return events.onErrorResume(LogChangedException.class, error -> Flux.never());
        }
    }

    @Bug(rule = "R14", test = "ResumeContract#anotherId", does = "does not check the event id of a place")
    static final class IgnoresTheIdOfAPlace extends Broken {
        IgnoresTheIdOfAPlace(StoreOptions options) {
            super(options);
        }

        @Override
        public Flux<SessionEvent> replay(String sessionId, Range range) {
            return super.replay(sessionId, range)
                    .onErrorResume(
                            LogChangedException.class,
                            error -> super.replay(
                                    sessionId, Range.between(range.after(), Math.max(range.after(), range.upTo()))));
        }
    }

    @Bug(
            rule = "R14",
            test = "ResumeContract#feedBeyondTheMark",
            does = "accepts any feed position, even one that was never drawn")
    static final class TakesAnyPosition extends Broken {
        TakesAnyPosition(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<SessionEvent> feed(Flux<SessionEvent> events) {
            return events.onErrorComplete(LogChangedException.class);
        }
    }

    // ---- R15: signals

    /** A store whose bug is in the signals. */
    private abstract static class BrokenSignals extends Broken {
        BrokenSignals(StoreOptions options) {
            super(options);
        }

        abstract Flux<TailSignal> signals(Flux<TailSignal> signals);

        @Override
        public Flux<TailSignal> tailSignals(String sessionId, From from, TailOptions options) {
            return signals(super.tailSignals(sessionId, from, options));
        }

        @Override
        public Flux<TailSignal> tailAllSignals(FeedPlace after, FeedFilter filter, TailOptions options) {
            return signals(super.tailAllSignals(after, filter, options));
        }
    }

    @Bug(rule = "R15", test = "SignalContract#order", does = "never emits CaughtUp")
    static final class NeverCaughtUp extends BrokenSignals {
        NeverCaughtUp(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<TailSignal> signals(Flux<TailSignal> signals) {
            return signals.filter(signal -> !(signal instanceof TailSignal.CaughtUp));
        }
    }

    @Bug(rule = "R15", test = "SignalContract#order", does = "emits CaughtUp twice")
    static final class CaughtUpTwice extends BrokenSignals {
        CaughtUpTwice(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<TailSignal> signals(Flux<TailSignal> signals) {
            return changed(
                    signals,
                    () -> signal -> signal instanceof TailSignal.CaughtUp ? List.of(signal, signal) : List.of(signal));
        }
    }

    @Bug(rule = "R15", test = "SignalContract#order", does = "emits Started after the first event")
    static final class StartsLate extends BrokenSignals {
        StartsLate(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<TailSignal> signals(Flux<TailSignal> signals) {
            return changed(signals, () -> {
                AtomicReference<TailSignal> started = new AtomicReference<>();
                return signal -> {
                    if (signal instanceof TailSignal.Started) {
                        started.set(signal);
                        return List.of();
                    }
                    TailSignal held = started.getAndSet(null);
                    return held == null ? List.of(signal) : List.of(signal, held);
                };
            });
        }
    }

    @Bug(rule = "R15", test = "SignalContract#fellBehind", does = "never emits FellBehind")
    static final class NeverFellBehind extends BrokenSignals {
        NeverFellBehind(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<TailSignal> signals(Flux<TailSignal> signals) {
            return signals.filter(signal -> !(signal instanceof TailSignal.FellBehind));
        }
    }

    @Bug(rule = "R15", test = "SignalContract#idle", does = "emits Idle ten times per quiet interval")
    static final class IdleTooOften extends BrokenSignals {
        IdleTooOften(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<TailSignal> signals(Flux<TailSignal> signals) {
            return changed(
                    signals,
                    () -> signal ->
                            signal instanceof TailSignal.Idle ? Collections.nCopies(10, signal) : List.of(signal));
        }
    }

    @Bug(rule = "R15", test = "SignalContract#signalsCount", does = "emits signals without demand")
    static final class SignalsForNothing extends BrokenSignals {
        SignalsForNothing(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<TailSignal> signals(Flux<TailSignal> signals) {
            return lift(signals, actual -> new FreeSignals(actual));
        }

        private static final class FreeSignals extends Between<TailSignal> {
            private volatile Subscription subscription;

            FreeSignals(CoreSubscriber<? super TailSignal> actual) {
                super(actual);
            }

            @Override
            public void onSubscribe(Subscription upstream) {
                subscription = upstream;
                super.onSubscribe(upstream);
            }

            @Override
            public void onNext(TailSignal signal) {
                super.onNext(signal);
                if (!(signal instanceof TailSignal.Recorded)) {
                    subscription.request(1);
                }
            }
        }
    }

    @Bug(rule = "R15", test = "SignalContract#order", does = "emits signals with the place at which the tail began")
    static final class SignalsAtTheStart extends BrokenSignals {
        SignalsAtTheStart(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<TailSignal> signals(Flux<TailSignal> signals) {
            return signals.map(signal ->
                    signal instanceof TailSignal.CaughtUp ? new TailSignal.CaughtUp(LogPlace.start()) : signal);
        }
    }
}
