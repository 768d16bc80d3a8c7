package dev.reel.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.reel.Commit;
import dev.reel.EventDraft;
import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.Json;
import dev.reel.LogPlace;
import dev.reel.Message;
import dev.reel.MessageDraft;
import dev.reel.Range;
import dev.reel.SessionEvent;
import dev.reel.SessionState;
import dev.reel.SessionStore;
import dev.reel.StoreClosedException;
import dev.reel.StoreOptions;
import dev.reel.TailSignal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Publisher;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What the groups of the contract share: a new store for each test, with a clock that stands and ids that count, short
 * words for what tests do all the time, and a look at every log when the test is over.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class ContractGroup {

    static final Instant START = Instant.parse("2026-04-26T12:34:56.789Z");

    final ManualClock clock = ManualClock.at(START);
    final CountingIds ids = new CountingIds();
    final StoreOptions options = StoreOptions.standard().withClock(clock).withIds(ids);

    private final Function<StoreOptions, SessionStore> opener;
    private final List<SessionStore> opened = new ArrayList<>();
    private @Nullable SessionStore first;

    ContractGroup(Function<StoreOptions, SessionStore> opener) {
        this.opener = opener;
    }

    @BeforeEach
    void openTheStore() {
        first = open(options);
    }

    @AfterEach
    void closeTheStores() throws Exception {
        for (SessionStore store : opened) {
            checkLogs(store);
            store.closeAsync().toFuture().get(patience().toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** The store of this test. */
    SessionStore store() {
        SessionStore store = first;
        if (store == null) {
            throw new IllegalStateException("the store is opened before each test");
        }
        return store;
    }

    /** Another new, empty store, closed when the test is over. */
    SessionStore open(StoreOptions with) {
        SessionStore store = opener.apply(with);
        opened.add(store);
        return store;
    }

    /** R2, R17: whatever a test did, versions have no gap and rows are what the log adds up to. */
    private static void checkLogs(SessionStore store) {
        List<String> sessions;
        try {
            sessions = all(store.sessionIds());
        } catch (StoreClosedException e) {
            return; // the test closed it
        }
        for (String session : sessions) {
            List<SessionEvent> events = all(store.replay(session, Range.all()));
            SessionState folded = SessionState.empty(session);
            for (SessionEvent event : events) {
                assertEquals(folded.version() + 1, event.version(), "R2: versions of " + session);
                folded = folded.apply(event);
            }
            assertEquals(folded, get(store.state(session)), "R17: rows of " + session);
        }
    }

    /**
     * How long a test waits for what must come. Asked each time: where the contract itself is tested, over stores from
     * which nothing comes, the system property {@code reel.contract.patience} cuts it short, in milliseconds.
     */
    static Duration patience() {
        return Duration.ofMillis(Long.getLong("reel.contract.patience", 20_000));
    }

    /**
     * Waits for the one value, null for none; an error is thrown as it is. It does not use {@code block()}, which Reactor
     * refuses on the threads on which a store calls subscribers: some tests wait there on purpose.
     */
    static <T> @Nullable T maybe(Mono<T> mono) {
        try {
            return mono.toFuture().get(patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw Exceptions.propagate(Exceptions.unwrap(Objects.requireNonNull(e.getCause())));
        } catch (TimeoutException e) {
            throw new IllegalStateException("waited in vain for " + patience(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting", e);
        }
    }

    /** Waits for the one value that there must be. */
    static <T> T get(Mono<T> mono) {
        T value = maybe(mono);
        if (value == null) {
            throw new AssertionError("there was no value");
        }
        return value;
    }

    /** Waits for what another thread has to come to. */
    static void await(CountDownLatch latch) {
        try {
            if (!latch.await(patience().toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("waited in vain, " + latch.getCount() + " to go");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting", e);
        }
    }

    /** Waits for all values. */
    static <T> List<T> all(Flux<T> flux) {
        return get(flux.collectList());
    }

    /** The error of that type that the publisher must end with. */
    static <E extends Throwable> E error(Class<E> type, Publisher<?> publisher) {
        try {
            maybe(Flux.from(publisher).then());
        } catch (Throwable t) {
            Throwable actual = Exceptions.unwrap(t);
            if (type.isInstance(actual)) {
                return type.cast(actual);
            }
            throw new AssertionError("expected " + type.getSimpleName() + ", got " + actual, actual);
        }
        throw new AssertionError("expected " + type.getSimpleName() + ", got none");
    }

    /** What a write answers, if anything. */
    static Optional<Object> answer(Mono<?> write) {
        return Optional.ofNullable(maybe(write));
    }

    /** Subscribes to all of them on threads of their own; waits for all values, in no order. */
    static <T> List<T> atOnce(List<Mono<T>> monos) {
        return all(Flux.merge(monos.stream()
                .map(mono -> mono.subscribeOn(Schedulers.boundedElastic()))
                .toList()));
    }

    /** Everything that was ever written: since each change is an event, two equal feeds mean that nothing was. */
    List<SessionEvent> feed() {
        return all(store().replayAll(FeedPlace.start(), FeedFilter.all()));
    }

    /** The events that the feed has now and did not have then. */
    List<SessionEvent> since(List<SessionEvent> feedThen) {
        return feed().stream().filter(event -> !feedThen.contains(event)).toList();
    }

    static List<String> typesOf(List<SessionEvent> events) {
        return events.stream().map(SessionEvent::type).toList();
    }

    static List<String> idsOf(List<SessionEvent> events) {
        return events.stream().map(SessionEvent::id).toList();
    }

    List<SessionEvent> log(String session) {
        return all(store().replay(session, Range.all()));
    }

    List<Long> versions(String session) {
        return log(session).stream().map(SessionEvent::version).toList();
    }

    List<String> types(String session) {
        return typesOf(log(session));
    }

    List<String> messageIds(String session) {
        return all(store().listMessages(session)).stream().map(Message::id).toList();
    }

    Commit append(String session, EventDraft... events) {
        return get(store().append(session, List.of(events)));
    }

    /** Appends so many custom events, type {@code n}, in batches. */
    void appendMany(String session, int count) {
        int batch = 1_000;
        for (int done = 0; done < count; done += batch) {
            get(store().append(session, customs(Math.min(batch, count - done))));
        }
    }

    /** So many custom events, type {@code n}. */
    static List<EventDraft> customs(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(n -> custom("n", n)).toList();
    }

    static List<Long> versionsOf(List<SessionEvent> events) {
        return events.stream().map(SessionEvent::version).toList();
    }

    /** Where a tail of a session's log stands. */
    static LogPlace inLog(TailSignal signal) {
        return (LogPlace) signal.place();
    }

    /** Signals in words: what and where, so that a test reads as what was heard. */
    static List<String> inWords(List<TailSignal> signals) {
        return signals.stream().map(ContractGroup::inWords).toList();
    }

    private static String inWords(TailSignal signal) {
        long at = signal.place().position();
        return switch (signal.kind()) {
            case STARTED -> "started " + at;
            case RECORDED -> "event " + at;
            case CAUGHT_UP -> "caught up " + at;
            case FELL_BEHIND -> "fell behind " + at + " of " + ((TailSignal.FellBehind) signal).published();
            case IDLE -> "idle " + at;
            case PASSED -> "passed " + at;
        };
    }

    /** The versions from one to another, both in it. */
    static List<Long> range(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    /** A custom event of that type, with a number in it. */
    static EventDraft custom(String type, int n) {
        return EventDraft.of(type, Json.object("n", n));
    }

    Message user(String session, String id, String text) {
        return get(store().putMessage(session, MessageDraft.user(text).withId(id)));
    }

    Message assistant(String session, String id, String text) {
        return get(store().putMessage(session, MessageDraft.assistant(text).withId(id)));
    }
}
