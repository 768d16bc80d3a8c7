package dev.reel.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/**
 * A subscriber under the control of a test: it requests as many items as the test says, and keeps the items that it
 * receives. It also checks its publisher: more items than requested, concurrent signals, or a signal after the end fail
 * the test at its next check.
 */
final class Probe<T> implements CoreSubscriber<T> {

    /** How long to wait before concluding that nothing is emitted. */
    private static final Duration MOMENT = Duration.ofMillis(60);

    private final Consumer<? super T> each;
    private final long initial;
    private final List<T> items = new ArrayList<>();
    private final Set<Thread> threads = new HashSet<>();
    private final AtomicBoolean inside = new AtomicBoolean();
    private long requested;
    private boolean completed;
    private @Nullable Throwable error;
    private @Nullable Subscription subscription;
    private @Nullable String violation;

    private Probe(long initial, Consumer<? super T> each) {
        this.initial = initial;
        this.requested = initial;
        this.each = each;
    }

    /** Subscribes and requests n items; 0 requests none. */
    static <T> Probe<T> requesting(long n, Publisher<T> publisher) {
        return requesting(n, publisher, item -> {});
    }

    /** Subscribes, requests n items, and passes each to a consumer on the emitting thread. */
    static <T> Probe<T> requesting(long n, Publisher<T> publisher, Consumer<? super T> each) {
        Probe<T> probe = new Probe<>(n, each);
        publisher.subscribe(probe);
        return probe;
    }

    /** Subscribes with unbounded demand. */
    static <T> Probe<T> of(Publisher<T> publisher) {
        return requesting(Long.MAX_VALUE, publisher);
    }

    /** Subscribes with unbounded demand, and passes each item to a consumer on the emitting thread. */
    static <T> Probe<T> of(Publisher<T> publisher, Consumer<? super T> each) {
        return requesting(Long.MAX_VALUE, publisher, each);
    }

    /** Subscribes, requests one item, and one more within each {@code onNext}. */
    static <T> Probe<T> oneByOne(Publisher<T> publisher) {
        AtomicReference<@Nullable Probe<T>> self = new AtomicReference<>();
        Probe<T> probe = new Probe<>(1, item -> {
            Probe<T> it = self.get();
            if (it != null) {
                it.request(1);
            }
        });
        self.set(probe);
        publisher.subscribe(probe);
        return probe;
    }

    @Override
    public void onSubscribe(Subscription s) {
        synchronized (this) {
            subscription = s;
        }
        if (initial > 0) {
            s.request(initial);
        }
    }

    @Override
    public void onNext(T item) {
        boolean alone = inside.compareAndSet(false, true);
        synchronized (this) {
            check(alone, "two signals at a time");
            check(!terminated(), "an item after the end: " + item);
            items.add(item);
            threads.add(Thread.currentThread());
            check(items.size() <= requested, items.size() + " items, " + requested + " requested");
            notifyAll();
        }
        try {
            each.accept(item);
        } finally {
            if (alone) {
                inside.set(false);
            }
        }
    }

    @Override
    public void onError(Throwable t) {
        end(t);
    }

    @Override
    public void onComplete() {
        end(null);
    }

    private synchronized void end(@Nullable Throwable t) {
        check(!inside.get(), "an end in the middle of an item");
        check(!terminated(), "two ends");
        if (t == null) {
            completed = true;
        } else {
            error = t;
        }
        notifyAll();
    }

    private void check(boolean holds, String otherwise) {
        if (!holds && violation == null) {
            violation = otherwise;
        }
    }

    private boolean terminated() {
        return completed || error != null;
    }

    Probe<T> request(long n) {
        synchronized (this) {
            requested = requested + n < 0 ? Long.MAX_VALUE : requested + n;
        }
        subscription().request(n);
        return this;
    }

    void cancel() {
        subscription().cancel();
    }

    synchronized Subscription subscription() {
        Subscription s = subscription;
        if (s == null) {
            throw new AssertionError("there was no onSubscribe");
        }
        return s;
    }

    /** The items received so far. */
    synchronized List<T> items() {
        assertEquals(null, violation, "a rule of Reactive Streams");
        return List.copyOf(items);
    }

    /** The threads on which items were emitted. */
    synchronized Set<Thread> threads() {
        return Set.copyOf(threads);
    }

    /**
     * Waits for at least {@code count} items and returns all received ones. Fails immediately if the publisher ends
     * before.
     */
    synchronized List<T> await(int count) {
        waitUntil(() -> items.size() >= count || terminated());
        if (items.size() < count) {
            throw new AssertionError("waited for " + count + " items, " + found(), error);
        }
        return items();
    }

    /** Waits for completion and returns all items. */
    synchronized List<T> awaitComplete() {
        waitUntil(this::terminated);
        if (!completed) {
            throw new AssertionError("waited for completion, " + found(), error);
        }
        return items();
    }

    /** Waits until the publisher has completed or failed. */
    synchronized void awaitEnd() {
        waitUntil(this::terminated);
        if (!terminated()) {
            throw new AssertionError("waited for an end, " + found());
        }
    }

    /** Waits for an error of the given type and returns it. */
    synchronized <E extends Throwable> E awaitError(Class<E> type) {
        waitUntil(this::terminated);
        if (!type.isInstance(error)) {
            throw new AssertionError("waited for " + type.getSimpleName() + ", " + found(), error);
        }
        items();
        return type.cast(error);
    }

    /** Waits a moment for further items and returns all received ones. Fails if the publisher has ended. */
    List<T> quiet() {
        List<T> settled = afterAMoment();
        synchronized (this) {
            assertFalse(terminated(), found());
        }
        return settled;
    }

    /** Waits a moment for further items and returns all received ones. */
    List<T> afterAMoment() {
        try {
            Thread.sleep(MOMENT.toMillis());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        return items();
    }

    private synchronized String found() {
        String end = completed ? "completed" : error != null ? "failed with " + error : "is open";
        String first = items.size() <= 20 ? items.toString() : items.subList(0, 20) + " …";
        return "it " + end + " after " + items.size() + ": " + first;
    }

    private interface Condition {
        boolean holds();
    }

    private synchronized void waitUntil(Condition condition) {
        long deadline = System.nanoTime() + ContractGroup.patience().toNanos();
        try {
            for (long left = deadline - System.nanoTime(); !condition.holds() && left > 0; ) {
                wait(Math.max(1, left / 1_000_000));
                left = deadline - System.nanoTime();
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static AssertionError interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new AssertionError("interrupted while waiting", e);
    }
}
