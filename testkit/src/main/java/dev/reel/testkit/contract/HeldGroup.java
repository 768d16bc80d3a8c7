package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.reel.FeedFilter;
import dev.reel.FeedPlace;
import dev.reel.From;
import dev.reel.LogChangedException;
import dev.reel.LogPlace;
import dev.reel.SessionEvent;
import dev.reel.SessionQuery;
import dev.reel.StoreOptions;
import dev.reel.testkit.contract.HeldFlushContract.HeldStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The base class of the groups over a held store: starts calls, waits for their results, and compares everything that
 * readers see.
 */
abstract class HeldGroup extends ContractGroup {

    /** The names of the calls that have a result, in the order of the results. */
    final List<String> answered = Collections.synchronizedList(new ArrayList<>());

    private final AtomicReference<@Nullable HeldStore> last;

    HeldGroup(Function<StoreOptions, HeldStore> opener) {
        this(opener, new AtomicReference<>());
    }

    private HeldGroup(Function<StoreOptions, HeldStore> opener, AtomicReference<@Nullable HeldStore> last) {
        super(options -> {
            HeldStore held = opener.apply(options);
            last.set(held);
            return held.store();
        });
        this.last = last;
    }

    /** The control of the store that was opened last. */
    HeldStore held() {
        HeldStore held = last.get();
        if (held == null) {
            throw new IllegalStateException("a store is opened before each test");
        }
        return held;
    }

    /** Subscribes, and records the name when a result or an error arrives. */
    <T> CompletableFuture<T> ask(String name, Mono<T> call) {
        return call.doOnSuccess(value -> answered.add(name))
                .doOnError(error -> answered.add(name))
                .toFuture();
    }

    static <T> @Nullable T answerOf(CompletableFuture<T> asked) {
        try {
            return asked.get(patience().toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("it failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("the call has no result", e);
        }
    }

    static <E extends Throwable> E failureOf(Class<E> type, CompletableFuture<?> asked) {
        try {
            throw new AssertionError(
                    "the call has a result: " + asked.get(patience().toSeconds(), TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            if (type.isInstance(e.getCause())) {
                return type.cast(e.getCause());
            }
            throw new AssertionError("expected " + type.getSimpleName() + ", it was " + e.getCause(), e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("the call has no result", e);
        }
    }

    /** Asserts that none of the calls has a result, now and a moment later. */
    void assertNoAnswer(CompletableFuture<?>... asked) {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        assertEquals(List.of(), List.copyOf(answered));
        for (CompletableFuture<?> one : asked) {
            assertFalse(one.isDone());
        }
    }

    /**
     * Waits until a held version is accepted. A call may return before its write is accepted, because another thread
     * runs the session's tasks. A tail from a version fails until the version is accepted, and waits after that; the
     * event id of its place is checked only when that version is published.
     */
    void awaitAccepted(String session, long version) {
        long end = System.nanoTime() + patience().toNanos();
        while (true) {
            try {
                SessionEvent next = store().tail(session, From.after(LogPlace.of(version, "not-checked", 1)))
                        .blockFirst(Duration.ofMillis(100));
                throw new AssertionError(
                        "version " + version + " of " + session + " is held; the tail emitted " + next);
            } catch (LogChangedException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
            } catch (IllegalStateException e) {
                return; // the tail waits
            }
        }
    }

    /** Returns everything that readers can see of these sessions and of the whole store. */
    List<Object> seen(String... sessions) {
        List<Object> seen = new ArrayList<>(List.of(
                all(store().replayAll(FeedPlace.start(), FeedFilter.all())),
                get(store().position()).position(),
                all(store().listSessions(SessionQuery.all())),
                all(store().sessionIds()),
                answer(store().getSnapshot("c1")),
                answer(store().getSnapshot("c2"))));
        for (String session : sessions) {
            seen.addAll(Arrays.asList(
                    log(session),
                    answer(store().state(session)),
                    answer(store().getSession(session)),
                    all(store().listMessages(session)),
                    all(store().listSnapshots(session))));
        }
        return seen;
    }
}
