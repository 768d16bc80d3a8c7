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
 * One write, before and after it is done. Its ids were fixed when it was made; nothing else happens before it is
 * subscribed to.
 *
 * <p>All subscriptions are the same write. A subscription joins the {@link Attempt} that is under way, or takes the
 * answer of the one that wrote; otherwise (nothing was written: a conflict, a closed session, nothing to do, or cancelled
 * before acceptance) it begins a new attempt, which decides again, with the same ids. Since every attempt looks its ids
 * up first, one whose outcome was unknown is not done twice.
 *
 * <p><b>Threads.</b> An answer comes on the thread that began the attempt, when that thread came to it itself, after it
 * has left all work for the store; else on the pool for answers, maybe with
 * others ({@link AnswerGroup}). A subscriber that writes again when it is answered is
 * called some levels deep on one thread, and then from a fresh stack on the pool. (A queue that the thread itself works
 * off later, as some operators have it, would make a subscriber that waits for the inner answer wait for ever.)
 *
 * @param <T> the answer
 */
final class Write<T> extends Mono<T> {

    /** How many answers are given within answers on one thread. */
    private static final int MAX_LEVELS = 16;

    private static final ThreadLocal<int[]> LEVELS = ThreadLocal.withInitial(() -> new int[1]);

    private final Engine engine;
    private final Operation<T> operation;
    private final AtomicReference<@Nullable Attempt> attempt = new AtomicReference<>();

    Write(Engine engine, Operation<T> operation) {
        this.engine = engine;
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

    /** What an attempt came to. */
    private record Outcome<T>(@Nullable T value, @Nullable Throwable error, boolean kept) {}

    /** One attempt at the write, for all who subscribed while it was under way. */
    final class Attempt {

        private final List<Answer<T>> answers = new ArrayList<>(1);
        private @Nullable Outcome<T> outcome;
        private boolean accepted;
        private boolean abandoned;
        private @Nullable SessionLog admittedTo;
        /** The thread that is beginning the attempt; what it comes to itself it answers when it is through. */
        private volatile @Nullable Thread home;

        private @Nullable Json meta;

        // What is recorded when it ends; no time is taken where nobody records.
        private long acceptedAt;
        private int events;
        private long bytes;
        private boolean repeat;

        Operation<T> operation() {
            return operation;
        }

        @Nullable
        Json meta() {
            return meta;
        }

        /** Adds an answer, or gives it the outcome; false when this attempt is over and its outcome is not kept. */
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

        /** Fixes that the write goes on, whoever cancels now; false when all have cancelled before. */
        synchronized boolean accept() {
            accepted = !abandoned;
            if (acceptedAt == 0 && engine.isRecording()) {
                acceptedAt = System.nanoTime();
            }
            return accepted;
        }

        /** Its answer will say that these events are in the log. */
        void appends(List<EventDraft> drafts) {
            if (engine.isRecording()) {
                long sum = 0;
                for (int i = 0; i < drafts.size(); i++) {
                    sum += Operation.bytes(drafts.get(i), meta);
                }
                bytes = sum;
                events = drafts.size();
            }
        }

        /** Its answer will be that of the write that it repeats. */
        void repeats() {
            repeat = true;
        }

        synchronized boolean isAbandoned() {
            return abandoned;
        }

        private void begin(ContextView context) {
            home = Thread.currentThread();
            try {
                StackRoom.check();
                meta = engine.metaOf(operation.options(), context);
                SessionLog log = engine.admit(operation, meta);
                synchronized (this) {
                    admittedTo = log;
                }
                operation.begin(this, engine);
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

        /** The write is done. */
        void written(@Nullable T value) {
            finish(new Outcome<>(value, null, true));
        }

        /** There was nothing to do, so nothing was written. */
        void unchanged(@Nullable T value) {
            finish(new Outcome<>(value, null, false));
        }

        /** The write failed; the next subscription tries again. */
        void fail(Throwable error) {
            finish(new Outcome<>(null, error, false));
        }

        /** Nobody wants it any more, and nothing was written. */
        void drop() {
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
                engine.answers().execute(() -> giveAll(result));
            }
        }

        /** False when it had ended before. */
        private boolean end(Outcome<T> result) {
            synchronized (this) {
                if (outcome != null) {
                    return false;
                }
                outcome = result;
            }
            recordOutcome(result.error()); // before a store that closes takes the write for answered
            leaveAdmission();
            return true;
        }

        private void recordOutcome(@Nullable Throwable error) {
            Recorder recorder = engine.recorder();
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

        /** An outcome that is told with others. */
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
                engine.leave(log, operation);
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
                engine.answers().execute(() -> give(other, result));
            }
            if (!waiting.isEmpty()) {
                give(waiting.get(0), result);
            }
        }

        private void give(Answer<T> answer, Outcome<T> result) {
            int[] levels = LEVELS.get();
            if (levels[0] == MAX_LEVELS) {
                engine.answers().execute(() -> give(answer, result));
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

    /** One subscriber, until it has its answer. */
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
