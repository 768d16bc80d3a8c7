package dev.reel.testkit;

import dev.reel.AppendUnknownException;
import dev.reel.ForwardingSessionStore;
import dev.reel.Session;
import dev.reel.SessionStore;
import dev.reel.WriteOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A store that fails on request. Use it to test how a service behaves when a write is rejected, its result is lost, a
 * tail breaks, or the store is slow. All other calls are forwarded to the wrapped store.
 *
 * <pre>{@code
 * FaultyStore faulty = FaultyStore.wrap(store);
 * faulty.nthAppend(1).losesItsAnswer();              // written, but the result is lost
 * faulty.nthWrite(2).failsWith(new StoreBusyException(id, "a test")); // not written
 * faulty.nthRead(1).breaksAfter(3, new IOException("connection reset"));
 * faulty.nthRead(2).waits(Duration.ofSeconds(30));   // or under virtual time
 * }</pre>
 *
 * <p>Faults are assigned to <em>attempts</em>. An attempt is a subscription, so a {@code .retry()} is one more. The nth
 * attempt is counted from the call that names it: {@code nthWrite(1)} is the next one. A write is each call with {@link
 * WriteOptions}; an append is a call of {@code append}, and also a write; a read is each other call except {@code
 * sync}, {@code status}, {@code completeTails} and closing. Each fault occurs once. Thread-safe.
 */
public final class FaultyStore extends ForwardingSessionStore {

    private final Faults writes = new Faults();
    private final Faults appends = new Faults();
    private final Faults reads = new Faults();

    private FaultyStore(SessionStore delegate) {
        super(delegate);
    }

    /**
     * Wraps a store. Without faults it behaves like the wrapped store.
     *
     * @param store the store; closing the wrapper closes it
     * @return the wrapper
     */
    public static FaultyStore wrap(SessionStore store) {
        return new FaultyStore(store);
    }

    /**
     * Selects a later write.
     *
     * @param n 1 for the next attempt of any write, 2 for the one after it
     * @return the selected write, to set its fault
     */
    public Write nthWrite(int n) {
        return new Write(writes, n);
    }

    /**
     * Selects a later call of {@code append}.
     *
     * @param n 1 for the next attempt of an append, 2 for the one after it
     * @return the selected append, to set its fault
     */
    public Write nthAppend(int n) {
        return new Write(appends, n);
    }

    /**
     * Selects a later read: a query, a replay or a tail.
     *
     * @param n 1 for the next attempt of any read, 2 for the one after it
     * @return the selected read, to set its fault
     */
    public Read nthRead(int n) {
        return new Read(reads, n);
    }

    /**
     * How many writes were attempted, including failed ones.
     *
     * @return the number of subscriptions
     */
    public long writesTried() {
        return writes.tried();
    }

    /**
     * How many reads were attempted, including failed ones.
     *
     * @return the number of subscriptions
     */
    public long readsTried() {
        return reads.tried();
    }

    /** Sets the fault of a selected write. */
    public final class Write {

        private final Faults faults;
        private final long attempt;

        private Write(Faults faults, int n) {
            this.faults = faults;
            this.attempt = faults.attempt(n);
        }

        /**
         * The write fails without reaching the store.
         *
         * @param error the error
         * @return the store, to set the next fault
         */
        public FaultyStore failsWith(Throwable error) {
            return set(new Fails(error));
        }

        /**
         * The write is done, but its caller gets an {@link AppendUnknownException}. If the store fails the write, the
         * caller gets that error.
         *
         * @return the store, to set the next fault
         */
        public FaultyStore losesItsAnswer() {
            return set(new LosesAnswer());
        }

        /**
         * The write is delayed by a time, which may be virtual.
         *
         * @param time how long
         * @return the store, to set the next fault
         */
        public FaultyStore waits(Duration time) {
            return set(Waits.time(time));
        }

        /**
         * The write is delayed until a publisher completes, so that a test can act in between.
         *
         * @param signal the publisher that must complete first
         * @return the store, to set the next fault
         */
        public FaultyStore waitsFor(Publisher<?> signal) {
            return set(new Waits(signal));
        }

        /**
         * The write is done immediately, but its result is delayed until a publisher completes.
         *
         * @param signal the publisher that must complete first
         * @return the store, to set the next fault
         */
        public FaultyStore answersAfter(Publisher<?> signal) {
            return set(new AnswersLate(signal));
        }

        private FaultyStore set(Fault fault) {
            faults.set(attempt, fault);
            return FaultyStore.this;
        }
    }

    /** Sets the fault of a selected read. */
    public final class Read {

        private final Faults faults;
        private final long attempt;

        private Read(Faults faults, int n) {
            this.faults = faults;
            this.attempt = faults.attempt(n);
        }

