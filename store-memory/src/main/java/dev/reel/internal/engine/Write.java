package dev.reel.internal.engine;

import dev.reel.EventDraft;
import dev.reel.Json;
import dev.reel.Recorder;
import dev.reel.ReelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.ContextView;

/**
 * The publisher of one write. Its ids are fixed when it is created; nothing else happens until it is subscribed to.
 *
 * <p>All subscriptions perform the same write at most once. A subscription joins the {@link Attempt} that is under way,
 * or receives the result of the attempt that wrote. If nothing was written (a version conflict, a closed session, a
 * no-op, or a cancellation before acceptance), it starts a new attempt, which decides again with the same ids. Each
 * attempt first looks its ids up in the log, so a write whose outcome was unknown is not repeated.
 *
 * <p><b>Threads.</b> If the thread that starts an attempt also decides its result, it emits the result itself, after it
 * has finished its work for the store. Otherwise the result is emitted on the pool for answers, possibly together with
 * others ({@link AnswerGroup}). A subscriber that writes again from its callback is called at most {@value #MAX_LEVELS}
 * levels deep on one thread, and then from a fresh stack on the pool. (Some operators queue nested results on the same
 * thread instead. A subscriber that waits for the inner result would then wait forever.)
 *
 * @param <T> the result
 */
final class Write<T> extends Mono<T> {

    /** The maximal depth of nested results on one thread. */
    private static final int MAX_LEVELS = 16;

    private static final ThreadLocal<int[]> LEVELS = ThreadLocal.withInitial(() -> new int[1]);

    private final Sessions sessions;
    private final Core core;
    private final Operation<T> operation;
    private final AtomicReference<@Nullable Attempt> attempt = new AtomicReference<>();

    Write(Sessions sessions, Operation<T> operation) {
        this.sessions = sessions;
        this.core = sessions.core();
        this.operation = operation;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        Answer<T> answer = new Answer<>(actual);
        actual.onSubscribe(answer);
        while (!answer.cancelled) {
            Attempt current = attempt.get();
            if (current != null && current.join(answer)) {
                return;
            }
            Attempt next = new Attempt();
            next.join(answer);
            if (attempt.compareAndSet(current, next)) {
                next.begin(actual.currentContext());
                return;
            }
        }
    }

    /** The outcome of an attempt; later subscriptions receive it if it is {@code kept}. */
    private record Outcome<T>(@Nullable T value, @Nullable Throwable error, boolean kept) {}

    /** One attempt at the write, shared by all subscribers that joined while it was under way. */
    final class Attempt implements WriteAttempt<T> {

        private final List<Answer<T>> answers = new ArrayList<>(1);
        private @Nullable Outcome<T> outcome;
        private boolean accepted;
        private boolean abandoned;
        private @Nullable SessionLog admittedTo;
        /**
         * The thread that is starting the attempt. If it decides the outcome itself, it emits it after {@link #begin}.
         */
        private volatile @Nullable Thread home;

        private @Nullable Json meta;

        // Values that are recorded when the attempt ends; no time is measured without a recorder.
        private long acceptedAt;
        private int events;
        private long bytes;
        private boolean repeat;

        @Override
        public Operation<T> operation() {
            return operation;
        }

        @Override
        public @Nullable Json meta() {
            return meta;
        }

        /**
         * Adds a subscriber, or emits the outcome to it. Returns false if the attempt has ended and its outcome is not
         * kept.
         */
        private boolean join(Answer<T> answer) {
            Outcome<T> known;
            synchronized (this) {
                known = outcome;
                if (abandoned || known != null && !known.kept()) {
                    return false;
                }
                if (known == null) {
                    answers.add(answer);
                    answer.attempt = this;
                }
            }
            if (known != null) {
                give(answer, known);
            }
            return true;
        }

        private synchronized void leave(Answer<T> answer) {
            answers.remove(answer);
            if (answers.isEmpty() && !accepted && outcome == null) {
                abandoned = true;
            }
        }

        @Override
        public synchronized boolean accept() {
            accepted = !abandoned;
            if (acceptedAt == 0 && core.isRecording()) {
                acceptedAt = System.nanoTime();
            }
            return accepted;
        }

        @Override
        public void appends(List<EventDraft> drafts) {
            if (core.isRecording()) {
                long sum = 0;
                for (int i = 0; i < drafts.size(); i++) {
                    sum += Operation.bytes(drafts.get(i), meta);
                }
                bytes = sum;
                events = drafts.size();
            }
        }

        @Override
        public void repeats() {
            repeat = true;
        }

        @Override
        public synchronized boolean isAbandoned() {
            return abandoned;
        }

