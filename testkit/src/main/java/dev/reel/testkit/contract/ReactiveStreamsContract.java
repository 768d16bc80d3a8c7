package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Range;
import dev.reel.SessionStore;
import dev.reel.StoreOptions;
import dev.reel.TailOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import reactor.core.publisher.Flux;

/**
 * The Reactive Streams TCK for a store's replays and tails, of sessions and of the feed. It requires {@code
 * org.reactivestreams:reactive-streams-tck}, so it is separate from {@link SessionStoreContract}.
 *
 * <p>A tail ends where the TCK requires it because its session is closed; a tail of the feed ends because its filter
 * has an end.
 */
public abstract class ReactiveStreamsContract {

    /** A place that is in no log. */
    private static final LogPlace ANOTHER = LogPlace.of(1, "another", 1);

    /** The maximal number of events, for rules that request very many elements and read only a few. */
    private static final long MOST = 500;

    /** Kept short, since the TCK sleeps this long for rule 3.9. */
    private static final long TIMEOUT_MILLIS = 500;

    private static final long SILENCE_MILLIS = 30;

    private final ConcurrentLinkedQueue<SessionStore> opened = new ConcurrentLinkedQueue<>();

    /** For subclasses. */
    protected ReactiveStreamsContract() {}

    /**
     * Opens a new, empty store. Called for each rule; the contract closes all opened stores.
     *
     * @param options clock, ids, bounds and the rest
     * @return the store
     */
    protected abstract SessionStore open(StoreOptions options);

    /**
     * How long a test waits for an expected signal before it fails. Override it for a store that is slower, for example
     * a remote one.
     *
     * @return 20 seconds, unless overridden
     */
    protected Duration patience() {
        return Waits.STANDARD;
    }

    @BeforeEach
    void waitAsLongAsTheStoreNeeds() {
        Waits.setPatience(patience());
    }

    @AfterEach
    void closeTheStores() {
        opened.forEach(SessionStore::close);
    }

    @TestFactory
    @DisplayName("R23: replay complies with Reactive Streams")
    Stream<DynamicTest> replay() {
        return rules(
                (store, count) -> {
                    for (int n = 0; n < count; n++) {
                        append(store, 1);
                        ContractGroup.get(store.append("s", ContractGroup.custom("dropped", n)));
                    }
                    Range some = Range.all().withTypes("n");
                    return store.replay("s", count == 0 ? some : some.withLast(count));
                },
                store -> store.replay("s", Range.after(ANOTHER).withLast(3)));
    }

    @TestFactory
    @DisplayName("R23: tail complies with Reactive Streams")
    Stream<DynamicTest> tail() {
        return rules(
                (store, count) -> store.tail("s", beforeTheClose(store, count)),
                store -> store.tail("s", From.after(ANOTHER)));
    }

    @TestFactory
    @DisplayName("R23: tailSignals complies with Reactive Streams")
    Stream<DynamicTest> tailSignals() {
        // Started and CaughtUp are emitted in addition to the events.
        return rules(
                (store, count) -> {
                    From from = beforeTheClose(store, Math.max(0, count - 2));
                    Flux<?> signals = store.tailSignals("s", from, TailOptions.standard());
                    return count < 2 ? signals.take(count) : signals;
                },
                store -> store.tailSignals("s", From.after(ANOTHER), TailOptions.standard()));
    }

    @TestFactory
    @DisplayName("R23: tailAll complies with Reactive Streams")
    Stream<DynamicTest> tailAll() {
        return rules(
                (store, count) -> {
                    append(store, count);
                    return store.tailAll(
                            FeedPlace.start(), FeedFilter.all().withUpTo(ContractGroup.get(store.position())));
                },
                store -> store.tailAll(FeedPlace.of(Long.MAX_VALUE), FeedFilter.all()));
    }

    private static void append(SessionStore store, int count) {
        if (count > 0) {
            List<EventDraft> events = IntStream.range(0, count)
                    .mapToObj(n -> ContractGroup.custom("n", n))
                    .toList();
            ContractGroup.get(store.append("s", events));
        }
    }

    /** Returns the place after which {@code count} events follow, the last of which is {@code session_close}. */
    private static From beforeTheClose(SessionStore store, int count) {
        append(store, Math.max(1, count - 1));
        LogPlace end =
                ContractGroup.get(store.closeSession("s", Json.of("done"))).place();
        return count == 0 ? From.after(end) : From.last(count);
    }

    private Stream<DynamicTest> rules(
            BiFunction<SessionStore, Integer, Publisher<?>> good, Function<SessionStore, Publisher<?>> failing) {
        return TckRules.of(() -> {
            Verification<Object> verification = new Verification<>(good, failing);
            // A store that emits nothing satisfies rules that only forbid, so first check that it emits something.
            assertEquals(
                    3,
                    ContractGroup.get(Flux.from(verification.createPublisher(3)).count()));
            return verification;
        });
    }

    private final class Verification<T> extends PublisherVerification<T> {

        private final BiFunction<SessionStore, Integer, Publisher<?>> good;
        private final Function<SessionStore, Publisher<?>> failing;

        Verification(
                BiFunction<SessionStore, Integer, Publisher<?>> good, Function<SessionStore, Publisher<?>> failing) {
            super(new TestEnvironment(TIMEOUT_MILLIS, SILENCE_MILLIS));
            this.good = good;
            this.failing = failing;
        }

        private SessionStore open() {
            SessionStore store = ReactiveStreamsContract.this.open(StoreOptions.standard());
            opened.add(store);
            return store;
        }

        @SuppressWarnings("unchecked") // whatever its elements are, the TCK does not look at them
        private Publisher<T> cast(Publisher<?> publisher) {
            return (Publisher<T>) publisher;
        }

        @Override
        public Publisher<T> createPublisher(long elements) {
            return cast(good.apply(open(), (int) Math.min(elements, MOST)));
        }

        @Override
        public Publisher<T> createFailedPublisher() {
            return cast(failing.apply(open()));
        }
    }
}
