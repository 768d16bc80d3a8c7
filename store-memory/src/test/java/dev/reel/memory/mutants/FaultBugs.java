package dev.reel.memory.mutants;

import dev.reel.SessionEvent;
import dev.reel.StoreBusyException;
import dev.reel.StoreFailedException;
import dev.reel.StoreOptions;
import dev.reel.WriteOptions;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Bugs of faults and threads: R12 and R23, after which a caller waits forever. */
final class FaultBugs {

    private FaultBugs() {}

    // ---- R23: if a helper throws, the caller gets an error and no other call is affected

    @Bug(rule = "R23", test = "FaultContract#clock", does = "never completes a write for which the clock throws")
    static final class NeverAnswersAFault extends Broken {
        NeverAnswersAFault(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            return call.apply(options)
                    .onErrorResume(error -> "on purpose".equals(error.getMessage()), error -> Mono.never());
        }
    }

    @Bug(rule = "R23", test = "FaultContract#meta", does = "counts a failed write as unanswered forever")
    static final class CountsTheFailedForEver extends Broken {
        private volatile boolean full;

        CountsTheFailedForEver(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            Mono<T> write = call.apply(options).doOnError(error -> full |= "on purpose".equals(error.getMessage()));
            return Mono.defer(() -> full ? Mono.error(new StoreBusyException(sessionId, "full")) : write);
        }
    }

    @Bug(rule = "R23", test = "FaultContract#upcasters", does = "signals JVM errors unchanged")
    static final class SignalsErrorsOfTheJvm extends Broken {
        SignalsErrorsOfTheJvm(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            return call.apply(options)
                    .onErrorMap(StoreFailedException.class, error -> Objects.requireNonNull(error.getCause()));
        }
    }

    // ---- R12: threads

    @Bug(
            rule = "R12",
            test = "DeliveryContract#blockFailsAtOnce",
            does = "delivers live events on threads on which block() waits")
    static final class LetsSubscribersBlock extends Broken {
        LetsSubscribersBlock(StoreOptions options) {
            super(options);
        }

        @Override
        Flux<SessionEvent> events(String sessionId, Flux<SessionEvent> events) {
            return super.events(sessionId, events).publishOn(Schedulers.boundedElastic());
        }
    }

    @Bug(rule = "R12", test = "DeliveryContract#sleepersHoldOneThreadEach", does = "delivers all results on one thread")
    static final class AnswersOnOneThread extends Broken {
        private final Scheduler one = Schedulers.newSingle("the only one", true);

        AnswersOnOneThread(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            return call.apply(options).publishOn(one);
        }
    }

    @Bug(
            rule = "R12",
            test = "DeliveryContract#sleepersStopNoWriter",
            does = "accepts writes on the threads that deliver results")
    static final class AcceptsWhereItAnswers extends Broken {
        private final Scheduler both = Schedulers.newParallel("accepts and answers", 2, true);

        AcceptsWhereItAnswers(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            return call.apply(options).subscribeOn(both);
        }
    }

    @Bug(
            rule = "R12",
            test = "DeliveryContract#writesInItsAnswer",
            does = "delivers each result on the stack of the previous one")
    static final class AnswersOnTheStack extends Broken {
        AnswersOnTheStack(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            Mono<T> write = call.apply(options);
            return Mono.fromCallable(() -> write.toFuture().get());
        }
    }

    @Bug(
            rule = "R12",
            test = "DeliveryContract#waitsInItsAnswer",
            does = "delays a result until the callback of the previous one on the same thread has returned")
    static final class KeepsAnswersBack extends Broken {
        private final ThreadLocal<Queue<Runnable>> kept = new ThreadLocal<>();

        KeepsAnswersBack(StoreOptions options) {
            super(options);
        }

        @Override
        <T> Mono<T> write(String sessionId, WriteOptions options, Function<WriteOptions, Mono<T>> call) {
            Mono<T> write = call.apply(options);
            return Mono.create(sink -> write.subscribe(
                    value -> give(() -> sink.success(value)),
                    error -> give(() -> sink.error(error)),
                    () -> give(sink::success)));
        }

        private void give(Runnable answer) {
            Queue<Runnable> before = kept.get();
            if (before != null) {
                before.add(answer);
                return;
            }
            Queue<Runnable> queue = new ArrayDeque<>();
            kept.set(queue);
            try {
                for (Runnable next = answer; next != null; next = queue.poll()) {
                    next.run();
                }
            } finally {
                kept.remove();
            }
        }
    }
}