        private void begin(ContextView context) {
            home = Thread.currentThread();
            try {
                StackRoom.check();
                meta = core.metaOf(operation.options(), context);
                SessionLog log = sessions.admit(operation, meta);
                synchronized (this) {
                    admittedTo = log;
                }
                operation.begin(this, sessions);
            } catch (Throwable t) {
                fail(Failure.of(operation.sessionId(), t));
            }
            home = null;
            Outcome<T> known;
            synchronized (this) {
                known = outcome;
            }
            if (known != null) {
                giveAll(known);
            }
        }

        @Override
        public void written(@Nullable T value) {
            finish(new Outcome<>(value, null, true));
        }

        @Override
        public void unchanged(@Nullable T value) {
            finish(new Outcome<>(value, null, false));
        }

        @Override
        public void fail(Throwable error) {
            finish(new Outcome<>(null, error, false));
        }

        @Override
        public void drop() {
            leaveAdmission();
        }

        private void finish(Outcome<T> result) {
            if (Thread.currentThread() == home) {
                end(result);
                return;
            }
            AnswerGroup group = AnswerGroup.current();
            if (group != null) {
                group.add(new Grouped(result));
            } else if (end(result)) {
                core.answers().execute(() -> giveAll(result));
            }
        }

        /** Ends the attempt. Returns false if it had ended before. */
        private boolean end(Outcome<T> result) {
            synchronized (this) {
                if (outcome != null) {
                    return false;
                }
                outcome = result;
            }
            recordOutcome(result.error()); // before a closing store counts the write as answered
            leaveAdmission();
            return true;
        }

        private void recordOutcome(@Nullable Throwable error) {
            Recorder recorder = core.recorder();
            if (error != null) {
                ReelException.Category category = ReelException.Category.of(error);
                if (category == ReelException.Category.CONFLICT) {
                    recorder.writeConflicted();
                } else {
                    recorder.writeFailed(category);
                }
            } else if (repeat) {
                recorder.writeRepeated();
            } else if (events > 0) {
                recorder.eventsAppended(events, bytes, System.nanoTime() - acceptedAt);
            }
        }

        /** An outcome that is emitted together with others. */
        private final class Grouped implements AnswerGroup.Answer {

            private final Outcome<T> result;
            private boolean ended;

            Grouped(Outcome<T> result) {
                this.result = result;
            }

            @Override
            public void end() {
                ended = Attempt.this.end(result);
            }

            @Override
            public void run() {
                if (ended) {
                    giveAll(result);
                }
            }
        }

        private void leaveAdmission() {
            SessionLog log;
            synchronized (this) {
                log = admittedTo;
                admittedTo = null;
            }
            if (log != null) {
                sessions.leave(log, operation);
            }
        }

        private void giveAll(Outcome<T> result) {
            List<Answer<T>> waiting;
            synchronized (this) {
                waiting = List.copyOf(answers);
                answers.clear();
            }
            for (int i = 1; i < waiting.size(); i++) {
                Answer<T> other = waiting.get(i);
                core.answers().execute(() -> give(other, result));
            }
            if (!waiting.isEmpty()) {
                give(waiting.get(0), result);
            }
        }

        private void give(Answer<T> answer, Outcome<T> result) {
            int[] levels = LEVELS.get();
            if (levels[0] == MAX_LEVELS) {
                core.answers().execute(() -> give(answer, result));
                return;
            }
            levels[0]++;
            try {
                answer.give(result);
            } finally {
                levels[0]--;
            }
        }
    }

    /** One subscriber that waits for its result. */
    private static final class Answer<T> implements Subscription {

        private final CoreSubscriber<? super T> actual;
        private volatile boolean cancelled;
        private volatile Write<T>.@Nullable Attempt attempt;
        private boolean requested;
        private @Nullable T ready;

        Answer(CoreSubscriber<? super T> actual) {
            this.actual = actual;
        }

        @Override
        public void request(long n) {
            if (!Operators.validate(n)) {
                return;
            }
            T value;
            synchronized (this) {
                requested = true;
                value = ready;
                ready = null;
            }
            if (value != null) {
                give(value);
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            Write<T>.Attempt joined = attempt;
            if (joined != null) {
                joined.leave(this);
            }
        }

        private void give(Outcome<T> outcome) {
            if (cancelled) {
                return;
            }
            T value = outcome.value();
            if (outcome.error() != null) {
                actual.onError(outcome.error());
            } else if (value == null) {
                actual.onComplete();
            } else {
                synchronized (this) {
                    if (!requested) {
                        ready = value;
                        return;
                    }
                }
                give(value);
            }
        }

        private void give(T value) {
            if (!cancelled) {
                actual.onNext(value);
                if (!cancelled) {
                    actual.onComplete();
                }
            }
        }
    }
}
