package dev.reel.testkit.contract;

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
import dev.reel.testkit.CountingIds;
import dev.reel.testkit.ManualClock;
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
 * The base class of the contract's groups. It opens a new store for each test, with a manual clock and counting ids,
 * has short methods for frequent steps, and checks every log after each test.
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

    /** The store of the current test. */
    SessionStore store() {
        SessionStore store = first;
        if (store == null) {
            throw new IllegalStateException("the store is opened before each test");
        }
        return store;
    }

    /** Opens another new, empty store, which is closed after the test. */
    SessionStore open(StoreOptions with) {
        SessionStore store = opener.apply(with);
        opened.add(store);
        return store;
    }

    /** R2, R17: after every test, versions have no gaps and the rows are the fold of the log. */
    private static void checkLogs(SessionStore store) {
        List<String> sessions;
        try {
            sessions = all(store.sessionIds());
        } catch (StoreClosedException e) {
            return; // the test has closed it
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

    /** How long a test waits for an expected signal, as its contract says. */
    static Duration patience() {
        return Waits.patience();
    }

    /**
     * Waits for the value and returns it, or null if there is none; throws an error unchanged. Does not use {@code
     * block()}, which Reactor rejects on threads that call subscribers: some tests wait there on purpose.
     */
    static <T> @Nullable T maybe(Mono<T> mono) {
        try {
            return mono.toFuture().get(patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw Exceptions.propagate(Exceptions.unwrap(Objects.requireNonNull(e.getCause())));
        } catch (TimeoutException e) {
            throw new IllegalStateException("no signal within " + patience(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting", e);
        }
    }

    /** Waits for the value and returns it; fails if there is none. */
    static <T> T get(Mono<T> mono) {
        T value = maybe(mono);
        if (value == null) {
            throw new AssertionError("the publisher completed without a value");
        }
        return value;
    }

    /** Waits for a latch that another thread counts down. */
    static void await(CountDownLatch latch) {
        try {
            if (!latch.await(patience().toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("timed out waiting for " + latch.getCount() + " more counts");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting", e);
        }
    }

    /** Waits for completion and returns all values. */
    static <T> List<T> all(Flux<T> flux) {
        return get(flux.collectList());
    }

    /** Waits for the error of the publisher and returns it; fails if it has another type. */
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

    /** Waits for the result of a write and returns it, or empty if there is none. */
    static Optional<Object> answer(Mono<?> write) {
        return Optional.ofNullable(maybe(write));
    }

    /** Subscribes to each publisher on its own thread, and returns all values, in no order. */
    static <T> List<T> atOnce(List<Mono<T>> monos) {
        return all(Flux.merge(monos.stream()
                .map(mono -> mono.subscribeOn(Schedulers.boundedElastic()))
                .toList()));
    }

    /**
     * Returns all events of the feed. Every change is an event, so if two feeds are equal, nothing was written in
     * between.
     */
    List<SessionEvent> feed() {
        return all(store().replayAll(FeedPlace.start(), FeedFilter.all()));
    }

    /** Returns the events that were added to the feed since an earlier state of it. */
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

    /** Appends {@code count} custom events of type {@code n}, in batches. */
    void appendMany(String session, int count) {
        int batch = 1_000;
        for (int done = 0; done < count; done += batch) {
            get(store().append(session, customs(Math.min(batch, count - done))));
        }
    }

    /** Returns {@code count} custom events of type {@code n}. */
    static List<EventDraft> customs(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(n -> custom("n", n)).toList();
    }

    static List<Long> versionsOf(List<SessionEvent> events) {
        return events.stream().map(SessionEvent::version).toList();
    }

    /** Returns the place in the session's log that a signal carries. */
    static LogPlace inLog(TailSignal signal) {
        return (LogPlace) signal.place();
    }

    /** Returns signals as short texts with their places, to keep assertions readable. */
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

    /** The versions from first to last, inclusive. */
    static List<Long> range(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    /** A custom event of the given type whose data is a number. */
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