        /**
         * The read fails immediately.
         *
         * @param error the error
         * @return the store, to set the next fault
         */
        public FaultyStore failsWith(Throwable error) {
            return breaksAfter(0, error);
        }

        /**
         * The read emits some items, and then fails.
         *
         * @param items how many events, signals or rows it emits first
         * @param error the error
         * @return the store, to set the next fault
         */
        public FaultyStore breaksAfter(long items, Throwable error) {
            return set(new Breaks(items, error));
        }

        /**
         * The read is delayed by a time, which may be virtual.
         *
         * @param time how long
         * @return the store, to set the next fault
         */
        public FaultyStore waits(Duration time) {
            return set(Waits.time(time));
        }

        /**
         * The read is delayed until a publisher completes.
         *
         * @param signal the publisher that must complete first
         * @return the store, to set the next fault
         */
        public FaultyStore waitsFor(Publisher<?> signal) {
            return set(new Waits(signal));
        }

        private FaultyStore set(Fault fault) {
            faults.set(attempt, fault);
            return FaultyStore.this;
        }
    }

    private interface Fault {
        <T> Flux<T> on(Flux<T> call, @Nullable String sessionId);
    }

    private record Fails(Throwable error) implements Fault {
        @Override
        public <T> Flux<T> on(Flux<T> call, @Nullable String sessionId) {
            return Flux.error(error);
        }
    }

    private record Breaks(long items, Throwable error) implements Fault {
        @Override
        public <T> Flux<T> on(Flux<T> call, @Nullable String sessionId) {
            return items == 0 ? Flux.error(error) : Flux.concat(call.take(items), Flux.<T>error(error));
        }
    }

    private record Waits(Publisher<?> signal) implements Fault {
        static Waits time(Duration time) {
            return new Waits(Mono.defer(() -> Mono.delay(time)));
        }

        @Override
        public <T> Flux<T> on(Flux<T> call, @Nullable String sessionId) {
            return Flux.from(signal).thenMany(call);
        }
    }

    private record AnswersLate(Publisher<?> signal) implements Fault {
        @Override
        public <T> Flux<T> on(Flux<T> call, @Nullable String sessionId) {
            return call.collectList().delayUntil(answer -> signal).flatMapIterable(answer -> answer);
        }
    }

    private record LosesAnswer() implements Fault {
        @Override
        public <T> Flux<T> on(Flux<T> call, @Nullable String sessionId) {
            return call.collectList().flatMapMany(answer -> Flux.error(lost(answer, sessionId)));
        }

        /** If the store generates the session's id, only the result contains it. */
        private static AppendUnknownException lost(List<?> answer, @Nullable String sessionId) {
            String named = sessionId != null
                    ? sessionId
                    : answer.stream()
                            .map(it -> it instanceof Session session ? session.id() : null)
                            .filter(Objects::nonNull)
                            .findFirst()
                            .orElse("?");
            return new AppendUnknownException(named, null);
        }
    }

    /** Counts the attempts of one kind from 1, and holds the faults of later ones. */
    private static final class Faults {

        private final Map<Long, Fault> toCome = new HashMap<>();
        private long tried;

        synchronized long attempt(int n) {
            if (n < 1) {
                throw new IllegalArgumentException("the number of an attempt must be 1 or more: " + n);
            }
            return tried + n;
        }

        synchronized void set(long attempt, Fault fault) {
            toCome.put(attempt, fault);
        }

        synchronized @Nullable Fault next() {
            tried++;
            return toCome.remove(tried);
        }

        synchronized long tried() {
            return tried;
        }
    }

    /** An append is also a write: it has a fault of its own kind first. */
    @Override
    protected <T> Mono<T> write(
            String method,
            @Nullable String sessionId,
            WriteOptions options,
            BiFunction<SessionStore, WriteOptions, Mono<T>> write) {
        Mono<T> call = super.write(method, sessionId, options, write);
        return Mono.defer(() -> {
            Fault asAppend = method.equals("append") ? appends.next() : null;
            Fault asWrite = writes.next();
            return on(call, sessionId, asAppend != null ? asAppend : asWrite);
        });
    }

    @Override
    protected <T> Mono<T> read(String method, @Nullable String sessionId, Function<SessionStore, Mono<T>> read) {
        Mono<T> call = super.read(method, sessionId, read);
        return Mono.defer(() -> on(call, null, reads.next()));
    }

    @Override
    protected <T> Flux<T> readMany(String method, @Nullable String sessionId, Function<SessionStore, Flux<T>> read) {
        Flux<T> call = super.readMany(method, sessionId, read);
        return Flux.defer(() -> {
            Fault fault = reads.next();
            return fault == null ? call : fault.on(call, null);
        });
    }

    private static <T> Mono<T> on(Mono<T> call, @Nullable String sessionId, @Nullable Fault fault) {
        return fault == null ? call : fault.on(call.flux(), sessionId).singleOrEmpty();
    }
}
